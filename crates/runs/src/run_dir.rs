//! Where a run lives, and who may write there.

use crate::claim::{Claim, Claimed, Holder};
use crate::disk::{TEMPORARY, WriteError, make_directory, remove};
use crate::names::{BackendKind, Profile};
use std::path::{Path, PathBuf};

/// What distinguishes one run from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName {
    /// Name of the pipeline.
    pub pipeline: String,
    /// How much is computed.
    pub profile: Profile,
    /// Where tensors are computed.
    pub backend: BackendKind,
    /// The seed of all randomness.
    pub seed: u64,
    /// Hash of the user's input, where there is one.
    pub input: Option<String>,
}

impl RunName {
    /// The place under the output directory:
    /// `<pipeline>/<profile>-<backend>-<seed>[-<first 12 digits of the input hash>]`.
    pub fn path(&self) -> PathBuf {
        let input =
            self.input.as_deref().map(|h| format!("-{}", h.get(..12).unwrap_or(h))).unwrap_or_default();
        Path::new(&self.pipeline).join(format!("{}-{}-{}{input}", self.profile, self.backend, self.seed))
    }
}

/// A run directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunDirError {
    /// It cannot be created or written.
    #[error("cannot use the output directory {}: {source}", path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process works in it.
    #[error("another run{} is working in {}; wait for it, or choose another --out or --seed",
        holder.map(|h| format!(" (process {h}{})", if *elsewhere { " of another machine" } else { "" }))
            .unwrap_or_default(), path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Process id of the other run, where it left it.
        holder: Option<u32>,
        /// Whether it is a process of another machine.
        elsewhere: bool,
    },
    /// The directory could not be listed.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The directory of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
}

/// The right to write in a run directory; it ends when this is dropped or the process ends, however
/// it ends, and when the machine dies.
#[derive(Debug)]
pub struct RunLock {
    _claim: Claim,
}

impl RunDir {
    /// The directory of the run of that name under `out`, created if need be.
    pub fn create(out: &Path, name: &RunName) -> Result<Self, RunDirError> {
        let dir = Self::at(out.join(name.path()));
        dir.make()?;
        Ok(dir)
    }

    /// The run directory at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Takes the right to write there, alone, or says who has it. Where it seems to be a process of
    /// another machine, this waits some twenty seconds to see whether that one is alive.
    pub fn lock(&self) -> Result<RunLock, RunDirError> {
        self.claim(".lock")
    }

    /// The same for a part of the work that has the file `name` in the run directory.
    pub(crate) fn claim(&self, name: &str) -> Result<RunLock, RunDirError> {
        self.make()?;
        match Claim::ask(&self.path.join(name)).map_err(|source| self.unusable(source))? {
            Claimed::Granted(claim) => Ok(RunLock { _claim: claim }),
            Claimed::Refused(Holder { process, elsewhere }) => {
                Err(RunDirError::Locked { path: self.path.clone(), holder: process, elsewhere })
            }
        }
    }

    /// Every run under `root`: a run directory itself, or any below it, in order of path.
    pub fn find(root: &Path) -> Result<Vec<Self>, RunDirError> {
        let mut found = Vec::new();
        // A run is at most two levels below the output directory; one more allows for a directory
        // of output directories.
        collect(root, 3, &mut found)?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of the tables.
    pub fn tables(&self) -> PathBuf {
        self.path.join("tables")
    }

    /// The directory of the figures.
    pub fn figures(&self) -> PathBuf {
        self.path.join("figures")
    }

    /// The directory of finished cells.
    pub fn cells(&self) -> PathBuf {
        self.path.join("cells")
    }

    /// The summary.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// What the run says in sentences, where it does.
    pub fn answers(&self) -> PathBuf {
        self.path.join("answers.txt")
    }

    /// The summary for reading, and its numbers for spreadsheets and for papers.
    pub fn summary_for_people(&self) -> [PathBuf; 3] {
        ["summary.md", "summary.csv", "summary.tex"].map(|name| self.path.join(name))
    }

    /// Removes what killed processes left half written, wherever a run writes. A process that lives
    /// writes again what it loses by this.
    pub fn clean(&self) -> Result<(), WriteError> {
        let places = [self.path.clone(), self.cells(), self.tables(), self.figures(), self.shards()];
        for place in places.iter().filter(|p| p.is_dir()) {
            let io = |source| WriteError { path: place.clone(), source };
            for entry in std::fs::read_dir(place).map_err(io)? {
                let entry = entry.map_err(io)?;
                if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                    remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Removes tables, figures and summary, so that nothing stands there that its manifest does not
    /// vouch for.
    pub fn clear_results(&self) -> Result<(), WriteError> {
        let [page, numbers, table] = self.summary_for_people();
        [self.tables(), self.figures(), self.summary(), self.answers(), page, numbers, table]
            .iter()
            .try_for_each(|path| remove(path))
    }

    fn make(&self) -> Result<(), RunDirError> {
        make_directory(&self.path).map_err(|WriteError { source, .. }| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> RunDirError {
        RunDirError::Unusable { path: self.path.clone(), source }
    }
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<RunDir>) -> Result<(), RunDirError> {
    if dir.join("manifest.json").is_file() {
        found.push(RunDir::at(dir));
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let io = |source| RunDirError::Read { path: dir.to_owned(), source };
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}
