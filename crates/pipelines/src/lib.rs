//! Reproducible experiments: cells to tables to figures, on a chosen burn backend.
//!
//! A [`Pipeline`] is a list of independent cells, a function from a cell to rows, and functions
//! from tables to a summary and figures. The [`runner`] takes it from there: it computes cells in
//! parallel, keeps what is finished, and writes a run directory whose bytes do not depend on how
//! many threads took part or how often the run was interrupted.

pub mod analyse;
mod approximate;
pub mod approximation;
pub mod backend;
pub mod cli;
pub mod code_width;
pub mod debreu;
pub mod dispersion;
pub mod heads;
pub mod neurons;
mod pipeline;
mod random_hidden;
mod registry;
pub mod retrieval;
pub mod rkbs;
pub mod rkhs;
pub mod runner;
pub mod symmetry_gap;
pub mod width_two;

pub use approximate::{Approximated, AtRank, approximate};
pub use pipeline::{CellContext, DynPipeline, Pipeline, Planned, boxed};
pub use registry::{all, lookup, reopen};
