//! The forward pass, layer by layer, of several prompts of one length at once.

use super::checkpoint::DecoderCheckpoint;
use super::config::{DecoderConfig, Residual};
use super::error::DecoderError;
use super::family::DecoderFamily;
use super::load::{Load, upload};
use super::parts::{Block, Norm};
use super::patch::Patch;
use super::trace::{DecoderHead, DecoderLayer, DecoderTrace};
use burn::tensor::{Bool, Int, Tensor, TensorData, activation};
use faer::Mat;
use relata_training::{NetworkDevice, TensorReadError, tensor_to_matrix, tensor_to_vec};

/// Queries whose scores are in memory at once: `n` keys make `heads x QUERIES x n` numbers.
const QUERIES: usize = 256;

/// A decoder on a device, in f32.
#[derive(Clone, Debug)]
pub struct Decoder {
    config: DecoderConfig,
    embeddings: Tensor<2>,
    positions: Option<Tensor<2>>,
    unembedding: Option<Tensor<2>>,
    blocks: Vec<Block>,
    norm: Norm,
    device: NetworkDevice,
}

/// The residual stream of a batch of prompts before a layer. Forward passes that differ from some
/// layer on only go on from one that was kept.
#[derive(Clone, Debug)]
pub struct ResidualStream {
    layer: usize,
    batch: usize,
    length: usize,
    /// `[batch x length, width]`.
    x: Tensor<2>,
}

/// What all heads of some layers wrote, before the output matrices.
#[derive(Clone, Debug, Default)]
pub struct HeadOutputs {
    layers: Vec<(usize, Tensor<3>)>,
}

impl Decoder {
    /// Reads the weights and moves them to a device.
    ///
    /// # Errors
    /// [`DecoderError`] if a tensor cannot be read.
    pub fn new(checkpoint: &DecoderCheckpoint, device: &NetworkDevice) -> Result<Self, DecoderError> {
        let config = checkpoint.config().clone();
        let load = Load { checkpoint, device };
        Ok(Self {
            embeddings: load.embeddings()?,
            positions: load.positions()?,
            unembedding: load.unembedding()?,
            blocks: (0..config.layers).map(|l| load.block(l)).collect::<Result<_, _>>()?,
            norm: load.last_norm()?,
            device: device.clone(),
            config,
        })
    }

    /// The shape.
    #[must_use]
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// The embeddings of prompts, before the first layer.
    ///
    /// # Errors
    /// [`DecoderError::Batch`] if the prompts are none, empty or of different lengths;
    /// [`DecoderError::Files`] with the causes that encoders know for texts that are too long and
    /// tokens without an embedding.
    pub fn begin(&self, prompts: &[&[u32]]) -> Result<ResidualStream, DecoderError> {
        use crate::encoder::EncoderError;
        let c = &self.config;
        let first = prompts.first().map_or(0, |p| p.len());
        let odd = prompts.iter().position(|p| p.len() != first || p.is_empty());
        if let Some(prompt) = odd.or(prompts.is_empty().then_some(0)) {
            let found = prompts.get(prompt).map_or(0, |p| p.len());
            return Err(DecoderError::Batch { prompt, found, first });
        }
        if first > c.context {
            return Err(EncoderError::TooLong { tokens: first, context: c.context }.into());
        }
        let mut ids = Vec::with_capacity(first * prompts.len());
        for prompt in prompts {
            for (position, &id) in prompt.iter().enumerate() {
                if usize::try_from(id).is_ok_and(|k| k < c.vocabulary) {
                    ids.push(i64::from(id));
                } else {
                    return Err(EncoderError::Token { id, position, vocabulary: c.vocabulary }.into());
                }
            }
        }
        let (batch, length, rows) = (prompts.len(), first, ids.len());
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows]), &*self.device);
        let mut x = self.embeddings.clone().select(0, ids);
        if c.family == DecoderFamily::Gemma {
            x = x * (c.width as f64).sqrt();
        }
        if let Some(positions) = &self.positions {
            let own = positions.clone().narrow(0, 0, length).unsqueeze::<3>();
            x = (x.reshape([batch, length, c.width]) + own).reshape([rows, c.width]);
        }
        Ok(ResidualStream { layer: 0, batch, length, x })
    }

    /// Goes on to the layer `to` (the number of layers for the end), with patches of the layers
    /// between.
    ///
    /// # Errors
    /// [`DecoderError::Patch`] or [`DecoderError::Number`] for a patch that does not fit.
    pub fn advance(
        &self,
        stream: ResidualStream,
        to: usize,
        patches: &[Patch],
    ) -> Result<ResidualStream, DecoderError> {
        self.go(stream, to, patches, &mut |_, _| {})
    }

    /// The same, and keeps what the heads wrote.
    ///
    /// # Errors
    /// As [`Decoder::advance`].
    pub fn advance_keeping(
        &self,
        stream: ResidualStream,
        to: usize,
        patches: &[Patch],
    ) -> Result<(ResidualStream, HeadOutputs), DecoderError> {
        let mut outputs = HeadOutputs::default();
        let stream = self.go(stream, to, patches, &mut |layer, z| outputs.layers.push((layer, z.clone())))?;
        Ok((stream, outputs))
    }

    fn go(
        &self,
        mut stream: ResidualStream,
        to: usize,
        patches: &[Patch],
        keep: &mut dyn FnMut(usize, &Tensor<3>),
    ) -> Result<ResidualStream, DecoderError> {
        let c = &self.config;
        for patch in patches {
            patch.check(c, stream.batch, stream.length)?;
        }
        let turns = self.turns(stream.length);
        while stream.layer < to.min(c.layers) {
            let block = &self.blocks[stream.layer];
            let read = block.attention_norm.forward(stream.x.clone());
            let [q, k, v] = self.project(block, &read, stream.batch, stream.length);
            let mut z = self.attend(q, k, v, &turns);
            for patch in patches.iter().filter(|p| p.layer == stream.layer) {
                z = patch.apply(z, c, &self.device);
            }
            keep(stream.layer, &z);
            let z = z.reshape([stream.batch * stream.length, c.heads * c.head_dimension]);
            let attended = block.attended.forward(z);
            stream.x = match c.residual {
                Residual::Sequential => {
                    let x = stream.x + attended;
                    x.clone() + block.perceptron.forward(block.inner_norm.forward(x))
                }
                Residual::Parallel => {
                    let inner = block.perceptron.forward(block.inner_norm.forward(stream.x.clone()));
                    stream.x + attended + inner
                }
            };
            stream.layer += 1;
        }
        Ok(stream)
    }

    /// The logits of the token after each prompt, in f64: prompt by prompt, one number per token of
    /// the vocabulary.
    ///
    /// # Errors
    /// [`DecoderError::Read`]; [`DecoderError::Files`] with an overflow if a logit is not finite.
    pub fn logits(&self, stream: ResidualStream) -> Result<Vec<Vec<f64>>, DecoderError> {
        let c = &self.config;
        let stream = self.advance(stream, c.layers, &[])?;
        let (batch, length) = (stream.batch, stream.length);
        let last = stream.x.reshape([batch, length, c.width]).narrow(1, length - 1, 1);
        let last = self.norm.forward(last.reshape([batch, c.width]));
        let matrix = self.unembedding.as_ref().unwrap_or(&self.embeddings);
        let logits = last.matmul(matrix.clone().transpose());
        let all: Vec<f64> = tensor_to_vec(logits.reshape([batch * c.vocabulary]))?;
        if all.iter().any(|v| !v.is_finite()) {
            return Err(crate::encoder::EncoderError::Overflow { layer: c.layers }.into());
        }
        Ok(all.chunks(c.vocabulary).map(<[f64]>::to_vec).collect())
    }

    /// Reads tokens, and shows what the heads of every layer see, layer after layer; returns the
    /// hidden states after the last normalisation. One layer is in memory at a time.
    ///
    /// # Errors
    /// As [`Decoder::begin`]; what the visitor returns.
    pub fn visit<E: From<DecoderError>>(
        &self,
        tokens: &[u32],
        visitor: &mut dyn FnMut(usize, DecoderLayer) -> Result<(), E>,
    ) -> Result<Mat<f64>, E> {
        let n = tokens.len();
        let mut stream = self.begin(&[tokens])?;
        for (l, block) in self.blocks.iter().enumerate() {
            let read = block.attention_norm.forward(stream.x.clone());
            let [q, k, _] = self.project(block, &read, 1, n);
            let flat = |t: Tensor<4>| {
                let [_, n, heads, h] = t.dims();
                t.reshape([n, heads * h])
            };
            let layer = DecoderLayer {
                residual: host(l, stream.x.clone())?,
                read: host(l, read)?,
                queries: host(l, flat(q))?,
                keys: host(l, flat(k))?,
            };
            visitor(l, layer)?;
            stream = self.advance(stream, l + 1, &[])?;
        }
        Ok(host(self.blocks.len(), self.norm.forward(stream.x))?)
    }

    /// Reads tokens, and keeps what the heads of every layer see.
    ///
    /// # Errors
    /// As [`Decoder::begin`].
    pub fn trace(&self, tokens: &[u32]) -> Result<DecoderTrace, DecoderError> {
        let mut layers = Vec::with_capacity(self.config.layers);
        let output = self.visit(tokens, &mut |_, layer| {
            layers.push(layer);
            Ok::<(), DecoderError>(())
        })?;
        Ok(DecoderTrace { config: self.config.clone(), layers, output })
    }

    /// The weights of a query head and of the key head that it reads, `layer` and `head` from 0.
    ///
    /// # Errors
    /// [`DecoderError::Number`]
    pub fn head(&self, layer: usize, head: usize) -> Result<DecoderHead, DecoderError> {
        let c = &self.config;
        c.check_head(layer, head)?;
        let (h, block) = (c.head_dimension, &self.blocks[layer]);
        let own = [head, head / c.group(), head / c.group()];
        let part = |k: usize| -> Result<(Mat<f64>, Vec<f64>), TensorReadError> {
            let (map, from) = (&block.projections[k], own[k] * h);
            let weight = tensor_to_matrix(map.weight.clone().narrow(1, from, h))?;
            let bias = match &map.bias {
                Some(b) => tensor_to_vec(b.clone().narrow(0, from, h))?,
                None => vec![0.0; h],
            };
            Ok((weight, bias))
        };
        let ((mut query, mut query_bias), (mut key, mut key_bias)) = (part(0)?, part(1)?);
        if let Some(norms) = &block.head_norms {
            for ((w, b), norm) in
                [(&mut query, &mut query_bias), (&mut key, &mut key_bias)].into_iter().zip(norms)
            {
                let gain: Vec<f64> = tensor_to_vec(norm.gain.clone())?;
                for (j, g) in gain.iter().enumerate() {
                    w.col_mut(j).iter_mut().for_each(|v| *v *= g);
                    b[j] *= g;
                }
            }
        }
        let output = tensor_to_matrix(block.attended.weight.clone().narrow(0, head * h, h))?;
        let (value, _) = part(2)?;
        Ok(DecoderHead { query, key, value, output, query_bias, key_bias, scale: c.score_scale() })
    }

    /// Queries, keys and values, `[batch, length, heads, head_dimension]`, before they turn.
    fn project(&self, block: &Block, read: &Tensor<2>, batch: usize, length: usize) -> [Tensor<4>; 3] {
        let c = &self.config;
        let split = |k: usize, heads: usize| {
            block.projections[k].forward(read.clone()).reshape([batch, length, heads, c.head_dimension])
        };
        let [q, k, v] = [split(0, c.heads), split(1, c.key_heads), split(2, c.key_heads)];
        match &block.head_norms {
            Some([of_queries, of_keys]) => [of_queries.forward(q), of_keys.forward(k), v],
            None => [q, k, v],
        }
    }

    /// Cosines and sines of the angles of every position and plane.
    fn turns(&self, length: usize) -> Option<[Tensor<4>; 2]> {
        let frequencies = self.config.rotary.as_ref()?.frequencies();
        let angles = (0..length).flat_map(|i| frequencies.iter().map(move |f| i as f64 * f));
        let (sin, cos): (Vec<f32>, Vec<f32>) = angles.map(|a| (a.sin() as f32, a.cos() as f32)).unzip();
        let shape = [1, length, 1, frequencies.len()];
        Some([upload(cos, shape, &self.device), upload(sin, shape, &self.device)])
    }

    /// What all heads write, `[batch, length, heads x head_dimension]`.
    fn attend(&self, q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, turns: &Option<[Tensor<4>; 2]>) -> Tensor<3> {
        let c = &self.config;
        let ([b, n, _, h], g, kv) = (q.dims(), c.group(), c.key_heads);
        let (q, k) = match turns {
            Some(t) => (turn(q, t), turn(k, t)),
            None => (q, k),
        };
        let (k, v) = (k.permute([0, 2, 3, 1]), v.permute([0, 2, 1, 3]));
        let mut parts = Vec::with_capacity(n.div_ceil(QUERIES));
        for start in (0..n).step_by(QUERIES) {
            let len = QUERIES.min(n - start);
            let keys = start + len;
            // The queries that share a key head are rows of one product.
            let rows = q.clone().narrow(1, start, len).reshape([b, len, kv, g, h]);
            let rows = rows.permute([0, 2, 3, 1, 4]).reshape([b, kv, g * len, h]);
            let scores = rows.matmul(k.clone().narrow(3, 0, keys)).mul_scalar(c.score_scale());
            let mask = Tensor::<2, Bool>::tril_mask([len, keys], start as i64, &self.device);
            let mask = mask.reshape([1, 1, 1, len, keys]).expand([b, kv, g, len, keys]);
            let scores = scores.reshape([b, kv, g, len, keys]).mask_fill(mask, f32::NEG_INFINITY);
            let weights = activation::softmax(scores, 4).reshape([b, kv, g * len, keys]);
            let z = weights.matmul(v.clone().narrow(2, 0, keys)).reshape([b, kv, g, len, h]);
            parts.push(z.permute([0, 3, 1, 2, 4]).reshape([b, len, c.heads * h]));
        }
        Tensor::cat(parts, 1)
    }
}

impl ResidualStream {
    /// The layer that reads it next.
    #[must_use]
    pub fn layer(&self) -> usize {
        self.layer
    }

    /// Prompts, and tokens of each.
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        [self.batch, self.length]
    }
}

impl HeadOutputs {
    /// What a head wrote at some positions, prompt by prompt, in each position by position,
    /// `head_dimension` numbers each; none if the layer was not passed or there is no such place.
    ///
    /// # Errors
    /// [`DecoderError::Read`]
    pub fn of(
        &self,
        c: &DecoderConfig,
        layer: usize,
        head: usize,
        positions: &[usize],
    ) -> Result<Option<Vec<f32>>, DecoderError> {
        let Some((_, z)) = self.layers.iter().find(|(l, _)| *l == layer) else { return Ok(None) };
        let ([batch, length, _], h) = (z.dims(), c.head_dimension);
        if head >= c.heads || positions.iter().any(|p| *p >= length) {
            return Ok(None);
        }
        let own = z.clone().narrow(2, head * h, h).reshape([batch * length * h]);
        let all: Vec<f64> = tensor_to_vec(own)?;
        let at = |b: usize, p: usize| all[(b * length + p) * h..][..h].iter().map(|v| *v as f32);
        Ok(Some((0..batch).flat_map(|b| positions.iter().flat_map(move |p| at(b, *p))).collect()))
    }
}

/// Turns the planes of the coordinates `p` and `p + planes`; those behind stay.
fn turn(x: Tensor<4>, [cos, sin]: &[Tensor<4>; 2]) -> Tensor<4> {
    let ([_, _, _, h], planes) = (x.dims(), cos.dims()[3]);
    let (a, b) = (x.clone().narrow(3, 0, planes), x.clone().narrow(3, planes, planes));
    let first = a.clone() * cos.clone() - b.clone() * sin.clone();
    let second = b * cos.clone() + a * sin.clone();
    let mut parts = vec![first, second];
    if h > 2 * planes {
        parts.push(x.narrow(3, 2 * planes, h - 2 * planes));
    }
    Tensor::cat(parts, 3)
}

fn host(layer: usize, t: Tensor<2>) -> Result<Mat<f64>, DecoderError> {
    let m = tensor_to_matrix(t)?;
    let finite = m.col_iter().all(|c| c.iter().all(|v| v.is_finite()));
    if finite { Ok(m) } else { Err(crate::encoder::EncoderError::Overflow { layer }.into()) }
}
