//! The commands that xtask hands to the pipelines, with help that teaches by example.

use crate::sweep::SweepArgs;
use crate::task::{CellArgs, CellsArgs, CollectArgs, Direct, DrawingArgs, RunArgs};
use clap::{Args, Subcommand};
use relata_runs::BackendKind;
use std::path::PathBuf;

/// What can be asked of the pipelines.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// List the pipelines, profiles and backends.
    List,
    /// Run a pipeline, or all of them; resume one that was interrupted.
    #[command(after_help = RUN)]
    Run(RunArgs),
    /// List the cells of a pipeline, how far they are and what they are expected to cost.
    #[command(after_help = CELLS)]
    Cells(CellsArgs),
    /// Compute one cell of a pipeline.
    #[command(after_help = CELL)]
    Cell(CellArgs),
    /// Make tables and figures of the cells that are finished, and name those that are missing.
    #[command(after_help = COLLECT)]
    Collect(CollectArgs),
    /// Run many: a grid of pipelines, profiles, seeds and parameters, on one machine or many.
    #[command(after_help = SWEEP)]
    Sweep(SweepArgs),
    /// Run a pipeline on a file of your own.
    #[command(flatten)]
    Direct(Direct),
    /// Draw the figures of finished runs again, from their tables, computing nothing.
    #[command(after_help = FIGURES)]
    Figures(FiguresArgs),
    /// Check that runs hold what the program computes.
    #[command(after_help = VERIFY)]
    Verify(VerifyArgs),
    /// Write one page of all runs.
    #[command(after_help = REPORT)]
    Report(ReportArgs),
    /// Say what can be used on this machine.
    #[command(after_help = DOCTOR)]
    Doctor(DoctorArgs),
    /// Attack the claims of the libraries with random inputs, checked by other means.
    #[command(after_help = ATTACK)]
    Attack(AttackArgs),
    /// Kill runs, damage files and lose what was not flushed, at random: is anything lost or wrong?
    #[command(after_help = FAULTS)]
    Faults(FaultsArgs),
}

/// Finished runs.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct FiguresArgs {
    /// Run directories, or directories of runs.
    #[arg(default_value = "runs", value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// How they are drawn; as the run was, if nothing is said.
    #[command(flatten)]
    pub drawing: DrawingArgs,
}

/// What is compared, and how thoroughly.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct VerifyArgs {
    /// A run directory, or a directory of runs.
    pub run: PathBuf,
    /// How many cells of each run are computed again.
    #[arg(long, default_value_t = 3, value_name = "N", allow_negative_numbers = true)]
    pub cells: usize,
}

/// Where the runs are.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ReportArgs {
    /// A directory of runs.
    #[arg(default_value = "runs")]
    pub dir: PathBuf,
}

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// The backend that must be usable.
    #[arg(long, default_value_t = BackendKind::Flex)]
    pub backend: BackendKind,
    /// The directory under which runs would be written.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub out: PathBuf,
}

/// How long the adversary tries.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct AttackArgs {
    /// The seed of all inputs.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub seed: u64,
    /// Start rounds for so many minutes.
    #[arg(long, default_value_t = 1.0, value_name = "M", value_parser = minutes, conflicts_with = "rounds")]
    pub minutes: f64,
    /// So many rounds instead: the same checks on every machine.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub rounds: Option<u64>,
}

/// How long faults are injected.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct FaultsArgs {
    /// The seed of all faults.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub seed: u64,
    /// Start rounds for so many minutes.
    #[arg(long, default_value_t = 1.0, value_name = "M", value_parser = minutes)]
    pub minutes: f64,
    /// Only these pipelines and commands [default: all].
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Where runs are damaged; kept if something is wrong [default: a temporary directory].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
}

/// A positive time of at most a year.
fn minutes(text: &str) -> Result<f64, String> {
    const YEAR: f64 = 525_600.0;
    let wrong = || format!("`{text}` is not a valid number of minutes above 0");
    text.parse().ok().filter(|m: &f64| *m > 0.0 && *m <= YEAR).ok_or_else(wrong)
}

impl Command {
    /// The backend that the command names; none where it is in manifests, or none is used.
    #[must_use]
    pub fn backend(&self) -> Option<BackendKind> {
        match self {
            Self::Run(args) | Self::Direct(Direct(args)) | Self::Collect(CollectArgs(args)) => {
                Some(args.options.backend)
            }
            Self::Cell(args) => Some(args.options.backend),
            Self::Cells(args) => Some(args.options.backend),
            Self::Doctor(args) => Some(args.backend),
            // A sweep names backends, each grid its own.
            Self::List
            | Self::Figures(_)
            | Self::Verify(_)
            | Self::Report(_)
            | Self::Sweep(_)
            | Self::Faults(_)
            | Self::Attack(_) => None,
        }
    }

    /// The files without which the command will not start.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Run(args) | Self::Direct(Direct(args)) | Self::Collect(CollectArgs(args)) => args.files(),
            Self::Cell(args) => args.given.files(),
            Self::Cells(args) => args.given.files(),
            Self::Figures(args) => args.drawing.font.clone().into_iter().collect(),
            Self::Sweep(args) => vec![args.config.clone()],
            Self::List
            | Self::Verify(_)
            | Self::Report(_)
            | Self::Doctor(_)
            | Self::Faults(_)
            | Self::Attack(_) => Vec::new(),
        }
    }

    /// The finished runs that the command reads: run directories or directories of them.
    #[must_use]
    pub fn runs(&self) -> Vec<PathBuf> {
        match self {
            Self::Figures(args) => args.runs.clone(),
            Self::Verify(args) => vec![args.run.clone()],
            Self::Report(args) => vec![args.dir.clone()],
            Self::List
            | Self::Run(_)
            | Self::Cell(_)
            | Self::Cells(_)
            | Self::Collect(_)
            | Self::Sweep(_)
            | Self::Direct(_)
            | Self::Doctor(_)
            | Self::Faults(_)
            | Self::Attack(_) => Vec::new(),
        }
    }

    /// The directory into which the command writes runs.
    #[must_use]
    pub fn out(&self) -> Option<&PathBuf> {
        match self {
            Self::Run(args) | Self::Direct(Direct(args)) | Self::Collect(CollectArgs(args)) => {
                Some(&args.options.out)
            }
            Self::Cell(args) => Some(&args.options.out),
            Self::Cells(args) => Some(&args.options.out),
            // The doctor says whether it can be written.
            Self::List
            | Self::Figures(_)
            | Self::Verify(_)
            | Self::Report(_)
            | Self::Sweep(_)
            | Self::Doctor(_)
            | Self::Faults(_)
            | Self::Attack(_) => None,
        }
    }
}

const RUN: &str = "\
Examples:
  cargo xtask run all --profile smoke                  check that everything works
  cargo xtask run symmetric --seed 7                   another seed, beside the first
  cargo xtask run symmetry-gap --profile paper --jobs 8
  cargo xtask run asymmetric --backend wgpu            on a graphics processor; compiles one stack more, once
  cargo xtask run width-two --out ../results           somewhere else
  cargo xtask run heads --model DIR --text page.txt    every attention head of a checkpoint (BERT, GPT-2 and others)
  cargo xtask run heads --help                         what this pipeline takes
  cargo xtask run rkhs --profile paper --shard 0/4     a quarter of the cells; `collect` gathers the quarters

Results are in <out>/<pipeline>/<profile>-<backend>-<seed>[-<hash of the input>]/: tables/*.csv,
figures/*.{svg,pdf,png}, summary.json and manifest.json. An interrupted run resumes when it is
started again.";

const CELLS: &str = "\
Examples:
  cargo xtask cells symmetric --profile paper          key, label, how far it is, expected time
  cargo xtask cells symmetric --missing --format tsv   what is left to do, for a program
  cargo xtask cells analyse my-relation.csv --unfinished
                                                       there --missing says what absent entries mean

Expected times are those of earlier runs under the same output directory; without any, none are known.";

const COLLECT: &str = "\
Examples:
  cargo xtask run rkhs --profile paper --shard 0/2     on one machine
  cargo xtask run rkhs --profile paper --shard 1/2     on another, with the same output directory
  cargo xtask collect rkhs --profile paper             tables, figures and summary of both

The options are those of the run. Nothing is computed. With cells missing, what can be made of the
others is made, the missing ones are named, and the exit status is 5.";

const SWEEP: &str = "\
Examples:
  cargo xtask sweep sweep.toml --check                 how many runs and cells, how long, in how many shards
  cargo xtask sweep sweep.toml                         on this machine
  cargo xtask sweep sweep.toml --engine snakemake      by Snakemake, which is installed where it is missing
  cargo xtask sweep sweep.toml --engine slurm          writes a script for sbatch; --submit hands it in and waits
  cargo xtask sweep sweep.toml --shard 3/20            one shard by hand, from any other engine
  cargo xtask sweep sweep.toml --collect               tables and figures of what is finished

A configuration:
  out = \"runs\"
  [[grid]]
  pipelines = [\"rkhs\", \"width\"]
  profiles = [\"paper\"]
  seeds = { from = 0, to = 20 }

docs/sweeps.md has every key, and the same shards under other engines.";

const CELL: &str = "\
Examples:
  cargo xtask cell symmetric 3f2a9c --profile paper    compute the one whose key begins so
  cargo xtask run symmetric --profile paper            gather what is finished, compute the rest

Machines that share the output directory may compute cells of one run at the same time.";

const FIGURES: &str = "\
Examples:
  cargo xtask figures                                   of every run under runs/
  cargo xtask figures runs/symmetric/standard-flex-0    of one
  cargo xtask figures RUN --font NotoSansSC.otf         labels in a script that the built-in font lacks
  cargo xtask figures RUN --svg-text                    text in SVG that can be edited";

const VERIFY: &str = "\
Examples:
  cargo xtask verify runs/symmetric/standard-flex-0     hashes, tables, figures, and three cells computed again
  cargo xtask verify runs --cells 0                     every run; compute no cell";

const REPORT: &str = "\
Examples:
  cargo xtask report                                    runs/report.html, one file that needs no other
  cargo xtask report ../results";

const DOCTOR: &str = "\
Examples:
  cargo xtask doctor                                    cores, fonts, output directory, default backend
  cargo xtask doctor --backend wgpu                     is there a graphics processor?";

const ATTACK: &str = "\
Examples:
  cargo xtask attack                                    a minute of random inputs, counted function by function
  cargo xtask attack --seed 7 --minutes 60              others, for longer
  cargo xtask attack --rounds 20                        the same checks on every machine

A false claim is shown with the attack and the round in which it is found again, and makes the exit
status 1.";

const FAULTS: &str = "\
Examples:
  cargo xtask faults                                    a minute of faults, counted by kind
  cargo xtask faults --seed 7 --minutes 60              others, for longer
  cargo xtask faults --only width-two,figures           where one of them was found

Whatever is lost or wrong is shown with its round, and makes the exit status 1.";
