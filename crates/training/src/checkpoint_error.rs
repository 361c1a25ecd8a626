//! What can be wrong with a checkpoint.

use crate::convert::TensorReadError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a checkpoint could not be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Cut short, changed, or not a checkpoint.
    #[error("{path} is not a complete checkpoint: {reason}; delete it to start again")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint of another run.
    #[error("{path} belongs to another run: its {what} is {found}, here it is {expected}; use another file")]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// In the file.
        found: String,
        /// In this run.
        expected: String,
    },
    /// The weights could not be read from the device.
    #[error(transparent)]
    Read(#[from] TensorReadError),
}
