//! Reproducing kernel Banach spaces: what two different encoders represent.
//!
//! A pair of feature maps `Phi_1: X -> W_1`, `Phi_2: Y -> W_2` and the bilinear form `<u, v>` give
//! a space of functions on each side (Zhang, Xu and Zhang 2009; Lin, Zhang and Zhang 2022),
//! `B_1 = {f_v = <Phi_1(.), v> : v in W_2}` with `|f| = min {|v| : f_v = f}` on `X`, and
//! `B_2 = {g_u = <u, Phi_2(.)> : u in W_1}` with `|g| = min {|u| : g_u = g}` on `Y`, and the kernel
//! `r(x, y) = <Phi_1(x), Phi_2(y)>`, which lies in `B_2` as a function of `y` and in `B_1` as a
//! function of `x`. Here the features are finite, `W_2 = (R^d, l_p)` and `W_1 = (R^d, l_p')` with
//! `1/p + 1/p' = 1`. The minimum runs over the annihilator `{v : <Phi_1(x), v> = 0 for all x}`,
//! which is so quotiented out.
//!
//! * [`Exponent`], [`duality_map`], [`min_norm`]: the geometry of `l_p`;
//! * [`Rkbs`]: the pair, norms on both sides, the reproducing property, interpolation; from the
//!   features of a network and back;
//! * [`Reduction`]: back from the spaces to encoders of least rank;
//! * [`l1_representer_constant`]: whether the linear representer theorem holds over an `l_1` kernel
//!   space.

mod exponent;
mod identify;
mod least;
mod representer;
mod simplex;
mod space;

pub use exponent::{Exponent, duality_map};
pub use identify::Reduction;
pub use least::{MinNorm, min_norm};
pub use representer::{RepresenterConstant, l1_representer_constant, l1_representer_sums};
pub use space::{FunctionNorm, Interpolant, Rkbs};

use crate::matrix::MatrixError;
use thiserror::Error;

/// Why something about a Banach space could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RkbsError {
    /// A matrix or vector cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The kernel could not be evaluated.
    #[error(transparent)]
    Relation(#[from] relata_relations::RelationError),
    /// An exponent that gives no norm.
    #[error("the exponent p is {0}; it must be at least 1 (or infinity)")]
    Exponent(f64),
    /// The duality map is single-valued only strictly between 1 and infinity.
    #[error("the duality map of l_{0} is not single-valued; it needs 1 < p < infinity")]
    NoDualityMap(f64),
    /// Features of two sides that do not pair.
    #[error("the left features have {left} columns, the right ones {right}; they must agree")]
    Features {
        /// Left columns.
        left: usize,
        /// Right columns.
        right: usize,
    },
    /// A function that no `v` represents.
    #[error("the features miss the function by {residual:e} of its size: it is not in the space")]
    NotInSpace {
        /// Relative residual of the least-squares fit.
        residual: f64,
    },
    /// The optimisation stopped short of its certificate.
    #[error(
        "for p = {p} the norm lies between {lower} and {upper}: the optimisation stalled (condition of the features too large, or p too extreme)"
    )]
    Stalled {
        /// The exponent.
        p: f64,
        /// What the dual proves.
        lower: f64,
        /// What the primal reaches.
        upper: f64,
    },
    /// A point index out of range.
    #[error("point number {index} was named; there are {n}")]
    Index {
        /// The index.
        index: usize,
        /// The number of points.
        n: usize,
    },
    /// The same point twice among the nodes.
    #[error("nodes {first} and {second} are the same point; nodes must differ")]
    Duplicate {
        /// The earlier one.
        first: usize,
        /// The later one.
        second: usize,
    },
    /// A Gram matrix that cannot be solved with.
    #[error("the Gram matrix of {n} nodes is singular to rounding: use fewer or more distant nodes")]
    Singular {
        /// Number of nodes.
        n: usize,
    },
}

#[cfg(test)]
mod tests;
