//! Comparisons of pairs of objects that attention picks.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::norm::{check_segments, context_norm};
use crate::parts::{SystemParts, each_row};
use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor, TensorData};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`PrediNet`].
#[derive(Clone, Debug, PartialEq)]
pub struct PrediNetConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per embedding.
    pub dim: usize,
    /// Ends of the runs of objects over which embeddings are normalised; empty: not at all.
    pub segments: Vec<usize>,
    /// Heads, each of which picks two objects.
    pub heads: usize,
    /// Numbers per key and query.
    pub key: usize,
    /// Comparisons of the two objects of a head.
    pub relations: usize,
    /// Units of the hidden layer of the decoder.
    pub width: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// Each head picks two objects by attention, `e_k = softmax(q_k K') Z` with queries that depend on all
/// objects and keys `K = Z W_K` that the heads share, and compares them: `(e_1 - e_2) W_S`, with one
/// affine map for all heads, beside the two places. A perceptron reads what the heads say. PrediNet of
/// Shanahan, Nikiforou, Creswell, Kaplanis, Barrett and Garnelo (arXiv:1905.10307).
///
/// A comparison is a difference of scores, so a head holds utilities, and no inner products but those
/// of its attention.
#[derive(Module, Debug)]
pub struct PrediNet {
    embedding: TrainableMlp,
    key: TrainableMlp,
    queries: [TrainableMlp; 2],
    comparison: TrainableMlp,
    decoder: TrainableMlp,
    #[module(skip)]
    segments: Vec<usize>,
    #[module(skip)]
    objects: usize,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    inputs: usize,
}

impl PrediNetConfig {
    /// Embeddings of 64 numbers, 16 heads with keys of 16 numbers and 16 comparisons, a decoder of 64
    /// units, normalisation over runs that end at `segments`.
    #[must_use]
    pub fn new(objects: usize, inputs: usize, outputs: usize, segments: Vec<usize>) -> Self {
        let precision = Precision::default();
        let (dim, heads, key, relations, width) = (64, 16, 16, 16, 64);
        Self { objects, inputs, dim, segments, heads, key, relations, width, outputs, precision }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for no heads or segments that do not end at the last object,
    /// [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<PrediNet, SystemError> {
        check_segments(&self.segments, self.objects)?;
        let mut parts = SystemParts::new(seed, device, self.precision);
        let (all, picks) = (self.objects * self.dim, self.heads * self.key);
        let decoder = MlpConfig::new(self.heads * (self.relations + 2), self.outputs).with_width(self.width);
        Ok(PrediNet {
            embedding: parts.linear("embedding", self.inputs, self.dim)?,
            key: parts.linear("key", self.dim, self.key)?,
            queries: [parts.linear("query-1", all, picks)?, parts.linear("query-2", all, picks)?],
            comparison: parts.linear("comparison", self.dim, self.relations)?,
            decoder: parts.perceptron("decoder", &decoder.with_depth(1).with_activation(Activation::Relu))?,
            segments: self.segments.clone(),
            objects: self.objects,
            heads: self.heads,
            inputs: self.inputs,
        })
    }
}

impl System for PrediNet {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let embedded = self.embedding.forward(objects);
        let columns = places.iter().map(|at| embedded.clone().select(0, at.clone())).collect();
        let mut z: Tensor<3> = Tensor::stack(columns, 1);
        if !self.segments.is_empty() {
            z = context_norm(z, &self.segments);
        }
        let [batch, m, d] = z.dims();
        let keys = each_row(&self.key, z.clone());
        let width = keys.dims()[2];
        // Places from -1 to 1.
        let at: Vec<f32> = (0..m).map(|i| (2 * i + 1) as f32 / m as f32 - 1.0).collect();
        let at = Tensor::<3>::from_data(TensorData::new(at, [1, m, 1]), (&z.device(), z.dtype()));
        let pick = |query: &TrainableMlp| {
            let q = query.forward(z.clone().reshape([batch, m * d])).reshape([batch, self.heads, width]);
            let picked = softmax(q.matmul(keys.clone().swap_dims(1, 2)), 2);
            let place = picked.clone().matmul(at.clone().repeat_dim(0, batch));
            (picked.matmul(z.clone()), place)
        };
        let ((first, here), (second, there)) = (pick(&self.queries[0]), pick(&self.queries[1]));
        let said = Tensor::cat(vec![each_row(&self.comparison, first - second), here, there], 2);
        let [_, heads, each] = said.dims();
        self.decoder.forward(said.reshape([batch, heads * each]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "PrediNet", objects: Some(self.objects), dim: self.inputs }
    }
}
