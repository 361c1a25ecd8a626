//! Kernel theory of relation functions: decompositions and the limits that no inner product can beat.

mod encoders;

pub use encoders::Encoders;
