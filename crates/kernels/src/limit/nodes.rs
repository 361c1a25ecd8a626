//! A relation on one pair of quadratures: its matrix, reduced to values and sums of squares.

use super::types::LimitError;
use crate::decompose::{singular_values, symmetric_part_eigenvalues, weighted};
use crate::encoders::Encoders;
use faer::{MatMut, MatRef};
use relata_relations::{PowerOfTwo, Quadrature, Relation, Space};
use std::num::NonZeroUsize;

/// What a matrix says of limits; sums of squares are in units of `unit^2`.
pub(super) struct Discrete {
    /// Nodes for `x` and `y`.
    pub(super) nodes: [usize; 2],
    /// A power of two that keeps squares in range; 1 for values of ordinary size.
    pub(super) unit: f64,
    /// Singular values (separate encoders), else eigenvalues of the symmetric part, signed; largest
    /// magnitude first.
    pub(super) values: Vec<f64>,
    /// `|r|^2`.
    pub(super) norm2: f64,
    /// `|a|^2` of the antisymmetric part where encoders are not separate, else 0.
    pub(super) lost: f64,
    /// The variance of `r^2` under the rule, as a probability.
    pub(super) variance: f64,
    /// What jumps of `r^2` between neighbouring nodes may leave unseen of its integral.
    pub(super) jumps: f64,
}

impl Discrete {
    /// On rules with these numbers of nodes per axis; on one rule where encoders are not separate.
    pub(super) fn on_rules(
        r: &dyn Relation,
        e: Encoders,
        per_axis: [usize; 2],
        unit: Option<f64>,
    ) -> Result<Self, LimitError> {
        let (x, y) = r.spaces();
        let qx = rule(x, per_axis[0])?;
        let qy = if e == Encoders::Separate { rule(y, per_axis[1])? } else { qx.clone() };
        let mut a = weighted(r, [&qx, &qy])?;
        let unit = unit.unwrap_or_else(|| unit_of(a.as_ref()));
        rescale(a.as_mut(), unit);
        let mut out = Self::of_matrix(a.as_ref(), e, unit)?;
        let mut fourth = 0.0;
        for (j, v) in qy.weights().iter().enumerate() {
            fourth += qx.weights().iter().enumerate().map(|(i, w)| a[(i, j)].powi(4) / (w * v)).sum::<f64>();
        }
        let mass = qx.mass() * qy.mass();
        let root = |i: usize, j: usize| (qx.weights()[i] * qy.weights()[j]).sqrt();
        let values = |i: usize, j: usize| a[(i, j)] / root(i, j);
        // Along either space first: the order of integration that sees fewer jumps says enough.
        if x.axes() == 1 {
            out.jumps = unseen([&qx, &qy], values);
        }
        if y.axes() == 1 {
            let other = unseen([&qy, &qx], |j, i| values(i, j));
            out.jumps = if x.axes() == 1 { out.jumps.min(other) } else { other };
        }
        out.variance = (fourth / mass - (out.norm2 / mass).powi(2)).max(0.0);
        Ok(out)
    }

    /// A matrix that is divided by `unit` already.
    pub(super) fn of_matrix(a: MatRef<'_, f64>, e: Encoders, unit: f64) -> Result<Self, LimitError> {
        let (values, lost) = match e {
            Encoders::Separate => (singular_values(a)?, 0.0),
            Encoders::Shared | Encoders::Indefinite => {
                let antisymmetric = 0.5 * (a - a.transpose());
                (symmetric_part_eigenvalues(a)?, antisymmetric.squared_norm_l2())
            }
        };
        let norm = a.norm_l2();
        let nodes = [a.nrows(), a.ncols()];
        Ok(Self { nodes, unit, values, norm2: norm * norm, lost, variance: 0.0, jumps: 0.0 })
    }

    /// The smallest squared error of the class at the ranks `0..=most`.
    pub(super) fn uncaptured(&self, e: Encoders, most: usize) -> Vec<f64> {
        let sum = |values: &[f64]| values.iter().rev().map(|v| v * v).sum::<f64>();
        let keep = |v: &&f64| e != Encoders::Shared || **v > 0.0;
        let kept: Vec<f64> = self.values.iter().filter(keep).copied().collect();
        let dropped: Vec<f64> = self.values.iter().filter(|v| !keep(v)).copied().collect();
        let mut tail = vec![self.lost + sum(&dropped); kept.len() + 1];
        for k in (0..kept.len()).rev() {
            tail[k] = tail[k + 1] + kept[k] * kept[k];
        }
        (0..=most).map(|d| tail[d.min(kept.len())]).collect()
    }

    /// The squared error that is left at every rank: all that is lost or of the wrong sign.
    pub(super) fn floor(&self, e: Encoders) -> f64 {
        self.uncaptured(e, self.values.len()).pop().unwrap_or(0.0)
    }

    /// What rounding in values of the relation and in the decomposition may change a root of a sum
    /// of squares by, relative to the norm: errors of a few `f64::EPSILON` in each entry add up
    /// like the entries themselves, and the root of the number of nodes leaves room for those of
    /// the decomposition.
    pub(super) fn rounding(&self) -> f64 {
        f64::EPSILON * (self.nodes[0].max(self.nodes[1]) as f64).sqrt()
    }
}

/// What jumps may leave unseen of the integral of squares, along the first space and then along the
/// second: on each line of the first, and of the means over these lines.
fn unseen([along, across]: [&Quadrature; 2], value: impl Fn(usize, usize) -> f64) -> f64 {
    let (mut lines, mut means) = (0.0, Vec::with_capacity(across.weights().len()));
    for (j, w) in across.weights().iter().enumerate() {
        let line: Vec<f64> = (0..along.weights().len()).map(|i| value(i, j)).collect();
        means.push(line.iter().zip(along.weights()).map(|(v, w)| v * v * w).sum::<f64>().sqrt());
        lines += w * jumps(along.weights(), &line);
    }
    lines + jumps(across.weights(), &means)
}

/// What jumps may leave unseen of squares along a line: a jump stands anywhere between two nodes, and
/// the rule takes it halfway: its height times half their distance (Koksma's inequality, for the
/// jumps alone). The height is that of
/// `f^2`, of which the norm is the integral, or the square of that of `f`, which no low rank
/// captures, whichever is larger.
///
/// Two nodes have a jump between them where `f` changes far more than before and after: a factor of
/// eight, while at kinks and in smooth parts the changes of neighbours are alike.
fn jumps(weights: &[f64], values: &[f64]) -> f64 {
    const ABOVE_NEIGHBOURS: f64 = 8.0;
    let steps: Vec<f64> = values.windows(2).map(|v| (v[1] - v[0]).abs()).collect();
    let step = |k: Option<usize>| k.and_then(|k| steps.get(k)).copied().unwrap_or(0.0);
    let jump = |k: &usize| steps[*k] > ABOVE_NEIGHBOURS * (step(k.checked_sub(1)) + step(Some(k + 1)));
    let height = |k: usize| steps[k] * (values[k + 1] + values[k]).abs().max(steps[k]);
    (0..steps.len()).filter(jump).map(|k| height(k) * 0.25 * (weights[k] + weights[k + 1])).sum()
}

/// The power of two that brings the largest entry near 1; 1 for entries of ordinary size.
pub(super) fn unit_of(a: MatRef<'_, f64>) -> f64 {
    /// Squares of numbers in this range, and their sums, keep all digits.
    const ORDINARY: std::ops::RangeInclusive<f64> = 1e-70..=1e70;
    let size = a.norm_max();
    if ORDINARY.contains(&size) { 1.0 } else { PowerOfTwo::of([size]).multiply(1.0) }
}

/// Divides all entries by `unit`.
pub(super) fn rescale(mut a: MatMut<'_, f64>, unit: f64) {
    // Dividing by 1 would change nothing, at the cost of a pass over memory.
    if (unit - 1.0).abs() > 0.0 {
        faer::zip!(a.as_mut()).for_each(|faer::unzip!(v)| *v /= unit);
    }
}

/// The space's own rule.
pub(super) fn rule(space: &dyn Space, per_axis: usize) -> Result<Quadrature, LimitError> {
    Ok(space.quadrature(NonZeroUsize::new(per_axis).unwrap_or(NonZeroUsize::MIN))?)
}
