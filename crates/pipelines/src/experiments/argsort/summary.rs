//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks, put};
use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let what = "test sequences, all ten places of them,";
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "48-objects", what)?;
    // Which object stands where says much of where the least one is: small objects come first. What
    // must say little is the share of each place, and which objects occur, wherever they stand.
    let mut summary = leaks(summary, tables, &|_, shortcut| shortcut == "majority" || shortcut == "counts")?;
    for model in ["utility-net", "abstractor"] {
        let lengths = tables.get("lengths")?.filter("model", model)?;
        if lengths.is_empty() {
            continue;
        }
        let largest = lengths.floats("size")?.into_iter().fold(0.0, f64::max);
        let (length, means) = lengths.filter("size", largest)?.means("length", "accuracy")?;
        for (length, mean) in length.into_iter().zip(means) {
            summary = put(
                summary,
                format!("{model}_accuracy_length_{length}"),
                "Mean share of fresh sequences of that length put in order, after the most training sequences of 10.",
                Metric::new(mean, "share").goal(1.0).better(Better::Higher),
            );
        }
    }
    Ok(summary)
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(leak) = summary.value("leak_baseline_accuracy").filter(|leak| *leak > 0.2) {
        wrong.push(format!("a shortcut without relations names {leak} of the least objects, more than 0.2"));
    }
    if summary.value("utility-net_accuracy_at_500").is_none_or(|a| a < 0.95) {
        wrong.push("the utility sorts fewer than 0.95 of the sequences after 500 of them".to_owned());
    }
    wrong
}
