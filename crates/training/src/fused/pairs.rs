//! The mean squared error over all pairs of a batch, and its gradients in both feature maps.
//!
//! `(1 / n m) sum_ij e_ij^2` with `e_ij = <p_i, q_j> - r_ij`, or the plain sum where the features
//! carry the roots of quadrature weights; the gradients are `2 w sum_j e_ij q_j` and
//! `2 w sum_i e_ij p_i`. A tile of pairs is worked on whole while it is in cache.

use super::TILE;
use super::arithmetic::subtract;
use super::share::{Share, columns, tiles};
use super::values::Values;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use relata_relations::RelationError;
use std::ops::Range;

/// What a task needs for its tiles, and what it finds.
pub(super) struct PairTask {
    error: Vec<f32>,
    values: Vec<f32>,
    /// Its part of the gradient in the features of all `y`, `features x m`.
    pub(super) gradient: Vec<f32>,
    loss: Result<f64, RelationError>,
}

/// The shape of the features.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    pub(super) rank: usize,
}

impl PairTask {
    /// For a side of `m` points.
    pub(super) fn new(heads: Heads, m: usize) -> Self {
        Self {
            error: vec![0.0; TILE * TILE],
            values: vec![0.0; TILE * TILE],
            gradient: vec![0.0; heads.count * heads.rank * m],
            loss: Ok(0.0),
        }
    }
}

/// The weighted mean of the losses of all heads, where each pair counts `weight`. Gradients are left
/// in the shares of `x` and in the tasks (one per share of `x`): those in the features of `y`, in
/// parts.
pub(super) fn pair_loss(
    x: &mut [Share],
    y: &[Share],
    tasks: &mut [PairTask],
    values: &[Values<'_>],
    heads: Heads,
    weight: f64,
) -> Result<f64, RelationError> {
    let weight = weight / heads.count as f64;
    x.par_iter_mut().zip(tasks.par_iter_mut()).for_each(|(share, task)| {
        task.loss = strip(share, y, task, values, heads, (2.0 * weight) as f32);
    });
    let mut loss = 0.0;
    for task in tasks {
        loss += std::mem::replace(&mut task.loss, Ok(0.0))?;
    }
    Ok(loss * weight)
}

/// All pairs of a share of `x`.
fn strip(
    share: &mut Share,
    y: &[Share],
    task: &mut PairTask,
    values: &[Values<'_>],
    heads: Heads,
    twice: f32,
) -> Result<f64, RelationError> {
    share.features_gradient.fill(0.0);
    task.gradient.fill(0.0);
    let mut loss = 0.0;
    for rows in tiles(share.points.len()) {
        for other in y {
            for cols in tiles(other.points.len()) {
                for (t, values) in values.iter().enumerate() {
                    loss += tile((&mut *share, &rows), (other, &cols), task, (values, t), heads, twice)?;
                }
            }
        }
    }
    Ok(loss)
}

/// One tile for one head.
fn tile(
    (share, rows): (&mut Share, &Range<usize>),
    (other, cols): (&Share, &Range<usize>),
    task: &mut PairTask,
    (values, head): (&Values<'_>, usize),
    heads: Heads,
    twice: f32,
) -> Result<f64, RelationError> {
    let (height, at) = (heads.count * heads.rank, head * heads.rank);
    let (n, m) = (rows.len(), cols.len());
    let Share { points, features, features_gradient, .. } = share;
    let (i, j) = (absolute(points, rows), absolute(&other.points, cols));
    let p = columns(features, height, rows).subrows(at, heads.rank);
    let q = columns(&other.features, height, cols).subrows(at, heads.rank);
    let PairTask { error, values: scratch, gradient, .. } = task;
    let (scratch, error) = (&mut scratch[..n * m], &mut error[..n * m]);
    let products = |error: &mut [f32]| {
        let to = MatMut::from_column_major_slice_mut(error, n, m);
        matmul(to, Accum::Replace, p.transpose(), q, 1.0, Par::Seq);
    };
    let (target, factor) = values.tile(&i, &j, &mut *scratch)?;
    products(error);
    let mut loss = subtract(error, target, factor, n);
    if !loss.is_finite() {
        // Either the features are not finite, or the values, perhaps in single precision alone.
        let (target, factor) = values.tile_in_double(&i, &j, scratch)?;
        products(error);
        loss = subtract(error, target, factor, n);
    }
    let e = MatRef::from_column_major_slice(&*error, n, m);
    let own = &mut features_gradient[rows.start * height..rows.end * height];
    let own = MatMut::from_column_major_slice_mut(own, height, n).subrows_mut(at, heads.rank);
    matmul(own, Accum::Add, q, e.transpose(), twice, Par::Seq);
    let others = &mut gradient[j.start * height..j.end * height];
    let others = MatMut::from_column_major_slice_mut(others, height, m).subrows_mut(at, heads.rank);
    matmul(others, Accum::Add, p, e, twice, Par::Seq);
    Ok(loss)
}

fn absolute(points: &Range<usize>, at: &Range<usize>) -> Range<usize> {
    points.start + at.start..points.start + at.end
}
