//! How a network is fitted.

use super::FitError;
use crate::activation::Activation;
use relata_relations::Seed;

/// The hidden layers that are wanted, and how hard they are looked for.
///
/// ```
/// use relata_networks::{Activation, FitParams};
/// let params = FitParams::new(16).with_activation(Activation::Sine).with_starts(8);
/// assert_eq!((params.width, params.depth, params.starts), (16, 1, 8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitParams {
    /// Units of every hidden layer of each encoder.
    pub width: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Their activation.
    pub activation: Activation,
    /// Hidden weights that the search starts from.
    pub starts: usize,
    /// Levenberg-Marquardt steps from each start, at most.
    pub steps: usize,
    /// Where the starts come from.
    pub seed: Seed,
}

impl FitParams {
    /// One hidden layer of tanh units, four starts of at most 300 steps, seed 0.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, depth: 1, activation: Activation::Tanh, starts: 4, steps: 300, seed: Seed(0) }
    }

    /// Sets the number of hidden layers.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Sets the activation.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Sets the number of starts.
    #[must_use]
    pub fn with_starts(self, starts: usize) -> Self {
        Self { starts, ..self }
    }

    /// Sets the number of steps from each start.
    #[must_use]
    pub fn with_steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// # Errors
    /// [`FitError::Parameter`] names the parameter that is out of range.
    pub(super) fn checked(&self) -> Result<Checked, FitError> {
        let wrong = |parameter, value: usize, expected| {
            Err(FitError::Parameter { parameter, value: value.to_string(), expected })
        };
        for (parameter, value, most, expected) in [
            ("width", self.width, 1 << 12, "between 1 and 4096"),
            ("depth", self.depth, 8, "between 1 and 8"),
            ("starts", self.starts, 1 << 10, "between 1 and 1024"),
            ("steps", self.steps, 1 << 20, "between 1 and 2^20"),
        ] {
            if !(1..=most).contains(&value) {
                return wrong(parameter, value, expected);
            }
        }
        Ok(Checked(*self))
    }
}

/// Parameters that were checked; a search takes no others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked(FitParams);

impl std::ops::Deref for Checked {
    type Target = FitParams;

    fn deref(&self) -> &FitParams {
        &self.0
    }
}
