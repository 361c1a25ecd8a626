//! The tensors of each family, their names and shapes.

use super::config::EncoderConfig;
use super::family::EncoderFamily;

/// A tensor that an encoder needs.
pub(crate) struct Wanted {
    /// Its name, without prefix.
    pub(crate) name: String,
    /// What early files called it.
    old: Option<String>,
    pub(crate) shape: Vec<usize>,
    /// Whether it multiplies (and is around 1) in a normalisation.
    pub(crate) gain: bool,
}

impl Wanted {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        [Some(self.name.as_str()), self.old.as_deref()].into_iter().flatten()
    }
}

/// Everything that an encoder needs.
pub(crate) fn wanted(c: &EncoderConfig) -> Vec<Wanted> {
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize]| {
        all.push(Wanted { name, old: None, shape: shape.to_vec(), gain: false });
    };
    let (d, m) = (c.width, c.inner);
    match c.family {
        EncoderFamily::Bert => {
            add("embeddings.word_embeddings.weight".into(), &[c.vocabulary, d]);
            add("embeddings.position_embeddings.weight".into(), &[c.context, d]);
            add("embeddings.token_type_embeddings.weight".into(), &[c.segments, d]);
            for l in 0..c.layers {
                let p = bert_layer(l);
                for part in ["query", "key", "value"] {
                    add(format!("{p}.attention.self.{part}.weight"), &[d, d]);
                    add(format!("{p}.attention.self.{part}.bias"), &[d]);
                }
                for (part, to, from) in [("attention.output", d, d), ("intermediate", m, d), ("output", d, m)]
                {
                    add(format!("{p}.{part}.dense.weight"), &[to, from]);
                    add(format!("{p}.{part}.dense.bias"), &[to]);
                }
            }
        }
        EncoderFamily::Gpt2 => {
            add("wte.weight".into(), &[c.vocabulary, d]);
            add("wpe.weight".into(), &[c.context, d]);
            for l in 0..c.layers {
                // Its linear layers are stored input first.
                for (part, from, to) in [
                    ("attn.c_attn", d, 3 * d),
                    ("attn.c_proj", d, d),
                    ("mlp.c_fc", d, m),
                    ("mlp.c_proj", m, d),
                ] {
                    add(format!("h.{l}.{part}.weight"), &[from, to]);
                    add(format!("h.{l}.{part}.bias"), &[to]);
                }
            }
        }
    }
    for name in norms(c) {
        for (ending, early, gain) in [("weight", "gamma", true), ("bias", "beta", false)] {
            let old = (c.family == EncoderFamily::Bert).then(|| format!("{name}.{early}"));
            all.push(Wanted { name: format!("{name}.{ending}"), old, shape: vec![d], gain });
        }
    }
    all
}

/// The beginning of the names of a layer of BERT.
pub(crate) fn bert_layer(layer: usize) -> String {
    format!("encoder.layer.{layer}")
}

fn norms(c: &EncoderConfig) -> Vec<String> {
    let layers = 0..c.layers;
    match c.family {
        EncoderFamily::Bert => {
            let block = |l| {
                let p = bert_layer(l);
                [format!("{p}.attention.output.LayerNorm"), format!("{p}.output.LayerNorm")]
            };
            ["embeddings.LayerNorm".to_owned()].into_iter().chain(layers.flat_map(block)).collect()
        }
        EncoderFamily::Gpt2 => {
            let block = |l| [format!("h.{l}.ln_1"), format!("h.{l}.ln_2")];
            layers.flat_map(block).chain(["ln_f".to_owned()]).collect()
        }
    }
}
