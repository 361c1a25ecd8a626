//! Cargo, spawned.

use anyhow::Context as _;
use relata_runs::BackendKind;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

/// Builds `relata` with those backends and runs it; returns its exit status.
pub(crate) fn pipelines(backends: &[BackendKind], arguments: &[OsString]) -> anyhow::Result<u8> {
    run(pipelines_command(backends, arguments))
}

/// The command that does so. It runs in the caller's directory, so that relative paths mean what
/// the caller meant.
pub(crate) fn pipelines_command(backends: &[BackendKind], arguments: &[OsString]) -> Command {
    let mut command = cargo("run");
    command.args(["--release", "--locked", "--package", "relata-pipelines"]);
    let features = features(backends);
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command.arg("--").args(arguments);
    if backends.contains(&BackendKind::Wgpu) {
        // A cache of tuned kernels would make results depend on what ran before.
        command.env("CUBECL_AUTOTUNE_CACHE", "0");
        // Software drivers complain without one.
        if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
        }
    }
    command
}

/// The cargo features of `relata-pipelines` that the backends need, each once.
pub(crate) fn features(backends: &[BackendKind]) -> Vec<&'static str> {
    let mut features: Vec<_> = backends.iter().filter_map(|b| b.feature()).collect();
    features.sort_unstable();
    features.dedup();
    features
}

/// `cargo <subcommand>` on this workspace, in the caller's directory.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    // `cargo run` tells xtask about the package xtask; the cargo below must not hear of it, or
    // build scripts run again.
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|n| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|prefix| n.starts_with(prefix))
        });
        if told {
            command.env_remove(name);
        }
    }
    command.arg(subcommand);
    if subcommand != "fmt" {
        command.arg("--manifest-path").arg(root().join("Cargo.toml"));
    } else {
        command.current_dir(root());
    }
    command
}

/// The directory of the workspace, found when it is asked for: a checkout that was moved or copied
/// with what had been built in it must not work on the one it came from. Cargo says where the
/// package is that it runs; called without cargo, the program lies in the checkout's `target`.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let is_ours = |dir: &&Path| dir.join("xtask/Cargo.toml").is_file() && dir.join("crates").is_dir();
        let starts = [
            std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
            std::env::current_exe().ok(),
            std::env::current_dir().ok(),
        ];
        let found = starts.iter().flatten().find_map(|start| start.ancestors().find(is_ours));
        found.map_or_else(|| PathBuf::from("."), Path::to_owned)
    })
}

/// Runs a command to its end and returns its exit status.
pub(crate) fn run(mut command: Command) -> anyhow::Result<u8> {
    let status =
        command.status().with_context(|| format!("cannot start {}", shown(command.get_program())))?;
    Ok(code(status))
}

/// The exit status as a number; a process that was killed has failed.
pub(crate) fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)
}

fn shown(program: &OsStr) -> String {
    program.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_become_features() {
        use BackendKind::{Flex, Ndarray, Wgpu};
        let table: [(&[BackendKind], &[&str]); 6] = [
            (&[], &[]),
            (&[Flex], &[]),
            (&[Ndarray], &["ndarray"]),
            (&[Wgpu], &["wgpu"]),
            (&[Wgpu, Flex, Wgpu], &["wgpu"]),
            (&[Wgpu, Ndarray], &["ndarray", "wgpu"]),
        ];
        for (backends, expected) in table {
            assert_eq!(features(backends), expected, "{backends:?}");
        }
    }

    #[test]
    fn the_command_is_the_documented_one() {
        let command = pipelines_command(&[BackendKind::Wgpu], &["run".into(), "all".into()]);
        let words: Vec<_> = command.get_args().map(|a| a.to_str().unwrap()).collect();
        let manifest = root().join("Cargo.toml");
        let expected = [
            "run",
            "--manifest-path",
            manifest.to_str().unwrap(),
            "--release",
            "--locked",
            "--package",
            "relata-pipelines",
            "--features",
            "wgpu",
            "--",
            "run",
            "all",
        ];
        assert_eq!(words, expected);
        assert!(command.get_envs().any(|(k, v)| k == "CUBECL_AUTOTUNE_CACHE" && v == Some(OsStr::new("0"))));
        assert_eq!(command.get_current_dir(), None);
        let flex = pipelines_command(&[BackendKind::Flex], &[]);
        assert!(flex.get_envs().all(|(k, _)| k != "CUBECL_AUTOTUNE_CACHE"));
    }

    #[test]
    fn every_feature_exists_in_the_package() {
        let text = std::fs::read_to_string(root().join("crates/pipelines/Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        for feature in features(&BackendKind::ALL) {
            assert!(manifest["features"].get(feature).is_some(), "{feature}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_killed_process_has_failed() {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(code(ExitStatus::from_raw(9)), 1);
    }
}
