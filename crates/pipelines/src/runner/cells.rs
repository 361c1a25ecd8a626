//! The cells of a run, computed in parallel, each on one thread.

use super::RunError;
use super::interrupt;
use super::message;
use super::panics::quietly;
use super::progress::{Meter, Progress};
use crate::backend::Opened;
use crate::pipeline::{CellContext, DynPipeline, Planned, Stages};
use rayon::{ThreadPool, ThreadPoolBuilder};
use relata_relations::Seed;
use relata_runs::{CellEntry, CellError, CellKey, CellRecord, CellStore, Manifest, Row, RunDir};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The manifest is brought up to date at most this often while cells finish: it only adds their
/// times, the work itself is safe.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// How long to listen before the one who waits is told that nothing has ended.
const LISTEN: Duration = Duration::from_secs(1);

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

/// Cells that are not finished: label, and why it failed where a shard of it did.
pub(super) type Missing = Vec<(String, Option<String>)>;

/// What is heard of the cells while they are computed.
pub(super) enum Heard {
    Ended(Ended),
    /// A cell is at this now.
    Stage {
        index: usize,
        stage: String,
    },
    /// Nothing for a while.
    Nothing,
}

/// A cell that was pending and is no more.
pub(super) struct Ended {
    pub(super) index: usize,
    pub(super) end: End,
}

pub(super) enum End {
    /// It was computed here, in so many seconds, and is stored under that checksum.
    Computed { rows: Vec<Row>, checksum: String, seconds: f64 },
    /// Another process had stored it meanwhile.
    Found { rows: Vec<Row>, checksum: String },
    /// It failed after so many seconds.
    Failed { message: String, seconds: f64 },
}

/// What a worker hands over.
enum Handed {
    Computed(CellRecord, f64),
    Found(CellRecord, String),
    Failed(String, f64),
    Stage(String),
}

/// What is stored of the cells.
pub(super) struct Stored {
    /// The rows of finished cells, in the order of all; those of others are empty.
    pub(super) rows: Vec<Vec<Row>>,
    /// The places of the cells that are not finished.
    pub(super) pending: Vec<usize>,
    /// What is wrong with files that are there, a line each.
    pub(super) warnings: Vec<String>,
}

impl Batch<'_> {
    /// Reads what is finished and notes its hashes in the manifest.
    pub(super) fn stored(&self, jobs: &[Job], manifest: &mut Manifest) -> Result<Stored, RunError> {
        let mut stored = Stored { rows: vec![Vec::new(); jobs.len()], pending: vec![], warnings: vec![] };
        for (index, job) in jobs.iter().enumerate() {
            match self.store.load(&job.key) {
                Ok(Some((record, checksum))) => {
                    stored.rows[index] = record.rows;
                    manifest.cells[index].hash = Some(checksum);
                }
                Ok(None) => stored.pending.push(index),
                Err(error @ (CellError::Corrupt { .. } | CellError::Read { .. })) => {
                    let label = &job.planned.label;
                    stored.warnings.push(format!("warning: {error}; `{label}` has to be computed again"));
                    stored.pending.push(index);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(stored)
    }

    /// Reads what is finished, computes the rest, stores each cell as it finishes, and notes
    /// hashes, times and failures in the manifest.
    pub(super) fn finish(
        &self,
        jobs: &[Job],
        manifest: &mut Manifest,
        progress: Progress,
    ) -> Result<Finished, RunError> {
        let Stored { mut rows, pending, warnings } = self.stored(jobs, manifest)?;
        let mut meter = Meter::new(self.pipeline.name(), pending.len(), progress);
        warnings.iter().for_each(|w| meter.warn(w));
        // In this order: the manifest never calls finished what is removed.
        manifest.write(self.dir.path())?;
        if !pending.is_empty() {
            self.dir.clear_results()?;
        }
        interrupt::begin(self.pipeline.name(), jobs.len() - pending.len(), jobs.len());
        let mut noted = Instant::now();
        let mut computed = 0;
        self.compute_all(jobs, &pending, |heard| {
            let done = match heard {
                Heard::Ended(done) => done,
                Heard::Stage { index, stage } => {
                    meter.stage(&manifest.cells[index].label, &stage);
                    return Ok(());
                }
                Heard::Nothing => {
                    meter.wait();
                    return Ok(());
                }
            };
            let entry = &mut manifest.cells[done.index];
            match done.end {
                End::Computed { rows: new, checksum, seconds } => {
                    (entry.hash, entry.seconds) = (Some(checksum), Some(seconds));
                    rows[done.index] = new;
                    computed += 1;
                }
                End::Found { rows: new, checksum } => {
                    entry.hash = Some(checksum);
                    rows[done.index] = new;
                }
                End::Failed { message, seconds } => {
                    meter.warn(&format!("cell `{}` failed: {message}", entry.label));
                    (entry.error, entry.seconds) = (Some(message), Some(seconds));
                    computed += 1;
                }
            }
            meter.step(&entry.label);
            if noted.elapsed() > NOTE_EVERY {
                manifest.write(self.dir.path())?;
                noted = Instant::now();
            }
            Ok(())
        })?;
        interrupt::end();
        Ok(Finished { rows, computed, reused: jobs.len() - computed })
    }

    /// Reads what is finished and says what is not: labels, and what shards left of errors.
    pub(super) fn found(
        &self,
        jobs: &[Job],
        manifest: &mut Manifest,
    ) -> Result<(Finished, Missing), RunError> {
        let Stored { rows, pending, .. } = self.stored(jobs, manifest)?;
        // In this order: the manifest never calls finished what is removed.
        manifest.write(self.dir.path())?;
        self.dir.clear_results()?;
        let notes = self.dir.shard_notes();
        let reused = jobs.len() - pending.len();
        let missing = |index: usize| {
            let entry = &mut manifest.cells[index];
            entry.error = notes.errors.get(&entry.key).cloned();
            (entry.label.clone(), entry.error.clone())
        };
        let missing = pending.into_iter().map(missing).collect();
        Ok((Finished { rows, computed: 0, reused }, missing))
    }

    /// Computes the pending cells that nobody has stored meanwhile, and stores each as it finishes.
    pub(super) fn compute_all(
        &self,
        jobs: &[Job],
        pending: &[usize],
        mut hear: impl FnMut(Heard) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        let pools =
            (0..self.jobs.get().min(pending.len())).map(|_| one_thread()).collect::<Result<Vec<_>, _>>()?;
        thread::scope(|scope| {
            for pool in pools {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || self.work(&pool, jobs, pending, next, &sender));
            }
            drop(sender);
            loop {
                let (index, handed) = match receiver.recv_timeout(LISTEN) {
                    Ok(told) => told,
                    Err(RecvTimeoutError::Timeout) => {
                        hear(Heard::Nothing)?;
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                };
                let end = match handed {
                    Handed::Computed(record, seconds) => {
                        let checksum = self.store.save(&record)?;
                        interrupt::finished_one();
                        End::Computed { rows: record.rows, checksum, seconds }
                    }
                    Handed::Found(record, checksum) => {
                        interrupt::finished_one();
                        End::Found { rows: record.rows, checksum }
                    }
                    Handed::Failed(message, seconds) => End::Failed { message, seconds },
                    Handed::Stage(stage) => {
                        hear(Heard::Stage { index, stage })?;
                        continue;
                    }
                };
                hear(Heard::Ended(Ended { index, end }))?;
            }
        })
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
        match one_thread()?.install(|| self.compute(job, Stages::SILENT)) {
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
        sender: &Sender<(usize, Handed)>,
    ) {
        while let Some(&index) = pending.get(next.fetch_add(1, Ordering::Relaxed)) {
            let handed = match self.store.load(&jobs[index].key) {
                Ok(Some((record, checksum))) => Handed::Found(record, checksum),
                _ => {
                    let clock = Instant::now();
                    // If nobody receives any more, the cell's own end meets that.
                    let tell = |stage: &str| drop(sender.send((index, Handed::Stage(stage.to_owned()))));
                    let result = pool.install(|| self.compute(&jobs[index], Stages::told(&tell)));
                    let seconds = clock.elapsed().as_secs_f64();
                    match result {
                        Ok(record) => Handed::Computed(record, seconds),
                        Err(message) => Handed::Failed(message, seconds),
                    }
                }
            };
            // The receiver is gone only when storing a cell failed: then computing
            // more is pointless.
            if sender.send((index, handed)).is_err() {
                return;
            }
        }
    }

    /// The result of a cell. An error and a panic are both a message: the other cells go on.
    pub(super) fn compute(&self, job: &Job, stages: Stages<'_>) -> Result<CellRecord, String> {
        let label = &job.planned.label;
        let run_seed = Seed(self.seed);
        let seed = run_seed.child(&format!("{}/{label}", self.pipeline.name()));
        let context = CellContext { device: self.device, run_seed, seed, label, stages };
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
