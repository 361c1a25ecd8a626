//! Reproducible experiments: cells to tables to figures, on a chosen burn backend.
//!
//! A [`Pipeline`] is a list of independent cells, a function from a cell to rows, and functions
//! from tables to a summary and figures. The [`runner`] takes it from there: it computes cells in
//! parallel, keeps what is finished, and writes a run directory whose bytes do not depend on how
//! many threads took part or how often the run was interrupted.
//!
//! [`approximate`] is a first look at a relation of one's own, [`OwnProgram`] a command line for
//! pipelines of one's own, and [`prelude`] has what both need. The pipelines that come with `relata`
//! are opened by name:
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
mod own;
mod own_pipeline;
mod pipeline;
pub mod prelude;
mod registry;
pub mod runner;
mod statistics;

pub use approximate::{Approximated, Approximator, AtRank, BelowLimit, NetworkSource, approximate};
pub use own::{OwnProgram, OwnProgramError};
pub use own_pipeline::OwnPipeline;
pub use pipeline::{CellContext, DynPipeline, Pipeline, Planned, Stages, boxed};
pub use registry::{OpenError, Ready, ReopenError, all, open, reopen};

/// The front page and the guides, whose snippets are tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct FrontPage;
    #[doc = include_str!("../../../docs/guides/your-own-relation.md")]
    struct YourOwnRelation;
    #[doc = include_str!("../../../docs/guides/your-own-pipeline.md")]
    struct YourOwnPipeline;
    #[doc = include_str!("../../../docs/guides/figures-for-a-paper.md")]
    struct FiguresForAPaper;
}
