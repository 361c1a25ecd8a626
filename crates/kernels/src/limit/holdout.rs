//! The error of explicit approximations at fresh points, which no limit can be above.
//!
//! The singular functions of a rule, extended by Nystrom's formula, make an inner product of each
//! rank. Where the rule resolves the relation it is nearly the best one; where it does not, its
//! error at random points shows.

use super::nodes::{rescale, rule};
use super::types::LimitError;
use crate::decompose::symmetric_part_eigen;
use crate::encoders::Encoders;
use crate::matrix::{self, ThinSvd};
use faer::{Mat, MatRef};
use relata_relations::{Points, Quadrature, Relation, Seed, evaluate};
use std::num::NonZeroUsize;

/// Points a side.
const POINTS: NonZeroUsize = NonZeroUsize::new(512).unwrap();
/// Blocks of rows from which the standard error is estimated.
const BLOCKS: usize = 16;
/// Functions of values below this share of the largest are rounding.
const SMALLEST: f64 = 1e-10;

/// A squared error at fresh points, and its standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldOut {
    pub(super) square: f64,
    pub(super) spread: f64,
}

/// Squared errors of the inner products of ranks `0, 1, ..`, `most` at most, that the rules with so
/// many nodes per axis make, in units of `unit^2`. Cost: `n^3` for `n` nodes and `512 n` values.
pub(super) fn held_out(
    r: &dyn Relation,
    e: Encoders,
    per_axis: [usize; 2],
    (unit, seed): (f64, Seed),
    most: usize,
) -> Result<Vec<HeldOut>, LimitError> {
    let (x, y) = r.spaces();
    let qx = rule(x, per_axis[0])?;
    let qy = if e == Encoders::Separate { rule(y, per_axis[1])? } else { qx.clone() };
    let xs = x.sample(POINTS, &mut seed.stream("limit/held-out/x"));
    let ys = y.sample(POINTS, &mut seed.stream("limit/held-out/y"));
    let on = |a: &Points, b: &Points| -> Result<Mat<f64>, LimitError> {
        let mut out = evaluate(r, a, b)?;
        rescale(out.as_mut(), unit);
        Ok(out)
    };
    let nodes = on(qx.nodes(), qy.nodes())?;
    let (wx, wy) = (qx.sqrt_weights(), qy.sqrt_weights());
    let weighted = Mat::from_fn(nodes.nrows(), nodes.ncols(), |i, j| nodes[(i, j)] * wx[i] * wy[j]);
    let (values, left, right) = if e == Encoders::Separate {
        let ThinSvd { u, s, v } = matrix::svd(weighted.as_ref())?;
        let left = extend(on(&xs, qy.nodes())?.as_ref(), &qy, v.as_ref());
        let right = extend(on(qx.nodes(), &ys)?.transpose(), &qx, u.as_ref());
        (s, left, right)
    } else {
        let (l, u) = symmetric_part_eigen(weighted.as_ref())?;
        let half = |a: &Points| -> Result<Mat<f64>, LimitError> {
            Ok(0.5 * (on(a, qx.nodes())? + on(qx.nodes(), a)?.transpose()))
        };
        (l, extend(half(&xs)?.as_ref(), &qx, u.as_ref()), extend(half(&ys)?.as_ref(), &qx, u.as_ref()))
    };
    let mut rest = on(&xs, &ys)?;
    let mass = x.mass() * y.mass();
    let mut errors = vec![measure(rest.as_ref(), mass)];
    let top = values.first().map_or(0.0, |v| v.abs());
    for k in (0..values.len()).filter(|k| e != Encoders::Shared || values[*k] > 0.0).take(most) {
        if values[k].abs() <= SMALLEST * top {
            break;
        }
        // Both extensions carry the value; one of them must not.
        for j in 0..rest.ncols() {
            let factor = right[(j, k)] / values[k];
            for i in 0..rest.nrows() {
                rest[(i, j)] -= left[(i, k)] * factor;
            }
        }
        errors.push(measure(rest.as_ref(), mass));
    }
    Ok(errors)
}

/// `sum_j r(x, y_j) w_j v_k(y_j)` at the points `x` of the rows, for functions in the columns that
/// carry the root of the weights.
fn extend(values: MatRef<'_, f64>, q: &Quadrature, functions: MatRef<'_, f64>) -> Mat<f64> {
    let roots = q.sqrt_weights();
    let weighted = Mat::from_fn(functions.nrows(), functions.ncols(), |j, k| roots[j] * functions[(j, k)]);
    values * weighted
}

fn measure(rest: MatRef<'_, f64>, mass: f64) -> HeldOut {
    let size = rest.nrows().div_ceil(BLOCKS);
    let means: Vec<f64> = (0..rest.nrows())
        .step_by(size)
        .map(|i| {
            let rows = size.min(rest.nrows() - i);
            rest.subrows(i, rows).squared_norm_l2() / (rows * rest.ncols()) as f64
        })
        .collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0);
    // Rows and columns contribute alike; only the part of the rows is seen.
    HeldOut { square: mean * mass, spread: (2.0 * variance / count).sqrt() * mass }
}
