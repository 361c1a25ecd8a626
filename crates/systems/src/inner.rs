//! The relation of two objects as an inner product of their features.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::SystemParts;
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision};

/// The shape of a [`RelationOfPair`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelationOfPairConfig {
    /// The relation; one.
    pub relation: RelationTensorConfig,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// `<phi(x), psi(y)> / sqrt(rank)` of two objects, or with `psi = phi`, as the logit of their
/// relation. With `psi = phi` it is symmetric and cannot represent an order.
#[derive(Module, Debug)]
pub struct RelationOfPair {
    relation: RelationTensor,
    #[module(skip)]
    inputs: usize,
}

impl RelationOfPairConfig {
    /// Encoders with one hidden layer of ReLU units.
    #[must_use]
    pub fn new(inputs: usize, width: usize, rank: usize, encoders: Encoders) -> Self {
        let encoder = MlpConfig::new(inputs, rank).with_width(width).with_depth(1);
        let encoder = encoder.with_activation(Activation::Relu);
        let relation = RelationTensorConfig { encoder, relations: 1, rank, encoders };
        Self { relation, precision: Precision::default() }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError`] if a size is out of range.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<RelationOfPair, SystemError> {
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relation = self.relation.init(seed, "relation", &mut parts)?;
        Ok(RelationOfPair { relation, inputs: self.relation.encoder.inputs })
    }
}

impl System for RelationOfPair {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        self.relation.pairs(objects, places[0].clone(), places[1].clone())
    }

    fn takes(&self) -> Takes {
        Takes { system: "inner product of two objects", objects: Some(2), dim: self.inputs }
    }
}
