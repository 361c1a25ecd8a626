//! From a checkpoint to a device.

use super::checkpoint::Checkpoint;
use super::error::EncoderError;
use super::family::EncoderFamily;
use super::forward::{Embeddings, Layer, Linear, Norm};
use super::names::ProjectionNames;
use super::relative::RelativeBias;
use burn::tensor::{Tensor, TensorData};
use relata_training::{NetworkDevice, Precision};

/// Where weights come from and go to.
pub(super) struct Load<'a> {
    pub(super) checkpoint: &'a Checkpoint,
    pub(super) device: &'a NetworkDevice,
}

impl Load<'_> {
    pub(super) fn embeddings(&self) -> Result<Embeddings, EncoderError> {
        let config = self.checkpoint.config();
        let names = config.family.embedding_names();
        let values =
            |name: &str| self.checkpoint.required(&format!("{name}.weight")).map(|t| t.values().to_vec());
        let segment = match names.segments {
            // That of the first segment.
            Some(name) => values(name)?[..config.embedding].to_vec(),
            None => vec![0.0; config.embedding],
        };
        let projected = config.embedding != config.width;
        let projection = projected.then(|| self.linear(names.projection)).transpose()?;
        let table = names.relative.map(values).transpose()?;
        let relative = table.map(|table| RelativeBias::new(table, config.heads));
        let (words, positions) = (values(names.words)?, values(names.positions)?);
        Ok(Embeddings { words, positions, segment, norm: self.norm(names.norm)?, projection, relative })
    }

    pub(super) fn layer(&self, layer: usize) -> Result<Layer, EncoderError> {
        let config = self.checkpoint.config();
        let names = config.family.block_names(layer);
        let projections = match &names.projections {
            ProjectionNames::Three([q, k, v]) => [self.linear(q)?, self.linear(k)?, self.linear(v)?],
            ProjectionNames::Fused(name) => {
                let (fused, d) = (self.linear(name)?, config.width);
                [0, 1, 2].map(|k| Linear {
                    weight: fused.weight.clone().narrow(1, k * d, d),
                    bias: fused.bias.clone().narrow(0, k * d, d),
                })
            }
        };
        Ok(Layer {
            projections,
            attended: self.linear(&names.attended)?,
            attention_norm: self.norm(&names.attention_norm)?,
            wide: self.linear(&names.wide)?,
            narrow: self.linear(&names.narrow)?,
            inner_norm: self.norm(&names.inner_norm)?,
        })
    }

    fn linear(&self, name: &str) -> Result<Linear, EncoderError> {
        let stored = self.checkpoint.required(&format!("{name}.weight"))?;
        let weight = upload(stored.values.clone(), [stored.shape[0], stored.shape[1]], self.device);
        // GPT-2's files have the input first, as it is here, the others the output.
        let input_first = self.checkpoint.config().family == EncoderFamily::Gpt2;
        let weight = if input_first { weight } else { weight.transpose() };
        Ok(Linear { weight, bias: self.vector(&format!("{name}.bias"))? })
    }

    fn norm(&self, name: &str) -> Result<Norm, EncoderError> {
        let [gain, offset] = ["weight", "bias"].map(|part| self.vector(&format!("{name}.{part}")));
        Ok(Norm { gain: gain?, offset: offset?, epsilon: self.checkpoint.config().epsilon })
    }

    fn vector(&self, name: &str) -> Result<Tensor<1>, EncoderError> {
        let stored = self.checkpoint.required(name)?;
        Ok(upload(stored.values.clone(), [stored.values.len()], self.device))
    }
}

pub(super) fn upload<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &NetworkDevice,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (&**device, Precision::F32.dtype()))
}
