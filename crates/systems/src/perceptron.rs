//! A perceptron on the features of all objects side by side.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::SystemParts;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`TuplePerceptron`].
#[derive(Clone, Debug, PartialEq)]
pub struct TuplePerceptronConfig {
    /// The perceptron; its inputs are the numbers of all objects of an example.
    pub perceptron: MlpConfig,
    /// Objects per example; they divide the inputs.
    pub objects: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// A perceptron that is told nothing of relations: the baseline of every task.
#[derive(Module, Debug)]
pub struct TuplePerceptron {
    perceptron: TrainableMlp,
    #[module(skip)]
    objects: usize,
    #[module(skip)]
    inputs: usize,
}

impl TuplePerceptronConfig {
    /// ReLU layers on `objects` objects of `dim` numbers, with `outputs` logits.
    #[must_use]
    pub fn new(objects: usize, dim: usize, width: usize, depth: usize, outputs: usize) -> Self {
        let perceptron = MlpConfig::new(objects * dim, outputs).with_width(width).with_depth(depth);
        let perceptron = perceptron.with_activation(Activation::Relu);
        Self { perceptron, objects, precision: Precision::default() }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError`] if a size is out of range or the objects do not divide the inputs.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<TuplePerceptron, SystemError> {
        let mut parts = SystemParts::new(seed, device, self.precision);
        let (objects, inputs) = (self.objects, self.perceptron.inputs);
        if objects == 0 || !inputs.is_multiple_of(objects) {
            let expected = format!("a divisor of the {inputs} inputs");
            return Err(SystemError::Shape { what: "the number of objects", value: objects, expected });
        }
        let perceptron = parts.perceptron("perceptron", &self.perceptron)?;
        Ok(TuplePerceptron { perceptron, objects, inputs: inputs / objects })
    }
}

impl System for TuplePerceptron {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let columns = places.iter().map(|at| objects.clone().select(0, at.clone())).collect();
        self.perceptron.forward(Tensor::cat(columns, 1))
    }

    fn takes(&self) -> Takes {
        Takes { system: "perceptron", objects: Some(self.objects), dim: self.inputs }
    }
}
