//! Tests of models that others trained: against `transformers`, themselves, and files of strangers.
//! One binary: burn is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]
#![allow(missing_docs)]

mod decoder_input;
mod decoders;
mod encoders;
mod foreign;
mod identity;
mod untrusted;
