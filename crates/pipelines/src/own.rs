//! A program with pipelines of one's own.

use crate::backend;
use crate::cli::inspect::{self, Shelf};
use crate::cli::run::{check_font, run_options};
use crate::cli::status::{Failure, Status};
use crate::cli::{end, print};
use crate::pipeline::DynPipeline;
use crate::runner::{self, Code, RunOptions};
use clap::{Parser, Subcommand};
use relata_cli::{CompareArgs, FiguresArgs, Options, ReportArgs, TablesArgs, VerifyArgs};
use relata_runs::NameError;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// The command line for pipelines of your own: `run`, `figures`, `verify`, `report`, `tables` and
/// `compare`, as `relata` has them for its pipelines.
///
/// What is computed once is kept. It is computed again when the cell, the seed, the backend or the
/// program changes: by default the program is its executable file, so a changed formula that was
/// compiled is never answered with old numbers.
///
/// ```
/// use relata_pipelines::prelude::*;
///
/// let heights = OwnPipeline::new("heights", [1, 2, 4], |rank: &usize, cx| {
///     let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (3.0 * x[0] - y[0]).sin().abs());
///     let found = Approximator::of(&r).ranks([*rank]).width(32).seed(cx.seed).run()?;
///     let at = &found.ranks[0];
///     Ok(vec![Row::new("errors").with("rank", *rank).with("error", at.error).with("limit", at.limit)])
/// })
/// .summary(|tables| {
///     let worst = tables.get("errors")?.floats("error")?.into_iter().fold(0.0, f64::max);
///     Ok(Summary::new().with("worst", "Largest relative error of any rank.", Metric::new(worst, "ratio")))
/// })
/// .figures(|tables| {
///     let t = tables.get("errors")?;
///     let line = Series::new("network", &t.floats("rank")?, &t.floats("error")?);
///     let chart = Chart::new().x(Axis::log2("rank")).y(Axis::log("relative error")).line(line);
///     Ok(vec![Figure::new(FigureWidth::Single).name("errors").panel(chart)])
/// });
/// let program = OwnProgram::new([boxed(heights)]);
/// // In your `main`, `program.main()` reads the command line; here, its words are given:
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path().to_str().unwrap_or("runs");
/// program.answer(["heights", "run", "--out", out])?;
/// program.answer(["heights", "verify", out])?;
/// program.answer(["heights", "figures", out, "--width", "double"])?;
/// program.answer(["heights", "report", out])?;
/// # assert!(dir.path().join("heights/standard-flex-0/figures/errors.pdf").is_file());
/// # assert!(dir.path().join("report.html").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OwnProgram {
    pipelines: Vec<Arc<dyn DynPipeline>>,
    code: Code,
}

/// A command of [`OwnProgram`] did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct OwnProgramError {
    /// What went wrong.
    message: String,
    /// How a process would end: 1 failed, 2 wrong usage, 3 no such device, 4 unusable input.
    pub status: u8,
}

#[derive(Debug, Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    command: Own,
}

#[derive(Debug, Subcommand)]
enum Own {
    /// Run a pipeline, or all of them; resume one that was interrupted.
    Run {
        /// The pipeline [default: all].
        pipeline: Option<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Draw the figures of finished runs again, from their tables, computing nothing.
    Figures(FiguresArgs),
    /// Check that runs hold what the program computes.
    Verify(VerifyArgs),
    /// Write one page of all runs.
    Report(ReportArgs),
    /// Write the tables of runs as Parquet files.
    Tables(TablesArgs),
    /// Say how two runs differ.
    Compare(CompareArgs),
}

impl OwnProgram {
    /// A program of these pipelines.
    pub fn new(pipelines: impl IntoIterator<Item = Box<dyn DynPipeline>>) -> Self {
        Self { pipelines: pipelines.into_iter().map(Arc::from).collect(), code: Code::Executable }
    }

    /// The same program, whose results are known by a version that you change whenever they may
    /// change, instead of by the executable file.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Self {
        Self { code: Code::Version(version.into()), ..self }
    }

    /// Reads the command line of this process and answers it.
    #[must_use]
    pub fn main(&self) -> ExitCode {
        end(self.dispatch(Line::parse().command))
    }

    /// Answers a command line, the name of the program first.
    ///
    /// # Errors
    /// The words are no command, or it fails.
    pub fn answer<S: Into<std::ffi::OsString> + Clone>(
        &self,
        words: impl IntoIterator<Item = S>,
    ) -> Result<(), OwnProgramError> {
        let line = Line::try_parse_from(words);
        let line =
            line.map_err(|e| OwnProgramError { message: e.to_string(), status: Status::Usage as u8 })?;
        let failed =
            |f: Failure| OwnProgramError { message: runner::message(&f.error), status: f.status as u8 };
        self.dispatch(line.command).map_err(failed)
    }

    fn dispatch(&self, command: Own) -> Result<(), Failure> {
        let shelf = Shelf::Own(self.pipelines.clone(), self.code.clone());
        match command {
            Own::Run { pipeline, options } => self.run(pipeline.as_deref(), &options),
            Own::Figures(args) => inspect::figures(&args, &shelf),
            Own::Verify(args) => inspect::verify(&args.run, args.cells, &shelf),
            Own::Report(args) => inspect::report(&args),
            Own::Tables(args) => inspect::tables(&args),
            Own::Compare(args) => inspect::compare(&args, &shelf),
        }
    }

    fn run(&self, wanted: Option<&str>, options: &Options) -> Result<(), Failure> {
        let known = || self.pipelines.iter().map(|p| p.name());
        if let Some(name) = wanted.filter(|name| known().all(|n| n != *name)) {
            return Err(Failure::new(Status::Usage, NameError::new("pipeline", name, known())));
        }
        check_font(&options.drawing)?;
        let device = backend::open(options.backend)?;
        let mut failed = Vec::new();
        for pipeline in self.pipelines.iter().filter(|p| wanted.is_none_or(|w| w == p.name())) {
            let clock = Instant::now();
            let options = RunOptions { code: self.code.clone(), ..run_options(options, None) };
            let outcome = runner::run(pipeline.as_ref(), &device, &options)?;
            print::print(&print::outcome(&outcome, clock.elapsed().as_secs_f64()));
            if !outcome.is_success() {
                failed.push(pipeline.name());
            }
        }
        match failed.is_empty() {
            true => Ok(()),
            false => {
                Err(Failure::new(Status::Failed, anyhow::anyhow!("these failed: {}", failed.join(", "))))
            }
        }
    }
}
