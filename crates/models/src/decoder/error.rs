//! Why a decoder cannot be read or run.

use crate::encoder::EncoderError;
use relata_training::TensorReadError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a decoder cannot be read or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecoderError {
    /// What decoders share with encoders: files, tokenizers, texts.
    #[error(transparent)]
    Files(#[from] EncoderError),
    /// An architecture that is not known here.
    #[error(
        "the architecture is {found}; decoders of the families llama, mistral, qwen2, qwen3, gemma, gpt_neox and gpt2 \
         can be read"
    )]
    Architecture {
        /// What config.json names.
        found: String,
    },
    /// A variant of a family that computes something else.
    #[error("config.json says {field} = {found}; {expected}")]
    Variant {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// What can be computed.
        expected: &'static str,
    },
    /// A field of the configuration that is absent or out of range.
    #[error("config.json: {field} is {found}; {expected}")]
    Config {
        /// The field.
        field: &'static str,
        /// What was found.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The heads do not share the width evenly, and no dimension of theirs is given.
    #[error("config.json has no head_dim, and the width {width} is not a multiple of the {heads} heads")]
    HeadDimension {
        /// The model dimension.
        width: usize,
        /// The number of heads.
        heads: usize,
    },
    /// Query heads that do not share the key heads evenly.
    #[error(
        "the {heads} query heads are not a multiple of the {key_heads} key heads, so that no query head knows its keys"
    )]
    Grouping {
        /// Query heads.
        heads: usize,
        /// Key heads.
        key_heads: usize,
    },
    /// No tensor has the name of the embeddings.
    #[error("no tensor's name ends in `{ending}`, so that these are not the weights of a {family} decoder")]
    Foreign {
        /// The family of the configuration.
        family: super::family::DecoderFamily,
        /// The ending that every such checkpoint has.
        ending: &'static str,
    },
    /// A file of weights that ends before its tensors do.
    #[error("{path} is {found} bytes long and its header promises {expected}: it was not written to its end")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// The length that the header gives.
        expected: u64,
    },
    /// Prompts of different lengths in one batch, or none.
    #[error(
        "a batch has prompts of one length, at least one token each; prompt {prompt} has {found} tokens \
         and the first {first}"
    )]
    Batch {
        /// Which prompt.
        prompt: usize,
        /// Its tokens.
        found: usize,
        /// Tokens of the first.
        first: usize,
    },
    /// A patch that does not fit the run.
    #[error("a patch of head {layer}.{head} has {what} {found}; {expected}")]
    Patch {
        /// The layer.
        layer: usize,
        /// The head.
        head: usize,
        /// What does not fit.
        what: &'static str,
        /// What was found.
        found: usize,
        /// What would fit.
        expected: String,
    },
    /// A layer, head or token that the model does not have.
    #[error("there is no {what} {found}; they are numbered from 0 and there are {count}")]
    Number {
        /// `layer`, `head` or `token`.
        what: &'static str,
        /// What was asked for.
        found: usize,
        /// How many there are.
        count: usize,
    },
    /// Hidden states could not be read from the device.
    #[error(transparent)]
    Read(#[from] TensorReadError),
}
