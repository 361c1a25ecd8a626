//! The shape of a decoder.

use super::error::DecoderError;
use super::family::DecoderFamily;
use super::fields;
use super::rotary::{Rotary, RotaryScaling};
use serde_json::Value;

/// More layers are a damaged file.
const MAX_LAYERS: usize = 4096;
/// No side of a tensor is longer.
const MAX_SIZE: usize = 1 << 40;

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// The family.
    pub family: DecoderFamily,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads of each block.
    pub heads: usize,
    /// Key heads of each block: query head `i` reads key head `i / (heads / key_heads)`.
    pub key_heads: usize,
    /// The model dimension.
    pub width: usize,
    /// The dimension of queries and keys.
    pub head_dimension: usize,
    /// Units of each block's perceptron.
    pub inner: usize,
    /// The most tokens that are read at once.
    pub context: usize,
    /// Tokens that have an embedding.
    pub vocabulary: usize,
    /// Rotary positions, where the family has them.
    pub rotary: Option<Rotary>,
    /// Whether the unembedding is the embedding.
    pub unembedding: Unembedding,
    pub(super) epsilon: f64,
    pub(super) activation: Gate,
    pub(super) biases: Biases,
    pub(super) residual: Residual,
}

/// The matrix from the last hidden state to logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unembedding {
    /// That of the embeddings.
    Tied,
    /// One of its own.
    Own,
}

/// The activation of the perceptrons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// `x / (1 + exp(-x))`.
    Silu,
    /// `x Phi(x)`.
    Gelu,
    /// The GELU's approximation by a hyperbolic tangent.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// Which linear maps add a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Biases {
    pub(super) projections: bool,
    pub(super) attended: bool,
    pub(super) perceptron: bool,
}

/// How attention and perceptron share the residual stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Residual {
    /// The perceptron reads what the attention has written.
    Sequential,
    /// Both read the same.
    Parallel,
}

/// Sizes of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderSizes {
    /// Number of blocks.
    pub layers: usize,
    /// Query heads of each block.
    pub heads: usize,
    /// Key heads of each block.
    pub key_heads: usize,
    /// The dimension of queries and keys.
    pub head_dimension: usize,
    /// The model dimension.
    pub width: usize,
    /// Units of each block's perceptron.
    pub inner: usize,
    /// The most tokens that are read at once.
    pub context: usize,
    /// Tokens that have an embedding.
    pub vocabulary: usize,
}

impl DecoderConfig {
    /// A decoder of a family with the family's usual settings and tied embeddings.
    ///
    /// # Errors
    /// [`DecoderError`] if a size is 0 or the key heads do not divide the query heads.
    pub fn new(family: DecoderFamily, sizes: DecoderSizes) -> Result<Self, DecoderError> {
        let DecoderSizes { layers, heads, key_heads, head_dimension, width, inner, context, vocabulary } =
            sizes;
        let plain = family.centres();
        let turning = if family == DecoderFamily::GptNeox { head_dimension / 4 * 2 } else { head_dimension };
        let rotary = Rotary { turning, base: 10_000.0, scaling: RotaryScaling::Default };
        Self {
            family,
            layers,
            heads,
            key_heads,
            width,
            head_dimension,
            inner,
            context,
            vocabulary,
            rotary: (!family.has_positions()).then_some(rotary),
            unembedding: Unembedding::Tied,
            epsilon: 1e-5,
            activation: match family {
                DecoderFamily::Gemma | DecoderFamily::Gpt2 => Gate::GeluTanh,
                DecoderFamily::GptNeox => Gate::Gelu,
                _ => Gate::Silu,
            },
            biases: Biases {
                projections: plain || family == DecoderFamily::Qwen2,
                attended: plain,
                perceptron: plain,
            },
            residual: if family == DecoderFamily::GptNeox {
                Residual::Parallel
            } else {
                Residual::Sequential
            },
        }
        .checked()
    }

    /// Reads the text of a config.json.
    ///
    /// # Errors
    /// [`DecoderError::Architecture`] names an architecture that cannot be read,
    /// [`DecoderError::Variant`] a setting; otherwise as [`DecoderConfig::new`].
    pub fn parse(text: &str) -> Result<Self, DecoderError> {
        fields::parse(text)
    }

    /// The config.json of such a decoder.
    #[must_use]
    pub fn to_json(&self) -> Value {
        fields::to_json(self)
    }

    /// Query heads that share a key head.
    #[must_use]
    pub fn group(&self) -> usize {
        self.heads / self.key_heads
    }

    /// What the inner product of a query and a key is multiplied by to give a score.
    #[must_use]
    pub fn score_scale(&self) -> f64 {
        1.0 / (self.head_dimension as f64).sqrt()
    }

    /// Whether queries and keys are normalised head by head.
    #[must_use]
    pub fn normalises_queries(&self) -> bool {
        self.family == DecoderFamily::Qwen3
    }

    pub(crate) fn check_head(&self, layer: usize, head: usize) -> Result<(), DecoderError> {
        let places = [("layer", layer, self.layers), ("head", head, self.heads)];
        match places.into_iter().find(|(_, k, n)| k >= n) {
            Some((what, found, count)) => Err(DecoderError::Number { what, found, count }),
            None => Ok(()),
        }
    }

    pub(super) fn checked(self) -> Result<Self, DecoderError> {
        let wrong = |field, found: String, expected| Err(DecoderError::Config { field, found, expected });
        let sizes = [
            ("the number of layers", self.layers),
            ("the number of heads", self.heads),
            ("the number of key heads", self.key_heads),
            ("the width", self.width),
            ("the dimension of the heads", self.head_dimension),
            ("the width of the perceptrons", self.inner),
            ("the number of positions", self.context),
            ("the vocabulary", self.vocabulary),
        ];
        if let Some((field, n)) = sizes.into_iter().find(|(_, n)| *n == 0 || *n > MAX_SIZE) {
            return wrong(field, n.to_string(), "it must be positive, and no tensor has so many entries");
        }
        if self.layers > MAX_LAYERS {
            return wrong("the number of layers", self.layers.to_string(), "it can be 4096 at most");
        }
        if !self.heads.is_multiple_of(self.key_heads) {
            return Err(DecoderError::Grouping { heads: self.heads, key_heads: self.key_heads });
        }
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return wrong("the normalisation's epsilon", self.epsilon.to_string(), "it must be positive");
        }
        if let Some(r) = &self.rotary {
            if r.turning == 0 || !r.turning.is_multiple_of(2) || r.turning > self.head_dimension {
                let expected = "it must be even, positive and at most the dimension of the heads";
                return wrong("the number of rotary dimensions", r.turning.to_string(), expected);
            }
            if !(r.base.is_finite() && r.base > 0.0) {
                return wrong("rope_theta", r.base.to_string(), "it must be positive");
            }
        }
        Ok(self)
    }
}

impl Gate {
    pub(super) fn parse(name: &str) -> Result<Self, DecoderError> {
        match name {
            "silu" | "swish" => Ok(Self::Silu),
            "gelu" | "gelu_python" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            found => Err(DecoderError::Variant {
                field: "hidden_act",
                found: format!("`{found}`"),
                expected: "silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are known",
            }),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Silu => "silu",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_pytorch_tanh",
            Self::Relu => "relu",
        }
    }
}
