//! Headline numbers, and what must not happen.

use relata_runs::{Better, Metric, Summary, Tables};

/// Agreement and reproduction asked for.
const AGREED: f64 = 1e-10;

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let worst = |table: &str, column: &str| -> anyhow::Result<f64> {
        Ok(tables.get(table)?.floats(column)?.into_iter().fold(0.0, f64::max))
    };
    let agreement = ["norm", "interpolant", "inner_product"]
        .into_iter()
        .map(|column| worst("agreement", column))
        .try_fold(0.0f64, |m, v| v.map(|v| m.max(v)))?;
    let metric = |v: f64, goal: f64| Metric::new(v, "ratio").goal(goal).better(Better::Lower);
    Ok(Summary::new()
        .with(
            "worst_schmidt_relative_error",
            "Largest relative error of singular values from quadrature beside those in closed form.",
            metric(worst("spectra", "relative_error")?, 0.0),
        )
        .with(
            "p2_rkhs_discrepancy",
            "How far the Banach space with p = 2 is from the Hilbert space that it must be: the worst relative \
             difference of norms, interpolants and inner products.",
            metric(agreement, AGREED),
        )
        .with(
            "reproducing_property_error",
            "How far a function of a network's own Banach space is from its pairing with the kernel, relative to \
             its size: the worst that was found.",
            metric(worst("learned_norms", "reproducing_error")?, AGREED),
        )
        .with(
            "identification_difference",
            "Largest difference between a trained network and the one that comes back from its pair of function \
             spaces, reduced to what they can tell apart.",
            metric(worst("learned", "back_difference")?, AGREED),
        ))
}

pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let t = tables.get("norms")?;
    let (norm, lower) = (t.floats("norm")?, t.floats("lower_bound")?);
    // Norms fall as p grows, and duality bounds each from below.
    let falls = norm.windows(2).all(|w| w[1] <= w[0] * (1.0 + 1e-9));
    let bounded = norm.iter().zip(&lower).all(|(n, l)| *l <= n * (1.0 + 1e-12));
    let mut found = Vec::new();
    if !falls {
        found.push("an l_p norm grows with p: a measurement error".to_owned());
    }
    if !bounded {
        found.push("a norm is below its lower bound: a measurement error".to_owned());
    }
    Ok(found)
}
