//! What config.json says, as far as it matters here.

use super::error::EncoderError;
use super::family::EncoderFamily;
use serde::Deserialize;
use serde_json::{Value, json};

/// The activation between the two layers of a block's perceptron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inner {
    /// `x Phi(x)`.
    Gelu,
    /// The GELU's approximation by a hyperbolic tangent.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// The shape of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderConfig {
    /// The family.
    pub family: EncoderFamily,
    /// Number of blocks.
    pub layers: usize,
    /// Heads of each block.
    pub heads: usize,
    /// The model dimension.
    pub width: usize,
    /// Units of each block's perceptron.
    pub inner: usize,
    /// Positions: the most tokens that are read at once.
    pub context: usize,
    /// Tokens that have an embedding.
    pub vocabulary: usize,
    pub(crate) epsilon: f64,
    pub(crate) activation: Inner,
    /// Kinds of segments, in BERT.
    pub(crate) segments: usize,
    /// Whether scores are divided by `sqrt(d_head)`.
    pub(crate) scaled: Scaling,
}

/// What scores are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// `sqrt(d_head)`.
    Root,
    /// `sqrt(d_head)` times the number of the layer, from 1.
    RootAndLayer,
    /// 1.
    None,
}

impl EncoderConfig {
    /// An encoder of a family with the family's usual settings.
    ///
    /// # Errors
    /// [`EncoderError`] if a size is 0 or the heads do not divide the width.
    pub fn new(
        family: EncoderFamily,
        layers: usize,
        heads: usize,
        width: usize,
        inner: usize,
        context: usize,
        vocabulary: usize,
    ) -> Result<Self, EncoderError> {
        let (epsilon, activation, segments) = match family {
            EncoderFamily::Bert => (bert_epsilon(), Inner::Gelu, two()),
            EncoderFamily::Gpt2 => (gpt2_epsilon(), Inner::GeluTanh, 1),
        };
        let scaled = Scaling::Root;
        Self {
            family,
            layers,
            heads,
            width,
            inner,
            context,
            vocabulary,
            epsilon,
            activation,
            segments,
            scaled,
        }
        .checked()
    }

    /// Reads the text of a config.json.
    ///
    /// # Errors
    /// [`EncoderError::Architecture`] names an architecture that cannot be read,
    /// [`EncoderError::Variant`] a setting; otherwise as [`EncoderConfig::new`].
    pub fn parse(text: &str) -> Result<Self, EncoderError> {
        let raw: Value = serde_json::from_str(text).map_err(|e| EncoderError::Config {
            field: "the text",
            found: format!("no JSON ({e})"),
            expected: "it must be a JSON object",
        })?;
        let architecture = |v: &Value| v.as_str().map(str::to_owned);
        let kind = raw.get("model_type").and_then(architecture);
        let first = raw.get("architectures").and_then(|a| a.get(0)).and_then(architecture);
        let named = kind.as_deref().or(first.as_deref()).unwrap_or_default();
        if named.is_empty() {
            return Err(EncoderError::Config {
                field: "model_type",
                found: "missing".to_owned(),
                expected: "it must name the architecture, `bert` or `gpt2`",
            });
        }
        let family = match named {
            "bert" => EncoderFamily::Bert,
            "gpt2" => EncoderFamily::Gpt2,
            name if kind.is_none() && name.starts_with("Bert") => EncoderFamily::Bert,
            name if kind.is_none() && name.starts_with("GPT2") => EncoderFamily::Gpt2,
            found => return Err(EncoderError::Architecture { found: found.to_owned() }),
        };
        let invalid = |e: serde_json::Error| EncoderError::Config {
            field: "a field",
            found: e.to_string(),
            expected: "it must be as the architecture's documentation says",
        };
        match family {
            EncoderFamily::Bert => serde_json::from_value::<Bert>(raw).map_err(invalid)?.config(),
            EncoderFamily::Gpt2 => serde_json::from_value::<Gpt2>(raw).map_err(invalid)?.config(),
        }
    }

    /// The dimension of queries and keys.
    #[must_use]
    pub fn head_dimension(&self) -> usize {
        self.width / self.heads
    }

    /// Whether there is such a head.
    pub(crate) fn check_head(&self, layer: usize, head: usize) -> Result<(), EncoderError> {
        match [("layer", layer, self.layers), ("head", head, self.heads)].into_iter().find(|(_, k, n)| k >= n)
        {
            Some((what, found, count)) => Err(EncoderError::Number { what, found, count }),
            None => Ok(()),
        }
    }

    /// What the inner product of a query and a key is multiplied by to give a score.
    #[must_use]
    pub fn score_scale(&self, layer: usize) -> f64 {
        let root = (self.head_dimension() as f64).sqrt();
        match self.scaled {
            Scaling::Root => 1.0 / root,
            Scaling::RootAndLayer => 1.0 / (root * (layer as f64 + 1.0)),
            Scaling::None => 1.0,
        }
    }

    /// The config.json of such an encoder.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let scaled = (self.scaled != Scaling::None, self.scaled == Scaling::RootAndLayer);
        match self.family {
            EncoderFamily::Bert => json!({
                "architectures": ["BertModel"], "model_type": "bert", "hidden_act": self.activation.name(),
                "hidden_size": self.width, "intermediate_size": self.inner, "layer_norm_eps": self.epsilon,
                "max_position_embeddings": self.context, "num_attention_heads": self.heads,
                "num_hidden_layers": self.layers, "position_embedding_type": "absolute",
                "type_vocab_size": self.segments, "vocab_size": self.vocabulary,
            }),
            EncoderFamily::Gpt2 => json!({
                "architectures": ["GPT2Model"], "model_type": "gpt2", "activation_function": self.activation.name(),
                "n_embd": self.width, "n_inner": self.inner, "layer_norm_epsilon": self.epsilon,
                "n_positions": self.context, "n_head": self.heads, "n_layer": self.layers,
                "scale_attn_weights": scaled.0, "scale_attn_by_inverse_layer_idx": scaled.1,
                "vocab_size": self.vocabulary,
            }),
        }
    }

    fn checked(self) -> Result<Self, EncoderError> {
        let sizes = [
            ("the number of layers", self.layers),
            ("the number of heads", self.heads),
            ("the width", self.width),
            ("the width of the perceptrons", self.inner),
            ("the number of positions", self.context),
            ("the vocabulary", self.vocabulary),
            ("the number of segment types", self.segments),
        ];
        if let Some((field, _)) = sizes.into_iter().find(|(_, n)| *n == 0) {
            return Err(EncoderError::Config {
                field,
                found: "0".to_owned(),
                expected: "it must be positive",
            });
        }
        if !self.width.is_multiple_of(self.heads) {
            return Err(EncoderError::HeadDimension { width: self.width, heads: self.heads });
        }
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            let found = self.epsilon.to_string();
            return Err(EncoderError::Config {
                field: "the normalisation's epsilon",
                found,
                expected: "it must be positive",
            });
        }
        Ok(self)
    }
}

impl Inner {
    fn parse(field: &'static str, name: &str) -> Result<Self, EncoderError> {
        match name {
            "gelu" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            found => Err(EncoderError::Variant {
                field,
                found: format!("`{found}`"),
                expected: "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are known",
            }),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_new",
            Self::Relu => "relu",
        }
    }
}

/// BERT's fields. Sizes have no default: one that is absent is an oversight.
#[derive(Deserialize)]
struct Bert {
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    vocab_size: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "bert_epsilon")]
    layer_norm_eps: f64,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

/// GPT-2's fields.
#[derive(Deserialize)]
struct Gpt2 {
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_positions: usize,
    vocab_size: usize,
    n_inner: Option<usize>,
    #[serde(default = "gelu_new")]
    activation_function: String,
    #[serde(default = "gpt2_epsilon")]
    layer_norm_epsilon: f64,
    #[serde(default = "yes")]
    scale_attn_weights: bool,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
}

impl Bert {
    fn config(self) -> Result<EncoderConfig, EncoderError> {
        if let Some(found) = self.position_embedding_type.filter(|p| p != "absolute") {
            let field = "position_embedding_type";
            let expected = "only `absolute` position embeddings can be computed";
            return Err(EncoderError::Variant { field, found: format!("`{found}`"), expected });
        }
        if self.is_decoder {
            let (field, found) = ("is_decoder", "true".to_owned());
            let expected = "BERT can be computed as an encoder only";
            return Err(EncoderError::Variant { field, found, expected });
        }
        EncoderConfig {
            family: EncoderFamily::Bert,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            width: self.hidden_size,
            inner: self.intermediate_size,
            context: self.max_position_embeddings,
            vocabulary: self.vocab_size,
            epsilon: self.layer_norm_eps,
            activation: Inner::parse("hidden_act", &self.hidden_act)?,
            segments: self.type_vocab_size,
            scaled: Scaling::Root,
        }
        .checked()
    }
}

impl Gpt2 {
    fn config(self) -> Result<EncoderConfig, EncoderError> {
        let scaled = match (self.scale_attn_weights, self.scale_attn_by_inverse_layer_idx) {
            (true, false) => Scaling::Root,
            (true, true) => Scaling::RootAndLayer,
            (false, false) => Scaling::None,
            (false, true) => {
                return Err(EncoderError::Variant {
                    field: "scale_attn_by_inverse_layer_idx",
                    found: "true".to_owned(),
                    expected: "it can be computed together with scale_attn_weights only",
                });
            }
        };
        EncoderConfig {
            family: EncoderFamily::Gpt2,
            layers: self.n_layer,
            heads: self.n_head,
            width: self.n_embd,
            inner: self.n_inner.unwrap_or(4 * self.n_embd),
            context: self.n_positions,
            vocabulary: self.vocab_size,
            epsilon: self.layer_norm_epsilon,
            activation: Inner::parse("activation_function", &self.activation_function)?,
            segments: 1,
            scaled,
        }
        .checked()
    }
}

fn two() -> usize {
    2
}

fn yes() -> bool {
    true
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn gelu_new() -> String {
    "gelu_new".to_owned()
}

fn bert_epsilon() -> f64 {
    1e-12
}

fn gpt2_epsilon() -> f64 {
    1e-5
}
