//! From a checkpoint to a device.

use super::checkpoint::DecoderCheckpoint;
use super::config::{DecoderConfig, Unembedding};
use super::error::DecoderError;
use super::family::DecoderFamily;
use super::names::{POSITIONS, ProjectionNames};
use super::parts::{Block, Linear, Norm, Perceptron};
use burn::tensor::{Tensor, TensorData};
use relata_training::{NetworkDevice, Precision};

/// Where weights come from and go to.
pub(super) struct Load<'a> {
    pub(super) checkpoint: &'a DecoderCheckpoint,
    pub(super) device: &'a NetworkDevice,
}

impl Load<'_> {
    fn config(&self) -> &DecoderConfig {
        self.checkpoint.config()
    }

    /// The embeddings, `[vocabulary, width]`.
    pub(super) fn embeddings(&self) -> Result<Tensor<2>, DecoderError> {
        self.matrix(self.config().family.embedding())
    }

    /// The learned positions, where there are any.
    pub(super) fn positions(&self) -> Result<Option<Tensor<2>>, DecoderError> {
        self.config().family.has_positions().then(|| self.matrix(POSITIONS)).transpose()
    }

    /// The matrix of logits, `[vocabulary, width]`, if it is not the embeddings.
    pub(super) fn unembedding(&self) -> Result<Option<Tensor<2>>, DecoderError> {
        let own = self.config().unembedding == Unembedding::Own;
        own.then(|| self.matrix(self.config().family.unembedding())).transpose()
    }

    pub(super) fn last_norm(&self) -> Result<Norm, DecoderError> {
        self.norm(self.config().family.last_norm())
    }

    pub(super) fn block(&self, layer: usize) -> Result<Block, DecoderError> {
        let c = self.config();
        let names = c.family.block(layer);
        let b = c.biases;
        let projections = match &names.projections {
            ProjectionNames::Three(three) => {
                let [q, k, v] = three.each_ref().map(|name| self.linear(name, b.projections));
                [q?, k?, v?]
            }
            ProjectionNames::Fused(name) => {
                let (fused, d) = (self.linear(name, true)?, c.width);
                [0, 1, 2].map(|k| Linear {
                    weight: fused.weight.clone().narrow(1, k * d, d),
                    bias: fused.bias.clone().map(|b| b.narrow(0, k * d, d)),
                })
            }
            ProjectionNames::FusedByHead(name) => {
                let (n, h, d) = (c.heads, c.head_dimension, c.width);
                let weight = self.matrix(&format!("{name}.weight"))?.reshape([n, 3, h, d]);
                let bias = b.projections.then(|| self.vector(&format!("{name}.bias"))).transpose()?;
                [0, 1, 2].map(|k| Linear {
                    weight: weight.clone().narrow(1, k, 1).reshape([n * h, d]).transpose(),
                    bias: bias.clone().map(|b| b.reshape([n, 3, h]).narrow(1, k, 1).reshape([n * h])),
                })
            }
        };
        let [attention_norm, inner_norm] = names.norms.each_ref().map(|n| self.norm(n));
        let root = |name: &String| {
            Ok::<_, DecoderError>(Norm {
                gain: self.vector(&format!("{name}.weight"))?,
                offset: None,
                epsilon: c.epsilon,
            })
        };
        let head_norms = match &names.head_norms {
            Some([q, k]) => Some([root(q)?, root(k)?]),
            None => None,
        };
        Ok(Block {
            projections,
            attended: self.linear(&names.attended, b.attended)?,
            attention_norm: attention_norm?,
            inner_norm: inner_norm?,
            head_norms,
            perceptron: Perceptron {
                gate: names.gate.as_ref().map(|n| self.linear(n, b.perceptron)).transpose()?,
                wide: self.linear(&names.wide, b.perceptron)?,
                narrow: self.linear(&names.narrow, b.perceptron)?,
                activation: c.activation,
                site: self.device.activations(),
            },
        })
    }

    fn linear(&self, name: &str, biased: bool) -> Result<Linear, DecoderError> {
        let weight = self.matrix(&format!("{name}.weight"))?;
        // GPT-2's files have the input first, as it is here, the others the output.
        let weight = if self.config().family == DecoderFamily::Gpt2 { weight } else { weight.transpose() };
        Ok(Linear { weight, bias: biased.then(|| self.vector(&format!("{name}.bias"))).transpose()? })
    }

    fn norm(&self, name: &str) -> Result<Norm, DecoderError> {
        let c = self.config();
        let (gain, epsilon) = (self.vector(&format!("{name}.weight"))?, c.epsilon);
        if c.family.centres() {
            let offset = Some(self.vector(&format!("{name}.bias"))?);
            return Ok(Norm { gain, offset, epsilon });
        }
        // Gemma stores gains less 1.
        let gain = if c.family == DecoderFamily::Gemma { gain + 1.0 } else { gain };
        Ok(Norm { gain, offset: None, epsilon })
    }

    fn matrix(&self, name: &str) -> Result<Tensor<2>, DecoderError> {
        let stored = self.checkpoint.tensor(name)?.into_owned();
        let shape = [stored.shape[0], stored.shape[1]];
        Ok(upload(stored.values, shape, self.device))
    }

    fn vector(&self, name: &str) -> Result<Tensor<1>, DecoderError> {
        let stored = self.checkpoint.tensor(name)?.into_owned();
        let shape = [stored.values.len()];
        Ok(upload(stored.values, shape, self.device))
    }
}

pub(super) fn upload<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &NetworkDevice,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (&**device, Precision::F32.dtype()))
}
