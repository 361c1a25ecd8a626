//! `run`.

use super::print;
use super::status::{Failure, Status};
use crate::backend::{self, Opened};
use crate::registry::{self, Ready};
use crate::runner::{self, Code, DrawingOptions, Progress, RunOptions};
use relata_cli::{Asked, DrawingArgs, Options, RunArgs};
use relata_plotting::{Fonts, SvgText};
use relata_runs::Input;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let (all, name) = match &args.asked {
        Asked::All => (registry::all()?, None),
        Asked::One { pipeline, given } => (vec![registry::open(pipeline.name, given)?], given.name()),
    };
    check_font(&args.options.drawing)?;
    let device = backend::open(args.options.backend)?;
    let mut failed = Vec::new();
    let mut worst = None;
    for ready in &all {
        if let Err(failure) = one(ready, &device, &args.options, name.clone()) {
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

/// Runs one pipeline and prints how it ended, and its answers where it ran on the user's own data.
fn one(ready: &Ready, device: &Opened, options: &Options, name: Option<String>) -> Result<(), Failure> {
    let clock = Instant::now();
    let pipeline = ready.pipeline.as_ref();
    let wanted =
        RunOptions { name: options.name.clone().or(name), ..run_options(options, ready.input.clone()) };
    let outcome = runner::run(pipeline, device, &wanted)?;
    print::print(&print::outcome(&outcome, clock.elapsed().as_secs_f64()));
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
    let mut formats: Vec<String> = args.format.iter().map(|f| f.ending().to_owned()).collect();
    formats.sort();
    formats.dedup();
    let (width, labels) = (args.width, args.label.clone());
    DrawingOptions { font: args.font.as_ref().map(absolute), svg, width, labels, formats }
}
