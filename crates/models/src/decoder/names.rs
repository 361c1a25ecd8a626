//! The tensors of each family, their names and shapes.

use super::config::{DecoderConfig, Unembedding};
use super::family::DecoderFamily;

/// A tensor that a decoder needs.
pub(super) struct Wanted {
    /// Its name, without prefix.
    pub(super) name: String,
    /// Another, whole name that it may have.
    other: Option<&'static str>,
    pub(super) shape: Vec<usize>,
    /// What its entries are near: 1 for gains, 0 for all else.
    pub(super) centre: f64,
}

impl Wanted {
    /// All names that it may have behind a prefix, the usual first.
    pub(super) fn names(&self, prefix: &str) -> [Option<String>; 3] {
        [Some(format!("{prefix}{}", self.name)), Some(self.name.clone()), self.other.map(str::to_owned)]
    }
}

/// The names of the parts of a block, without `.weight` and `.bias`.
pub(super) struct BlockNames {
    pub(super) projections: ProjectionNames,
    pub(super) attended: String,
    pub(super) norms: [String; 2],
    /// Of queries and of keys.
    pub(super) head_norms: Option<[String; 2]>,
    /// The gate, where there is one.
    pub(super) gate: Option<String>,
    pub(super) wide: String,
    pub(super) narrow: String,
}

/// Queries, keys and values.
pub(super) enum ProjectionNames {
    /// A map each.
    Three([String; 3]),
    /// One map, the three side by side (GPT-2, stored input first).
    Fused(String),
    /// One map, the three of each head side by side (GPT-NeoX).
    FusedByHead(String),
}

impl DecoderFamily {
    pub(super) fn embedding(self) -> &'static str {
        match self {
            Self::GptNeox => "embed_in.weight",
            Self::Gpt2 => "wte.weight",
            _ => "embed_tokens.weight",
        }
    }

    /// The matrix of logits, with its whole name.
    pub(super) fn unembedding(self) -> &'static str {
        if self == Self::GptNeox { "embed_out.weight" } else { "lm_head.weight" }
    }

    /// The last normalisation.
    pub(super) fn last_norm(self) -> &'static str {
        match self {
            Self::GptNeox => "final_layer_norm",
            Self::Gpt2 => "ln_f",
            _ => "norm",
        }
    }

    pub(super) fn block(self, layer: usize) -> BlockNames {
        match self {
            Self::GptNeox => {
                let p = format!("layers.{layer}");
                BlockNames {
                    projections: ProjectionNames::FusedByHead(format!("{p}.attention.query_key_value")),
                    attended: format!("{p}.attention.dense"),
                    norms: ["input_layernorm", "post_attention_layernorm"].map(|n| format!("{p}.{n}")),
                    head_norms: None,
                    gate: None,
                    wide: format!("{p}.mlp.dense_h_to_4h"),
                    narrow: format!("{p}.mlp.dense_4h_to_h"),
                }
            }
            Self::Gpt2 => {
                let p = format!("h.{layer}");
                BlockNames {
                    projections: ProjectionNames::Fused(format!("{p}.attn.c_attn")),
                    attended: format!("{p}.attn.c_proj"),
                    norms: ["ln_1", "ln_2"].map(|n| format!("{p}.{n}")),
                    head_norms: None,
                    gate: None,
                    wide: format!("{p}.mlp.c_fc"),
                    narrow: format!("{p}.mlp.c_proj"),
                }
            }
            _ => {
                let p = format!("layers.{layer}");
                let attention = |part: &str| format!("{p}.self_attn.{part}");
                BlockNames {
                    projections: ProjectionNames::Three(["q_proj", "k_proj", "v_proj"].map(attention)),
                    attended: attention("o_proj"),
                    norms: ["input_layernorm", "post_attention_layernorm"].map(|n| format!("{p}.{n}")),
                    head_norms: (self == Self::Qwen3).then(|| ["q_norm", "k_norm"].map(attention)),
                    gate: Some(format!("{p}.mlp.gate_proj")),
                    wide: format!("{p}.mlp.up_proj"),
                    narrow: format!("{p}.mlp.down_proj"),
                }
            }
        }
    }
}

/// The learned positions of GPT-2.
pub(super) const POSITIONS: &str = "wpe.weight";

/// Everything that a decoder needs.
pub(super) fn wanted(c: &DecoderConfig) -> Vec<Wanted> {
    let (d, m, h) = (c.width, c.inner, c.head_dimension);
    let (queries, keys) = (c.heads * h, c.key_heads * h);
    let one = |name: String, shape: Vec<usize>, centre: f64| Wanted { name, other: None, shape, centre };
    let own = c.unembedding == Unembedding::Own;
    let tied = (!own).then(|| c.family.unembedding());
    let words = one(c.family.embedding().to_owned(), vec![c.vocabulary, d], 0.0);
    let mut all = vec![Wanted { other: tied, ..words }];
    if own {
        all.push(one(c.family.unembedding().to_owned(), vec![c.vocabulary, d], 0.0));
    }
    if c.family.has_positions() {
        all.push(one(POSITIONS.to_owned(), vec![c.context, d], 0.0));
    }
    let input_first = c.family == DecoderFamily::Gpt2;
    // Gemma's gains are stored less 1.
    let centre = if c.family == DecoderFamily::Gemma { 0.0 } else { 1.0 };
    let mut norms = vec![c.family.last_norm().to_owned()];
    for l in 0..c.layers {
        let block = c.family.block(l);
        let mut linear = |name: &str, from: usize, to: usize, bias: bool| {
            let shape = if input_first { vec![from, to] } else { vec![to, from] };
            all.push(one(format!("{name}.weight"), shape, 0.0));
            all.extend(bias.then(|| one(format!("{name}.bias"), vec![to], 0.0)));
        };
        let b = c.biases;
        match &block.projections {
            ProjectionNames::Three([q, k, v]) => {
                linear(q, d, queries, b.projections);
                linear(k, d, keys, b.projections);
                linear(v, d, keys, b.projections);
            }
            ProjectionNames::Fused(name) | ProjectionNames::FusedByHead(name) => {
                linear(name, d, 3 * queries, b.projections);
            }
        }
        linear(&block.attended, queries, d, b.attended);
        if let Some(gate) = &block.gate {
            linear(gate, d, m, b.perceptron);
        }
        linear(&block.wide, d, m, b.perceptron);
        linear(&block.narrow, m, d, b.perceptron);
        for name in block.head_norms.into_iter().flatten() {
            all.push(one(format!("{name}.weight"), vec![h], 1.0));
        }
        norms.extend(block.norms);
    }
    for name in norms {
        all.push(one(format!("{name}.weight"), vec![d], centre));
        if c.family.centres() {
            all.push(one(format!("{name}.bias"), vec![d], 0.0));
        }
    }
    all
}
