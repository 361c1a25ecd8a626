//! Norms and interpolants in an overcomplete dictionary.
//!
//! The features are ramps `(x - t_k)_+` and `(t_k - x)_+` on `[0, 1]` and a constant: a network
//! with one hidden layer of ReLU units. The two ramps of a knot differ by a line, so that many
//! coefficient vectors give the same function: their differences are the annihilator, and the norm
//! of a function is the least over all of them.

use relata_kernels::rkbs::{Exponent, Rkbs};
use relata_relations::faer::Mat;
use relata_runs::Row;

/// Points of the left space.
const POINTS: usize = 121;
/// Coefficients of a smaller share of the largest count as zero.
const ZERO: f64 = 1e-7;
/// Exponents of the norms.
const EXPONENTS: [f64; 9] = [1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, f64::INFINITY];
/// Exponents of the interpolants.
const DRAWN: [f64; 4] = [1.0, 1.5, 2.0, f64::INFINITY];
/// The data that are interpolated: numbers of points and values.
const DATA: [(usize, f64); 6] = [(6, 0.2), (30, 0.9), (48, 0.7), (72, -0.4), (96, 0.1), (114, 0.0)];

fn at(i: usize) -> f64 {
    i as f64 / (POINTS - 1) as f64
}

fn knot(k: usize, knots: usize) -> f64 {
    (k as f64 + 0.5) / knots as f64
}

/// The dictionary on the points, `n x (2 knots + 1)`.
fn features(knots: usize) -> Mat<f64> {
    Mat::from_fn(POINTS, 2 * knots + 1, |i, k| match k {
        0 => 1.0,
        k if k <= knots => (at(i) - knot(k - 1, knots)).max(0.0),
        k => (knot(k - 1 - knots, knots) - at(i)).max(0.0),
    })
}

/// Rows of `norms`, `interpolants`, `interpolation` and `representers`.
pub(super) fn rows(knots: usize) -> anyhow::Result<Vec<Row>> {
    let phi = features(knots);
    // The right encoder plays no part in norms of left functions.
    let pair = |p: f64| Rkbs::new(phi.clone(), phi.clone(), Exponent::new(p)?);
    let annihilator = pair(2.0)?.annihilators()?.0;
    // The function: the dictionary's own interpolant of a wave at the knots, by ramps with the
    // second differences as weights.
    let wave: Vec<f64> = (0..POINTS).map(|i| piecewise(at(i), knots)).collect();
    let mut rows = Vec::new();
    for p in EXPONENTS {
        let norm = pair(p)?.left_norm(&wave)?;
        rows.push(
            Row::new("norms")
                .with("p", name(p))
                .with("reciprocal", 1.0 / p)
                .with("norm", norm.norm)
                .with("lower_bound", norm.lower)
                .with("annihilator", annihilator)
                .with("nonzeros", nonzeros(&norm.representer)),
        );
    }
    let (points, data): (Vec<usize>, Vec<f64>) = DATA.into_iter().unzip();
    for (i, v) in &DATA {
        rows.push(Row::new("interpolation_data").with("x", at(*i)).with("value", *v));
    }
    for p in DRAWN {
        let f = pair(p)?.interpolate(&points, &data)?;
        let missed = DATA.iter().map(|(i, v)| (f.values[*i] - v).abs()).fold(0.0, f64::max);
        rows.push(
            Row::new("interpolation")
                .with("p", name(p))
                .with("norm", f.norm)
                .with("nonzeros", nonzeros(&f.representer))
                .with("data", DATA.len())
                .with("largest_miss", missed),
        );
        for (i, value) in f.values.iter().enumerate() {
            rows.push(Row::new("interpolants").with("p", name(p)).with("x", at(i)).with("value", *value));
        }
        for (k, weight) in f.representer.iter().enumerate() {
            rows.push(Row::new("representers").with("p", name(p)).with("feature", k).with("weight", *weight));
        }
    }
    Ok(rows)
}

/// The piecewise linear function through `sin(2 pi t)` at the knots, continued as a line beyond
/// them.
fn piecewise(x: f64, knots: usize) -> f64 {
    let value = |k: usize| (std::f64::consts::TAU * knot(k, knots)).sin();
    let left = ((x * knots as f64 - 0.5).floor().max(0.0) as usize).min(knots - 2);
    let share = (x - knot(left, knots)) * knots as f64;
    value(left) + share * (value(left + 1) - value(left))
}

fn nonzeros(v: &[f64]) -> usize {
    let largest = v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    v.iter().filter(|x| x.abs() > ZERO * largest).count()
}

fn name(p: f64) -> String {
    if p.is_finite() { p.to_string() } else { "infinity".to_owned() }
}
