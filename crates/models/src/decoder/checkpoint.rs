//! A decoder on the host: its shape, its tokenizer, and where its weights are.

use super::config::DecoderConfig;
use super::error::DecoderError;
use super::names::wanted;
use super::shards::Shards;
use crate::encoder::files::{CONFIG, Directory, ends_with};
use crate::encoder::vocabulary::read_decoder_tokenizer;
use crate::encoder::{EncoderError, HostTensor, Overlong, Stored, Text, Tokens, write_checkpoint};
use relata_relations::{Seed, Stream};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A decoder: shape, tokenizer, weights.
///
/// Weights that were read stay in their files, in the precision of these, until a tensor is asked
/// for; it then becomes f32.
#[derive(Clone, Debug)]
pub struct DecoderCheckpoint {
    config: DecoderConfig,
    /// Weights in memory, by name without prefix.
    tensors: BTreeMap<String, HostTensor>,
    /// Weights in files: their names there by name without prefix.
    stored: Option<(Shards, BTreeMap<String, String>)>,
    text: Text,
    files: Vec<PathBuf>,
}

impl DecoderCheckpoint {
    /// Opens a directory with `config.json`, `model.safetensors` or its index and shards, and
    /// `tokenizer.json` (or GPT-2's `vocab.json` and `merges.txt`). Names of tensors may have a
    /// prefix (`model.`, `gpt_neox.`, `transformer.`); here they have none.
    ///
    /// # Errors
    /// [`DecoderError`] says which file, field or tensor is absent, damaged or misshapen.
    pub fn read(path: &Path) -> Result<Self, DecoderError> {
        let mut dir = Directory::open(path)?;
        let config = DecoderConfig::parse(&dir.text(CONFIG)?)?;
        let shards = Shards::open(&mut dir)?;
        let ending = config.family.embedding();
        let prefix =
            shards.names().find_map(|n| ends_with(n, ending).then(|| n.strip_suffix(ending)).flatten());
        let only_tied = shards.names().any(|n| n == config.family.unembedding());
        let prefix = match prefix {
            Some(prefix) => prefix.to_owned(),
            None if only_tied => "model.".to_owned(),
            None => return Err(DecoderError::Foreign { family: config.family, ending }),
        };
        let mut names = BTreeMap::new();
        for w in wanted(&config) {
            let name = shards.find(&w, &prefix, config.layers)?;
            names.insert(w.name, name);
        }
        let text = read_decoder_tokenizer(&mut dir, config.family)?;
        let mut files = dir.read;
        files.sort();
        files.dedup();
        Ok(Self { config, tensors: BTreeMap::new(), stored: Some((shards, names)), text, files })
    }

    /// A checkpoint with random weights: normal of deviation `deviation`, biases too, gains around
    /// one. Every tensor has its own stream of the seed.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`] if the text does not describe a tokenizer.
    pub fn random(
        config: DecoderConfig,
        tokenizer: &str,
        deviation: f64,
        seed: Seed,
    ) -> Result<Self, DecoderError> {
        let text = Text::parse(tokenizer)?;
        let mut tensors = BTreeMap::new();
        for w in wanted(&config) {
            let mut s: Stream = seed.stream(&format!("decoder/{}", w.name));
            let count: usize = w.shape.iter().product();
            let values = (0..count).map(|_| (w.centre + deviation * s.normal()) as f32).collect();
            tensors.insert(w.name, HostTensor { shape: w.shape, values });
        }
        Ok(Self { config, tensors, stored: None, text, files: Vec::new() })
    }

    /// The shape.
    #[must_use]
    pub fn config(&self) -> &DecoderConfig {
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

    /// The tokens of a text for this model, all with an embedding.
    ///
    /// # Errors
    /// Those of [`Text::tokens`]; [`EncoderError::Unembedded`].
    pub fn tokens(&self, text: &str, overlong: Overlong) -> Result<Vec<Tokens>, DecoderError> {
        Ok(self.text.embedded_tokens(text, self.config.context, self.config.vocabulary, overlong)?)
    }

    /// The tensor of that name, without prefix; for instance `layers.0.self_attn.q_proj.weight`,
    /// `[out, in]`.
    ///
    /// # Errors
    /// [`EncoderError::Missing`] if the model has no such tensor; otherwise what reading it says.
    pub fn tensor(&self, name: &str) -> Result<Cow<'_, HostTensor>, DecoderError> {
        if let Some(tensor) = self.tensors.get(name) {
            return Ok(Cow::Borrowed(tensor));
        }
        let stored = self.stored.as_ref().and_then(|(shards, names)| Some((shards, names.get(name)?)));
        let layers = self.config.layers;
        let missing = || EncoderError::Missing { name: name.to_owned(), layers };
        let (shards, stored) = stored.ok_or_else(missing)?;
        Ok(Cow::Owned(shards.read(stored)?))
    }

    /// The same, to change its entries, which must stay finite; it is kept in memory.
    ///
    /// # Errors
    /// As [`DecoderCheckpoint::tensor`].
    pub fn tensor_mut(&mut self, name: &str) -> Result<&mut HostTensor, DecoderError> {
        let tensor = self.tensor(name)?.into_owned();
        Ok(self.tensors.entry(name.to_owned()).or_insert(tensor))
    }

    /// The names of all tensors, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = wanted(&self.config).into_iter().map(|w| w.name).collect();
        names.sort_unstable();
        names
    }

    /// Writes the directory that [`DecoderCheckpoint::read`] reads, in files of at most `shard`
    /// tensors.
    ///
    /// # Errors
    /// [`EncoderError::Io`]; what reading a tensor says.
    pub fn write(&self, dir: &Path, stored: Stored, shard: usize) -> Result<(), DecoderError> {
        let all = self
            .names()
            .into_iter()
            .map(|name| Ok((name.clone(), self.tensor(&name)?.into_owned())))
            .collect::<Result<BTreeMap<_, _>, DecoderError>>()?;
        Ok(write_checkpoint(dir, &self.config.to_json(), &self.text, &all, stored, shard)?)
    }
}
