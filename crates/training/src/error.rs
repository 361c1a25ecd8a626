//! Why a training can fail.

use crate::checkpoint_error::CheckpointError;
use crate::config::TrainParamsError;
use crate::convert::TensorReadError;
use crate::layers::DownloadError;
use crate::upload::UploadError;
use relata_networks::{NetworkError, ReadoutError};
use relata_relations::{MeasureError, RelationError, SpaceError};
use thiserror::Error;

/// Why a network could not be trained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A field of the configuration is out of range.
    #[error(transparent)]
    Config(#[from] TrainParamsError),
    /// The network takes points of another dimension than the relation's.
    #[error("the encoder of {side} takes {inputs} inputs, the points of {space} have {dim} coordinates")]
    Inputs {
        /// `x` or `y`.
        side: &'static str,
        /// Inputs of the encoder.
        inputs: usize,
        /// The relation's space.
        space: String,
        /// Its dimension.
        dim: usize,
    },
    /// Another number of relations than of networks.
    #[error("{relations} relations were given for {nets} networks; both must be equal and at least 1")]
    Relations {
        /// Relations.
        relations: usize,
        /// Networks.
        nets: usize,
    },
    /// Factors that do not fit the rules or the relations.
    #[error(
        "factors of relation {relation}: A is {a_rows} x {a_columns} and B is {b_rows} x {b_columns}; {n} x k and {m} x k were expected"
    )]
    Factors {
        /// Which relation.
        relation: usize,
        /// Rows of `A`.
        a_rows: usize,
        /// Columns of `A`.
        a_columns: usize,
        /// Rows of `B`.
        b_rows: usize,
        /// Columns of `B`.
        b_columns: usize,
        /// Nodes of `x`.
        n: usize,
        /// Nodes of `y`.
        m: usize,
    },
    /// The network cannot live on the device.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The network could not be read back.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A tensor could not be read back.
    #[error(transparent)]
    Read(#[from] TensorReadError),
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The spaces cannot be sampled as asked.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The held-out error could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The loss became infinite or NaN.
    #[error("the loss of step {step} is {loss}; lower the learning rate or clip the gradient")]
    NonFiniteLoss {
        /// The step, counted from 0.
        step: usize,
        /// The loss.
        loss: f64,
    },
    /// The gradient became infinite or NaN.
    #[error("the gradient of step {step} has norm {norm} at loss {loss}; lower the learning rate")]
    NonFiniteGradient {
        /// The step, counted from 0.
        step: usize,
        /// The norm.
        norm: f64,
        /// The loss.
        loss: f64,
    },
    /// Contexts that do not fit a retrieval head.
    #[error(
        "{contexts} queries with {keys} keys and {labels} labels do not fit the head: every query needs as many keys as the others, one label below {classes}, and the encoders' dimensions"
    )]
    Contexts {
        /// Queries.
        contexts: usize,
        /// Keys of all of them.
        keys: usize,
        /// Labels.
        labels: usize,
        /// Classes of the head.
        classes: usize,
    },
    /// The heads could not be solved for.
    #[error(transparent)]
    Readout(#[from] ReadoutError),
    /// The checkpoint could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl From<NetworkError> for TrainError {
    fn from(e: NetworkError) -> Self {
        Self::Download(e.into())
    }
}
