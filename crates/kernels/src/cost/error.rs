//! Why there is no bound.

use super::choice::{BoundRoute, Units};
use crate::decompose::DecomposeError;
use crate::extension::ExtensionError;
use crate::limit::LimitError;
use crate::lowrank::LowRankError;
use relata_relations::{RelationError, SpaceError};
use thiserror::Error;

/// Why there is no bound.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum BoundError {
    /// An error that nobody can ask for.
    #[error("eps is {0}; it must be positive and finite")]
    Eps(f64),
    /// An error below rounding.
    #[error("eps is {eps:e}, below {floor:e}: the rounding of sums of values as large as this relation's")]
    BelowRounding {
        /// The error asked for.
        eps: f64,
        /// The smallest that makes sense.
        floor: f64,
    },
    /// A share outside of `(0, 1)`.
    #[error("the share of truncation is {0}; it must be above 0 and below 1")]
    Share(f64),
    /// A sup norm over an unbounded space.
    #[error(
        "{relation} lives on {space}, which is not known to be compact, so that no rank need be near in sup norm; ask for the L2 norm"
    )]
    Unbounded {
        /// The relation.
        relation: String,
        /// The space.
        space: String,
    },
    /// A sup norm of a discontinuous relation.
    #[error(
        "{relation} jumps by {size}: networks are continuous, so that no sup error is below {}; ask for the L2 norm",
        size / 2.0
    )]
    Jump {
        /// The relation.
        relation: String,
        /// The largest jump.
        size: f64,
    },
    /// A bound for kernels, asked of another relation.
    #[error(
        "{0} is not known to be positive semidefinite, and <phi, phi> is; use AsymmetricBound, or declare it positive semidefinite"
    )]
    NotPositive(String),
    /// A kernel that is declared positive semidefinite and is not.
    #[error(
        "{relation} is declared positive semidefinite and is not: what is left of it is {value:e} at x = {x:?}, y = {y:?}, where at most {most:e} in magnitude is possible and nothing below 0 on the diagonal; use AsymmetricBound or cross_certificate"
    )]
    NotSemidefinite {
        /// The relation.
        relation: String,
        /// The point, or the first of the pair.
        x: Vec<f64>,
        /// The second of the pair; the same point again on the diagonal.
        y: Vec<f64>,
        /// What is left there after some pivots.
        value: f64,
        /// The root of the product of the two diagonal entries; 0 on the diagonal.
        most: f64,
    },
    /// A kernel that is declared positive semidefinite and has a negative eigenvalue on a rule.
    #[error(
        "{relation} is declared positive semidefinite and is not: on {nodes} nodes it has the eigenvalue {value:e} beside a largest of {largest:e}; use AsymmetricBound"
    )]
    NegativeEigenvalue {
        /// The relation.
        relation: String,
        /// The most negative eigenvalue.
        value: f64,
        /// The largest one.
        largest: f64,
        /// Nodes of the rule.
        nodes: usize,
    },
    /// A declared Lipschitz constant that is too small.
    #[error(
        "{relation}: the value changes by {rise:e} between {from:?} and {to:?}, more than the declared Lipschitz constant {constant} allows"
    )]
    Steeper {
        /// The relation.
        relation: String,
        /// The constant that it declares.
        constant: f64,
        /// By how much the value changes.
        rise: f64,
        /// A point of one side.
        from: Vec<f64>,
        /// Another of the same side.
        to: Vec<f64>,
    },
    /// A pair of points with a larger error than was proved from what the relation declares.
    #[error(
        "{relation}: the error at x = {x:?}, y = {y:?} is {found:e} and at most {upper:e} follows from what the relation declares; its Lipschitz constant or its definiteness is not what it declares"
    )]
    Contradicted {
        /// The relation.
        relation: String,
        /// The bound.
        upper: f64,
        /// The error.
        found: f64,
        /// The point of `x`.
        x: Vec<f64>,
        /// The point of `y`.
        y: Vec<f64>,
    },
    /// No modulus of continuity.
    #[error(
        "{0} has no known Lipschitz constant; declare one (with_lipschitz), or use a route that needs none"
    )]
    NoModulus(String),
    /// No sum of ridge functions.
    #[error(
        "no sum of products of ridge functions of {relation} serves for eps = {eps:e}: {reason}; declare one (with_ridges), or use another route"
    )]
    NoRidges {
        /// The relation.
        relation: String,
        /// The error asked for.
        eps: f64,
        /// Why not.
        reason: &'static str,
    },
    /// Norms of the Fourier transform that are not known and cannot be computed.
    #[error(
        "norms of the Fourier transform of {relation} are not known: {reason}; give them in BoundParams::fourier"
    )]
    NoFourier {
        /// The relation.
        relation: String,
        /// Why they cannot be computed.
        reason: String,
    },
    /// A norm of the Fourier transform is infinite.
    #[error("{relation}: {what} is infinite, since {because}; use splines or a covering")]
    InfiniteNorm {
        /// The relation.
        relation: String,
        /// Which norm.
        what: &'static str,
        /// Why.
        because: String,
    },
    /// Units that a construction cannot use.
    #[error("the route {route} is not built from {units} units; {instead}")]
    Units {
        /// The route.
        route: BoundRoute,
        /// The units.
        units: Units,
        /// What can be done.
        instead: &'static str,
    },
    /// More dimensions than a route computes in.
    #[error("the route {route} computes in at most {most} dimensions, {relation} has {found}; {instead}")]
    Dimension {
        /// The route.
        route: BoundRoute,
        /// The relation.
        relation: String,
        /// Dimensions of the larger space.
        found: usize,
        /// The most.
        most: usize,
        /// What can be done.
        instead: &'static str,
    },
    /// More axes than a rule can see.
    #[error("{relation} has {found} axes; eigenpairs are computed on at most {most}; {instead}")]
    Axes {
        /// The relation.
        relation: String,
        /// Its axes.
        found: usize,
        /// The most.
        most: usize,
        /// What can be done.
        instead: &'static str,
    },
    /// A rank that the computed eigenpairs do not reach.
    #[error(
        "{relation}: after {rank} terms, all that {nodes} nodes determine, {left:e} is left and {wanted:e} is wanted; use more nodes, or a route without eigenpairs"
    )]
    Resolution {
        /// The relation.
        relation: String,
        /// Terms there are.
        rank: usize,
        /// Nodes of the rule.
        nodes: usize,
        /// What is left.
        left: f64,
        /// What is wanted.
        wanted: f64,
    },
    /// No rank that is looked at in `L2` is enough.
    #[error(
        "{relation}: rank {most} leaves up to {left:e} ({limits}) and {wanted:e} is wanted; larger ranks are not looked at; use a covering or waves, which need no eigenpairs"
    )]
    RankBudget {
        /// The relation.
        relation: String,
        /// The largest rank that was looked at.
        most: usize,
        /// Where the errors of ranks came from.
        limits: String,
        /// What that rank leaves, at most.
        left: f64,
        /// What is wanted.
        wanted: f64,
    },
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A space has no rule or covering.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A decomposition failed.
    #[error(transparent)]
    Decompose(#[from] DecomposeError),
    /// Functions could not be extended.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// Limits could not be computed.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A low-rank approximation failed.
    #[error(transparent)]
    LowRank(#[from] LowRankError),
}
