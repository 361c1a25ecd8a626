//! A plain transformer encoder.

use crate::attention::{Attention, IdentityTerm};
use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::norm::standardise;
use crate::parts::{SystemParts, each_row};
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`Transformer`].
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per object inside.
    pub dim: usize,
    /// Attention heads; they divide `dim`.
    pub heads: usize,
    /// Layers.
    pub layers: usize,
    /// Units of the perceptron of a layer.
    pub hidden: usize,
    /// Logits.
    pub outputs: usize,
    /// What is added to the form of the scores.
    pub identity: IdentityTerm,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// Embeddings with learned codes of places; layers of attention and a perceptron, each on
/// standardised rows and added to what it was given (Vaswani and others 2017, with the normalisation
/// before each part); the logits are a linear map of all places.
#[derive(Module, Debug)]
pub struct Transformer {
    embedding: TrainableMlp,
    codes: Param<Tensor<2>>,
    attention: Vec<Attention>,
    perceptrons: Vec<TrainableMlp>,
    head: TrainableMlp,
    #[module(skip)]
    inputs: usize,
}

impl TransformerConfig {
    /// One layer of 64 numbers, 4 heads and 128 units, without an identity term.
    #[must_use]
    pub fn new(objects: usize, inputs: usize, outputs: usize) -> Self {
        Self {
            objects,
            inputs,
            dim: 64,
            heads: 4,
            layers: 1,
            hidden: 128,
            outputs,
            identity: IdentityTerm::None,
            precision: Precision::default(),
        }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError`] if a size is out of range or the heads do not divide the numbers.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<Transformer, SystemError> {
        let mut parts = SystemParts::new(seed, device, self.precision);
        let perceptron = MlpConfig::new(self.dim, self.dim).with_width(self.hidden).with_depth(1);
        let perceptron = perceptron.with_activation(Activation::Relu);
        let (mut attention, mut perceptrons) = (Vec::new(), Vec::new());
        let embedding = parts.linear("embedding", self.inputs, self.dim)?;
        let codes = parts.table("places", self.objects, self.dim, 1.0);
        for layer in 0..self.layers {
            let name = format!("layer-{layer}");
            attention.push(Attention::new(&name, self.dim, self.heads, self.identity, &mut parts)?);
            perceptrons.push(parts.perceptron(&format!("{name}/perceptron"), &perceptron)?);
        }
        let head = parts.linear("head", self.objects * self.dim, self.outputs)?;
        Ok(Transformer { embedding, codes, attention, perceptrons, head, inputs: self.inputs })
    }
}

impl System for Transformer {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let embedded = self.embedding.forward(objects);
        let columns: Vec<Tensor<2>> =
            places.iter().map(|at| embedded.clone().select(0, at.clone())).collect();
        let mut x: Tensor<3> = Tensor::stack(columns, 1);
        x = x + self.codes.val().unsqueeze_dim(0);
        for (attention, perceptron) in self.attention.iter().zip(&self.perceptrons) {
            x = x.clone() + attention.forward(&standardise(x));
            x = x.clone() + each_row(perceptron, standardise(x));
        }
        let [batch, m, d] = x.dims();
        self.head.forward(standardise(x).reshape([batch, m * d]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "transformer", objects: Some(self.codes.val().dims()[0]), dim: self.inputs }
    }
}
