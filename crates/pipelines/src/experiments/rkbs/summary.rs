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
    let metric = |v: f64, limit: f64| Metric::new(v, "ratio").limit(limit).better(Better::Lower);
    Ok(Summary::new()
        .with("worst_schmidt_relative_error", metric(worst("spectra", "relative_error")?, 0.0))
        .with("p2_rkhs_discrepancy", metric(agreement, AGREED))
        .with("reproducing_property_error", metric(worst("learned_norms", "reproducing_error")?, AGREED))
        .with("identification_difference", metric(worst("learned", "back_difference")?, AGREED)))
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
