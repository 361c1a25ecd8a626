//! A pipeline in a program of one's own: kept, found again, drawn, verified, reported, compared, and
//! never stale.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use relata_pipelines::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Squares or cubes, and how often one was computed.
fn powers(exponent: i32, computed: &Arc<AtomicUsize>) -> Box<dyn relata_pipelines::DynPipeline> {
    let computed = Arc::clone(computed);
    let pipeline = OwnPipeline::new("powers", [1.0, 2.0, 3.0], move |x: &f64, cx| {
        computed.fetch_add(1, Ordering::Relaxed);
        let noise = cx.seed.stream("noise").uniform();
        Ok(vec![Row::new("powers").with("x", *x).with("y", x.powi(exponent)).with("noise", noise)])
    })
    .summary(|tables| {
        let most = tables.get("powers")?.floats("y")?.into_iter().fold(0.0, f64::max);
        let metric = Metric::new(most, "1").bound(10.0).better(Better::Lower);
        Ok(Summary::new().with("largest", "The largest power.", metric))
    })
    .figures(|tables| {
        let t = tables.get("powers")?;
        let line = Series::new("power", &t.floats("x")?, &t.floats("y")?);
        let chart = Chart::new().x(Axis::linear("number")).y(Axis::linear("power")).line(line);
        Ok(vec![Figure::new(FigureWidth::Single).name("powers").panel(chart)])
    });
    boxed(pipeline)
}

fn words<'a>(out: &'a Path, line: &'a str) -> Vec<&'a str> {
    let out = out.to_str().unwrap();
    line.split(' ').map(|w| if w == "OUT" { out } else { w }).collect()
}

#[test]
fn every_command_works_on_runs_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs");
    let computed = Arc::new(AtomicUsize::new(0));
    let program = OwnProgram::new([powers(2, &computed)]);
    let answer = |line: &str| program.answer(words(&out, line));
    answer("mine run --out OUT --name first --profile smoke").unwrap();
    answer("mine run powers --out OUT --name first --profile smoke").unwrap();
    assert_eq!(computed.load(Ordering::Relaxed), 3, "the second run finds the cells of the first");
    let run = out.join("powers/smoke-flex-0");
    for file in ["summary.json", "summary.md", "summary.csv", "summary.tex", "figures/powers.pdf"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let summary = Summary::read(&run.join("summary.json")).unwrap();
    assert_eq!(summary.sentences, ["The largest power: 9 (bound at most 10)."]);
    answer("mine verify OUT").unwrap();
    answer("mine figures OUT --width double --label x=n --format pdf").unwrap();
    assert!(!run.join("figures/powers.svg").exists() && run.join("figures/powers.pdf").is_file());
    answer("mine verify OUT").unwrap();
    answer("mine figures OUT --svg-text").unwrap();
    let svg = fs::read_to_string(run.join("figures/powers.svg")).unwrap();
    assert!(svg.contains("number"), "{svg}");
    answer("mine report OUT").unwrap();
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for part in ["first (powers)", "The largest power.", "bound at most 10", "power against number: power."] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("src=\"powers/smoke-flex-0/figures/powers.svg\""));
    answer("mine report OUT --single-file").unwrap();
    assert!(
        fs::read_to_string(out.join("report.html")).unwrap().contains("src=\"data:image/svg+xml;base64,")
    );

    answer("mine run --out OUT --seed 1 --profile smoke").unwrap();
    let compared = dir.path().join("ab");
    let [a, b] = ["powers/smoke-flex-0", "powers/smoke-flex-1"].map(|r| out.join(r));
    let line =
        ["mine", "compare", a.to_str().unwrap(), b.to_str().unwrap(), "--out", compared.to_str().unwrap()];
    program.answer(line).unwrap();
    let page = fs::read_to_string(compared.join("comparison.md")).unwrap();
    assert!(page.contains("| `largest` | 9 | 9 | same | The largest power. |"), "{page}");
    let table = fs::read_to_string(compared.join("tables/powers.csv")).unwrap();
    assert!(
        table.starts_with("run,x,y,noise\n\"smoke-flex-0\",1.0,1.0,") && table.lines().count() == 7,
        "{table}"
    );
    assert!(compared.join("figures/powers.svg").is_file());
}

#[test]
fn what_is_wrong_is_said_with_a_status() {
    let dir = tempfile::tempdir().unwrap();
    let program = OwnProgram::new([powers(2, &Arc::default())]);
    let refused = |line: &str| program.answer(words(dir.path(), line)).unwrap_err();
    let unknown = refused("mine run power");
    assert!(unknown.status == 2 && unknown.to_string().contains("did you mean `powers`?"), "{unknown}");
    assert_eq!(refused("mine report OUT").status, 4);
    assert_eq!(refused("mine compare OUT OUT").status, 4);
    assert_eq!(refused("mine figures OUT --width 3").status, 2);
    assert_eq!(refused("mine figures OUT --label rank").status, 2);
}

/// A version that was given stands for the program: another one computes every cell again, and the
/// same one none, whatever was compiled.
#[test]
fn a_version_that_was_given_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let computed = Arc::new(AtomicUsize::new(0));
    for (exponent, version, expected) in [(2, "1", 3), (2, "1", 3), (3, "2", 6), (2, "1", 6)] {
        let program = OwnProgram::new([powers(exponent, &computed)]).version(version);
        program.answer(words(dir.path(), "mine run --out OUT")).unwrap();
        assert_eq!(computed.load(Ordering::Relaxed), expected, "version {version}");
    }
}

/// What this file is when it is run as a program, by the test below.
#[test]
fn as_a_program() {
    if let Some(out) = std::env::var_os("RELATA_OWN_OUT") {
        let program = OwnProgram::new([powers(2, &Arc::default())]);
        program.answer(words(Path::new(&out), "mine run --out OUT")).unwrap();
    }
}

/// A copy of a program with one byte more, which the system ignores.
#[cfg(target_os = "linux")]
fn another(program: &Path, dir: &Path) -> std::path::PathBuf {
    let mut bytes = fs::read(program).unwrap();
    bytes.push(0);
    let other = dir.join("another");
    fs::write(&other, bytes).unwrap();
    fs::set_permissions(&other, fs::metadata(program).unwrap().permissions()).unwrap();
    other
}

/// Whatever was changed and compiled is another executable, and computes every cell again; the same
/// one none.
#[cfg(target_os = "linux")]
#[test]
fn another_executable_computes_everything_again() {
    let dir = tempfile::tempdir().unwrap();
    let run = |program: &Path| {
        let output = std::process::Command::new(program)
            .args(["--exact", "as_a_program", "--nocapture"])
            .env("RELATA_OWN_OUT", dir.path().join("runs"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = std::env::current_exe().unwrap();
    assert!(run(&first).contains("done, 3 cells computed, "));
    assert!(run(&first).contains("done, 0 cells computed, 3 reused"));
    let other = another(&first, dir.path());
    assert!(run(&other).contains("done, 3 cells computed, "), "another program, the old numbers");
}

/// `relata` knows its own pipelines by their sources: a rebuilt program of the same sources finds
/// what was computed.
#[cfg(target_os = "linux")]
#[test]
fn relata_is_known_by_its_sources() {
    let dir = tempfile::tempdir().unwrap();
    let run = |program: &Path| {
        let arguments = ["run", "width-two", "--profile", "smoke"];
        let output =
            std::process::Command::new(program).args(arguments).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = Path::new(env!("CARGO_BIN_EXE_relata"));
    assert!(run(first).contains("done, 2 cells computed, "));
    assert!(run(&another(first, dir.path())).contains("done, 0 cells computed, 2 reused"));
}
