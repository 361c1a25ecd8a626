//! A controller that sees keys of objects, never objects.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::norm::{check_segments, context_norm};
use crate::parts::SystemParts;
use burn::module::{Module, Param};
use burn::tensor::activation::{relu, sigmoid, softmax, tanh};
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of an [`Esbn`].
#[derive(Clone, Debug, PartialEq)]
pub struct EsbnConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per embedding.
    pub dim: usize,
    /// Ends of the runs of objects over which embeddings are normalised; empty: not at all.
    pub segments: Vec<usize>,
    /// Numbers per key.
    pub key: usize,
    /// Units of the controller.
    pub hidden: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// The emergent symbol binding network of Webb, Sinha and Cohen (arXiv:2012.14601). Objects come one
/// after another. A recurrent controller writes a key for each into a memory, beside the object's
/// embedding `z`; for the next object it is given the keys of earlier ones, weighted by
/// `softmax_k <z, z_k>`, each with a confidence `sigmoid(a <z, z_k> + b)` and all times a gate. So the
/// controller, whose last state is the answer, knows of objects only which are like which: all that
/// passes is the symmetric inner-product relation of the embeddings, and these have one encoder.
#[derive(Module, Debug)]
pub struct Esbn {
    encoder: TrainableMlp,
    gates: TrainableMlp,
    key: TrainableMlp,
    gate: TrainableMlp,
    answer: TrainableMlp,
    confidence: Param<Tensor<2>>,
    #[module(skip)]
    segments: Vec<usize>,
    #[module(skip)]
    objects: usize,
    #[module(skip)]
    key_width: usize,
    #[module(skip)]
    hidden: usize,
    #[module(skip)]
    inputs: usize,
}

impl EsbnConfig {
    /// Embeddings and keys of 64 numbers and a controller of 128 units, a quarter of the published one,
    /// with normalisation over runs that end at `segments`.
    #[must_use]
    pub fn new(objects: usize, inputs: usize, outputs: usize, segments: Vec<usize>) -> Self {
        let (dim, key, hidden, precision) = (64, 64, 128, Precision::default());
        Self { objects, inputs, dim, segments, key, hidden, outputs, precision }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for segments that do not end at the last object, [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<Esbn, SystemError> {
        check_segments(&self.segments, self.objects)?;
        let mut parts = SystemParts::new(seed, device, self.precision);
        let encoder = MlpConfig::new(self.inputs, self.dim).with_width(self.dim).with_depth(1);
        // What the controller is given: a key, a confidence, its last output.
        let given = self.key + 1 + self.hidden;
        Ok(Esbn {
            encoder: parts.perceptron("encoder", &encoder.with_activation(Activation::Relu))?,
            gates: parts.linear("gates", given, 4 * self.hidden)?,
            key: parts.linear("key", self.hidden, self.key)?,
            gate: parts.linear("gate", self.hidden, 1)?,
            answer: parts.linear("answer", self.hidden, self.outputs)?,
            confidence: parts.constants(&[[1.0, 0.0]]),
            segments: self.segments.clone(),
            objects: self.objects,
            key_width: self.key,
            hidden: self.hidden,
            inputs: self.inputs,
        })
    }
}

impl Esbn {
    /// One step of a long short-term memory (Hochreiter and Schmidhuber 1997) without peepholes.
    ///
    /// # Shapes
    /// What is given `[B, k + 1]`, output and cell `[B, h]`, to the next output and cell.
    fn step(&self, given: Tensor<2>, [output, cell]: [Tensor<2>; 2]) -> [Tensor<2>; 2] {
        let z = self.gates.forward(Tensor::cat(vec![given, output], 1));
        let part = |k: usize| z.clone().narrow(1, k * self.hidden, self.hidden);
        let cell = sigmoid(part(0)) * cell + sigmoid(part(1)) * tanh(part(2));
        [sigmoid(part(3)) * tanh(cell.clone()), cell]
    }
}

impl System for Esbn {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let embedded = self.encoder.forward(objects);
        let columns = places.iter().map(|at| embedded.clone().select(0, at.clone())).collect();
        let mut z: Tensor<3> = Tensor::stack(columns, 1);
        if !self.segments.is_empty() {
            z = context_norm(z, &self.segments);
        }
        let [batch, m, _] = z.dims();
        // The relation of every object to those before it, all at once.
        let alike = z.clone().matmul(z.clone().swap_dims(1, 2));
        let nothing = |width| Tensor::<2>::zeros([batch, width], (&z.device(), z.dtype()));
        let confidence = self.confidence.val();
        let (a, b) = (confidence.clone().narrow(1, 0, 1), confidence.narrow(1, 1, 1));
        let mut state = [nothing(self.hidden), nothing(self.hidden)];
        let mut keys: Vec<Tensor<3>> = Vec::with_capacity(m);
        let mut given = nothing(self.key_width + 1);
        for t in 0..m {
            state = self.step(given, state);
            let output = state[0].clone();
            if t == 0 {
                given = nothing(self.key_width + 1);
            } else {
                let row = alike.clone().narrow(1, t, 1).narrow(2, 0, t);
                let weights = softmax(row.clone(), 2);
                let sure = sigmoid(row * a.clone().unsqueeze() + b.clone().unsqueeze());
                let sure = (sure * weights.clone()).sum_dim(2);
                let read = weights.matmul(Tensor::cat(keys.clone(), 1));
                let read = Tensor::cat(vec![read, sure], 2).reshape([batch, self.key_width + 1]);
                given = read * sigmoid(self.gate.forward(output.clone()));
            }
            keys.push(relu(self.key.forward(output)).unsqueeze_dim(1));
        }
        // One more step for what was read at the last object.
        let [output, _] = self.step(given, state);
        self.answer.forward(output)
    }

    fn takes(&self) -> Takes {
        Takes { system: "emergent symbol binding network", objects: Some(self.objects), dim: self.inputs }
    }
}
