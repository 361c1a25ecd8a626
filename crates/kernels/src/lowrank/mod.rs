//! Low-rank approximations of kernel matrices, symmetric or not, measured against the best there
//! is.
//!
//! | method | reads | for |
//! |---|---|---|
//! | [`nystrom`] | `n m` entries | positive semidefinite, landmarks by [`landmarks`] |
//! | [`pivoted_cholesky`] | `n m` entries | positive semidefinite, greedy or randomly pivoted, certifies its own sup error |
//! | [`randomized_svd`], [`randomized_nystrom`] | products | any, or positive semidefinite; near the limit |
//! | [`adaptive_cross`], [`asymmetric_nystrom`] | some rows and columns | asymmetric |
//! | [`RandomFeatures`] | nothing | stationary kernels, data-free features |
//!
//! Every method returns a [`LowRank`]; [`assess`] says how far it is from the matrix and from the
//! Eckart-Young limit at its rank, exactly or by random probes.
//!
//! ```
//! use relata_kernels::fast::{KernelOperator, KernelProfile};
//! use relata_kernels::lowrank::{Effort, Landmarks, assess, landmarks, nystrom};
//! use relata_relations::Points;
//! let x = Points::line((0..300).map(|i| f64::from(i) / 299.0).collect())?;
//! let k = KernelOperator::<f64>::square(KernelProfile::matern52(0.3)?, &x);
//! // Rank 8 from 24 columns is within a per mille of the best rank 8, from 8 columns it is not.
//! let columns = |m| landmarks(&k, m, Landmarks::Greedy);
//! let many = assess(&k, &nystrom(&k, &columns(24)?)?.factors.truncated(8)?, Effort::Exact)?;
//! let few = assess(&k, &nystrom(&k, &columns(8)?)?.factors, Effort::Exact)?;
//! assert!(many.ratio < 1.001 && few.ratio > 1.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assess;
mod cholesky;
mod cross;
mod definite;
mod features;
mod landmarks;
mod nystrom;
mod randomized;
mod source;
mod sparse;

pub use assess::{Assessment, Effort, assess};
pub use cholesky::{PivotedCholesky, Pivoting, pivoted_cholesky};
pub use cross::{AdaptiveCross, AsymmetricNystrom, adaptive_cross, asymmetric_nystrom};
pub use definite::{KnownDefiniteness, Unchecked};
pub use features::{FeatureError, RandomFeatures, Spread};
pub use landmarks::{Landmarks, landmarks, ridge_leverage_scores};
pub use nystrom::{Nystrom, nystrom};
pub use randomized::{Sketch, randomized_nystrom, randomized_svd};
pub use source::{Dense, KernelMatrix, MatrixSource};
pub use sparse::SparseMatrix;

use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::RelationError;
use thiserror::Error;

/// Why there is no approximation.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LowRankError {
    /// An entry could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A dense matrix cannot be used, or a decomposition failed.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A rank, or a number of landmarks, that is 0 or too large.
    #[error("{what} is {found}; a {rows} x {columns} matrix takes 1 to {most}")]
    Rank {
        /// What was asked for.
        what: &'static str,
        /// The number given.
        found: usize,
        /// The largest that makes sense.
        most: usize,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// A landmark that is not a row of the matrix, or is named twice.
    #[error("landmark number {position} is {index}; landmarks are different numbers below {n}")]
    Landmark {
        /// Where in the list.
        position: usize,
        /// The index given.
        index: usize,
        /// The number of points.
        n: usize,
    },
    /// A method for positive semidefinite matrices met a negative diagonal entry.
    #[error(
        "diagonal entry {index} is {value:e}, of the matrix or of what is left of it; the matrix is not positive semidefinite"
    )]
    NotPositive {
        /// The row.
        index: usize,
        /// The entry, of the matrix or of what is left of it.
        value: f64,
    },
    /// A method for positive semidefinite matrices met an entry above the geometric mean of its two
    /// diagonal entries.
    #[error(
        "entry ({row}, {column}) of what is left of the matrix is {value:e}, its diagonal allows {most:e}; the matrix is not positive semidefinite"
    )]
    TooLarge {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
        /// The root of the product of the two diagonal entries.
        most: f64,
    },
    /// A method for positive semidefinite matrices met a block with a negative eigenvalue.
    #[error(
        "a block of {rows} rows has the eigenvalue {eigenvalue:e}; the matrix is not positive semidefinite"
    )]
    NegativeBlock {
        /// Rows of the block.
        rows: usize,
        /// Its smallest eigenvalue.
        eigenvalue: f64,
    },
    /// A method for positive semidefinite matrices was given a relation that declares itself
    /// otherwise.
    #[error(
        "{name} declares that it is conditionally negative, so its matrices are not positive semidefinite"
    )]
    Declared {
        /// The relation.
        name: String,
    },
    /// A method for square symmetric matrices was given another.
    #[error(
        "the matrix is not known to be symmetric; use randomized_svd, adaptive_cross or asymmetric_nystrom"
    )]
    NotSymmetric,
    /// A ridge that is not positive and finite.
    #[error("the ridge is {0}; it must be positive and finite")]
    Ridge(f64),
}

/// Factors `A ~ left right^T`.
#[derive(Clone, Debug)]
pub struct LowRank {
    left: Mat<f64>,
    right: Option<Mat<f64>>,
}

impl LowRank {
    /// `A ~ left right^T`. Shapes: `n x r` and `m x r`.
    ///
    /// # Errors
    /// [`MatrixError`] if a factor is empty or not finite, or the ranks differ.
    pub fn new(left: Mat<f64>, right: Mat<f64>) -> Result<Self, MatrixError> {
        matrix::check(left.as_ref())?;
        matrix::check(right.as_ref())?;
        if left.ncols() != right.ncols() {
            return Err(MatrixError::Size {
                what: "the right factor",
                expected: left.ncols(),
                found: right.ncols(),
            });
        }
        Ok(Self { left, right: Some(right) })
    }

    /// `A ~ features features^T`, positive semidefinite. Shape: `n x r`.
    ///
    /// # Errors
    /// [`MatrixError`] if the factor is empty or not finite.
    pub fn symmetric(features: Mat<f64>) -> Result<Self, MatrixError> {
        matrix::check(features.as_ref())?;
        Ok(Self { left: features, right: None })
    }

    /// The left factor, `n x r`.
    #[must_use]
    pub fn left(&self) -> MatRef<'_, f64> {
        self.left.as_ref()
    }

    /// The right factor, `m x r`; the left one again if the approximation is `features features^T`.
    #[must_use]
    pub fn right(&self) -> MatRef<'_, f64> {
        self.right.as_ref().unwrap_or(&self.left).as_ref()
    }

    /// Number of columns of the factors.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.left.ncols()
    }

    /// The product of the factors, `n x m`.
    #[must_use]
    pub fn to_mat(&self) -> Mat<f64> {
        self.left() * self.right().transpose()
    }

    /// The best approximation of lower rank to this one (and, for a method that was given more
    /// landmarks than the rank wanted, a much better approximation of the matrix than one from that
    /// few landmarks). Complexity: `O((n + m) r^2)`.
    ///
    /// # Errors
    /// [`LowRankError::Rank`] if `rank` is 0 or above the rank of the factors.
    pub fn truncated(&self, rank: usize) -> Result<Self, LowRankError> {
        let (rows, columns) = (self.left.nrows(), self.right().nrows());
        if rank == 0 || rank > self.rank() {
            return Err(LowRankError::Rank {
                what: "the rank",
                found: rank,
                most: self.rank(),
                rows,
                columns,
            });
        }
        match &self.right {
            None => {
                let scaled = Unit::of_mat(self.left.as_ref()).divide_mat(self.left.as_ref());
                let (_, vectors) = matrix::eigh((scaled.transpose() * &scaled).as_ref())?;
                Ok(Self { left: &self.left * vectors.subcols(0, rank), right: None })
            }
            Some(right) => {
                let units = (Unit::of_mat(self.left.as_ref()), Unit::of_mat(right.as_ref()));
                let (ql, rl) = thin_qr(units.0.divide_mat(self.left.as_ref()).as_ref());
                let (qr, rr) = thin_qr(units.1.divide_mat(right.as_ref()).as_ref());
                let core = matrix::svd((&rl * rr.transpose()).as_ref())?;
                let unit = units.0.times(units.1).root();
                let scaled = |q: &Mat<f64>, m: &Mat<f64>| {
                    let part = q * Mat::from_fn(m.nrows(), rank, |i, k| m[(i, k)] * core.s[k].sqrt());
                    unit.restore_mat("the factors", part)
                };
                Ok(Self { left: scaled(&ql, &core.u)?, right: Some(scaled(&qr, &core.v)?) })
            }
        }
    }
}

/// Orthonormal columns and the triangular factor.
pub(crate) fn thin_qr(a: MatRef<'_, f64>) -> (Mat<f64>, Mat<f64>) {
    let qr = a.qr();
    (qr.compute_thin_Q(), qr.thin_R().to_owned())
}

/// A rank between 1 and the most there can be.
fn check_rank(
    what: &'static str,
    found: usize,
    most: usize,
    shape: (usize, usize),
) -> Result<(), LowRankError> {
    if found == 0 || found > most {
        let (rows, columns) = shape;
        return Err(LowRankError::Rank { what, found, most, rows, columns });
    }
    Ok(())
}

/// Different indices below `size`, at least one.
fn check_landmarks(
    what: &'static str,
    chosen: &[usize],
    size: usize,
    shape: (usize, usize),
) -> Result<(), LowRankError> {
    check_rank(what, chosen.len(), size, shape)?;
    let mut seen = vec![false; size];
    for (position, &index) in chosen.iter().enumerate() {
        if index >= size || std::mem::replace(&mut seen[index.min(size - 1)], true) {
            return Err(LowRankError::Landmark { position, index, n: size });
        }
    }
    Ok(())
}

/// Square and symmetric, as far as is known; the size.
fn check_symmetric_source(a: &dyn MatrixSource) -> Result<usize, LowRankError> {
    let (n, m) = a.shape();
    if n != m || !a.is_symmetric() {
        return Err(LowRankError::NotSymmetric);
    }
    Ok(n)
}

#[cfg(test)]
mod tests;
