//! Causal language models that others have trained: Llama and its relatives, GPT-NeoX and GPT-2
//! from their files, run on any device, seen through their heads, and patched.
//!
//! A head scores key `j` for query `i >= j` by `<R_i q_i, R_j k_j> / sqrt(d)`, where `R_i` turns
//! the planes of the head by angles that grow with the position `i` ([`Rotary`]); the score so
//! depends on the offset `i - j`. Several query heads may share a key head.
//!
//! * [`DecoderCheckpoint`]: a directory, or random weights.
//! * [`Decoder::next`], [`Decoder::generate`]: what comes next.
//! * [`Decoder::trace`], [`Decoder::visit`], [`Decoder::head`]: what heads see, and their weights.
//! * [`Patch`]: a head's output replaced, zeroed or set to a mean at some positions.
//!
//! ```
//! use burn::tensor::Device;
//! use relata_models::decoder::{Decoder, DecoderCheckpoint, DecoderConfig, DecoderFamily, DecoderSizes};
//! use relata_models::decoder::{Patch, PatchValue};
//! use relata_models::encoder::{EncoderFamily, tiny_tokenizer};
//! use relata_relations::Seed;
//!
//! let tokenizer = tiny_tokenizer(EncoderFamily::Gpt2);
//! let config = DecoderConfig::new(DecoderFamily::Llama, DecoderSizes {
//!     layers: 2, heads: 4, key_heads: 2, head_dimension: 8, width: 16, inner: 32, context: 64,
//!     vocabulary: tokenizer.vocabulary,
//! })?;
//! let checkpoint = DecoderCheckpoint::random(config, &tokenizer.json, 0.3, Seed(0))?;
//! let decoder = Decoder::new(&checkpoint, &Device::flex().into())?;
//! let prompt = [5, 9, 5, 9, 5];
//! let best = decoder.next(&prompt, 3)?;
//! assert_eq!(decoder.generate(&prompt, 1)?, [best[0].token]);
//!
//! // The same without what head 1.0 writes at the last position.
//! let patch = Patch { layer: 1, head: 0, positions: vec![4], value: PatchValue::Zero };
//! let changed = decoder.logits(decoder.advance(decoder.begin(&[&prompt])?, 2, &[patch])?)?;
//! assert!((changed[0][best[0].token as usize] - best[0].logit).abs() > 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod config;
mod error;
mod family;
mod fields;
mod forward;
mod load;
mod names;
mod parts;
mod patch;
mod predict;
mod rotary;
mod shards;
mod trace;

pub use checkpoint::DecoderCheckpoint;
pub use config::{DecoderConfig, DecoderSizes, Unembedding};
pub use error::DecoderError;
pub use family::DecoderFamily;
pub(crate) use fields::named_family;
pub use forward::{Decoder, HeadOutputs, ResidualStream};
pub use patch::{Patch, PatchValue};
pub use predict::Candidate;
pub use rotary::{Rotary, RotaryScaling};
pub use trace::{DecoderHead, DecoderLayer, DecoderTrace};
