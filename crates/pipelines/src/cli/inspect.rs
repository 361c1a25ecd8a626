//! `figures`, `verify` and `report`: what can be done with finished runs.

use super::print;
use super::run::{check_font, drawing};
use super::status::{Failure, Status};
use crate::runner::{DrawingOptions, Redrawn};
use crate::{backend, registry, runner};
use relata_cli::{DrawingArgs, FiguresArgs};
use relata_runs::{Manifest, RunDir};
use std::path::Path;

pub(super) fn figures(args: &FiguresArgs) -> Result<(), Failure> {
    check_font(&args.drawing)?;
    let options = (args.drawing != DrawingArgs::default()).then(|| drawing(&args.drawing));
    let mut trouble = Trouble::default();
    for root in &args.runs {
        for dir in runs_in(root)? {
            trouble.count(&dir, draw(&dir, options.as_ref()));
        }
    }
    trouble.end("could not be drawn")
}

fn draw(dir: &RunDir, options: Option<&DrawingOptions>) -> Result<(), Failure> {
    let Redrawn { figures, notes } = runner::redraw(reopened(dir)?.1.as_ref(), dir, options)?;
    let said = print::figures(&figures) + &print::notes(&notes);
    print::print(&format!("{}\n{said}", dir.path().display()));
    Ok(())
}

pub(super) fn verify(root: &Path, cells: usize) -> Result<(), Failure> {
    // A graphics device is opened once a process, whatever the number of runs.
    let mut opened: Vec<backend::Opened> = Vec::new();
    let mut trouble = Trouble::default();
    for dir in runs_in(root)? {
        trouble.count(&dir, compare(&dir, cells, &mut opened));
    }
    trouble.end("did not verify")
}

fn compare(dir: &RunDir, cells: usize, opened: &mut Vec<backend::Opened>) -> Result<(), Failure> {
    let (manifest, pipeline) = reopened(dir)?;
    let device = match opened.iter().find(|o| o.kind == manifest.backend) {
        Some(device) => device.clone(),
        None => backend::open(manifest.backend)?,
    };
    let found = runner::verify(pipeline.as_ref(), &device, dir, cells)?;
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
    if found.problems.is_empty() {
        return Ok(());
    }
    let problems = runner::counted(found.problems.len(), "problem");
    Err(Failure::new(Status::Failed, anyhow::anyhow!("{problems}, named above")))
}

pub(super) fn report(root: &Path) -> Result<(), Failure> {
    let mut trouble = Trouble::default();
    let runs = runs_in(root)?;
    let (page, unreadable) = runner::report(root, &runs);
    let shown = runner::counted(runs.len() - unreadable.len(), "run");
    for (dir, why) in unreadable {
        trouble.count(&dir, Err(why.into()));
    }
    let path = root.join("report.html");
    RunDir::at(root).clean().map_err(Failure::input)?;
    relata_runs::write_atomic(&path, page.as_bytes()).map_err(Failure::input)?;
    print::print(&format!("{} ({shown})\n", path.display()));
    trouble.end("cannot be shown")
}

/// The manifest of a run and its pipeline.
fn reopened(dir: &RunDir) -> Result<(Manifest, Box<dyn crate::DynPipeline>), Failure> {
    let manifest = Manifest::read(dir.path())?;
    let pipeline = registry::reopen(&manifest)?;
    Ok((manifest, pipeline))
}

/// Runs that something is wrong with: each is named where it is met, and the others go on.
#[derive(Default)]
struct Trouble {
    runs: usize,
    status: Option<Status>,
}

impl Trouble {
    fn count(&mut self, dir: &RunDir, result: Result<(), Failure>) {
        let Err(failure) = result else { return };
        self.runs += 1;
        // Of several kinds of trouble the first decides how the process ends.
        self.status.get_or_insert(failure.status);
        print::complain_of(dir.path(), &failure.error);
    }

    fn end(&self, what: &str) -> Result<(), Failure> {
        match self.status {
            None => Ok(()),
            Some(status) => {
                Err(Failure::new(status, anyhow::anyhow!("{} of the runs {what}; see above", self.runs)))
            }
        }
    }
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
