//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks};
use relata_runs::{Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "different-cards", "hands")?;
    leaks(summary, tables, &|task, _| task == "different-cards")
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let leak = summary.value("leak_baseline_accuracy").filter(|leak| *leak > 0.55);
    let say = |leak| format!("a shortcut without relations tells {leak} of the hands, more than 0.55");
    leak.map(say).into_iter().collect()
}
