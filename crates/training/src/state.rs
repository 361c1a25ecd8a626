//! What a run carries from step to step.

use crate::adam::Moments;
use crate::batches::Batch;
use crate::convert::TensorReadError;
use crate::error::TrainError;
use crate::layers::DownloadError;
use crate::outcome::{Formulation, StepRecord};
use crate::trainable::rescale;
use relata_networks::RelationNet;

/// Networks with their optimiser, in one of the two formulations: what the loop moves.
pub(crate) trait Trainee: Send {
    /// Which formulation this is.
    fn formulation(&self) -> Formulation;

    /// One step on a batch: the loss before it, and the norm of the whole gradient.
    fn step(&mut self, batch: &Batch, at: StepAt) -> Result<(f64, f64), TrainError>;

    /// The f64 networks, one per relation.
    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError>;

    /// How many numbers each parameter has.
    fn lengths(&self) -> Vec<usize>;

    /// The values of every parameter.
    fn parameters(&self) -> Result<Vec<Vec<f64>>, TensorReadError>;

    /// Puts back what [`Trainee::parameters`] gave.
    fn set_parameters(&mut self, values: &[Vec<f64>]);

    /// The moments of Adam, one entry per parameter; empty for other optimisers.
    fn moments(&self) -> Result<Vec<Option<Moments>>, TensorReadError>;

    /// Puts back what [`Trainee::moments`] gave.
    fn set_moments(&mut self, moments: &[Option<Moments>]);
}

/// Where in the run a step is.
#[derive(Clone, Copy)]
pub(crate) struct StepAt {
    /// Counted from 0.
    pub(crate) step: usize,
    pub(crate) learning_rate: f64,
    /// Largest norm of the gradient.
    pub(crate) clip: Option<f64>,
}

impl StepAt {
    /// # Errors
    /// [`TrainError::NonFiniteLoss`], [`TrainError::NonFiniteGradient`]
    pub(crate) fn check(self, loss: f64, norm: f64) -> Result<(), TrainError> {
        let step = self.step;
        if !loss.is_finite() {
            return Err(TrainError::NonFiniteLoss { step, loss });
        }
        if !norm.is_finite() {
            return Err(TrainError::NonFiniteGradient { step, norm, loss });
        }
        Ok(())
    }

    /// What the gradient is multiplied by.
    pub(crate) fn shrink(self, norm: f64) -> f64 {
        self.clip.map_or(1.0, |c| (c / norm).min(1.0))
    }
}

/// What a run carries from step to step, but for the random stream; all of it is in a checkpoint.
pub(crate) struct State<'a> {
    pub(crate) trainee: Box<dyn Trainee + 'a>,
    pub(crate) history: Vec<StepRecord>,
    pub(crate) best: Option<Best>,
}

/// The best weights so far by held-out error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) step: usize,
    pub(crate) error: f64,
    pub(crate) without_progress: usize,
    pub(crate) parameters: Vec<Vec<f64>>,
}

/// The networks in the relations' own units.
pub(crate) fn scaled(nets: &[RelationNet], scales: &[f64]) -> Result<Vec<RelationNet>, TrainError> {
    Ok(nets.iter().zip(scales).map(|(net, s)| rescale(net, 1.0, s.sqrt())).collect::<Result<_, _>>()?)
}
