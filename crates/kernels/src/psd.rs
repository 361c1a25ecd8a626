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
    MatrixError, SYMMETRY_TOLERANCE, UNIT_ROUNDOFF, bilinear, check_symmetric, check_symmetric_within, eigh,
    symmetric_part,
};
use crate::rounding::EntryRounding;
use crate::unit::Unit;
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

    /// The verdict on `unit` times the matrix.
    fn in_unit(self, unit: Unit) -> Self {
        let back = |v: f64| unit.multiply(v);
        match self {
            Self::Definite { shift } => Self::Definite { shift: back(shift) },
            Self::Semidefinite { smallest, error, tolerance } => Self::Semidefinite {
                smallest: back(smallest),
                error: back(error),
                tolerance: back(tolerance),
            },
            Self::Indefinite(w) => {
                Self::Indefinite(Witness { vector: w.vector, value: back(w.value), error: back(w.error) })
            }
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
#[non_exhaustive]
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
    psd_test_within(k, EntryRounding::DOUBLE)
}

/// [`psd_test`] for a matrix whose entries are known less precisely than in double precision. The
/// verdict is [`Psd::Definite`] or [`Psd::Indefinite`] if that of every matrix is that lies within
/// the rounding.
///
/// ```
/// use relata_kernels::{EntryRounding, Psd, psd_test, psd_test_within};
/// use faer::Mat;
/// // The Gram matrix of 2 features that went through single precision has eigenvalues below 0.
/// let k = Mat::from_fn(9, 9, |i, j| f64::from(((i as f64 - j as f64) / 9.0).cos() as f32));
/// assert!(!psd_test(k.as_ref())?.holds());
/// assert!(psd_test_within(k.as_ref(), EntryRounding::SINGLE)?.holds());
/// # Ok::<(), relata_kernels::MatrixError>(())
/// ```
///
/// # Errors
/// As [`psd_test`]; an antisymmetric part within the rounding is taken for rounding.
pub fn psd_test_within(k: MatRef<'_, f64>, rounding: EntryRounding) -> Result<Psd, MatrixError> {
    let norm = k.norm_l2();
    let asymmetry = if norm > 0.0 { rounding.norm(k) / norm } else { 0.0 };
    let k = check_symmetric_within(k, SYMMETRY_TOLERANCE.max(asymmetry))?;
    verdict(k.as_ref(), rounding.norm(k.as_ref()))
}

/// The verdict on an exactly symmetric matrix that is itself known only up to a perturbation of
/// norm `slack`.
fn verdict(k: MatRef<'_, f64>, slack: f64) -> Result<Psd, MatrixError> {
    let unit = Unit::of_mat(k);
    Ok(unscaled_verdict(&unit.divide_mat(k), unit.divide(slack))?.in_unit(unit))
}

/// The verdict on a matrix whose largest entry is near 1.
fn unscaled_verdict(k: &Mat<f64>, slack: f64) -> Result<Psd, MatrixError> {
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
    let unit = Unit::of_mat(d.as_ref());
    let d = unit.divide_mat(d.as_ref());
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
    let verdict = match unscaled_verdict(&symmetric_part(compressed.as_ref())?, slack)? {
        Psd::Indefinite(w) => {
            let vector = centred(&basis, &w.vector);
            let (value, error) = bilinear(&vector, d.as_ref(), &vector);
            Psd::Indefinite(Witness { vector, value, error: error + slack })
        }
        other => other,
    };
    Ok(verdict.in_unit(unit))
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
    // blocked evaluation orders. Entries are near 1, so that what underflows is below n^2 times the
    // smallest normal number.
    let trace: f64 = (0..n).map(|i| k[(i, i)]).sum();
    let gamma = (n as f64 + 1.0) * UNIT_ROUNDOFF / (1.0 - (n as f64 + 1.0) * UNIT_ROUNDOFF);
    let shift = 2.0 * gamma / (1.0 - gamma) * trace + n as f64 * n as f64 * f64::MIN_POSITIVE + slack;
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
