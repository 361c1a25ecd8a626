//! Headline numbers, and what must not happen.

use relata_runs::{Better, Metric, Summary, Tables};

/// Residual that ridge regression has to reach.
const RESIDUAL: f64 = 1e-8;

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let worst = |v: Vec<f64>| v.into_iter().fold(0.0, f64::max);
    let spectra = worst(tables.get("spectra")?.floats("relative_error")?);
    let digits = tables.get("low_rank")?.filter("matrix", "digits")?.filter("rank", 64i64)?;
    let ratio = digits.floats("ratio_to_limit")?.into_iter().fold(f64::INFINITY, f64::min);
    let ridge = tables.get("ridge")?;
    let preconditioned = ridge.ints("rank")?.into_iter().zip(ridge.floats("residual")?);
    let residual = worst(preconditioned.filter(|(rank, _)| *rank > 0).map(|(_, r)| r).collect());
    let dense = worst(ridge.optional_floats("difference_from_cholesky")?.into_iter().flatten().collect());
    Ok(Summary::new()
        .with(
            "worst_spectrum_relative_error",
            "Largest relative error of eigenvalues from quadrature beside those in closed form.",
            Metric::new(spectra, "ratio").goal(0.0).better(Better::Lower),
        )
        .with(
            "lowrank_best_ratio_to_limit",
            "Error of the best low-rank method on the digits at rank 64, over the Eckart-Young limit of that rank.",
            Metric::new(ratio, "ratio").goal(1.0).better(Better::Lower),
        )
        .with(
            "krr_residual",
            "Relative residual of ridge regression by preconditioned conjugate gradients: the worst case.",
            Metric::new(residual, "ratio").goal(RESIDUAL).better(Better::Lower),
        )
        .with(
            "krr_difference_from_cholesky",
            "Relative difference between ridge regression without the matrix and by a Cholesky factorisation.",
            Metric::new(dense, "ratio").goal(RESIDUAL).better(Better::Lower),
        ))
}

pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let t = tables.get("low_rank")?;
    let (matrix, method, rank) = (t.texts("matrix")?, t.texts("method")?, t.ints("rank")?);
    let ratio = t.floats("ratio_to_limit")?;
    Ok((0..t.len())
        .filter(|&i| ratio[i] < 1.0 - 1e-6)
        .map(|i| {
            format!(
                "{} on {} at rank {} is below the Eckart-Young limit ({}): a measurement error",
                method[i], matrix[i], rank[i], ratio[i]
            )
        })
        .collect())
}
