//! The cells of a sweep: which there are, which are missing, and one shard of them.

use super::super::print;
use super::super::run::{ended, run_options};
use super::super::status::{Failure, Status};
use crate::backend::{self, Opened};
use crate::registry::{self, Ready};
use crate::runner::{self, RunOptions};
use anyhow::Context as _;
use relata_cli::{Asked, RunArgs, Sweep, SweepArgs};
use relata_runs::{BackendKind, CellStore, RunDir, Shard, ShardPlan, hash_bytes, make_directory};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A shard of more cells would lose too much time where its start is all that is shared out.
const MAX_SHARD_CELLS: usize = 500;

/// A shard of more work would lose too much when it is killed.
const SHARD_SECONDS: f64 = 300.0;

/// More are refused by Slurm as it comes.
const MAX_SHARDS: usize = 1000;

/// A run of the sweep.
struct Part {
    args: RunArgs,
    ready: Ready,
    options: RunOptions,
    /// The places of its cells among all.
    cells: std::ops::Range<usize>,
    dir: RunDir,
}

/// Everything there is to do.
pub(super) struct Work {
    pub(super) sweep: Sweep,
    pub(super) config: PathBuf,
    pub(super) jobs: NonZeroUsize,
    parts: Vec<Part>,
    devices: Vec<Opened>,
    dir: RunDir,
    plan: ShardPlan,
}

impl Work {
    /// Reads and checks the configuration, and counts its cells, before anything is computed.
    pub(super) fn open(args: &SweepArgs) -> Result<Self, Failure> {
        let config = std::path::absolute(&args.config)?;
        let sweep = Sweep::read(&config).map_err(Failure::input)?;
        if let Some(place) = config.parent() {
            // What the configuration names is beside it.
            std::env::set_current_dir(place).with_context(|| place.display().to_string())?;
        }
        let runs = sweep.runs().map_err(Failure::input)?;
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let jobs = args.jobs.unwrap_or(cores);
        let mut work = Self {
            dir: RunDir::at(sweep.out.join("sweeps").join(name(&config, &sweep))),
            sweep,
            config,
            jobs,
            parts: Vec::new(),
            devices: Vec::new(),
            plan: ShardPlan::new([]),
        };
        let mut costs = Vec::new();
        for args in runs {
            let device = work.device(args.options.backend)?;
            let Asked::One { pipeline, given } = &args.asked else { continue };
            let ready = registry::open(pipeline.name, given)?;
            let options = RunOptions { jobs, ..run_options(&args.options, ready.input.clone()) };
            let of_run = runner::costs(ready.pipeline.as_ref(), &device, &options)?;
            let cells = costs.len()..costs.len() + of_run.len();
            costs.extend(of_run);
            if costs.len() as u64 > work.sweep.max_cells {
                let max = work.sweep.max_cells;
                let error = anyhow::anyhow!(
                    "the sweep has more than {max} cells; nothing was started. `max_cells` in the configuration sets \
                     another limit"
                );
                return Err(Failure::input(error));
            }
            let dir = runner::place(ready.pipeline.as_ref(), &device, &options);
            work.parts.push(Part { args, ready, options, cells, dir });
        }
        // What nothing is known of takes as long as the rest.
        let known = costs.iter().map(|(_, c)| *c).filter(|c| *c > 0.0);
        let (sum, count) = known.fold((0.0, 0.0), |(sum, count), c| (sum + c, count + 1.0));
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        work.plan = ShardPlan::new(costs.into_iter().map(|(key, c)| (key, if c > 0.0 { c } else { mean })));
        Ok(work)
    }

    /// A device is opened once, whatever the number of runs.
    fn device(&mut self, kind: BackendKind) -> Result<Opened, Failure> {
        if let Some(device) = self.devices.iter().find(|d| d.kind == kind) {
            return Ok(device.clone());
        }
        let device = backend::open(kind)?;
        self.devices.push(device.clone());
        Ok(device)
    }

    fn device_of(&self, part: &Part) -> Result<&Opened, Failure> {
        let found = self.devices.iter().find(|d| d.kind == part.args.options.backend);
        found.ok_or_else(|| super::failed("the device of a run was not opened".to_owned()))
    }

    pub(super) fn runs(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn cells(&self) -> usize {
        self.plan.keys().count()
    }

    /// How many cells have no file.
    pub(super) fn left(&self) -> usize {
        self.absent().iter().filter(|absent| **absent).count()
    }

    /// What all cells are expected to cost; none where nothing is known.
    pub(super) fn expected_seconds(&self) -> Option<f64> {
        let known = self.parts.iter().any(|p| p.dir.path().join("manifest.json").is_file());
        known.then(|| self.plan.costs().sum())
    }

    /// Where engines keep what is theirs.
    pub(super) fn place(&self) -> Result<&Path, Failure> {
        make_directory(self.dir.path())?;
        Ok(self.dir.path())
    }

    /// How many shards there would be by what is known now.
    pub(super) fn shards_now(&self) -> Result<NonZeroUsize, Failure> {
        self.shards_of(&self.plan)
    }

    /// How many shards there are: a coordinator that is started again cuts as the first one did.
    pub(super) fn shards(&self) -> Result<NonZeroUsize, Failure> {
        self.shards_of(&self.agreed()?)
    }

    fn shards_of(&self, plan: &ShardPlan) -> Result<NonZeroUsize, Failure> {
        let cells = self.cells().max(1);
        let by_time = (plan.costs().sum::<f64>() / SHARD_SECONDS).ceil();
        let wanted = cells.div_ceil(MAX_SHARD_CELLS).max(by_time as usize).clamp(1, MAX_SHARDS).min(cells);
        let chosen = self.sweep.shards.map_or(wanted, NonZeroUsize::get);
        NonZeroUsize::new(chosen).ok_or_else(|| super::failed("a sweep has one shard or more".to_owned()))
    }

    /// Keeps other coordinators of this sweep out.
    pub(super) fn coordinate(&self) -> Result<relata_runs::RunLock, Failure> {
        Ok(self.dir.claim_shard("coordinator")?)
    }

    /// The plan that all shards follow.
    fn agreed(&self) -> Result<ShardPlan, Failure> {
        let path = self.dir.shards().join("plan.json");
        self.plan.clone().agree(&path).map_err(|e| runner::RunError::Shards(e).into())
    }

    /// A name for what follows from the plan and this many shards: markers of engines are worth
    /// nothing for another.
    pub(super) fn agreed_name(&self, count: NonZeroUsize) -> Result<String, Failure> {
        Ok(format!("{count}-{}", &self.agreed()?.name()[..12]))
    }

    /// The shards with cells that have no file.
    pub(super) fn unfinished(&self, count: NonZeroUsize) -> Result<Vec<Shard>, Failure> {
        let (plan, absent) = (self.agreed()?, self.absent());
        let of = plan.parts(count);
        let mut open = vec![false; count.get()];
        for (place, part) in of.into_iter().enumerate() {
            open[part] |= absent[place];
        }
        Ok(super::all(count)?.into_iter().filter(|shard| open[shard.index()]).collect())
    }

    /// Of each cell, whether it has no file. Files are not read: what is in them is looked at by the
    /// shard and when they are gathered.
    fn absent(&self) -> Vec<bool> {
        let stores = self.parts.iter().map(|part| (CellStore::existing(&part.dir.cells()), part));
        let keys: Vec<_> = self.plan.keys().collect();
        stores
            .flat_map(|(store, part)| {
                keys[part.cells.clone()].iter().map(move |key| !store.path(key).is_file())
            })
            .collect()
    }

    /// Computes one shard.
    pub(super) fn compute(&self, shard: Shard) -> Result<(), Failure> {
        let clock = Instant::now();
        let places = self.agreed()?.part(shard);
        let name = format!("{}-of-{}", shard.index(), shard.count());
        let _claim = runner::claimed(&self.dir, &name)?;
        // In the directory of a run several sweeps may leave notes.
        let note = format!("{}-{name}", self.dir.path().file_name().unwrap_or_default().to_string_lossy());
        let mut failed = 0;
        for part in &self.parts {
            let inside = places.iter().filter(|p| part.cells.contains(p)).map(|p| p - part.cells.start);
            let inside: Vec<usize> = inside.collect();
            if inside.is_empty() {
                continue;
            }
            let (pipeline, device) = (part.ready.pipeline.as_ref(), self.device_of(part)?);
            let outcome = runner::run_part(pipeline, device, &part.options, &inside, &note)?;
            failed += outcome.failed_cells.len();
            let seconds = clock.elapsed().as_secs_f64();
            print::print(&print::part(&outcome, &format!("shard {shard}"), seconds));
        }
        match failed {
            0 => Ok(()),
            _ => Err(super::failed(format!("shard {shard}: {} failed", runner::counted(failed, "cell")))),
        }
    }

    /// Gathers every run.
    pub(super) fn collect(&self) -> Result<(), Failure> {
        self.each(runner::collect)
    }

    /// Does something for each run; one that fails does not stop the others.
    pub(super) fn each(
        &self,
        one: impl Fn(&dyn crate::DynPipeline, &Opened, &RunOptions) -> Result<runner::Outcome, runner::RunError>,
    ) -> Result<(), Failure> {
        let mut worst: Option<Status> = None;
        let mut bad = 0;
        for part in &self.parts {
            let clock = Instant::now();
            let result = one(part.ready.pipeline.as_ref(), self.device_of(part)?, &part.options)
                .map_err(Failure::from)
                .and_then(|outcome| ended(&part.ready, &outcome, clock.elapsed().as_secs_f64()));
            if let Err(failure) = result {
                print::complain_of(part.dir.path(), &failure.error);
                bad += 1;
                worst = Some(
                    worst.map_or(failure.status, |w| if w == failure.status { w } else { Status::Failed }),
                );
            }
        }
        match worst {
            None => Ok(()),
            Some(status) => {
                let error = anyhow::anyhow!("{} of {} failed", bad, runner::counted(self.runs(), "run"));
                Err(Failure::new(status, error))
            }
        }
    }
}

/// The name of the sweep's own directory: that of its file, and what it asks for.
fn name(config: &Path, sweep: &Sweep) -> String {
    let stem = config.file_stem().unwrap_or_default().to_string_lossy();
    let plain: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{plain}-{}", &hash_bytes(format!("{:?}", sweep.grid).as_bytes())[..12])
}
