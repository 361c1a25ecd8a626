//! Is a kernel matrix positive semidefinite? A certificate or a witness.
//!
//! A symmetric matrix `K` is positive semidefinite (PSD) iff `c^T K c >= 0` for all `c`; kernels of
//! reproducing kernel Hilbert spaces, and so inner products `<phi(x), phi(y)>` of one encoder, are
//! those whose every Gram matrix is. The answer of [`psd_test`] is one of
//! * [`Psd::Definite`]: the Cholesky factorisation of `K - s I` succeeds with a shift `s` that
//!   covers all its rounding errors, which *proves* that every eigenvalue of `K` is positive (Rump,
//!   *Verification of positive definiteness*, BIT 2006);
//! * [`Psd::Semidefinite`]: the smallest eigenvalue, with a bound of its error, is at least
//!   `-n eps |K|_2`: no sign below zero that rounding of the entries would not explain;
//! * [`Psd::Indefinite`]: a vector `c` with `c^T K c < 0`, the value computed in twice the working
//!   precision with its error bound.
//!
//! Complexity: `n^3 / 3` flops if `K` is definite, an eigenvalue decomposition otherwise.

use crate::matrix::{
    self, MatrixError, UNIT_ROUNDOFF, bilinear, check_square, check_symmetric, eigh, root_sum_squares,
    symmetric_part,
};
use faer::{Mat, MatRef, Side};
use relata_relations::{Points, Relation, RelationError, evaluate};
use thiserror::Error;

/// Whether a symmetric matrix is positive semidefinite, with the evidence.
#[derive(Clone, Debug, PartialEq)]
pub enum Psd {
    /// Every eigenvalue is positive: proved by the Cholesky factorisation of `K - shift I`.
    Definite {
        /// The shift, which covers the rounding errors of the factorisation.
        shift: f64,
    },
    /// Positive semidefinite up to rounding: `smallest >= -tolerance`.
    Semidefinite {
        /// The smallest eigenvalue, as computed.
        smallest: f64,
        /// The exact smallest eigenvalue lies within this distance (Weyl, from the residual of the
        /// decomposition).
        error: f64,
        /// `n eps |K|_2`, what rounding of the entries may do to an eigenvalue.
        tolerance: f64,
    },
    /// Not positive semidefinite.
    Indefinite(Witness),
}

impl Psd {
    /// Whether the matrix is positive semidefinite (up to rounding).
    #[must_use]
    pub fn holds(&self) -> bool {
        !matches!(self, Self::Indefinite(_))
    }

    /// The vector that shows that it is not.
    #[must_use]
    pub fn witness(&self) -> Option<&Witness> {
        match self {
            Self::Indefinite(w) => Some(w),
            _ => None,
        }
    }
}

/// A vector on which a quadratic form has the wrong sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The vector `c`, of Euclidean norm 1 up to rounding.
    pub vector: Vec<f64>,
    /// `c^T K c`.
    pub value: f64,
    /// The exact value lies within this distance of `value`, and has its sign.
    pub error: f64,
}

/// Why a kernel could not be tested on points.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GramTestError {
    /// The kernel could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The Gram matrix cannot be tested.
    #[error("the Gram matrix of {relation}: {error}")]
    Matrix {
        /// The kernel.
        relation: String,
        /// What is wrong with its matrix.
        error: MatrixError,
    },
}

/// Tests whether a symmetric matrix is positive semidefinite.
///
/// ```
/// use relata_kernels::{Psd, psd_test};
/// use faer::mat;
/// // Distances are not positive semidefinite, and here is a vector that shows it.
/// let distance = mat![[0.0, 1.0], [1.0, 0.0]];
/// let verdict = psd_test(distance.as_ref())?;
/// let c = &verdict.witness().ok_or("a witness")?.vector;
/// assert!(2.0 * c[0] * c[1] < 0.0);
/// assert!(matches!(psd_test(mat![[2.0, 1.0], [1.0, 2.0]].as_ref())?, Psd::Definite { .. }));
/// assert!(psd_test(mat![[1.0, 1.0], [1.0, 1.0]].as_ref())?.holds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if `k` is empty, not square, not finite or not symmetric (beyond
/// [`crate::SYMMETRY_TOLERANCE`]).
pub fn psd_test(k: MatRef<'_, f64>) -> Result<Psd, MatrixError> {
    verdict(&check_symmetric(k)?, 0.0)
}

/// The verdict on an exactly symmetric matrix that is itself known only up to a perturbation of
/// norm `slack`.
fn verdict(k: &Mat<f64>, slack: f64) -> Result<Psd, MatrixError> {
    if let Some(shift) = certified_definite(k.as_ref(), slack) {
        return Ok(Psd::Definite { shift });
    }
    let n = k.nrows();
    let (values, vectors) = eigh(k.as_ref())?;
    let norm = values[0].abs().max(values[n - 1].abs());
    let (smallest, tolerance) = (values[n - 1], n as f64 * f64::EPSILON * norm + slack);
    if smallest < -tolerance {
        let vector: Vec<f64> = vectors.col(n - 1).iter().copied().collect();
        let (value, error) = bilinear(&vector, k.as_ref(), &vector);
        if value + error + slack < 0.0 {
            return Ok(Psd::Indefinite(Witness { vector, value, error: error + slack }));
        }
    }
    let error = eigenvalue_error(k.as_ref(), &values, vectors.as_ref()) + slack;
    Ok(Psd::Semidefinite { smallest, error, tolerance })
}

/// Tests whether the Gram matrix of a relation on points is positive semidefinite. A witness `c`
/// shows that `sum_ij c_i c_j r(x_i, x_j) < 0`, so that no encoder `phi` has `r = <phi, phi>`.
///
/// # Errors
/// [`GramTestError`] if the relation cannot be evaluated or is not symmetric on the points.
pub fn psd_test_on(r: &dyn Relation, x: &Points) -> Result<Psd, GramTestError> {
    let k = evaluate(r, x, x)?;
    psd_test(k.as_ref()).map_err(|error| GramTestError::Matrix { relation: r.name(), error })
}

/// Tests whether a symmetric matrix is conditionally negative semidefinite: `c^T D c <= 0` whenever
/// `sum_i c_i = 0`, which for zero diagonal means that `D` holds squared distances of points in a
/// Hilbert space, and that `exp(-t D)` is positive semidefinite for all `t > 0` (Schoenberg 1938).
///
/// The verdict is that of [`psd_test`] on `-D` compressed to the vectors of sum zero. A witness has
/// sum zero up to rounding and `value = c^T D c > 0`.
///
/// ```
/// use relata_kernels::conditionally_negative_test;
/// use faer::Mat;
/// // Distances on the line are conditionally negative, cubes of distances are not.
/// let power = |p: i32| Mat::from_fn(5, 5, |i, j| (i as f64 - j as f64).abs().powi(p));
/// assert!(conditionally_negative_test(power(1).as_ref())?.holds());
/// assert!(!conditionally_negative_test(power(3).as_ref())?.holds());
/// # Ok::<(), relata_kernels::MatrixError>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if `d` is empty, not square, not finite or not symmetric.
pub fn conditionally_negative_test(d: MatRef<'_, f64>) -> Result<Psd, MatrixError> {
    let d = check_symmetric(d)?;
    let n = d.nrows();
    if n == 1 {
        return Ok(Psd::Semidefinite { smallest: 0.0, error: 0.0, tolerance: 0.0 });
    }
    // The Householder reflection that maps the constant vector to the first axis; its other columns
    // span sum zero.
    let h = |i: usize, k: usize| {
        let delta = if i == k { 1.0 } else { 0.0 };
        let (root, n) = ((n as f64).sqrt(), n as f64);
        let w = |i: usize| if i == 0 { 1.0 + root } else { 1.0 };
        delta - w(i) * w(k) / (n + root)
    };
    let basis = Mat::from_fn(n, n - 1, |i, k| h(i, k + 1));
    let compressed = -(basis.transpose() * &d * &basis);
    // Rounding of the compression is relative to |D|, which may be far larger than what is left of
    // it.
    let slack = 4.0 * n as f64 * f64::EPSILON * d.norm_l2();
    Ok(match verdict(&symmetric_part(compressed.as_ref())?, slack)? {
        Psd::Indefinite(w) => {
            let vector = centred(&basis, &w.vector);
            let (value, error) = bilinear(&vector, d.as_ref(), &vector);
            Psd::Indefinite(Witness { vector, value, error: error + slack })
        }
        other => other,
    })
}

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
    let s = symmetric_part(a)?;
    let antisymmetric = matrix::antisymmetric_part(a)?.norm_l2();
    let (values, vectors) = eigh(s.as_ref())?;
    let d = values.iter().take(rank).take_while(|v| **v > 0.0).count();
    let features = Mat::from_fn(a.nrows(), d, |i, k| vectors[(i, k)] * values[k].sqrt());
    let mut rest: Vec<f64> = values[d..].to_vec();
    rest.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
    let dropped = root_sum_squares(&rest);
    Ok(NearestPsd {
        matrix: &features * features.transpose(),
        distance: dropped.hypot(antisymmetric),
        antisymmetric,
        dropped,
        eigenvalues: values[..d].to_vec(),
        features,
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
    let scale = target.norm_l2().max(f64::MIN_POSITIVE);
    let (mut y, mut correction) = (target, Mat::<f64>::zeros(n, n));
    for _ in 0..max_sweeps {
        let r = &y - &correction;
        let x = nearest_psd(r.as_ref())?.matrix;
        correction = &x - &r;
        let next = Mat::from_fn(n, n, |i, j| if i == j { diagonal[i] } else { x[(i, j)] });
        let (change, gap) = ((&next - &y).norm_l2(), (&next - &x).norm_l2());
        y = next;
        if change.max(gap) <= tolerance * scale {
            return Ok(y);
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
    check_square(a)?;
    let (symmetric, antisymmetric) = (symmetric_part(a)?, matrix::antisymmetric_part(a)?);
    let values = matrix::eigenvalues(symmetric.as_ref())?;
    let norm = a.norm_l2();
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

/// The shift with which Cholesky proves definiteness (of every matrix within `slack` in norm), if
/// it does.
fn certified_definite(k: MatRef<'_, f64>, slack: f64) -> Option<f64> {
    let n = k.nrows();
    if (0..n).any(|i| k[(i, i)] <= 0.0) {
        return None;
    }
    // If the factorisation of B = fl(K - sI) runs to its end, B + E is positive definite for some
    // |E|_2 <= gamma_{n+1} / (1 - gamma_{n+1}) trace(B); fl(.) adds at most u max B_ii. Doubled for
    // blocked evaluation orders.
    let trace: f64 = (0..n).map(|i| k[(i, i)]).sum();
    let gamma = (n as f64 + 1.0) * UNIT_ROUNDOFF / (1.0 - (n as f64 + 1.0) * UNIT_ROUNDOFF);
    let shift = 2.0 * gamma / (1.0 - gamma) * trace + n as f64 * f64::MIN_POSITIVE + slack;
    let shifted = Mat::from_fn(n, n, |i, j| if i == j { k[(i, i)] - shift } else { k[(i, j)] });
    shifted.llt(Side::Lower).is_ok().then_some(shift)
}

/// Bound of `|computed - exact|` for every eigenvalue: by Weyl and Ostrowski,
/// `|K - U L U^T|_F + |L|_max |U^T U - I|_F` and the rounding of these products themselves.
fn eigenvalue_error(k: MatRef<'_, f64>, values: &[f64], u: MatRef<'_, f64>) -> f64 {
    let n = k.nrows();
    let scaled = Mat::from_fn(n, n, |i, j| u[(i, j)] * values[j]);
    let residual = (k - &scaled * u.transpose()).norm_l2();
    let gram = u.transpose() * u;
    let defect = Mat::from_fn(n, n, |i, j| gram[(i, j)] - if i == j { 1.0 } else { 0.0 }).norm_l2();
    let largest = values[0].abs().max(values[n - 1].abs());
    residual + largest * defect + n as f64 * UNIT_ROUNDOFF * k.norm_l2()
}

/// `basis w`, with its mean taken off once more, normalised.
fn centred(basis: &Mat<f64>, w: &[f64]) -> Vec<f64> {
    let n = basis.nrows();
    let mut c: Vec<f64> = (0..n).map(|i| (0..w.len()).map(|k| basis[(i, k)] * w[k]).sum()).collect();
    let mean = c.iter().sum::<f64>() / n as f64;
    c.iter_mut().for_each(|v| *v -= mean);
    let norm = c.iter().map(|v| v * v).sum::<f64>().sqrt();
    c.iter_mut().for_each(|v| *v /= norm);
    c
}
