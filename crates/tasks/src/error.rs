//! What can be wrong with the parameters of a task.

use relata_relations::PointsError;
use thiserror::Error;

/// Why a task cannot be drawn.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TaskError {
    /// A number out of its range.
    #[error("the number of {what} is {value}; it must be from {least} to {most}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// What was given.
        value: usize,
        /// The smallest that would do.
        least: usize,
        /// The largest.
        most: usize,
    },
    /// A real number out of its range.
    #[error("{what} is {value}; it must be {expected}")]
    Value {
        /// What it is.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Features that are not points.
    #[error(transparent)]
    Points(#[from] PointsError),
    /// Splits that together are more than there is.
    #[error(
        "training, validation and test ask for {train} + {validation} + {test} {what}, and there are {available}"
    )]
    Split {
        /// What is split.
        what: &'static str,
        /// For training.
        train: usize,
        /// For validation.
        validation: usize,
        /// For the test.
        test: usize,
        /// All there are.
        available: usize,
    },
    /// Objects held out that leave too few on one side.
    #[error(
        "{held_out} of {objects} objects are held out: a trial of {rule} needs {least} objects, so hold out none, or \
         from {least} to {}", .objects.saturating_sub(*least)
    )]
    HeldOut {
        /// The rule.
        rule: String,
        /// How many are held out.
        held_out: usize,
        /// Of how many.
        objects: usize,
        /// What one trial needs.
        least: usize,
    },
    /// Examples that are not examples of one task.
    #[error("example {index} has {found} {what}, it must have {expected}")]
    Example {
        /// Its place in the list.
        index: usize,
        /// What does not fit.
        what: &'static str,
        /// What it has.
        found: usize,
        /// What it must have.
        expected: String,
    },
}

/// Whether a count is in its range.
pub(crate) fn check_count(
    what: &'static str,
    value: usize,
    least: usize,
    most: usize,
) -> Result<(), TaskError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(TaskError::Count { what, value, least, most })
}
