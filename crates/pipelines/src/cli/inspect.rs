//! `figures`, `verify` and `report`: what can be done with finished runs.

use super::print;
use super::status::{Failure, Status};
use crate::runner::ResultsError;
use crate::{backend, registry, runner};
use relata_runs::{Manifest, RunDir};
use std::path::{Path, PathBuf};

pub(super) fn figures(roots: &[PathBuf]) -> Result<(), Failure> {
    let mut unfinished = 0;
    for root in roots {
        for dir in runs_in(root)? {
            let pipeline = registry::reopen(&Manifest::read(dir.path())?)?;
            match runner::redraw(pipeline.as_ref(), &dir) {
                Ok(files) => print::print(&format!("{}\n{}", dir.path().display(), print::figures(&files))),
                Err(error @ ResultsError::Unfinished { .. }) => {
                    unfinished += 1;
                    print::print(&format!("{error}\n"));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    if unfinished > 0 {
        return Err(Failure::new(
            Status::Failed,
            anyhow::anyhow!("{unfinished} of the runs have nothing to draw"),
        ));
    }
    Ok(())
}

pub(super) fn verify(root: &Path, cells: usize) -> Result<(), Failure> {
    let mut failed = 0;
    // A graphics device is opened once a process, whatever the number of runs.
    let mut opened: Vec<backend::Opened> = Vec::new();
    for dir in runs_in(root)? {
        let manifest = Manifest::read(dir.path())?;
        let pipeline = registry::reopen(&manifest)?;
        let device = match opened.iter().find(|o| o.kind == manifest.backend) {
            Some(device) => device.clone(),
            None => backend::open(manifest.backend)?,
        };
        let found = runner::verify(pipeline.as_ref(), &device, &dir, cells)?;
        opened.push(device);
        let end = if found.problems.is_empty() { "verified" } else { "NOT verified" };
        print::print(&format!(
            "{}: {end} ({} files and {} cells compared, {} cells computed again)\n",
            dir.path().display(),
            found.files,
            found.cells,
            found.recomputed.len()
        ));
        let lines = found.notes.iter().map(|n| format!("  note: {n}\n"));
        print::print(&lines.chain(found.problems.iter().map(|p| format!("  {p}\n"))).collect::<String>());
        failed += usize::from(!found.problems.is_empty());
    }
    if failed > 0 {
        return Err(Failure::new(Status::Failed, anyhow::anyhow!("{failed} of the runs did not verify")));
    }
    Ok(())
}

pub(super) fn report(root: &Path) -> Result<(), Failure> {
    let runs = runs_in(root)?;
    let page = runner::report(root, &runs)?;
    let path = root.join("report.html");
    relata_runs::write_atomic(&path, page.as_bytes()).map_err(Failure::input)?;
    print::print(&format!("{} ({} runs)\n", path.display(), runs.len()));
    Ok(())
}

/// The runs under a directory that the user named; there must be some.
fn runs_in(root: &Path) -> Result<Vec<RunDir>, Failure> {
    let runs = RunDir::find(root)?;
    if runs.is_empty() {
        let error = anyhow::anyhow!("there is no run in {} (a run has a manifest.json)", root.display());
        return Err(Failure::input(error));
    }
    Ok(runs)
}
