//! The machinery of runs, on a pipeline that costs nothing: same bytes whatever the threads and
//! interruptions, failures that stay in their cell, damage that is noticed.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use rayon::prelude::*;
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Code, Outcome, Progress, ReportFigures, RunError, RunOptions};
use relata_pipelines::{CellContext, DynPipeline, Pipeline, Stages, boxed};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Series};
use relata_runs::{Manifest, ManifestError, Metric, Profile, Row, RunDirError, Status, Summary, Tables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Every computed cell appends its number to a file, so that a test can count.
struct Toy {
    log: PathBuf,
    cells: usize,
    pause: Duration,
    trouble: Trouble,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Trouble {
    None,
    ErrorAndPanic,
    Check,
    Summary,
    /// One of three figures cannot be drawn.
    Figure,
    /// None can be made.
    Figures,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    number: usize,
    trouble: Trouble,
}

impl Toy {
    fn new(log: &Path) -> Self {
        Self { log: log.join("log"), cells: 12, pause: Duration::ZERO, trouble: Trouble::None }
    }
}

impl Pipeline for Toy {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "toy"
    }

    fn cells(&self, _: Profile) -> Vec<Cell> {
        (0..self.cells).map(|number| Cell { number, trouble: self.trouble }).collect()
    }

    fn label(&self, cell: &Cell) -> String {
        format!("number={}", cell.number)
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut log = fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        log.write_all(format!("{}\n", cell.number).as_bytes())?;
        std::thread::sleep(self.pause);
        if cell.trouble == Trouble::ErrorAndPanic {
            anyhow::ensure!(cell.number != 3, "the relation is NaN at x = 0.5");
            assert!(cell.number != 5, "the relation fell over");
        }
        let mut stream = cx.seed.stream("values");
        let values: Vec<f64> = (0..10_000).map(|_| stream.normal()).collect();
        // A sum whose rounding depends on how the work is split, if it is split.
        let sum: f64 = values.par_iter().map(|v| v.exp()).sum();
        let shared = cx.run_seed.stream("shared").uniform();
        Ok(vec![
            Row::new("sums").with("number", cell.number).with("sum", sum).with("shared", shared),
            Row::new("threads").with("number", cell.number).with("threads", rayon::current_num_threads()),
        ])
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        anyhow::ensure!(self.trouble != Trouble::Summary, "no summary today");
        let total = tables.get("sums")?.floats("sum")?.iter().sum();
        Ok(Summary::new().with("total", "All values together.", Metric::new(total, "1")))
    }

    fn checks(&self, _: &Tables, _: &Summary) -> anyhow::Result<Vec<String>> {
        let failed = self.trouble == Trouble::Check;
        Ok(if failed { vec!["a ratio below 0.999 is a measurement error".to_owned()] } else { Vec::new() })
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        let sums = tables.get("sums")?;
        let series = Series::new("sum", &sums.floats("number")?, &sums.floats("sum")?);
        let panel = Chart::new().x(Axis::linear("number")).y(Axis::linear("sum")).line(series);
        let named = |name: &str| Figure::new(FigureWidth::Single).name(name);
        anyhow::ensure!(self.trouble != Trouble::Figures, "no figures today");
        if self.trouble == Trouble::Figure {
            let nan = Chart::new().line(Series::new("sum", &[0.0, 1.0], &[f64::NAN, 1.0]));
            let figures = [named("bad").panel(nan), named("none"), named("sums").panel(panel)];
            return Ok(figures.into());
        }
        Ok(vec![named("sums").panel(panel)])
    }
}

fn options(out: &Path, jobs: usize) -> RunOptions {
    RunOptions {
        profile: Profile::Smoke,
        seed: 7,
        out: out.to_owned(),
        jobs: NonZeroUsize::new(jobs).unwrap(),
        input: None,
        progress: Progress::Silent,
        ..RunOptions::default()
    }
}

fn run(toy: Toy, out: &Path, jobs: usize) -> Result<Outcome, RunError> {
    runner::run(boxed(toy).as_ref(), &backend::open(BackendKind::Flex).unwrap(), &options(out, jobs))
}

/// Every file that must not depend on circumstances.
fn results(outcome: &Outcome) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = outcome.dir.path();
    let mut files = BTreeMap::new();
    for folder in ["tables", "figures", "cells"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
    files.insert("summary.json".into(), fs::read(root.join("summary.json")).unwrap());
    files
}

fn log(out: &Path) -> Vec<usize> {
    let text = fs::read_to_string(out.join("log")).unwrap_or_default();
    let mut numbers: Vec<usize> = text.lines().map(|l| l.parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// Not a test by itself: what the tests below run in a process of its own.
#[test]
#[ignore = "runs in a child process"]
fn child() {
    let Some(out) = std::env::var_os("RELATA_TEST_OUT").map(PathBuf::from) else { return };
    let pause = std::env::var("RELATA_TEST_PAUSE").unwrap().parse().unwrap();
    let toy = Toy { pause: Duration::from_millis(pause), ..Toy::new(&out) };
    run(toy, &out, 2).unwrap();
}

fn spawn_child(out: &Path, pause: u64, threads: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored"])
        .env("RELATA_TEST_OUT", out)
        .env("RELATA_TEST_PAUSE", pause.to_string())
        .env("RAYON_NUM_THREADS", threads)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let dirs = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let one = run(Toy::new(dirs[0].path()), dirs[0].path(), 1).unwrap();
    let many = run(Toy::new(dirs[1].path()), dirs[1].path(), 5).unwrap();
    assert_eq!(results(&one), results(&many));
    for (dir, threads) in [(&dirs[2], "1"), (&dirs[3], "3")] {
        assert!(spawn_child(dir.path(), 0, threads).wait().unwrap().success());
        // Nothing is left to compute, so this only reads the child's work.
        let child = run(Toy::new(dir.path()), dir.path(), 1).unwrap();
        assert_eq!((child.computed, child.reused), (0, 12));
        assert_eq!(results(&one), results(&child));
    }
    let threads =
        Tables::read_dir(&one.dir.tables()).unwrap().get("threads").unwrap().ints("threads").unwrap();
    assert!(threads.iter().all(|t| *t == 1));
}

#[test]
fn seeds_reach_the_cells() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let table = Tables::read_dir(&first.dir.tables()).unwrap().get("sums").unwrap().clone();
    assert_eq!(table.distinct("shared").unwrap().len(), 1, "the run's seed is the same in all cells");
    assert_eq!(table.distinct("sum").unwrap().len(), 12, "each cell has a seed of its own");
    let other = RunOptions { seed: 8, ..options(dir.path(), 2) };
    let device = backend::open(BackendKind::Flex).unwrap();
    let second = runner::run(boxed(Toy::new(dir.path())).as_ref(), &device, &other).unwrap();
    assert_ne!(first.dir, second.dir);
    assert_ne!(first.summary, second.summary);
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = run(Toy::new(whole.path()), whole.path(), 2).unwrap();

    let mut child = spawn_child(killed.path(), 100, "2");
    let cells = killed.path().join("toy/smoke-flex-7/cells");
    let finished = || {
        let entries = fs::read_dir(&cells).into_iter().flatten().flatten();
        entries.filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
    };
    while finished() < 4 {
        assert!(child.try_wait().unwrap().is_none(), "the child ended before it could be killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = finished();
    assert!((4..12).contains(&before));
    let manifest = Manifest::read(cells.parent().unwrap()).unwrap();
    assert_eq!(manifest.status, Status::Running);
    let begun = log(killed.path());

    let resumed = run(Toy::new(killed.path()), killed.path(), 2).unwrap();
    assert_eq!((resumed.computed, resumed.reused), (12 - before, before));
    assert_eq!(log(killed.path()).len(), begun.len() + 12 - before, "finished cells are not computed again");
    assert_eq!(results(&resumed), results(&whole));
}

#[test]
fn a_finished_run_computes_nothing_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let before = results(&first);
    let second = run(Toy::new(dir.path()), dir.path(), 1).unwrap();
    assert_eq!((second.computed, second.reused), (0, 12));
    assert_eq!(results(&second), before);
    assert_eq!(log(dir.path()), (0..12).collect::<Vec<_>>());
    let manifest = Manifest::read(second.dir.path()).unwrap();
    assert_eq!(manifest.status, Status::Done);
    assert!(manifest.cells.iter().all(|c| c.hash.is_some() && c.seconds.is_some()));
    let figures = ["svg", "pdf", "png"].map(|e| format!("figures/sums.{e}"));
    let summaries = ["csv", "json", "md", "tex"].map(|e| format!("summary.{e}"));
    let tables = ["tables/sums.csv", "tables/threads.csv"].map(str::to_owned);
    let mut files: Vec<String> = figures.into_iter().chain(summaries).chain(tables).collect();
    files.sort();
    assert_eq!(manifest.files.keys().cloned().collect::<Vec<_>>(), files);
}

#[test]
fn an_error_and_a_panic_stay_in_their_cells() {
    let dir = tempfile::tempdir().unwrap();
    let outcome =
        run(Toy { trouble: Trouble::ErrorAndPanic, ..Toy::new(dir.path()) }, dir.path(), 2).unwrap();
    assert!(!outcome.is_success());
    assert_eq!(log(dir.path()).len(), 12, "the others finish");
    let [(first, error), (second, panic)] = &outcome.failed_cells[..] else {
        panic!("{:?}", outcome.failed_cells)
    };
    assert_eq!((first.as_str(), error.as_str()), ("number=3", "the relation is NaN at x = 0.5"));
    assert_eq!(second, "number=5");
    assert!(panic.starts_with("panicked at ") && panic.ends_with(": the relation fell over"), "{panic}");
    assert!(!outcome.dir.summary().exists(), "half a result is none");
    let manifest = Manifest::read(outcome.dir.path()).unwrap();
    assert_eq!(manifest.status, Status::Failed);
    assert_eq!(manifest.cells.iter().filter(|c| c.error.is_some()).count(), 2);
    // The next run tries the two again, and only those.
    let again = run(Toy { trouble: Trouble::ErrorAndPanic, ..Toy::new(dir.path()) }, dir.path(), 1).unwrap();
    assert_eq!((again.computed, again.reused), (2, 10));
}

#[test]
fn a_failed_check_fails_the_run_and_leaves_its_results() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(Toy { trouble: Trouble::Check, ..Toy::new(dir.path()) }, dir.path(), 2).unwrap();
    assert!(!outcome.is_success());
    assert_eq!(outcome.failed_checks, ["a ratio below 0.999 is a measurement error"]);
    assert!(outcome.dir.summary().exists());
    assert_eq!(Manifest::read(outcome.dir.path()).unwrap().status, Status::Failed);
}

#[test]
fn a_summary_that_fails_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let error = run(Toy { trouble: Trouble::Summary, ..Toy::new(dir.path()) }, dir.path(), 2).unwrap_err();
    assert_eq!(error.to_string(), "pipeline `toy` failed to make its summary: no summary today");
}

#[test]
fn a_corrupt_cell_is_computed_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let before = results(&first);
    let cell = before.keys().find(|p| p.starts_with("cells")).unwrap();
    let bytes = &before[cell];
    fs::write(first.dir.path().join(cell), &bytes[..bytes.len() / 2]).unwrap();
    let second = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    assert_eq!((second.computed, second.reused), (1, 11));
    assert_eq!(results(&second), before);
}

#[test]
fn one_cell_can_be_run_alone_and_is_then_found() {
    let dir = tempfile::tempdir().unwrap();
    let toy = boxed(Toy::new(dir.path()));
    let device = backend::open(BackendKind::Flex).unwrap();
    let options = options(dir.path(), 1);
    let keys = runner::cell_states(toy.as_ref(), &device, &options).unwrap();
    assert_eq!(keys.len(), 12);
    let by_key = runner::run_cell(toy.as_ref(), &device, &options, &keys[4].key.as_str()[..12]).unwrap();
    assert_eq!(by_key.label, "number=4");
    let by_label = runner::run_cell(toy.as_ref(), &device, &options, "number=9").unwrap();
    assert_eq!(by_label.key, keys[9].key);
    let again = runner::run_cell(toy.as_ref(), &device, &options, "number=9").unwrap();
    assert_eq!((again.hash, again.seconds), (by_label.hash, None));
    let error = runner::run_cell(toy.as_ref(), &device, &options, "nubmer=9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "pipeline `toy` has no cell `nubmer=9` in this profile; did you mean `number=9`?"
    );
    let outcome = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    assert_eq!((outcome.computed, outcome.reused), (10, 2));
}

#[test]
fn a_run_of_another_version_and_a_locked_one_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let lock = first.dir.lock().unwrap();
    let locked = run(Toy::new(dir.path()), dir.path(), 2).unwrap_err();
    assert!(matches!(locked, RunError::Dir(RunDirError::Locked { .. })), "{locked}");
    drop(lock);
    let manifest = first.dir.path().join("manifest.json");
    let text =
        fs::read_to_string(&manifest).unwrap().replace("\"schema_version\": 1", "\"schema_version\": 0");
    fs::write(&manifest, &text).unwrap();
    let other = run(Toy::new(dir.path()), dir.path(), 2).unwrap_err();
    assert!(matches!(other, RunError::Manifest(ManifestError::Schema { found: 0, .. })), "{other}");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
}

#[test]
fn an_output_directory_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = run(Toy::new(dir.path()), &file, 1).unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn verification_finds_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let toy: Box<dyn DynPipeline> = boxed(Toy::new(dir.path()));
    let device = backend::open(BackendKind::Flex).unwrap();
    let verify = || runner::verify(toy.as_ref(), &device, &outcome.dir, 3, &Code::Executable).unwrap();
    let found = verify();
    assert!(found.problems.is_empty() && found.notes.is_empty(), "{found:?}");
    assert_eq!((found.files, found.cells), (9, 12));
    assert_eq!(found.recomputed, ["number=0", "number=4", "number=8"]);

    let figure = outcome.dir.figures().join("sums.svg");
    let drawing = fs::read(&figure).unwrap();
    fs::write(&figure, "<svg/>").unwrap();
    assert_eq!(verify().problems, ["figures/sums.svg: not what the run wrote"]);
    let files = runner::redraw(toy.as_ref(), &outcome.dir, None).unwrap();
    assert_eq!(files.figures.len(), 3);
    assert_eq!(fs::read(&figure).unwrap(), drawing);
    assert!(verify().problems.is_empty());

    let table = outcome.dir.tables().join("sums.csv");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replacen("0,", "1,", 1)).unwrap();
    assert_eq!(verify().problems, ["tables/sums.csv: not what the run wrote"]);
    let redrawn = runner::redraw(toy.as_ref(), &outcome.dir, None).unwrap_err();
    assert!(redrawn.to_string().contains("sums.csv is not what the run wrote"), "{redrawn}");
    fs::write(&table, "number,sum\n1\n").unwrap();
    let redrawn = runner::redraw(toy.as_ref(), &outcome.dir, None).unwrap_err();
    assert_eq!(redrawn.to_string(), "table `sums`, line 2: 1 fields where the header has 2");
    fs::write(&table, text).unwrap();

    fs::write(outcome.dir.tables().join("more.csv"), "x\n1\n").unwrap();
    assert!(verify().problems.contains(&"tables/more.csv: the run did not write it".to_owned()));
    fs::remove_file(outcome.dir.tables().join("more.csv")).unwrap();

    let cell = fs::read_dir(outcome.dir.cells()).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(cell).unwrap();
    assert!(verify().problems.iter().any(|p| p.starts_with("cell `number=") && p.ends_with("`: missing")));
}

#[test]
fn a_cell_config_with_unknown_fields_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let toy = boxed(Toy::new(dir.path()));
    let device = backend::open(BackendKind::Flex).unwrap();
    let seed = relata_relations::Seed(0);
    let cx = CellContext { device: &device, run_seed: seed, seed, label: "x", stages: Stages::SILENT };
    let config = serde_json::json!({"number": 1, "trouble": "None", "width": 3});
    let error = toy.run(&config, &cx).unwrap_err();
    assert!(format!("{error:#}").contains("unknown field `width`"), "{error:#}");
}

#[test]
fn a_figure_that_cannot_be_drawn_costs_that_figure() {
    let device = backend::open(BackendKind::Flex).unwrap();
    for (trouble, figures, lost) in
        [(Trouble::Figure, 3, vec!["bad", "none"]), (Trouble::Figures, 0, vec!["all figures"])]
    {
        let dir = tempfile::tempdir().unwrap();
        let toy = || Toy { trouble, ..Toy::new(dir.path()) };
        let outcome = run(toy(), dir.path(), 2).unwrap();
        assert!(outcome.is_success());
        assert!(outcome.dir.summary().is_file() && outcome.dir.tables().join("sums.csv").is_file());
        assert_eq!(outcome.figures.len(), figures);
        assert_eq!(outcome.notes.len(), lost.len(), "{:?}", outcome.notes);
        let manifest = Manifest::read(outcome.dir.path()).unwrap();
        assert_eq!(manifest.status, Status::Done);
        assert_eq!(manifest.drawing.undrawn.keys().collect::<Vec<_>>(), lost);
        let verified =
            runner::verify(boxed(toy()).as_ref(), &device, &outcome.dir, 1, &Code::Executable).unwrap();
        assert_eq!(verified.problems, Vec::<String>::new());
        assert_eq!(verified.notes, outcome.notes);
        let again = runner::redraw(boxed(toy()).as_ref(), &outcome.dir, None).unwrap();
        assert_eq!((again.figures, again.notes), (outcome.figures, outcome.notes));
        let runs = relata_runs::RunDir::find(dir.path()).unwrap();
        let (page, _) = runner::report(dir.path(), &runs, ReportFigures::Beside);
        assert!(page.contains(&format!("<code>{}</code> could not be drawn", lost[0])));
    }
}

/// A number that nobody could read is refused before it is written.
#[test]
fn a_number_without_a_meaning_fails_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline =
        relata_pipelines::OwnPipeline::new("mute", [1], |_: &i64, _| Ok(vec![Row::new("t").with("x", 1)]))
            .summary(|_| Ok(Summary::new().with("x", " ", Metric::new(1.0, "1"))));
    let device = backend::open(BackendKind::Flex).unwrap();
    let error = runner::run(boxed(pipeline).as_ref(), &device, &options(dir.path(), 1)).unwrap_err();
    assert!(error.to_string().contains("the metric `x` has no sentence"), "{error}");
}

#[test]
fn the_report_is_one_page_that_needs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    run(Toy::new(dir.path()), dir.path(), 2).unwrap();
    let failing = RunOptions { seed: 8, ..options(dir.path(), 2) };
    let toy = boxed(Toy { trouble: Trouble::ErrorAndPanic, ..Toy::new(dir.path()) });
    runner::run(toy.as_ref(), &backend::open(BackendKind::Flex).unwrap(), &failing).unwrap();
    let runs = relata_runs::RunDir::find(dir.path()).unwrap();
    let (page, unreadable) = runner::report(dir.path(), &runs, ReportFigures::Within);
    assert!(unreadable.is_empty(), "{unreadable:?}");
    let parts = [
        "2 runs",
        "smoke-flex-7",
        "<code>total</code>",
        "src=\"data:image/svg+xml;base64,",
        "href=\"toy/smoke-flex-7/tables/sums.csv\"",
        "cell <code>number=3</code>: the relation is NaN at x = 0.5",
    ];
    for part in parts {
        assert!(page.contains(part), "{part}");
    }
    for outside in ["http:", "https:", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
