//! Relations of all pairs of a few objects, read without regard to the order of the objects.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::SystemParts;
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// How the relations of the pairs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetReading {
    /// Each relation's values over the pairs in increasing order, then a perceptron.
    Sorted,
    /// A perceptron on the relations of each pair, their mean over the pairs, then a perceptron (a
    /// deep set, arXiv:1703.06114).
    Pooled,
}

/// The shape of a [`RelationsOfSet`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsOfSetConfig {
    /// The relations.
    pub relations: RelationTensorConfig,
    /// Objects per example, at least 2.
    pub objects: usize,
    /// How their relations are read.
    pub reading: SetReading,
    /// Units of the hidden layers.
    pub width: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// A yes or no about a few objects from the relations of their pairs `i < j`.
#[derive(Module, Debug)]
pub struct RelationsOfSet {
    relations: RelationTensor,
    pair: Option<TrainableMlp>,
    whole: TrainableMlp,
    #[module(skip)]
    objects: usize,
    #[module(skip)]
    inputs: usize,
}

impl RelationsOfSetConfig {
    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for fewer than 2 objects or more than 8, [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<RelationsOfSet, SystemError> {
        if !(2..=8).contains(&self.objects) {
            let (what, value) = ("the number of objects of a set", self.objects);
            return Err(SystemError::Shape { what, value, expected: "from 2 to 8".to_owned() });
        }
        let mut parts = SystemParts::new(seed, device, self.precision);
        let relations = self.relations.init(seed, "relations", &mut parts)?;
        let d = self.relations.relations;
        let relu = |inputs, outputs, depth| {
            let mlp = MlpConfig::new(inputs, outputs).with_width(self.width).with_depth(depth);
            mlp.with_activation(Activation::Relu)
        };
        let pairs = self.objects * (self.objects - 1) / 2;
        let (pair, whole) = match self.reading {
            SetReading::Sorted => (None, parts.perceptron("whole", &relu(pairs * d, 1, 2))?),
            SetReading::Pooled => {
                let pair = parts.perceptron("pair", &relu(d, self.width, 1))?;
                (Some(pair), parts.perceptron("whole", &relu(self.width, 1, 1))?)
            }
        };
        let (objects, inputs) = (self.objects, self.relations.encoder.inputs);
        Ok(RelationsOfSet { relations, pair, whole, objects, inputs })
    }
}

impl System for RelationsOfSet {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let (phi, psi) = self.relations.features(objects.clone(), objects);
        let columns = |t: Tensor<2>| -> Vec<Tensor<2>> {
            places.iter().map(|at| t.clone().select(0, at.clone())).collect()
        };
        let (phi, psi) = (columns(phi), columns(psi));
        let mut pairs = Vec::new();
        for i in 0..places.len() {
            for j in i + 1..places.len() {
                pairs.push(self.relations.between(phi[i].clone(), psi[j].clone()));
            }
        }
        match &self.pair {
            None => self.whole.forward(Tensor::cat(sorted(pairs), 1)),
            Some(pair) => {
                let count = pairs.len();
                let n = places[0].dims()[0];
                let each = pair.forward(Tensor::cat(pairs, 0));
                let width = each.dims()[1];
                let mean = each.reshape([count, n, width]).mean_dim(0).reshape([n, width]);
                self.whole.forward(mean)
            }
        }
    }

    fn takes(&self) -> Takes {
        Takes { system: "relations of a set", objects: Some(self.objects), dim: self.inputs }
    }
}

/// Tensors in increasing order, entry by entry, by a network of comparators.
fn sorted(mut values: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
    for end in (1..values.len()).rev() {
        for i in 0..end {
            let (a, b) = (values[i].clone(), values[i + 1].clone());
            let excess = relu(a.clone() - b.clone());
            values[i] = a - excess.clone();
            values[i + 1] = b + excess;
        }
    }
    values
}
