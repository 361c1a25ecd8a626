//! A matrix with holes and weights.

use crate::unit::Unit;
use faer::{Mat, MatRef};
use thiserror::Error;

/// A matrix of which some entries are known, each with a positive weight. Memory: 40 bytes for each
/// known entry, whatever the size.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialMatrix {
    /// The known entries by row, and the same by column.
    by_row: Lines,
    by_column: Lines,
}

/// The known entries of each row, or of each column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lines {
    /// For each line the number of its first entry; one more for the end.
    starts: Vec<usize>,
    /// The place of each entry on the other side, rising in each line.
    at: Vec<u32>,
    values: Vec<f64>,
    /// The largest is 1.
    weights: Vec<f64>,
}

/// A known entry: its row, its column, its value and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownEntry {
    /// The row.
    pub row: usize,
    /// The column.
    pub column: usize,
    /// The value.
    pub value: f64,
    /// How much it counts in errors.
    pub weight: f64,
}

/// Why a matrix with holes cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
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
    /// An entry outside of the matrix, or one that is there twice.
    #[error("an entry for row {row}, column {column} is {problem}")]
    Place {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What is wrong.
        problem: &'static str,
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
        let all = (0..n).flat_map(|i| (0..m).map(move |j| (i, j)));
        // A weight that is not 0 is checked with its entry; one that is not a number, too.
        let given = |&(i, j): &(usize, usize)| weights[(i, j)] != 0.0;
        let entries = all.filter(given).map(|(row, column)| KnownEntry {
            row,
            column,
            value: values[(row, column)],
            weight: weights[(row, column)],
        });
        Self::of_entries(n, m, entries.collect())
    }

    /// An `n x m` matrix from its known entries, in any order.
    ///
    /// # Errors
    /// [`PartialMatrixError`] if there is none with a weight above 0, one is outside or there twice, a
    /// weight is negative or not finite, or a value is not finite.
    pub fn of_entries(n: usize, m: usize, mut entries: Vec<KnownEntry>) -> Result<Self, PartialMatrixError> {
        let mut largest = 0.0f64;
        for &KnownEntry { row, column, value, weight } in &entries {
            if row >= n || column >= m || u32::try_from(n.max(m)).is_err() {
                return Err(PartialMatrixError::Place { row, column, problem: "outside of the matrix" });
            }
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(PartialMatrixError::Weight { row, column, weight });
            }
            if weight > 0.0 && !value.is_finite() {
                return Err(PartialMatrixError::NotFinite { row, column, value });
            }
            largest = largest.max(weight);
        }
        if largest == 0.0 {
            return Err(PartialMatrixError::Empty);
        }
        entries.retain(|e| e.weight > 0.0);
        entries.sort_by_key(|e| (e.row, e.column));
        if let Some(w) = entries.windows(2).find(|w| (w[0].row, w[0].column) == (w[1].row, w[1].column)) {
            let (row, column) = (w[1].row, w[1].column);
            return Err(PartialMatrixError::Place { row, column, problem: "there twice" });
        }
        let by_row = Lines::new(n, largest, entries.iter().map(|e| (e.row, e.column, e)));
        entries.sort_by_key(|e| (e.column, e.row));
        let by_column = Lines::new(m, largest, entries.iter().map(|e| (e.column, e.row, e)));
        Ok(Self { by_row, by_column })
    }

    /// The number of rows.
    #[must_use]
    pub fn nrows(&self) -> usize {
        self.by_row.len()
    }

    /// The number of columns.
    #[must_use]
    pub fn ncols(&self) -> usize {
        self.by_column.len()
    }

    /// Whether an entry is known.
    #[must_use]
    pub fn is_known(&self, row: usize, column: usize) -> bool {
        self.by_row.find(row, column).is_some()
    }

    /// The number of known entries.
    #[must_use]
    pub fn known(&self) -> usize {
        self.by_row.at.len()
    }

    /// An entry, 0 where it is not known.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> f64 {
        self.by_row.find(row, column).map_or(0.0, |k| self.by_row.values[k])
    }

    /// The weight of an entry, 0 where it is not known; the largest is 1.
    #[must_use]
    pub fn weight(&self, row: usize, column: usize) -> f64 {
        self.by_row.find(row, column).map_or(0.0, |k| self.by_row.weights[k])
    }

    /// The known entries, row by row.
    pub fn entries(&self) -> impl Iterator<Item = KnownEntry> + Clone + '_ {
        (0..self.nrows()).flat_map(move |row| {
            self.by_row.line(row).map(move |(column, value, weight)| KnownEntry {
                row,
                column,
                value,
                weight,
            })
        })
    }

    /// The whole matrix, 0 where nothing is known.
    #[must_use]
    pub fn to_mat(&self) -> Mat<f64> {
        let mut out = Mat::zeros(self.nrows(), self.ncols());
        self.entries().for_each(|e| out[(e.row, e.column)] = e.value);
        out
    }

    /// The magnitude of the largest known entry.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.by_row.values.iter().fold(0.0, |m, v| v.abs().max(m))
    }

    /// The weighted norm of the known entries, `sqrt(sum w a^2)`.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.distance(|_, _| 0.0)
    }

    /// The weighted distance of a matrix, `sqrt(sum w (a - b)^2)` over the known entries.
    pub(crate) fn distance(&self, b: impl Fn(usize, usize) -> f64) -> f64 {
        relata_relations::weighted_norm2(self.entries().map(|e| (e.weight, e.value - b(e.row, e.column))))
    }

    /// The same places and weights with other values.
    #[must_use]
    pub fn mapped(&self, value: impl Fn(f64) -> f64) -> Self {
        let of = |l: &Lines| Lines { values: l.values.iter().map(|v| value(*v)).collect(), ..l.clone() };
        Self { by_row: of(&self.by_row), by_column: of(&self.by_column) }
    }

    /// The unit in which the largest known entry is near 1.
    pub(super) fn unit(&self) -> Unit {
        Unit::near(self.largest())
    }

    /// The same matrix divided by a power of two.
    pub(super) fn divided(&self, unit: Unit) -> Self {
        self.mapped(|v| unit.divide(v))
    }

    pub(super) fn by_row(&self) -> &Lines {
        &self.by_row
    }

    pub(super) fn by_column(&self) -> &Lines {
        &self.by_column
    }
}

impl Lines {
    /// From entries by line, each with its line and its place there, in order.
    fn new<'a>(
        count: usize,
        largest: f64,
        entries: impl Iterator<Item = (usize, usize, &'a KnownEntry)>,
    ) -> Self {
        let mut out =
            Self { starts: vec![0; count + 1], at: Vec::new(), values: Vec::new(), weights: Vec::new() };
        for (line, at, entry) in entries {
            out.starts[line + 1] += 1;
            // Sizes were checked to be counted by 32 bits.
            out.at.push(u32::try_from(at).unwrap_or(u32::MAX));
            out.values.push(entry.value);
            out.weights.push(entry.weight / largest);
        }
        (0..count).for_each(|i| out.starts[i + 1] += out.starts[i]);
        out
    }

    /// The number of lines.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The known entries of a line: place, value, weight.
    pub(super) fn line(&self, i: usize) -> impl Iterator<Item = (usize, f64, f64)> + Clone + '_ {
        (self.starts[i]..self.starts[i + 1]).map(|k| (self.at[k] as usize, self.values[k], self.weights[k]))
    }

    fn find(&self, line: usize, at: usize) -> Option<usize> {
        let range = self.starts[line]..self.starts[line + 1];
        let found = self.at[range.clone()].binary_search_by(|j| (*j as usize).cmp(&at));
        found.ok().map(|k| range.start + k)
    }
}
