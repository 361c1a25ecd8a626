//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let t = tables.get("order")?;
    let utility = t.filter("network", "utility")?;
    let readout = t.filter("network", "readout")?.filter("rank", 2i64)?;
    let accuracy = utility.floats("sign_accuracy")?.into_iter().fold(1.0, f64::min);
    let error = readout.floats("relative_l2")?.into_iter().fold(0.0, f64::max);
    let limit = readout.floats("relative_limit")?.into_iter().fold(0.0, f64::max);
    Ok(Summary::new()
        .with(
            "sign_accuracy_rank2",
            "Share of the comparisons that the rank-2 network built from a utility decides rightly.",
            Metric::new(accuracy, "share").goal(1.0).better(Better::Higher),
        )
        .with(
            "relative_l2_error_rank2",
            "Relative L2 error of a rank-2 readout of the step; the goal is the Eckart-Young limit of rank 2, \
             which is far from 0 although the signs are all right.",
            Metric::new(error, "ratio").goal(limit).better(Better::Lower),
        ))
}
