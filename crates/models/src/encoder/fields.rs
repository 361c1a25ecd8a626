//! The fields of config.json, family by family.

use super::config::{EncoderConfig, Inner, Scaling};
use super::error::EncoderError;
use super::family::EncoderFamily;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Buckets of relative positions: the only number that MPNet computes with.
pub(super) const RELATIVE_BUCKETS: usize = 32;
/// The padding token of MPNet, and RoBERTa's where config.json does not say.
pub(super) const PADDING: u32 = 1;

/// What config.json says of an encoder of this family.
pub(super) fn config(family: EncoderFamily, raw: Value) -> Result<EncoderConfig, EncoderError> {
    match family {
        EncoderFamily::Gpt2 => fields::<Gpt2>(raw, &GPT2_NAMES)?.config(),
        EncoderFamily::DistilBert => fields::<DistilBert>(raw, &DISTILBERT_NAMES)?.config(),
        EncoderFamily::Bert | EncoderFamily::Roberta | EncoderFamily::Mpnet | EncoderFamily::Electra => {
            fields::<Bert>(raw, &[])?.config(family)
        }
    }
}

/// The text of config.json.
pub(super) fn to_json(c: &EncoderConfig) -> Value {
    let scaled = (c.scaled != Scaling::None, c.scaled == Scaling::RootAndLayer);
    match c.family {
        EncoderFamily::Gpt2 => json!({
            "architectures": ["GPT2Model"], "model_type": "gpt2", "activation_function": c.activation.name(),
            "n_embd": c.width, "n_inner": c.inner, "layer_norm_epsilon": c.epsilon,
            "n_positions": c.context, "n_head": c.heads, "n_layer": c.layers,
            "scale_attn_weights": scaled.0, "scale_attn_by_inverse_layer_idx": scaled.1,
            "vocab_size": c.vocabulary,
        }),
        EncoderFamily::DistilBert => json!({
            "architectures": ["DistilBertModel"], "model_type": "distilbert", "activation": c.activation.name(),
            "dim": c.width, "hidden_dim": c.inner, "max_position_embeddings": c.context,
            "n_heads": c.heads, "n_layers": c.layers, "vocab_size": c.vocabulary,
        }),
        family => {
            let mut all = json!({
                "model_type": family.name(), "hidden_act": c.activation.name(),
                "hidden_size": c.width, "intermediate_size": c.inner, "layer_norm_eps": c.epsilon,
                "max_position_embeddings": c.context + c.offset(), "num_attention_heads": c.heads,
                "num_hidden_layers": c.layers, "position_embedding_type": "absolute",
                "type_vocab_size": c.segments, "vocab_size": c.vocabulary,
            });
            if family == EncoderFamily::Electra {
                all["embedding_size"] = json!(c.embedding);
            }
            if family == EncoderFamily::Mpnet {
                all["relative_attention_num_buckets"] = json!(RELATIVE_BUCKETS);
            }
            if let Some(padding) = c.padding {
                all["pad_token_id"] = json!(padding);
            }
            all
        }
    }
}

/// Deserialises the fields; a field may have another name as well, which counts where its own is
/// absent.
fn fields<T: DeserializeOwned>(mut raw: Value, names: &[(&str, &str)]) -> Result<T, EncoderError> {
    if let Some(object) = raw.as_object_mut() {
        for (name, other) in names {
            if object.get(*name).is_none_or(Value::is_null)
                && let Some(value) = object.get(*other).cloned()
            {
                object.insert((*name).to_owned(), value);
            }
        }
    }
    serde_json::from_value(raw).map_err(|e| EncoderError::Config {
        field: "a field",
        found: e.to_string(),
        expected: "it must be as the architecture's documentation says",
    })
}

/// BERT's fields, and those that its relatives add. Sizes have no default: one that is absent is an
/// oversight.
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
    pad_token_id: Option<u32>,
    embedding_size: Option<usize>,
    relative_attention_num_buckets: Option<usize>,
}

#[derive(Deserialize)]
struct DistilBert {
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    max_position_embeddings: usize,
    vocab_size: usize,
    #[serde(default = "gelu")]
    activation: String,
}

/// Names of the library's common interface, which some files have.
const DISTILBERT_NAMES: [(&str, &str); 3] =
    [("dim", "hidden_size"), ("n_layers", "num_hidden_layers"), ("n_heads", "num_attention_heads")];

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

/// Early files call the positions `n_ctx`; the others are of the library's common interface.
const GPT2_NAMES: [(&str, &str); 5] = [
    ("n_positions", "n_ctx"),
    ("n_positions", "max_position_embeddings"),
    ("n_embd", "hidden_size"),
    ("n_layer", "num_hidden_layers"),
    ("n_head", "num_attention_heads"),
];

impl Bert {
    fn config(self, family: EncoderFamily) -> Result<EncoderConfig, EncoderError> {
        let variant = |field, found, expected| Err(EncoderError::Variant { field, found, expected });
        if let Some(found) = self.position_embedding_type.filter(|p| p != "absolute") {
            let expected = "only `absolute` position embeddings can be computed";
            return variant("position_embedding_type", format!("`{found}`"), expected);
        }
        if self.is_decoder {
            let expected = "this family can be computed as an encoder only";
            return variant("is_decoder", "true".to_owned(), expected);
        }
        let buckets = self.relative_attention_num_buckets.unwrap_or(RELATIVE_BUCKETS);
        if family == EncoderFamily::Mpnet && buckets != RELATIVE_BUCKETS {
            let expected = "MPNet can be computed with 32 buckets only";
            return variant("relative_attention_num_buckets", buckets.to_string(), expected);
        }
        let padding = match family {
            EncoderFamily::Roberta => Some(self.pad_token_id.unwrap_or(PADDING)),
            EncoderFamily::Mpnet => Some(PADDING),
            _ => None,
        };
        let offset = padding.map_or(0, |p| p as usize + 1);
        let context = self.max_position_embeddings.checked_sub(offset).ok_or(EncoderError::Config {
            field: "max_position_embeddings",
            found: self.max_position_embeddings.to_string(),
            expected: "positions are numbered from one above pad_token_id, so there must be more of them",
        })?;
        let embedding = if family == EncoderFamily::Electra { self.embedding_size } else { None }
            .unwrap_or(self.hidden_size);
        let segments = if family == EncoderFamily::Mpnet { 1 } else { self.type_vocab_size };
        EncoderConfig {
            family,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            width: self.hidden_size,
            inner: self.intermediate_size,
            context,
            vocabulary: self.vocab_size,
            epsilon: self.layer_norm_eps,
            activation: Inner::parse("hidden_act", &self.hidden_act)?,
            segments,
            scaled: Scaling::Root,
            embedding,
            padding,
        }
        .checked()
    }
}

impl DistilBert {
    fn config(self) -> Result<EncoderConfig, EncoderError> {
        EncoderConfig {
            family: EncoderFamily::DistilBert,
            layers: self.n_layers,
            heads: self.n_heads,
            width: self.dim,
            inner: self.hidden_dim,
            context: self.max_position_embeddings,
            vocabulary: self.vocab_size,
            epsilon: bert_epsilon(),
            activation: Inner::parse("activation", &self.activation)?,
            segments: 1,
            scaled: Scaling::Root,
            embedding: self.dim,
            padding: None,
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
            inner: self.n_inner.unwrap_or(self.n_embd.saturating_mul(4)),
            context: self.n_positions,
            vocabulary: self.vocab_size,
            epsilon: self.layer_norm_epsilon,
            activation: Inner::parse("activation_function", &self.activation_function)?,
            segments: 1,
            scaled,
            embedding: self.n_embd,
            padding: None,
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

pub(super) fn bert_epsilon() -> f64 {
    1e-12
}

pub(super) fn gpt2_epsilon() -> f64 {
    1e-5
}
