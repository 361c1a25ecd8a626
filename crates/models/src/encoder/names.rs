//! The tensors of each family, their names and shapes.

use super::config::EncoderConfig;
use super::family::EncoderFamily;
use super::fields::RELATIVE_BUCKETS;

/// A tensor that an encoder needs.
pub(crate) struct Wanted {
    /// Its name, without prefix.
    pub(crate) name: String,
    /// What early files called it.
    old: Option<String>,
    /// The output layer that shares its entries, with its whole name: some files keep that alone.
    tied: Option<&'static str>,
    pub(crate) shape: Vec<usize>,
    /// Whether it multiplies (and is around 1) in a normalisation.
    pub(crate) gain: bool,
}

impl Wanted {
    /// All names that it may have behind a prefix, the usual first.
    pub(crate) fn names(&self, prefix: &str) -> impl Iterator<Item = String> {
        let own = [Some(self.name.as_str()), self.old.as_deref()].into_iter().flatten();
        let own: Vec<String> = own.map(|n| format!("{prefix}{n}")).collect();
        own.into_iter().chain(self.tied.map(str::to_owned))
    }
}

/// The names of the embeddings and what belongs to them, without `.weight`.
pub(crate) struct EmbeddingNames {
    pub(crate) words: &'static str,
    pub(crate) positions: &'static str,
    pub(crate) segments: Option<&'static str>,
    /// The output layer of the words.
    tied: &'static str,
    /// From the embeddings' own dimension to the width, where they differ.
    pub(crate) projection: &'static str,
    /// The biases of scores by relative position.
    pub(crate) relative: Option<&'static str>,
    /// The normalisation of the embeddings, in GPT-2 of the output.
    pub(crate) norm: &'static str,
}

/// The names of the parts of a block, without `.weight` and `.bias`.
pub(crate) struct BlockNames {
    pub(crate) projections: ProjectionNames,
    pub(crate) attended: String,
    pub(crate) attention_norm: String,
    pub(crate) wide: String,
    pub(crate) narrow: String,
    pub(crate) inner_norm: String,
}

/// Queries, keys and values.
pub(crate) enum ProjectionNames {
    /// A layer each.
    Three([String; 3]),
    /// One layer, side by side.
    Fused(String),
}

impl EncoderFamily {
    pub(crate) fn embedding_names(self) -> EmbeddingNames {
        let bert = EmbeddingNames {
            words: "embeddings.word_embeddings",
            positions: "embeddings.position_embeddings",
            segments: Some("embeddings.token_type_embeddings"),
            tied: "cls.predictions.decoder.weight",
            projection: "embeddings_project",
            relative: None,
            norm: "embeddings.LayerNorm",
        };
        match self {
            Self::Bert => bert,
            Self::Gpt2 => EmbeddingNames {
                words: "wte",
                positions: "wpe",
                segments: None,
                tied: "lm_head.weight",
                norm: "ln_f",
                ..bert
            },
            Self::DistilBert => EmbeddingNames { segments: None, tied: "vocab_projector.weight", ..bert },
            Self::Roberta => EmbeddingNames { tied: "lm_head.decoder.weight", ..bert },
            Self::Mpnet => EmbeddingNames {
                segments: None,
                tied: "lm_head.decoder.weight",
                relative: Some("encoder.relative_attention_bias"),
                ..bert
            },
            Self::Electra => EmbeddingNames { tied: "generator_lm_head.weight", ..bert },
        }
    }

    pub(crate) fn block_names(self, layer: usize) -> BlockNames {
        let bert = |attention: &str, parts: [&str; 3], attended: &str, norm: &str| {
            let p = format!("encoder.layer.{layer}");
            BlockNames {
                projections: ProjectionNames::Three(
                    parts.map(|part| format!("{p}.attention.{attention}.{part}")),
                ),
                attended: format!("{p}.attention.{attended}"),
                attention_norm: format!("{p}.attention.{norm}"),
                wide: format!("{p}.intermediate.dense"),
                narrow: format!("{p}.output.dense"),
                inner_norm: format!("{p}.output.LayerNorm"),
            }
        };
        match self {
            Self::Bert | Self::Roberta | Self::Electra => {
                bert("self", ["query", "key", "value"], "output.dense", "output.LayerNorm")
            }
            Self::Mpnet => bert("attn", ["q", "k", "v"], "attn.o", "LayerNorm"),
            Self::DistilBert => {
                let p = format!("transformer.layer.{layer}");
                BlockNames {
                    projections: ProjectionNames::Three(
                        ["q_lin", "k_lin", "v_lin"].map(|part| format!("{p}.attention.{part}")),
                    ),
                    attended: format!("{p}.attention.out_lin"),
                    attention_norm: format!("{p}.sa_layer_norm"),
                    wide: format!("{p}.ffn.lin1"),
                    narrow: format!("{p}.ffn.lin2"),
                    inner_norm: format!("{p}.output_layer_norm"),
                }
            }
            Self::Gpt2 => {
                let p = format!("h.{layer}");
                BlockNames {
                    projections: ProjectionNames::Fused(format!("{p}.attn.c_attn")),
                    attended: format!("{p}.attn.c_proj"),
                    attention_norm: format!("{p}.ln_1"),
                    wide: format!("{p}.mlp.c_fc"),
                    narrow: format!("{p}.mlp.c_proj"),
                    inner_norm: format!("{p}.ln_2"),
                }
            }
        }
    }

    /// The endings of names, one of which every checkpoint of the family has.
    pub(crate) fn telling_endings(self) -> [&'static str; 2] {
        match self {
            Self::Gpt2 => ["wte.weight", "wpe.weight"],
            _ => ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"],
        }
    }
}

/// Everything that an encoder needs.
pub(crate) fn wanted(c: &EncoderConfig) -> Vec<Wanted> {
    let mut all = Vec::new();
    let (d, m, e) = (c.width, c.inner, c.embedding);
    let names = c.family.embedding_names();
    let matrix = |name: &str, shape: [usize; 2]| {
        let name = format!("{name}.weight");
        Wanted { name, old: None, tied: None, shape: shape.to_vec(), gain: false }
    };
    all.push(Wanted { tied: Some(names.tied), ..matrix(names.words, [c.vocabulary, e]) });
    all.push(matrix(names.positions, [c.context + c.offset(), e]));
    if let Some(segments) = names.segments {
        all.push(matrix(segments, [c.segments, e]));
    }
    if let Some(relative) = names.relative {
        all.push(matrix(relative, [RELATIVE_BUCKETS, c.heads]));
    }
    let mut linear = |name: &str, from: usize, to: usize| {
        // GPT-2's linear layers are stored input first.
        all.push(matrix(name, if c.family == EncoderFamily::Gpt2 { [from, to] } else { [to, from] }));
        all.push(Wanted { shape: vec![to], name: format!("{name}.bias"), ..matrix(name, [0, 0]) });
    };
    if e != d {
        linear(names.projection, e, d);
    }
    let mut norms = vec![(names.norm.to_owned(), if c.family == EncoderFamily::Gpt2 { d } else { e })];
    for l in 0..c.layers {
        let block = c.family.block_names(l);
        match &block.projections {
            ProjectionNames::Three(three) => three.iter().for_each(|name| linear(name, d, d)),
            ProjectionNames::Fused(name) => linear(name, d, 3 * d),
        }
        linear(&block.attended, d, d);
        linear(&block.wide, d, m);
        linear(&block.narrow, m, d);
        norms.extend([(block.attention_norm, d), (block.inner_norm, d)]);
    }
    for (name, size) in norms {
        for (ending, early, gain) in [("weight", "gamma", true), ("bias", "beta", false)] {
            let old = (c.family != EncoderFamily::Gpt2).then(|| format!("{name}.{early}"));
            all.push(Wanted { name: format!("{name}.{ending}"), old, tied: None, shape: vec![size], gain });
        }
    }
    all
}
