//! Point sets: finite, row-major, checked once.
//!
//! A [`Points`] of `n` points in dimension `p` stores an `n x p` array row by row, so that point
//! `i` is a contiguous slice. Every coordinate is finite: the check is made by the constructors and
//! nowhere else.

use faer::MatRef;
use thiserror::Error;

/// A finite set of `n` points of `R^p`, in order, every coordinate finite. Shape: `n x p`,
/// row-major.
///
/// ```
/// use relata_relations::Points;
/// let p = Points::new(2, vec![0.0, 1.0, 2.0, 3.0])?;
/// assert_eq!((p.len(), p.dim()), (2, 2));
/// assert_eq!(p.row(1), &[2.0, 3.0]);
/// assert!(Points::new(2, vec![0.0, f64::NAN]).is_err());
/// # Ok::<(), relata_relations::PointsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    dim: usize,
    data: Vec<f64>,
}

/// Why an array is not a point set.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PointsError {
    /// Points need at least one coordinate.
    #[error("points need at least one coordinate, dimension 0 was given")]
    ZeroDimension,
    /// A point set may not be empty.
    #[error("a point set needs at least one point, none was given")]
    Empty,
    /// The number of coordinates is not a multiple of the dimension.
    #[error("{len} coordinates do not divide into points of dimension {dim}")]
    Ragged {
        /// Number of coordinates given.
        len: usize,
        /// Dimension asked for.
        dim: usize,
    },
    /// A row of another length than the first.
    #[error("row {row} has {found} coordinates, row 0 has {expected}")]
    RowLength {
        /// The offending row.
        row: usize,
        /// Its length.
        found: usize,
        /// The length of the first row.
        expected: usize,
    },
    /// A NaN or an infinity.
    #[error("coordinate {column} of point {row} is {value}; every coordinate must be finite")]
    NonFinite {
        /// The offending point.
        row: usize,
        /// The offending coordinate.
        column: usize,
        /// What was found there.
        value: f64,
    },
}

impl Points {
    /// Points of dimension `dim` from their coordinates, point after point.
    ///
    /// # Errors
    /// [`PointsError`] if `dim` is 0, `data` is empty, ragged or not finite.
    pub fn new(dim: usize, data: Vec<f64>) -> Result<Self, PointsError> {
        if dim == 0 {
            return Err(PointsError::ZeroDimension);
        }
        if data.is_empty() {
            return Err(PointsError::Empty);
        }
        if !data.len().is_multiple_of(dim) {
            return Err(PointsError::Ragged { len: data.len(), dim });
        }
        if let Some(i) = data.iter().position(|v| !v.is_finite()) {
            return Err(PointsError::NonFinite { row: i / dim, column: i % dim, value: data[i] });
        }
        Ok(Self { dim, data })
    }

    /// Points from rows of equal length.
    ///
    /// # Errors
    /// [`PointsError`] if there is no row, a row is empty or of another length, or a value is not
    /// finite.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, PointsError> {
        let expected = rows.first().ok_or(PointsError::Empty)?.as_ref().len();
        let mut data = Vec::with_capacity(expected * rows.len());
        for (row, r) in rows.iter().enumerate() {
            let r = r.as_ref();
            if r.len() != expected {
                return Err(PointsError::RowLength { row, found: r.len(), expected });
            }
            data.extend_from_slice(r);
        }
        Self::new(expected, data)
    }

    /// Points of the real line.
    ///
    /// # Errors
    /// [`PointsError`] if `data` is empty or not finite.
    pub fn line(data: Vec<f64>) -> Result<Self, PointsError> {
        Self::new(1, data)
    }

    /// Number of points, at least 1.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.data.len() / self.dim
    }

    /// Number of coordinates of a point, at least 1.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Point `i` as a slice of `dim` coordinates. Indexing past the end panics, as slices do.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.dim..(i + 1) * self.dim]
    }

    /// The points in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        self.data.chunks_exact(self.dim)
    }

    /// All coordinates, point after point.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// The points as an `n x p` matrix, without a copy.
    #[must_use]
    pub fn as_mat(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.data, self.len(), self.dim)
    }

    /// The points whose numbers are given, in that order; `None` if `indices` is empty or one is
    /// out of range.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Option<Self> {
        if indices.is_empty() || indices.iter().any(|&i| i >= self.len()) {
            return None;
        }
        let mut data = Vec::with_capacity(indices.len() * self.dim);
        for &i in indices {
            data.extend_from_slice(self.row(i));
        }
        Some(Self { dim: self.dim, data })
    }

    /// The points split into consecutive blocks of at most `size` points (at least 1).
    pub fn blocks(&self, size: usize) -> impl Iterator<Item = Self> + '_ {
        let step = size.max(1) * self.dim;
        self.data.chunks(step).map(|c| Self { dim: self.dim, data: c.to_vec() })
    }

    /// The coordinates `range` of every point, as points of lower dimension; `None` if the range is
    /// empty or too far.
    #[must_use]
    pub fn coordinates(&self, range: std::ops::Range<usize>) -> Option<Self> {
        if range.is_empty() || range.end > self.dim {
            return None;
        }
        let dim = range.len();
        let data = self.rows().flat_map(|r| r[range.clone()].iter().copied()).collect();
        Some(Self { dim, data })
    }

    /// Trusted constructor for points computed inside the crate from finite data.
    pub(crate) fn from_finite(dim: usize, data: Vec<f64>) -> Self {
        debug_assert!(dim > 0 && !data.is_empty() && data.len().is_multiple_of(dim));
        debug_assert!(data.iter().all(|v| v.is_finite()));
        Self { dim, data }
    }
}
