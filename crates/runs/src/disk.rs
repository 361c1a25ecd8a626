//! Everything that a run does to the disk: files that appear whole or not at all, directories,
//! removals. What these functions have done when they return survives a machine that dies.
//!
//! Nothing else in the workspace changes files of a run, so that a [`Journal`] of these few steps
//! is a whole account, from which [`crashed`] makes the disks that a dying machine may leave.

mod crash;
mod journal;

pub use crash::{CrashError, Surviving, crashed};
pub use journal::{DiskStep, Journal};

use journal::{note, note_write};
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Prefix of the temporary files that a killed process may leave behind.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// How often a file is written anew whose temporary file somebody removed: the run that cleans up
/// after killed processes cannot tell ours from theirs.
const ATTEMPTS: usize = 5;

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file that was to be written.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// Writes `bytes` to `path` so that a reader, or a run that resumes after a crash, finds the old
/// file or the new one, never a part: a temporary file in the same directory, flushed to disk, then
/// renamed, and the directory flushed as well.
///
/// # Errors
/// [`WriteError`]
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    attempts(path, || replace(path, bytes))
}

/// Writes `bytes` to `path` unless there is a file already: of several processes that do this at
/// once, on any machine, one is first. Says whether it was this one.
///
/// # Errors
/// [`WriteError`]
pub fn write_first(path: &Path, bytes: &[u8]) -> Result<bool, WriteError> {
    attempts(path, || {
        if path.exists() {
            return Ok(false);
        }
        let (file, from) = temporary(path, bytes)?;
        match file.persist_noclobber(path) {
            Ok(_) => {
                note(|| DiskStep::Rename { from, to: path.to_owned() });
                flush(parent(path));
                Ok(true)
            }
            Err(e) if e.error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e.error),
        }
    })
}

/// Writes again where a temporary file went away and its directory did not.
fn attempts<T>(path: &Path, mut write: impl FnMut() -> std::io::Result<T>) -> Result<T, WriteError> {
    let wrong = |source| WriteError { path: path.to_owned(), source };
    for _ in 1..ATTEMPTS {
        match write() {
            Err(e) if e.kind() == ErrorKind::NotFound && parent(path).is_dir() => {}
            done => return done.map_err(wrong),
        }
    }
    write().map_err(wrong)
}

/// Makes a directory and those above it that do not exist yet.
///
/// # Errors
/// [`WriteError`]
pub fn make_directory(path: &Path) -> Result<(), WriteError> {
    let wrong = |source| WriteError { path: path.to_owned(), source };
    let missing: Vec<&Path> =
        path.ancestors().take_while(|a| !a.as_os_str().is_empty() && !a.is_dir()).collect();
    for directory in missing.into_iter().rev() {
        match std::fs::create_dir(directory) {
            Ok(()) => note(|| DiskStep::MakeDirectory { path: directory.to_owned() }),
            // Another process was faster.
            Err(e) if e.kind() == ErrorKind::AlreadyExists && directory.is_dir() => {}
            Err(e) => return Err(wrong(e)),
        }
        flush(parent(directory));
    }
    Ok(())
}

/// Removes a file, or a directory with everything in it; one that is not there is fine.
///
/// # Errors
/// [`WriteError`]
pub fn remove(path: &Path) -> Result<(), WriteError> {
    match remove_any(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(WriteError { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn remove_any(path: &Path) -> std::io::Result<()> {
    // A link is removed, not what it points to.
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            remove_any(&entry?.path())?;
        }
        std::fs::remove_dir(path)?;
    } else {
        std::fs::remove_file(path)?;
    }
    note(|| DiskStep::Remove { path: path.to_owned() });
    Ok(())
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let (file, from) = temporary(path, bytes)?;
    file.persist(path).map_err(|e| e.error)?;
    note(|| DiskStep::Rename { from, to: path.to_owned() });
    flush(parent(path));
    Ok(())
}

/// The bytes in a file beside `path`, flushed to disk, and its path, which begins as `path` does.
fn temporary(path: &Path, bytes: &[u8]) -> std::io::Result<(tempfile::NamedTempFile, PathBuf)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What `File::create` asks for; the umask applies. The default of the crate is private to
        // the user.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(parent(path))?;
    let name = parent(path).join(file.path().file_name().unwrap_or_default());
    file.write_all(bytes)?;
    note_write(&name, bytes);
    file.as_file().sync_all()?;
    note(|| DiskStep::Flush { path: name.clone() });
    Ok((file, name))
}

/// A name in a directory is durable once the directory is; not every file system allows asking, and
/// none needs it for names to change at once.
fn flush(directory: &Path) {
    if File::open(directory).and_then(|d| d.sync_all()).is_ok() {
        note(|| DiskStep::Flush { path: directory.to_owned() });
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}
