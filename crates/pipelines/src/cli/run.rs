//! `run`.

use super::print;
use super::status::{Failure, Status};
use super::{Options, Subject};
use crate::backend::{self, Opened};
use crate::experiments::heads::{self, HeadsError, Request};
use crate::pipeline::DynPipeline;
use crate::registry;
use crate::runner::{self, Outcome, Progress, RunOptions};
use relata_runs::{Input, Tables};
use std::num::NonZeroUsize;
use std::time::Instant;

pub(super) fn run(name: &str, subject: &Subject, options: &Options) -> Result<(), Failure> {
    if let Some((pipeline, input)) = about(name, subject)? {
        let device = backend::open(options.backend)?;
        let outcome = one(pipeline.as_ref(), &device, options, Some(input))?;
        print::print(&format!("\n{}", heads::answers(&Tables::read_dir(&outcome.dir.tables())?)?));
        return Ok(());
    }
    let pipelines = if name == "all" { registry::all() } else { vec![registry::lookup(name)?] };
    let device = backend::open(options.backend)?;
    let mut failed = Vec::new();
    let mut worst = None;
    for pipeline in &pipelines {
        if let Err(failure) = one(pipeline.as_ref(), &device, options, None) {
            if pipelines.len() == 1 {
                return Err(failure);
            }
            print::complain(&failure.error);
            failed.push(pipeline.name());
            // All of them failing alike, on an unusable directory say, keeps its own status.
            worst =
                Some(worst.map_or(failure.status, |w| if w == failure.status { w } else { Status::Failed }));
        }
    }
    match worst {
        None => Ok(()),
        Some(status) => Err(Failure::new(
            status,
            anyhow::anyhow!("{} failed: {}", count(failed.len()), failed.join(", ")),
        )),
    }
}

/// A pipeline and what it is about.
pub(super) type About = (Box<dyn DynPipeline>, Input);

/// The pipeline about the user's model, if one is given.
pub(super) fn about(name: &str, subject: &Subject) -> Result<Option<About>, Failure> {
    let usage = |error| Failure::new(Status::Usage, error);
    let Subject { model, text } = subject;
    if name != heads::NAME && (model.is_some() || text.is_some()) {
        let error =
            anyhow::anyhow!("--model and --text belong to the pipeline `{}`, not to `{name}`", heads::NAME);
        return Err(usage(error));
    }
    match (model, text) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(usage(anyhow::anyhow!(HeadsError::TextAlone))),
        (Some(model), _) => {
            let request = Request { model: model.clone(), text: text.clone() };
            heads::open(&request).map(Some).map_err(Failure::input)
        }
    }
}

/// Runs one pipeline, prints how it ended, and returns what it did if all is well.
pub(super) fn one(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &Options,
    input: Option<Input>,
) -> Result<Outcome, Failure> {
    let clock = Instant::now();
    let outcome = runner::run(pipeline, device, &run_options(options, input))?;
    print::print(&print::outcome(&outcome, clock.elapsed().as_secs_f64()));
    if outcome.is_success() {
        return Ok(outcome);
    }
    let cells = outcome.failed_cells.len();
    let what = match (cells, outcome.failed_checks.len()) {
        (0, checks) => format!("{checks} of its checks failed"),
        (1, _) => format!("cell `{}` failed", outcome.failed_cells[0].0),
        _ => format!("{cells} cells failed"),
    };
    Err(Failure::new(Status::Failed, anyhow::anyhow!("pipeline `{}`: {what}", pipeline.name())))
}

pub(super) fn run_options(options: &Options, input: Option<Input>) -> RunOptions {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    RunOptions {
        profile: options.profile,
        seed: options.seed,
        out: options.out.clone(),
        jobs: options.jobs.unwrap_or(cores),
        input,
        progress: Progress::Shown,
    }
}

fn count(n: usize) -> String {
    if n == 1 { "1 pipeline".to_owned() } else { format!("{n} pipelines") }
}
