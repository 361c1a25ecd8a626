//! Models that others have trained, from their files: read, run on any device, seen through their
//! attention heads, and patched.
//!
//! * [`encoder`]: BERT, its relatives and GPT-2.
//! * [`decoder`]: causal language models: Llama and its relatives, GPT-NeoX and GPT-2; what comes
//!   next, what each head sees, and what happens if a head writes something else.
//! * [`IdentityTokens`]: prompts of the rules ABA and ABB, and how often a model continues them rightly.
//! * [`ModelCheckpoint`]: either, by what a directory says that it is.
//!
//! Files are those that `transformers` writes. Forward passes are in f32, on the device that the
//! caller opens; what heads see comes back in f64.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use relata_models::decoder::{Decoder, DecoderCheckpoint};
//! use relata_models::encoder::Overlong;
//!
//! let checkpoint = DecoderCheckpoint::read(std::path::Path::new("SmolLM2-135M"))?;
//! let decoder = Decoder::new(&checkpoint, &Device::flex().into())?;
//! let prompt = checkpoint.tokens("The capital of France is", Overlong::Refuse)?;
//! for next in decoder.next(&prompt[0].ids, 5)? {
//!     println!("{} {:.3}", next.token, next.probability);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod decoder;
pub mod encoder;
mod identity;
mod model;

pub use identity::{IdentityError, IdentityPrompts, IdentityRule, IdentityTokens};
pub use model::{ModelCheckpoint, ModelError};
