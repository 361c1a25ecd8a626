//! `run`.

use super::print;
use super::status::{Failure, Status};
use crate::backend::{self, Opened};
use crate::registry::{self, Ready};
use crate::runner::{self, Code, DrawingOptions, Outcome, Progress, RunOptions};
use relata_cli::{Asked, DrawingArgs, Options, RunArgs};
use relata_plotting::{Fonts, SvgText};
use relata_runs::{Input, Shard};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    match args.shard {
        None => each(args, one),
        Some(shard) => each(args, |ready, device, options| part(ready, device, options, shard)),
    }
}

pub(crate) fn collect(args: &RunArgs) -> Result<(), Failure> {
    each(args, gathered)
}

/// Does something for each pipeline that was asked for; one that fails does not stop the others.
fn each(
    args: &RunArgs,
    one: impl Fn(&Ready, &Opened, &Options) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let all = match &args.asked {
        Asked::All => registry::all()?,
        Asked::One { pipeline, given } => vec![registry::open(pipeline.name, given)?],
    };
    let mut options = args.options.clone();
    if let Asked::One { given, .. } = &args.asked {
        options.name = options.name.or(given.name());
    }
    check_font(&args.options.drawing)?;
    let device = backend::open(args.options.backend)?;
    let mut failed = Vec::new();
    let mut worst = None;
    for ready in &all {
        if let Err(failure) = one(ready, &device, &options) {
            if all.len() == 1 {
                return Err(failure);
            }
            print::complain(&failure.error);
            failed.push(ready.pipeline.name());
            // All of them failing alike, on an unusable directory say, keeps its own status.
            worst =
                Some(worst.map_or(failure.status, |w| if w == failure.status { w } else { Status::Failed }));
        }
    }
    match worst {
        None => Ok(()),
        Some(status) => Err(Failure::new(
            status,
            anyhow::anyhow!("{} failed: {}", runner::counted(failed.len(), "pipeline"), failed.join(", ")),
        )),
    }
}

/// A font that cannot be used is said before anything is computed.
pub(crate) fn check_font(args: &DrawingArgs) -> Result<(), Failure> {
    match drawing(args).font {
        Some(path) => Fonts::embedded().with_file(path).map(drop).map_err(Failure::input),
        None => Ok(()),
    }
}

/// Runs one pipeline.
fn one(ready: &Ready, device: &Opened, options: &Options) -> Result<(), Failure> {
    let clock = Instant::now();
    let outcome = runner::run(ready.pipeline.as_ref(), device, &run_options(options, ready.input.clone()))?;
    ended(ready, &outcome, clock.elapsed().as_secs_f64())
}

/// Gathers what is finished of one pipeline.
fn gathered(ready: &Ready, device: &Opened, options: &Options) -> Result<(), Failure> {
    let clock = Instant::now();
    let outcome =
        runner::collect(ready.pipeline.as_ref(), device, &run_options(options, ready.input.clone()))?;
    ended(ready, &outcome, clock.elapsed().as_secs_f64())
}

/// Computes a part of the cells of one pipeline.
fn part(ready: &Ready, device: &Opened, options: &Options, shard: Shard) -> Result<(), Failure> {
    let clock = Instant::now();
    let pipeline = ready.pipeline.as_ref();
    let outcome = runner::run_shard(pipeline, device, &run_options(options, ready.input.clone()), shard)?;
    print::print(&print::part(&outcome, &format!("shard {shard}"), clock.elapsed().as_secs_f64()));
    match outcome.failed_cells.len() {
        0 => Ok(()),
        failed => {
            let (failed, name) = (runner::counted(failed, "cell"), pipeline.name());
            Err(Failure::new(
                Status::Failed,
                anyhow::anyhow!("pipeline `{name}`, shard {shard}: {failed} failed"),
            ))
        }
    }
}

/// Prints how a run ended, and its answers where it ran on the user's own data.
pub(crate) fn ended(ready: &Ready, outcome: &Outcome, seconds: f64) -> Result<(), Failure> {
    let pipeline = ready.pipeline.as_ref();
    print::print(&print::outcome(outcome, seconds));
    if !outcome.missing.is_empty() {
        let missing = runner::counted(outcome.missing.len(), "cell");
        let error = anyhow::anyhow!("pipeline `{}`: {missing} missing, named above", pipeline.name());
        return Err(Failure::new(Status::Incomplete, error));
    }
    if !outcome.is_success() {
        let cells = outcome.failed_cells.len();
        let what = match (cells, outcome.failed_checks.len()) {
            (0, checks) => format!("{checks} of its checks failed"),
            (1, _) => format!("cell `{}` failed", outcome.failed_cells[0].0),
            _ => format!("{cells} cells failed"),
        };
        return Err(Failure::new(Status::Failed, anyhow::anyhow!("pipeline `{}`: {what}", pipeline.name())));
    }
    if ready.input.is_some()
        && let Some(answers) = &outcome.answers
    {
        print::print(&format!("\n{answers}"));
    }
    Ok(())
}

pub(crate) fn run_options(options: &Options, input: Option<Input>) -> RunOptions {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    RunOptions {
        profile: options.profile,
        seed: options.seed,
        out: options.out.clone(),
        jobs: options.jobs.unwrap_or(cores),
        input,
        progress: Progress::Shown,
        drawing: drawing(&options.drawing),
        name: options.name.clone(),
        code: Code::Sources,
    }
}

/// How figures are drawn. The font is remembered with the run, so that its path is absolute.
pub(crate) fn drawing(args: &DrawingArgs) -> DrawingOptions {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let svg = if args.svg_text { SvgText::Text } else { SvgText::Outlines };
    let (width, labels) = (args.width, args.label.clone());
    DrawingOptions { font: args.font.as_ref().map(absolute), svg, width, labels, formats: Vec::new() }
}
