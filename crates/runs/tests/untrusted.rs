//! Whatever stands in a file of a run: an answer, no panic, and nothing that is not there.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use relata_runs::{
    BackendKind, CellKey, CellRecord, CellStore, Journal, KeyParts, Manifest, Row, RunDir, ShardNotes,
    ShardPlan, Summary, Table,
};
use serde_json::json;
use std::path::Path;

/// A change of bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Cut(usize),
    Repeat(usize, usize),
    Put(usize, Vec<u8>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // What parsers trip over: brackets, quotes, exponents, deep nesting, long numbers.
    let pieces = prop::sample::select(vec![
        &b"\""[..],
        b"{",
        b"}",
        b"[",
        b",",
        b"\n",
        b"\r\n",
        b"1e999",
        b"-",
        b"null",
        b"\\u0000",
        b"\xff\xfe",
        b"\0",
        b"99999999999999999999999",
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        b"\"\"\"",
        b"0x",
        b"nan",
    ]);
    let change = prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), 0_usize..40).prop_map(|(at, n)| Change::Repeat(at, n)),
        (any::<usize>(), pieces).prop_map(|(at, piece)| Change::Put(at, piece.to_vec())),
    ];
    prop::collection::vec(change, 1..5)
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let length = bytes.len().max(1);
        match change {
            Change::Flip(at, bits) if !bytes.is_empty() => bytes[at % length] ^= bits,
            Change::Flip(..) => {}
            Change::Cut(at) => bytes.truncate(at % length),
            Change::Repeat(at, n) => {
                let piece = bytes[at % length.min(bytes.len() + 1)..].to_vec();
                (0..*n).for_each(|_| bytes.extend_from_slice(&piece[..piece.len().min(200)]));
            }
            Change::Put(at, piece) => {
                let at = at % (bytes.len() + 1);
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

fn record() -> CellRecord {
    let config = json!({"rank": 2, "width": 0.1});
    let (backend, input) = (BackendKind::Flex, None);
    let key = CellKey::of(&KeyParts { pipeline: "p", config: &config, seed: 7, backend, input, code: "c" });
    let rows = vec![Row::new("error").with("error", 0.25).with("name", "a,\"b\"").with("bad", f64::NAN)];
    CellRecord { key, pipeline: "p".to_owned(), label: "l".to_owned(), config, rows }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cells_are_what_was_stored_or_corrupt(changes in changes()) {
        let dir = tempfile::tempdir().unwrap();
        let store = CellStore::open(dir.path()).unwrap();
        store.save(&record()).unwrap();
        let path = store.path(&record().key);
        let (whole, damaged) = (read(&path), changed(&read(&path), &changes));
        std::fs::write(&path, &damaged).unwrap();
        let found = store.load(&record().key);
        prop_assert_eq!(found.is_ok(), whole == damaged, "{:?}", found);
    }

    #[test]
    fn manifests_are_what_was_written_or_refused(changes in changes()) {
        let dir = tempfile::tempdir().unwrap();
        let manifest: Manifest = serde_json::from_value(json!({
            "schema_version": 1, "status": "done", "pipeline": "p", "profile": "smoke", "backend": "flex",
            "device": "d", "seed": 7, "input": null, "host": "h", "cores": 2, "jobs": 2, "started_unix": 1,
            "source": {"commit": null, "work_tree": "unknown", "lock_hash": "l", "code_hash": "c", "rustc": "r",
                       "features": []},
            "seconds": 1.5, "cells": [], "files": {"summary.json": "h"}, "failed_checks": []
        }))
        .unwrap();
        manifest.write(dir.path()).unwrap();
        let path = dir.path().join("manifest.json");
        let (whole, damaged) = (read(&path), changed(&read(&path), &changes));
        std::fs::write(&path, &damaged).unwrap();
        prop_assert_eq!(Manifest::check(dir.path()).is_ok(), whole == damaged);
    }

    #[test]
    fn tables_and_summaries_have_an_answer(changes in changes()) {
        let rows = [Row::new("t").with("a", 1_usize).with("b", "x\ny"), Row::new("t").with("a", f64::INFINITY)];
        let csv = Table::from_rows("t", &rows).unwrap().to_csv();
        let damaged = changed(csv.as_bytes(), &changes);
        if let Ok(table) = Table::from_csv("t", damaged.as_slice()) {
            // What is read is written again as it was understood, and no larger than what was read.
            let again = Table::from_csv("t", table.to_csv().as_bytes()).unwrap();
            prop_assert_eq!(&again, &table);
            prop_assert!(table.len() * table.columns().len() <= damaged.len() + 1);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.json");
        let summary = r#"{"metrics": {"m": {"value": 1.5, "unit": "1", "better": "lower"}}}"#;
        std::fs::write(&path, changed(summary.as_bytes(), &changes)).unwrap();
        let _ = Summary::read(&path);
    }

    #[test]
    fn plans_notes_and_journals_have_an_answer(changes in changes()) {
        let plan = serde_json::to_vec(&ShardPlan::new([(record().key, 2.5)])).unwrap();
        let damaged = changed(&plan, &changes);
        if let Some(found) = ShardPlan::decode(&damaged) {
            prop_assert_eq!(found, ShardPlan::new([(record().key, 2.5)]));
        }
        let out = tempfile::tempdir().unwrap();
        let dir = RunDir::at(out.path());
        std::fs::create_dir(dir.shards()).unwrap();
        let notes = ShardNotes { seconds: [(record().key, 1.0)].into(), ..ShardNotes::default() };
        dir.note_shard("0-of-1", &notes).unwrap();
        let path = dir.shards().join("0-of-1.json");
        std::fs::write(&path, changed(&read(&path), &changes)).unwrap();
        prop_assert!(dir.shard_notes().seconds.len() <= 40);
        dir.note_shard("0-of-1", &notes).unwrap();
        let noted = dir.shard_notes();
        prop_assert_eq!(noted.seconds.get(&record().key), Some(&1.0));
        let line = b"{\"step\":\"rename\",\"from\":\"a\",\"to\":\"b\"}\n";
        std::fs::write(&path, changed(line, &changes)).unwrap();
        let _ = Journal::read(&path);
    }
}
