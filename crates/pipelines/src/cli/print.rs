//! What goes to standard output and standard error. A closed pipe is not an error.

use crate::runner::{Outcome, ShardOutcome, message, number};
use relata_runs::{Better, Metric, Summary};
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(super) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A line about what was printed, which is not part of it.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub(super) fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {}", message(error));
}

/// What is wrong with one run among others.
pub(super) fn complain_of(run: &Path, error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "{}: {}", run.display(), message(error));
}

/// How a run ended: one line, its metrics, its figures, and what failed.
pub(super) fn outcome(outcome: &Outcome, seconds: f64) -> String {
    let Outcome { dir, computed, reused, .. } = outcome;
    let end = match () {
        () if outcome.is_success() => "done",
        () if !outcome.missing.is_empty() => "INCOMPLETE",
        () => "FAILED",
    };
    let reused = if *reused > 0 { format!(", {reused} reused") } else { String::new() };
    let mut out =
        format!("{}: {end}, {computed} cells computed{reused}, {seconds:.1} s\n", dir.path().display());
    if let Some(summary) = &outcome.summary {
        out += &metrics(summary);
    }
    out += &figures(&outcome.figures);
    out += &notes(&outcome.notes);
    for (label, message) in &outcome.failed_cells {
        out += &format!("  failed cell {label}: {message}\n");
    }
    out += &missing(&outcome.missing);
    for check in &outcome.failed_checks {
        out += &format!("  failed check: {check}\n");
    }
    out
}

/// So many missing cells are named; `cells --missing` lists them all.
const MAX_NAMED: usize = 20;

fn missing(missing: &[(String, Option<String>)]) -> String {
    let mut out = String::new();
    for (label, error) in missing.iter().take(MAX_NAMED) {
        let why = error.as_ref().map(|e| format!(" (failed: {e})")).unwrap_or_default();
        out += &format!("  missing cell {label}{why}\n");
    }
    if missing.len() > MAX_NAMED {
        let more = missing.len() - MAX_NAMED;
        out += &format!("  and {more} more: `cells` with `--missing` and these options lists them\n");
    }
    out
}

/// How a part of a run ended.
pub(super) fn part(outcome: &ShardOutcome, what: &str, seconds: f64) -> String {
    let ShardOutcome { dir, cells, computed, failed_cells } = outcome;
    let failed = failed_cells.len();
    let there = cells - computed - failed;
    let mut out = format!(
        "{}, {what}: {computed} cells computed, {there} were finished, {failed} failed, {seconds:.1} s\n",
        dir.path().display()
    );
    for (label, message) in failed_cells {
        out += &format!("  failed cell {label}: {message}\n");
    }
    out
}

/// One line per figure: the first of its files, and the endings of the others.
pub(super) fn figures(files: &[PathBuf]) -> String {
    let mut out = String::new();
    let mut rest = files;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|f| f.with_extension("") == first.with_extension("")).count();
        let endings: Vec<String> = rest[1..same].iter().map(|f| format!(".{}", ending(f))).collect();
        let others = if endings.is_empty() { String::new() } else { format!(" ({})", endings.join(", ")) };
        out += &format!("  figure {}{others}\n", first.display());
        rest = &rest[same..];
    }
    out
}

/// What is to be said of figures, a line each.
pub(super) fn notes(notes: &[String]) -> String {
    notes.iter().map(|n| format!("  note: {n}\n")).collect()
}

fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The summary as a small table.
pub(super) fn metrics(summary: &Summary) -> String {
    let rows: Vec<[String; 4]> = summary.metrics.iter().map(|(name, m)| row(name, m)).collect();
    let width = |k: usize| rows.iter().map(|r| r[k].chars().count()).max().unwrap_or(0);
    let [name, value, unit] = [width(0), width(1), width(2)];
    rows.iter()
        .map(|[n, v, u, about]| {
            format!("  {n:name$}  {v:>value$} {u:unit$}  {about}").trim_end().to_owned() + "\n"
        })
        .collect()
}

fn row(name: &str, metric: &Metric) -> [String; 4] {
    let value = metric.value.map_or_else(|| "n/a".to_owned(), number);
    let unit = if metric.value.is_some() && metric.unit != "1" { metric.unit.clone() } else { String::new() };
    let better = match metric.better {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
        Better::Neutral => "",
    };
    let limit = metric.limit.map(|l| format!("limit {}", number(l))).unwrap_or_default();
    let reason = metric.reason.clone().unwrap_or_default();
    let about: Vec<&str> =
        [limit.as_str(), better, reason.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
    [name.to_owned(), value, unit, about.join(", ")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_without_value_says_why() {
        let summary = Summary::new()
            .with("ratio_8d", Metric::not_applicable("ratio", "not in this profile"))
            .with("ratio_1d", Metric::new(1.25, "ratio").limit(1.0).better(Better::Lower));
        let text = metrics(&summary);
        assert_eq!(
            text,
            "  ratio_1d  1.2500 ratio  limit 1, lower is better\n  ratio_8d     n/a        not in this profile\n"
        );
    }

    #[test]
    fn the_files_of_a_figure_share_a_line() {
        let files = ["a/x.pdf", "a/x.png", "a/x.svg", "a/y.svg"].map(PathBuf::from);
        assert_eq!(figures(&files), "  figure a/x.pdf (.png, .svg)\n  figure a/y.svg\n");
    }
}
