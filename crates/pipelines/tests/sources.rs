//! What the address of a cell depends on: the sources that its pipeline uses, and nothing else.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../build/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// The manifests and sources of the workspace, elsewhere.
struct Copied(tempfile::TempDir);

impl Copied {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let dir = tempfile::tempdir().unwrap();
        for file in ["Cargo.toml", "Cargo.lock"] {
            fs::copy(root.join(file), dir.path().join(file)).unwrap();
        }
        for krate in fs::read_dir(root.join("crates")).unwrap() {
            let krate = krate.unwrap().path();
            let target = dir.path().join("crates").join(krate.file_name().unwrap());
            copy(&krate.join("src"), &target.join("src"));
            fs::copy(krate.join("Cargo.toml"), target.join("Cargo.toml")).unwrap();
        }
        Self(dir)
    }

    fn hashes(&self) -> BTreeMap<String, String> {
        sources::fingerprints(self.0.path(), &["a compiler".to_owned()]).unwrap().0
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// The pipelines whose hash changes when a file gets one more line, which is taken back.
    fn changed_by(&self, file: &str, line: &str) -> Vec<String> {
        let (before, path) = (self.hashes(), self.path(file));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}{line}\n")).unwrap();
        let after = self.hashes();
        fs::write(&path, text).unwrap();
        relata_cli::PIPELINES.iter().map(|p| p.name.to_owned()).filter(|p| before[p] != after[p]).collect()
    }
}

#[test]
fn a_change_recomputes_what_uses_it_and_nothing_else() {
    let here = Copied::new();
    let all: Vec<String> = relata_cli::PIPELINES.iter().map(|p| p.name.to_owned()).collect();
    let by = |file: &str| here.changed_by(file, "// changed");
    assert_eq!(by("crates/relations/src/lib.rs"), all);
    assert_eq!(by("crates/pipelines/src/runner/cells.rs"), all);
    // What draws, reads command lines or attacks computes no cell.
    for file in ["plotting/src/lib.rs", "cli/src/lib.rs", "attack/src/lib.rs", "runs/src/summary.rs"] {
        assert!(by(&format!("crates/{file}")).is_empty(), "{file}");
    }
    for file in ["cli.rs", "registry.rs", "own.rs", "approximate.rs", "runner/report.rs"] {
        assert!(by(&format!("crates/pipelines/src/{file}")).is_empty(), "{file}");
    }
    // A pipeline's own folder, and the folders that others share with it.
    assert_eq!(by("crates/pipelines/src/experiments/rkbs/krein.rs"), ["rkbs"]);
    assert_eq!(by("crates/pipelines/src/experiments/approximation/trained.rs"), ["symmetric", "asymmetric"]);
    assert_eq!(by("crates/pipelines/src/experiments/spaces/learning.rs"), ["rkhs", "rkbs"]);
    assert!(by("crates/pipelines/src/experiments/rkbs/figures.rs").is_empty());
    assert!(by("crates/pipelines/src/experiments/neurons/summary.rs").is_empty());
    // Crates: preferences neither train nor attend, and approximation knows no orders.
    let training = by("crates/training/src/lib.rs");
    assert!(training.contains(&"symmetric".to_owned()) && !training.contains(&"preferences".to_owned()));
    let debreu = by("crates/debreu/src/lib.rs");
    assert!(debreu.contains(&"debreu".to_owned()) && debreu.contains(&"preferences".to_owned()));
    for without in ["symmetric", "rkbs", "rkhs", "neurons", "symmetry-gap"] {
        assert!(!debreu.contains(&without.to_owned()), "{without}: {debreu:?}");
    }
    assert!(
        by("crates/attention/src/lib.rs")
            .iter()
            .all(|p| !["rkbs", "debreu", "analyse"].contains(&p.as_str()))
    );
}

#[test]
fn crates_of_others_count_for_those_that_are_compiled_with_them() {
    let here = Copied::new();
    let before = here.hashes();
    let lock = fs::read_to_string(here.path("Cargo.lock")).unwrap();
    // The checksum of a package changes when its version does.
    let bumped = |name: &str| {
        let at = lock.find(&format!("[[package]]\nname = \"{name}\"\n")).unwrap();
        let checksum = at + lock[at..].find("checksum = \"").unwrap() + "checksum = \"".len();
        let other = if lock[checksum..].starts_with('0') { "1" } else { "0" };
        fs::write(here.path("Cargo.lock"), format!("{}{other}{}", &lock[..checksum], &lock[checksum + 1..]))
            .unwrap();
        let after = here.hashes();
        before
            .iter()
            .filter(|(name, hash)| after[*name] != **hash)
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    assert!(bumped("clap_mangen").is_empty() && bumped("plotters").is_empty());
    assert_eq!(bumped("faer").len(), before.len());
    assert!(bumped("tokenizers").contains(&"heads".to_owned()));
}

#[test]
fn where_a_checkout_lies_does_not_matter() {
    assert_eq!(Copied::new().hashes(), Copied::new().hashes());
    let other = sources::fingerprints(Copied::new().0.path(), &["another compiler".to_owned()]).unwrap().0;
    assert!(other.iter().all(|(name, hash)| Copied::new().hashes()[name] != *hash));
}
