//! Cells by the part: what there is to do, and one part of it. Any number of processes on any number
//! of machines may work in one run directory at the same time; none of them needs another.

use super::cells::{Batch, End, Heard, Job};
use super::costs::expected;
use super::progress::{Meter, Progress};
use super::{RunError, RunOptions, earlier, interrupt, jobs, run_name};
use crate::backend::Opened;
use crate::pipeline::DynPipeline;
use relata_runs::{CellKey, CellStore, RunDir, RunDirError, RunLock, Shard, ShardNotes, ShardPlan};
use serde::Serialize;
use std::time::{Duration, Instant};

/// What a shard has to say is written at most this often while cells finish.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// How often somebody else's claim is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How far a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CellProgress {
    /// Its result is stored.
    Done,
    /// It is not.
    Missing,
    /// A file is there, and is not what was stored.
    Damaged,
}

/// A cell, how far it is, and what is known of its cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellState {
    /// The address of its result.
    pub key: CellKey,
    /// What users call it.
    pub label: String,
    /// How far it is.
    pub state: CellProgress,
    /// What it is expected to take, in seconds, by the times of earlier runs; none if there are no
    /// such times.
    pub expected_seconds: Option<f64>,
    /// Why it failed, where a shard of it did.
    pub error: Option<String>,
}

/// How a shard ended.
#[derive(Debug)]
pub struct ShardOutcome {
    /// The run that it is a part of.
    pub dir: RunDir,
    /// How many cells it has.
    pub cells: usize,
    /// How many were computed now.
    pub computed: usize,
    /// Those that failed: label and reason.
    pub failed_cells: Vec<(String, String)>,
}

/// The cells of a run in their order, and how far each is. Nothing is written.
///
/// # Errors
/// [`RunError`]
pub fn cell_states(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
) -> Result<Vec<CellState>, RunError> {
    let jobs = jobs(pipeline, device, options)?;
    let dir = place(pipeline, device, options);
    earlier(&dir)?;
    let store = CellStore::existing(&dir.cells());
    let notes = dir.shard_notes();
    let seconds = expected(&jobs, &dir, &notes);
    let state = |(job, expected_seconds): (Job, Option<f64>)| {
        let state = match store.load(&job.key) {
            Ok(Some(_)) => CellProgress::Done,
            Ok(None) => CellProgress::Missing,
            Err(_) => CellProgress::Damaged,
        };
        let error = notes.errors.get(&job.key).filter(|_| state != CellProgress::Done).cloned();
        CellState { key: job.key, label: job.planned.label, state, expected_seconds, error }
    };
    Ok(jobs.into_iter().zip(seconds).map(state).collect())
}

/// Computes what is missing of a part of the run. The parts are balanced by what their cells are
/// expected to cost, which the first part writes down for the others. Where another process works
/// at the same part, this waits for it.
///
/// # Errors
/// [`RunError`]; [`RunError::Plan`] among them if the parts that are there are those of another
/// version of the program. A cell that fails is not one: see [`ShardOutcome::failed_cells`].
pub fn run_shard(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
    shard: Shard,
) -> Result<ShardOutcome, RunError> {
    let jobs = jobs(pipeline, device, options)?;
    let dir = RunDir::create(&options.out, &run_name(pipeline, device, options))?;
    earlier(&dir)?;
    let seconds = expected(&jobs, &dir, &dir.shard_notes());
    let cells = jobs.iter().zip(seconds).map(|(job, cost)| (job.key.clone(), cost.unwrap_or_default()));
    let plan = ShardPlan::new(cells).agree(&dir.shards().join("plan.json"))?;
    let name = format!("{}-of-{}", shard.index(), shard.count());
    let _claim = claimed(&dir, &name)?;
    run_part(pipeline, device, options, &plan.part(shard), &name)
}

/// The right to work at a part alone, as soon as nobody else has it.
pub(crate) fn claimed(dir: &RunDir, name: &str) -> Result<RunLock, RunError> {
    let mut said = false;
    loop {
        match dir.claim_shard(name) {
            Err(RunDirError::Locked { holder, .. }) => {
                if !said {
                    let who = holder.map(|h| format!(" (process {h})")).unwrap_or_default();
                    Meter::new("", 0, Progress::Silent)
                        .warn(&format!("another process{who} works at part {name}; waiting for it"));
                    said = true;
                }
                std::thread::sleep(LOOK_EVERY);
            }
            answer => return Ok(answer?),
        }
    }
}

/// Computes what is missing of the cells at those places of the plan, and leaves their times and
/// errors under `name` beside them.
pub(crate) fn run_part(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
    places: &[usize],
    name: &str,
) -> Result<ShardOutcome, RunError> {
    let all = jobs(pipeline, device, options)?;
    let dir = RunDir::create(&options.out, &run_name(pipeline, device, options))?;
    earlier(&dir)?;
    let store = CellStore::open(&dir.cells())?;
    let batch = Batch { pipeline, device, seed: options.seed, jobs: options.jobs, dir: &dir, store: &store };
    // A damaged file is computed again; so is one that cannot be read.
    let missing = |place: &usize| !matches!(store.load(&all[*place].key), Ok(Some(_)));
    let pending: Vec<usize> = places.iter().copied().filter(missing).collect();
    let mut meter = Meter::new(pipeline.name(), pending.len(), options.progress);
    let mut outcome =
        ShardOutcome { dir: dir.clone(), cells: places.len(), computed: 0, failed_cells: Vec::new() };
    let mut notes = ShardNotes::default();
    let mut noted = Instant::now();
    interrupt::begin(pipeline.name(), places.len() - pending.len(), places.len());
    batch.compute_all(&all, &pending, |heard| {
        let ended = match heard {
            Heard::Ended(ended) => ended,
            Heard::Stage { index, stage } => {
                meter.stage(&all[index].planned.label, &stage);
                return Ok(());
            }
            Heard::Nothing => {
                meter.wait();
                return Ok(());
            }
        };
        let Job { key, planned } = &all[ended.index];
        match ended.end {
            End::Computed { seconds, .. } => {
                notes.seconds.insert(key.clone(), seconds);
                outcome.computed += 1;
            }
            End::Found { .. } => {}
            End::Failed { message, .. } => {
                meter.warn(&format!("cell `{}` failed: {message}", planned.label));
                notes.errors.insert(key.clone(), message.clone());
                outcome.failed_cells.push((planned.label.clone(), message));
            }
        }
        meter.step(&planned.label);
        if noted.elapsed() > NOTE_EVERY {
            dir.note_shard(name, &notes)?;
            noted = Instant::now();
        }
        Ok(())
    })?;
    interrupt::end();
    if !pending.is_empty() {
        dir.note_shard(name, &notes)?;
    }
    Ok(outcome)
}

/// The costs of all cells of a run, for a plan that spans several runs.
pub(crate) fn costs(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    options: &RunOptions,
) -> Result<Vec<(CellKey, f64)>, RunError> {
    let jobs = jobs(pipeline, device, options)?;
    let dir = place(pipeline, device, options);
    let seconds = expected(&jobs, &dir, &dir.shard_notes());
    Ok(jobs.into_iter().zip(seconds).map(|(job, cost)| (job.key, cost.unwrap_or_default())).collect())
}

/// Where the run is.
pub(crate) fn place(pipeline: &dyn DynPipeline, device: &Opened, options: &RunOptions) -> RunDir {
    RunDir::at(options.out.join(run_name(pipeline, device, options).path()))
}
