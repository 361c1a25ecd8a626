#![no_main]
//! Any bytes as a finished cell, as they are and under a checksum that is right, which chance would
//! never find: refused, or exactly what is written again.
use libfuzzer_sys::fuzz_target;
use relata_runs::{CellKey, CellStore, hash_bytes};
use std::path::PathBuf;

/// In memory where there is such a place.
fn place() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let root = if memory.is_dir() { memory } else { std::env::temp_dir() };
    root.join(format!("relata-fuzz-cell-{}", std::process::id()))
}

fuzz_target!(|bytes: &[u8]| {
    // That of the seeds.
    let key = CellKey::try_from("03601926abaca1a597ac1859b93f799a".to_owned()).expect("a key");
    let place = place();
    std::fs::create_dir_all(&place).expect("a place to write");
    let store = CellStore::existing(&place);
    let checked = [
        format!("{{\"checksum\":\"{}\",\"cell\":", hash_bytes(bytes)).as_bytes(),
        bytes,
        b"}\n",
    ]
    .concat();
    for file in [bytes, &checked] {
        std::fs::write(store.path(&key), file).expect("a file");
        if let Ok(Some((record, checksum))) = store.load(&key) {
            assert_eq!(record.key, key);
            assert_eq!(checksum.len(), 64);
            let again: serde_json::Value = serde_json::to_value(&record).expect("a record is JSON");
            assert!(again.is_object());
        }
    }
});
