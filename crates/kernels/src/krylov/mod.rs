//! Eigenpairs, singular values and linear systems from products alone: Lanczos, block Krylov spaces
//! and preconditioned conjugate gradients on matrices that are never formed.

mod conjugate;
mod lanczos;
mod leading;
mod precondition;
mod subspace;
mod symmetric;

pub use conjugate::{CgParams, CgSolution, conjugate_gradient};
pub use lanczos::{Eigenpairs, LanczosParams, lanczos};
pub use leading::{Leading, LeftOver, leading};
pub use precondition::NystromPreconditioner;
pub use subspace::LeadingParams;
use subspace::SquareBracket;
pub use symmetric::{LeadingEigen, SymmetricPart, leading_eigen};

use crate::fast::OperatorError;
use crate::matrix::MatrixError;
use thiserror::Error;

/// Why an iteration gave no answer.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum KrylovError {
    /// A product failed.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// A product could not be evaluated.
    #[error(transparent)]
    Relation(#[from] relata_relations::RelationError),
    /// A small matrix inside, or an input vector, cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// Too many eigenpairs for the size of the space.
    #[error(
        "{wanted} eigenpairs were asked for in a Krylov space of dimension {dimension} (matrix of size {size})"
    )]
    TooMany {
        /// The number asked for.
        wanted: usize,
        /// The dimension allowed.
        dimension: usize,
        /// The size of the matrix.
        size: usize,
    },
    /// The iteration ended before the tolerance was met.
    #[error(
        "after {iterations} products the relative residual is {residual:e}, {tolerance:e} was asked for; allow more, or precondition"
    )]
    NotConverged {
        /// Products made.
        iterations: usize,
        /// The residual reached.
        residual: f64,
        /// The residual wanted.
        tolerance: f64,
    },
    /// The matrix, or the preconditioner, is not positive definite.
    #[error("the quadratic form is {value:e} at iteration {iteration}; the {what} must be positive definite")]
    NotPositive {
        /// Which of the two.
        what: &'static str,
        /// Where.
        iteration: usize,
        /// The value met.
        value: f64,
    },
}

/// `sum a_i b_i` in a fixed order of partial sums, so that it does not depend on threads.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight partial sums vectorise, and lose less to rounding than one.
    let mut sums = [0.0f64; 8];
    let (ca, cb) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in ca.zip(cb) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The norm of a vector whose largest entry is near 1, in the order of [`dot`].
pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// `y += c x`.
fn axpy(c: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += c * x);
}

#[cfg(test)]
mod tests;
