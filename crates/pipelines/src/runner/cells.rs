//! The cells of a run, computed in parallel, each on one thread.

use super::RunError;
use super::message;
use super::panics::quietly;
use super::progress::{Meter, Progress};
use crate::backend::Opened;
use crate::pipeline::{CellContext, DynPipeline, Planned};
use rayon::{ThreadPool, ThreadPoolBuilder};
use relata_relations::Seed;
use relata_runs::{CellEntry, CellError, CellKey, CellRecord, CellStore, Manifest, Row, RunDir};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The manifest is brought up to date at most this often while cells finish: it only adds their
/// times, the work itself is safe.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// A cell and the address of its result.
pub(super) struct Job {
    pub(super) key: CellKey,
    pub(super) planned: Planned,
}

/// What is needed to compute the cells of a run.
pub(super) struct Batch<'a> {
    pub(super) pipeline: &'a dyn DynPipeline,
    pub(super) device: &'a Opened,
    pub(super) seed: u64,
    pub(super) jobs: NonZeroUsize,
    pub(super) dir: &'a RunDir,
    pub(super) store: &'a CellStore,
}

/// All results in the order of the cells; those of failed cells are empty.
pub(super) struct Finished {
    pub(super) rows: Vec<Vec<Row>>,
    pub(super) computed: usize,
    pub(super) reused: usize,
}

struct Computed {
    index: usize,
    seconds: f64,
    result: Result<CellRecord, String>,
}

impl Batch<'_> {
    /// Reads what is finished, computes the rest, stores each cell as it finishes, and notes
    /// hashes, times and failures in the manifest.
    pub(super) fn finish(
        &self,
        jobs: &[Job],
        manifest: &mut Manifest,
        progress: Progress,
    ) -> Result<Finished, RunError> {
        let mut rows: Vec<Vec<Row>> = vec![Vec::new(); jobs.len()];
        let mut pending = Vec::new();
        let mut warnings = Vec::new();
        for (index, job) in jobs.iter().enumerate() {
            match self.store.load(&job.key) {
                Ok(Some((record, checksum))) => {
                    rows[index] = record.rows;
                    manifest.cells[index].hash = Some(checksum);
                }
                Ok(None) => pending.push(index),
                Err(error @ (CellError::Corrupt { .. } | CellError::Read { .. })) => {
                    warnings.push(format!("warning: {error}; computing `{}` again", job.planned.label));
                    pending.push(index);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut meter = Meter::new(self.pipeline.name(), pending.len(), progress);
        warnings.iter().for_each(|w| meter.warn(w));
        if !pending.is_empty() {
            self.dir.clear_results()?;
        }
        manifest.write(self.dir.path())?;

        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        let pools =
            (0..self.jobs.get().min(pending.len())).map(|_| one_thread()).collect::<Result<Vec<_>, _>>()?;
        thread::scope(|scope| {
            for pool in pools {
                let (sender, next, pending) = (sender.clone(), &next, &pending);
                scope.spawn(move || self.work(&pool, jobs, pending, next, &sender));
            }
            drop(sender);
            let mut noted = Instant::now();
            for done in receiver {
                let entry = &mut manifest.cells[done.index];
                entry.seconds = Some(done.seconds);
                match done.result {
                    Ok(record) => {
                        entry.hash = Some(self.store.save(&record)?);
                        rows[done.index] = record.rows;
                    }
                    Err(message) => {
                        meter.warn(&format!("cell `{}` failed: {message}", entry.label));
                        entry.error = Some(message);
                    }
                }
                meter.step(&manifest.cells[done.index].label);
                if noted.elapsed() > NOTE_EVERY {
                    manifest.write(self.dir.path())?;
                    noted = Instant::now();
                }
            }
            Ok::<(), RunError>(())
        })?;
        Ok(Finished { rows, computed: pending.len(), reused: jobs.len() - pending.len() })
    }

    /// Computes and stores one cell, or finds it stored.
    pub(super) fn one(&self, job: &Job) -> Result<CellEntry, RunError> {
        let mut entry = CellEntry {
            key: job.key.clone(),
            label: job.planned.label.clone(),
            config: job.planned.config.clone(),
            hash: None,
            seconds: None,
            error: None,
        };
        if let Ok(Some((_, checksum))) = self.store.load(&job.key) {
            entry.hash = Some(checksum);
            return Ok(entry);
        }
        let clock = Instant::now();
        match one_thread()?.install(|| self.compute(job)) {
            Ok(record) => entry.hash = Some(self.store.save(&record)?),
            Err(message) => entry.error = Some(message),
        }
        entry.seconds = Some(clock.elapsed().as_secs_f64());
        Ok(entry)
    }

    /// Takes the next cell until there are none.
    fn work(
        &self,
        pool: &ThreadPool,
        jobs: &[Job],
        pending: &[usize],
        next: &AtomicUsize,
        sender: &Sender<Computed>,
    ) {
        while let Some(&index) = pending.get(next.fetch_add(1, Ordering::Relaxed)) {
            let clock = Instant::now();
            let result = pool.install(|| self.compute(&jobs[index]));
            let done = Computed { index, seconds: clock.elapsed().as_secs_f64(), result };
            // The receiver is gone only when storing a cell failed: then computing
            // more is pointless.
            if sender.send(done).is_err() {
                return;
            }
        }
    }

    /// The result of a cell. An error and a panic are both a message: the other cells go on.
    pub(super) fn compute(&self, job: &Job) -> Result<CellRecord, String> {
        let label = &job.planned.label;
        let run_seed = Seed(self.seed);
        let seed = run_seed.child(&format!("{}/{label}", self.pipeline.name()));
        let context = CellContext { device: self.device, run_seed, seed, label };
        let rows = quietly(|| self.pipeline.run(&job.planned.config, &context))?.map_err(|e| message(&e))?;
        Ok(CellRecord {
            key: job.key.clone(),
            pipeline: self.pipeline.name().to_owned(),
            label: label.clone(),
            config: job.planned.config.clone(),
            rows,
        })
    }
}

/// A pool of one thread: whatever a cell does in parallel, it does there, in one order.
pub(super) fn one_thread() -> Result<ThreadPool, RunError> {
    // faer otherwise reads the number of threads of the machine; pools of one thread make that
    // moot, but it also splits work.
    faer::set_global_parallelism(faer::Par::Seq);
    ThreadPoolBuilder::new()
        .num_threads(1)
        // As the main thread has: libraries recurse deeper than the default of a spawned thread
        // likes.
        .stack_size(8 << 20)
        .build()
        .map_err(|e| RunError::Threads(e.to_string()))
}
