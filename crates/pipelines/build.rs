//! Fingerprints the program, so that the result of a cell is reused only by a program that would
//! compute it again, and by all of those.
//!
//! `RELATA_SOURCES` lists each pipeline with a hash of the sources that its cells depend on
//! (`build/sources.rs`), the features, the target and the compiler; it is empty where this crate is
//! built outside of its workspace. Paths are relative to the package, so that a checkout that was
//! copied with what was built in it watches its own files.

#[path = "build/sources.rs"]
mod sources;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let rustc =
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output()?;
    let mut environment = vec![String::from_utf8_lossy(&rustc.stdout).into_owned()];
    for name in ["TARGET", "PROFILE", "OPT_LEVEL", "CARGO_ENCODED_RUSTFLAGS"] {
        environment.push(std::env::var(name).unwrap_or_default());
    }
    let features: BTreeSet<String> =
        std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("CARGO_FEATURE_")).collect();
    environment.extend(features);

    let root = Path::new("../..");
    let (mut lock_hash, mut listed) = (String::new(), String::new());
    if root.join("Cargo.lock").is_file() && root.join("crates/pipelines/build.rs").is_file() {
        let (hashes, files) = sources::fingerprints(root, &environment)?;
        listed = hashes.iter().map(|(name, hash)| format!("{name}={hash};")).collect();
        lock_hash = blake3::hash(&std::fs::read(root.join("Cargo.lock"))?).to_hex().to_string();
        let folders: BTreeSet<&Path> = files.iter().filter_map(|f| f.parent()).collect();
        let manifests = [root.join("Cargo.toml"), root.join("Cargo.lock")];
        for path in
            files.iter().map(|f| f.as_path()).chain(folders).chain(manifests.iter().map(|m| m.as_path()))
        {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for krate in std::fs::read_dir(root.join("crates"))? {
            println!("cargo::rerun-if-changed={}", krate?.path().join("Cargo.toml").display());
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rustc-env=RELATA_SOURCES={listed}");
    println!("cargo::rustc-env=RELATA_LOCK_HASH={lock_hash}");
    println!("cargo::rustc-env=RELATA_RUSTC={}", environment[0].lines().next().unwrap_or("unknown"));
    Ok(())
}
