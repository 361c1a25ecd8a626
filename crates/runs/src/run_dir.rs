//! Where a run lives, and who may write there.

use crate::atomic::WriteError;
use crate::names::{BackendKind, Profile};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
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
        holder.map(|h| format!(" (process {h})")).unwrap_or_default(), path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Process id of the other run, where it left it.
        holder: Option<u32>,
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
/// it ends.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl Drop for RunLock {
    /// Closing the file would do, but for a child process that another thread is just starting:
    /// until it becomes its program it holds a copy, and with it the lock.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl RunDir {
    /// The directory of the run of that name under `out`, created if need be.
    pub fn create(out: &Path, name: &RunName) -> Result<Self, RunDirError> {
        let dir = Self::at(out.join(name.path()));
        std::fs::create_dir_all(&dir.path).map_err(|source| dir.unusable(source))?;
        Ok(dir)
    }

    /// The run directory at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Takes the right to write there, alone, or says who has it.
    pub fn lock(&self) -> Result<RunLock, RunDirError> {
        let mut file = self.lock_file()?;
        self.granted(file.try_lock(), &mut file)?;
        let named = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        named.map_err(|source| self.unusable(source))?;
        Ok(RunLock { file })
    }

    /// Takes the right to add finished cells there, together with others that do the same.
    pub fn lock_shared(&self) -> Result<RunLock, RunDirError> {
        let mut file = self.lock_file()?;
        self.granted(file.try_lock_shared(), &mut file)?;
        // Several may hold it: none of them is the one to name.
        file.set_len(0).map_err(|source| self.unusable(source))?;
        Ok(RunLock { file })
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

    /// Removes tables, figures and summary, so that nothing stands there that its manifest does not
    /// vouch for.
    pub fn clear_results(&self) -> Result<(), WriteError> {
        let paths = [self.tables(), self.figures(), self.summary(), self.answers()];
        for path in paths.into_iter().chain(self.summary_for_people()) {
            let gone =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            match gone {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(WriteError { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn lock_file(&self) -> Result<File, RunDirError> {
        let open = std::fs::create_dir_all(&self.path).and_then(|()| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(self.path.join(".lock"))
        });
        open.map_err(|source| self.unusable(source))
    }

    fn granted(&self, answer: Result<(), TryLockError>, file: &mut File) -> Result<(), RunDirError> {
        match answer {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The number is a courtesy: without it the message is still right.
                let _ = file.read_to_string(&mut holder);
                Err(RunDirError::Locked { path: self.path.clone(), holder: holder.trim().parse().ok() })
            }
            Err(TryLockError::Error(source)) => Err(self.unusable(source)),
        }
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
