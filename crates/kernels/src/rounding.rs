//! How precisely the entries of a matrix are known.

use crate::matrix::{self, MatrixError};
use faer::MatRef;
use thiserror::Error;

/// What rounding has done to the entries of a matrix before it came here.
///
/// Whether a matrix is positive semidefinite, or of full rank, is a question about numbers that may
/// be zero: the answer depends on how precisely the entries are known. A matrix that was stored in
/// single precision, or printed with three decimals, is no exact matrix of doubles.
///
/// ```
/// use relata_kernels::{EntryRounding, numerical_rank};
/// use faer::Mat;
/// // A product of 2 features, printed with two decimals: the digits that are gone look like rank.
/// let a = Mat::from_fn(9, 9, |i, j| (100.0 * ((i as f64 - j as f64) / 9.0).cos()).round() / 100.0);
/// assert!(numerical_rank(a.as_ref(), EntryRounding::DOUBLE)? > 2);
/// assert_eq!(numerical_rank(a.as_ref(), EntryRounding::decimals(2)?)?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryRounding {
    /// In units of the entry.
    relative: f64,
    /// In units of the matrix.
    absolute: f64,
}

/// A precision that no entry can have.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("the rounding of the entries is {0}; it must be finite and nonnegative")]
pub struct EntryRoundingError(f64);

impl EntryRounding {
    /// Entries that were computed in double precision.
    pub const DOUBLE: Self = Self { relative: f64::EPSILON, absolute: 0.0 };

    /// Entries that were computed or stored in single precision.
    pub const SINGLE: Self = Self { relative: f32::EPSILON as f64, absolute: 0.0 };

    /// Entries that are known to this fraction of themselves, or to double precision if that is
    /// more.
    ///
    /// # Errors
    /// [`EntryRoundingError`] if the fraction is negative or not finite.
    pub fn relative(fraction: f64) -> Result<Self, EntryRoundingError> {
        Ok(Self { relative: check(fraction)?.max(f64::EPSILON), absolute: 0.0 })
    }

    /// Entries that are off by at most this much, in the unit of the matrix.
    ///
    /// # Errors
    /// [`EntryRoundingError`] if the number is negative or not finite.
    pub fn absolute(off: f64) -> Result<Self, EntryRoundingError> {
        Ok(Self { absolute: check(off)?, ..Self::DOUBLE })
    }

    /// Entries that were rounded to this many decimals: off by half a unit of the last one.
    ///
    /// # Errors
    /// [`EntryRoundingError`] if a unit of that place is above the largest double.
    pub fn decimals(count: i32) -> Result<Self, EntryRoundingError> {
        Self::absolute(0.5 * 10f64.powi(-count))
    }

    /// A bound of the norm of what rounding beyond double precision has added to a matrix.
    ///
    /// It is that of a computation in the precision of the entries, `max(n, m)` times the rounding
    /// of one entry: what [`crate::psd_test`] allows in double precision.
    pub(crate) fn norm(self, a: MatRef<'_, f64>) -> f64 {
        let side = a.nrows().max(a.ncols()) as f64;
        let relative = if self.relative > f64::EPSILON { self.relative * a.norm_l2() } else { 0.0 };
        side * (relative + self.absolute)
    }
}

fn check(v: f64) -> Result<f64, EntryRoundingError> {
    if v.is_finite() && v >= 0.0 { Ok(v) } else { Err(EntryRoundingError(v)) }
}

/// The number of singular values that rounding of the entries does not explain: those above
/// `max(n, m) eps |A|_2`, and above what the entries are known to. Complexity: one decomposition.
///
/// # Errors
/// [`MatrixError`] if the matrix is empty or not finite.
pub fn numerical_rank(a: MatRef<'_, f64>, rounding: EntryRounding) -> Result<usize, MatrixError> {
    matrix::check(a)?;
    let s = matrix::singular_values(a)?;
    let floor = a.nrows().max(a.ncols()) as f64 * f64::EPSILON * s[0] + rounding.norm(a);
    Ok(s.iter().take_while(|v| **v > floor).count())
}
