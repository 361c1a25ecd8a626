//! Run directories: names, locks, finished cells, manifests, summaries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_runs::{
    BackendKind, Better, CellError, CellKey, CellRecord, CellStore, KeyParts, Manifest, ManifestError,
    Metric, NameError, Profile, Row, RunDir, RunDirError, RunName, Summary,
};
use serde_json::json;

fn record() -> CellRecord {
    let config = json!({"rank": 2, "relation": "volterra", "width": 0.1});
    let parts = KeyParts {
        pipeline: "p",
        config: &config,
        seed: 7,
        backend: BackendKind::Flex,
        input: None,
        code: "c",
    };
    let key = CellKey::of(&parts);
    let rows = vec![Row::new("error").with("error", 0.1 + 0.2).with("bad", f64::NAN)];
    CellRecord { key, pipeline: "p".to_owned(), label: "volterra".to_owned(), config, rows }
}

#[test]
fn every_part_of_a_key_counts() {
    let (a, b) = (json!({"rank": 1}), json!({"rank": 2}));
    let base =
        KeyParts { pipeline: "p", config: &a, seed: 0, backend: BackendKind::Flex, input: None, code: "c" };
    let keys = [
        base,
        KeyParts { pipeline: "q", ..base },
        KeyParts { config: &b, ..base },
        KeyParts { seed: 1, ..base },
        KeyParts { backend: BackendKind::Wgpu, ..base },
        KeyParts { input: Some("i"), ..base },
        KeyParts { code: "d", ..base },
        // The same text, cut elsewhere.
        KeyParts { input: Some("ic"), code: "", ..base },
    ]
    .map(|p| CellKey::of(&p));
    let mut sorted = keys.to_vec();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), keys.len());
    assert_eq!(CellKey::of(&base), keys[0]);
}

#[test]
fn a_finished_cell_reads_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let store = CellStore::open(dir.path()).unwrap();
    let record = record();
    assert_eq!(store.load(&record.key).unwrap(), None);
    let checksum = store.save(&record).unwrap();
    let (again, found) = store.load(&record.key).unwrap().unwrap();
    assert_eq!(found, checksum);
    assert_eq!(again.checksum().unwrap(), checksum);
    assert_eq!(format!("{:?}", again.rows), format!("{:?}", record.rows));
}

#[test]
fn any_damage_to_a_cell_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = CellStore::open(dir.path()).unwrap();
    let record = record();
    store.save(&record).unwrap();
    let path = store.path(&record.key);
    let bytes = std::fs::read(&path).unwrap();
    let damaged = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = store.load(&record.key).unwrap_err();
        assert!(matches!(error, CellError::Corrupt { .. }));
        assert!(error.to_string().contains(record.key.as_str()), "the message names the file: {error}");
    };
    for length in 0..bytes.len() {
        damaged(&bytes[..length]);
    }
    for k in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[k] ^= 1;
        damaged(&flipped);
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(store.load(&record.key).unwrap().is_some());
}

#[test]
fn a_cell_under_the_name_of_another_is_corrupt() {
    let dir = tempfile::tempdir().unwrap();
    let store = CellStore::open(dir.path()).unwrap();
    let (one, mut other) = (record(), record());
    other.key = CellKey::of(&KeyParts {
        pipeline: "other",
        config: &one.config,
        seed: 0,
        backend: BackendKind::Flex,
        input: None,
        code: "",
    });
    store.save(&one).unwrap();
    std::fs::copy(store.path(&one.key), store.path(&other.key)).unwrap();
    assert!(matches!(store.load(&other.key), Err(CellError::Corrupt { .. })));
}

#[test]
fn leftovers_of_killed_processes_go() {
    let out = tempfile::tempdir().unwrap();
    let dir = RunDir::create(out.path(), &name()).unwrap();
    let store = CellStore::open(&dir.cells()).unwrap();
    store.save(&record()).unwrap();
    std::fs::create_dir(dir.tables()).unwrap();
    let left = [dir.path().to_owned(), dir.cells(), dir.tables()].map(|place| place.join(".tmp-abc"));
    left.iter().for_each(|file| std::fs::write(file, "half").unwrap());
    dir.clean().unwrap();
    assert!(left.iter().all(|file| !file.exists()));
    assert!(store.load(&record().key).unwrap().is_some());
}

fn name() -> RunName {
    RunName {
        pipeline: "symmetric".to_owned(),
        profile: Profile::Smoke,
        backend: BackendKind::Flex,
        seed: 7,
        input: None,
    }
}

#[test]
fn a_run_has_its_place() {
    assert_eq!(name().path().to_str(), Some("symmetric/smoke-flex-7"));
    let input = Some(relata_runs::hash_bytes(b"data"));
    let path = RunName { pipeline: "analyse".to_owned(), input, ..name() }.path();
    let path = path.to_str().unwrap();
    assert!(
        path.starts_with("analyse/smoke-flex-7-") && path.len() == "analyse/smoke-flex-7-".len() + 12,
        "{path}"
    );
}

#[test]
fn two_runs_exclude_each_other() {
    let out = tempfile::tempdir().unwrap();
    let dir = RunDir::create(out.path(), &name()).unwrap();
    let lock = dir.lock().unwrap();
    let error = dir.lock().unwrap_err();
    assert!(
        matches!(error, RunDirError::Locked { holder: Some(pid), .. } if pid == std::process::id()),
        "{error}"
    );
    assert!(error.to_string().contains("another run (process"), "{error}");
    // Shards have claims of their own: each is one's, and none keeps a run waiting.
    let half = dir.claim_shard("0-of-2").unwrap();
    assert!(matches!(dir.claim_shard("0-of-2"), Err(RunDirError::Locked { elsewhere: false, .. })));
    drop(lock);
    let _other = dir.claim_shard("1-of-2").unwrap();
    drop(half);
    let (_lock, _again) = (dir.lock().unwrap(), dir.claim_shard("0-of-2").unwrap());
}

#[test]
fn an_output_directory_that_cannot_be_made_is_named() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = RunDir::create(&file, &name()).unwrap_err();
    assert!(matches!(error, RunDirError::Unusable { .. }));
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn runs_are_found_below_a_directory() {
    let out = tempfile::tempdir().unwrap();
    for pipeline in ["b", "a"] {
        let dir = RunDir::create(out.path(), &RunName { pipeline: pipeline.to_owned(), ..name() }).unwrap();
        std::fs::write(dir.path().join("manifest.json"), "{}").unwrap();
    }
    std::fs::create_dir_all(out.path().join("c/no-run")).unwrap();
    let found = RunDir::find(out.path()).unwrap();
    let names: Vec<_> =
        found.iter().map(|d| d.path().strip_prefix(out.path()).unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a/smoke-flex-7", "b/smoke-flex-7"]);
    assert_eq!(RunDir::find(found[0].path()).unwrap(), [found[0].clone()]);
    assert!(matches!(RunDir::find(&out.path().join("nowhere")), Err(RunDirError::Read { .. })));
}

#[test]
fn ten_thousand_runs_are_found() {
    let out = tempfile::tempdir().unwrap();
    for k in 0..10_000 {
        let dir = out.path().join(format!("p{}/smoke-flex-{k}", k % 7));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::File::create(dir.join("manifest.json")).unwrap();
    }
    let clock = std::time::Instant::now();
    assert_eq!(RunDir::find(out.path()).unwrap().len(), 10_000);
    assert!(clock.elapsed().as_secs() < 10, "{:?}", clock.elapsed());
}

#[test]
fn a_manifest_of_another_version_is_called_that() {
    let dir = tempfile::tempdir().unwrap();
    let read = || Manifest::read(dir.path()).unwrap_err();
    assert!(matches!(read(), ManifestError::Read { .. }));
    let write = |text: &str| std::fs::write(dir.path().join("manifest.json"), text).unwrap();
    // Everything else in it may have changed as well.
    write(r#"{"schema_version": 99, "laid_out": "otherwise"}"#);
    assert!(matches!(read(), ManifestError::Schema { found: 99, .. }));
    assert!(read().to_string().contains("schema version 99; this program reads version 1"), "{}", read());
    write("{");
    assert!(matches!(read(), ManifestError::Parse { .. }));
    write(r#"{"schema_version": 1, "pipeline": "p"}"#);
    assert!(matches!(read(), ManifestError::Parse { .. }));
}

fn manifest() -> Manifest {
    serde_json::from_value(json!({
        "schema_version": 1, "status": "done", "pipeline": "p", "profile": "smoke", "backend": "flex",
        "device": "d", "seed": 7, "input": null, "host": "h", "cores": 2, "jobs": 2, "started_unix": 1,
        "source": {"commit": null, "work_tree": "unknown", "lock_hash": "l", "code_hash": "c", "rustc": "r",
                   "features": []},
        "seconds": 1.5, "cells": [], "files": {"summary.json": "h"}, "failed_checks": []
    }))
    .unwrap()
}

#[test]
fn any_damage_to_a_manifest_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("manifest.json");
    manifest().write(dir.path()).unwrap();
    Manifest::check(dir.path()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    // A write is of the content alone: what the file said of itself before does not count.
    Manifest { checksum: Some("x".to_owned()), ..manifest() }.write(dir.path()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    for k in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[k] ^= 1 << (k % 7);
        std::fs::write(&path, &flipped).unwrap();
        assert!(Manifest::check(dir.path()).is_err(), "byte {k}");
        std::fs::write(&path, &bytes[..k]).unwrap();
        assert!(Manifest::check(dir.path()).is_err(), "cut at {k}");
    }
    // From before manifests had one.
    let old = serde_json::to_string(&manifest()).unwrap();
    std::fs::write(&path, old).unwrap();
    Manifest::check(dir.path()).unwrap();
}

#[test]
fn a_summary_is_stable_and_says_why_a_value_is_absent() {
    let summary = Summary::new()
        .with("worst", "The worst ratio.", Metric::new(1.02, "ratio").goal(1.0).better(Better::Lower))
        .with("gap", "How far apart they are.", Metric::new(f64::NAN, "ratio"))
        .with("eight", "In 8 dimensions.", Metric::not_applicable("ratio", "not measured in this profile"));
    let expected = r#"{
  "metrics": {
    "eight": {
      "meaning": "In 8 dimensions.",
      "value": null,
      "unit": "ratio",
      "better": "neutral",
      "reason": "not measured in this profile"
    },
    "gap": {
      "meaning": "How far apart they are.",
      "value": null,
      "unit": "ratio",
      "better": "neutral",
      "reason": "nan"
    },
    "worst": {
      "meaning": "The worst ratio.",
      "value": 1.02,
      "unit": "ratio",
      "limit": 1.0,
      "limit_is": "goal",
      "better": "lower"
    }
  }
}
"#;
    assert_eq!(summary.to_json(), expected);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("summary.json");
    summary.write(&path).unwrap();
    assert_eq!(Summary::read(&path).unwrap(), summary);
    std::fs::write(&path, r#"{"metrics": {}, "more": 1}"#).unwrap();
    assert!(Summary::read(&path).unwrap_err().to_string().contains("unknown field `more`"));
}

#[test]
fn a_bound_is_broken_on_its_wrong_side_and_a_goal_never() {
    let m = |value: f64, better| Metric::new(value, "1").bound(1.0).better(better);
    assert!(m(1.5, Better::Lower).breaks_bound() && !m(0.5, Better::Lower).breaks_bound());
    assert!(m(0.5, Better::Higher).breaks_bound() && !m(1.0, Better::Higher).breaks_bound());
    assert!(!Metric::new(1.5, "1").goal(1.0).better(Better::Lower).breaks_bound());
    assert!(!Metric::new(f64::NAN, "1").bound(1.0).better(Better::Lower).breaks_bound());
}

#[test]
fn misspelt_names_get_the_nearest() {
    let unknown = NameError::new("pipeline", "symetric", ["asymmetric", "symmetric"]);
    assert_eq!(
        unknown.to_string(),
        "unknown pipeline `symetric`; did you mean `symmetric`? (known: asymmetric, symmetric)"
    );
    assert_eq!(
        "smok".parse::<Profile>().unwrap_err().to_string(),
        "unknown profile `smok`; did you mean `smoke`? (known: smoke, standard, paper)"
    );
    assert_eq!(
        "cuda".parse::<BackendKind>().unwrap_err().to_string(),
        "unknown backend `cuda` (known: flex, ndarray, wgpu)"
    );
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(profile));
    }
    for backend in BackendKind::ALL {
        assert_eq!(backend.name().parse(), Ok(backend));
    }
}
