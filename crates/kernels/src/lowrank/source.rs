//! Matrices that are known by their blocks.

use super::definite::KnownDefiniteness;
use crate::fast::KernelOperator;
use crate::matrix::{self, MatrixError, SYMMETRY_TOLERANCE};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;
use relata_relations::{
    Definiteness, Points, Relation, RelationError, Symmetry, evaluate, evaluate_diagonal,
};

/// A matrix whose entries can be had block by block; methods read only what they need.
///
/// ```
/// use relata_kernels::fast::{KernelOperator, KernelProfile};
/// use relata_kernels::lowrank::MatrixSource;
/// use relata_relations::Points;
/// let x = Points::line(vec![0.0, 1.0, 3.0])?;
/// let k = KernelOperator::<f64>::square(KernelProfile::exponential(1.0)?, &x);
/// assert!(k.is_symmetric() && MatrixSource::diagonal(&k)? == [1.0; 3]);
/// assert!((k.block(&[2], &[1])?[(0, 0)] - (-2f64).exp()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait MatrixSource: Sync {
    /// Rows and columns.
    fn shape(&self) -> (usize, usize);

    /// Whether the matrix is square and symmetric.
    fn is_symmetric(&self) -> bool;

    /// What is known of the definiteness of a symmetric matrix. Methods for positive semidefinite
    /// matrices refuse one that is known not to be, and check what is not proved.
    fn definiteness(&self) -> KnownDefiniteness {
        KnownDefiniteness::Unknown
    }

    /// The matrix itself where it is in memory, so that looking at all of it costs little.
    fn in_memory(&self) -> Option<MatRef<'_, f64>> {
        None
    }

    /// The entries of the given rows and columns. Indices are in range.
    ///
    /// # Errors
    /// [`RelationError`] if an entry cannot be evaluated.
    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError>;

    /// The diagonal of a square matrix.
    ///
    /// # Errors
    /// As [`MatrixSource::block`].
    fn diagonal(&self) -> Result<Vec<f64>, RelationError> {
        (0..self.shape().0).map(|i| self.block(&[i], &[i]).map(|b| b[(0, 0)])).collect()
    }

    /// Whole columns, `n x k`.
    ///
    /// # Errors
    /// As [`MatrixSource::block`].
    fn columns(&self, columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        let all: Vec<usize> = (0..self.shape().0).collect();
        self.block(&all, columns)
    }

    /// `A V`, by blocks of rows.
    ///
    /// # Errors
    /// As [`MatrixSource::block`].
    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        let (n, m) = self.shape();
        let all: Vec<usize> = (0..m).collect();
        let mut out = Mat::zeros(n, v.ncols());
        out.par_row_chunks_mut(ROWS).enumerate().try_for_each(|(b, target)| {
            let rows: Vec<usize> = (b * ROWS..b * ROWS + target.nrows()).collect();
            let block = self.block(&rows, &all)?;
            matmul(target, Accum::Replace, &block, v, 1.0, Par::Seq);
            Ok::<(), RelationError>(())
        })?;
        Ok(out)
    }

    /// `A^T V`, by blocks of columns.
    ///
    /// # Errors
    /// As [`MatrixSource::block`].
    fn multiply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        let (n, m) = self.shape();
        let all: Vec<usize> = (0..n).collect();
        let mut out = Mat::zeros(m, v.ncols());
        out.par_row_chunks_mut(ROWS).enumerate().try_for_each(|(b, target)| {
            let columns: Vec<usize> = (b * ROWS..b * ROWS + target.nrows()).collect();
            let block = self.block(&all, &columns)?;
            matmul(target, Accum::Replace, block.transpose(), v, 1.0, Par::Seq);
            Ok::<(), RelationError>(())
        })?;
        Ok(out)
    }
}

/// A matrix that somebody else holds.
impl<T: MatrixSource + ?Sized> MatrixSource for &T {
    fn shape(&self) -> (usize, usize) {
        (**self).shape()
    }

    fn is_symmetric(&self) -> bool {
        (**self).is_symmetric()
    }

    fn definiteness(&self) -> KnownDefiniteness {
        (**self).definiteness()
    }

    fn in_memory(&self) -> Option<MatRef<'_, f64>> {
        (**self).in_memory()
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        (**self).block(rows, columns)
    }

    fn diagonal(&self) -> Result<Vec<f64>, RelationError> {
        (**self).diagonal()
    }

    fn columns(&self, columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        (**self).columns(columns)
    }

    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        (**self).multiply(v)
    }

    fn multiply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        (**self).multiply_transposed(v)
    }
}

/// Rows of a block of a product.
const ROWS: usize = 128;

/// A matrix that is there.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    matrix: MatRef<'a, f64>,
    symmetric: bool,
}

impl<'a> Dense<'a> {
    /// The matrix, checked.
    ///
    /// # Errors
    /// [`MatrixError`] if it is empty or not finite.
    pub fn new(matrix: MatRef<'a, f64>) -> Result<Self, MatrixError> {
        matrix::check(matrix)?;
        let scale = SYMMETRY_TOLERANCE * matrix.norm_max();
        let n = matrix.nrows();
        let mirrored = |j: usize| (0..j).all(|i| (matrix[(i, j)] - matrix[(j, i)]).abs() <= scale);
        Ok(Self { matrix, symmetric: n == matrix.ncols() && (0..n).all(mirrored) })
    }
}

impl MatrixSource for Dense<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.matrix.nrows(), self.matrix.ncols())
    }

    fn is_symmetric(&self) -> bool {
        self.symmetric
    }

    fn in_memory(&self) -> Option<MatRef<'_, f64>> {
        Some(self.matrix)
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        Ok(Mat::from_fn(rows.len(), columns.len(), |i, j| self.matrix[(rows[i], columns[j])]))
    }

    fn diagonal(&self) -> Result<Vec<f64>, RelationError> {
        Ok((0..self.matrix.nrows()).map(|i| self.matrix[(i, i)]).collect())
    }

    fn columns(&self, columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        Ok(Mat::from_fn(self.matrix.nrows(), columns.len(), |i, j| self.matrix[(i, columns[j])]))
    }

    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        Ok(self.matrix * v)
    }

    fn multiply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        Ok(self.matrix.transpose() * v)
    }
}

/// The matrix of a relation on points, evaluated as it is read.
#[derive(Clone, Copy)]
pub struct KernelMatrix<'a> {
    relation: &'a dyn Relation,
    x: &'a Points,
    y: &'a Points,
}

impl<'a> KernelMatrix<'a> {
    /// `R_ij = r(x_i, y_j)`.
    #[must_use]
    pub fn new(relation: &'a dyn Relation, x: &'a Points, y: &'a Points) -> Self {
        Self { relation, x, y }
    }

    /// `K_ij = r(x_i, x_j)`.
    #[must_use]
    pub fn square(relation: &'a dyn Relation, x: &'a Points) -> Self {
        Self { relation, x, y: x }
    }
}

impl MatrixSource for KernelMatrix<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.x.len(), self.y.len())
    }

    fn is_symmetric(&self) -> bool {
        self.relation.symmetry() == Symmetry::Symmetric && (std::ptr::eq(self.x, self.y) || self.x == self.y)
    }

    fn definiteness(&self) -> KnownDefiniteness {
        match self.relation.definiteness() {
            Definiteness::PositiveSemidefinite => KnownDefiniteness::Declared,
            Definiteness::ConditionallyNegative => KnownDefiniteness::Refuted { name: self.relation.name() },
            Definiteness::Indefinite | Definiteness::Asymmetric => KnownDefiniteness::Unknown,
        }
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        let out_of_range = || RelationError::Combination {
            operation: "block of a kernel matrix",
            reason: format!("indices must be below {} and {}, and not empty", self.x.len(), self.y.len()),
        };
        let x = self.x.select(rows).ok_or_else(out_of_range)?;
        let y = self.y.select(columns).ok_or_else(out_of_range)?;
        evaluate(self.relation, &x, &y)
    }

    fn diagonal(&self) -> Result<Vec<f64>, RelationError> {
        if self.is_symmetric() {
            return evaluate_diagonal(self.relation, self.x);
        }
        (0..self.x.len()).map(|i| self.block(&[i], &[i]).map(|b| b[(0, 0)])).collect()
    }

    fn columns(&self, columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        match self.y.select(columns) {
            Some(y) => crate::cross_gram(self.relation, self.x, &y),
            None => self.block(&[0], columns),
        }
    }
}

/// A fast kernel on points that are prepared once: what [`KernelMatrix`] reads entry for entry, in
/// a fraction of the time. Products do not form the matrix.
impl MatrixSource for KernelOperator<f64> {
    fn shape(&self) -> (usize, usize) {
        Self::shape(self)
    }

    fn is_symmetric(&self) -> bool {
        self.is_square()
    }

    fn definiteness(&self) -> KnownDefiniteness {
        // Profiles are positive semidefinite on every space: the matrix of one point set is.
        KnownDefiniteness::Proved
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        Ok(self.entries(Some(rows), Some(columns)))
    }

    fn diagonal(&self) -> Result<Vec<f64>, RelationError> {
        Ok(Self::diagonal(self))
    }

    fn columns(&self, columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        Ok(self.entries(None, Some(columns)))
    }

    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        self.apply(v).map_err(|e| RelationError::Combination { operation: "product", reason: e.to_string() })
    }

    fn multiply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        if self.is_square() {
            return self.multiply(v);
        }
        self.transposed().multiply(v)
    }
}
