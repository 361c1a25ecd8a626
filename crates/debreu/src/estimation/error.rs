//! What can go wrong in estimation.

use crate::estimation::ford::Split;
use thiserror::Error;

/// Why an estimate does not exist or could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum EstimationError {
    /// An item outside the ground set.
    #[error("item {item} is outside of {{0, .., {}}}", .items.saturating_sub(1))]
    OutOfRange {
        /// The item.
        item: usize,
        /// Number of items.
        items: usize,
    },
    /// A ranking that is too short or names an item twice.
    #[error("ranking {ranking:?} {reason}")]
    Ranking {
        /// The ranking.
        ranking: Vec<usize>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A parameter out of its range.
    #[error("{parameter} is {value}, it must be {expected}")]
    Parameter {
        /// Which one.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Weights too far apart.
    #[error(
        "weights from {smallest:e} to {largest:e}: for {items} items they may span a factor of {ratio:e}; drop the smallest or merge their items"
    )]
    WeightRange {
        /// The smallest weight.
        smallest: f64,
        /// The largest.
        largest: f64,
        /// The largest ratio of two weights.
        ratio: f64,
        /// Number of items.
        items: usize,
    },
    /// Data without an observation.
    #[error("there is no observation to fit")]
    NoData,
    /// Ford's condition fails: the likelihood has no maximum.
    #[error("the likelihood has no maximum: {0}; add data or an L2 penalty")]
    NoMaximum(Split),
    /// Only ties or no ties where a model has a parameter for them.
    #[error("the tie parameter has no finite estimate: {reason}")]
    Ties {
        /// Why.
        reason: &'static str,
    },
    /// Utilities and a readiness to tie that explain every observation, better and better as they
    /// grow: the likelihood has no maximum.
    #[error(
        "the likelihood has no maximum: utilities with a threshold below which items tie explain every observation, the better the larger both are; add data or an L2 penalty"
    )]
    Threshold,
    /// The method does not maximise a penalised likelihood.
    #[error("{method} maximises the likelihood without a penalty; use Newton's method with an L2 penalty")]
    PenaltyUnsupported {
        /// The method.
        method: &'static str,
    },
    /// The iterations ended above the tolerance.
    #[error("{iterations} iterations ended at {reached:e} where {tolerance:e} was asked for")]
    NotConverged {
        /// Iterations made.
        iterations: usize,
        /// Newton's step at the end, in the units of the tolerance: how far the maximum is.
        reached: f64,
        /// What was asked for.
        tolerance: f64,
    },
    /// A feature that never differs within a choice set, or is a combination of others.
    #[error(
        "feature {feature} does not differ within any choice set, or only as a combination of other features"
    )]
    Collinear {
        /// The feature.
        feature: usize,
    },
    /// Some direction of the coefficients predicts every choice: the likelihood has no maximum.
    #[error(
        "the choices are separated: along the direction {direction:?} of the coefficients the likelihood grows without end; add data or an L2 penalty"
    )]
    Separated {
        /// The direction, normalised.
        direction: Vec<f64>,
    },
    /// Shapes that do not fit.
    #[error("{what}: {found} were given, {expected} are needed")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// What was given.
        found: usize,
        /// What is needed.
        expected: usize,
    },
    /// Too large for a dense computation.
    #[error("{size} unknowns are more than the {limit} of a dense factorisation")]
    TooLarge {
        /// Number of unknowns.
        size: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A matrix that should be positive definite is not, in floating point.
    #[error("the information matrix is singular to working precision")]
    Singular,
    /// A kernel that is not positive semidefinite, or could not be evaluated.
    #[error("kernel: {0}")]
    Kernel(String),
}
