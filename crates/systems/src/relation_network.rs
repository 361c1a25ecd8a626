//! Answers from a sum over all ordered pairs.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::SystemParts;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`RelationNetwork`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelationNetworkConfig {
    /// Numbers per object.
    pub inputs: usize,
    /// Units of the hidden layers, and numbers per pair.
    pub width: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// `f(sum_(i, j) g(x_i, x_j))` over ordered pairs of different places, with perceptrons `f` and `g`:
/// the relation network of Santoro and others (2017).
#[derive(Module, Debug)]
pub struct RelationNetwork {
    pair: TrainableMlp,
    whole: TrainableMlp,
    #[module(skip)]
    inputs: usize,
}

impl RelationNetworkConfig {
    /// Two ReLU layers of 64 units for pairs, one for the sum.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, width: 64, outputs, precision: Precision::default() }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Config`] if a size is out of range.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<RelationNetwork, SystemError> {
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relu = |inputs, outputs, depth| {
            let mlp = MlpConfig::new(inputs, outputs).with_width(self.width).with_depth(depth);
            mlp.with_activation(Activation::Relu)
        };
        Ok(RelationNetwork {
            pair: parts.perceptron("pair", &relu(2 * self.inputs, self.width, 2))?,
            whole: parts.perceptron("whole", &relu(self.width, self.outputs, 1))?,
            inputs: self.inputs,
        })
    }
}

impl System for RelationNetwork {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let x: Vec<Tensor<2>> = places.iter().map(|at| objects.clone().select(0, at.clone())).collect();
        let n = places[0].dims()[0];
        let mut pairs = Vec::new();
        for i in 0..x.len() {
            for j in (0..x.len()).filter(|j| *j != i) {
                pairs.push(Tensor::cat(vec![x[i].clone(), x[j].clone()], 1));
            }
        }
        let count = pairs.len();
        let each = self.pair.forward(Tensor::cat(pairs, 0));
        let width = each.dims()[1];
        self.whole.forward(each.reshape([count, n, width]).sum_dim(0).reshape([n, width]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "relation network", objects: None, dim: self.inputs }
    }
}
