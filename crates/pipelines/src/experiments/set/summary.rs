//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks};
use relata_runs::{Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "unseen-sets", "test triples")?;
    // As published the nearest training triple answers many: that is why the other split is there.
    leaks(summary, tables, &|task, _| task == "unseen-sets")
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(leak) = summary.value("leak_baseline_accuracy").filter(|leak| *leak > 0.56) {
        wrong.push(format!("a shortcut without relations answers {leak} of the triples, more than 0.56"));
    }
    if summary.value("symmetric_accuracy_at_500").is_none_or(|a| a < 0.8) {
        wrong.push("symmetric relations answer fewer than 0.8 of the triples after 500 of them".to_owned());
    }
    wrong
}
