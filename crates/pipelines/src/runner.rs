//! Runs a pipeline: cells in parallel, finished work kept; tables, summary and sentences written at
//! the end, and then the figures, of which one that cannot be drawn costs nothing else.
//!
//! The bytes of tables, summary and figures are a function of the program, the pipeline, the
//! profile, the backend, the seed and the user's input. They do not depend on the number of jobs,
//! because every cell computes inside a thread pool of its own with one thread and rows are
//! gathered in the order of the cells; nor on interruptions, because a finished cell is read back
//! exactly as it was stored.

mod cells;
mod compare;
mod costs;
mod drawings;
mod interrupt;
mod memory;
mod panics;
mod progress;
mod readable;
mod report;
mod results;
mod shards;
mod source;
mod story;
mod tables;
mod verify;

pub use compare::{CompareError, Comparison, compare};
pub use drawings::{DrawingOptions, Redrawn, redraw};
pub use interrupt::end_on_signals;
pub use panics::quietly;
pub use progress::Progress;
pub(crate) use readable::{counted, duration, message, number};
pub use report::{ReportFigures, report};
pub use results::ResultsError;
pub use shards::{CellProgress, CellState, ShardOutcome, cell_states, run_shard};
pub(crate) use shards::{claimed, costs, place, run_part};
pub use source::{Code, CodeError};
pub(crate) use story::standing;
pub use tables::{GatherError, gather_tables};
pub use verify::{Verified, verify};

use crate::backend::Opened;
use crate::pipeline::{DynPipeline, Planned};
use cells::{Batch, Finished, Job};
use drawings::Drawings;
use relata_runs::{
    CellEntry, CellError, CellKey, CellStore, Input, KeyParts, Manifest, ManifestError, PlanError, Profile,
    RunDir, RunDirError, RunName, SCHEMA_VERSION, Status, Summary, WriteError,
};
use results::Results;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

/// What to run, and where to. The default is the `standard` profile with the seed 0 into `runs`, on
/// all cores.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How much to compute.
    pub profile: Profile,
    /// The seed of all randomness.
    pub seed: u64,
    /// The directory under which run directories live.
    pub out: PathBuf,
    /// Cells computed at a time.
    pub jobs: NonZeroUsize,
    /// The user's own data, where the pipeline takes some.
    pub input: Option<Input>,
    /// How progress is shown.
    pub progress: Progress,
    /// How figures are drawn.
    pub drawing: DrawingOptions,
    /// What people call the run.
    pub name: Option<String>,
    /// By what of the program results are addressed.
    pub code: Code,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            seed: 0,
            out: "runs".into(),
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            input: None,
            progress: Progress::Shown,
            drawing: DrawingOptions::default(),
            name: None,
            code: Code::default(),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// Where it lives.
    pub dir: RunDir,
    /// Cells computed now.
    pub computed: usize,
    /// Cells that were finished already.
    pub reused: usize,
    /// Headline numbers; none if a cell failed.
    pub summary: Option<Summary>,
    /// The sentences, where the pipeline has any.
    pub answers: Option<String>,
    /// Every figure file that was written.
    pub figures: Vec<PathBuf>,
    /// What is to be said of the figures: those that could not be drawn, fonts, boxes.
    pub notes: Vec<String>,
    /// Cells that failed: label and reason.
    pub failed_cells: Vec<(String, String)>,
    /// What the pipeline's own checks found wrong.
    pub failed_checks: Vec<String>,
    /// Cells that were to be gathered and are not there: label, and why it failed where a shard of
    /// it did.
    pub missing: Vec<(String, Option<String>)>,
}

impl Outcome {
    /// Whether every cell finished and every check passed.
    pub fn is_success(&self) -> bool {
        self.failed_cells.is_empty() && self.failed_checks.is_empty() && self.missing.is_empty()
    }
}

/// A run could not be carried out. A cell that fails is not such an error: see
/// [`Outcome::failed_cells`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The run directory cannot be used.
    #[error(transparent)]
    Dir(#[from] RunDirError),
    /// The run directory holds something else than a run of this version.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A finished cell cannot be stored.
    #[error(transparent)]
    Cell(#[from] CellError),
    /// The pipeline's list of cells is unusable.
    #[error("pipeline `{pipeline}`: {}", message(reason))]
    Plan {
        /// The pipeline.
        pipeline: &'static str,
        /// Why.
        reason: anyhow::Error,
    },
    /// There is no such cell.
    #[error("pipeline `{pipeline}` has no cell `{wanted}` in this profile{}", near.as_deref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoCell {
        /// The pipeline.
        pipeline: &'static str,
        /// What was asked for.
        wanted: String,
        /// The nearest label.
        near: Option<String>,
    },
    /// The program that runs is not known.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The threads for the cells could not be started.
    #[error("cannot start a thread for cells: {0}")]
    Threads(String),
    /// Tables, summary or figures could not be made.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The shards of the run are those of another program.
    #[error(transparent)]
    Shards(#[from] PlanError),
}

/// What becomes of cells that are not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacking {
    Computed,
    Named,
}

/// Runs the pipeline on the device, or as much of it as is not finished yet.
pub fn run(pipeline: &dyn DynPipeline, device: &Opened, options: &RunOptions) -> Result<Outcome, RunError> {
    gather(pipeline, device, options, Lacking::Computed)
}

/// Makes tables, summary and figures of the cells that are finished, and computes none. With all of
/// them it ends as [`run`] does. Else what can be made of the others is made, the manifest says that
/// the run is not whole, and [`Outcome::missing`] names what is missing.
pub fn collect(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
) -> Result<Outcome, RunError> {
    gather(pipeline, device, options, Lacking::Named)
}

fn gather(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
    lacking: Lacking,
) -> Result<Outcome, RunError> {
    let clock = Instant::now();
    memory::forget_peak();
    let dir = RunDir::create(&options.out, &run_name(pipeline, device, options))?;
    let _lock = dir.lock()?;
    dir.clean()?;
    let store = CellStore::open(&dir.cells())?;
    let jobs = jobs(pipeline, device, options)?;
    let mut manifest = begun(pipeline, device, options, &dir, &jobs)?;

    let batch = Batch { pipeline, device, seed: options.seed, jobs: options.jobs, dir: &dir, store: &store };
    let (Finished { rows, computed, reused }, missing) = match lacking {
        Lacking::Computed => (batch.finish(&jobs, &mut manifest, options.progress)?, Vec::new()),
        Lacking::Named => batch.found(&jobs, &mut manifest)?,
    };
    let mut outcome = Outcome {
        dir: dir.clone(),
        computed,
        reused,
        summary: None,
        answers: None,
        figures: Vec::new(),
        notes: Vec::new(),
        failed_cells: Vec::new(),
        failed_checks: Vec::new(),
        missing,
    };
    for cell in &manifest.cells {
        if let Some(error) = cell.error.as_ref().filter(|_| lacking == Lacking::Computed) {
            outcome.failed_cells.push((cell.label.clone(), error.clone()));
        }
    }
    if outcome.failed_cells.is_empty() {
        let rows = rows.into_iter().flatten().collect();
        let results = if outcome.missing.is_empty() {
            Results::of_all(pipeline, rows)
        } else {
            Results::of_some(pipeline, rows).map(|(results, notes)| {
                outcome.notes = notes;
                results
            })
        };
        let made = results.and_then(|results| {
            manifest.files = results.write(&dir)?;
            // Whatever becomes of the figures, this is kept.
            manifest.write(dir.path())?;
            let drawings = Drawings::draw(pipeline, &results.tables, &options.drawing)?;
            drawings.write(&dir)?;
            Ok((results, drawings))
        });
        match made {
            Ok((results, drawings)) => {
                manifest.files.extend(drawings.hashes());
                manifest.drawing = drawings.drawing.clone();
                outcome.figures = drawings.paths(&dir);
                outcome.notes.extend(drawings.notes());
                outcome.failed_checks = results.failed_checks;
                outcome.answers = results.answers;
                outcome.summary = results.summary;
            }
            Err(error) => {
                manifest.status = Status::Failed;
                manifest.failed_checks = vec![error.to_string()];
                manifest.seconds = clock.elapsed().as_secs_f64();
                manifest.write(dir.path())?;
                return Err(error.into());
            }
        }
    } else {
        dir.clear_results()?;
    }
    manifest.failed_checks = outcome.failed_checks.clone();
    if !outcome.missing.is_empty() {
        manifest.failed_checks.push(format!("{} of {} cells are missing", outcome.missing.len(), jobs.len()));
    }
    manifest.status = if outcome.is_success() { Status::Done } else { Status::Failed };
    manifest.seconds = clock.elapsed().as_secs_f64();
    manifest.peak_memory = memory::peak();
    manifest.write(dir.path())?;
    Ok(outcome)
}

/// The manifest of a run that begins, with what an earlier run and shards say of its cells.
fn begun(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
    dir: &RunDir,
    jobs: &[Job],
) -> Result<Manifest, RunError> {
    let earlier = earlier(dir)?;
    let mut seconds: BTreeMap<&CellKey, f64> = BTreeMap::new();
    let notes = dir.shard_notes();
    seconds.extend(earlier.iter().flat_map(|m| &m.cells).filter_map(|c| Some((&c.key, c.seconds?))));
    seconds.extend(notes.seconds.iter().map(|(key, seconds)| (key, *seconds)));
    let entry = |job: &Job| CellEntry {
        key: job.key.clone(),
        label: job.planned.label.clone(),
        config: job.planned.config.clone(),
        hash: None,
        seconds: seconds.get(&job.key).copied(),
        error: None,
    };
    Ok(Manifest {
        schema_version: SCHEMA_VERSION,
        status: Status::Running,
        pipeline: pipeline.name().to_owned(),
        profile: options.profile,
        backend: device.kind,
        device: device.name.clone(),
        seed: options.seed,
        input: options.input.clone(),
        source: source::source(options.code.hash(pipeline.name())?),
        name: options.name.clone(),
        host: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cores: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        jobs: options.jobs.get(),
        // A clock before 1970 is wrong, and no reason not to run.
        started_unix: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs()),
        seconds: 0.0,
        cells: jobs.iter().map(entry).collect(),
        files: Default::default(),
        drawing: Default::default(),
        failed_checks: Vec::new(),
        peak_memory: None,
        checksum: None,
    })
}

/// Computes one cell into the run's store, unless it is there. `wanted` is its label, its key, or
/// the beginning of its key. Several processes may do this at once in one run directory; a later
/// [`run`] finds their work.
pub fn run_cell(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
    wanted: &str,
) -> Result<CellEntry, RunError> {
    let jobs = jobs(pipeline, device, options)?;
    let found = jobs.iter().find(|j| j.planned.label == wanted || j.key.as_str() == wanted).or_else(|| {
        let mut begins = jobs.iter().filter(|j| wanted.len() >= 4 && j.key.as_str().starts_with(wanted));
        begins.next().filter(|_| begins.next().is_none())
    });
    let job = found.ok_or_else(|| RunError::NoCell {
        pipeline: pipeline.name(),
        wanted: wanted.to_owned(),
        near: relata_runs::nearest(wanted, jobs.iter().map(|j| j.planned.label.as_str())).map(str::to_owned),
    })?;
    let dir = RunDir::create(&options.out, &run_name(pipeline, device, options))?;
    earlier(&dir)?;
    let store = CellStore::open(&dir.cells())?;
    let batch = Batch { pipeline, device, seed: options.seed, jobs: options.jobs, dir: &dir, store: &store };
    batch.one(job)
}

fn run_name(pipeline: &dyn DynPipeline, device: &Opened, options: &RunOptions) -> RunName {
    RunName {
        pipeline: pipeline.name().to_owned(),
        profile: options.profile,
        backend: device.kind,
        seed: options.seed,
        input: options.input.as_ref().map(|i| i.hash.clone()),
    }
}

fn jobs(pipeline: &dyn DynPipeline, device: &Opened, options: &RunOptions) -> Result<Vec<Job>, RunError> {
    let plan = pipeline.plan(options.profile);
    let plan = plan.map_err(|reason| RunError::Plan { pipeline: pipeline.name(), reason })?;
    let code = options.code.hash(pipeline.name())?;
    let key = |planned: &Planned| {
        CellKey::of(&KeyParts {
            pipeline: pipeline.name(),
            config: &planned.config,
            seed: options.seed,
            backend: device.kind,
            input: options.input.as_ref().map(|i| i.hash.as_str()),
            code: &code,
        })
    };
    Ok(plan.into_iter().map(|planned| Job { key: key(&planned), planned }).collect())
}

/// The manifest of an earlier run in this directory. None is fine, and so is a damaged one, which
/// only costs the times of cells; one of another version is not ours to overwrite.
fn earlier(dir: &RunDir) -> Result<Option<Manifest>, ManifestError> {
    match Manifest::read(dir.path()) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error @ ManifestError::Schema { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}
