//! What config.json says, as far as it matters here.

use super::error::EncoderError;
use super::family::EncoderFamily;
use super::fields::{self, PADDING, bert_epsilon, gpt2_epsilon};
use serde_json::Value;

/// More layers are a damaged file: the deepest encoders have some hundred.
const MAX_LAYERS: usize = 4096;

/// No side of a tensor is longer: it would have more entries than memory has bytes.
const MAX_SIZE: usize = 1 << 40;

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
    /// Kinds of segments, where the family has segments.
    pub(crate) segments: usize,
    /// Whether scores are divided by `sqrt(d_head)`.
    pub(crate) scaled: Scaling,
    /// The dimension of the embeddings: the width, but in ELECTRA.
    pub(crate) embedding: usize,
    /// The padding token, where positions are numbered from one above it.
    pub(crate) padding: Option<u32>,
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
            EncoderFamily::Gpt2 => (gpt2_epsilon(), Inner::GeluTanh, 1),
            EncoderFamily::Roberta => (1e-5, Inner::Gelu, 1),
            EncoderFamily::Mpnet => (1e-5, Inner::Gelu, 1),
            EncoderFamily::DistilBert => (bert_epsilon(), Inner::Gelu, 1),
            EncoderFamily::Bert | EncoderFamily::Electra => (bert_epsilon(), Inner::Gelu, 2),
        };
        let scaled = Scaling::Root;
        let offset = matches!(family, EncoderFamily::Roberta | EncoderFamily::Mpnet);
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
            embedding: width,
            padding: offset.then_some(PADDING),
        }
        .checked()
    }

    /// Reads the text of a config.json.
    ///
    /// # Errors
    /// [`EncoderError::Architecture`] names an architecture that cannot be read,
    /// [`EncoderError::Variant`] a setting; otherwise as [`EncoderConfig::new`].
    pub fn parse(text: &str) -> Result<Self, EncoderError> {
        let raw = Self::raw(text)?;
        let family = Self::named_family(&raw)?.ok_or_else(|| EncoderError::Config {
            field: "model_type",
            found: "missing".to_owned(),
            expected: "it must name the architecture, `bert` or `gpt2` for instance",
        })?;
        fields::config(family, raw)
    }

    /// The object in the text.
    pub(super) fn raw(text: &str) -> Result<Value, EncoderError> {
        let wrong =
            |found| EncoderError::Config { field: "the text", found, expected: "it must be a JSON object" };
        let raw: Value = serde_json::from_str(text).map_err(|e| wrong(format!("not JSON ({e})")))?;
        if raw.is_object() { Ok(raw) } else { Err(wrong("JSON of another kind".to_owned())) }
    }

    /// The family that `model_type` or, without it, `architectures` name; none if both are absent.
    pub(super) fn named_family(raw: &Value) -> Result<Option<EncoderFamily>, EncoderError> {
        let text = |v: &Value| v.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        let kind = raw.get("model_type").and_then(text);
        let first = raw.get("architectures").and_then(|a| a.get(0)).and_then(text);
        let (family, named) = match (kind, first) {
            (Some(kind), _) => (EncoderFamily::of_model_type(&kind), kind),
            (None, Some(class)) => (EncoderFamily::of_class(&class), class),
            (None, None) => return Ok(None),
        };
        family.map(Some).ok_or(EncoderError::Architecture { found: named })
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
        fields::to_json(self)
    }

    /// The number of the first position.
    pub(crate) fn offset(&self) -> usize {
        self.padding.map_or(0, |p| p as usize + 1)
    }

    pub(super) fn checked(self) -> Result<Self, EncoderError> {
        let sizes = [
            ("the number of layers", self.layers),
            ("the number of heads", self.heads),
            ("the width", self.width),
            ("the width of the perceptrons", self.inner),
            ("the number of positions", self.context),
            ("the vocabulary", self.vocabulary),
            ("the number of segment types", self.segments),
            ("the width of the embeddings", self.embedding),
        ];
        if let Some((field, _)) = sizes.into_iter().find(|(_, n)| *n == 0) {
            return Err(EncoderError::Config {
                field,
                found: "0".to_owned(),
                expected: "it must be positive",
            });
        }
        // Before anything is made of so many layers, or sizes of so many numbers are added up.
        if let Some((field, n)) = sizes.into_iter().find(|(_, n)| *n > MAX_SIZE) {
            let found = n.to_string();
            return Err(EncoderError::Config { field, found, expected: "no tensor has so many entries" });
        }
        if self.layers > MAX_LAYERS {
            let (field, found) = ("the number of layers", self.layers.to_string());
            return Err(EncoderError::Config { field, found, expected: "it can be 4096 at most" });
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
    pub(super) fn parse(field: &'static str, name: &str) -> Result<Self, EncoderError> {
        match name {
            "gelu" | "gelu_python" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_python_tanh" | "gelu_fast" | "gelu_accurate" => {
                Ok(Self::GeluTanh)
            }
            "relu" => Ok(Self::Relu),
            found => Err(EncoderError::Variant {
                field,
                found: format!("`{found}`"),
                expected: "gelu, gelu_python, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are known",
            }),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_new",
            Self::Relu => "relu",
        }
    }
}
