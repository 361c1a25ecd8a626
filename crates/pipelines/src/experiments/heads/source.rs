//! Which models are analysed, on which text, and what their heads saw of it.

use super::page::PAGE;
use super::plan::Model;
use anyhow::{Context as _, anyhow};
use relata_attention::head::{Head, Visibility};
use relata_models::encoder::{
    Checkpoint, Encoder, EncoderConfig, EncoderError, EncoderFamily, HeadWeights, Overlong, Tokens,
    tiny_tokenizer,
};
use relata_relations::Seed;
use relata_relations::faer::Mat;
use relata_training::NetworkDevice;
use std::path::{Path, PathBuf};

/// A checkpoint and a text.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) checkpoint: Checkpoint,
    pub(super) text: String,
}

/// Why a model or a text cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeadsError {
    /// The checkpoint, or its tokenizer's opinion of the text.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A file that cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A text in which no query sees two keys.
    #[error(
        "{text} is a single token to this model, special ones included: no query has two keys to choose from; give a \
         text of more words"
    )]
    SingleToken {
        /// The text's file, or what stands for it.
        text: String,
    },
    /// The request could not be written down.
    #[error("the request cannot be recorded: {0}")]
    Record(serde_json::Error),
}

impl Given {
    /// Reads a checkpoint and a text (the built-in page if none is given); the hash of everything
    /// read comes with them.
    pub(super) fn read(model: &Path, text: Option<&Path>) -> Result<(Self, String), HeadsError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| HeadsError::Io { path, source }
        };
        let named = text;
        let text = match named {
            None => PAGE.to_owned(),
            Some(path) => std::fs::read_to_string(path).map_err(io(path))?,
        };
        let checkpoint = Checkpoint::read(model)?;
        // What cannot be read is refused now rather than in every cell.
        let context = checkpoint.config().context;
        let windows = checkpoint.tokens(&text, Overlong::Windows(context))?;
        if windows.iter().all(|w| w.ids.len() < 2) {
            let text = named.map_or_else(|| "the page".to_owned(), |path| path.display().to_string());
            return Err(HeadsError::SingleToken { text });
        }
        let mut hasher = blake3::Hasher::new();
        for path in checkpoint.files() {
            let bytes = std::fs::read(path).map_err(io(path))?;
            hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
        hasher.update(text.as_bytes());
        Ok((Self { checkpoint, text }, hasher.finalize().to_hex().to_string()))
    }
}

/// What the heads of a model saw: everything that their analysis needs.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) config: EncoderConfig,
    pub(super) visibility: Visibility,
    /// Tokens of the whole text, special ones included.
    pub(super) tokens: usize,
    pub(super) windows: Vec<Window>,
    heads: Vec<Head>,
}

/// A part of the text that was read at once.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) tokens: Tokens,
    /// What the attention of each layer reads.
    pub(super) read: Vec<Mat<f64>>,
    /// What relative positions add to the scores, head by head; empty where they add nothing.
    pub(super) position_bias: Vec<Mat<f64>>,
}

impl Seen {
    /// Reads the text on the device, at most `windows` windows of at most `length` tokens.
    pub(super) fn new(
        checkpoint: &Checkpoint,
        text: &str,
        length: usize,
        windows: usize,
        device: &NetworkDevice,
    ) -> anyhow::Result<Self> {
        let encoder = Encoder::new(checkpoint, device)?;
        let config = encoder.config().clone();
        let overlong = Overlong::Windows(length.min(config.context));
        let all = checkpoint.tokens(text, overlong)?;
        let tokens = all.iter().map(|w| w.ids.len()).sum();
        let windows = all
            .into_iter()
            .take(windows)
            .map(|tokens| {
                let trace = encoder.trace(&tokens.ids)?;
                let read = trace.layers().iter().map(|l| l.read.clone()).collect();
                let bias = |head| trace.position_bias(head).map(|b| b.to_owned());
                let position_bias = (0..config.heads).filter_map(bias).collect();
                Ok(Window { tokens, read, position_bias })
            })
            .collect::<Result<Vec<_>, EncoderError>>()?;
        let mut heads = Vec::with_capacity(config.layers * config.heads);
        for layer in 0..config.layers {
            for head in 0..config.heads {
                let HeadWeights { query, key, query_bias, key_bias, scale } = encoder.head(layer, head)?;
                heads.push(Head::with_biases(query, key, query_bias, key_bias, scale)?);
            }
        }
        let visibility = if config.family.is_causal() { Visibility::Causal } else { Visibility::All };
        Ok(Self { config, visibility, tokens, windows, heads })
    }

    pub(super) fn head(&self, layer: usize, head: usize) -> anyhow::Result<&Head> {
        self.heads.get(layer * self.config.heads + head).with_context(|| format!("no head {layer}.{head}"))
    }
}

/// Layers and heads of the checkpoints that are made here.
pub(super) const TINY: (usize, usize) = (2, 4);

/// The checkpoint that is made here for a family. All weights are random but those of the first
/// heads of the first layer, whose analysis is known: one with `W_K = W_Q` (symmetric, positive),
/// one with `W_K` its quarter turn (antisymmetric), one whose queries are their bias alone (a
/// utility).
pub(super) fn tiny(model: Model, seed: Seed) -> anyhow::Result<Checkpoint> {
    let family = model.family().context("a given model is not made here")?;
    let tokenizer = tiny_tokenizer(family);
    let ((layers, heads), width) = (TINY, 32);
    let config = EncoderConfig::new(family, layers, heads, width, 2 * width, 96, tokenizer.vocabulary)?;
    let mut c = Checkpoint::random(config, &tokenizer.json, 0.25, seed.child(&format!("heads/{family}")))?;
    let h = width / heads;
    // Entry (from, to) of a projection, as each family stores it.
    let fused = family == EncoderFamily::Gpt2;
    let names = if fused {
        ["h.0.attn.c_attn".to_owned(), "h.0.attn.c_attn".to_owned()]
    } else {
        ["query", "key"].map(|p| format!("encoder.layer.0.attention.self.{p}"))
    };
    let at = |part: usize, from: usize, to: usize| {
        if fused { from * 3 * width + part * width + to } else { to * width + from }
    };
    let values = |c: &Checkpoint, name: &str| -> anyhow::Result<Vec<f32>> {
        Ok(c.tensor(name).ok_or_else(|| anyhow!("no tensor {name}"))?.values().to_vec())
    };
    let query = values(&c, &format!("{}.weight", names[0]))?;
    let mut set = |part: usize, ending: &str, index: usize, value: f32| -> anyhow::Result<()> {
        let tensor = c.tensor_mut(&format!("{}.{ending}", names[part])).context("a tensor is missing")?;
        tensor.values_mut()[index] = value;
        Ok(())
    };
    for from in 0..width {
        for k in 0..h {
            set(1, "weight", at(1, from, k), query[at(0, from, k)])?;
            // (q_1, q_2) against (q_2, -q_1).
            let (other, sign) = if k % 2 == 0 { (k + 1, 1.0) } else { (k - 1, -1.0) };
            set(1, "weight", at(1, from, h + k), sign * query[at(0, from, h + other)])?;
            set(0, "weight", at(0, from, 2 * h + k), 0.0)?;
        }
    }
    // One direction is left to the queries of the third head, so that its form is not zero.
    set(0, "weight", at(0, 0, 2 * h), 1e-3)?;
    Ok(c)
}
