//! Why nothing could be certified.

use relata_kernels::cost::Hypothesis;
use relata_relations::{Bracket, MAX_AXES, PointsError, RelationError};
use thiserror::Error;

/// Why nothing could be certified.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CertifyError {
    /// No chart: an unbounded space, or a finite one.
    #[error(
        "{space} has no compact chart, so that no sup norm over it can be certified; restrict the relation to a compact part, or measure an L2 error"
    )]
    NoChart {
        /// The space.
        space: String,
    },
    /// Too many dimensions for branch and bound.
    #[error(
        "the spaces have {found} dimensions in all, branch and bound is for at most {MAX_AXES}; for a \
         kernel and a network with one encoder, `certify_factors` with `Expansion::nystrom` bounds each factor \
         in its own space; for a relation that you know as a sum of products up to a tail, `certify_factors` \
         with `Expansion::new`; for any other, measure the error on points (`relata_relations::measure`)"
    )]
    TooManyDimensions {
        /// Dimensions in all.
        found: usize,
    },
    /// Too many dimensions on one side for the composition of factors.
    #[error(
        "{space} has {found} dimensions, a factor is bounded in at most {MAX_AXES}; measure the error on points (`relata_relations::measure`), or, for a tensor product, certify \
         each of its factors"
    )]
    FactorDimensions {
        /// The space.
        space: String,
        /// Its dimension.
        found: usize,
    },
    /// An expansion with another number of features than the network.
    #[error("the encoder of {side} has {network} features, those of the expansion are {expansion}")]
    Features {
        /// `x` or `y`.
        side: &'static str,
        /// Features of the network.
        network: usize,
        /// Features of the expansion.
        expansion: usize,
    },
    /// An expansion of a kernel for a relation that is not one.
    #[error(
        "columns expand a positive semidefinite kernel for a network with one encoder, which {relation} or its network is not: give features and a tail bound with `Expansion::new`, or measure the error on points (`relata_relations::measure`)"
    )]
    NotKernel {
        /// The relation.
        relation: String,
    },
    /// Nothing is known on boxes.
    #[error("{relation} has no enclosure; declare one with `with_enclosure`")]
    NoEnclosure {
        /// The relation.
        relation: String,
    },
    /// A matrix iteration did not converge.
    #[error("the {what} did not converge")]
    Iteration {
        /// Of what.
        what: &'static str,
    },
    /// Neither an enclosure nor a Lipschitz constant.
    #[error(
        "{relation} has neither an enclosure nor a Lipschitz constant; declare one with `with_enclosure` or `with_lipschitz`"
    )]
    NoBounds {
        /// The relation.
        relation: String,
    },
    /// A discontinuous relation.
    #[error("{relation} jumps by {size}: no continuous function is closer than {} in sup norm", size / 2.0)]
    Jump {
        /// The relation.
        relation: String,
        /// Its largest jump.
        size: f64,
    },
    /// The network does not fit the spaces.
    #[error("the encoder of {side} takes {inputs} inputs, the points of {space} have {dim} coordinates")]
    Inputs {
        /// `x` or `y`.
        side: &'static str,
        /// Inputs of the encoder.
        inputs: usize,
        /// The space.
        space: String,
        /// Its dimension.
        dim: usize,
    },
    /// An error above what was claimed: a declaration that the claim rests on is false.
    #[error(
        "the error of the network is {found:e} (known up to {rounding:e}) at x = {:?}, y = {:?}, above the bound {claimed:e} that was proved for {relation} provided that {}: one of these declarations is wrong", at.0, at.1, listed(rests_on)
    )]
    Contradiction {
        /// The relation.
        relation: String,
        /// What follows from its declarations.
        claimed: f64,
        /// The error that was found.
        found: f64,
        /// How far rounding may have moved it.
        rounding: f64,
        /// What the bound rests on.
        rests_on: Vec<Hypothesis>,
        /// Where it was found.
        at: (Vec<f64>, Vec<f64>),
    },
    /// A value outside of its enclosure.
    #[error(
        "{relation} is {value:e} at x = {:?}, y = {:?}, its enclosure says from {} to {} there", at.0, at.1, enclosure.low(), enclosure.high()
    )]
    FalseEnclosure {
        /// The relation.
        relation: String,
        /// The value.
        value: f64,
        /// What the enclosure says.
        enclosure: Bracket,
        /// Where.
        at: (Vec<f64>, Vec<f64>),
    },
    /// No finite bound.
    #[error(
        "the error against {relation} is not bounded by a number: {bound} is what was proved; the worst pair is x = {:?}, y = {:?}, where relation, network or enclosure overflow or are not defined", at.0, at.1
    )]
    Unproved {
        /// The relation.
        relation: String,
        /// What was proved: an infinity, or not a number.
        bound: f64,
        /// The worst pair of points, where it is known.
        at: (Vec<f64>, Vec<f64>),
    },
    /// A network whose values are not finite.
    #[error("the network overflows f64 at x = {:?}, y = {:?}: its value there is {value}", at.0, at.1)]
    Overflow {
        /// The value.
        value: f64,
        /// Where.
        at: (Vec<f64>, Vec<f64>),
    },
    /// A parameter out of its range.
    #[error("{parameter} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A chart led to no points.
    #[error(transparent)]
    Points(#[from] PointsError),
}

fn listed(all: &[Hypothesis]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ")
}
