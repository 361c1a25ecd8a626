//! What is asked of a head.

use super::error::DesignError;
use crate::bounds::{TargetError, required_for_retrieval};
use crate::margin::{MarginError, Margins};
use crate::temperature::InverseTemperature;

/// The most keys of a context that is drawn, and the most contexts: 4 million points of a context
/// are held at once.
pub const MAX_DRAWN: usize = 1 << 22;

/// What a head is to do, as it is written down; [`Target::checked`] is what a design takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Keys in a context.
    pub keys: usize,
    /// Largest distance of the output from the best key, as a share of the diameter of the keys.
    pub error: f64,
    /// With which probability over contexts.
    pub probability: f64,
    /// The share of the margin that scores may lose by being inexact, `2 delta / margin`: small
    /// shares need wide networks, large ones high inverse temperatures.
    pub slack: f64,
    /// Contexts on which the margin is measured.
    pub calibration: usize,
    /// How likely an unlucky sample of contexts may be.
    pub doubt: f64,
}

impl Default for Target {
    /// 16 keys, an error of 1 % with probability 95 %, a quarter of the margin for inexact scores;
    /// 20 000 contexts, doubt `1e-6`.
    fn default() -> Self {
        Self { keys: 16, error: 0.01, probability: 0.95, slack: 0.25, calibration: 20_000, doubt: 1e-6 }
    }
}

impl Target {
    /// Checks every field that a design computes with.
    ///
    /// # Errors
    /// [`DesignError::Target`] naming the first field out of its range.
    pub fn checked(&self) -> Result<CheckedTarget, DesignError> {
        if self.keys == 0 {
            return Err(DesignError::Target { field: "number of keys", value: 0.0, expected: "at least 1" });
        }
        for (field, value) in [
            ("error", self.error),
            ("probability", self.probability),
            ("slack", self.slack),
            ("doubt", self.doubt),
        ] {
            if !(value > 0.0 && value < 1.0) {
                return Err(DesignError::Target { field, value, expected: "above 0 and below 1" });
            }
        }
        Ok(CheckedTarget(*self))
    }
}

/// A [`Target`] with every field in its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedTarget(Target);

impl CheckedTarget {
    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0
    }

    /// The margin that a share `probability` of contexts has, from a sample.
    pub(super) fn margin(&self, margins: &Margins) -> Result<f64, MarginError> {
        margins.tolerance_limit(1.0 - self.0.probability, self.0.doubt)
    }

    /// The sup error that scores may have at a margin.
    pub(super) fn inexactness(&self, margin: f64) -> f64 {
        0.5 * self.0.slack * margin
    }

    /// The inverse temperature that keeps the error at a margin.
    pub(super) fn inverse_temperature(
        &self,
        margin: f64,
        diameter: f64,
    ) -> Result<InverseTemperature, TargetError> {
        required_for_retrieval(self.0.keys, margin, diameter, self.0.error * diameter)
    }
}
