//! Why a relation could not be evaluated, combined or declared.

use thiserror::Error;

/// Why a relation could not be evaluated.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RelationError {
    /// Points of another dimension than the space's.
    #[error("{relation}: the {side} points have dimension {found}, the space {space} has {expected}")]
    Dimension {
        /// The relation.
        relation: String,
        /// `x` or `y`.
        side: &'static str,
        /// The space of that side.
        space: String,
        /// Its dimension.
        expected: usize,
        /// The dimension given.
        found: usize,
    },
    /// An output block of the wrong shape.
    #[error(
        "{relation}: the block is {found_rows} x {found_columns}, {rows} x {columns} values are to be written"
    )]
    Block {
        /// The relation.
        relation: String,
        /// Rows needed.
        rows: usize,
        /// Columns needed.
        columns: usize,
        /// Rows given.
        found_rows: usize,
        /// Columns given.
        found_columns: usize,
    },
    /// A NaN or an infinity.
    #[error(
        "{relation}: r(x, y) = {value} at x = {x:?}, y = {y:?} (x number {row}, y number {column}); values must be finite"
    )]
    NonFinite {
        /// The relation.
        relation: String,
        /// Number of the x point.
        row: usize,
        /// Number of the y point.
        column: usize,
        /// The x point.
        x: Vec<f64>,
        /// The y point.
        y: Vec<f64>,
        /// What was returned.
        value: f64,
    },
    /// A point at which the relation is not defined.
    #[error("{relation}: point {point:?} is outside the domain ({expected})")]
    Domain {
        /// The relation.
        relation: String,
        /// The offending point.
        point: Vec<f64>,
        /// What would be right.
        expected: &'static str,
    },
    /// A combination that has no meaning for these relations.
    #[error("{operation}: {reason}")]
    Combination {
        /// The combinator.
        operation: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A parameter out of its range.
    #[error("{relation}: {parameter} is {value}, it must be {expected}")]
    Parameter {
        /// The relation.
        relation: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A space the relation needs could not be made.
    #[error(transparent)]
    Space(#[from] crate::space::SpaceError),
}
