//! Scores of the objects of a sequence from their relations to each other.

use crate::error::SystemError;
use crate::parts::{SystemParts, each_row};
use crate::ranking::ScoresSequences;
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of an [`AbstractorScorer`].
#[derive(Clone, Debug, PartialEq)]
pub struct AbstractorScorerConfig {
    /// Numbers per object.
    pub inputs: usize,
    /// Relations.
    pub relations: usize,
    /// Rank of each.
    pub rank: usize,
    /// Units of the hidden layer of the encoders.
    pub width: usize,
    /// Units of the perceptron that reads relations.
    pub hidden: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// `s_i = f(mean_j sigmoid(R_1(x_i, x_j)), .., mean_j sigmoid(R_k(x_i, x_j)))`: an Abstractor layer
/// (arXiv:2304.00195) with one symbol for all objects, averaged over the senders, whose perceptron has one
/// output per object. Nothing of it knows a place or a length. If one of the relations is an order, its
/// mean is the share of the other objects that come later, and so their rank in the sequence.
///
/// The published system for sorting names places one by one by a decoder and has symbols for places; this
/// one has neither, so its curve is not that of the paper.
#[derive(Module, Debug)]
pub struct AbstractorScorer {
    relations: RelationTensor,
    read: TrainableMlp,
}

impl AbstractorScorerConfig {
    /// Four relations of rank 16 with one hidden layer of 64 units, a perceptron of 64 units.
    #[must_use]
    pub fn new(inputs: usize) -> Self {
        Self { inputs, relations: 4, rank: 16, width: 64, hidden: 64, precision: Precision::default() }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Config`] if a size is out of range.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<AbstractorScorer, SystemError> {
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relu = |inputs, width| {
            MlpConfig::new(inputs, 1).with_width(width).with_depth(1).with_activation(Activation::Relu)
        };
        let relations = RelationTensorConfig {
            encoder: relu(self.inputs, self.width),
            relations: self.relations,
            rank: self.rank,
            encoders: Encoders::Separate,
        };
        let relations = relations.init(seed, "relations", &mut parts)?;
        let read = parts.perceptron("read", &relu(self.relations, self.hidden))?;
        Ok(AbstractorScorer { relations, read })
    }
}

impl ScoresSequences for AbstractorScorer {
    fn scores(&self, objects: Tensor<2>, places: Tensor<1, Int>, length: usize) -> Tensor<2> {
        let count = places.dims()[0] / length;
        let relations = sigmoid(self.relations.among(objects, places, length));
        let d_r = relations.dims()[1];
        let means = relations.mean_dim(3).reshape([count, d_r, length]).swap_dims(1, 2);
        each_row(&self.read, means).reshape([count, length])
    }
}
