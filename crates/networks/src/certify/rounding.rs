//! A-priori bounds of rounding errors (Higham 2002, ch. 3), and products of vectors that are known
//! up to radii.

use relata_relations::{Bracket, norm2};

/// `gamma_n = n u / (1 - n u)`, rounded up: the relative error of a sum of `n` products in any
/// order.
pub(crate) fn gamma(n: usize) -> f64 {
    let nu = (n as f64 + 1.0) * 0.5 * f64::EPSILON;
    nu / (1.0 - nu) * (1.0 + 1e-10)
}

/// Covers the rounding of a few operations on nonnegative numbers.
pub(super) const ROUND_UP: f64 = 1.0 + 1e-12;

/// What a product below the normal numbers loses at most, where relative bounds do not hold.
pub(super) const LOST: f64 = f64::from_bits(1);

/// A value that a closure computed, of a relation whose values are as large as `size`: its own
/// rounding is unknown, and 64 units in the last place of the largest value are allowed for it.
pub(super) fn evaluated(value: f64, size: f64) -> Bracket {
    Bracket::around(value, 64.0 * f64::EPSILON * size.max(value.abs()))
}

/// The Euclidean norm, rounded up.
pub(super) fn norm(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let n = values.len();
    norm2(values) * (1.0 + gamma(n + 2))
}

/// Vectors within `radius` of `middle`, entry by entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub(super) middle: Vec<f64>,
    pub(super) radius: Vec<f64>,
}

impl Around {
    pub(super) fn of(brackets: impl Iterator<Item = Bracket>) -> Self {
        // An unbounded interval is all within an infinite radius of 0.
        let (middle, radius) = brackets.map(|b| (b.middle().unwrap_or(0.0), b.radius())).unzip();
        Self { middle, radius }
    }

    /// The Euclidean norm of the largest vector.
    pub(super) fn norm(&self) -> f64 {
        norm(self.middle.iter().zip(&self.radius).map(|(m, r)| m.abs() + r))
    }

    /// All values of the inner product of two such vectors.
    pub(super) fn dot(&self, other: &Self) -> Bracket {
        let (mut sum, mut size, mut radius) = (0.0, 0.0, 0.0);
        let mut met = [0.0, 0.0];
        let n = self.middle.len();
        for k in 0..n {
            let (a, r, b, s) = (self.middle[k], self.radius[k], other.middle[k], other.radius[k]);
            sum += a * b;
            size += (a * b).abs();
            radius += a.abs() * s + r * (b.abs() + s);
            met = [met[0] + a.abs() + r, met[1] + b.abs() + s];
        }
        let lost = if met[0] > 0.0 && met[1] > 0.0 { 3.0 * n as f64 * LOST } else { 0.0 };
        Bracket::around(sum, (radius + gamma(n) * size) * (1.0 + gamma(n)) * ROUND_UP + lost)
    }
}

/// Points known up to one radius per coordinate: the inner product of row `i` with row `j` of
/// another such table.
pub(super) fn dot_bound(middle: f64, norms: (f64, f64), radii: (f64, f64), terms: usize) -> Bracket {
    let slack = gamma(terms) * norms.0 * norms.1 + radii.0 * (norms.1 + radii.1) + norms.0 * radii.1;
    let met = norms.0 + radii.0 > 0.0 && norms.1 + radii.1 > 0.0;
    let lost = if met { (terms + 3) as f64 * LOST } else { 0.0 };
    Bracket::around(middle, slack * ROUND_UP + lost)
}
