//! A checkpoint on the host: configuration, weights in f32, tokenizer.

use super::config::EncoderConfig;
use super::error::EncoderError;
use super::files::{CONFIG, Directory, Weights, io};
use super::names::{Wanted, wanted};
use super::tensors::{HostTensor, Stored, serialize};
use super::text::{Overlong, Text, Tokens};
use super::vocabulary::read_tokenizer;
use relata_relations::{Seed, Stream};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A checkpoint of an encoder: shape, weights, tokenizer.
///
/// Weights of 16 and 64 bits become f32, whatever the default type of a device is. Tensors that the
/// encoder does not need (pooling, language-model heads) are not read.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    config: EncoderConfig,
    tensors: BTreeMap<String, HostTensor>,
    text: Text,
    files: Vec<PathBuf>,
}

impl Checkpoint {
    /// Reads a directory with `config.json`, `model.safetensors` or `model.safetensors.index.json`
    /// and the shards that it names, and a tokenizer: `tokenizer.json`, or else `vocab.txt` (word
    /// pieces), or `vocab.json` and `merges.txt` (byte pairs). Names of tensors may have a prefix
    /// (`bert.`, `transformer.`); theirs here have none. Where config.json names no architecture,
    /// the tensors tell.
    ///
    /// # Errors
    /// [`EncoderError`] says which file, field or tensor is absent, damaged, misshapen or not
    /// finite.
    pub fn read(path: &Path) -> Result<Self, EncoderError> {
        let mut dir = Directory::open(path)?;
        let config = dir.text(CONFIG)?;
        // What config.json says wrong is said before gigabytes are read.
        EncoderConfig::named_family(&EncoderConfig::raw(&config)?)?;
        let weights = Weights::open(&mut dir)?;
        let config = weights.config(&dir, &config)?;
        let text = read_tokenizer(&mut dir, config.family)?;
        let tensors = weights.tensors(&mut dir, &config)?;
        let mut files = dir.read;
        files.sort();
        files.dedup();
        Ok(Self { config, tensors, text, files })
    }

    /// A checkpoint with random weights: normal of deviation `deviation`, biases too, gains around one.
    /// Every tensor has its own stream of the seed, so that one that is replaced leaves the
    /// others as they were.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`] if the text does not describe a tokenizer.
    pub fn random(
        config: EncoderConfig,
        tokenizer: &str,
        deviation: f64,
        seed: Seed,
    ) -> Result<Self, EncoderError> {
        let text = Text::parse(tokenizer)?;
        let draw = |w: Wanted| {
            let mut s: Stream = seed.stream(&format!("checkpoint/{}", w.name));
            let centre = if w.gain { 1.0 } else { 0.0 };
            let count: usize = w.shape.iter().product();
            let values = (0..count).map(|_| (centre + deviation * s.normal()) as f32).collect();
            (w.name, HostTensor { shape: w.shape, values })
        };
        let tensors = wanted(&config).into_iter().map(draw).collect();
        Ok(Self { config, tensors, text, files: Vec::new() })
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The tokenizer.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The files that it was read from, in order; none if it was not read.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The tokens of a text for this model, as [`Text::tokens`] makes them, all with an embedding.
    ///
    /// # Errors
    /// Those of [`Text::tokens`]; [`EncoderError::Unembedded`].
    pub fn tokens(&self, text: &str, overlong: Overlong) -> Result<Vec<Tokens>, EncoderError> {
        self.text.embedded_tokens(text, self.config.context, self.config.vocabulary, overlong)
    }

    /// The tensor of that name, without prefix; for instance
    /// `encoder.layer.0.attention.self.query.weight`, `[out, in]`, of BERT and
    /// `h.0.attn.c_attn.weight`, `[in, 3 out]`, of GPT-2.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&HostTensor> {
        self.tensors.get(name)
    }

    /// The same, to change its entries.
    pub fn tensor_mut(&mut self, name: &str) -> Option<&mut HostTensor> {
        self.tensors.get_mut(name)
    }

    /// Writes the directory that [`Checkpoint::read`] reads, in files of at most `shard` tensors.
    ///
    /// # Errors
    /// [`EncoderError::Io`]
    pub fn write(&self, dir: &Path, stored: Stored, shard: usize) -> Result<(), EncoderError> {
        write_checkpoint(dir, &self.config.to_json(), &self.text, &self.tensors, stored, shard)
    }

    /// A tensor that every checkpoint of this family has: reading and drawing both make all of
    /// them.
    pub(crate) fn required(&self, name: &str) -> Result<&HostTensor, EncoderError> {
        let layers = self.config.layers;
        self.tensors.get(name).ok_or_else(|| EncoderError::Missing { name: name.to_owned(), layers })
    }
}

/// Writes config.json, tokenizer.json and the tensors, in files of at most `shard` tensors.
pub(crate) fn write_checkpoint(
    dir: &Path,
    config: &serde_json::Value,
    text: &Text,
    tensors: &BTreeMap<String, HostTensor>,
    stored: Stored,
    shard: usize,
) -> Result<(), EncoderError> {
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes).map_err(|e| io(&path, e))
    };
    std::fs::create_dir_all(dir).map_err(|e| io(dir, e))?;
    put("config.json", config.to_string().as_bytes())?;
    put("tokenizer.json", text.to_json()?.as_bytes())?;
    let all: Vec<(&String, &HostTensor)> = tensors.iter().collect();
    let groups: Vec<_> = all.chunks(shard.max(1)).collect();
    let mut map = serde_json::Map::new();
    for (k, group) in groups.iter().enumerate() {
        let file = match groups.len() {
            1 => "model.safetensors".to_owned(),
            n => format!("model-{:05}-of-{n:05}.safetensors", k + 1),
        };
        map.extend(group.iter().map(|(name, _)| ((*name).clone(), file.clone().into())));
        let path = dir.join(&file);
        let bytes = serialize(group, stored)
            .map_err(|reason| EncoderError::Corrupt { path: path.clone(), reason })?;
        put(&file, &bytes)?;
    }
    if groups.len() > 1 {
        let index = serde_json::json!({ "weight_map": map });
        put("model.safetensors.index.json", index.to_string().as_bytes())?;
    }
    Ok(())
}
