#![no_main]
//! Any bytes as the plan of shards, as what a shard notes, as a journal of the disk, and as names.
use libfuzzer_sys::fuzz_target;
use relata_runs::{BackendKind, Journal, Profile, RunDir, Shard, ShardPlan};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// In memory where there is such a place.
fn place() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let root = if memory.is_dir() { memory } else { std::env::temp_dir() };
    root.join(format!("relata-fuzz-notes-{}", std::process::id()))
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(plan) = ShardPlan::decode(bytes) {
        let parts = plan.parts(NonZeroUsize::MIN.saturating_add(2));
        assert_eq!(parts.len(), plan.keys().count());
    }
    let place = place();
    let run = RunDir::at(&place);
    std::fs::create_dir_all(run.shards()).expect("a place to write");
    let file = run.shards().join("0-of-2.json");
    std::fs::write(&file, bytes).expect("a file");
    let _ = run.shard_notes();
    let _ = Journal::read(&file);
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(shard) = text.parse::<Shard>() {
            assert!(shard.index() < shard.count().get());
            assert_eq!(shard.to_string().parse(), Ok(shard));
        }
        let _ = (text.parse::<BackendKind>(), text.parse::<Profile>());
    }
});
