//! The training step on host memory, in single precision and without a tensor graph.
//!
//! Features stand in columns: what a layer computes for `n` points is `outputs x n`, column-major,
//! so that a point's features are next to each other. A step has three parallel sections: both
//! encoders forward; the pair loss with its gradients in the features; both encoders backward.
//!
//! * The points of each side are cut into at most [`MAX_SHARES`] shares, by their number alone. A
//!   task owns a share: its activations, its slopes, its gradient. What several shares add to is
//!   added up in the order of the shares, so that the number of threads changes no bit.
//! * Inside a share everything is done for [`TILE`] points at a time, which stay in cache from
//!   layer to layer. Activation and derivative are one vectorised pass.
//! * The pair loss works on tiles of `TILE x TILE` pairs: relation values, errors and both products
//!   of the gradient stay in cache, and no `n x m` matrix exists.

mod activation;
mod arithmetic;
mod encoder;
mod factors;
mod model;
mod network;
mod optimizer;
mod pairs;
mod share;
mod values;

pub(crate) use activation::activate;
pub(crate) use model::Held;
pub(crate) use network::Fused;
pub(crate) use values::{Grid, evaluate_once};

/// Points that are worked on at once: of 512 features a quarter of a megabyte, and a tile of pairs
/// 64 KiB, so that two of them stay in a second-level cache.
const TILE: usize = 128;

/// The most shares per side: enough tasks for 16 cores with both sides together, and few enough
/// that adding up their gradients costs nothing beside computing them.
const MAX_SHARES: usize = 8;
