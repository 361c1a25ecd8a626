//! Why no network was constructed.

use crate::certify::CertifyError;
use crate::fit::FitError;
use crate::mlp::NetworkError;
use relata_kernels::cost::BoundError;
use relata_relations::{PointsError, RelationError};
use thiserror::Error;

/// Why no network was constructed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ConstructError {
    /// An error that is not positive.
    #[error("eps is {eps:e}; it must be positive and finite")]
    Eps {
        /// What was given.
        eps: f64,
    },
    /// An error below what f64 can do.
    #[error(
        "eps = {eps:e} is below the rounding of the values in f64; the least that can be certified is about {least:.1e}"
    )]
    BelowRounding {
        /// What was given.
        eps: f64,
        /// The least that makes sense.
        least: f64,
    },
    /// A space without compact chart.
    #[error(
        "{space} is not compact: no network is within any eps everywhere on it; restrict the relation to a compact part, or ask for an L2 error"
    )]
    Unbounded {
        /// The space.
        space: String,
    },
    /// A discontinuous relation.
    #[error(
        "{relation} jumps by {size}: no inner product of continuous feature maps is closer than {} in sup norm; ask for an L2 error", size / 2.0
    )]
    Jump {
        /// The relation.
        relation: String,
        /// Its largest jump.
        size: f64,
    },
    /// Neither curvature nor Lipschitz constant is known.
    #[error(
        "{relation} has neither an enclosure nor a Lipschitz constant: declare one with `with_enclosure` or `with_lipschitz`"
    )]
    NoBounds {
        /// The relation.
        relation: String,
    },
    /// No construction for these spaces.
    #[error("no construction is known for {x} x {y}: {instead}")]
    Spaces {
        /// The space of `x`.
        x: String,
        /// The space of `y`.
        y: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// No short sum of waves.
    #[error(
        "{relation} is not built from waves: {reason}; use `construct`, or a product of functions of differences"
    )]
    NoWaves {
        /// The relation.
        relation: String,
        /// Why.
        reason: &'static str,
    },
    /// Spaces of too many dimensions for what is known of the relation.
    #[error(
        "{relation} has points of {found} dimensions, where meshes are too large, and is neither a declared sum of ridge functions (`with_ridges`) nor a product of functions of differences with few waves; train a network (`readout` of random features) and bound its factors with `compose`"
    )]
    Dimension {
        /// The relation.
        relation: String,
        /// Dimensions of the larger space.
        found: usize,
    },
    /// A network that does not fit into memory.
    #[error("{relation} to {eps:e} takes meshes of {pieces} pieces; at most {most} are built")]
    TooLarge {
        /// The relation.
        relation: String,
        /// The error asked for.
        eps: f64,
        /// Pieces needed.
        pieces: usize,
        /// Pieces allowed.
        most: usize,
    },
    /// A network with more weights than are built.
    #[error("{relation} to {eps:e} takes {size} weights; at most {most} are built")]
    TooManyWeights {
        /// The relation.
        relation: String,
        /// The error asked for.
        eps: f64,
        /// Weights needed.
        size: usize,
        /// Weights allowed.
        most: usize,
    },
    /// A weight that f32 does not hold.
    #[error(
        "layer {layer} has the weight {value:e}; f32 holds magnitudes from {:e} to {:e} to full precision: rescale coordinates or values, or stay in f64",
        f32::MIN_POSITIVE,
        f32::MAX
    )]
    Single {
        /// The layer, counted from the input; the head is the last.
        layer: usize,
        /// The weight or bias.
        value: f64,
    },
    /// The certificate came out above `eps` on the finest mesh.
    #[error("{relation} to {eps:e}: the finest network has a certified error of {upper:e}")]
    NotCertified {
        /// The relation.
        relation: String,
        /// The error asked for.
        eps: f64,
        /// What was certified.
        upper: f64,
    },
    /// No fitted network of the widths that were allowed was certified.
    #[error(
        "{relation} to {eps:e}: no fitted network of at most {most} units per encoder is certified, the closest has an error of {closest:.2e}; allow more units, or construct a network without a fit"
    )]
    NoFit {
        /// The relation.
        relation: String,
        /// The error asked for.
        eps: f64,
        /// Units allowed.
        most: usize,
        /// The smallest error met on a grid.
        closest: f64,
    },
    /// Knots and values that do not form a table.
    #[error(
        "{knots} knots and {rows} rows of values; there must be one row per knot, and knots must increase"
    )]
    Knots {
        /// Number of knots.
        knots: usize,
        /// Rows of values.
        rows: usize,
    },
    /// A matrix iteration did not converge.
    #[error("the {0} did not converge")]
    Factorisation(&'static str),
    /// The relation could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The theorem has no count.
    #[error(transparent)]
    Bound(BoundError),
    /// The certificate failed.
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The layers do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The mesh is no point set.
    #[error(transparent)]
    Points(#[from] PointsError),
}
