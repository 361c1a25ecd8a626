//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks};
use relata_runs::{Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "64-objects", "test pairs")?;
    // Which object stands where says much of an order of known objects: that is the task. What must
    // say nothing is the share of each answer, and, of unseen objects, everything.
    leaks(summary, tables, &|task, shortcut| task == "unseen" || shortcut == "majority")
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(leak) = summary.value("leak_baseline_accuracy").filter(|leak| *leak > 0.56) {
        wrong.push(format!("a shortcut without relations answers {leak} of the pairs, more than 0.56"));
    }
    let [utility, symmetric] =
        ["utility-net", "symmetric"].map(|m| summary.value(&format!("{m}_accuracy_at_2015")));
    if utility.is_none_or(|a| a < 0.95) {
        wrong.push(format!(
            "the utility net answers {utility:?} of the test pairs after all, fewer than 0.95"
        ));
    }
    if symmetric.is_none_or(|a| a > 0.6) {
        wrong.push(format!("a symmetric relation answers {symmetric:?} of an order's pairs: it cannot"));
    }
    wrong
}
