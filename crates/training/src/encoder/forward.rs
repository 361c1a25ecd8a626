//! The forward pass.

use super::checkpoint::Checkpoint;
use super::config::{EncoderConfig, Inner};
use super::error::EncoderError;
use super::family::EncoderFamily;
use super::names::bert_layer;
use super::trace::{HeadWeights, LayerTrace, Trace};
use crate::activation::apply;
use crate::convert::{tensor_to_matrix, tensor_to_vec};
use crate::device::{ActivationSite, NetworkDevice};
use crate::precision::Precision;
use burn::tensor::{Bool, Tensor, TensorData, activation, module};
use faer::Mat;
use relata_networks::Activation;

/// An encoder on a device, in f32.
///
/// Embeddings stay on the host: of a large table a text needs a few rows.
#[derive(Clone, Debug)]
pub struct Encoder {
    config: EncoderConfig,
    embeddings: Embeddings,
    layers: Vec<Layer>,
    /// BERT normalises the embeddings, GPT-2 the output.
    norm: Norm,
    device: NetworkDevice,
}

#[derive(Clone, Debug)]
struct Embeddings {
    words: Vec<f32>,
    positions: Vec<f32>,
    /// That of the first segment; zero in GPT-2.
    segment: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Layer {
    /// Queries, keys, values.
    projections: [Linear; 3],
    attended: Linear,
    attention_norm: Norm,
    wide: Linear,
    narrow: Linear,
    inner_norm: Norm,
}

/// `x W + b`, with `W` stored input first.
#[derive(Clone, Debug)]
struct Linear {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

#[derive(Clone, Debug)]
struct Norm {
    gain: Tensor<1>,
    offset: Tensor<1>,
    epsilon: f64,
}

impl Encoder {
    /// Moves the weights to a device.
    ///
    /// # Errors
    /// [`EncoderError::Missing`] if the checkpoint lacks a tensor.
    pub fn new(checkpoint: &Checkpoint, device: &NetworkDevice) -> Result<Self, EncoderError> {
        let config = checkpoint.config().clone();
        let load = Load { checkpoint, device };
        let values = |name: &str| checkpoint.required(name).map(|t| t.values.clone());
        let (embeddings, norm) = match config.family {
            EncoderFamily::Bert => {
                let mut segment = values("embeddings.token_type_embeddings.weight")?;
                segment.truncate(config.width);
                let words = values("embeddings.word_embeddings.weight")?;
                let positions = values("embeddings.position_embeddings.weight")?;
                (Embeddings { words, positions, segment }, load.norm("embeddings.LayerNorm")?)
            }
            EncoderFamily::Gpt2 => {
                let segment = vec![0.0; config.width];
                let (words, positions) = (values("wte.weight")?, values("wpe.weight")?);
                (Embeddings { words, positions, segment }, load.norm("ln_f")?)
            }
        };
        let layer = |l| match config.family {
            EncoderFamily::Bert => load.bert(l),
            EncoderFamily::Gpt2 => load.gpt2(l),
        };
        let layers = (0..config.layers).map(layer).collect::<Result<_, _>>()?;
        Ok(Self { embeddings, layers, norm, device: device.clone(), config })
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
        let mut x = self.embed(tokens)?;
        if c.family == EncoderFamily::Bert {
            x = self.norm.forward(x);
        }
        let site = self.device.activations();
        let mask = (c.family == EncoderFamily::Gpt2).then(|| {
            let n = tokens.len();
            // False on and below the diagonal: the keys that a query may see.
            Tensor::<2, Bool>::tril_mask([n, n], 0, &self.device).unsqueeze::<3>()
        });
        let mut layers = Vec::with_capacity(c.layers);
        for (l, layer) in self.layers.iter().enumerate() {
            let read = match c.family {
                EncoderFamily::Bert => x.clone(),
                EncoderFamily::Gpt2 => layer.attention_norm.forward(x.clone()),
            };
            let [q, k, v] = layer.projections.each_ref().map(|p| p.forward(read.clone()));
            layers.push(LayerTrace {
                residual: host(l, x.clone())?,
                read: host(l, read)?,
                queries: host(l, q.clone())?,
                keys: host(l, k.clone())?,
            });
            let attended = layer.attended.forward(self.attend(l, q, k, v, mask.clone()));
            x = match c.family {
                EncoderFamily::Bert => {
                    let x = layer.attention_norm.forward(x + attended);
                    layer.inner_norm.forward(x.clone() + layer.perceptron(c.activation, site, x))
                }
                EncoderFamily::Gpt2 => {
                    let x = x + attended;
                    x.clone() + layer.perceptron(c.activation, site, layer.inner_norm.forward(x))
                }
            };
        }
        if c.family == EncoderFamily::Gpt2 {
            x = self.norm.forward(x);
        }
        Ok(Trace { config: c.clone(), layers, output: host(c.layers, x)? })
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
        let EncoderConfig { width: d, context, vocabulary, .. } = self.config;
        if tokens.is_empty() {
            return Err(EncoderError::EmptyText);
        }
        if tokens.len() > context {
            return Err(EncoderError::TooLong { tokens: tokens.len(), context });
        }
        let e = &self.embeddings;
        let mut values = Vec::with_capacity(tokens.len() * d);
        for (position, &id) in tokens.iter().enumerate() {
            let row = usize::try_from(id).ok().filter(|k| *k < vocabulary);
            let k = row.ok_or(EncoderError::Token { id, position, vocabulary })?;
            let parts =
                e.words[k * d..(k + 1) * d].iter().zip(&e.positions[position * d..(position + 1) * d]);
            values.extend(parts.zip(&e.segment).map(|((w, p), s)| w + p + s));
        }
        Ok(upload(values, [tokens.len(), d], &self.device))
    }

    /// Attention of all heads at once.
    fn attend(
        &self,
        layer: usize,
        q: Tensor<2>,
        k: Tensor<2>,
        v: Tensor<2>,
        mask: Option<Tensor<3, Bool>>,
    ) -> Tensor<2> {
        let [n, d] = q.dims();
        let (heads, h) = (self.config.heads, self.config.head_dimension());
        let split = |t: Tensor<2>| t.reshape([n, heads, h]).swap_dims(0, 1);
        let mut scores = split(q).matmul(split(k).swap_dims(1, 2)).mul_scalar(self.config.score_scale(layer));
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
            Inner::Gelu => apply(Activation::Gelu, z, site),
            Inner::Relu => apply(Activation::Relu, z, site),
            Inner::GeluTanh => {
                let cube = z.clone() * z.clone() * z.clone();
                let inner = (z.clone() + cube * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
                z * (apply(Activation::Tanh, inner, site) + 1.0) * 0.5
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

/// How a file stores the matrix of a linear layer.
#[derive(Clone, Copy)]
enum Layout {
    InputFirst,
    OutputFirst,
}

/// From a checkpoint to a device.
struct Load<'a> {
    checkpoint: &'a Checkpoint,
    device: &'a NetworkDevice,
}

impl Load<'_> {
    fn bert(&self, layer: usize) -> Result<Layer, EncoderError> {
        let p = bert_layer(layer);
        let linear = |name: String| self.linear(&name, Layout::OutputFirst);
        let projection = |part: &str| linear(format!("{p}.attention.self.{part}"));
        Ok(Layer {
            projections: [projection("query")?, projection("key")?, projection("value")?],
            attended: linear(format!("{p}.attention.output.dense"))?,
            attention_norm: self.norm(&format!("{p}.attention.output.LayerNorm"))?,
            wide: linear(format!("{p}.intermediate.dense"))?,
            narrow: linear(format!("{p}.output.dense"))?,
            inner_norm: self.norm(&format!("{p}.output.LayerNorm"))?,
        })
    }

    fn gpt2(&self, layer: usize) -> Result<Layer, EncoderError> {
        let linear = |name: &str| self.linear(&format!("h.{layer}.{name}"), Layout::InputFirst);
        let d = self.checkpoint.config().width;
        let fused = linear("attn.c_attn")?;
        let part = |k: usize| Linear {
            weight: fused.weight.clone().narrow(1, k * d, d),
            bias: fused.bias.clone().narrow(0, k * d, d),
        };
        Ok(Layer {
            projections: [part(0), part(1), part(2)],
            attended: linear("attn.c_proj")?,
            attention_norm: self.norm(&format!("h.{layer}.ln_1"))?,
            wide: linear("mlp.c_fc")?,
            narrow: linear("mlp.c_proj")?,
            inner_norm: self.norm(&format!("h.{layer}.ln_2"))?,
        })
    }

    fn linear(&self, name: &str, layout: Layout) -> Result<Linear, EncoderError> {
        let stored = self.checkpoint.required(&format!("{name}.weight"))?;
        let weight = upload(stored.values.clone(), [stored.shape[0], stored.shape[1]], self.device);
        let weight = match layout {
            Layout::InputFirst => weight,
            Layout::OutputFirst => weight.transpose(),
        };
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

fn upload<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &NetworkDevice) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (&**device, Precision::F32.dtype()))
}

fn host(layer: usize, t: Tensor<2>) -> Result<Mat<f64>, EncoderError> {
    let m = tensor_to_matrix(t)?;
    let finite = m.col_iter().all(|c| c.iter().all(|v| v.is_finite()));
    if finite { Ok(m) } else { Err(EncoderError::Overflow { layer }) }
}
