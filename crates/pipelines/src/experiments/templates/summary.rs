//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks};
use relata_runs::{Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "unseen-symbols", "words")?;
    leaks(summary, tables, &|_, _| true)
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(leak) = summary.value("leak_baseline_accuracy").filter(|leak| *leak > 0.56) {
        wrong.push(format!("a shortcut without relations labels {leak} of the words, more than 0.56"));
    }
    if let Some(mlp) = summary.value("mlp_accuracy_at_64").filter(|a| *a > 0.6) {
        wrong.push(format!("a perceptron labels {mlp} of the words of unseen symbols: it cannot know them"));
    }
    wrong
}
