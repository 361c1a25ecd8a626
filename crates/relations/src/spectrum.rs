//! Exact spectra: eigenvalues of symmetric relations and singular values of the others, largest
//! magnitude first.
//!
//! For `r` in `L2(mu x nu)` the singular values `s_1 >= s_2 >= ..` give the smallest error of any
//! inner product of rank `d`: `sqrt(sum_{i > d} s_i^2)` (Schmidt 1907; Eckart and Young 1936;
//! Mirsky 1960). A [`Spectrum`] lists the leading values and carries the sum of squares of all the
//! others, so that these tails are exact although the list is finite.

use thiserror::Error;

/// Leading eigenvalues or singular values, and the sum of squares of what is not listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    kind: SpectrumKind,
    values: Vec<f64>,
    positive_remainder: f64,
    negative_remainder: f64,
}

/// Whether the values carry signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpectrumKind {
    /// Eigenvalues of a symmetric relation, signed.
    Eigenvalues,
    /// Singular values, nonnegative.
    SingularValues,
}

/// Why numbers are not a spectrum.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SpectrumError {
    /// A value that is not finite, or a negative singular value.
    #[error("value {index} of the spectrum is {value}; {expected}")]
    Value {
        /// Its number.
        index: usize,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A remainder that is not finite and nonnegative.
    #[error("the sum of squares of the unlisted values is {0}; it must be finite and nonnegative")]
    Remainder(f64),
}

impl Spectrum {
    /// Eigenvalues of a symmetric relation, in any order; `remainder_positive` and
    /// `remainder_negative` are the sums of squares of the unlisted positive and negative
    /// eigenvalues, none of which may exceed the listed ones in magnitude.
    ///
    /// # Errors
    /// [`SpectrumError`] if a value or a remainder is not finite, or a remainder is negative.
    pub fn eigenvalues(
        values: Vec<f64>,
        remainder_positive: f64,
        remainder_negative: f64,
    ) -> Result<Self, SpectrumError> {
        Self::new(SpectrumKind::Eigenvalues, values, remainder_positive, remainder_negative)
    }

    /// Singular values, in any order; `remainder` is the sum of squares of the unlisted ones.
    ///
    /// # Errors
    /// [`SpectrumError`] if a value is negative or not finite, or the remainder is.
    pub fn singular_values(values: Vec<f64>, remainder: f64) -> Result<Self, SpectrumError> {
        if let Some(index) = values.iter().position(|v| *v < 0.0) {
            let value = values[index];
            return Err(SpectrumError::Value { index, value, expected: "singular values are nonnegative" });
        }
        Self::new(SpectrumKind::SingularValues, values, remainder, 0.0)
    }

    fn new(kind: SpectrumKind, mut values: Vec<f64>, pos: f64, neg: f64) -> Result<Self, SpectrumError> {
        if let Some(index) = values.iter().position(|v| !v.is_finite()) {
            return Err(SpectrumError::Value {
                index,
                value: values[index],
                expected: "values must be finite",
            });
        }
        for r in [pos, neg] {
            if !(r.is_finite() && r >= 0.0) {
                return Err(SpectrumError::Remainder(r));
            }
        }
        values.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(b.total_cmp(a)));
        Ok(Self { kind, values, positive_remainder: pos, negative_remainder: neg })
    }

    /// Whether the values are eigenvalues or singular values.
    #[must_use]
    pub fn kind(&self) -> SpectrumKind {
        self.kind
    }

    /// The listed values, largest magnitude first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Sum of squares of the unlisted values, `(positive, negative)`; singular values count as
    /// positive.
    #[must_use]
    pub fn remainders(&self) -> (f64, f64) {
        (self.positive_remainder, self.negative_remainder)
    }

    /// `|r|` in `L2(mu x nu)`: the square root of the sum of all squares.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.tail(0)
    }

    /// The smallest `L2` error of any inner product of rank `rank`: `sqrt(sum_{i > rank} s_i^2)`.
    ///
    /// Beyond the listed values this is an upper bound (the whole remainder is counted).
    #[must_use]
    pub fn tail(&self, rank: usize) -> f64 {
        let listed = sum_squares(self.values.iter().skip(rank));
        (listed + self.positive_remainder + self.negative_remainder).sqrt()
    }

    /// The smallest `L2` error of any *positive semidefinite* relation of rank `rank`: all negative
    /// eigenvalues and the positive ones beyond the `rank` largest,
    /// `sqrt(sum_{l_i < 0} l_i^2 + sum_{i > rank} (l_i^+)^2)`.
    #[must_use]
    pub fn positive_tail(&self, rank: usize) -> f64 {
        let negative = sum_squares(self.values.iter().filter(|v| **v < 0.0));
        let positive = sum_squares(self.values.iter().filter(|v| **v > 0.0).skip(rank));
        (positive + negative + self.positive_remainder + self.negative_remainder).sqrt()
    }

    /// The spectrum of `c r`.
    #[must_use]
    pub fn scaled(&self, c: f64) -> Self {
        let factor = if self.kind == SpectrumKind::Eigenvalues { c } else { c.abs() };
        let (p, n) = (self.positive_remainder * c * c, self.negative_remainder * c * c);
        let (p, n) = if factor < 0.0 { (n, p) } else { (p, n) };
        let values = self.values.iter().map(|v| v * factor).collect();
        Self { kind: self.kind, values, positive_remainder: p, negative_remainder: n }
    }
}

/// Smallest first, so that small tails do not drown.
fn sum_squares<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    let squares: Vec<f64> = values.map(|v| v * v).collect();
    squares.iter().rev().sum()
}
