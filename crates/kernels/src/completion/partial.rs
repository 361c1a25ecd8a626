//! A matrix with holes and weights.

use crate::unit::Unit;
use faer::{Mat, MatRef};
use thiserror::Error;

/// A matrix of which some entries are known, each with a positive weight.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialMatrix {
    /// 0 where nothing is known.
    values: Mat<f64>,
    /// 0 where nothing is known; the largest is 1.
    weights: Mat<f64>,
    /// For each row its known columns, and the other way round.
    by_row: Vec<Vec<usize>>,
    by_column: Vec<Vec<usize>>,
}

/// Why a matrix with holes cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum PartialMatrixError {
    /// Nothing is known.
    #[error("no entry is known; at least one is needed")]
    Empty,
    /// Weights of another size.
    #[error("the weights are {} x {}, the matrix is {} x {}", .weights.0, .weights.1, .matrix.0, .matrix.1)]
    Size {
        /// Rows and columns of the matrix.
        matrix: (usize, usize),
        /// Rows and columns of the weights.
        weights: (usize, usize),
    },
    /// A known entry that is not a number.
    #[error("the entry in row {row}, column {column} is {value}; a known entry must be finite")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What is there.
        value: f64,
    },
    /// A weight that is not one.
    #[error("the weight in row {row}, column {column} is {weight}; it must be finite and at least 0")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What is there.
        weight: f64,
    },
}

impl PartialMatrix {
    /// A matrix whose entries are known where `known` says so, all with weight 1.
    ///
    /// # Errors
    /// [`PartialMatrixError`] if no entry is known, or a known one is not finite.
    pub fn new(
        values: MatRef<'_, f64>,
        known: impl Fn(usize, usize) -> bool,
    ) -> Result<Self, PartialMatrixError> {
        let weights = Mat::from_fn(values.nrows(), values.ncols(), |i, j| f64::from(u8::from(known(i, j))));
        Self::weighted(values, weights.as_ref())
    }

    /// A matrix whose entries are known where the weight is above 0. Only ratios of weights matter:
    /// they are divided by the largest.
    ///
    /// # Errors
    /// [`PartialMatrixError`] if the sizes differ, no weight is above 0, a weight is negative or not
    /// finite, or a known entry is not finite.
    pub fn weighted(values: MatRef<'_, f64>, weights: MatRef<'_, f64>) -> Result<Self, PartialMatrixError> {
        let (n, m) = (values.nrows(), values.ncols());
        if (weights.nrows(), weights.ncols()) != (n, m) {
            let weights = (weights.nrows(), weights.ncols());
            return Err(PartialMatrixError::Size { matrix: (n, m), weights });
        }
        let (mut by_row, mut by_column) = (vec![Vec::new(); n], vec![Vec::new(); m]);
        let mut largest = 0.0f64;
        for row in 0..n {
            for column in 0..m {
                let (value, weight) = (values[(row, column)], weights[(row, column)]);
                if !(weight >= 0.0 && weight.is_finite()) {
                    return Err(PartialMatrixError::Weight { row, column, weight });
                }
                if weight > 0.0 {
                    if !value.is_finite() {
                        return Err(PartialMatrixError::NotFinite { row, column, value });
                    }
                    largest = largest.max(weight);
                    by_row[row].push(column);
                    by_column[column].push(row);
                }
            }
        }
        if largest == 0.0 {
            return Err(PartialMatrixError::Empty);
        }
        let known = |i, j| weights[(i, j)] > 0.0;
        Ok(Self {
            values: Mat::from_fn(n, m, |i, j| if known(i, j) { values[(i, j)] } else { 0.0 }),
            weights: Mat::from_fn(n, m, |i, j| weights[(i, j)] / largest),
            by_row,
            by_column,
        })
    }

    /// The number of rows.
    #[must_use]
    pub fn nrows(&self) -> usize {
        self.values.nrows()
    }

    /// The number of columns.
    #[must_use]
    pub fn ncols(&self) -> usize {
        self.values.ncols()
    }

    /// Whether an entry is known.
    #[must_use]
    pub fn is_known(&self, row: usize, column: usize) -> bool {
        self.weights[(row, column)] > 0.0
    }

    /// The number of known entries.
    #[must_use]
    pub fn known(&self) -> usize {
        self.by_row.iter().map(Vec::len).sum()
    }

    /// The values, 0 where nothing is known.
    #[must_use]
    pub fn values(&self) -> MatRef<'_, f64> {
        self.values.as_ref()
    }

    /// The weights, 0 where nothing is known; the largest is 1.
    #[must_use]
    pub fn weights(&self) -> MatRef<'_, f64> {
        self.weights.as_ref()
    }

    /// The weighted norm of the known entries, `sqrt(sum w a^2)`.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.distance(|_, _| 0.0)
    }

    /// The weighted distance of a matrix, `sqrt(sum w (a - b)^2)` over the known entries.
    pub(crate) fn distance(&self, b: impl Fn(usize, usize) -> f64) -> f64 {
        let off = |i: usize, j: usize| self.values[(i, j)] - b(i, j);
        let pairs = || self.by_row.iter().enumerate().flat_map(|(i, js)| js.iter().map(move |&j| (i, j)));
        relata_relations::weighted_norm2(pairs().map(|(i, j)| (self.weights[(i, j)], off(i, j))))
    }

    /// The unit in which the largest known entry is near 1.
    pub(super) fn unit(&self) -> Unit {
        Unit::of_mat(self.values.as_ref())
    }

    /// The same matrix divided by a power of two.
    pub(super) fn divided(&self, unit: Unit) -> Self {
        Self { values: unit.divide_mat(self.values.as_ref()), ..self.clone() }
    }

    pub(super) fn of_row(&self, i: usize) -> &[usize] {
        &self.by_row[i]
    }

    pub(super) fn of_column(&self, j: usize) -> &[usize] {
        &self.by_column[j]
    }
}
