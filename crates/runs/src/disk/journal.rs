//! An account of every step that a process takes on the disk, for those who test what a dying
//! machine leaves.

use crate::schema::hash_bytes;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A step on the disk, noted after it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step", deny_unknown_fields)]
#[non_exhaustive]
pub enum DiskStep {
    /// A directory was made.
    MakeDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A new file was written; none of it need be on the disk yet.
    Write {
        /// The file.
        path: PathBuf,
        /// The hash of what was written, under which the journal keeps it.
        content: String,
    },
    /// A file or a directory was flushed: what it held then is on the disk.
    Flush {
        /// The file or directory.
        path: PathBuf,
    },
    /// A file got another name in its directory, and replaced what had that name.
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// A file or an empty directory was removed.
    Remove {
        /// The file or directory.
        path: PathBuf,
    },
}

/// The journal of this process.
static OURS: OnceLock<Journal> = OnceLock::new();

/// Where a process notes its steps: a file of its own in a directory that processes share, and
/// beside it the contents that were written, each under its hash.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    file: File,
}

impl Journal {
    /// From here on every step of this process is noted in `directory`. A second call in the same
    /// process changes nothing.
    ///
    /// # Errors
    /// The system's, where the directory cannot be written.
    pub fn begin(directory: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(directory.join("contents"))?;
        let mut k = 0;
        let file = loop {
            let path = directory.join(format!("{}-{k}.jsonl", std::process::id()));
            match OpenOptions::new().append(true).create_new(true).open(path) {
                // A process of the same number wrote there earlier.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => k += 1,
                opened => break opened?,
            }
        };
        let _ = OURS.set(Self { directory: directory.to_owned(), file });
        Ok(())
    }

    /// The steps noted in a file of a journal. A last line that was cut short counts as not noted.
    ///
    /// # Errors
    /// The system's; an unreadable line is invalid data.
    pub fn read(file: &Path) -> std::io::Result<Vec<DiskStep>> {
        let text = std::fs::read_to_string(file)?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).map_err(std::io::Error::other)).collect()
    }

    /// The steps of all processes that kept the journal in `directory`: those of a process in their
    /// order, one process after the other.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_all(directory: &Path) -> std::io::Result<Vec<DiskStep>> {
        let paths = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<std::io::Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
        paths.sort();
        let mut steps = Vec::new();
        for path in paths {
            steps.extend(Self::read(&path)?);
        }
        Ok(steps)
    }
}

/// Notes a step, where there is a journal. One that cannot be written must not fail the run.
pub(super) fn note(step: impl FnOnce() -> DiskStep) {
    if let Some(journal) = OURS.get()
        && let Ok(mut line) = serde_json::to_string(&step())
    {
        line.push('\n');
        // In one call, so that lines of several threads do not mix.
        let _ = (&journal.file).write_all(line.as_bytes());
    }
}

/// Notes that a file was written, and keeps what was written.
pub(super) fn note_write(path: &Path, bytes: &[u8]) {
    if let Some(journal) = OURS.get() {
        let content = hash_bytes(bytes);
        let kept = journal.directory.join("contents").join(&content);
        if !kept.exists() {
            let _ = std::fs::write(kept, bytes);
        }
        note(|| DiskStep::Write { path: path.to_owned(), content });
    }
}
