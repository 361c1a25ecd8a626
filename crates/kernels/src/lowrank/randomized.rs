//! Randomised decompositions from products with random vectors (Halko, Martinsson and Tropp 2011).

use super::definite::refuse_declared;
use super::{LowRank, LowRankError, MatrixSource, check_rank, check_symmetric_source, thin_qr};
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::Par;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, Side};
use relata_relations::Seed;

/// How a matrix is probed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sketch {
    /// Vectors beyond the rank, 5 to 10 as a rule.
    pub oversampling: usize,
    /// Power iterations: each costs two more products (one for a symmetric matrix) and squares the
    /// decay of the spectrum.
    pub power: usize,
    /// Where the vectors come from.
    pub seed: Seed,
}

impl Sketch {
    /// Oversampling 10 and one power iteration.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { oversampling: 10, power: 1, seed }
    }
}

/// A near-best approximation of any matrix; left and right factors carry the square roots of the
/// singular values. Complexity: `2 + 2 power` products with `rank + oversampling` vectors.
///
/// ```
/// use relata_kernels::lowrank::{Dense, Effort, Sketch, assess, randomized_svd};
/// use relata_relations::Seed;
/// use faer::Mat;
/// let a = Mat::from_fn(60, 40, |i, j| (1.0 + i as f64 + 2.0 * j as f64).recip());
/// let a = Dense::new(a.as_ref())?;
/// let f = randomized_svd(&a, 4, Sketch::new(Seed(0)))?;
/// assert!(assess(&a, &f, Effort::Exact)?.ratio < 1.01);
/// # Ok::<(), relata_kernels::lowrank::LowRankError>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if `rank` is 0 or above the smaller side, or an entry cannot be evaluated.
pub fn randomized_svd(a: &dyn MatrixSource, rank: usize, sketch: Sketch) -> Result<LowRank, LowRankError> {
    let (n, m) = a.shape();
    check_rank("the rank", rank, n.min(m), (n, m))?;
    let width = (rank + sketch.oversampling).min(n.min(m));
    let mut stream = sketch.seed.stream("kernels/sketch");
    let omega = Mat::from_fn(m, width, |_, _| stream.normal());
    let mut q = range(a.multiply(omega.as_ref())?)?;
    for _ in 0..sketch.power {
        let z = range(a.multiply_transposed(q.as_ref())?)?;
        q = range(a.multiply(z.as_ref())?)?;
    }
    // B^T = A^T Q, so that A ~ Q B.
    let b = matrix::svd(finite(a.multiply_transposed(q.as_ref())?)?.as_ref())?;
    let left = q * Mat::from_fn(width, rank, |i, k| b.v[(i, k)] * b.s[k].sqrt());
    let right = Mat::from_fn(m, rank, |j, k| b.u[(j, k)] * b.s[k].sqrt());
    Ok(LowRank::new(left, right)?)
}

/// A near-best positive semidefinite approximation of a positive semidefinite matrix: Nystrom with
/// random directions for landmarks (Tropp, Yurtsever, Udell and Cevher 2017). Complexity:
/// `1 + power` products with `rank + oversampling` vectors.
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, `rank` is 0 or above its size, an entry cannot
/// be evaluated, or its compression to the directions has a negative eigenvalue. There is no bound
/// of the error: [`super::assess`] measures it.
pub fn randomized_nystrom(
    a: &dyn MatrixSource,
    rank: usize,
    sketch: Sketch,
) -> Result<LowRank, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the rank", rank, n, a.shape())?;
    refuse_declared(a)?;
    let width = (rank + sketch.oversampling).min(n);
    let mut stream = sketch.seed.stream("kernels/sketch");
    let mut q = thin_qr(Mat::from_fn(n, width, |_, _| stream.normal()).as_ref()).0;
    let mut y = finite(a.multiply(q.as_ref())?)?;
    for _ in 0..sketch.power {
        q = range(y)?;
        y = finite(a.multiply(q.as_ref())?)?;
    }
    let unit = Unit::of_mat(y.as_ref());
    let mut y = unit.divide_mat(y.as_ref());
    // A shift of the size of rounding keeps the core definite; it is taken off the eigenvalues
    // again.
    let shift = (n as f64).sqrt() * f64::EPSILON * y.norm_l2();
    if shift <= 0.0 {
        // Random directions that a matrix maps to nothing: the zero matrix.
        return Ok(LowRank::symmetric(Mat::zeros(n, rank))?);
    }
    y += faer::Scale(shift) * &q;
    let core = matrix::symmetric_part((q.transpose() * &y).as_ref())?;
    let Ok(llt) = core.llt(Side::Lower) else {
        let eigenvalue = unit.multiply(matrix::eigenvalues(core.as_ref())?[width - 1] - shift);
        return Err(LowRankError::NegativeBlock { rows: width, eigenvalue });
    };
    let mut half = y.transpose().to_owned();
    solve_lower_triangular_in_place(llt.L(), half.as_mut(), Par::Seq);
    let d = matrix::svd(half.transpose())?;
    // Below 0 by the shift alone.
    let root = |k: usize| (d.s[k] * d.s[k] - shift).max(0.0).sqrt();
    let features = Mat::from_fn(n, rank, |i, k| d.u[(i, k)] * root(k));
    Ok(LowRank::symmetric(unit.root().restore_mat("the features", features)?)?)
}

/// An orthonormal basis of the columns of a product, whatever their size.
fn range(product: Mat<f64>) -> Result<Mat<f64>, LowRankError> {
    let product = finite(product)?;
    Ok(thin_qr(Unit::of_mat(product.as_ref()).divide_mat(product.as_ref()).as_ref()).0)
}

/// A product of finite matrices, which may have overflowed.
pub(super) fn finite(product: Mat<f64>) -> Result<Mat<f64>, LowRankError> {
    if product.is_all_finite() {
        return Ok(product);
    }
    Err(MatrixError::Range { what: "a product with the matrix", power: f64::MAX_EXP }.into())
}
