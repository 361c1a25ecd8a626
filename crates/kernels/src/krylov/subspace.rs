//! Orthonormal bases that grow by blocks, and what Ritz values say of the spectrum behind them.

use super::leading::LeftOver;
use super::{KrylovError, dot, norm};
use crate::lowrank::thin_qr;
use crate::matrix;
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::Seed;

/// How leading singular values or eigenvalues are sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeadingParams {
    /// How many are wanted; of a matrix of small rank all come that are not 0.
    pub count: usize,
    /// Vectors of a block: multiplicities below this are found at once.
    pub block: usize,
    /// Largest dimension of the Krylov space; memory is this times `n + m`.
    pub dimension: usize,
    /// The probability with which the bound of what is left may fail.
    pub doubt: f64,
    /// Where random vectors come from.
    pub seed: Seed,
}

impl LeadingParams {
    /// `count` values from a space of four times that dimension and at least 96, bounds that fail
    /// once in ten thousand million.
    #[must_use]
    pub fn new(count: usize, seed: Seed) -> Self {
        let block = count.clamp(1, 32);
        Self { count, block, dimension: (4 * count).max(96), doubt: 1e-10, seed }
    }

    /// The same with another largest dimension of the space.
    #[must_use]
    pub fn with_dimension(self, dimension: usize) -> Self {
        Self { dimension, ..self }
    }

    pub(super) fn check(&self, most: usize) -> Result<(), KrylovError> {
        if self.count == 0 || self.count > most || self.count > self.dimension || self.block == 0 {
            let dimension = self.dimension.min(most);
            return Err(KrylovError::TooMany { wanted: self.count, dimension, size: most });
        }
        Ok(())
    }

    pub(super) fn random(&self, rows: usize, columns: usize) -> Mat<f64> {
        let mut stream = self.seed.stream("kernels/leading");
        Mat::from_fn(rows, columns, |_, _| stream.normal())
    }

    /// The share of the square of the norm below which nothing is left but rounding: squares add
    /// up to some hundred units in the last place.
    pub(super) fn revealed(&self) -> f64 {
        1e-13
    }

    /// Steps of the iteration that bounds the rest: it is then at most some percent too large.
    pub(super) fn steps(&self) -> usize {
        60
    }
}

/// An orthonormal basis.
pub(super) struct Subspace {
    basis: Mat<f64>,
    most: usize,
}

impl Subspace {
    pub(super) fn new(size: usize, most: usize) -> Self {
        Self { basis: Mat::zeros(size, 0), most }
    }

    pub(super) fn basis(&self) -> &Mat<f64> {
        &self.basis
    }

    pub(super) fn is_full(&self) -> bool {
        self.basis.ncols() >= self.most
    }

    /// Adds what of a block is not in the space yet, as far as there is room, and returns the new
    /// basis vectors.
    pub(super) fn extend(&mut self, block: Mat<f64>) -> Mat<f64> {
        /// What orthogonalisation leaves of a vector of which nothing new is left.
        const NOTHING: f64 = 1e-13;
        /// What a second round at least leaves of a unit vector that is new.
        const GENUINE: f64 = 0.1;
        let size = block.norm_l2();
        let mut q = block;
        // Twice is enough (Kahan and Parlett): the first round leaves what it has cancelled. A vector
        // of which the second takes nearly all was rounding, and what is left of it is not orthogonal.
        for least in [NOTHING * size, GENUINE] {
            q = super::leading::deflated(q, &self.basis);
            let (of, r) = thin_qr(q.as_ref());
            let mut kept: Vec<usize> = (0..of.ncols()).filter(|k| r[(*k, *k)].abs() > least).collect();
            kept.truncate(self.most - self.basis.ncols());
            q = Mat::from_fn(of.nrows(), kept.len(), |i, k| of[(i, kept[k])]);
            if q.ncols() == 0 {
                break;
            }
        }
        self.basis = super::leading::beside(self.basis.as_ref(), q.as_ref());
        q
    }
}

/// A square with what it is at least and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SquareBracket {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl SquareBracket {
    /// What ranks 0, 1, .. leave of a matrix whose squares add to `total`, of which `found` are Ritz
    /// values, falling; the largest are at most `at_most`; of what is beside the found ones the
    /// squares add to at most `rest`, if that is less than the difference.
    pub(super) fn tails(total: f64, found: &[f64], at_most: &[f64], rest: f64) -> Vec<Self> {
        /// Rounding of sums of squares, relative to the total.
        const ROUNDING: f64 = 1e-13;
        let caught: f64 = found.iter().rev().sum();
        let beside = (total - caught).max(0.0) + ROUNDING * total;
        let beside = if at_most.len() == found.len() { beside.min(rest) } else { beside };
        (0..=at_most.len())
            .map(|k| {
                let later: f64 = found[k..].iter().rev().sum();
                let most: f64 = at_most[..k].iter().sum();
                let lower = later.max(total - most - ROUNDING * total).max(0.0);
                Self { lower, upper: (later + beside).min(total) }
            })
            .collect()
    }

    pub(super) fn restored(self, unit: Unit) -> LeftOver {
        let of = |square: f64| unit.multiply(square.max(0.0).sqrt());
        LeftOver { lower: of(self.lower), upper: of(self.upper) }
    }
}

/// Bounds of the largest eigenvalues of `[[diag(found), C], [C^T, D]]` with `|C| <= cross` and
/// `|D| <= rest`, `found` falling: those of the diagonal blocks, and what the coupling adds,
/// `2 c^2 / (g + sqrt(g^2 + 4 c^2))` with the gap `g` between them (Li and Li, *A note on
/// eigenvalues of perturbed Hermitian matrices*, 2005).
pub(super) fn squares_at_most(found: &[f64], cross: f64, rest: f64) -> Vec<f64> {
    let of = |value: f64| {
        let gap = (value - rest).max(0.0);
        let root = gap + gap.hypot(2.0 * cross);
        let added = if root > 0.0 { 2.0 * cross * (cross / root) } else { 0.0 };
        value.max(rest) + added
    };
    found.iter().map(|v| of(*v)).collect()
}

/// A bound of the largest eigenvalue of a positive semidefinite matrix known by its products with
/// columns: the largest Ritz value `t` of `k` Lanczos steps from a random vector is at least
/// `(1 - e)` times it, except with probability `1.648 sqrt(n) exp(-sqrt(e) (2 k - 1))`.
pub(super) fn rest_bound(
    n: usize,
    params: &LeadingParams,
    product: impl Fn(MatRef<'_, f64>) -> Result<Mat<f64>, KrylovError>,
) -> Result<f64, KrylovError> {
    let steps = params.steps().min(n);
    let mut stream = params.seed.stream("kernels/leading/rest");
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut next: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    let (mut diagonal, mut off): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut largest = 0.0f64;
    for _ in 0..steps {
        let size = norm(&next);
        if size <= 0.0 {
            break;
        }
        if !basis.is_empty() {
            off.push(size);
        }
        next.iter_mut().for_each(|x| *x /= size);
        let column = MatRef::from_column_major_slice(&next, n, 1);
        let w = product(column)?;
        let mut w: Vec<f64> = w.col(0).iter().copied().collect();
        diagonal.push(dot(&w, &next));
        largest = largest.max(norm(&w));
        basis.push(next);
        for _ in 0..2 {
            for b in &basis {
                let c = dot(&w, b);
                w.iter_mut().zip(b).for_each(|(y, x)| *y -= c * x);
            }
        }
        // An invariant space: its largest Ritz value is an eigenvalue.
        if norm(&w) <= 1e-14 * largest {
            break;
        }
        next = w;
    }
    let k = diagonal.len();
    let t = Mat::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off[i.min(j)],
        _ => 0.0,
    });
    let ritz = matrix::eigenvalues(t.as_ref())?[0].max(0.0);
    if k == n {
        return Ok(ritz * (1.0 + 1e-12));
    }
    let doubt = (1.648 * (n as f64).sqrt() / params.doubt).ln();
    let e = (doubt / (2.0 * k as f64 - 1.0)).powi(2);
    // A space that is invariant before the last step tells nothing beyond itself; the products then
    // are those of a matrix of small rank, and the vector has a part in every eigenspace.
    let e = if k < steps { 1e-12 } else { e };
    if e >= 1.0 {
        return Ok(f64::INFINITY);
    }
    Ok(ritz / (1.0 - e))
}
