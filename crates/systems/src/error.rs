//! Why a system cannot be made or trained.

use relata_networks::{ConfigError, NetworkError};
use relata_training::{DownloadError, TensorReadError, TrainError, UploadError};
use thiserror::Error;

/// Why a system cannot be made or trained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SystemError {
    /// A part of the configuration is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Layers that do not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A part cannot live on the device.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// A trained system cannot be read back.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The device does not give values back.
    #[error(transparent)]
    Read(#[from] TensorReadError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A number of the configuration that does not fit the others.
    #[error("{what} is {value}; it must be {expected}")]
    Shape {
        /// What it is.
        what: &'static str,
        /// What was given.
        value: usize,
        /// What would be right.
        expected: String,
    },
    /// A system that was asked for a task it cannot take.
    #[error(
        "{system} takes examples of {takes} objects of {dim} numbers, not of {objects} objects of {given}"
    )]
    Task {
        /// The system.
        system: &'static str,
        /// Objects per example that it takes.
        takes: String,
        /// Numbers per object that it takes.
        dim: usize,
        /// Objects per example of the task.
        objects: usize,
        /// Numbers per object of the task.
        given: usize,
    },
    /// No examples.
    #[error("there are no examples of {0}; at least 1 is needed")]
    NoExamples(&'static str),
    /// An example that names no object or no answer of the task.
    #[error("example {index} is not one of the task: {reason}")]
    Example {
        /// Its place in the list.
        index: usize,
        /// What is wrong.
        reason: String,
    },
}
