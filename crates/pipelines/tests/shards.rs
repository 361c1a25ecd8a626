//! Parts of a run in processes of their own: the same bytes as in one, nothing lost, nothing
//! computed twice.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use relata_runs::{BackendKind, CellKey, DiskStep, Journal, KeyParts, Manifest, ShardPlan, Status};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program on the cells that do nothing, with its steps noted in `journal`.
fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relata"));
    command.args(arguments).current_dir(dir).env("RELATA_DISK_JOURNAL", dir.join("journal"));
    command
}

fn asked(dir: &Path, arguments: &[&str], status: i32) -> String {
    let Output { status: found, stdout, stderr } = command(dir, arguments).output().unwrap();
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    assert_eq!(found.code(), Some(status), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn run_dir(dir: &Path, profile: &str) -> PathBuf {
    dir.join(format!("runs/empty/{profile}-flex-0"))
}

/// Every file of a run that must not depend on how it was computed.
fn bytes(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["tables", "figures", "cells"] {
        for entry in std::fs::read_dir(run.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.insert(path.strip_prefix(run).unwrap().to_owned(), std::fs::read(&path).unwrap());
        }
    }
    files.insert("summary.json".into(), std::fs::read(run.join("summary.json")).unwrap());
    files
}

/// How often each cell was stored, over all processes.
fn stored(dir: &Path) -> BTreeMap<PathBuf, usize> {
    let mut times = BTreeMap::new();
    for step in Journal::read_all(&dir.join("journal")).unwrap() {
        if let DiskStep::Rename { to, .. } = step
            && to.parent().is_some_and(|p| p.ends_with("cells"))
        {
            *times.entry(to).or_default() += 1;
        }
    }
    times
}

fn finished(run: &Path) -> usize {
    let entries = std::fs::read_dir(run.join("cells")).into_iter().flatten().flatten();
    entries.filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
}

/// Waits until so many cells are finished.
fn wait_for(run: &Path, cells: usize, child: &mut Child) {
    while finished(run) < cells {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn spawn(dir: &Path, arguments: &[&str]) -> Child {
    command(dir, arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Clocks are told of in a manifest and decide nothing: a run from the end of time, or from before
/// its beginning, is found, verified and shown, and none of its cells is computed again.
#[test]
fn clocks_that_jump_change_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    let line = ["run", "empty", "--profile", "smoke"];
    asked(dir, &line, 0);
    let run = run_dir(dir, "smoke");
    let expected = bytes(&run);
    for started_unix in [u64::MAX, 0, 4_102_444_800] {
        let manifest = Manifest::read(&run).unwrap();
        Manifest { started_unix, seconds: -1.0, ..manifest }.write(&run).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(started_unix.min(1 << 33));
        for entry in std::fs::read_dir(run.join("cells")).unwrap() {
            let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(old).unwrap();
        }
        asked(dir, &["verify", "runs", "--cells", "1"], 0);
        asked(dir, &["report"], 0);
        asked(dir, &["cells", "empty", "--profile", "smoke"], 0);
        assert!(asked(dir, &line, 0).contains("100 reused"));
        assert_eq!(bytes(&run), expected);
    }
}

#[test]
fn shards_make_the_bytes_of_one_run() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    asked(whole.path(), &["run", "empty", "--profile", "smoke"], 0);
    let dir = parts.path();
    let shard = |shard: &str| ["run", "empty", "--profile", "smoke", "--shard", shard].map(str::to_owned);
    let missing = asked(dir, &["cells", "empty", "--profile", "smoke", "--missing", "--format", "tsv"], 0);
    assert_eq!(missing.lines().count(), 1 + 100);
    assert!(!run_dir(dir, "smoke").exists(), "a list writes nothing");
    let mut children: Vec<Child> =
        ["0/3", "1/3", "2/3"].map(|s| spawn(dir, &shard(s).each_ref().map(String::as_str))).into();
    // Not all of it is there yet, or just so: either is said truly.
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert!(!run_dir(dir, "smoke").join("manifest.json").exists(), "shards make no run");
    let said = asked(dir, &["cells", "empty", "--profile", "smoke", "--missing"], 0);
    assert!(said.starts_with("100 cells, 100 done, 0 left"), "{said}");
    asked(dir, &["collect", "empty", "--profile", "smoke"], 0);
    assert_eq!(bytes(&run_dir(dir, "smoke")), bytes(&run_dir(whole.path(), "smoke")));
    let manifest = Manifest::read(&run_dir(dir, "smoke")).unwrap();
    assert_eq!(manifest.status, Status::Done);
    assert!(manifest.cells.iter().all(|c| c.seconds.is_some()), "the times of shards are gathered");
    assert!(manifest.peak_memory.is_some() || !cfg!(target_os = "linux"));
    asked(dir, &["verify", "runs"], 0);
    // Again: nothing to do, and nothing is done.
    let said = asked(dir, &shard("1/3").each_ref().map(String::as_str), 0);
    assert!(said.contains(": 0 cells computed, "), "{said}");
    let said = asked(dir, &["run", "empty", "--profile", "smoke"], 0);
    assert!(said.contains("done, 0 cells computed, 100 reused"), "{said}");
    let times = stored(dir);
    assert_eq!((times.len(), times.values().max()), (100, Some(&1)));
}

#[test]
fn collecting_names_what_is_missing_and_makes_what_can_be_made() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let said = asked(dir, &["collect", "empty", "--profile", "smoke"], 5);
    assert!(said.contains("INCOMPLETE") && said.contains("100 cells missing"), "{said}");
    asked(dir, &["run", "empty", "--profile", "smoke", "--shard", "0/2"], 0);
    let said = asked(dir, &["collect", "empty", "--profile", "smoke"], 5);
    assert!(said.contains("missing cell number=") && said.contains("and 30 more"), "{said}");
    let run = run_dir(dir, "smoke");
    let table = std::fs::read_to_string(run.join("tables/values.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 50);
    assert!(run.join("summary.json").is_file() && run.join("figures/values.svg").is_file());
    let manifest = Manifest::read(&run).unwrap();
    assert_eq!((manifest.status, manifest.failed_checks.len()), (Status::Failed, 1));
    let said = asked(dir, &["verify", "runs"], 1);
    assert!(said.contains("the run failed"), "{said}");
    let json = asked(dir, &["cells", "empty", "--profile", "smoke", "--missing", "--format", "json"], 0);
    let cells: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(cells.len(), 50);
    assert!(cells.iter().all(|c| c["state"] == "missing" && c["expected_seconds"].is_f64()));
    let labels: Vec<&str> = cells.iter().map(|c| c["label"].as_str().unwrap()).collect();
    let in_table = |l: &&str| table.contains(&format!("\n{},", l.strip_prefix("number=").unwrap()));
    assert!(!labels.iter().any(in_table), "missing, and in the table");
    asked(dir, &["run", "empty", "--profile", "smoke", "--shard", "1/2"], 0);
    asked(dir, &["collect", "empty", "--profile", "smoke"], 0);
    asked(dir, &["verify", "runs"], 0);
}

#[test]
fn shards_that_do_not_exist_or_are_anothers_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (shard, part) in [("2/2", "the last one is 1/2"), ("x", "0/4"), ("0/0", "INDEX/COUNT")] {
        let said = asked(dir, &["run", "empty", "--profile", "smoke", "--shard", shard], 2);
        assert!(said.contains(part), "{said}");
    }
    let said = asked(dir, &["collect", "empty", "--shard", "0/2"], 2);
    assert!(said.contains("--shard"), "{said}");
    // A plan of the same cells by a program of other sources.
    let key = |number: usize| {
        let config = serde_json::json!({ "number": number });
        let (backend, input) = (BackendKind::Flex, None);
        CellKey::of(&KeyParts { pipeline: "empty", config: &config, seed: 0, backend, input, code: "other" })
    };
    let plan = ShardPlan::new((0..100).map(|k| (key(k), 1.0)));
    let path = run_dir(dir, "smoke").join("shards/plan.json");
    plan.agree(&path).unwrap();
    let said = asked(dir, &["run", "empty", "--profile", "smoke", "--shard", "0/2"], 4);
    assert!(said.contains("another version of the program") && said.contains("remove that file"), "{said}");
    std::fs::remove_file(path).unwrap();
    asked(dir, &["run", "empty", "--profile", "smoke", "--shard", "0/2"], 0);
}

/// The shard of a coordinator that died is still at work when a new one starts the same shard.
#[test]
fn a_shard_that_is_started_twice_is_computed_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = ["run", "empty", "--shard", "0/1", "--jobs", "1"];
    let mut first = spawn(dir, &line);
    wait_for(&run_dir(dir, "standard"), 20, &mut first);
    let mut second = spawn(dir, &line);
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
    let times = stored(dir);
    assert_eq!((times.len(), times.values().max()), (1000, Some(&1)));
    // One that is killed keeps nothing from the next.
    let other = tempfile::tempdir().unwrap();
    let mut killed = spawn(other.path(), &line);
    wait_for(&run_dir(other.path(), "standard"), 50, &mut killed);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let before = stored(other.path());
    let clock = Instant::now();
    let said = asked(other.path(), &line, 0);
    assert!(said.contains(&format!("{} were finished", finished_before(&said))), "{said}");
    assert!(clock.elapsed() < Duration::from_secs(15), "it waited for a dead process");
    let times = stored(other.path());
    assert!(before.keys().all(|cell| times[cell] == 1), "finished cells are computed again");
    assert_eq!(times.len(), 1000);
}

/// What the program says was finished, which must be at least what was waited for.
fn finished_before(said: &str) -> usize {
    let number = said.split(" were finished").next().unwrap().rsplit(' ').next().unwrap();
    let number = number.parse().unwrap();
    assert!((50..1000).contains(&number), "{said}");
    number
}

#[cfg(unix)]
#[test]
fn signals_end_it_at_once_with_a_word() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let dir = tempfile::tempdir().unwrap();
        let mut child = spawn(dir.path(), &["run", "empty", "--profile", "paper"]);
        wait_for(&run_dir(dir.path(), "paper"), 30, &mut child);
        let clock = Instant::now();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert!(clock.elapsed() < Duration::from_secs(1), "{:?}", clock.elapsed());
        assert_eq!(output.status.code(), Some(status));
        let said = String::from_utf8(output.stderr).unwrap();
        let line = said.lines().find(|l| l.starts_with("interrupted: ")).unwrap_or_else(|| panic!("{said}"));
        let (counted, rest) = line["interrupted: ".len()..].split_once(" of 10000 cells of `empty`").unwrap();
        let on_disk = finished(&run_dir(dir.path(), "paper"));
        let counted: usize = counted.parse().unwrap();
        // The last may have been stored and not yet counted.
        assert!(counted <= on_disk && on_disk <= counted + 1, "{counted} said, {on_disk} there");
        assert!(rest.contains("the same command goes on"), "{line}");
    }
}

#[test]
fn a_directory_that_vanishes_or_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = spawn(dir.path(), &["run", "empty", "--profile", "paper"]);
    let run = run_dir(dir.path(), "paper");
    wait_for(&run, 30, &mut child);
    // In one step, as a file server that goes away.
    std::fs::rename(&run, dir.path().join("gone")).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error: cannot write runs/empty/paper-flex-0/"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    if cfg!(target_os = "linux") {
        // Nobody may make a directory there, not even root.
        asked(dir.path(), &["run", "empty", "--profile", "smoke", "--out", "/proc/self/runs"], 4);
    }
}
