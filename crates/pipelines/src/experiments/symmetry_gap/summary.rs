//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let worst = |encoders: &str| -> anyhow::Result<Metric> {
        let gaps = tables.get("gap")?.filter("encoders", encoders)?.optional_floats("relative_gap")?;
        let worst = gaps.into_iter().flatten().map(f64::abs).fold(0.0, f64::max);
        Ok(Metric::new(worst, "ratio").goal(0.0).better(Better::Lower))
    };
    Ok(Summary::new()
        .with(
            "worst_relative_gap_to_floor",
            "How far the error of a shared encoder is from the closed-form floor of its class, relative to the \
             floor: the worst over paths and ranks. Near 0, networks do as well as any shared encoder can.",
            worst("shared")?,
        )
        .with(
            "worst_relative_gap_to_limit_separate",
            "How far the error of separate encoders is from the Eckart-Young limit of their rank, relative to it: the worst \
             over paths and ranks.",
            worst("separate")?,
        )
        .with(
            "worst_relative_gap_to_floor_indefinite",
            "How far the error of a shared encoder with signs is from the closed-form floor of its class, relative to the \
             floor: the worst over paths and ranks.",
            worst("indefinite")?,
        ))
}

pub(super) fn checks(tables: &Tables, _summary: &Summary) -> anyhow::Result<Vec<String>> {
    let t = tables.get("gap")?;
    let (error, gap) = (t.floats("relative_l2")?, t.optional_floats("relative_gap")?);
    let lower = t.floats("floor_lower")?;
    let (path, encoders, rank) = (t.texts("path")?, t.texts("encoders")?, t.ints("rank")?);
    // The held-out rule is good to a thousandth.
    let below = |i: &usize| gap[*i].is_some() && error[*i] < (1.0 - 1e-3) * lower[*i];
    let sentence = |i: usize| {
        format!(
            "{} ({} encoders, rank {}): the error is below its floor: a measurement error",
            path[i], encoders[i], rank[i]
        )
    };
    Ok((0..t.len()).filter(below).map(sentence).collect())
}
