//! Slurm without anything else: a script for an array of jobs, one per shard.

use super::super::print;
use super::super::status::Failure;
use super::work::Work;
use super::{failed, quoted};
use relata_runs::{Shard, write_atomic};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::Command;

/// How often the shards that failed, or were killed, are handed in again.
const ATTEMPTS: usize = 3;

/// Writes the script and says what to type.
pub(super) fn prepare(work: &Work) -> Result<(), Failure> {
    let count = work.shards()?;
    let script = write(work, count)?;
    let open = work.unfinished(count)?;
    print::print(&super::said(work, count));
    if !open.is_empty() {
        let (array, script) = (array(&open), script.display().to_string());
        print::print(&format!("sbatch --wait --array={array} {}\n", quoted(&script)));
    }
    print::print(&format!("{} sweep {} --collect\n", quoted(&program()?), config(work)));
    Ok(())
}

/// Hands the shards that are not finished to `sbatch`, waits, and hands in again what is not
/// finished then. A coordinator that is started again does the same: it asks for what is missing.
pub(super) fn submit(work: &Work) -> Result<(), Failure> {
    let count = work.shards()?;
    let script = write(work, count)?;
    let _alone = work.coordinate()?;
    for _ in 0..ATTEMPTS {
        let open = work.unfinished(count)?;
        if open.is_empty() {
            break;
        }
        print::note(&format!("sbatch: shards {} of {count}", array(&open)));
        let mut sbatch = Command::new("sbatch");
        sbatch.arg("--wait").arg(format!("--array={}", array(&open))).arg(&script);
        // A job that failed makes `sbatch --wait` fail, too; what is missing is seen below.
        sbatch.status().map_err(|e| {
            failed(format!(
                "the engine slurm needs `sbatch`, which cannot be started here: {e}; without `--submit` the script is \
                 only written"
            ))
        })?;
    }
    Ok(())
}

/// The places of the shards as `--array` takes them: `0-3,7`.
fn array(shards: &[Shard]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for index in shards.iter().map(|s| s.index()) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => ranges.push((index, index)),
        }
    }
    let range = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

fn write(work: &Work, count: NonZeroUsize) -> Result<PathBuf, Failure> {
    let place = std::path::absolute(work.place()?)?;
    relata_runs::make_directory(&place.join("logs"))?;
    let slurm = &work.sweep.slurm;
    let logs = place.join("logs/%A_%a.txt");
    let mut lines = vec![
        "#!/bin/bash".to_owned(),
        "#SBATCH --job-name=relata".to_owned(),
        format!("#SBATCH --array=0-{}", count.get() - 1),
        "#SBATCH --ntasks=1".to_owned(),
        format!("#SBATCH --output={}", logs.display()),
    ];
    lines.extend(options(slurm).iter().map(|option| format!("#SBATCH {option}")));
    lines.push(format!(
        "exec {} sweep {} --shard \"$SLURM_ARRAY_TASK_ID/{count}\" --jobs \"${{SLURM_CPUS_PER_TASK:-1}}\"",
        quoted(&program()?),
        config(work)
    ));
    let script = place.join("sweep.sbatch");
    write_atomic(&script, (lines.join("\n") + "\n").as_bytes())?;
    Ok(script)
}

/// What the configuration says of jobs, as options of `sbatch`.
pub(super) fn options(slurm: &relata_cli::SlurmParams) -> Vec<String> {
    let named = [("partition", &slurm.partition), ("time", &slurm.time), ("mem", &slurm.memory)];
    let named = named.iter().filter_map(|(name, value)| Some(format!("--{name}={}", value.as_ref()?)));
    named.chain(slurm.options.iter().cloned()).collect()
}

/// This program, which every machine must be able to start by this name.
pub(super) fn program() -> Result<String, Failure> {
    Ok(std::env::current_exe()?.display().to_string())
}

pub(super) fn config(work: &Work) -> String {
    quoted(&work.config.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_sbatch_reads_them() {
        let count = NonZeroUsize::new(20).unwrap();
        let shards = |indices: &[usize]| -> Vec<Shard> {
            indices.iter().map(|i| Shard::new(*i, count).unwrap()).collect()
        };
        assert_eq!(array(&shards(&[0, 1, 2, 3, 7, 9, 10])), "0-3,7,9-10");
        assert_eq!(array(&shards(&[5])), "5");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }
}
