//! What a run carries from step to step.

use crate::adam::Adam;
use crate::error::TrainError;
use crate::layers::DownloadError;
use crate::outcome::StepRecord;
use crate::trainable::{TrainableNet, rescale};
use burn::module::Module;
use burn::tensor::Tensor;
use relata_networks::RelationNet;
use relata_relations::Stream;

/// A module that the loop can train: inner products of `k` pairs of feature maps.
pub(crate) trait Trainee: Module + Clone {
    /// The feature maps of each relation: `[n, d]` and `[m, d]`.
    fn all_features(&self, x: Tensor<2>, y: Tensor<2>) -> Vec<(Tensor<2>, Tensor<2>)>;

    /// The f64 networks, one a relation.
    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError>;
}

impl Trainee for TrainableNet {
    fn all_features(&self, x: Tensor<2>, y: Tensor<2>) -> Vec<(Tensor<2>, Tensor<2>)> {
        vec![self.features(x, y)]
    }

    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError> {
        Ok(vec![self.download()?])
    }
}

/// What a run carries from step to step; all of it is in a checkpoint.
pub(crate) struct State<M> {
    pub(crate) module: M,
    pub(crate) rule: Rule,
    pub(crate) stream: Stream,
    pub(crate) history: Vec<StepRecord>,
    pub(crate) best: Option<Best>,
}

/// The optimiser with its state.
pub(crate) enum Rule {
    Adam(Adam),
    Lbfgs { iterations: usize, memory: usize },
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
