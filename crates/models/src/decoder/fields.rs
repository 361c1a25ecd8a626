//! The fields of config.json.

use super::config::{Biases, DecoderConfig, Gate, Residual, Unembedding};
use super::error::DecoderError;
use super::family::DecoderFamily;
use super::rotary::{Rotary, RotaryScaling};
use serde::Deserialize;
use serde_json::{Value, json};

/// The family that a config.json names; none if it names one that is not a decoder here.
pub(crate) fn named_family(raw: &Value) -> Option<DecoderFamily> {
    let kind = raw.get("model_type").and_then(Value::as_str).filter(|k| !k.is_empty());
    let class = raw.get("architectures").and_then(|a| a.get(0)).and_then(Value::as_str);
    match kind {
        Some(kind) => DecoderFamily::of_model_type(kind),
        None => DecoderFamily::of_class(class?),
    }
}

/// Sizes have no default: one that is absent is an oversight.
#[derive(Deserialize)]
struct Fields {
    #[serde(alias = "n_embd")]
    hidden_size: usize,
    #[serde(alias = "n_layer")]
    num_hidden_layers: usize,
    #[serde(alias = "n_head")]
    num_attention_heads: usize,
    #[serde(alias = "n_positions")]
    max_position_embeddings: usize,
    vocab_size: usize,
    #[serde(alias = "n_inner")]
    intermediate_size: Option<usize>,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    #[serde(alias = "layer_norm_eps", alias = "layer_norm_epsilon")]
    rms_norm_eps: Option<f64>,
    #[serde(alias = "activation_function")]
    hidden_act: Option<String>,
    hidden_activation: Option<String>,
    rope_theta: Option<f64>,
    rotary_emb_base: Option<f64>,
    rotary_pct: Option<f64>,
    rope_scaling: Option<Value>,
    rope_parameters: Option<Value>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    use_parallel_residual: Option<bool>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
}

/// What config.json says of a decoder.
pub(super) fn parse(text: &str) -> Result<DecoderConfig, DecoderError> {
    let wrong = |field, found, expected| DecoderError::Config { field, found, expected };
    let raw: Value = serde_json::from_str(text)
        .map_err(|e| wrong("the text", format!("not JSON ({e})"), "it must be a JSON object"))?;
    let family = named_family(&raw).ok_or_else(|| {
        let found = raw.get("model_type").or_else(|| raw.get("architectures"));
        DecoderError::Architecture { found: found.map_or_else(|| "missing".to_owned(), Value::to_string) }
    })?;
    let f: Fields = serde_json::from_value(raw).map_err(|e| {
        wrong("a field", e.to_string(), "it must be as the architecture's documentation says")
    })?;
    f.config(family)
}

impl Fields {
    fn config(self, family: DecoderFamily) -> Result<DecoderConfig, DecoderError> {
        let (heads, width) = (self.num_attention_heads, self.hidden_size);
        let head_dimension = match self.head_dim {
            Some(h) => h,
            None if family == DecoderFamily::Qwen3 => 128,
            None if heads > 0 && width.is_multiple_of(heads) => width / heads,
            None => return Err(DecoderError::HeadDimension { width, heads }),
        };
        if let (DecoderFamily::Gpt2, Some(false), _) | (DecoderFamily::Gpt2, _, Some(true)) =
            (family, self.scale_attn_weights, self.scale_attn_by_inverse_layer_idx)
        {
            return Err(DecoderError::Variant {
                field: "scale_attn_weights or scale_attn_by_inverse_layer_idx",
                found: "unusual".to_owned(),
                expected: "scores divided by the root of the head dimension can be computed",
            });
        }
        let rotary = if family.has_positions() { None } else { Some(self.rotary(family, head_dimension)?) };
        let windowed = family == DecoderFamily::Mistral || self.use_sliding_window == Some(true);
        // Within one window attention is the ordinary one.
        let window = self.sliding_window.filter(|_| windowed).unwrap_or(usize::MAX);
        let plain = family.centres();
        let attention_bias = self.attention_bias.unwrap_or(family == DecoderFamily::GptNeox);
        let biases = match family {
            DecoderFamily::Gpt2 => Biases { projections: true, attended: true, perceptron: true },
            DecoderFamily::Qwen2 => Biases { projections: true, attended: false, perceptron: false },
            _ => Biases {
                projections: attention_bias,
                attended: attention_bias,
                perceptron: plain || self.mlp_bias.unwrap_or(false),
            },
        };
        let tied =
            self.tie_word_embeddings.unwrap_or(matches!(family, DecoderFamily::Gemma | DecoderFamily::Gpt2));
        let inner = match (self.intermediate_size, family) {
            (Some(inner), _) => inner,
            (None, DecoderFamily::Gpt2) => width.saturating_mul(4),
            (None, _) => {
                return Err(DecoderError::Config {
                    field: "intermediate_size",
                    found: "missing".to_owned(),
                    expected: "it must be the width of the perceptrons",
                });
            }
        };
        let parallel = family == DecoderFamily::GptNeox && self.use_parallel_residual.unwrap_or(true);
        DecoderConfig {
            family,
            layers: self.num_hidden_layers,
            heads,
            key_heads: self.num_key_value_heads.filter(|_| !plain).unwrap_or(heads),
            width,
            head_dimension,
            inner,
            context: self.max_position_embeddings.min(window),
            vocabulary: self.vocab_size,
            rotary,
            unembedding: if tied { Unembedding::Tied } else { Unembedding::Own },
            epsilon: self.rms_norm_eps.unwrap_or(if plain { 1e-5 } else { 1e-6 }),
            activation: self.activation(family)?,
            biases,
            residual: if parallel { Residual::Parallel } else { Residual::Sequential },
        }
        .checked()
    }

    fn activation(&self, family: DecoderFamily) -> Result<Gate, DecoderError> {
        let named = self.hidden_activation.as_deref().or(self.hidden_act.as_deref());
        match (family, named) {
            // Gemma's first files say `gelu` and mean its approximation.
            (DecoderFamily::Gemma, None | Some("gelu")) => Ok(Gate::GeluTanh),
            (DecoderFamily::Gpt2, None) => Ok(Gate::GeluTanh),
            (DecoderFamily::GptNeox, None) => Ok(Gate::Gelu),
            (_, None) => Ok(Gate::Silu),
            (_, Some(name)) => Gate::parse(name),
        }
    }

    fn rotary(&self, family: DecoderFamily, head_dimension: usize) -> Result<Rotary, DecoderError> {
        let parameters = self.rope_parameters.as_ref().filter(|v| !v.is_null());
        let number = |name: &str| parameters.and_then(|p| p.get(name)).and_then(Value::as_f64);
        let share = number("partial_rotary_factor")
            .or(self.rotary_pct)
            .unwrap_or(if family == DecoderFamily::GptNeox { 0.25 } else { 1.0 });
        let base = number("rope_theta").or(self.rope_theta).or(self.rotary_emb_base).unwrap_or(10_000.0);
        let scaling = parameters.or(self.rope_scaling.as_ref()).unwrap_or(&Value::Null);
        let turning = (share * head_dimension as f64) as usize;
        Ok(Rotary { turning, base, scaling: RotaryScaling::parse(scaling)? })
    }
}

/// The text of config.json.
pub(super) fn to_json(c: &DecoderConfig) -> Value {
    let mut all = json!({
        "model_type": c.family.name(), "hidden_size": c.width, "num_hidden_layers": c.layers,
        "num_attention_heads": c.heads, "max_position_embeddings": c.context, "vocab_size": c.vocabulary,
        "intermediate_size": c.inner, "hidden_act": c.activation.name(),
        "tie_word_embeddings": c.unembedding == Unembedding::Tied,
    });
    let epsilon = match c.family {
        DecoderFamily::Gpt2 => "layer_norm_epsilon",
        DecoderFamily::GptNeox => "layer_norm_eps",
        _ => "rms_norm_eps",
    };
    all[epsilon] = json!(c.epsilon);
    if c.family == DecoderFamily::Gpt2 {
        return all;
    }
    all["attention_bias"] = json!(c.biases.attended);
    if let Some(r) = &c.rotary {
        all["rope_theta"] = json!(r.base);
        all["rope_scaling"] = r.scaling.to_json();
        all["rotary_pct"] = json!(r.turning as f64 / c.head_dimension as f64);
    }
    if c.family == DecoderFamily::GptNeox {
        all["rotary_emb_base"] = all["rope_theta"].clone();
        all["use_parallel_residual"] = json!(c.residual == Residual::Parallel);
    } else {
        all["num_key_value_heads"] = json!(c.key_heads);
        all["head_dim"] = json!(c.head_dimension);
        all["mlp_bias"] = json!(c.biases.perceptron);
    }
    all
}
