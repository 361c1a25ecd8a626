//! What the heads of a decoder see of a text, on the host in f64.

use super::config::DecoderConfig;
use super::error::DecoderError;
use faer::{Mat, MatRef, Scale};

/// What one layer saw of a text: matrices whose row `i` is of token `i`.
#[derive(Clone, Debug)]
pub struct DecoderLayer {
    /// The residual stream before the attention, `n x width`.
    pub residual: Mat<f64>,
    /// What the attention reads: its normalised copy, `n x width`.
    pub read: Mat<f64>,
    /// Queries of all heads, one beside the other, normalised where the family does so, before they
    /// turn.
    pub queries: Mat<f64>,
    /// Keys of all key heads, likewise.
    pub keys: Mat<f64>,
}

/// What every layer saw of one text.
#[derive(Clone, Debug)]
pub struct DecoderTrace {
    pub(super) config: DecoderConfig,
    /// Layer by layer, from the first.
    pub layers: Vec<DecoderLayer>,
    /// The hidden states after the last normalisation.
    pub output: Mat<f64>,
}

/// The weights with which a head makes queries, keys and values, and what it writes: `q = x W_Q +
/// b_Q`, `k = x W_K + b_K`, `v = x W_V + b_V`, and `v W_O` into the residual stream.
///
/// Where the family normalises queries and keys, its gains are in `W_Q` and `W_K`, and the factors
/// that make the root mean square of `q` and `k` 1 are not: they depend on the token.
#[derive(Clone, Debug)]
pub struct DecoderHead {
    /// `W_Q`, `width x head_dimension`.
    pub query: Mat<f64>,
    /// `W_K` of the key head that this head reads.
    pub key: Mat<f64>,
    /// `W_V` of the same key head.
    pub value: Mat<f64>,
    /// `W_O`, `head_dimension x width`.
    pub output: Mat<f64>,
    /// `b_Q`.
    pub query_bias: Vec<f64>,
    /// `b_K`.
    pub key_bias: Vec<f64>,
    /// The factor of the scores, `1 / sqrt(head_dimension)`.
    pub scale: f64,
}

impl DecoderLayer {
    /// The queries of a head, `n x head_dimension`, before they turn.
    ///
    /// # Errors
    /// [`DecoderError::Number`]
    pub fn queries(&self, c: &DecoderConfig, head: usize) -> Result<MatRef<'_, f64>, DecoderError> {
        c.check_head(0, head)?;
        Ok(self.queries.as_ref().subcols(head * c.head_dimension, c.head_dimension))
    }

    /// The keys that a head reads, `n x head_dimension`, before they turn.
    ///
    /// # Errors
    /// [`DecoderError::Number`]
    pub fn keys(&self, c: &DecoderConfig, head: usize) -> Result<MatRef<'_, f64>, DecoderError> {
        c.check_head(0, head)?;
        Ok(self.keys.as_ref().subcols(head / c.group() * c.head_dimension, c.head_dimension))
    }

    /// The scores of a head before the mask, `n x n`: row `i` has query `i`'s scores of all keys.
    ///
    /// # Errors
    /// [`DecoderError::Number`]
    pub fn scores(&self, c: &DecoderConfig, head: usize) -> Result<Mat<f64>, DecoderError> {
        let (q, k) = (self.queries(c, head)?, self.keys(c, head)?);
        let (q, k) = match &c.rotary {
            None => (q.to_owned(), k.to_owned()),
            Some(r) => {
                let frequencies = r.frequencies();
                (turned(q, &frequencies), turned(k, &frequencies))
            }
        };
        Ok(q * k.transpose() * Scale(c.score_scale()))
    }
}

impl DecoderTrace {
    /// The scores of a head before the mask, as [`DecoderLayer::scores`].
    ///
    /// # Errors
    /// [`DecoderError::Number`]
    pub fn scores(&self, layer: usize, head: usize) -> Result<Mat<f64>, DecoderError> {
        self.config.check_head(layer, head)?;
        self.layers[layer].scores(&self.config, head)
    }

    /// The shape of the model.
    #[must_use]
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }
}

/// Row `i` turned by the angles `i f_p` in the planes of the coordinates `p` and `p + planes`.
fn turned(m: MatRef<'_, f64>, frequencies: &[f64]) -> Mat<f64> {
    let planes = frequencies.len();
    let mut out = m.to_owned();
    for (p, f) in frequencies.iter().enumerate() {
        for i in 0..m.nrows() {
            let (sin, cos) = (i as f64 * f).sin_cos();
            let (a, b) = (m[(i, p)], m[(i, p + planes)]);
            out[(i, p)] = a * cos - b * sin;
            out[(i, p + planes)] = b * cos + a * sin;
        }
    }
    out
}
