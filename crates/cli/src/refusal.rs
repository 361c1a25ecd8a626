//! What can be refused before anything is started: files and directories that cannot be used.

use crate::commands::Command;
use relata_runs::{BackendKind, Manifest, RunDir};
use std::path::{Path, PathBuf};

/// A file or directory that was named cannot be used: nothing was started.
#[derive(Debug)]
pub struct Refusal(String);

impl Refusal {
    /// Exit status of the process: that of unusable input.
    pub fn status(&self) -> u8 {
        4
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// Checks the files and directories that the command names, and returns the backends that it needs:
/// the one it names, or those of the runs that it computes again.
pub fn backends(command: &Command) -> Result<Vec<BackendKind>, Refusal> {
    command.files().iter().try_for_each(|path| file(path))?;
    command.out().map_or(Ok(()), |path| output(path))?;
    let mut backends: Vec<BackendKind> = command.backend().into_iter().collect();
    if let Command::Sweep(args) = command {
        let sweep = crate::Sweep::read(&args.config).map_err(|e| Refusal(e.to_string()))?;
        sweep.runs().map_err(|e| Refusal(e.to_string()))?;
        backends.extend(sweep.grid.iter().map(|g| g.backend));
    }
    for root in command.runs() {
        let manifests = runs(&root)?;
        if matches!(command, Command::Verify(_)) {
            backends.extend(manifests.iter().map(|m| m.backend));
        }
    }
    Ok(backends)
}

/// The file can be opened.
fn file(path: &Path) -> Result<(), Refusal> {
    let refuse = |problem: String| Refusal(format!("cannot read {}: {problem}", path.display()));
    if path.is_dir() {
        return Err(refuse("it is a directory".to_owned()));
    }
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(refuse(format!("{error}{}", neighbour(path)))),
    }
}

/// Runs can be written under this directory: it, or what exists of the path to it, is a directory.
fn output(path: &Path) -> Result<(), Refusal> {
    let existing = path.ancestors().find(|a| !a.as_os_str().is_empty() && a.exists());
    match existing {
        Some(found) if !found.is_dir() => {
            Err(Refusal(format!("cannot write to {}: {} is a file", path.display(), found.display())))
        }
        _ => Ok(()),
    }
}

/// The manifests of the runs under a directory; there must be some, and of this version.
fn runs(root: &Path) -> Result<Vec<Manifest>, Refusal> {
    let input = |e: &dyn std::error::Error| Refusal(e.to_string());
    let dirs = RunDir::find(root).map_err(|e| input(&e))?;
    if dirs.is_empty() {
        return Err(Refusal(format!("there is no run in {} (a run has a manifest.json)", root.display())));
    }
    dirs.iter().map(|dir| Manifest::read(dir.path()).map_err(|e| input(&e))).collect()
}

/// The file beside the missing one that has nearly its name.
fn neighbour(path: &Path) -> String {
    let parent = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let Ok(entries) = std::fs::read_dir(parent) else { return String::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    relata_runs::nearest(&wanted, names.iter().map(String::as_str))
        .map(|near| format!("; did you mean {}?", path.with_file_name(near).display()))
        .unwrap_or_default()
}
