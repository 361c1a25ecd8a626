//! A summary for people: its sentences, and its numbers with what they mean, as a page, as a
//! spreadsheet and as a table for a paper.

use super::readable::number;
use relata_runs::{Better, Metric, Summary};
use std::fmt::Write as _;

/// What a run says, one entry per sentence or paragraph: what failed first; then what the pipeline
/// found, or each headline number in words.
pub(super) fn sentences(answers: Option<&str>, summary: &Summary, failed: &[String]) -> Vec<String> {
    let mut out: Vec<String> = failed.iter().map(|f| format!("A check failed: {f}.")).collect();
    match answers {
        Some(text) => out.extend(paragraphs(text)),
        None => out.extend(summary.metrics.values().map(in_words)),
    }
    out
}

/// A number with what it means and what it is held against.
fn in_words(metric: &Metric) -> String {
    let meaning = metric.meaning().trim_end_matches('.');
    match metric.value {
        None => format!("{meaning}: not known ({}).", metric.reason.as_deref().unwrap_or("not computed")),
        Some(value) => {
            let against = standing(metric).map(|s| format!(" ({s})")).unwrap_or_default();
            format!("{meaning}: {}{}{against}.", number(value), unit(metric))
        }
    }
}

/// The unit behind a number; nothing for pure numbers.
fn unit(metric: &Metric) -> String {
    match metric.unit.as_str() {
        "1" | "ratio" | "count" | "0 or 1" => String::new(),
        unit => format!(" {unit}"),
    }
}

/// The goal or bound in words, and where a bound is broken, that it is.
pub(crate) fn standing(metric: &Metric) -> Option<String> {
    let (limit, kind) = (metric.limit?, metric.limit_is?);
    let broken = if metric.breaks_bound() { ", BROKEN" } else { "" };
    let side = match (kind.name(), metric.better) {
        ("bound", Better::Lower) => "at most ",
        ("bound", Better::Higher) => "at least ",
        _ => "",
    };
    Some(format!("{} {side}{}{broken}", kind.name(), number(limit)))
}

/// Each paragraph begins at the margin and goes on indented. One with columns keeps its lines.
fn paragraphs(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        match out.last_mut() {
            Some(last) if line.starts_with(' ') => {
                // Two spaces within a line keep columns apart.
                let columns = line.trim_start().contains("  ") || last.contains('\n');
                last.push_str(&if columns { format!("\n{line}") } else { format!(" {}", line.trim_start()) });
            }
            _ => out.push(line.to_owned()),
        }
    }
    out
}

/// As a page.
pub(super) fn markdown(pipeline: &str, summary: &Summary) -> String {
    let mut out = format!("# {pipeline}\n\n");
    for sentence in &summary.sentences {
        match sentence.split_once('\n') {
            Some((first, table)) => {
                let _ = write!(out, "{}\n\n```\n{table}\n```\n\n", escaped(first));
            }
            None => {
                let _ = write!(out, "{}\n\n", escaped(sentence));
            }
        }
    }
    out += "| number | value | unit | goal or bound | what it says |\n|---|--:|---|---|---|\n";
    for (name, m) in &summary.metrics {
        let value = m.value.map_or_else(|| "n/a".to_owned(), number);
        let standing = standing(m).unwrap_or_default();
        let reason = m.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        let about = format!("{}{reason}", m.meaning());
        let _ = writeln!(out, "| `{name}` | {value} | {} | {standing} | {} |", m.unit, escaped(&about));
    }
    out
}

/// For a spreadsheet: every digit, one line per number.
pub(super) fn csv(summary: &Summary) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let digits = |x: Option<f64>| x.map(|x| format!("{x:?}")).unwrap_or_default();
    let mut out = String::from("metric,value,unit,limit,limit_is,better,meaning,reason\n");
    for (name, m) in &summary.metrics {
        let better = match m.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neutral => "neutral",
        };
        let fields = [
            quoted(name),
            digits(m.value),
            quoted(&m.unit),
            digits(m.limit),
            quoted(m.limit_is.map_or("", |k| k.name())),
            quoted(better),
            quoted(m.meaning()),
            quoted(m.reason.as_deref().unwrap_or("")),
        ];
        let _ = writeln!(out, "{}", fields.join(","));
    }
    out
}

/// For a paper: a `tabular` that needs no package; `\\input` it.
pub(super) fn latex(summary: &Summary) -> String {
    let mut out = String::from(
        "\\begin{tabular}{p{0.6\\linewidth}rr}\n\\hline\n & value & goal or bound \\\\\n\\hline\n",
    );
    for (name, m) in &summary.metrics {
        let value = m.value.map_or_else(|| "--".to_owned(), scientific);
        let limit = m.limit.map(scientific).unwrap_or_default();
        let _ = writeln!(out, "% {name}\n{} & {value} & {limit} \\\\", tex(m.meaning()));
    }
    out + "\\hline\n\\end{tabular}\n"
}

/// `1.5e-7` as mathematics.
fn scientific(x: f64) -> String {
    let text = number(x);
    match text.split_once('e') {
        Some((digits, exponent)) => format!("${digits}\\cdot 10^{{{exponent}}}$"),
        None => format!("${text}$"),
    }
}

/// What is a command in LaTeX, as itself.
fn tex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '%' | '&' | '_' | '#' | '$' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out += "\\textbackslash{}",
            '^' => out += "\\textasciicircum{}",
            '~' => out += "\\textasciitilde{}",
            '<' => out += "$<$",
            '>' => out += "$>$",
            '`' => out += "`",
            _ => out.push(c),
        }
    }
    out
}

/// What is markup in Markdown, as itself.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<").replace('*', "\\*").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary::new()
            .with("a", "Error_1 & 5 % of |r|.", Metric::new(1.5e-7, "ratio").goal(0.0).better(Better::Lower))
            .with("b", "Broken ones.", Metric::new(2.0, "count").bound(0.0).better(Better::Lower))
            .with("c", "In 8 dimensions.", Metric::not_applicable("ratio", "not in this profile"))
    }

    #[test]
    fn what_failed_is_said_first() {
        let said = sentences(None, &summary(), &["two are broken".to_owned()]);
        assert_eq!(said[0], "A check failed: two are broken.");
        assert_eq!(said[1], "Error_1 & 5 % of |r|: 1.5000e-7 (goal 0).");
        assert_eq!(said[2], "Broken ones: 2 (bound at most 0, BROKEN).");
        assert_eq!(said[3], "In 8 dimensions: not known (not in this profile).");
    }

    #[test]
    fn paragraphs_are_joined_and_columns_kept() {
        let text = "Relation: R is\n  large.\nHeads:\n  a    1\n  b    2\n\nThe end.\n";
        assert_eq!(paragraphs(text), ["Relation: R is large.", "Heads:\n  a    1\n  b    2", "The end."]);
    }

    #[test]
    fn every_line_of_each_table_has_all_columns() {
        let mut s = summary();
        s.sentences = sentences(None, &s, &[]);
        for line in markdown("p", &s).lines().filter(|l| l.starts_with('|')) {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 6, "{line}");
        }
        assert!(
            csv(&s)
                .contains("\"a\",1.5e-7,\"ratio\",0.0,\"goal\",\"lower\",\"Error_1 & 5 % of |r|.\",\"\"\n")
        );
        let tex = latex(&s);
        assert!(tex.contains("Error\\_1 \\& 5 \\% of |r|. & $1.5000\\cdot 10^{-7}$ & $0$ \\\\"), "{tex}");
    }
}
