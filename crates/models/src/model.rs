//! A model in a directory, whatever it is.

use crate::decoder::{DecoderCheckpoint, DecoderError, DecoderFamily, named_family};
use crate::encoder::{Checkpoint, EncoderError, Overlong, Tokens};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A model that was read: an encoder (or GPT-2, seen as one), or a decoder.
#[derive(Clone, Debug)]
pub enum ModelCheckpoint {
    /// BERT, its relatives, GPT-2.
    Encoder(Checkpoint),
    /// Llama, its relatives, GPT-NeoX.
    Decoder(DecoderCheckpoint),
}

/// Why a model cannot be read.
#[derive(Debug, Error)]
pub enum ModelError {
    /// What reading an encoder says.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// What reading a decoder says.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
}

impl ModelCheckpoint {
    /// Reads the directory as what its config.json says that it is.
    ///
    /// # Errors
    /// [`ModelError`]
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let config = std::fs::read_to_string(path.join("config.json")).ok();
        let raw = config.and_then(|text| serde_json::from_str(&text).ok());
        let family = raw.as_ref().and_then(named_family).filter(|f| *f != DecoderFamily::Gpt2);
        Ok(match family {
            Some(_) => Self::Decoder(DecoderCheckpoint::read(path)?),
            None => Self::Encoder(Checkpoint::read(path)?),
        })
    }

    /// The name of the family.
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self {
            Self::Encoder(c) => c.config().family.name(),
            Self::Decoder(c) => c.config().family.name(),
        }
    }

    /// Layers, and heads of each.
    #[must_use]
    pub fn heads(&self) -> [usize; 2] {
        match self {
            Self::Encoder(c) => [c.config().layers, c.config().heads],
            Self::Decoder(c) => [c.config().layers, c.config().heads],
        }
    }

    /// The most tokens that are read at once.
    #[must_use]
    pub fn context(&self) -> usize {
        match self {
            Self::Encoder(c) => c.config().context,
            Self::Decoder(c) => c.config().context,
        }
    }

    /// The tokens of a text, all with an embedding.
    ///
    /// # Errors
    /// As [`Checkpoint::tokens`].
    pub fn tokens(&self, text: &str, overlong: Overlong) -> Result<Vec<Tokens>, ModelError> {
        Ok(match self {
            Self::Encoder(c) => c.tokens(text, overlong)?,
            Self::Decoder(c) => c.tokens(text, overlong)?,
        })
    }

    /// The files that it was read from, in order.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Self::Encoder(c) => c.files(),
            Self::Decoder(c) => c.files(),
        }
    }
}
