//! The nearest positive semidefinite matrix, and the parts of a square one.

use crate::matrix::{
    self, MatrixError, check_square, check_symmetric, eigh, root_sum_squares, symmetric_part,
};
use crate::unit::Unit;
use faer::{Mat, MatRef};

/// The positive semidefinite matrix nearest to a square one in Frobenius norm: the positive part of
/// the symmetric part.
#[derive(Clone, Debug)]
pub struct NearestPsd {
    /// The nearest matrix.
    pub matrix: Mat<f64>,
    /// Its Frobenius distance, `sqrt(|A_anti|^2 + sum_{l_i dropped} l_i^2)`.
    pub distance: f64,
    /// What the antisymmetric part contributes: `|A_anti|`.
    pub antisymmetric: f64,
    /// What the dropped eigenvalues contribute.
    pub dropped: f64,
    /// The eigenvalues kept, all positive, largest first.
    pub eigenvalues: Vec<f64>,
    /// Factors `Phi`, `n x d`, with `matrix = Phi Phi^T`.
    pub features: Mat<f64>,
}

/// The nearest positive semidefinite matrix (Higham, *Computing a nearest symmetric positive
/// semidefinite matrix*, LAA 1988).
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square or not finite.
pub fn nearest_psd(a: MatRef<'_, f64>) -> Result<NearestPsd, MatrixError> {
    nearest_psd_of_rank(a, a.nrows())
}

/// The nearest positive semidefinite matrix of rank at most `rank`: what the best shared encoder
/// with `rank` features can do.
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square or not finite.
pub fn nearest_psd_of_rank(a: MatRef<'_, f64>, rank: usize) -> Result<NearestPsd, MatrixError> {
    check_square(a)?;
    let unit = Unit::of_mat(a);
    let a = unit.divide_mat(a);
    let s = symmetric_part(a.as_ref())?;
    let antisymmetric = matrix::antisymmetric_part(a.as_ref())?.norm_l2();
    let (values, vectors) = eigh(s.as_ref())?;
    let d = values.iter().take(rank).take_while(|v| **v > 0.0).count();
    let features = Mat::from_fn(a.nrows(), d, |i, k| vectors[(i, k)] * values[k].sqrt());
    let mut rest: Vec<f64> = values[d..].to_vec();
    rest.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
    let dropped = root_sum_squares(&rest);
    Ok(NearestPsd {
        matrix: unit.restore_mat("the nearest matrix", &features * features.transpose())?,
        distance: unit.restore("the distance", dropped.hypot(antisymmetric))?,
        antisymmetric: unit.multiply(antisymmetric),
        dropped: unit.multiply(dropped),
        eigenvalues: unit.restore_all("the eigenvalues", &values[..d])?,
        features: unit.root().restore_mat("the features", features)?,
    })
}

/// The nearest matrix with given diagonal that is positive semidefinite, by alternating projections
/// with Dykstra's correction (Higham, *Computing the nearest correlation matrix*, IMA J. Numer.
/// Anal. 2002). With a diagonal of ones: the nearest correlation matrix.
///
/// `tolerance` is the relative change at which the iteration stops (it converges linearly; `1e-8`
/// is usual).
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square, not finite or not symmetric, the diagonal has
/// another length, or `max_sweeps` projections do not reach the tolerance.
pub fn nearest_psd_with_diagonal(
    a: MatRef<'_, f64>,
    diagonal: &[f64],
    tolerance: f64,
    max_sweeps: usize,
) -> Result<Mat<f64>, MatrixError> {
    let target = check_symmetric(a)?;
    let n = target.nrows();
    matrix::check_vector("the diagonal", diagonal, n)?;
    let unit = Unit::near(diagonal.iter().fold(target.norm_max(), |m, v| v.abs().max(m)));
    let (target, diagonal) = (unit.divide_mat(target.as_ref()), unit.divide_all(diagonal));
    let scale = target.norm_l2().max(root_sum_squares(&diagonal));
    let (mut y, mut correction) = (target, Mat::<f64>::zeros(n, n));
    for _ in 0..max_sweeps {
        let r = &y - &correction;
        let x = nearest_psd(r.as_ref())?.matrix;
        correction = &x - &r;
        let next = Mat::from_fn(n, n, |i, j| if i == j { diagonal[i] } else { x[(i, j)] });
        let (change, gap) = ((&next - &y).norm_l2(), (&next - &x).norm_l2());
        y = next;
        if change.max(gap) <= tolerance * scale {
            return unit.restore_mat("the nearest matrix", y);
        }
    }
    Err(MatrixError::NoConvergence("alternating projection"))
}

/// The symmetric and the antisymmetric part of a square matrix, and how large each is.
#[derive(Clone, Debug)]
pub struct Parts {
    /// `(A + A^T) / 2`.
    pub symmetric: Mat<f64>,
    /// `(A - A^T) / 2`.
    pub antisymmetric: Mat<f64>,
    /// `|A|_F`.
    pub norm: f64,
    /// Frobenius norm of the antisymmetric part, relative to `norm` (0 for the zero matrix).
    pub relative_antisymmetric: f64,
    /// Norm of the negative eigenvalues of the symmetric part, relative to `norm`.
    pub relative_negative: f64,
    /// Norm of the positive eigenvalues of the symmetric part, relative to `norm`.
    pub relative_positive: f64,
}

/// Splits a square matrix;
/// `relative_antisymmetric^2 + relative_negative^2 + relative_positive^2 = 1`.
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square or not finite.
pub fn parts(a: MatRef<'_, f64>) -> Result<Parts, MatrixError> {
    let (symmetric, antisymmetric) = (symmetric_part(a)?, matrix::antisymmetric_part(a)?);
    let values = matrix::eigenvalues(symmetric.as_ref())?;
    let unit = Unit::of_mat(a);
    let norm = unit.restore("the norm", unit.divide_mat(a).norm_l2())?;
    let relative = |v: f64| if norm > 0.0 { v / norm } else { 0.0 };
    let (positive, mut negative): (Vec<f64>, Vec<f64>) = values.iter().partition(|v| **v > 0.0);
    negative.reverse();
    Ok(Parts {
        relative_antisymmetric: relative(antisymmetric.norm_l2()),
        relative_negative: relative(root_sum_squares(&negative)),
        relative_positive: relative(root_sum_squares(&positive)),
        symmetric,
        antisymmetric,
        norm,
    })
}
