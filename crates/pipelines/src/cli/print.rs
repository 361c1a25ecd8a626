//! What goes to standard output and standard error. A closed pipe is not an error.

use crate::runner::{Outcome, ShardOutcome, message, number, standing};
use relata_runs::{Better, Metric, Summary};
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A line about what was printed, which is not part of it.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub(crate) fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {}", message(error));
}

/// What is wrong with one run among others.
pub(crate) fn complain_of(run: &Path, error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "{}: {}", run.display(), message(error));
}

/// How a run ended: one line, what failed, its metrics, its figures.
pub(crate) fn outcome(outcome: &Outcome, seconds: f64) -> String {
    let Outcome { dir, computed, reused, .. } = outcome;
    let end = match () {
        () if outcome.is_success() => "done",
        () if !outcome.missing.is_empty() => "INCOMPLETE",
        () => "FAILED",
    };
    let reused = if *reused > 0 { format!(", {reused} reused") } else { String::new() };
    let mut out =
        format!("{}: {end}, {computed} cells computed{reused}, {seconds:.1} s\n", dir.path().display());
    // What failed comes before the numbers that it puts in doubt.
    for (label, message) in &outcome.failed_cells {
        out += &format!("  failed cell {label}: {message}\n");
    }
    out += &missing(&outcome.missing);
    for check in &outcome.failed_checks {
        out += &format!("  failed check: {check}\n");
    }
    if let Some(summary) = &outcome.summary {
        out += &metrics(summary);
    }
    out += &figures(&outcome.figures);
    out + &notes(&outcome.notes)
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
pub(crate) fn part(outcome: &ShardOutcome, what: &str, seconds: f64) -> String {
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
pub(crate) fn figures(files: &[PathBuf]) -> String {
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
pub(crate) fn notes(notes: &[String]) -> String {
    notes.iter().map(|n| format!("  note: {n}\n")).collect()
}

fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The summary as a small table, and below each number what it says.
pub(crate) fn metrics(summary: &Summary) -> String {
    let rows: Vec<[String; 4]> = summary.metrics.iter().map(|(name, m)| row(name, m)).collect();
    let width = |k: usize| rows.iter().map(|r| r[k].chars().count()).max().unwrap_or(0);
    let [name, value, unit] = [width(0), width(1), width(2)];
    rows.iter()
        .zip(summary.metrics.values())
        .map(|([n, v, u, about], metric)| {
            let line = format!("  {n:name$}  {v:>value$} {u:unit$}  {about}");
            format!("{}\n{}", line.trim_end(), wrapped(metric.meaning()))
        })
        .collect()
}

/// A sentence below a number, in lines that fit a terminal.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 96;
    const INDENT: &str = "      ";
    let (mut out, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && INDENT.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            out += &format!("{INDENT}{line}\n");
            line.clear();
        }
        line += if line.is_empty() { "" } else { " " };
        line += word;
    }
    if line.is_empty() { out } else { out + &format!("{INDENT}{line}\n") }
}

fn row(name: &str, metric: &Metric) -> [String; 4] {
    let value = metric.value.map_or_else(|| "n/a".to_owned(), number);
    let unit = if metric.value.is_some() && metric.unit != "1" { metric.unit.clone() } else { String::new() };
    let better = match metric.better {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
        Better::Neutral => "",
    };
    let limit = standing(metric).unwrap_or_default();
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
            .with("ratio_8d", "In eight dimensions.", Metric::not_applicable("ratio", "not in this profile"))
            .with("ratio_1d", "In one.", Metric::new(1.25, "ratio").goal(1.0).better(Better::Lower));
        let text = metrics(&summary);
        assert_eq!(
            text,
            "  ratio_1d  1.2500 ratio  goal 1, lower is better\n      In one.\n  \
             ratio_8d     n/a        not in this profile\n      In eight dimensions.\n"
        );
    }

    #[test]
    fn the_files_of_a_figure_share_a_line() {
        let files = ["a/x.pdf", "a/x.png", "a/x.svg", "a/y.svg"].map(PathBuf::from);
        assert_eq!(figures(&files), "  figure a/x.pdf (.png, .svg)\n  figure a/y.svg\n");
    }
}
