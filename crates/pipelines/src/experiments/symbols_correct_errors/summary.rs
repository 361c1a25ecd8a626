//! Headline numbers, and what fails a run.

use super::super::relational::put;
use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let t = tables.get("recovery")?;
    let mut summary = Summary::new();
    for ratio in t.distinct("ratio")? {
        let of = t.filter("ratio", ratio.clone())?;
        let rows = of.floats("corrupted_percent")?.into_iter().zip(of.floats("recovered")?);
        let largest = rows.filter(|(_, share)| *share >= 0.99).map(|(p, _)| p / 100.0).fold(0.0, f64::max);
        let ratio = ratio.as_f64().unwrap_or(f64::NAN);
        summary = put(
            summary,
            format!("corrupted_share_recovered_at_ratio_{ratio}"),
            "The largest corrupted share, of those tried, at which .99 of the relations are recovered exactly.",
            Metric::new(largest, "share").goal(0.5).better(Better::Higher),
        );
    }
    let gap = t.floats("largest_gap")?.into_iter().fold(0.0, f64::max);
    Ok(put(
        summary,
        "largest_duality_gap".to_owned(),
        "How far the sum of absolute errors can be from the smallest one, relative to it, by duality.",
        Metric::new(gap, "ratio").goal(0.0).better(Better::Lower),
    ))
}

pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let t = tables.get("recovery")?;
    let mut wrong = Vec::new();
    if t.floats("largest_gap")?.into_iter().any(|gap| gap > 1e-6) {
        wrong.push("a recovery is not proved optimal".to_owned());
    }
    let clean = t.filter("corrupted_percent", 0i64)?;
    if clean.floats("recovered")?.into_iter().any(|share| share < 1.0) {
        wrong.push("relations are not recovered from measurements without corruption".to_owned());
    }
    Ok(wrong)
}
