//! Which program this is, and by what of it the results of a pipeline are addressed.

use crate::backend;
use relata_runs::{BackendKind, Source, WorkTree, hash_bytes};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What the address of a finished cell says of the code that computed it. A cell is computed again
/// when this changes, and never otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Code {
    /// The executable file of this process: whatever was changed and rebuilt is computed again. It
    /// is right for every pipeline.
    #[default]
    Executable,
    /// A version that you give and change whenever results may change. Then a new figure, or another
    /// line of output, costs no computation; forgetting to change it shows old numbers.
    Version(String),
    /// The sources on which a pipeline of `relata` depends, by its name; the executable for any
    /// other, and where this crate was built outside of its workspace.
    Sources,
}

/// The executable file of this process cannot be read, by which results are addressed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the program that runs ({0}); give it a version instead (`Code::Version`)")]
pub struct CodeError(std::io::Error);

impl Code {
    /// The hash that stands for the code of that pipeline.
    ///
    /// # Errors
    /// The executable file cannot be read.
    pub fn hash(&self, pipeline: &str) -> Result<String, CodeError> {
        match self {
            Self::Executable => executable(),
            Self::Version(version) => Ok(hash_bytes(format!("version {version}").as_bytes())),
            Self::Sources => match sources_of(pipeline) {
                Some(hash) => Ok(hash.to_owned()),
                None => executable(),
            },
        }
    }
}

/// The hash of the sources of a pipeline of ours, where this crate was built in its workspace.
fn sources_of(pipeline: &str) -> Option<&'static str> {
    let listed = env!("RELATA_SOURCES").split(';').filter_map(|entry| entry.split_once('='));
    listed.into_iter().find(|(name, _)| *name == pipeline).map(|(_, hash)| hash)
}

/// The hash of the file that this process runs; read once.
fn executable() -> Result<String, CodeError> {
    static HASH: OnceLock<String> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash.clone());
    }
    // On Linux this is the file itself, even where another has taken its place since.
    let running = Path::new("/proc/self/exe");
    let bytes = std::fs::read(running).or_else(|_| std::fs::read(std::env::current_exe()?));
    let hash = hash_bytes(&bytes.map_err(CodeError)?);
    Ok(HASH.get_or_init(|| hash).clone())
}

pub(super) fn source(code_hash: String) -> Source {
    let home = home();
    let git = |arguments: &[&str]| git(home.as_deref()?, arguments);
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
        code_hash,
        rustc: env!("RELATA_RUSTC").to_owned(),
        features: backend::compiled()
            .into_iter()
            .filter_map(BackendKind::feature)
            .map(str::to_owned)
            .collect(),
    }
}

/// The package that cargo runs, or that in whose `target` the program lies: asked when it runs, for a
/// checkout may have been moved. None for a program that was installed.
fn home() -> Option<PathBuf> {
    if let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR") {
        return Some(package.into());
    }
    let program = std::env::current_exe().ok()?;
    let target = program.ancestors().find(|a| a.ends_with("target"))?;
    let package = target.parent()?;
    package.join("Cargo.toml").is_file().then(|| package.to_owned())
}

/// What git says about the sources in `home`.
fn git(home: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(home)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pipeline_of_ours_has_sources() {
        for p in relata_cli::PIPELINES {
            let hash = sources_of(p.name).unwrap_or_else(|| panic!("{}", p.name));
            assert_eq!(hash.len(), 64, "{}", p.name);
            assert_eq!(Code::Sources.hash(p.name).unwrap(), hash);
        }
        assert_eq!(Code::Sources.hash("one of my own").unwrap(), Code::Executable.hash("x").unwrap());
        assert_ne!(
            Code::Version("1".into()).hash("x").unwrap(),
            Code::Version("2".into()).hash("x").unwrap()
        );
    }
}
