//! Matrices of which most entries are 0.

use super::MatrixSource;
use crate::matrix::MatrixError;
use faer::{Mat, MatRef};
use relata_relations::RelationError;

/// A matrix of which the entries that are not 0 are stored, row by row. Memory: 12 bytes for each,
/// and 8 for each row.
///
/// ```
/// use relata_kernels::lowrank::{MatrixSource, SparseMatrix};
/// let a = SparseMatrix::new(2, 3, vec![(1, 2, 5.0), (0, 0, -1.0)])?;
/// assert_eq!((a.entries().count(), a.at(1, 2), a.at(1, 0)), (2, 5.0, 0.0));
/// assert_eq!(a.block(&[1], &[2])?[(0, 0)], 5.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseMatrix {
    columns: usize,
    /// For each row the number of its first entry; one more for the end.
    starts: Vec<usize>,
    /// The column of each entry, rising in each row.
    at: Vec<u32>,
    values: Vec<f64>,
}

impl SparseMatrix {
    /// A matrix from its entries `(row, column, value)`, in any order; of several for one place the
    /// last counts.
    ///
    /// # Errors
    /// [`MatrixError`] if there are no rows or columns, an entry is outside or not finite, or there
    /// are more columns than 32 bits count.
    pub fn new(
        rows: usize,
        columns: usize,
        mut entries: Vec<(usize, usize, f64)>,
    ) -> Result<Self, MatrixError> {
        if rows == 0 || columns == 0 {
            return Err(MatrixError::Empty { rows, columns });
        }
        if u32::try_from(columns).is_err() {
            let expected = u32::MAX as usize;
            return Err(MatrixError::Size { what: "a sparse matrix", expected, found: columns });
        }
        for &(row, column, value) in &entries {
            if row >= rows || column >= columns {
                let (expected, found) = if row >= rows { (rows, row + 1) } else { (columns, column + 1) };
                return Err(MatrixError::Size { what: "an entry of the matrix", expected, found });
            }
            if !value.is_finite() {
                return Err(MatrixError::NonFinite { row, column, value });
            }
        }
        // Stable: of several for one place the last stays last.
        entries.sort_by_key(|(i, j, _)| (*i, *j));
        let mut out = Self { columns, starts: vec![0; rows + 1], at: Vec::new(), values: Vec::new() };
        let mut last = None;
        for (i, j, value) in entries {
            if last == Some((i, j)) {
                if let Some(v) = out.values.last_mut() {
                    *v = value;
                }
                continue;
            }
            last = Some((i, j));
            out.at.push(u32::try_from(j).unwrap_or(u32::MAX));
            out.values.push(value);
            out.starts[i + 1] += 1;
        }
        (0..rows).for_each(|i| out.starts[i + 1] += out.starts[i]);
        Ok(out)
    }

    /// The stored entries, row by row, as `(row, column, value)`.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        (0..self.starts.len() - 1).flat_map(move |i| self.row(i).map(move |(j, v)| (i, j, v)))
    }

    /// The stored entries of a row, as `(column, value)`.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[i]..self.starts[i + 1];
        self.at[range.clone()].iter().zip(&self.values[range]).map(|(j, v)| (*j as usize, *v))
    }

    /// An entry; 0 where none is stored.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> f64 {
        let range = self.starts[row]..self.starts[row + 1];
        let found = self.at[range.clone()].binary_search_by(|j| (*j as usize).cmp(&column));
        found.map_or(0.0, |k| self.values[range.start + k])
    }

    /// The Frobenius norm.
    #[must_use]
    pub fn norm(&self) -> f64 {
        relata_relations::norm2(self.values.iter().copied())
    }
}

impl MatrixSource for SparseMatrix {
    fn shape(&self) -> (usize, usize) {
        (self.starts.len() - 1, self.columns)
    }

    fn is_symmetric(&self) -> bool {
        let (n, m) = self.shape();
        n == m && self.entries().all(|(i, j, v)| self.at(j, i).to_bits() == v.to_bits())
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Result<Mat<f64>, RelationError> {
        Ok(Mat::from_fn(rows.len(), columns.len(), |i, j| self.at(rows[i], columns[j])))
    }

    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        let (n, k) = (self.shape().0, v.ncols());
        let (of, mut out) = (row_major(v), vec![0.0; n * k]);
        for (i, target) in out.chunks_exact_mut(k.max(1)).enumerate() {
            for (j, value) in self.row(i) {
                target.iter_mut().zip(&of[j * k..]).for_each(|(t, x)| *t += value * x);
            }
        }
        Ok(MatRef::from_row_major_slice(&out, n, k).to_owned())
    }

    fn multiply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        let (m, k) = (self.columns, v.ncols());
        let (of, mut out) = (row_major(v), vec![0.0; m * k]);
        for (i, source) in of.chunks_exact(k.max(1)).enumerate() {
            for (j, value) in self.row(i) {
                out[j * k..(j + 1) * k].iter_mut().zip(source).for_each(|(t, x)| *t += value * x);
            }
        }
        Ok(MatRef::from_row_major_slice(&out, m, k).to_owned())
    }
}

/// Rows one after the other, as products with sparse rows read them.
fn row_major(v: MatRef<'_, f64>) -> Vec<f64> {
    let k = v.ncols();
    let mut out = vec![0.0; v.nrows() * k];
    for (c, column) in v.col_iter().enumerate() {
        column.iter().enumerate().for_each(|(i, x)| out[i * k + c] = *x);
    }
    out
}
