//! Checks and decompositions of dense matrices that everything else in the crate builds on.
//!
//! Eigenvalues come largest first. Eigenvectors and singular vectors carry a canonical sign: the
//! entry of largest magnitude (the first of several) of each eigenvector, or left singular vector,
//! is positive.

use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::norm2;
use relata_relations::spectral;
use thiserror::Error;

/// Why a matrix cannot be used.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum MatrixError {
    /// A matrix without rows or columns.
    #[error("the matrix is {rows} x {columns}; it needs at least one row and one column")]
    Empty {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A rectangular matrix where a square one is needed.
    #[error("the matrix is {rows} x {columns}; it must be square")]
    NotSquare {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A NaN or an infinity.
    #[error("entry ({row}, {column}) is {value}; every entry must be finite")]
    NonFinite {
        /// Row of the first such entry, by columns.
        row: usize,
        /// Its column.
        column: usize,
        /// What was found there.
        value: f64,
    },
    /// An asymmetric matrix where a symmetric one is needed.
    #[error(
        "entry ({row}, {column}) is {value} and entry ({column}, {row}) is {mirrored}; the matrix must be symmetric \
         (its antisymmetric part is {relative:.1e} of its Frobenius norm, {SYMMETRY_TOLERANCE:e} is taken for rounding)"
    )]
    NotSymmetric {
        /// Row of the most asymmetric pair.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry on the other side of the diagonal.
        mirrored: f64,
        /// Norm of the antisymmetric part relative to that of the matrix.
        relative: f64,
    },
    /// Two matrices, or a matrix and a vector, whose sizes do not fit.
    #[error("{what} has {found} entries along a side that needs {expected}")]
    Size {
        /// What does not fit.
        what: &'static str,
        /// The size needed.
        expected: usize,
        /// The size found.
        found: usize,
    },
    /// A ridge that is not positive and finite.
    #[error("the ridge is {0}; it must be positive and finite")]
    Ridge(f64),
    /// A kernel matrix without anything left after centring.
    #[error("the {0} matrix is constant up to rows and columns: after centring nothing is left to compare")]
    Constant(&'static str),
    /// An eigenvalue 0 where an error relative to it was asked for.
    #[error("eigenvalue {index} of {what} is 0: no error is relative to it; compare fewer")]
    ZeroEigenvalue {
        /// Whose eigenvalue.
        what: &'static str,
        /// Its number, counted from 0.
        index: usize,
    },
    /// A result that no double holds, although the input is made of doubles.
    #[error(
        "{what} {} the range of doubles: the largest is about 2^{power}; rescale what it is computed from",
        if *power > 0 { "overflows" } else { "underflows" }
    )]
    Range {
        /// What was to be computed.
        what: &'static str,
        /// The binary logarithm of its largest number.
        power: i32,
    },
    /// An iteration inside a decomposition that did not converge.
    #[error("the {0} did not converge")]
    NoConvergence(&'static str),
}

/// The antisymmetric part, relative to the Frobenius norm, that counts as rounding.
pub const SYMMETRY_TOLERANCE: f64 = 1e-12;

/// The unit roundoff of f64, `2^-53`.
pub(crate) const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// The symmetric part `(A + A^T) / 2`.
///
/// ```
/// use relata_kernels::{antisymmetric_part, symmetric_part};
/// use faer::mat;
/// let a = mat![[1.0, 4.0], [2.0, 3.0]];
/// assert_eq!(symmetric_part(a.as_ref())?, mat![[1.0, 3.0], [3.0, 3.0]]);
/// assert_eq!(antisymmetric_part(a.as_ref())?, mat![[0.0, 1.0], [-1.0, 0.0]]);
/// # Ok::<(), relata_kernels::MatrixError>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square, or not finite.
pub fn symmetric_part(a: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
    check_square(a)?;
    Ok(Mat::from_fn(a.nrows(), a.ncols(), |i, j| f64::midpoint(a[(i, j)], a[(j, i)])))
}

/// The antisymmetric part `(A - A^T) / 2`.
///
/// # Errors
/// [`MatrixError`] if `a` is empty, not square, or not finite.
pub fn antisymmetric_part(a: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
    check_square(a)?;
    Ok(Mat::from_fn(a.nrows(), a.ncols(), |i, j| f64::midpoint(a[(i, j)], -a[(j, i)])))
}

/// Nonempty and finite.
pub(crate) fn check(a: MatRef<'_, f64>) -> Result<(), MatrixError> {
    let (rows, columns) = (a.nrows(), a.ncols());
    if rows == 0 || columns == 0 {
        return Err(MatrixError::Empty { rows, columns });
    }
    for column in 0..columns {
        for row in 0..rows {
            let value = a[(row, column)];
            if !value.is_finite() {
                return Err(MatrixError::NonFinite { row, column, value });
            }
        }
    }
    Ok(())
}

/// Nonempty, finite and square.
pub(crate) fn check_square(a: MatRef<'_, f64>) -> Result<(), MatrixError> {
    if a.nrows() != a.ncols() {
        return Err(MatrixError::NotSquare { rows: a.nrows(), columns: a.ncols() });
    }
    check(a)
}

/// Nonempty, finite, square, and symmetric up to [`SYMMETRY_TOLERANCE`]; the exactly symmetric part
/// is returned.
pub(crate) fn check_symmetric(a: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
    check_symmetric_within(a, SYMMETRY_TOLERANCE)
}

/// As [`check_symmetric`], with another relative antisymmetric part that counts as rounding.
pub(crate) fn check_symmetric_within(a: MatRef<'_, f64>, tolerance: f64) -> Result<Mat<f64>, MatrixError> {
    let odd = antisymmetric_part(a)?;
    let size = odd.norm_l2();
    let relative = if size > 0.0 { size / a.norm_l2() } else { 0.0 };
    if relative > tolerance {
        let (mut worst, mut at) = (-1.0, (0, 0));
        for j in 0..a.ncols() {
            for i in 0..j {
                if odd[(i, j)].abs() > worst {
                    (worst, at) = (odd[(i, j)].abs(), (i, j));
                }
            }
        }
        let (row, column) = at;
        let (value, mirrored) = (a[(row, column)], a[(column, row)]);
        return Err(MatrixError::NotSymmetric { row, column, value, mirrored, relative });
    }
    symmetric_part(a)
}

/// A vector that fits a matrix, and is finite.
pub(crate) fn check_vector(what: &'static str, v: &[f64], expected: usize) -> Result<(), MatrixError> {
    if v.len() != expected {
        return Err(MatrixError::Size { what, expected, found: v.len() });
    }
    match v.iter().position(|x| !x.is_finite()) {
        Some(row) => Err(MatrixError::NonFinite { row, column: 0, value: v[row] }),
        None => Ok(()),
    }
}

/// Eigenvalues, largest first, and orthonormal eigenvectors in the columns. Only the lower half is
/// read.
pub(crate) fn eigh(a: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>), MatrixError> {
    let unit = Unit::of_mat(a);
    let spectral::SymmetricEigen { values, vectors: u } =
        spectral::symmetric_eigen(unit.divide_mat(a).as_ref())
            .map_err(|_| MatrixError::NoConvergence("eigenvalue decomposition"))?;
    let n = a.nrows();
    let values: Vec<f64> = values.into_iter().rev().collect();
    let values = unit.restore_all("the eigenvalues", &values)?;
    let flips: Vec<f64> = (0..n).map(|k| canonical_sign(u.col(n - 1 - k).iter())).collect();
    let vectors = Mat::from_fn(n, n, |i, k| flips[k] * u[(i, n - 1 - k)]);
    Ok((values, vectors))
}

/// Eigenvalues alone, largest first.
pub(crate) fn eigenvalues(a: MatRef<'_, f64>) -> Result<Vec<f64>, MatrixError> {
    let unit = Unit::of_mat(a);
    let mut e = spectral::symmetric_eigenvalues(unit.divide_mat(a).as_ref())
        .map_err(|_| MatrixError::NoConvergence("eigenvalue decomposition"))?;
    e.reverse();
    unit.restore_all("the eigenvalues", &e)
}

/// A thin singular value decomposition.
pub(crate) struct ThinSvd {
    pub(crate) u: Mat<f64>,
    pub(crate) s: Vec<f64>,
    pub(crate) v: Mat<f64>,
}

/// Singular values, largest first, with singular vectors of canonical sign in the columns.
pub(crate) fn svd(a: MatRef<'_, f64>) -> Result<ThinSvd, MatrixError> {
    let unit = Unit::of_mat(a);
    let d = spectral::thin_svd(unit.divide_mat(a).as_ref())
        .map_err(|_| MatrixError::NoConvergence("singular value decomposition"))?;
    let s = unit.restore_all("the singular values", &d.values)?;
    let flips: Vec<f64> = (0..s.len()).map(|k| canonical_sign(d.left.col(k).iter())).collect();
    let flip = |m: MatRef<'_, f64>| Mat::from_fn(m.nrows(), s.len(), |i, k| flips[k] * m[(i, k)]);
    Ok(ThinSvd { u: flip(d.left.as_ref()), v: flip(d.right.as_ref()), s })
}

/// Singular values alone, largest first.
pub(crate) fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, MatrixError> {
    let unit = Unit::of_mat(a);
    let s = spectral::singular_values(unit.divide_mat(a).as_ref())
        .map_err(|_| MatrixError::NoConvergence("singular value decomposition"))?;
    unit.restore_all("the singular values", &s)
}

/// `sqrt(sum of the squares)`, smallest first so that small tails do not drown.
pub(crate) fn root_sum_squares(descending: &[f64]) -> f64 {
    norm2(descending.iter().rev().copied())
}

/// The sign that makes the entry of largest magnitude positive.
pub(crate) fn canonical_sign<'a>(v: impl Iterator<Item = &'a f64>) -> f64 {
    // A later entry must be larger by more than rounding, so that ties fall to the first whatever
    // the machine. Entries of unit vectors are off by multiples of 1e-16; 1e-10 of the entry is far
    // above that and far below a difference that means something.
    let mut best = 0.0f64;
    for x in v {
        if x.abs() > best.abs() * (1.0 + 1e-10) {
            best = *x;
        }
    }
    if best < 0.0 { -1.0 } else { 1.0 }
}

/// `sum_ij a_i M_ij b_j` in twice the working precision (Dekker's two-product and Knuth's two-sum),
/// with a bound of its error: the unit roundoff of the result, and `(n + m)^2 u^2` of the sum of
/// magnitudes.
pub(crate) fn bilinear(a: &[f64], m: MatRef<'_, f64>, b: &[f64]) -> (f64, f64) {
    let (mut high, mut low, mut magnitude) = (0.0f64, 0.0f64, 0.0f64);
    for j in 0..m.ncols() {
        for i in 0..m.nrows() {
            let (p, e) = two_product(a[i], b[j]);
            let (q, f) = two_product(p, m[(i, j)]);
            let (s, g) = two_sum(high, q);
            high = s;
            low += g + (f + e * m[(i, j)]);
            magnitude += q.abs();
        }
    }
    let value = high + low;
    let terms = (a.len() * b.len()) as f64;
    (value, UNIT_ROUNDOFF * value.abs() + 4.0 * terms * UNIT_ROUNDOFF * UNIT_ROUNDOFF * magnitude)
}

fn two_product(a: f64, b: f64) -> (f64, f64) {
    let p = a * b;
    (p, f64::mul_add(a, b, -p))
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let t = s - a;
    (s, (a - (s - t)) + (b - t))
}
