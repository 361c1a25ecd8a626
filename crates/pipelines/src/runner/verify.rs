//! Does a run directory hold what its program computes?

use super::cells::{Batch, Job, one_thread};
use super::drawings::{DrawingOptions, Drawings};
use super::results::{Results, ResultsError};
use super::{Code, RunError};
use crate::backend::Opened;
use crate::pipeline::{DynPipeline, Planned, Stages};
use relata_runs::{CellStore, Manifest, Row, RunDir, Status, Tables, hash_bytes};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

/// What was compared, and what differed.
#[derive(Debug, Default)]
pub struct Verified {
    /// Files whose hash was compared with the manifest.
    pub files: usize,
    /// Finished cells whose checksum was compared with the manifest.
    pub cells: usize,
    /// Labels of the cells that were computed again.
    pub recomputed: Vec<String>,
    /// What is worth knowing and no fault, such as sources that changed since.
    pub notes: Vec<String>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Compares every file with its hash, makes tables, summary and figures again from the cells, and
/// computes `sample` cells again, spread evenly over the run. `code` says by what the present program
/// is known.
pub fn verify(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    dir: &RunDir,
    sample: usize,
    code: &Code,
) -> Result<Verified, RunError> {
    let manifest = Manifest::read(dir.path())?;
    let mut found = Verified::default();
    if manifest.status != Status::Done {
        let state = if manifest.status == Status::Running { "did not end" } else { "failed" };
        found.problems.push(format!("the run {state}; run the pipeline again"));
    }
    if manifest.source.code_hash != code.hash(pipeline.name())? {
        found.notes.push(
            "the program has changed since the run; cells are computed again by the present one".to_owned(),
        );
    }
    if let Err(error) = Manifest::check(dir.path()) {
        found.problems.push(error.to_string());
    }
    compare_hashes(dir, &manifest, &mut found);
    let rows = compare_cells(dir, &manifest, &mut found)?;
    if let Some(rows) = &rows {
        compare_results(pipeline, dir, &manifest, rows, &mut found);
        recompute(pipeline, device, dir, &manifest, rows, sample, &mut found)?;
    }
    Ok(found)
}

fn compare_hashes(dir: &RunDir, manifest: &Manifest, found: &mut Verified) {
    for (name, hash) in &manifest.files {
        found.files += 1;
        match std::fs::read(dir.path().join(name)) {
            Ok(bytes) if hash_bytes(&bytes) == *hash => {}
            Ok(_) => found.problems.push(format!("{name}: not what the run wrote")),
            Err(e) => found.problems.push(format!("{name}: {e}")),
        }
    }
    for folder in ["tables", "figures"] {
        for name in listed(&dir.path().join(folder)) {
            let path = format!("{folder}/{name}");
            if !manifest.files.contains_key(&path) {
                found.problems.push(format!("{path}: the run did not write it"));
            }
        }
    }
}

/// The rows of every cell, if all are there.
fn compare_cells(
    dir: &RunDir,
    manifest: &Manifest,
    found: &mut Verified,
) -> Result<Option<Vec<Vec<Row>>>, RunError> {
    let store = CellStore::existing(&dir.cells());
    let before = found.problems.len();
    let mut rows = Vec::new();
    // Cells that are not finished have no hash yet, and the run is known not to be whole.
    for cell in manifest.cells.iter().filter(|c| c.hash.is_some()) {
        found.cells += 1;
        match store.load(&cell.key) {
            Ok(Some((record, checksum))) if Some(&checksum) == cell.hash.as_ref() => rows.push(record.rows),
            Ok(Some(_)) => found.problems.push(format!("cell `{}`: not what the run stored", cell.label)),
            Ok(None) => found.problems.push(format!("cell `{}`: missing", cell.label)),
            Err(e) => found.problems.push(format!("cell `{}`: {e}", cell.label)),
        }
    }
    Ok((found.problems.len() == before && rows.len() == manifest.cells.len()).then_some(rows))
}

/// Makes tables, summary and figures from the cells and compares them with what is there.
fn compare_results(
    pipeline: &dyn DynPipeline,
    dir: &RunDir,
    manifest: &Manifest,
    rows: &[Vec<Row>],
    found: &mut Verified,
) {
    let intact = found.problems.is_empty();
    let results = match Results::of_all(pipeline, rows.concat()) {
        Ok(results) => results,
        Err(error) => return found.problems.push(error.to_string()),
    };
    let mut files: BTreeMap<String, String> =
        results.files().into_iter().map(|(name, bytes)| (name, hash_bytes(&bytes))).collect();
    match compare_figures(pipeline, dir, manifest, &results.tables, intact, found) {
        Ok(Some(drawings)) => files.extend(drawings.hashes()),
        // They cannot be compared here, which is said.
        Ok(None) => {
            let figures = manifest.files.iter().filter(|(name, _)| name.starts_with("figures/"));
            files.extend(figures.map(|(name, hash)| (name.clone(), hash.clone())));
        }
        Err(error) => found.problems.push(error.to_string()),
    }
    for (name, hash) in &files {
        if manifest.files.get(name) != Some(hash) {
            found.problems.push(format!("{name}: comes out differently from the same cells"));
        }
    }
    for name in manifest.files.keys().filter(|name| !files.contains_key(*name)) {
        found.problems.push(format!("{name}: does not come out of the cells"));
    }
    found.problems.extend(results.failed_checks.iter().map(|c| format!("check failed: {c}")));
}

/// Draws the figures again; none if this machine lacks a font that they were drawn with.
fn compare_figures(
    pipeline: &dyn DynPipeline,
    dir: &RunDir,
    manifest: &Manifest,
    tables: &Tables,
    intact: bool,
    found: &mut Verified,
) -> Result<Option<Drawings>, ResultsError> {
    let options = DrawingOptions::of(&manifest.drawing);
    let drawings = match Drawings::draw(pipeline, tables, &options) {
        Err(ResultsError::Font(e)) => {
            found.notes.push(format!("{e}; figures are not compared"));
            return Ok(None);
        }
        drawings => drawings?,
    };
    if drawings.drawing.fonts != manifest.drawing.fonts {
        let fonts = &manifest.drawing.fonts;
        let names: Vec<String> =
            fonts.iter().map(|f| format!("{} ({})", f.family, f.path.display())).collect();
        let names = if names.is_empty() { "the built-in font alone".to_owned() } else { names.join(", ") };
        found.notes.push(format!(
            "the figures were drawn with {names}; the fonts here are others, and figures are not compared"
        ));
        return Ok(None);
    }
    found.notes.extend(drawings.notes());
    // Figures are a function of the tables as they read back from their files, not only as they
    // were in memory.
    if intact && Drawings::draw(pipeline, &Tables::read_dir(&dir.tables())?, &options)? != drawings {
        found
            .problems
            .push("figures drawn from the files of the tables differ from those of the cells".to_owned());
    }
    Ok(Some(drawings))
}

fn recompute(
    pipeline: &dyn DynPipeline,
    device: &Opened,
    dir: &RunDir,
    manifest: &Manifest,
    rows: &[Vec<Row>],
    sample: usize,
    found: &mut Verified,
) -> Result<(), RunError> {
    let store = CellStore::existing(&dir.cells());
    let batch = Batch { pipeline, device, seed: manifest.seed, jobs: NonZeroUsize::MIN, dir, store: &store };
    let pool = one_thread()?;
    let count = sample.min(rows.len());
    for k in 0..count {
        let index = k * rows.len() / count;
        let cell = &manifest.cells[index];
        let planned = Planned { label: cell.label.clone(), config: cell.config.clone() };
        let result = pool.install(|| batch.compute(&Job { key: cell.key.clone(), planned }, Stages::SILENT));
        match result.map(|record| record.checksum()) {
            Ok(Ok(checksum)) if Some(&checksum) == cell.hash.as_ref() => {}
            Ok(Ok(_)) => found.problems.push(format!("cell `{}`: comes out differently", cell.label)),
            Ok(Err(e)) => found.problems.push(format!("cell `{}`: {e}", cell.label)),
            Err(e) => found.problems.push(format!("cell `{}`: {e}", cell.label)),
        }
        found.recomputed.push(cell.label.clone());
    }
    Ok(())
}

fn listed(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
