//! Kernels of distances and of dot products, evaluated fast: vectorised exponentials, matrix
//! multiplication for the distances, threads, and products `K V` that never hold `K`.

mod evaluation;
mod exp;
mod lanes;
mod operator;
mod panel;
mod profile;
mod real;
mod relation;
mod single;
mod symmetric;
mod tile;

pub use exp::exp_in_place;
pub use operator::{KernelOperator, OperatorError};
pub use profile::{KernelProfile, ProfileError};
pub use real::Real;
pub use relation::ProfileKernel;
pub use single::SingleBlocks;
