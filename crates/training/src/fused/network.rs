//! Networks of ours as the training loop moves them, without tensors.

use super::model::{Held, Model};
use super::optimizer::Adam;
use crate::adam::Moments;
use crate::batches::Batch;
use crate::config::Optimizer;
use crate::convert::TensorReadError;
use crate::error::TrainError;
use crate::layers::DownloadError;
use crate::outcome::Formulation;
use crate::precision::Precision;
use crate::state::{StepAt, Trainee};
use crate::trainable::rounding_cost;
use relata_networks::RelationNet;
use relata_relations::Relation;
use std::sync::Arc;

/// Networks for relations between the same two spaces, which share their hidden layers, with the
/// optimiser.
pub(crate) struct Fused<'a> {
    model: Model<'a>,
    parameters: Vec<f32>,
    adam: Adam,
}

impl<'a> Fused<'a> {
    /// From networks in units of `scales`, which are those of the relations; on the batch that is
    /// `held`, if one is.
    ///
    /// # Errors
    /// [`TrainError::Upload`] if a weight is beyond single precision.
    pub(crate) fn new(
        nets: &[RelationNet],
        relations: &'a [&'a dyn Relation],
        scales: &[f64],
        held: Option<Arc<Held>>,
        optimizer: Optimizer,
    ) -> Result<Self, TrainError> {
        for net in nets {
            rounding_cost(net, Precision::F32)?;
        }
        let (model, parameters) = Model::new(nets, relations, scales, held);
        let Optimizer::Adam { beta1, beta2, epsilon, weight_decay } = optimizer;
        let adam = Adam::new([beta1, beta2, epsilon, weight_decay], parameters.len());
        Ok(Self { model, parameters, adam })
    }
}

impl Trainee for Fused<'_> {
    fn formulation(&self) -> Formulation {
        Formulation::Fused
    }

    fn step(&mut self, batch: &Batch, at: StepAt) -> Result<(f64, f64), TrainError> {
        let Self { model, parameters, adam } = self;
        let loss = model.differentiate(parameters, batch)?;
        let norm = model.gradient_norm();
        at.check(loss, norm)?;
        adam.step(at.learning_rate, at.shrink(norm), parameters, &model.gradient);
        Ok((loss, norm))
    }

    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError> {
        Ok(self.model.nets(&self.parameters)?)
    }

    fn lengths(&self) -> Vec<usize> {
        self.model.lengths()
    }

    fn parameters(&self) -> Result<Vec<Vec<f64>>, TensorReadError> {
        let mut rest = self.parameters.as_slice();
        let part = |length: usize| {
            let (own, others) = rest.split_at(length);
            rest = others;
            own.iter().map(|v| f64::from(*v)).collect()
        };
        Ok(self.lengths().into_iter().map(part).collect())
    }

    fn set_parameters(&mut self, values: &[Vec<f64>]) {
        self.parameters.iter_mut().zip(values.iter().flatten()).for_each(|(to, v)| *to = *v as f32);
    }

    fn moments(&self) -> Result<Vec<Option<Moments>>, TensorReadError> {
        Ok(self.adam.read(&self.lengths()))
    }

    fn set_moments(&mut self, moments: &[Option<Moments>]) {
        self.adam.write(moments);
    }
}
