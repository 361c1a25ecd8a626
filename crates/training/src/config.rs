//! How a network is trained, checked before anything runs.

use crate::precision::Precision;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a network is trained.
///
/// ```
/// use relata_training::TrainParams;
/// let config = TrainParams::adam(500).with_batch(256, 256).with_learning_rate(3e-3);
/// assert!(config.checked().is_ok());
/// let wrong = TrainParams { steps: 0, ..config };
/// assert_eq!(wrong.checked().unwrap_err().to_string(), "steps is 0; it must be between 1 and 2^32");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainParams {
    /// Number of optimisation steps.
    pub steps: usize,
    /// The optimiser.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// Peak learning rate.
    #[serde(default = "default_learning_rate")]
    pub learning_rate: f64,
    /// How the learning rate changes from step to step.
    #[serde(default)]
    pub schedule: Schedule,
    /// Where the points of a step come from.
    #[serde(default)]
    pub sampler: Sampler,
    /// Largest Euclidean norm of the whole gradient; longer ones are scaled down to it.
    #[serde(default)]
    pub gradient_clip: Option<f64>,
    /// When to stop before the last step.
    #[serde(default)]
    pub early_stopping: Option<EarlyStopping>,
    /// Write a checkpoint after every so many steps, where a file for it is given.
    #[serde(default)]
    pub checkpoint_every: Option<usize>,
    /// The floating-point type of weights and gradients.
    #[serde(default)]
    pub precision: Precision,
}

/// [`TrainParams`] with every field in its range, made by [`TrainParams::checked`]: what a training
/// runs on.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedTrainParams(TrainParams);

impl CheckedTrainParams {
    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &TrainParams {
        &self.0
    }
}

/// The optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma and Ba 2015), with decoupled weight decay (AdamW, Loshchilov and Hutter 2019)
    /// where that is not 0.
    Adam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Weights shrink by `learning rate * weight_decay` at each step.
        weight_decay: f64,
    },
}

/// How the learning rate changes. `s` counts steps from 0, `S` is their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// Always the peak.
    #[default]
    Constant,
    /// Linear from `peak / warm_up` over `warm_up` steps, then half a cosine from the peak to
    /// `last * peak`.
    Cosine {
        /// Steps of the linear rise.
        warm_up: usize,
        /// The last learning rate as a fraction of the peak.
        last: f64,
    },
}

/// Where the points of a step come from: the relation's two spaces.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sampler {
    /// Fresh independent draws at each step; the loss is the mean over all pairs.
    Independent {
        /// Points of `x`.
        x: usize,
        /// Points of `y`.
        y: usize,
    },
    /// The first points of Sobol sequences, scrambled anew at each step; the loss is the mean over
    /// all pairs.
    Sobol {
        /// Points of `x`.
        x: usize,
        /// Points of `y`.
        y: usize,
    },
    /// The whole of the spaces' quadratures at each step; the loss is the squared weighted
    /// distance.
    Quadrature {
        /// Nodes per axis.
        nodes: usize,
    },
}

/// Stops when the error on a held-out sample no longer falls. The best weights are handed back,
/// also after the last step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Steps between measurements.
    pub every: usize,
    /// Measurements without progress before stopping.
    pub patience: usize,
    /// The relative L2 error must fall by more than this to count as progress.
    pub min_delta: f64,
    /// Held-out points of each argument.
    pub points: usize,
}

/// A field of a training configuration out of its range.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{field} is {value}; it must be {expected}")]
pub struct TrainParamsError {
    /// The field, with dots into nested ones.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self::Independent { x: 512, y: 512 }
    }
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { every: 50, patience: 5, min_delta: 0.0, points: 500 }
    }
}

fn default_learning_rate() -> f64 {
    3e-3
}

impl TrainParams {
    /// Adam from 3e-3 down a half cosine, after a warm-up of a twentieth of the steps, on fresh
    /// batches of 512 x 512 pairs.
    #[must_use]
    pub fn adam(steps: usize) -> Self {
        Self {
            steps,
            optimizer: Optimizer::default(),
            learning_rate: default_learning_rate(),
            schedule: Schedule::Cosine { warm_up: steps / 20, last: 1e-2 },
            sampler: Sampler::default(),
            gradient_clip: None,
            early_stopping: None,
            checkpoint_every: None,
            precision: Precision::F32,
        }
    }

    /// Fresh batches of `x` times `y` pairs.
    #[must_use]
    pub fn with_batch(self, x: usize, y: usize) -> Self {
        Self { sampler: Sampler::Independent { x, y }, ..self }
    }

    /// Sets the peak learning rate.
    #[must_use]
    pub fn with_learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// Sets the sampler.
    #[must_use]
    pub fn with_sampler(self, sampler: Sampler) -> Self {
        Self { sampler, ..self }
    }

    /// Sets the floating-point type.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Sets the early stopping.
    #[must_use]
    pub fn with_early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Self { early_stopping: Some(early_stopping), ..self }
    }

    /// The learning rate of step `step`, counted from 0.
    #[must_use]
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        match self.schedule {
            Schedule::Constant => self.learning_rate,
            Schedule::Cosine { warm_up, .. } if step < warm_up => {
                self.learning_rate * (step + 1) as f64 / warm_up as f64
            }
            Schedule::Cosine { warm_up, last } => {
                let length = (self.steps.saturating_sub(warm_up + 1)).max(1) as f64;
                let t = ((step - warm_up) as f64 / length).min(1.0);
                let fall = 0.5 * (1.0 + (std::f64::consts::PI * t).cos());
                self.learning_rate * (last + (1.0 - last) * fall)
            }
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`TrainParamsError`] naming the first field out of range.
    pub fn checked(&self) -> Result<CheckedTrainParams, TrainParamsError> {
        count("steps", self.steps, 1 << 32, "between 1 and 2^32")?;
        positive("learning_rate", self.learning_rate)?;
        let Optimizer::Adam { beta1, beta2, epsilon, weight_decay } = self.optimizer;
        fraction("optimizer.adam.beta1", beta1)?;
        fraction("optimizer.adam.beta2", beta2)?;
        positive("optimizer.adam.epsilon", epsilon)?;
        if !(weight_decay.is_finite() && weight_decay >= 0.0) {
            return Err(out_of_range("optimizer.adam.weight_decay", &weight_decay, "finite and at least 0"));
        }
        if let Schedule::Cosine { warm_up, last } = self.schedule {
            if warm_up >= self.steps && warm_up > 0 {
                return Err(out_of_range("schedule.cosine.warm_up", &warm_up, "less than steps"));
            }
            if !(0.0..=1.0).contains(&last) {
                return Err(out_of_range("schedule.cosine.last", &last, "between 0 and 1"));
            }
        }
        const POINTS: &str = "between 1 and 2^20";
        match self.sampler {
            Sampler::Independent { x, y } => {
                count("sampler.independent.x", x, 1 << 20, POINTS)?;
                count("sampler.independent.y", y, 1 << 20, POINTS)?;
            }
            Sampler::Sobol { x, y } => {
                count("sampler.sobol.x", x, 1 << 20, POINTS)?;
                count("sampler.sobol.y", y, 1 << 20, POINTS)?;
            }
            Sampler::Quadrature { nodes } => count("sampler.quadrature.nodes", nodes, 1 << 20, POINTS)?,
        }
        if let Some(clip) = self.gradient_clip {
            positive("gradient_clip", clip)?;
        }
        if let Some(e) = &self.early_stopping {
            count("early_stopping.every", e.every, 1 << 32, "between 1 and 2^32")?;
            count("early_stopping.patience", e.patience, 1 << 32, "between 1 and 2^32")?;
            count("early_stopping.points", e.points, 1 << 20, POINTS)?;
            if !(e.min_delta.is_finite() && e.min_delta >= 0.0) {
                return Err(out_of_range("early_stopping.min_delta", &e.min_delta, "finite and at least 0"));
            }
        }
        if let Some(k) = self.checkpoint_every {
            count("checkpoint_every", k, 1 << 32, "between 1 and 2^32")?;
        }
        Ok(CheckedTrainParams(self.clone()))
    }
}

fn out_of_range(field: &'static str, value: &dyn ToString, expected: &'static str) -> TrainParamsError {
    TrainParamsError { field, value: value.to_string(), expected }
}

fn count(
    field: &'static str,
    value: usize,
    most: usize,
    expected: &'static str,
) -> Result<(), TrainParamsError> {
    if (1..=most).contains(&value) { Ok(()) } else { Err(out_of_range(field, &value, expected)) }
}

fn positive(field: &'static str, value: f64) -> Result<(), TrainParamsError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(out_of_range(field, &value, "positive and finite"))
    }
}

fn fraction(field: &'static str, value: f64) -> Result<(), TrainParamsError> {
    if (0.0..1.0).contains(&value) {
        Ok(())
    } else {
        Err(out_of_range(field, &value, "at least 0 and below 1"))
    }
}
