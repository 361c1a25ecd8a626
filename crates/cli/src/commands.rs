//! The commands of `relata`, with help that teaches by example.

use crate::sweep::SweepArgs;
use crate::task::{CellArgs, CellsArgs, CollectArgs, Direct, DrawingArgs, FigureFormat, RunArgs};
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
    /// Write the tables of runs as Parquet files, those of several runs below each other.
    #[command(after_help = TABLES)]
    Tables(TablesArgs),
    /// Say how two runs differ: metric by metric, their tables joined, their figures overlaid.
    #[command(after_help = COMPARE)]
    Compare(CompareArgs),
    /// Say what can be used on this machine.
    #[command(after_help = DOCTOR)]
    Doctor(DoctorArgs),
    /// Attack the claims of the libraries with random inputs, checked by other means.
    #[command(after_help = ATTACK)]
    Attack(AttackArgs),
    /// Print the completions of a shell.
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write a page per command.
    #[command(after_help = MANUAL)]
    Manual(ManualArgs),
    /// Kill runs, damage files and lose what was not flushed, at random: is anything lost or wrong?
    #[command(after_help = FAULTS)]
    Faults(FaultsArgs),
}

/// Which two.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CompareArgs {
    /// A run directory.
    pub first: PathBuf,
    /// Another, of the same pipeline.
    pub second: PathBuf,
    /// The directory that is written.
    #[arg(long, default_value = "comparison", value_name = "DIR")]
    pub out: PathBuf,
}

/// Whose tables, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct TablesArgs {
    /// Run directories of one pipeline, or directories of them.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The directory that is written.
    #[arg(long, default_value = "parquet", value_name = "DIR")]
    pub out: PathBuf,
}

/// For which shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ManualArgs {
    /// A directory for a page per command; without it the page of the whole is printed.
    pub dir: Option<PathBuf>,
}

/// Finished runs.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct FiguresArgs {
    /// Run directories, or directories of runs.
    #[arg(default_value = "runs", value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// How they are drawn; as the run was, if nothing is said.
    #[command(flatten)]
    pub drawing: DrawingArgs,
    /// The files of a figure [default: svg,pdf,png].
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub format: Vec<FigureFormat>,
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
    /// Put the figures into the page, which then needs no other file and is large.
    #[arg(long)]
    pub single_file: bool,
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
            | Self::Compare(_)
            | Self::Tables(_)
            | Self::Attack(_)
            | Self::Completions(_)
            | Self::Manual(_)
            | Self::Sweep(_)
            | Self::Faults(_) => None,
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
            | Self::Compare(_)
            | Self::Tables(_)
            | Self::Doctor(_)
            | Self::Attack(_)
            | Self::Completions(_)
            | Self::Manual(_)
            | Self::Faults(_) => Vec::new(),
        }
    }

    /// The finished runs that the command reads: run directories or directories of them.
    #[must_use]
    pub fn runs(&self) -> Vec<PathBuf> {
        match self {
            Self::Figures(args) => args.runs.clone(),
            Self::Verify(args) => vec![args.run.clone()],
            Self::Report(args) => vec![args.dir.clone()],
            Self::Compare(args) => vec![args.first.clone(), args.second.clone()],
            Self::Tables(args) => args.runs.clone(),
            Self::List
            | Self::Run(_)
            | Self::Cell(_)
            | Self::Cells(_)
            | Self::Collect(_)
            | Self::Sweep(_)
            | Self::Direct(_)
            | Self::Doctor(_)
            | Self::Attack(_)
            | Self::Completions(_)
            | Self::Manual(_)
            | Self::Faults(_) => Vec::new(),
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
            | Self::Compare(_)
            | Self::Tables(_)
            | Self::Doctor(_)
            | Self::Attack(_)
            | Self::Completions(_)
            | Self::Manual(_)
            | Self::Sweep(_)
            | Self::Faults(_) => None,
        }
    }
}

const RUN: &str = "\
Examples:
  relata run all --profile smoke                  check that everything works
  relata run symmetric --seed 7                   another seed, beside the first
  relata run symmetry-gap --profile paper --jobs 8
  relata run asymmetric --backend wgpu            on a graphics processor; compiles one stack more, once
  relata run width-two --out ../results           somewhere else
  relata heads --model DIR --text page.txt         every attention head of a checkpoint (BERT, GPT-2 and others)
  relata run heads --help                          what this pipeline takes
  relata run rkhs --profile paper --shard 0/4      a quarter of the cells; `collect` gathers the quarters

Results are in <out>/<pipeline>/<profile>-<backend>-<seed>[-<hash of the input>]/: tables/*.csv,
figures/*.{svg,pdf,png}, summary.json and manifest.json. An interrupted run resumes when it is
started again.";

const CELLS: &str = "\
Examples:
  relata cells symmetric --profile paper          key, label, how far it is, expected time
  relata cells symmetric --missing --format tsv   what is left to do, for a program
  relata cells analyse my-relation.csv --unfinished
                                                       there --missing says what absent entries mean

Expected times are those of earlier runs under the same output directory; without any, none are known.";

const COLLECT: &str = "\
Examples:
  relata run rkhs --profile paper --shard 0/2     on one machine
  relata run rkhs --profile paper --shard 1/2     on another, with the same output directory
  relata collect rkhs --profile paper             tables, figures and summary of both

The options are those of the run. Nothing is computed. With cells missing, what can be made of the
others is made, the missing ones are named, and the exit status is 5.";

const SWEEP: &str = "\
Examples:
  relata sweep sweep.toml --check                 how many runs and cells, how long, in how many shards
  relata sweep sweep.toml                         on this machine
  relata sweep sweep.toml --engine snakemake      by Snakemake, which is installed where it is missing
  relata sweep sweep.toml --engine slurm          writes a script for sbatch; --submit hands it in and waits
  relata sweep sweep.toml --shard 3/20            one shard by hand, from any other engine
  relata sweep sweep.toml --collect               tables and figures of what is finished

A configuration:
  out = \"runs\"
  [[grid]]
  pipelines = [\"rkhs\", \"width\"]
  profiles = [\"paper\"]
  seeds = { from = 0, to = 20 }

docs/sweeps.md has every key, and the same shards under other engines.";

const CELL: &str = "\
Examples:
  relata cell symmetric 3f2a9c --profile paper    compute the one whose key begins so
  relata run symmetric --profile paper            gather what is finished, compute the rest

Machines that share the output directory may compute cells of one run at the same time.";

const FIGURES: &str = "\
Examples:
  relata figures                                   of every run under runs/
  relata figures runs/symmetric/standard-flex-0    of one
  relata figures RUN --font NotoSansSC.otf         labels in a script that the built-in font lacks
  relata figures RUN --svg-text                    text in SVG that can be edited
  relata figures RUN --width double --format pdf   for a page of print
  relata figures RUN --label \"x=Rank of the head\" in one's own words";

const VERIFY: &str = "\
Examples:
  relata verify runs/symmetric/standard-flex-0     hashes, tables, figures, and three cells computed again
  relata verify runs --cells 0                     every run; compute no cell";

const REPORT: &str = "\
Examples:
  relata report                                    runs/report.html, with the figures beside it
  relata report --single-file                      one file that needs no other
  relata report ../results";

const COMPARE: &str = "\
Examples:
  relata compare runs/rkhs/smoke-flex-0 runs/rkhs/smoke-flex-1
                                                   prints the metrics side by side; tables and figures in comparison/
  relata compare A B --out ab                      somewhere else";

const TABLES: &str = "\
Examples:
  relata tables runs/rkhs/smoke-flex-0             parquet/*.parquet, for pandas, polars or DuckDB
  relata tables runs/rkhs --out all                every run of a pipeline; the first column says of which a row is";

const COMPLETIONS: &str = "\
Examples:
  relata completions bash > ~/.local/share/bash-completion/completions/relata
  relata completions fish > ~/.config/fish/completions/relata.fish";

const MANUAL: &str = "\
Examples:
  relata manual | man -l -                         read it
  relata manual ~/.local/share/man/man1            a page per command";

const DOCTOR: &str = "\
Examples:
  relata doctor                                    cores, fonts, output directory, default backend
  relata doctor --backend wgpu                     is there a graphics processor?";

const ATTACK: &str = "\
Examples:
  relata attack                                    a minute of random inputs, counted function by function
  relata attack --seed 7 --minutes 60              others, for longer
  relata attack --rounds 20                        the same checks on every machine

A false claim is shown with the attack and the round in which it is found again, and makes the exit
status 1.";

const FAULTS: &str = "\
Examples:
  relata faults                                    a minute of faults, counted by kind
  relata faults --seed 7 --minutes 60              others, for longer
  relata faults --only width-two,figures           where one of them was found

Whatever is lost or wrong is shown with its round, and makes the exit status 1.";
