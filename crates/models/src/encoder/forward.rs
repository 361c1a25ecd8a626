//! The forward pass.

use super::checkpoint::Checkpoint;
use super::config::{EncoderConfig, Inner};
use super::error::EncoderError;
use super::load::{Load, upload};
use super::relative::RelativeBias;
use super::trace::{HeadWeights, LayerTrace, Trace};
use burn::tensor::{Bool, Tensor, activation, module};
use faer::Mat;
use relata_networks::Activation;
use relata_training::{ActivationSite, NetworkDevice, apply_activation, tensor_to_matrix, tensor_to_vec};

/// An encoder on a device, in f32.
///
/// Embeddings stay on the host: of a large table a text needs a few rows.
#[derive(Clone, Debug)]
pub struct Encoder {
    config: EncoderConfig,
    embeddings: Embeddings,
    layers: Vec<Layer>,
    device: NetworkDevice,
}

#[derive(Clone, Debug)]
pub(super) struct Embeddings {
    pub(super) words: Vec<f32>,
    pub(super) positions: Vec<f32>,
    /// That of the first segment; zero where the family has none.
    pub(super) segment: Vec<f32>,
    /// Of the embeddings; in GPT-2 of the output.
    pub(super) norm: Norm,
    /// To the width, where the embeddings are narrower.
    pub(super) projection: Option<Linear>,
    pub(super) relative: Option<RelativeBias>,
}

#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// Queries, keys, values.
    pub(super) projections: [Linear; 3],
    pub(super) attended: Linear,
    pub(super) attention_norm: Norm,
    pub(super) wide: Linear,
    pub(super) narrow: Linear,
    pub(super) inner_norm: Norm,
}

/// `x W + b`, with `W` stored input first.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) weight: Tensor<2>,
    pub(super) bias: Tensor<1>,
}

#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub(super) gain: Tensor<1>,
    pub(super) offset: Tensor<1>,
    pub(super) epsilon: f64,
}

impl Encoder {
    /// Moves the weights to a device.
    ///
    /// # Errors
    /// [`EncoderError::Missing`] if the checkpoint lacks a tensor.
    pub fn new(checkpoint: &Checkpoint, device: &NetworkDevice) -> Result<Self, EncoderError> {
        let config = checkpoint.config().clone();
        let load = Load { checkpoint, device };
        let layers = (0..config.layers).map(|l| load.layer(l)).collect::<Result<_, _>>()?;
        Ok(Self { embeddings: load.embeddings()?, layers, device: device.clone(), config })
    }

    /// The shape.
    #[must_use]
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Reads tokens, and keeps what the heads of every layer see.
    ///
    /// # Shapes
    /// `n` tokens to `n x width` matrices.
    ///
    /// # Errors
    /// [`EncoderError::EmptyText`], [`EncoderError::TooLong`], [`EncoderError::Token`] for tokens
    /// that the model cannot read; [`EncoderError::Overflow`] if hidden states are not finite.
    pub fn trace(&self, tokens: &[u32]) -> Result<Trace, EncoderError> {
        let c = &self.config;
        let causal = c.family.is_causal();
        let mut x = self.embed(tokens)?;
        let site = self.device.activations();
        let n = tokens.len();
        // False on and below the diagonal: the keys that a query may see.
        let mask = causal.then(|| Tensor::<2, Bool>::tril_mask([n, n], 0, &self.device).unsqueeze::<3>());
        let e = &self.embeddings;
        let bias = e.relative.as_ref().map(|r| upload(r.all(n), [c.heads, n, n], &self.device));
        let mut layers = Vec::with_capacity(c.layers);
        for (l, layer) in self.layers.iter().enumerate() {
            let read = if causal { layer.attention_norm.forward(x.clone()) } else { x.clone() };
            let [q, k, v] = layer.projections.each_ref().map(|p| p.forward(read.clone()));
            layers.push(LayerTrace {
                residual: host(l, x.clone())?,
                read: host(l, read)?,
                queries: host(l, q.clone())?,
                keys: host(l, k.clone())?,
            });
            let attended = layer.attended.forward(self.attend(l, [q, k, v], mask.clone(), bias.clone()));
            x = if causal {
                let x = x + attended;
                x.clone() + layer.perceptron(c.activation, site, layer.inner_norm.forward(x))
            } else {
                let x = layer.attention_norm.forward(x + attended);
                layer.inner_norm.forward(x.clone() + layer.perceptron(c.activation, site, x))
            };
        }
        if causal {
            x = e.norm.forward(x);
        }
        let position_bias = match &e.relative {
            Some(relative) => (0..c.heads).map(|head| relative.of(head, n)).collect(),
            None => Vec::new(),
        };
        Ok(Trace { config: c.clone(), layers, output: host(c.layers, x)?, position_bias })
    }

    /// The weights of a head, `layer` and `head` from 0.
    ///
    /// # Errors
    /// [`EncoderError::Number`]
    pub fn head(&self, layer: usize, head: usize) -> Result<HeadWeights, EncoderError> {
        self.config.check_head(layer, head)?;
        let h = self.config.head_dimension();
        let part = |k: usize| -> Result<(Mat<f64>, Vec<f64>), EncoderError> {
            let Linear { weight, bias } = &self.layers[layer].projections[k];
            let weight = tensor_to_matrix(weight.clone().narrow(1, head * h, h))?;
            Ok((weight, tensor_to_vec(bias.clone().narrow(0, head * h, h))?))
        };
        let ((query, query_bias), (key, key_bias)) = (part(0)?, part(1)?);
        Ok(HeadWeights { query, key, query_bias, key_bias, scale: self.config.score_scale(layer) })
    }

    fn embed(&self, tokens: &[u32]) -> Result<Tensor<2>, EncoderError> {
        let EncoderConfig { embedding: d, context, vocabulary, padding, .. } = self.config;
        if tokens.is_empty() {
            return Err(EncoderError::EmptyText);
        }
        if tokens.len() > context {
            return Err(EncoderError::TooLong { tokens: tokens.len(), context });
        }
        let e = &self.embeddings;
        let mut values = Vec::with_capacity(tokens.len() * d);
        let mut next = self.config.offset();
        for (position, &id) in tokens.iter().enumerate() {
            let row = usize::try_from(id).ok().filter(|k| *k < vocabulary);
            let k = row.ok_or(EncoderError::Token { id, position, vocabulary })?;
            // Where positions are numbered from behind the padding token, that token has its own.
            let at = match padding {
                Some(padding) if padding == id => padding as usize,
                _ => {
                    next += 1;
                    next - 1
                }
            };
            let parts = e.words[k * d..(k + 1) * d].iter().zip(&e.positions[at * d..(at + 1) * d]);
            values.extend(parts.zip(&e.segment).map(|((w, p), s)| w + p + s));
        }
        let x = upload(values, [tokens.len(), d], &self.device);
        if self.config.family.is_causal() {
            return Ok(x);
        }
        let x = e.norm.forward(x);
        Ok(match &e.projection {
            Some(projection) => projection.forward(x),
            None => x,
        })
    }

    /// Attention of all heads at once.
    fn attend(
        &self,
        layer: usize,
        [q, k, v]: [Tensor<2>; 3],
        mask: Option<Tensor<3, Bool>>,
        bias: Option<Tensor<3>>,
    ) -> Tensor<2> {
        let [n, d] = q.dims();
        let (heads, h) = (self.config.heads, self.config.head_dimension());
        let split = |t: Tensor<2>| t.reshape([n, heads, h]).swap_dims(0, 1);
        let mut scores = split(q).matmul(split(k).swap_dims(1, 2)).mul_scalar(self.config.score_scale(layer));
        if let Some(bias) = bias {
            scores = scores + bias;
        }
        if let Some(mask) = mask {
            scores = scores.mask_fill(mask.expand([heads, n, n]), f32::NEG_INFINITY);
        }
        activation::softmax(scores, 2).matmul(split(v)).swap_dims(0, 1).reshape([n, d])
    }
}

impl Layer {
    fn perceptron(&self, a: Inner, site: ActivationSite, x: Tensor<2>) -> Tensor<2> {
        let z = self.wide.forward(x);
        let z = match a {
            Inner::Gelu => apply_activation(Activation::Gelu, z, site),
            Inner::Relu => apply_activation(Activation::Relu, z, site),
            Inner::GeluTanh => {
                let cube = z.clone() * z.clone() * z.clone();
                let inner = (z.clone() + cube * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
                z * (apply_activation(Activation::Tanh, inner, site) + 1.0) * 0.5
            }
        };
        self.narrow.forward(z)
    }
}

impl Linear {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.clone()) + self.bias.clone().unsqueeze::<2>()
    }
}

impl Norm {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        module::layer_norm(x, self.gain.clone(), Some(self.offset.clone()), self.epsilon)
    }
}

fn host(layer: usize, t: Tensor<2>) -> Result<Mat<f64>, EncoderError> {
    let m = tensor_to_matrix(t)?;
    let finite = m.col_iter().all(|c| c.iter().all(|v| v.is_finite()));
    if finite { Ok(m) } else { Err(EncoderError::Overflow { layer }) }
}
