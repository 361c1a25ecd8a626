//! Reproducing kernel Hilbert spaces: functions `f = sum_i a_i k(., x_i)`, their norms,
//! interpolation, regression, and what a space contains.
//!
//! Every positive semidefinite kernel `k` on `X` belongs to exactly one Hilbert space of functions
//! in which `f(x) = <f, k(., x)>` (Aronszajn 1950); the kernels `<phi(x), phi(y)>` of one encoder
//! are those of the spaces `{<w, phi(.)>}` with norm `min |w|`.
//!
//! * [`RkhsFunction`]: values, norms and inner products of finite expansions;
//! * [`interpolate`], [`KernelRidge`]: minimum-norm interpolation, ridge regression with its
//!   leave-one-out residuals in closed form, leverage scores; [`power_function`], the pointwise
//!   error bound of interpolation;
//! * [`mmd`], [`centred_alignment`]: distances between samples and between kernels;
//! * [`feature_norm`]: the norm of a function in the space of explicit features;
//! * [`membership`]: whether a function lies in the space.

mod compare;
mod function;
mod membership;
mod regression;
mod series;

pub use compare::{Mmd, centred_alignment, mmd, subspace_angles};
pub use function::{RkhsFunction, feature_norm};
pub use membership::{Law, Membership, SeriesTail, membership, membership_from_values, norm_lower_bounds};
pub(crate) use regression::repeated;
pub use regression::{KernelRidge, interpolate, power_function};

use crate::matrix::MatrixError;
use relata_relations::RelationError;
use thiserror::Error;

/// Why something about a Hilbert space could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RkhsError {
    /// The kernel could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A matrix or vector cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The kernel is not symmetric.
    #[error("{0} is not symmetric: it is the kernel of no reproducing kernel Hilbert space")]
    NotSymmetric(String),
    /// The kernel declares that it is not positive semidefinite.
    #[error("{0} declares that it is conditionally negative: it is the kernel of no Hilbert space")]
    ConditionallyNegative(String),
    /// The square of a norm that is negative beyond rounding.
    #[error("the square of a norm is {value:e}: the kernel is not positive semidefinite")]
    NotPositive {
        /// The square.
        value: f64,
    },
    /// The same point twice, where interpolation needs different points.
    #[error(
        "points {first} and {second} are the same: interpolation needs different points (use ridge regression for repeated measurements)"
    )]
    Duplicate {
        /// The earlier one.
        first: usize,
        /// The later one.
        second: usize,
    },
    /// A Gram matrix that is singular to rounding.
    #[error(
        "the Gram matrix of {n} points is singular to rounding (pivot {pivot}): use fewer or more distant points, or ridge regression"
    )]
    Singular {
        /// Number of points.
        n: usize,
        /// The pivot at which the factorisation failed.
        pivot: usize,
    },
    /// A ridge that is not positive and finite.
    #[error("the ridge is {0}; it must be positive and finite")]
    Ridge(f64),
    /// A ridge so small that rounding of the kernel drowns it.
    #[error(
        "the ridge is {ridge:e}: rounding of a kernel with values to {largest:e} puts what follows off by {off:.1e}; use a larger ridge, or fewer points that nearly coincide"
    )]
    RidgeBelowRounding {
        /// The ridge.
        ridge: f64,
        /// The largest value of the kernel.
        largest: f64,
        /// How far the product of the matrix and its computed inverse is from the identity.
        off: f64,
    },
    /// Functions of different kernels have no inner product.
    #[error("the functions belong to the spaces of {0} and {1}; an inner product needs one space")]
    DifferentKernels(String, String),
    /// A sample too small for an estimate.
    #[error("{what} needs at least {least} points, {found} were given")]
    TooFew {
        /// What was to be computed.
        what: &'static str,
        /// Points needed.
        least: usize,
        /// Points given.
        found: usize,
    },
    /// A law with a parameter out of its range.
    #[error("the {what} is {value}; it must be {expected}")]
    Law {
        /// Which parameter.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A function that explicit features do not contain.
    #[error("the features miss the function by {residual:e} of its size: it is not in their span")]
    NotInSpan {
        /// Relative residual of the least-squares fit.
        residual: f64,
    },
}

#[cfg(test)]
mod tests;
