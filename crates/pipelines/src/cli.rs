//! The command line of `relata-pipelines`, which `cargo xtask` spawns.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable input (a
//! file, a run or an output directory that the user named).

mod analyse;
mod cell;
mod doctor;
mod inspect;
mod print;
mod run;
mod status;

pub use analyse::AnalyseArgs;

use clap::{Args, Parser, Subcommand};
use relata_runs::{BackendKind, Profile};
use status::Failure;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reproducible experiments on relation functions and inner products of neural networks.
#[derive(Debug, Parser)]
#[command(name = "relata-pipelines", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a pipeline, or all of them, and resumes what was interrupted.
    Run {
        /// Name of a pipeline, or `all`.
        pipeline: String,
        #[command(flatten)]
        subject: Subject,
        #[command(flatten)]
        options: Options,
    },
    /// Computes one cell of a pipeline; without KEY, lists the cells.
    Cell {
        /// Name of a pipeline.
        pipeline: String,
        /// Key of the cell, the beginning of it, or the cell's label.
        key: Option<String>,
        #[command(flatten)]
        subject: Subject,
        #[command(flatten)]
        options: Options,
    },
    /// Analyses a relation that somebody measured.
    Analyse(AnalyseArgs),
    /// Draws the figures of finished runs again, from their tables.
    Figures {
        /// Run directories, or directories of runs.
        #[arg(default_value = "runs")]
        runs: Vec<PathBuf>,
    },
    /// Checks that a run directory holds what its program computes.
    Verify {
        /// A run directory, or a directory of runs.
        run: PathBuf,
        /// How many cells of each run are computed again.
        #[arg(long, default_value_t = 3)]
        cells: usize,
    },
    /// Writes one page of all runs in a directory.
    Report {
        /// The directory.
        #[arg(default_value = "runs")]
        dir: PathBuf,
    },
    /// Says what this program can use on this machine.
    Doctor {
        /// The directory under which runs would be written.
        #[arg(long, default_value = "runs")]
        out: PathBuf,
    },
}

/// What the pipeline `heads` looks at.
#[derive(Clone, Debug, Args)]
struct Subject {
    /// A directory with config.json, model.safetensors and tokenizer.json, of the BERT or GPT-2
    /// family.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// A text for it to read.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
}

/// What every run takes.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How much to compute: smoke, standard or paper.
    #[arg(long, default_value_t = Profile::Standard)]
    pub profile: Profile,
    /// Where tensors are computed: flex, ndarray or wgpu.
    #[arg(long, default_value_t = BackendKind::Flex)]
    pub backend: BackendKind,
    /// The seed of all randomness.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The directory under which run directories live.
    #[arg(long, default_value = "runs")]
    pub out: PathBuf,
    /// Cells computed at a time; as many as there are cores unless given.
    #[arg(long)]
    pub jobs: Option<NonZeroUsize>,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // clap ends the process with status 2 itself, and with 0 after --help.
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::complain(&failure.error);
            ExitCode::from(failure.status as u8)
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run { pipeline, subject, options } => run::run(&pipeline, &subject, &options),
        Command::Cell { pipeline, key, subject, options } => {
            cell::cell(&pipeline, key.as_deref(), &subject, &options)
        }
        Command::Analyse(args) => analyse::analyse(&args),
        Command::Figures { runs } => inspect::figures(&runs),
        Command::Verify { run, cells } => inspect::verify(&run, cells),
        Command::Report { dir } => inspect::report(&dir),
        Command::Doctor { out } => doctor::doctor(&out),
    }
}
