//! Spaces: where the two arguments of a relation live, with a finite measure on each.

use crate::points::Points;
use crate::quadrature::{Quadrature, QuadratureError};
use crate::stream::Stream;
use std::fmt::Debug;
use std::num::NonZeroUsize;
use thiserror::Error;

/// A subset of `R^p` with a finite measure of full support.
///
/// The measure is a probability unless the space says otherwise ([`Space::mass`]).
pub trait Space: Send + Sync + Debug {
    /// A short name for tables and errors, such as `[0, 1]` or `S^2`.
    fn name(&self) -> String;

    /// Number `p` of coordinates of a point.
    fn dim(&self) -> usize;

    /// Total mass of the measure.
    fn mass(&self) -> f64 {
        1.0
    }

    /// A rule for the measure with `n` nodes per axis (`n^p` nodes for a `p`-dimensional tensor rule, all points of
    /// a finite set).
    ///
    /// # Errors
    /// [`SpaceError::TooManyNodes`] beyond [`MAX_NODES`] nodes.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError>;

    /// `n` independent draws from the measure, normalised to a probability. Shape: `n x p`.
    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points;

    /// The first `n` points of an Owen-scrambled Sobol sequence, carried to the measure. Shape: `n x p`.
    ///
    /// # Errors
    /// [`SpaceError::NoSobol`] where the space has no transport from the unit cube or too many dimensions.
    fn sobol(&self, n: NonZeroUsize, scramble: u32) -> Result<Points, SpaceError>;

    /// Points such that every point of the space lies within Euclidean distance `radius` of one, about `n` per axis.
    ///
    /// # Errors
    /// [`SpaceError::NotCompact`] for unbounded spaces, [`SpaceError::NoCovering`] where none is implemented,
    /// [`SpaceError::TooManyNodes`].
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError>;

    /// Whether `x` belongs to the space, up to rounding.
    fn contains(&self, x: &[f64]) -> bool;
}

/// A finite set of points and how far a point of the space can be from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Covering {
    /// The points, `n x p`.
    pub points: Points,
    /// Every point of the space is at most this Euclidean distance from one of the points.
    pub radius: f64,
}

/// The most nodes a tensor rule or a covering may have.
pub const MAX_NODES: usize = 1 << 22;

/// What a space cannot do, or why it cannot exist.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SpaceError {
    /// A parameter out of its range.
    #[error("{space}: {parameter} is {value}, it must be {expected}")]
    Parameter {
        /// The kind of space.
        space: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The rule would have more nodes than memory should hold.
    #[error("{space}: {per_axis} nodes on each of {axes} axes are more than {MAX_NODES} nodes; use fewer, or a sample")]
    TooManyNodes {
        /// The space.
        space: String,
        /// Nodes per axis.
        per_axis: usize,
        /// Number of axes.
        axes: usize,
    },
    /// An unbounded space has no finite covering.
    #[error("{space} is not compact: it has no finite covering, so no sup norm over it can be certified")]
    NotCompact {
        /// The space.
        space: String,
    },
    /// No covering is implemented.
    #[error("{space}: no covering is implemented in this dimension; use a sampled sup norm")]
    NoCovering {
        /// The space.
        space: String,
    },
    /// No Sobol points are available.
    #[error("{space}: no Sobol sequence ({reason}); use independent samples")]
    NoSobol {
        /// The space.
        space: String,
        /// Why.
        reason: &'static str,
    },
    /// Nodes and weights do not form a rule.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
}
