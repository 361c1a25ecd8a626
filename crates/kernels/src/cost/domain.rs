//! Where a relation lives, as bounds see it: boxes, sizes, and what is refused at once.

use super::choice::ErrorNorm;
use super::error::BoundError;
use super::params::BoundParams;
use crate::decompose::{symmetric_part_eigenvalues, weighted};
use crate::gram::cross_gram;
use relata_relations::{Definiteness, Points, Regularity, Relation, Space, SpaceError};
use std::num::NonZeroUsize;

/// Points of each space at which values are looked at before anything is computed.
const PROBES: usize = 64;

/// A box around a compact space.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Around {
    /// Length of each edge.
    pub(super) edges: Vec<f64>,
    /// Whether the space is the box itself.
    pub(super) exact: bool,
    /// The largest Euclidean norm of a point of the box, from its centre.
    pub(super) radius: f64,
}

impl Around {
    /// # Errors
    /// [`SpaceError`] if the space has no covering.
    pub(super) fn of(space: &dyn Space) -> Result<Self, SpaceError> {
        let cover =
            space.covering(per_axis(PROBES, space.axes()).max(NonZeroUsize::MIN.saturating_add(1)))?;
        let exact = space.axes() == space.dim();
        let edges: Vec<f64> = (0..space.dim())
            .map(|axis| {
                let mut values: Vec<f64> = cover.points.rows().map(|x| x[axis]).collect();
                values.sort_by(f64::total_cmp);
                let length = values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
                // The points are midpoints of equal cells: half a cell is missing at either end.
                let gap = values
                    .windows(2)
                    .map(|w| w[1] - w[0])
                    // Points of one column have equal coordinates, up to rounding.
                    .filter(|g| *g > 1e-9 * length)
                    .fold(f64::NAN, f64::max);
                length + if exact { gap } else { 2.0 * cover.radius }
            })
            .collect();
        let radius = edges.iter().map(|e| 0.25 * e * e).sum::<f64>().sqrt();
        Ok(Self { edges, exact, radius })
    }
}

/// The box around a side of a relation.
///
/// # Errors
/// [`BoundError::Unbounded`]
pub(super) fn around(r: &dyn Relation, space: &dyn Space) -> Result<Around, BoundError> {
    compact(r, space)?;
    Ok(Around::of(space)?)
}

/// Sup norms and coverings need a compact space.
///
/// # Errors
/// [`BoundError::Unbounded`]
pub(super) fn compact(r: &dyn Relation, space: &dyn Space) -> Result<(), BoundError> {
    if space.is_compact() {
        return Ok(());
    }
    Err(BoundError::Unbounded { relation: r.name(), space: space.name() })
}

/// What every bound checks first. The largest value found is returned.
pub(super) fn check(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<f64, BoundError> {
    if !(eps.is_finite() && eps > 0.0) {
        return Err(BoundError::Eps(eps));
    }
    if !(params.truncation_share > 0.0 && params.truncation_share < 1.0) {
        return Err(BoundError::Share(params.truncation_share));
    }
    let (x, y) = r.spaces();
    if params.norm == ErrorNorm::Sup {
        for space in [x, y] {
            compact(r, space)?;
        }
        if let Regularity::Jump { size } = r.regularity() {
            return Err(BoundError::Jump { relation: r.name(), size });
        }
    }
    let probes = |s: &dyn Space| s.quadrature(per_axis(PROBES, s.axes()));
    let largest = cross_gram(r, probes(x)?.nodes(), probes(y)?.nodes())?.norm_max();
    // What sums of a thousand such values may lose to rounding.
    let floor = 1024.0 * f64::EPSILON * largest;
    if eps < floor { Err(BoundError::BelowRounding { eps, floor }) } else { Ok(largest) }
}

/// Eigenvalues of a positive semidefinite kernel on a rule are not negative beyond rounding.
///
/// # Errors
/// [`BoundError::NegativeEigenvalue`]
pub(super) fn semidefinite(k: &dyn Relation, values: &[f64], nodes: usize) -> Result<(), BoundError> {
    /// Of the largest eigenvalue: some formulas lose half of their digits on the diagonal, such as
    /// an arc cosine near 1.
    const ROUNDING: f64 = 1e-9;
    let largest = values.iter().copied().fold(0.0, f64::max);
    let value = values.iter().copied().fold(f64::INFINITY, f64::min);
    if value < -ROUNDING * largest {
        return Err(BoundError::NegativeEigenvalue { relation: k.name(), value, largest, nodes });
    }
    Ok(())
}

/// What every bound for a kernel checks first: [`check`], and what is declared, and that values at
/// some points do not contradict it.
pub(super) fn check_kernel(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<(), BoundError> {
    check(k, eps, params)?;
    if k.definiteness() != Definiteness::PositiveSemidefinite {
        return Err(BoundError::NotPositive(k.name()));
    }
    let space = k.spaces().0;
    let rule = space.quadrature(per_axis(PROBES, space.axes()))?;
    let values = symmetric_part_eigenvalues(weighted(k, [&rule, &rule])?.as_ref())?;
    semidefinite(k, &values, rule.len())
}

/// About `total` points in all: how many on each axis.
pub(super) fn per_axis(total: usize, axes: usize) -> NonZeroUsize {
    let n = (total as f64).powf(1.0 / axes.max(1) as f64).round() as usize;
    NonZeroUsize::new(n.max(1)).unwrap_or(NonZeroUsize::MIN)
}

/// Evenly spread points of a compact space, about `total`, with the ends of an interval.
pub(super) fn spread(space: &dyn Space, total: NonZeroUsize) -> Result<Points, SpaceError> {
    let cover = space.covering(per_axis(total.get(), space.axes()))?;
    if space.dim() != 1 || space.axes() != 1 || cover.points.len() < 2 {
        return Ok(cover.points);
    }
    let first = cover.points.row(0)[0];
    let half = 0.5 * (cover.points.row(1)[0] - first);
    let last = cover.points.row(cover.points.len() - 1)[0];
    let n = cover.points.len();
    let (a, b) = (first - half, last + half);
    let at = |i: usize| a + (b - a) * i as f64 / n as f64;
    Ok(Points::line((0..=n).map(at).collect()).unwrap_or(cover.points))
}
