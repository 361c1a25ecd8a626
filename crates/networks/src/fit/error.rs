//! Why no network was fitted.

use crate::mlp::NetworkError;
use crate::readout::ReadoutError;
use relata_kernels::Encoders;
use relata_relations::{MeasureError, QuadratureError, RelationError, SpaceError};
use thiserror::Error;

/// Why no network was fitted.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FitError {
    /// A parameter out of range.
    #[error("{parameter} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// As many features as nodes, which fit whatever is asked of them.
    #[error(
        "{neurons} neurons and a constant on {nodes} nodes of {side} would fit any values there; take at most {} neurons, or more nodes", nodes - 2
    )]
    MoreNeuronsThanNodes {
        /// `x` or `y`.
        side: &'static str,
        /// Features of the last hidden layer.
        neurons: usize,
        /// Nodes there are.
        nodes: usize,
    },
    /// Derivatives that do not fit into memory.
    #[error(
        "the derivatives of {depth} hidden layers of {width} units on {nodes} nodes are {numbers} numbers; at most {most} are held: take one hidden layer, fewer units or fewer nodes"
    )]
    TooLarge {
        /// Hidden layers.
        depth: usize,
        /// Units of each.
        width: usize,
        /// Nodes.
        nodes: usize,
        /// Numbers needed.
        numbers: usize,
        /// Numbers allowed.
        most: usize,
    },
    /// A rank of which the nodes say nothing.
    #[error(
        "rank {rank} was asked for; on {nodes} nodes {relation} has {most} functions of {encoders} encoders that stand out from rounding: take a rank between 1 and {most}"
    )]
    Rank {
        /// The relation.
        relation: String,
        /// The rank asked for.
        rank: usize,
        /// The largest rank there is.
        most: usize,
        /// Nodes of the smaller side.
        nodes: usize,
        /// For which encoders.
        encoders: Encoders,
    },
    /// More outputs than features and a constant.
    #[error("rank {rank} takes {rank} features, {width} units and a constant are {}; take at least {} units", width + 1, rank - 1)]
    Width {
        /// The rank asked for.
        rank: usize,
        /// Units of the last hidden layer.
        width: usize,
    },
    /// Nothing to fit.
    #[error(
        "{relation} has no part on these nodes that {encoders} encoders can represent: all functions to fit are zero"
    )]
    Zero {
        /// The relation.
        relation: String,
        /// For which encoders.
        encoders: Encoders,
    },
    /// A relation whose mean square does not exist, as far as nodes can tell.
    #[error(
        "half of the mean square of {relation} lies at {found} of the {nodes} nodes of {side}, which weigh {weight:.1e} of the whole: it has no second moment, or one that these nodes do not see; restrict it to a part where it is bounded, or take more nodes"
    )]
    SecondMoment {
        /// The relation.
        relation: String,
        /// `x` or `y`.
        side: &'static str,
        /// How many nodes have half of the mean square.
        found: usize,
        /// Nodes there are.
        nodes: usize,
        /// How much of the measure these nodes have.
        weight: f64,
    },
    /// A mean square beyond all numbers.
    #[error("the mean square of {relation} on these nodes is not finite; scale the relation down")]
    Overflow {
        /// The relation.
        relation: String,
    },
    /// A shared encoder needs one set of nodes.
    #[error("{0} encoders are fitted on one quadrature; the nodes or weights of x and y differ")]
    DifferentNodes(Encoders),
    /// No start led anywhere.
    #[error("all {starts} starts of the encoder of {side} were dropped: {why}")]
    NoStart {
        /// `x` or `y`.
        side: &'static str,
        /// Starts.
        starts: usize,
        /// What happened to the last.
        why: &'static str,
    },
    /// A decomposition did not converge.
    #[error("the {0} did not converge")]
    NoConvergence(&'static str),
    /// A space has no rule.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The points are no rule.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The layers do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The heads could not be solved.
    #[error(transparent)]
    Readout(#[from] ReadoutError),
    /// The error could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}
