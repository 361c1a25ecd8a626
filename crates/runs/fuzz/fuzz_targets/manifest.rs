#![no_main]
//! Any bytes as a manifest and as a summary. What is read names no file outside of its run, and is
//! read again as it is written.
use libfuzzer_sys::fuzz_target;
use relata_runs::{Manifest, Summary};
use std::path::{Component, Path, PathBuf};

/// In memory where there is such a place.
fn place() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let root = if memory.is_dir() { memory } else { std::env::temp_dir() };
    root.join(format!("relata-fuzz-manifest-{}", std::process::id()))
}

fuzz_target!(|bytes: &[u8]| {
    let place = place();
    std::fs::create_dir_all(&place).expect("a place to write");
    std::fs::write(place.join("manifest.json"), bytes).expect("a file");
    let _ = Manifest::check(&place);
    if let Ok(manifest) = Manifest::read(&place) {
        for name in manifest.files.keys() {
            assert!(Path::new(name).components().all(|c| matches!(c, Component::Normal(_))), "{name}");
        }
        for cell in &manifest.cells {
            assert!(cell.key.as_str().bytes().all(|b| b.is_ascii_hexdigit()), "{}", cell.key);
        }
        manifest.write(&place).expect("it is written");
        assert!(Manifest::check(&place).is_ok(), "what was written is intact");
    }
    let summary = place.join("summary.json");
    std::fs::write(&summary, bytes).expect("a file");
    if let Ok(found) = Summary::read(&summary) {
        found.write(&summary).expect("it is written");
        assert!(Summary::read(&summary).is_ok());
    }
});
