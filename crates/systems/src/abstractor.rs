//! Objects that reach the answer through their relations alone.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::{SystemParts, each_row};
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::{Module, Param};
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// What is done to relations before they weigh symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelationActivation {
    /// A softmax over the senders.
    Softmax,
    /// A sigmoid of each.
    Sigmoid,
    /// Nothing.
    Linear,
}

/// The shape of an [`Abstractor`].
#[derive(Clone, Debug, PartialEq)]
pub struct AbstractorConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per embedding.
    pub embedding: usize,
    /// Relations and their rank, between embeddings.
    pub relations: usize,
    /// Rank of each relation.
    pub rank: usize,
    /// One map for both sides of a relation, or two.
    pub encoders: Encoders,
    /// What is done to relations.
    pub activation: RelationActivation,
    /// Numbers per symbol; a multiple of the number of relations.
    pub symbols: usize,
    /// Units of the perceptron of the layer, and of the decoder.
    pub hidden: [usize; 2],
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// One Abstractor layer (Altabaa, Webb, Cohen and Lafferty, arXiv:2304.00195) between an embedding and
/// a decoder: `z_i = concat_k W_k sum_j a(R_k(x_i, x_j)) s_j` with symbols `s_j` that belong to places
/// and not to objects, a perceptron on each `z_i`, and a perceptron on all of them.
#[derive(Module, Debug)]
pub struct Abstractor {
    embedding: TrainableMlp,
    relations: RelationTensor,
    symbols: Param<Tensor<2>>,
    values: TrainableMlp,
    layer: TrainableMlp,
    decoder: TrainableMlp,
    #[module(skip)]
    activation: RelationActivation,
    #[module(skip)]
    relation_count: usize,
    #[module(skip)]
    inputs: usize,
}

impl AbstractorConfig {
    /// The published network for pairs of an order: embeddings of 64 numbers, four relations of rank
    /// 16 under a sigmoid, symbols of 64 numbers, a perceptron of 64 units and a decoder of 32. The
    /// published layer has dropout, which this has not.
    #[must_use]
    pub fn for_pairs(inputs: usize) -> Self {
        Self {
            objects: 2,
            inputs,
            embedding: 64,
            relations: 4,
            rank: 16,
            encoders: Encoders::Separate,
            activation: RelationActivation::Sigmoid,
            symbols: 64,
            hidden: [64, 32],
            outputs: 1,
            precision: Precision::default(),
        }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] if the relations do not divide the numbers of a symbol,
    /// [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<Abstractor, SystemError> {
        if self.relations == 0 || !self.symbols.is_multiple_of(self.relations) {
            let expected = format!("a divisor of the {} numbers per symbol", self.symbols);
            return Err(SystemError::Shape {
                what: "the number of relations",
                value: self.relations,
                expected,
            });
        }
        let relations =
            RelationTensorConfig::linear(self.embedding, self.relations, self.rank, self.encoders);
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relu = |inputs, outputs, width| {
            let mlp = MlpConfig::new(inputs, outputs).with_width(width).with_depth(1);
            mlp.with_activation(Activation::Relu)
        };
        Ok(Abstractor {
            embedding: parts.linear("embedding", self.inputs, self.embedding)?,
            relations: relations.init(seed, "relations", &mut parts)?,
            symbols: parts.table("symbols", self.objects, self.symbols, 1.0),
            values: parts.linear("values", self.symbols, self.symbols)?,
            layer: parts.perceptron("layer", &relu(self.symbols, self.symbols, self.hidden[0]))?,
            decoder: parts
                .perceptron("decoder", &relu(self.objects * self.symbols, self.outputs, self.hidden[1]))?,
            activation: self.activation,
            relation_count: self.relations,
            inputs: self.inputs,
        })
    }
}

impl System for Abstractor {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let embedded = self.embedding.forward(objects);
        let columns: Vec<Tensor<2>> =
            places.iter().map(|at| embedded.clone().select(0, at.clone())).collect();
        let relations = self.relations.forward(Tensor::stack(columns, 1));
        let weights = match self.activation {
            RelationActivation::Softmax => softmax(relations, 3),
            RelationActivation::Sigmoid => sigmoid(relations),
            RelationActivation::Linear => relations,
        };
        let [batch, d_r, m, _] = weights.dims();
        let values = self.values.forward(self.symbols.val());
        let width = values.dims()[1] / self.relation_count;
        let values = values.reshape([1, m, d_r, width]).swap_dims(1, 2);
        let z = weights.matmul(values).swap_dims(1, 2).reshape([batch, m, d_r * width]);
        let z = each_row(&self.layer, z);
        let [_, _, d] = z.dims();
        self.decoder.forward(z.reshape([batch, m * d]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "abstractor", objects: Some(self.symbols.val().dims()[0]), dim: self.inputs }
    }
}
