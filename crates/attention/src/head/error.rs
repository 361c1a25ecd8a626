//! Why a head or what it saw cannot be analysed.

use crate::ScoreError;
use relata_kernels::{DecayError, LimitError};
use thiserror::Error;

/// Why a head or what it saw cannot be analysed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum HeadError {
    /// A matrix or vector whose sizes do not fit.
    #[error("{what} is {found:?}; {expected:?} would fit")]
    Shape {
        /// What does not fit.
        what: &'static str,
        /// Its sizes.
        found: Vec<usize>,
        /// The sizes that would fit.
        expected: Vec<usize>,
    },
    /// A NaN or an infinity.
    #[error("entry ({row}, {column}) of {what} is {value}; every entry must be finite")]
    NonFinite {
        /// Of what.
        what: &'static str,
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What was found.
        value: f64,
    },
    /// A number that overflows.
    #[error("{0} is beyond the range of floating point; rescale weights or inputs")]
    Range(&'static str),
    /// A factor that is not positive.
    #[error("scores are scaled by {0}; the factor must be positive and finite")]
    Scale(f64),
    /// A form without directions.
    #[error("W_Q W_K^T is zero: the head has no spectrum and prefers no key to another")]
    Zero,
    /// No tokens.
    #[error("the context is empty; a head needs at least one token")]
    EmptyContext,
    /// All scores tie, so that there is nothing to separate.
    #[error("no query prefers a key to another: every score ties")]
    NoPreference,
    /// A decomposition that did not converge.
    #[error("the {0} did not converge")]
    NoConvergence(&'static str),
    /// The limits of a kernel.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The scores of a query.
    #[error(transparent)]
    Scores(#[from] ScoreError),
}

impl From<DecayError> for HeadError {
    /// Effective ranks fail for spectra without a positive value only: others are finite where they
    /// come from finite weights.
    fn from(_: DecayError) -> Self {
        Self::Zero
    }
}
