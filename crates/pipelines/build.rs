//! Fingerprints the program, so that the result of a cell is reused only by the program that would
//! compute it again.
//!
//! `RELATA_CODE_HASH` covers the sources and manifests of every crate on which a cell's result can
//! depend (all but plotting, which draws finished tables), `Cargo.lock`, the features, the target
//! and the compiler.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let root = package.join("../..");
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    for entry in std::fs::read_dir(root.join("crates"))? {
        let krate = entry?.path();
        if krate.is_dir() && krate.file_name().is_some_and(|n| n != "plotting") {
            files.push(krate.join("Cargo.toml"));
            println!("cargo::rerun-if-changed={}", krate.join("src").display());
            collect(&krate.join("src"), &mut files)?;
        }
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
    for name in [
        "TARGET",
        "PROFILE",
        "OPT_LEVEL",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_FEATURE_NDARRAY",
        "CARGO_FEATURE_WGPU",
    ] {
        part(&mut hasher, std::env::var(name).unwrap_or_default().as_bytes());
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
