//! How two runs of a pipeline differ: metric by metric, with their tables joined and their figures
//! laid over each other.

use super::drawings::DrawingOptions;
use super::readable::number;
use super::results::{ResultsError, guard, read_tables};
use super::tables::joined;
use crate::pipeline::DynPipeline;
use relata_plotting::PlotError;
use relata_runs::{
    Manifest, ManifestError, RunDir, Summary, SummaryError, TableError, Tables, WriteError, write_atomic,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Two runs cannot be compared, or the comparison cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// They answer different questions.
    #[error("{} is a run of `{first}` and {} is one of `{second}`; only runs of one pipeline can be compared", paths[0].display(), paths[1].display())]
    Pipelines {
        /// The run directories.
        paths: [PathBuf; 2],
        /// The pipeline of the first.
        first: String,
        /// The pipeline of the second.
        second: String,
    },
    /// One of them is not a run.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// One of them has no summary.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// Its tables cannot be read, or its figures not made.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A joined table cannot be made or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] PlotError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What was written.
#[derive(Debug)]
pub struct Comparison {
    /// The metrics side by side, for the terminal.
    pub text: String,
    /// The page, `comparison.md`.
    pub page: PathBuf,
    /// The figures of both, laid over each other.
    pub figures: Vec<PathBuf>,
    /// Figures of kinds that cannot lie over each other.
    pub apart: Vec<String>,
}

/// Compares two finished runs of `pipeline` and writes `comparison.md`, `tables/` and `figures/`
/// into `out`.
///
/// # Errors
/// [`CompareError`]
pub fn compare(
    pipeline: &dyn DynPipeline,
    runs: [&RunDir; 2],
    out: &Path,
) -> Result<Comparison, CompareError> {
    let [a, b] = [Manifest::read(runs[0].path())?, Manifest::read(runs[1].path())?];
    if a.pipeline != b.pipeline {
        let paths = runs.map(|r| r.path().to_owned());
        return Err(CompareError::Pipelines { paths, first: a.pipeline, second: b.pipeline });
    }
    let names = names(runs, [&a, &b]);
    // What a comparison that was killed left half written.
    RunDir::at(out).clean()?;
    let summaries = [Summary::read(&runs[0].summary())?, Summary::read(&runs[1].summary())?];
    let tables = [read_tables(runs[0], &a)?, read_tables(runs[1], &b)?];
    joined(names.iter().map(String::as_str).zip(&tables))?.write_dir(&out.join("tables"))?;

    let (mut figures, mut apart) = (Vec::new(), Vec::new());
    let drawn = |t: &Tables| guard(pipeline, "figures", || pipeline.figures(t));
    let mut second = drawn(&tables[1])?;
    for figure in drawn(&tables[0])? {
        let name = figure.file_name().to_owned();
        let Some(k) = second.iter().position(|f| f.file_name() == name) else {
            apart.push(name);
            continue;
        };
        match figure.overlaid(second.swap_remove(k), [names[0].as_str(), names[1].as_str()]) {
            Some(both) => {
                figures.extend(DrawingOptions::default().adjusted(both).write_to(out.join("figures"))?);
            }
            None => apart.push(name),
        }
    }
    apart.extend(second.iter().map(|f| f.file_name().to_owned()));
    let page = out.join("comparison.md");
    let text = side_by_side(&summaries, &names);
    write_atomic(&page, markdown(&a.pipeline, &summaries, &names, &figures, &apart).as_bytes())?;
    Ok(Comparison { text, page, figures, apart })
}

/// What the runs are called: as people call them, or by their directories.
fn names(runs: [&RunDir; 2], manifests: [&Manifest; 2]) -> [String; 2] {
    let folder = |run: &RunDir| run.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let given = manifests.map(|m| m.name.clone());
    let named = match given {
        [Some(a), Some(b)] => [a, b],
        _ => runs.map(folder),
    };
    if named[0] == named[1] { ["first".to_owned(), "second".to_owned()] } else { named }
}

/// Name, both values and their difference.
fn lines(summaries: &[Summary; 2]) -> Vec<[String; 4]> {
    let all: BTreeSet<&String> = summaries.iter().flat_map(|s| s.metrics.keys()).collect();
    let shown = |v: Option<f64>| v.map_or_else(|| "n/a".to_owned(), number);
    all.into_iter()
        .map(|name| {
            let [a, b] = [summaries[0].value(name), summaries[1].value(name)];
            let change = a.zip(b).map(|(a, b)| b - a);
            let change = match change {
                Some(d) if d.abs() <= 0.0 => "same".to_owned(),
                Some(d) => format!("{}{}", if d > 0.0 { "+" } else { "" }, number(d)),
                None => String::new(),
            };
            [name.clone(), shown(a), shown(b), change]
        })
        .collect()
}

fn side_by_side(summaries: &[Summary; 2], names: &[String; 2]) -> String {
    let head = ["number".to_owned(), names[0].clone(), names[1].clone(), "difference".to_owned()];
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(lines(summaries)).collect();
    let width = |k: usize| rows.iter().map(|r| r[k].chars().count()).max().unwrap_or(0);
    let [n, a, b, d] = [width(0), width(1), width(2), width(3)];
    let line = |r: &[String; 4]| format!("  {:n$}  {:>a$}  {:>b$}  {:>d$}", r[0], r[1], r[2], r[3]);
    rows.iter().map(|r| line(r).trim_end().to_owned() + "\n").collect()
}

fn markdown(
    pipeline: &str,
    summaries: &[Summary; 2],
    names: &[String; 2],
    figures: &[PathBuf],
    apart: &[String],
) -> String {
    let escaped = |text: &str| text.replace('|', "\\|");
    let mut out = format!("# {pipeline}: {} and {}\n\n", names[0], names[1]);
    let _ = writeln!(
        out,
        "| number | {} | {} | difference | what it says |",
        escaped(&names[0]),
        escaped(&names[1])
    );
    out += "|---|--:|--:|--:|---|\n";
    for [name, a, b, change] in lines(summaries) {
        let metric = summaries.iter().find_map(|s| s.metrics.get(&name));
        let meaning = metric.map(|m| escaped(m.meaning())).unwrap_or_default();
        let _ = writeln!(out, "| `{name}` | {a} | {b} | {change} | {meaning} |");
    }
    out += "\nThe tables of both are joined in `tables/`; the first column says of which run a row is.\n";
    for figure in figures.iter().filter(|f| f.extension().is_some_and(|e| e == "svg")) {
        let name = figure.file_name().unwrap_or_default().to_string_lossy();
        let _ = write!(out, "\n![{name}](figures/{name})\n");
    }
    if !apart.is_empty() {
        let _ = write!(out, "\nNot laid over each other: {}.\n", apart.join(", "));
    }
    out
}
