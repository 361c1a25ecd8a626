//! Encoders that others have trained: BERT, its relatives and GPT-2 from their files, evaluated on any device,
//! seen through their attention heads.
//!
//! A head scores key `j` for query `i` by `s_ij = <q_i, k_j> c` with `q = x W_Q + b_Q`,
//! `k = x W_K + b_K`, where `x` is what the attention reads (in BERT the residual stream, in GPT-2
//! its normalised copy) and `c` is `1 / sqrt(d_head)`. [`Encoder::trace`] gives `x`, queries and
//! keys of every layer in f64 on the host, [`Encoder::head`] the weights of one head.
//!
//! * [`Checkpoint`]: a directory with config.json, model.safetensors (or shards) and a tokenizer; or
//!   random weights.
//! * [`Text`], [`Tokens`], [`Overlong`]: from a text to tokens.
//! * [`Encoder`], [`Trace`]: the forward pass.
//!
//! ```
//! use burn::tensor::Device;
//! use relata_relations::Seed;
//! use relata_models::encoder::{Checkpoint, Encoder, EncoderConfig, EncoderFamily, Overlong, tiny_tokenizer};
//!
//! let tokenizer = tiny_tokenizer(EncoderFamily::Bert);
//! let config = EncoderConfig::new(EncoderFamily::Bert, 2, 2, 16, 32, 24, tokenizer.vocabulary)?;
//! let checkpoint = Checkpoint::random(config, &tokenizer.json, 0.2, Seed(0))?;
//! let encoder = Encoder::new(&checkpoint, &Device::flex().into())?;
//! let tokens = checkpoint.text().tokens("a utility", 24, Overlong::Refuse)?;
//! let trace = encoder.trace(&tokens[0].ids)?;
//! let scores = trace.scores(1, 0)?; // second layer, first head
//! assert_eq!((scores.nrows(), scores.ncols()), (tokens[0].ids.len(), tokens[0].ids.len()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod config;
mod error;
mod family;
mod fields;
pub(crate) mod files;
mod forward;
mod load;
mod names;
mod relative;
pub(crate) mod tensors;
mod text;
mod tiny;
mod trace;
pub(crate) mod vocabulary;

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::write_checkpoint;
pub use config::EncoderConfig;
pub use error::EncoderError;
pub use family::EncoderFamily;
pub use files::Found;
pub use forward::Encoder;
pub use tensors::{HostTensor, Stored};
pub use text::{Overlong, Text, Tokens};
pub use tiny::{TinyTokenizer, tiny_tokenizer};
pub use trace::{HeadWeights, LayerTrace, Trace};
