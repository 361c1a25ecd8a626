//! Tests of training against closed forms, the f64 networks and themselves. One binary: burn is
//! linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]
#![allow(missing_docs)]

mod checkpoints;
mod configs;
mod formulations;
mod losses;
mod many;
mod multi;
mod readouts;
mod retrieval;
mod search;
mod support;
mod training;
mod twins;
