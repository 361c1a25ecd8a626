//! Powers of two as units, so that no square and no product leaves the range of doubles.
//!
//! Whatever is computed from a matrix is homogeneous. A function divides its matrix by a unit near
//! the largest entry, works with numbers near 1, and multiplies the results by the unit's power.
//! Both steps are exact. Results that no double holds are an error that says so.

use crate::matrix::MatrixError;
use faer::{Mat, MatRef};
use relata_relations::PowerOfTwo;

/// A power of two. One that is near a number has an even exponent, so that its root is one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit(PowerOfTwo);

impl Unit {
    pub(crate) const ONE: Self = Self(PowerOfTwo::ONE);

    /// The unit in which the largest of the values is at least 1 and below 4; 1 if all are zero.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a f64>) -> Self {
        Self::near(values.into_iter().fold(0.0, |m, v| v.abs().max(m)))
    }

    /// The unit of a matrix.
    pub(crate) fn of_mat(a: MatRef<'_, f64>) -> Self {
        Self::near(a.norm_max())
    }

    /// The unit of a finite number.
    pub(crate) fn near(largest: f64) -> Self {
        let exponent = PowerOfTwo::of([largest]).exponent();
        Self::new(exponent - exponent.rem_euclid(2))
    }

    fn new(exponent: i32) -> Self {
        Self(PowerOfTwo::new(exponent))
    }

    /// The product of two units.
    pub(crate) fn times(self, other: Self) -> Self {
        Self::new(self.0.exponent() + other.0.exponent())
    }

    /// The inverse unit.
    pub(crate) fn inverse(self) -> Self {
        Self::new(-self.0.exponent())
    }

    /// The square root of a unit of even exponent.
    pub(crate) fn root(self) -> Self {
        Self::new(self.0.exponent() / 2)
    }

    /// `v` in this unit.
    pub(crate) fn divide(self, v: f64) -> f64 {
        self.0.divide(v)
    }

    /// A matrix in this unit.
    pub(crate) fn divide_mat(self, a: MatRef<'_, f64>) -> Mat<f64> {
        Mat::from_fn(a.nrows(), a.ncols(), |i, j| self.divide(a[(i, j)]))
    }

    /// Numbers in this unit.
    pub(crate) fn divide_all(self, v: &[f64]) -> Vec<f64> {
        v.iter().map(|x| self.divide(*x)).collect()
    }

    /// Back from this unit, for numbers beside a result that [`Unit::restore`] has checked.
    pub(crate) fn multiply(self, v: f64) -> f64 {
        self.0.multiply(v)
    }

    /// Back from this unit, for what is of the degree of the input.
    ///
    /// # Errors
    /// [`MatrixError::Range`] if the result is infinite.
    pub(crate) fn restore(self, what: &'static str, v: f64) -> Result<f64, MatrixError> {
        self.finite(what, v.abs())?;
        Ok(self.multiply(v))
    }

    /// Numbers back from this unit.
    ///
    /// # Errors
    /// As [`Unit::restore`].
    pub(crate) fn restore_all(self, what: &'static str, v: &[f64]) -> Result<Vec<f64>, MatrixError> {
        self.finite(what, v.iter().fold(0.0, |m, x| x.abs().max(m)))?;
        Ok(v.iter().map(|x| self.multiply(*x)).collect())
    }

    /// A matrix back from this unit.
    ///
    /// # Errors
    /// As [`Unit::restore`].
    pub(crate) fn restore_mat(self, what: &'static str, mut a: Mat<f64>) -> Result<Mat<f64>, MatrixError> {
        self.finite(what, a.norm_max())?;
        for column in a.col_iter_mut() {
            column.iter_mut().for_each(|v| *v = self.multiply(*v));
        }
        Ok(a)
    }

    /// Checks that a product or a quotient of inputs, given in this unit by its largest number,
    /// fits a double without losing digits.
    ///
    /// # Errors
    /// [`MatrixError::Range`] if it is infinite, or below the normal numbers.
    pub(crate) fn fits(self, what: &'static str, largest: f64) -> Result<(), MatrixError> {
        if largest > 0.0 && self.multiply(largest) < f64::MIN_POSITIVE {
            return Err(self.out_of_range(what, largest));
        }
        self.finite(what, largest)
    }

    fn finite(self, what: &'static str, largest: f64) -> Result<(), MatrixError> {
        if self.multiply(largest).is_finite() { Ok(()) } else { Err(self.out_of_range(what, largest)) }
    }

    fn out_of_range(self, what: &'static str, largest: f64) -> MatrixError {
        MatrixError::Range { what, power: libm::ilogb(largest).saturating_add(self.0.exponent()) }
    }
}
