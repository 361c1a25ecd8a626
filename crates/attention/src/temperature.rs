//! Inverse temperatures.

use std::fmt;
use thiserror::Error;

/// An inverse temperature `b` in `[0, inf]`: weights are proportional to `exp(b s_i)`.
///
/// At 0 all visible keys weigh the same. Infinity is the limit `b -> inf`: hard selection, equal
/// weights on the keys of the largest score and none on the others.
///
/// ```
/// use relata_attention::InverseTemperature;
/// assert_eq!(InverseTemperature::new(2.0)?.value(), 2.0);
/// assert!(InverseTemperature::HARD.is_hard());
/// assert!(InverseTemperature::new(-1.0).is_err());
/// # Ok::<(), relata_attention::TemperatureError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct InverseTemperature(f64);

/// A number that is not a valid inverse temperature.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("the inverse temperature is {0}; it must be at least 0 (infinity selects the largest score)")]
pub struct TemperatureError(pub f64);

impl InverseTemperature {
    /// Softmax as it is written: `b = 1`.
    pub const ONE: Self = Self(1.0);

    /// Hard selection, the limit `b -> inf`.
    pub const HARD: Self = Self(f64::INFINITY);

    /// The inverse temperature `b`.
    ///
    /// # Errors
    /// [`TemperatureError`] if `b` is negative or NaN.
    pub fn new(b: f64) -> Result<Self, TemperatureError> {
        if b >= 0.0 { Ok(Self(b + 0.0)) } else { Err(TemperatureError(b)) }
    }

    /// `b`, perhaps infinite.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// Whether `b` is infinite.
    #[must_use]
    pub fn is_hard(self) -> bool {
        self.0.is_infinite()
    }

    /// `b t`, with `inf * 0 = 0`: a key at distance 0 of the best one is tied with it at any
    /// temperature.
    pub(crate) fn times(self, t: f64) -> f64 {
        if t.abs() > 0.0 && self.0 > 0.0 { self.0 * t } else { 0.0 }
    }

    /// `b (s - t)`, also where the difference leaves the range and the product does not.
    pub(crate) fn gap(self, s: f64, t: f64) -> f64 {
        let difference = s - t;
        if difference.is_finite() { self.times(difference) } else { 2.0 * self.times(0.5 * s - 0.5 * t) }
    }
}

impl fmt::Display for InverseTemperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
