//! Headline numbers, and what fails a run.

use super::super::relational::{accuracies, leaks};
use relata_runs::{Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let summary = accuracies(Summary::new(), tables.get("accuracy")?, "", "test trials")?;
    // Where no object is held out, two objects recur as a pair that training answered.
    leaks(summary, tables, &|task, _| !task.ends_with("held-out-0"))
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let mut wrong = Vec::new();
    let leak = summary.metrics.get("leak_baseline_accuracy").and_then(|m| Some((m.value?, m.limit?)));
    if let Some((leak, chance)) = leak.filter(|(leak, chance)| leak - chance > 0.05) {
        wrong.push(format!(
            "a shortcut without relations is right in {leak} of the trials, chance is {chance}"
        ));
    }
    for rule in ["same-different", "match-to-sample", "distribution-of-3", "identity-rules"] {
        let name = format!("corelnet_accuracy_{rule}_at_95");
        if summary.value(&name).is_none_or(|a| a < 0.9) {
            wrong.push(format!("{name} is {:?}, less than 0.9", summary.value(&name)));
        }
    }
    wrong
}
