//! What a cell is expected to cost, from the times of earlier runs.

use super::cells::Job;
use relata_runs::{Manifest, RunDir, ShardNotes};
use std::collections::BTreeMap;
use std::path::Path;

/// So many earlier runs are asked. The times of a cell differ little from run to run, and a
/// directory may hold thousands of runs.
const MAX_RUNS_ASKED: usize = 32;

/// The expected seconds of each cell: what it took in this run; else the mean of what the same
/// cell took in other runs of the pipeline under the output directory; else the mean over the cells
/// of which something is known. None if nothing is known of any.
pub(super) fn expected(jobs: &[Job], dir: &RunDir, notes: &ShardNotes) -> Vec<Option<f64>> {
    let mut times: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut own: BTreeMap<&str, f64> = BTreeMap::new();
    let here = Manifest::read(dir.path()).ok();
    for cell in here.iter().flat_map(|m| &m.cells) {
        if let Some(seconds) = cell.seconds {
            own.insert(cell.key.as_str(), seconds);
        }
    }
    own.extend(notes.seconds.iter().map(|(key, seconds)| (key.as_str(), *seconds)));
    let others = dir.path().parent().map(|p| siblings(p, dir.path())).unwrap_or_default();
    for manifest in here.iter().chain(&others) {
        for (config, seconds) in manifest.cells.iter().filter_map(|c| Some((&c.config, c.seconds?))) {
            let (sum, count) = times.entry(config.to_string()).or_default();
            *sum += seconds;
            *count += 1.0;
        }
    }
    let known = |job: &Job| {
        let mean = || times.get(&job.planned.config.to_string()).map(|(sum, count)| sum / count);
        own.get(job.key.as_str()).copied().or_else(mean)
    };
    let known: Vec<Option<f64>> = jobs.iter().map(known).collect();
    let sum: f64 = known.iter().flatten().sum();
    let count = known.iter().flatten().count();
    let mean = (count > 0).then(|| sum / count as f64);
    known.into_iter().map(|seconds| seconds.or(mean)).collect()
}

/// The manifests of other runs of the pipeline; one that cannot be read says nothing.
fn siblings(pipeline: &Path, own: &Path) -> Vec<Manifest> {
    let entries = std::fs::read_dir(pipeline).into_iter().flatten().flatten();
    let mut dirs: Vec<_> = entries.map(|e| e.path()).filter(|p| p != own).collect();
    dirs.sort();
    let manifests = dirs.iter().filter_map(|dir| Manifest::read(dir).ok());
    manifests.take(MAX_RUNS_ASKED).collect()
}
