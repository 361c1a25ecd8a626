//! Reproducible experiments: cells to tables to figures, on a chosen burn backend.
//!
//! A [`Pipeline`] is a list of independent cells, a function from a cell to rows, and functions
//! from tables to a summary and figures. The [`runner`] takes it from there: it computes cells in
//! parallel, keeps what is finished, and writes a run directory whose bytes do not depend on how
//! many threads took part or how often the run was interrupted.
//!
//! [`approximate`] is a first look at a relation of one's own. The pipelines that come with the
//! program are opened by name:
//!
//! ```
//! use relata_cli::Given;
//! use relata_runs::Profile;
//!
//! let ready = relata_pipelines::open("width-two", &Given::Nothing)?;
//! let cells = ready.pipeline.plan(Profile::Smoke)?;
//! assert_eq!(cells.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(), ["readout/width=128/draw=0", "utility"]);
//! # Ok::<(), anyhow::Error>(())
//! ```

mod approximate;
pub mod backend;
pub mod cli;
mod empty;
mod experiments;
mod fitting;
mod pipeline;
mod registry;
pub mod runner;

pub use approximate::{Approximated, AtRank, approximate};
pub use pipeline::{CellContext, DynPipeline, Pipeline, Planned, boxed};
pub use registry::{OpenError, Ready, ReopenError, all, open, reopen};

/// The front page, whose snippet is a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
