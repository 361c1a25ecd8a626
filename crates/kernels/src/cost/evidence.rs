//! What is proved is held against what is found.
//!
//! A bound that follows from a declaration is only as true as the declaration. Here the declaration
//! and the bound are both compared with values at points that no construction has seen, and what
//! contradicts them becomes an error that names the points. What passes is still not proved, so it
//! is listed as a [`Hypothesis`](super::Hypothesis).

use super::error::BoundError;
use faer::{Mat, MatRef};
use relata_relations::{Points, Relation, Seed, Space};
use std::num::NonZeroUsize;

/// Fresh points on each side: all pairs of them cost less than one column of a covering of some
/// tens of thousands of points.
const FRESH: NonZeroUsize = NonZeroUsize::new(192).unwrap();

/// Values of a relation may be off by this many units of their last place, by the rounding of its
/// own formula.
const OWN_ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Fresh points of a space, the same in every run.
pub(super) fn fresh(space: &dyn Space, side: &str) -> Points {
    space.sample(FRESH, &mut Seed(0).stream(&format!("cost/evidence/{side}")))
}

/// The bound of an error, unless a pair is found with more. What was found is returned with it.
///
/// # Errors
/// [`BoundError::Contradicted`] with the pair.
pub(super) fn upheld(
    r: &dyn Relation,
    upper: Option<f64>,
    residual: MatRef<'_, f64>,
    (x, y): (&Points, &Points),
    slack: f64,
) -> Result<f64, BoundError> {
    let (mut found, mut at) = (0.0f64, (0, 0));
    for j in 0..residual.ncols() {
        for i in 0..residual.nrows() {
            if residual[(i, j)].abs() > found {
                (found, at) = (residual[(i, j)].abs(), (i, j));
            }
        }
    }
    match upper {
        Some(upper) if found > upper + slack => {
            let (x, y) = (x.row(at.0).to_vec(), y.row(at.1).to_vec());
            Err(BoundError::Contradicted { relation: r.name(), upper, found, x, y })
        }
        _ => Ok(found),
    }
}

/// Compares the declared Lipschitz constant with the slopes between neighbours on either side.
///
/// # Errors
/// [`BoundError::Steeper`] with a pair of neighbours.
pub(super) fn check_lipschitz(
    r: &dyn Relation,
    values: MatRef<'_, f64>,
    (x, y): (&Points, &Points),
) -> Result<(), BoundError> {
    let Some(constant) = r.lipschitz() else { return Ok(()) };
    let slack = OWN_ROUNDING * values.norm_max();
    for (points, along) in [(x, values), (y, values.transpose())] {
        for (i, near) in neighbours(points).into_iter().enumerate() {
            let Some((near, distance)) = near else { continue };
            let rise =
                (0..along.ncols()).map(|j| (along[(i, j)] - along[(near, j)]).abs()).fold(0.0, f64::max);
            // The distance is rounded too.
            if rise > constant * distance * (1.0 + 1e-12) + slack {
                let (from, to) = (points.row(i).to_vec(), points.row(near).to_vec());
                return Err(BoundError::Steeper { relation: r.name(), constant, rise, from, to });
            }
        }
    }
    Ok(())
}

/// The nearest other point of each, with its distance; `None` for a point that is alone.
fn neighbours(points: &Points) -> Vec<Option<(usize, f64)>> {
    let apart = |i: usize, j: usize| {
        points.row(i).iter().zip(points.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    (0..points.len())
        .map(|i| {
            let others = (0..points.len()).map(|j| (j, apart(i, j))).filter(|(_, d)| *d > 0.0);
            others.min_by(|a, b| a.1.total_cmp(&b.1))
        })
        .collect()
}

/// Compares what is left of a kernel that is declared positive semidefinite with what may be left:
/// no diagonal entry is negative, and no entry exceeds the root of the product of its two diagonal
/// entries, up to `slack`.
///
/// # Errors
/// [`BoundError::NotSemidefinite`] with the point or the pair.
pub(super) fn check_semidefinite(
    k: &dyn Relation,
    left: &Mat<f64>,
    at: &Points,
    slack: f64,
) -> Result<(), BoundError> {
    let refuse = |i: usize, j: usize, most: f64| BoundError::NotSemidefinite {
        relation: k.name(),
        x: at.row(i).to_vec(),
        y: at.row(j).to_vec(),
        value: left[(i, j)],
        most,
    };
    for j in 0..left.ncols() {
        if left[(j, j)] < -slack {
            return Err(refuse(j, j, 0.0));
        }
    }
    let root = |i: usize| (left[(i, i)].max(0.0) + slack).sqrt();
    for j in 0..left.ncols() {
        for i in 0..j {
            let most = root(i) * root(j);
            if left[(i, j)].abs() > most + slack {
                return Err(refuse(i, j, most));
            }
        }
    }
    Ok(())
}
