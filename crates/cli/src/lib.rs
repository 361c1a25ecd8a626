//! What can be asked on the command line, and the list of pipelines.
//!
//! Two programs read this crate: `relata`, which answers, and `xtask`, the door of those who work on
//! the code, which needs it before anything large is compiled. Both parse the same [`Command`], so
//! xtask looks at names, files and the backend and then passes its arguments on as they are. The
//! completions of shells and the manual page come from the same definition ([`Program`]).
//!
//! [`PIPELINES`] is the one list of pipelines. Each entry says what the pipeline [`Takes`] of the
//! user's own, and the command line follows: `run` and `cell` have a subcommand for each, with its
//! arguments; an option that belongs to another pipeline is refused with the name of its owner; a
//! pipeline that cannot run without a file is a command itself.
//!
//! ```
//! use clap::Parser;
//! use relata_cli::{Asked, Command, Given};
//!
//! #[derive(Parser)]
//! struct Cli {
//!     #[command(subcommand)]
//!     command: Command,
//! }
//!
//! let cli = Cli::parse_from(["relata", "analyse", "edges.csv", "--missing", "zero", "--seed", "7"]);
//! let Command::Direct(direct) = cli.command else { panic!("`analyse` is a command itself") };
//! assert_eq!(direct.0.options.seed, 7);
//! let Asked::One { pipeline, given } = direct.0.asked else { panic!("one pipeline was named") };
//! let Given::Measured(given) = *given else { panic!("`analyse` takes a measured relation") };
//! assert_eq!((pipeline.name, given.file.to_str()), ("analyse", Some("edges.csv")));
//! ```

mod commands;
mod input;
mod pipelines;
mod program;
mod reading;
mod refusal;
mod sweep;
mod task;

pub use commands::{
    AttackArgs, Command, CompareArgs, CompletionsArgs, DoctorArgs, FaultsArgs, FiguresArgs, ManualArgs,
    ReportArgs, TablesArgs, VerifyArgs,
};
pub use input::{CatalogueArgs, CheckpointArgs, Given, MeasuredArgs, PreferencesArgs, ReadAs, Takes};
pub use pipelines::{HIDDEN, PIPELINES, PipelineInfo, list, pipeline_info};
pub use program::{EXAMPLES, Program, completions, manual, manual_pages, renamed};
pub use reading::{
    As, ColumnsOf, DuplicatesOf, HeaderLine, Missing, ReadingArgs, SpacesOf, TriangleOf, split_array,
};
pub use refusal::{Refusal, backends};
pub use sweep::{Engine, Grid, MAX_SWEEP_RUNS, SeedRange, Seeds, SlurmParams, Sweep, SweepArgs, SweepError};
pub use task::{
    Asked, CellArgs, CellsArgs, CollectArgs, Direct, DrawingArgs, FigureFormat, ForeignOption, ListingArgs,
    ListingFormat, Options, RunArgs,
};
