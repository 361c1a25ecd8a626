//! Which program this is.

use crate::backend;
use relata_runs::{BackendKind, Source, WorkTree};
use std::process::{Command, Stdio};

/// Hash of sources, `Cargo.lock`, features, target and compiler, taken when this crate was built.
pub(super) const CODE_HASH: &str = env!("RELATA_CODE_HASH");

pub(super) fn source() -> Source {
    let commit = git(&["rev-parse", "HEAD"]);
    let work_tree = match git(&["status", "--porcelain"]) {
        Some(changes) if commit.is_some() => {
            if changes.is_empty() {
                WorkTree::Clean
            } else {
                WorkTree::Dirty
            }
        }
        _ => WorkTree::Unknown,
    };
    Source {
        commit,
        work_tree,
        lock_hash: env!("RELATA_LOCK_HASH").to_owned(),
        code_hash: CODE_HASH.to_owned(),
        rustc: env!("RELATA_RUSTC").to_owned(),
        features: backend::compiled()
            .into_iter()
            .filter_map(BackendKind::feature)
            .map(str::to_owned)
            .collect(),
    }
}

/// What git says about the sources that this program was built from, if both are still there.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
