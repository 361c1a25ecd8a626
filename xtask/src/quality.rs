//! Tests, lints, documentation, benchmarks. All on one profile, so that burn is built once.

use crate::cargo::{cargo, code, pipelines_command, root, run};
use crate::cli::BenchArgs;
use crate::metrics;
use anyhow::Context as _;
use relata_runs::BackendKind;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// `cargo test`, of the whole workspace unless a package is named.
pub(crate) fn test(arguments: &[OsString]) -> anyhow::Result<u8> {
    let mut command = cargo("test");
    command.args(["--release", "--locked"]);
    let chosen = arguments.iter().take_while(|a| *a != "--").any(|a| {
        a.to_str().is_some_and(|a| a.starts_with("-p") || a.starts_with("--package") || a == "--workspace")
    });
    if !chosen {
        command.arg("--workspace");
    }
    command.args(arguments);
    run(command)
}

/// Formatting and clippy.
pub(crate) fn lint() -> anyhow::Result<u8> {
    let mut format = cargo("fmt");
    format.args(["--all", "--check"]);
    let mut clippy = cargo("clippy");
    clippy.args(["--release", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    all([format, clippy])
}

/// The documentation of our own packages.
pub(crate) fn doc(open: bool) -> anyhow::Result<u8> {
    let mut command = cargo("doc");
    command.args(["--release", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    if open {
        command.arg("--open");
    }
    run(command)
}

/// Criterion; or the comparisons with other libraries.
pub(crate) fn bench(args: &BenchArgs) -> anyhow::Result<u8> {
    if args.against_peers {
        return against_peers(args);
    }
    let mut ours = cargo("bench");
    // With the features of the whole workspace: with those of one package cargo would compile faer
    // and others a second time.
    ours.args(["--locked", "--workspace", "--bench", "core", "--"]);
    for (option, name) in [("--save-baseline", &args.save), ("--baseline", &args.against)] {
        if let Some(name) = name {
            ours.arg(option).arg(name);
        }
    }
    ours.args(args.quick.then_some("--quick")).args(&args.filter);
    run(ours)
}

/// Our side of the comparisons, beside the program that runs them and the one with the pipelines.
const COMPARED: [&str; 7] = [
    "training_steps",
    "fitting_time",
    "decompositions",
    "head_quantities",
    "kernels_bench",
    "preferences_tasks",
    "cells",
];

/// Builds our side, and hands over to it.
fn against_peers(args: &BenchArgs) -> anyhow::Result<u8> {
    let mut build = cargo("build");
    build.args(["--release", "--locked", "--workspace", "--bin", "peers", "--bin", "relata"]);
    COMPARED.iter().for_each(|name| {
        build.args(["--example", name]);
    });
    let status = run(build)?;
    if status != 0 {
        return Ok(status);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let mut peers = Command::new(target.join("release/peers"));
    if let Some(name) = &args.only {
        peers.arg("--only").arg(name);
    }
    peers.args(args.quick.then_some("--quick")).args(args.docs.then_some("--docs"));
    let out = args.out.clone().unwrap_or_else(|| root().join("target/peers"));
    peers.arg("--out").arg(out).arg("--python").arg(&args.python);
    run(peers)
}

/// Everything that a change must pass.
pub(crate) fn ci(parity: bool) -> anyhow::Result<u8> {
    let mut steps: Vec<(&str, Step)> =
        vec![("lint", lint), ("doc", || doc(false)), ("test", || test(&[])), ("smoke", smoke)];
    if parity {
        steps.push(("parity", compare_backends));
    }
    for (name, step) in steps {
        eprintln!("ci: {name}");
        let status = step()?;
        if status != 0 {
            eprintln!("ci: {name} failed");
            return Ok(status);
        }
    }
    eprintln!("ci: all passed");
    Ok(0)
}

type Step = fn() -> anyhow::Result<u8>;

/// A small run of everything, from nothing. After the tests it must find every third-party crate
/// built: otherwise features differ between testing and running, and everybody waits for burn
/// twice.
fn smoke() -> anyhow::Result<u8> {
    let out = root().join("target/smoke");
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let arguments: Vec<OsString> =
        vec!["run".into(), "all".into(), "--profile".into(), "smoke".into(), "--out".into(), out.into()];
    let mut command = pipelines_command(&[BackendKind::Flex], &arguments);
    let mut child = command.stderr(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut rebuilt = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line.context("cannot read what cargo says")?;
            rebuilt.extend(third_party(&line));
            eprintln!("{line}");
        }
    }
    let status = code(child.wait().context("cannot wait for cargo")?);
    if status == 0 && !rebuilt.is_empty() {
        eprintln!("the run compiled third-party crates again after the tests: {}", rebuilt.join(", "));
        return Ok(1);
    }
    if status != 0 {
        return Ok(status);
    }
    metrics::page(&root().join("target/smoke"), &root().join("docs/metrics.md"))
}

/// The crate that a line of cargo says it compiles, if it is not ours.
fn third_party(line: &str) -> Option<String> {
    let name = line.trim_start().strip_prefix("Compiling ")?.split(' ').next()?;
    (!name.starts_with("relata-") && name != "xtask").then(|| name.to_owned())
}

/// Do the backends agree?
fn compare_backends() -> anyhow::Result<u8> {
    let mut command = cargo("test");
    command.args(["--release", "--locked", "--package", "relata-pipelines"]);
    command.args(["--features", "ndarray,wgpu", "--test", "parity"]).env("CUBECL_AUTOTUNE_CACHE", "0");
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    run(command)
}

/// Runs commands until one fails; returns the last status.
fn all(commands: impl IntoIterator<Item = Command>) -> anyhow::Result<u8> {
    for command in commands {
        let status = run(command)?;
        if status != 0 {
            return Ok(status);
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crates_of_others_count_as_rebuilt() {
        assert_eq!(third_party("   Compiling burn-core v0.22.1"), Some("burn-core".to_owned()));
        assert_eq!(third_party("   Compiling relata-kernels v0.1.0 (somewhere)"), None);
        assert_eq!(third_party("    Finished `release` profile"), None);
    }
}
