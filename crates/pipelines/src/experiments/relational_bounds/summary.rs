//! Headline numbers, and what fails a run.

use super::super::relational::put;
use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let (mut violations, mut closest) = (0usize, Vec::new());
    for name in ["layers", "attention", "several"] {
        let t = tables.get(name)?;
        let ratios: Vec<f64> =
            t.floats("found")?.iter().zip(t.floats("bound")?).map(|(found, bound)| found / bound).collect();
        violations += ratios.iter().filter(|r| **r > 1.0 + 1e-9).count();
        closest.push((name, ratios.into_iter().fold(0.0, f64::max)));
    }
    let metric = Metric::new(violations as f64, "count").bound(0.0).better(Better::Lower);
    let meaning = "Measured errors above what the error of the relation allows.";
    let mut summary = put(Summary::new(), "bound_violations".to_owned(), meaning, metric);
    for (name, ratio) in closest {
        summary = put(
            summary,
            format!("{name}_largest_error_over_bound"),
            "The largest measured error over its bound: 1 is a sharp bound that was attained.",
            Metric::new(ratio, "ratio").goal(1.0).better(Better::Higher),
        );
    }
    Ok(summary)
}

pub(super) fn checks(summary: &Summary) -> Vec<String> {
    let count = summary.value("bound_violations").filter(|count| *count > 0.0);
    count.map(|count| format!("{count} measured errors are above their bounds")).into_iter().collect()
}
