//! Fingerprints the program, so that the result of a cell is reused only by the program that would
//! compute it again.
//!
//! `RELATA_CODE_HASH` covers the sources and manifests of every crate of ours on which a cell's
//! result can depend, `Cargo.lock`, the features, the target and the compiler. Those crates are
//! what this one depends on, directly or through others, without [`NO_RESULT`]. It is one hash for
//! all pipelines: which of them a change can reach, only the compiler knows.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates of ours that no result depends on: they draw finished tables, read command lines, and try
/// to break what the others claim.
const NO_RESULT: [&str; 3] = ["plotting", "cli", "attack"];

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let root = package.join("../..");
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    let mut crates = BTreeSet::new();
    reach("pipelines", &root, &mut crates)?;
    for name in &crates {
        let krate = root.join("crates").join(name);
        files.push(krate.join("Cargo.toml"));
        println!("cargo::rerun-if-changed={}", krate.join("src").display());
        collect(&krate.join("src"), &mut files)?;
    }
    files.sort();

    let mut hasher = blake3::Hasher::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        part(&mut hasher, &std::fs::read(file)?);
    }
    let rustc =
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output()?;
    part(&mut hasher, &rustc.stdout);
    for name in ["TARGET", "PROFILE", "OPT_LEVEL", "CARGO_ENCODED_RUSTFLAGS"] {
        part(&mut hasher, std::env::var(name).unwrap_or_default().as_bytes());
    }
    let features: BTreeSet<String> =
        std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("CARGO_FEATURE_")).collect();
    for feature in &features {
        part(&mut hasher, feature.as_bytes());
    }
    println!("cargo::rustc-env=RELATA_CODE_HASH={}", hasher.finalize().to_hex());
    println!(
        "cargo::rustc-env=RELATA_LOCK_HASH={}",
        blake3::hash(&std::fs::read(root.join("Cargo.lock"))?).to_hex()
    );
    let version = String::from_utf8_lossy(&rustc.stdout);
    println!("cargo::rustc-env=RELATA_RUSTC={}", version.lines().next().unwrap_or("unknown"));
    Ok(())
}

/// The crates of ours that the library of one is compiled with, itself among them.
fn reach(name: &str, root: &Path, found: &mut BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    if NO_RESULT.contains(&name) || !found.insert(name.to_owned()) {
        return Ok(());
    }
    let manifest = std::fs::read_to_string(root.join("crates").join(name).join("Cargo.toml"))?;
    let sections = manifest.split("\n[").filter(|s| s.starts_with("dependencies]"));
    for line in sections.flat_map(str::lines) {
        if let Some(dependency) = line.strip_prefix("relata-") {
            let end = dependency.find(['.', ' ', '=']).unwrap_or(dependency.len());
            reach(&dependency[..end], root, found)?;
        }
    }
    Ok(())
}

fn part(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if !dir.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs" || e == "csv") {
            files.push(path);
        }
    }
    Ok(())
}
