//! `figures`, `verify`, `report` and `compare`: what can be done with finished runs, those of
//! `relata` and those of a program with pipelines of its own.

use super::print;
use super::run::{check_font, drawing};
use super::status::{Failure, Status};
use crate::DynPipeline;
use crate::registry::ReopenError;
use crate::runner::{Code, DrawingOptions, Redrawn, ReportFigures};
use crate::{backend, registry, runner};
use relata_cli::{CompareArgs, DrawingArgs, FiguresArgs, ReportArgs, TablesArgs};
use relata_runs::{Manifest, RunDir};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn figures(args: &FiguresArgs, shelf: &Shelf) -> Result<(), Failure> {
    check_font(&args.drawing)?;
    let mut formats: Vec<String> = args.format.iter().map(|f| f.ending().to_owned()).collect();
    formats.sort();
    formats.dedup();
    let unusual = args.drawing != DrawingArgs::default() || !formats.is_empty();
    let options = unusual.then(|| DrawingOptions { formats, ..drawing(&args.drawing) });
    let mut trouble = Trouble::default();
    for root in &args.runs {
        for dir in runs_in(root)? {
            trouble.count(&dir, draw(&dir, options.as_ref(), shelf));
        }
    }
    trouble.end("could not be drawn")
}

fn draw(dir: &RunDir, options: Option<&DrawingOptions>, shelf: &Shelf) -> Result<(), Failure> {
    let Redrawn { figures, notes } =
        runner::redraw(shelf.reopen(&Manifest::read(dir.path())?)?.as_ref(), dir, options)?;
    let said = print::figures(&figures) + &print::notes(&notes);
    print::print(&format!("{}\n{said}", dir.path().display()));
    Ok(())
}

pub(crate) fn verify(root: &Path, cells: usize, shelf: &Shelf) -> Result<(), Failure> {
    // A graphics device is opened once a process, whatever the number of runs.
    let mut opened: Vec<backend::Opened> = Vec::new();
    let mut trouble = Trouble::default();
    for dir in runs_in(root)? {
        trouble.count(&dir, check(&dir, cells, &mut opened, shelf));
    }
    trouble.end("did not verify")
}

fn check(
    dir: &RunDir,
    cells: usize,
    opened: &mut Vec<backend::Opened>,
    shelf: &Shelf,
) -> Result<(), Failure> {
    let manifest = Manifest::read(dir.path())?;
    let pipeline = shelf.reopen(&manifest)?;
    let device = match opened.iter().find(|o| o.kind == manifest.backend) {
        Some(device) => device.clone(),
        None => backend::open(manifest.backend)?,
    };
    let found = runner::verify(pipeline.as_ref(), &device, dir, cells, shelf.code())?;
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

pub(crate) fn compare(args: &CompareArgs, shelf: &Shelf) -> Result<(), Failure> {
    let runs = [RunDir::at(&args.first), RunDir::at(&args.second)];
    let pipeline = shelf.reopen(&Manifest::read(runs[0].path())?)?;
    let found = runner::compare(pipeline.as_ref(), [&runs[0], &runs[1]], &args.out)?;
    let mut said = found.text + &print::figures(&found.figures);
    if !found.apart.is_empty() {
        said += &format!("  note: not laid over each other: {}\n", found.apart.join(", "));
    }
    print::print(&format!("{said}{}\n", found.page.display()));
    Ok(())
}

pub(crate) fn tables(args: &TablesArgs) -> Result<(), Failure> {
    let mut runs = Vec::new();
    for root in &args.runs {
        runs.extend(runs_in(root)?);
    }
    relata_runs::make_directory(&args.out).map_err(Failure::input)?;
    RunDir::at(&args.out).clean().map_err(Failure::input)?;
    for table in runner::gather_tables(&runs).map_err(Failure::input)?.iter() {
        let path = args.out.join(format!("{}.parquet", table.name));
        relata_runs::write_atomic(&path, &table.to_parquet()?).map_err(Failure::input)?;
        let (rows, columns) = (table.len(), table.columns().len());
        let size = format!("{}, {}", runner::counted(rows, "row"), runner::counted(columns, "column"));
        print::print(&format!("{} ({size})\n", path.display()));
    }
    Ok(())
}

pub(crate) fn report(args: &ReportArgs) -> Result<(), Failure> {
    let root = &args.dir;
    let figures = if args.single_file { ReportFigures::Within } else { ReportFigures::Beside };
    let mut trouble = Trouble::default();
    let runs = runs_in(root)?;
    let (page, unreadable) = runner::report(root, &runs, figures);
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

/// The pipelines of a program.
pub(crate) enum Shelf {
    /// Those of `relata`.
    Relata,
    /// Somebody's own, and by what their results are addressed.
    Own(Vec<Arc<dyn DynPipeline>>, Code),
}

impl Shelf {
    /// The pipeline of a run.
    fn reopen(&self, manifest: &Manifest) -> Result<Arc<dyn DynPipeline>, ReopenError> {
        match self {
            Self::Relata => registry::reopen(manifest).map(Arc::from),
            Self::Own(all, _) => {
                let found = all.iter().find(|p| p.name() == manifest.pipeline);
                found.cloned().ok_or_else(|| ReopenError::Gone {
                    name: manifest.pipeline.clone(),
                    known: all.iter().map(|p| p.name()).collect(),
                    commit: manifest.source.commit.clone(),
                })
            }
        }
    }

    fn code(&self) -> &Code {
        match self {
            Self::Relata => &Code::Sources,
            Self::Own(_, code) => code,
        }
    }
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
