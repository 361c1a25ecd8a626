//! Answers from one relation of all pairs, place by place.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::norm::{check_segments, context_norm};
use crate::parts::{SystemParts, each_row};
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`CoRelNet`].
#[derive(Clone, Debug, PartialEq)]
pub struct CoRelNetConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per object that are compared.
    pub dim: usize,
    /// Ends of the runs of objects over which features are normalised; empty: not at all.
    pub segments: Vec<usize>,
    /// One map for both sides, as published, or two.
    pub encoders: Encoders,
    /// Units of the two hidden layers of the decoder.
    pub width: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// `softmax(R)` with one inner-product relation `R` of normalised embeddings, read by a perceptron:
/// the co-relation network of Kerg, Mittal, Rolnick, Bengio, Richards and Lajoie (2022).
#[derive(Module, Debug)]
pub struct CoRelNet {
    embedding: TrainableMlp,
    relation: RelationTensor,
    decoder: TrainableMlp,
    #[module(skip)]
    segments: Vec<usize>,
    #[module(skip)]
    objects: usize,
    #[module(skip)]
    inputs: usize,
}

impl CoRelNetConfig {
    /// Embeddings of 64 numbers, one shared map, a decoder of 128 units, normalisation over runs that
    /// end at `segments`.
    #[must_use]
    pub fn new(objects: usize, inputs: usize, outputs: usize, segments: Vec<usize>) -> Self {
        let (dim, width, precision) = (64, 128, Precision::default());
        Self { objects, inputs, dim, segments, encoders: Encoders::Shared, width, outputs, precision }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for segments that do not end at the last object, [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<CoRelNet, SystemError> {
        check_segments(&self.segments, self.objects)?;
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relation = RelationTensorConfig::linear(self.dim, 1, self.dim, self.encoders);
        let decoder = MlpConfig::new(self.objects * self.objects, self.outputs).with_width(self.width);
        Ok(CoRelNet {
            embedding: parts.linear("embedding", self.inputs, self.dim)?,
            relation: relation.init(seed, "relation", &mut parts)?,
            decoder: parts.perceptron("decoder", &decoder.with_activation(Activation::Relu))?,
            segments: self.segments.clone(),
            objects: self.objects,
            inputs: self.inputs,
        })
    }
}

impl System for CoRelNet {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let columns: Vec<Tensor<2>> = places.iter().map(|at| objects.clone().select(0, at.clone())).collect();
        let mut z = each_row(&self.embedding, Tensor::stack(columns, 1));
        if !self.segments.is_empty() {
            z = context_norm(z, &self.segments);
        }
        let relation = softmax(self.relation.forward(z), 3);
        let [batch, _, m, _] = relation.dims();
        self.decoder.forward(relation.reshape([batch, m * m]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "co-relation network", objects: Some(self.objects), dim: self.inputs }
    }
}
