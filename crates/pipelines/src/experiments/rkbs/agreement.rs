//! The Banach space at `p = 2` is the Hilbert space of its left features: both computed, by
//! different algorithms.

use anyhow::Context as _;
use relata_kernels::rkbs::{Exponent, Rkbs};
use relata_kernels::rkhs::{RkhsFunction, interpolate};
use relata_relations::faer::Mat;
use relata_relations::{Points, Relation, Seed, Stream, matrix_relation};
use relata_runs::Row;
use std::sync::Arc;

const POINTS: usize = 24;
const FEATURES: usize = 24;
const DATA: usize = 12;

/// Rows of `agreement`: relative discrepancies of norms and interpolants at a condition number of
/// `K = Phi Phi^T`.
pub(super) fn rows(decade: u32, draws: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let condition = 10f64.powi(decade.try_into().context("a condition number beyond all bounds")?);
    (0..draws)
        .map(|draw| {
            let mut s = seed.stream(&format!("rkbs/agreement/{decade}/{draw}"));
            let (norm, interpolant, product) = discrepancies(condition, &mut s)?;
            Ok(Row::new("agreement")
                .with("condition", condition)
                .with("draw", draw)
                .with("norm", norm)
                .with("interpolant", interpolant)
                .with("inner_product", product))
        })
        .collect()
}

fn discrepancies(condition: f64, s: &mut Stream) -> anyhow::Result<(f64, f64, f64)> {
    // Singular values of the features fall evenly on a logarithmic scale to the root of the
    // condition number of the Gram matrix.
    let (u, v) = (orthogonal(POINTS, s), orthogonal(FEATURES, s));
    let fall = |k: usize| condition.powf(-0.5 * k as f64 / (FEATURES - 1) as f64);
    let phi = Mat::from_fn(POINTS, FEATURES, |i, k| u[(i, k)] * fall(k)) * v.transpose();
    let pair = Rkbs::new(phi.clone(), phi.clone(), Exponent::TWO)?;
    // The Hilbert side knows the Gram matrix alone.
    let gram = pair.kernel();
    let symmetric = Mat::from_fn(POINTS, POINTS, |i, j| 0.5 * (gram[(i, j)] + gram[(j, i)]));
    let kernel: Arc<dyn Relation> = Arc::new(matrix_relation(symmetric)?);
    let all = Points::line((0..POINTS).map(|i| i as f64).collect())?;

    let a: Vec<f64> = (0..POINTS).map(|_| s.normal()).collect();
    let f = RkhsFunction::new(Arc::clone(&kernel), all.clone(), a)?;
    let values = f.values(&all)?;
    let (banach, hilbert) = (pair.left_norm(&values)?, f.norm()?);

    let chosen: Vec<usize> = (0..DATA).map(|i| i * POINTS / DATA).collect();
    let data: Vec<f64> = chosen.iter().map(|_| s.normal()).collect();
    let sparse = pair.interpolate(&chosen, &data)?;
    let points = all.select(&chosen).context("points of the interpolation")?;
    let same = interpolate(Arc::clone(&kernel), &points, &data)?;
    let there = same.values(&all)?;
    let size = there.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let off = sparse.values.iter().zip(&there).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let norms = relative(sparse.norm, same.norm()?);

    // <f, s>: of representers, and of expansions.
    let of_representers: f64 = banach.representer.iter().zip(&sparse.representer).map(|(a, b)| a * b).sum();
    let product = (of_representers - f.inner(&same)?).abs() / (hilbert * sparse.norm);
    Ok((relative(banach.norm, hilbert).max(norms), off / size, product))
}

fn relative(a: f64, b: f64) -> f64 {
    (a / b - 1.0).abs()
}

fn orthogonal(n: usize, s: &mut Stream) -> Mat<f64> {
    Mat::from_fn(n, n, |_, _| s.normal()).qr().compute_thin_Q()
}
