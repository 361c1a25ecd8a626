//! What the heads of an encoder see of a text, on the host in f64.

use super::config::EncoderConfig;
use super::error::EncoderError;
use faer::{Mat, MatRef};

/// What every layer saw of one text.
#[derive(Clone, Debug)]
pub struct Trace {
    pub(crate) config: EncoderConfig,
    pub(crate) layers: Vec<LayerTrace>,
    pub(crate) output: Mat<f64>,
    /// Head by head, or none.
    pub(crate) position_bias: Vec<Mat<f64>>,
}

/// What one layer saw: `n x width` matrices, row `i` for token `i`.
#[derive(Clone, Debug)]
pub struct LayerTrace {
    /// The residual stream before the attention.
    pub residual: Mat<f64>,
    /// What the attention reads: the residual stream, in GPT-2 its normalised copy.
    pub read: Mat<f64>,
    /// Queries of all heads, one beside the other, biases included.
    pub queries: Mat<f64>,
    /// Keys of all heads, likewise.
    pub keys: Mat<f64>,
}

/// The weights with which a head makes queries and keys: `q = x W_Q + b_Q`, `k = x W_K + b_K`,
/// score `c <q, k>`, plus
/// [`Trace::position_bias`] where there is one.
#[derive(Clone, Debug)]
pub struct HeadWeights {
    /// `W_Q`, `width x d_head`.
    pub query: Mat<f64>,
    /// `W_K`, `width x d_head`.
    pub key: Mat<f64>,
    /// `b_Q`.
    pub query_bias: Vec<f64>,
    /// `b_K`.
    pub key_bias: Vec<f64>,
    /// `c`, usually `1 / sqrt(d_head)`.
    pub scale: f64,
}

impl Trace {
    /// Layer by layer, from the first.
    #[must_use]
    pub fn layers(&self) -> &[LayerTrace] {
        &self.layers
    }

    /// The hidden states after the last layer (and, in GPT-2, the last normalisation).
    #[must_use]
    pub fn output(&self) -> MatRef<'_, f64> {
        self.output.as_ref()
    }

    /// The queries of a head, `n x d_head`.
    ///
    /// # Errors
    /// [`EncoderError::Number`]
    pub fn queries(&self, layer: usize, head: usize) -> Result<MatRef<'_, f64>, EncoderError> {
        self.config.check_head(layer, head)?;
        Ok(self.part(&self.layers[layer].queries, head))
    }

    /// The keys of a head, `n x d_head`.
    ///
    /// # Errors
    /// [`EncoderError::Number`]
    pub fn keys(&self, layer: usize, head: usize) -> Result<MatRef<'_, f64>, EncoderError> {
        self.config.check_head(layer, head)?;
        Ok(self.part(&self.layers[layer].keys, head))
    }

    /// What the relative positions of query and key add to the scores of a head, `n x n`, in every
    /// layer; none in families without such a bias.
    #[must_use]
    pub fn position_bias(&self, head: usize) -> Option<MatRef<'_, f64>> {
        self.position_bias.get(head).map(Mat::as_ref)
    }

    /// The scores of a head before any mask, `n x n`: row `i` has query `i`'s scores of all keys.
    ///
    /// # Errors
    /// [`EncoderError::Number`]
    pub fn scores(&self, layer: usize, head: usize) -> Result<Mat<f64>, EncoderError> {
        let products = self.queries(layer, head)? * self.keys(layer, head)?.transpose();
        let scores = products * faer::Scale(self.config.score_scale(layer));
        Ok(match self.position_bias(head) {
            Some(bias) => scores + bias,
            None => scores,
        })
    }

    fn part<'a>(&self, all: &'a Mat<f64>, head: usize) -> MatRef<'a, f64> {
        let h = self.config.head_dimension();
        all.as_ref().subcols(head * h, h)
    }
}
