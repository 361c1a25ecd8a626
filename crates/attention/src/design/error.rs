//! What can go wrong in a design.

use crate::bounds::TargetError;
use crate::margin::MarginError;
use crate::score_error::ScoreError;
use relata_networks::{ConstructError, NetworkError};
use relata_relations::{PointsError, RelationError, SpaceError};
use thiserror::Error;

/// Why no head was designed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DesignError {
    /// A number that cannot be a target.
    #[error("the target's {field} is {value}; it must be {expected}")]
    Target {
        /// Which field.
        field: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Too many contexts are ambiguous.
    #[error(
        "with probability {probability} the margin is {margin} only: too many contexts are tied; ask for less, or for fewer keys"
    )]
    Ambiguous {
        /// The probability asked for.
        probability: f64,
        /// The margin found.
        margin: f64,
    },
    /// Terms that do not fit the spaces.
    #[error(
        "terms for coordinates {coordinates:?} of queries with {} and keys with {} coordinates; there must be one or more, counted from 0", dims[0], dims[1]
    )]
    Terms {
        /// Coordinates of queries and keys.
        dims: [usize; 2],
        /// Those of the terms.
        coordinates: Vec<[usize; 2]>,
    },
    /// A scorer that promises too little.
    #[error("the scorer is within {found} of the utility, {delta} was asked for")]
    Scorer {
        /// What was asked.
        delta: f64,
        /// What it says.
        found: f64,
    },
    /// A scorer that does not keep what it promises.
    #[error(
        "the scorer claims to be within {claimed} of the utility, up to terms of the query alone, but is off by {found} at the query {query:?}"
    )]
    Broken {
        /// What it claims.
        claimed: f64,
        /// Half of what two keys are off against each other.
        found: f64,
        /// For this query.
        query: Vec<f64>,
    },
    /// Encoders for other points than the family's.
    #[error(
        "the encoders take queries with {} and keys with {} coordinates, the family has {} and {}", found[0], found[1], expected[0], expected[1]
    )]
    Inputs {
        /// Inputs of the encoders of queries and keys.
        found: [usize; 2],
        /// Coordinates of the family's queries and keys.
        expected: [usize; 2],
    },
    /// A diameter that is not positive.
    #[error("the diameter of the keys is {0}; it must be positive and finite")]
    Diameter(f64),
    /// An unknown family.
    #[error("there is no family {name:?}; there are {names}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        names: String,
    },
    /// A decomposition did not converge.
    #[error("the singular values of the utility on a grid did not converge")]
    NoConvergence,
    /// No distribution of margins.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// No inverse temperature.
    #[error(transparent)]
    Bound(#[from] TargetError),
    /// No scores.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// A utility that could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A space without what is needed.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// Not points.
    #[error(transparent)]
    Points(#[from] PointsError),
    /// Layers that do not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network that the cost theorem does not give.
    #[error(transparent)]
    Construct(#[from] ConstructError),
    /// Orders that are not a valid family.
    #[error(transparent)]
    Orders(#[from] relata_debreu::families::FamilyError),
}
