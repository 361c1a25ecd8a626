//! `sweep`: many runs as one piece of work, cut into shards that any engine can start.

mod local;
mod slurm;
mod snakemake;
mod work;

use super::print;
use super::status::{Failure, Status};
use crate::runner::{counted, duration};
use relata_cli::{Engine, SweepArgs};
use relata_runs::Shard;
use std::num::NonZeroUsize;
use work::Work;

pub(super) fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    let work = Work::open(args)?;
    match (args.shard, args.engine) {
        (Some(shard), _) => return work.compute(shard),
        (None, _) if args.check => {
            print::print(&said(&work, work.shards_now()?));
            return Ok(());
        }
        (None, _) if args.collect => return work.collect(),
        (None, Engine::Local) => return local::run(&work),
        (None, Engine::Snakemake) => snakemake::run(&work)?,
        (None, Engine::Slurm) if args.submit => slurm::submit(&work)?,
        (None, Engine::Slurm) => return slurm::prepare(&work),
    }
    work.collect()
}

/// What there is to do.
fn said(work: &Work, shards: NonZeroUsize) -> String {
    let (cells, left) = (work.cells(), work.left());
    let seconds = work.expected_seconds();
    let time = seconds.map(|s| format!(", about {} of one core in all", duration(s))).unwrap_or_default();
    format!(
        "{}, {}, {left} of them missing{time}; {}\n",
        counted(work.runs(), "run"),
        counted(cells, "cell"),
        counted(shards.get(), "shard")
    )
}

/// All shards of so many.
fn all(count: NonZeroUsize) -> Result<Vec<Shard>, Failure> {
    (0..count.get()).map(|index| Ok(Shard::new(index, count)?)).collect()
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// An engine is not here, or did not do its work.
fn failed(message: String) -> Failure {
    Failure::new(Status::Failed, anyhow::anyhow!(message))
}
