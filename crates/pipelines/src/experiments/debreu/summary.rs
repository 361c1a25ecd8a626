//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let largest = |v: Vec<f64>| v.into_iter().fold(0.0, f64::max);
    let violations: i64 = tables.get("orders")?.ints("violations")?.iter().sum();
    let noise = tables.get("noise")?;
    let (dropped, flipped) = (noise.floats("dropped")?, noise.floats("flipped")?);
    let ratios = dropped.iter().zip(&flipped).filter(|(_, f)| **f > 0.0).map(|(d, f)| d / f);
    let wold = tables.get("wold-error")?.floats("worst_over_bound")?;
    let kendall = tables.get("kendall-mean")?;
    let most = kendall.ints("comparisons")?.into_iter().max().unwrap_or(0);
    let best = kendall.filter("comparisons", most)?.optional_floats("mean")?;
    let maximisers = tables.get("consumers")?.filter("maximises", 1i64)?.floats("ccei")?;
    Ok(Summary::new()
        .with(
            "order_violations",
            "Pairs in which a computed utility contradicts the order that it represents, over all orders.",
            Metric::new(violations as f64, "count").bound(0.0).better(Better::Lower),
        )
        .with(
            "wold_worst_error_over_bound",
            "Error of Wold's utility on a grid, over the bound that is stated for it: the worst that was found.",
            Metric::new(largest(wold), "ratio").bound(1.0).better(Better::Lower),
        )
        .with(
            "dropped_over_flipped_worst",
            "Comparisons that are dropped to restore an order, over those that noise flipped: the worst case. At \
             most 1 where the fewest are dropped; a heuristic may drop more.",
            Metric::new(largest(ratios.collect()), "ratio").goal(1.0).better(Better::Lower),
        )
        .with(
            "kendall_tau_best_at_largest",
            "Rank correlation of the best estimator's utility with the true one, at the most comparisons that \
             were drawn: 1 is the right order.",
            Metric::new(best.into_iter().flatten().fold(-1.0, f64::max), "1")
                .goal(1.0)
                .better(Better::Higher),
        )
        .with(
            "ccei_of_maximisers_min",
            "Least efficiency index (CCEI) among simulated consumers who do maximise a utility; it must be 1.",
            Metric::new(maximisers.into_iter().fold(f64::INFINITY, f64::min), "1")
                .bound(1.0)
                .better(Better::Higher),
        ))
}

pub(super) fn checks(tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let value = |name: &str| summary.value(name).unwrap_or(f64::NAN);
    let mut expect = |holds: bool, sentence: &str| {
        if !holds {
            wrong.push(sentence.to_owned());
        }
    };
    expect(value("order_violations") <= 0.0, "a utility contradicts the order that it represents");
    expect(value("wold_worst_error_over_bound") <= 1.0, "Wold's utility is farther off than its bound");
    expect(value("ccei_of_maximisers_min") >= 1.0, "a consumer who maximises is found inefficient");
    // Undoing the flips is one way to make the comparisons consistent, so it bounds the fewest
    // from above.
    let noise = tables.get("noise")?;
    let bounded = noise.ints("at_least")?.iter().zip(noise.ints("flipped")?).all(|(b, f)| *b <= f);
    expect(bounded, "the lower bound on what must be dropped exceeds what was flipped");
    let jump = tables.get("jump")?.filter("preference", "lexicographic")?;
    expect(
        jump.ints("refused")?.iter().all(|r| *r == 1),
        "lexicographic preferences got a continuous utility",
    );
    let width = tables.get("width")?;
    let ordered = width.ints("lower")?.iter().zip(width.ints("upper")?).all(|(l, u)| *l <= u);
    expect(ordered, "the lower bound of a width is above the width that was found");
    Ok(wrong)
}
