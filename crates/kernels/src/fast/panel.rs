//! Points as the evaluations read them, and blocks of their kernel matrix.

use super::profile::KernelProfile;
use super::real::Real;
use super::tile::{Apply, Fill, Part, Product};
use crate::unit::Unit;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use pulp::Arch;
use relata_relations::Points;
use std::ops::Range;

/// Up to this dimension distances are summed directly, which is faster there than matrix
/// multiplication and loses no digits.
pub(super) const DIRECT_DIMENSIONS: usize = 12;

/// Points in both layouts that the evaluations need, in the arithmetic of the evaluation. For
/// distances they are centred, which changes nothing but the rounding.
#[derive(Clone)]
pub(crate) struct Panel<T> {
    n: usize,
    dim: usize,
    /// Point after point.
    rows: Vec<T>,
    /// Coordinate after coordinate.
    coordinates: Vec<T>,
    squares: Vec<T>,
}

impl<T: Real> Panel<T> {
    /// The points, less `centre`, in a unit of length.
    pub(crate) fn new(points: &Points, centre: &[f64], unit: Unit) -> Self {
        let dim = points.dim();
        let mut rows = Vec::with_capacity(points.len() * dim);
        for r in points.rows() {
            rows.extend(r.iter().zip(centre).map(|(v, c)| T::from_f64(unit.divide(v - c))));
        }
        Self::of_rows(dim, rows)
    }

    fn of_rows(dim: usize, rows: Vec<T>) -> Self {
        let n = rows.len() / dim;
        // In high dimension coordinates are not read.
        let coordinates = if dim <= DIRECT_DIMENSIONS {
            (0..dim).flat_map(|c| (0..n).map(move |i| (i, c))).map(|(i, c)| rows[i * dim + c]).collect()
        } else {
            Vec::new()
        };
        let squares = rows.chunks_exact(dim).map(|r| r.iter().map(|v| *v * *v).sum()).collect();
        Self { n, dim, rows, coordinates, squares }
    }

    /// Some of the points.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        let mut rows = Vec::with_capacity(indices.len() * self.dim);
        indices.iter().for_each(|i| rows.extend_from_slice(self.point(*i)));
        Self::of_rows(self.dim, rows)
    }

    /// `k(x_i, x_i)`.
    pub(crate) fn own(&self, profile: &KernelProfile) -> Vec<T> {
        let mut values =
            if profile.is_radial() { vec![T::from_f64(0.0); self.n] } else { self.squares.clone() };
        Arch::new().dispatch(Apply { profile, squares: None, out: &mut values });
        values
    }

    /// What to subtract from both sides: the mean of `x` for distances, nothing for dot products.
    pub(crate) fn centre(profile: &KernelProfile, x: &Points) -> Vec<f64> {
        let mut c = vec![0.0; x.dim()];
        if profile.is_radial() {
            let unit = Unit::of(x.as_slice());
            x.rows().for_each(|r| c.iter_mut().zip(r).for_each(|(c, v)| *c += unit.divide(*v)));
            c.iter_mut().for_each(|c| *c = unit.multiply(*c / x.len() as f64));
        }
        c
    }

    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// The largest norm of a point.
    pub(super) fn largest_norm(&self) -> f64 {
        // `f64::max` drops NaN.
        let squares = self.squares.iter().map(|s| s.to_f64());
        squares.fold(0.0f64, |m, s| if s <= m { m } else { s }).sqrt()
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn point(&self, i: usize) -> &[T] {
        &self.rows[i * self.dim..(i + 1) * self.dim]
    }

    /// One coordinate of all points, in low dimension.
    pub(super) fn coordinate(&self, c: usize) -> &[T] {
        &self.coordinates[c * self.n..(c + 1) * self.n]
    }

    fn part(&self, at: Range<usize>) -> Part<'_, T> {
        Part { panel: self, at }
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.rows.len() + self.coordinates.len() + self.squares.len()) * size_of::<T>()
    }

    /// `out[i, j] = k(x_{rows.start + i}, y_{columns.start + j})`; the columns of `out` must be
    /// contiguous in memory, else nothing is promised about speed.
    pub(crate) fn block(
        profile: &KernelProfile,
        x: &Self,
        rows: &Range<usize>,
        y: &Self,
        columns: Range<usize>,
        mut out: MatMut<'_, T>,
    ) {
        if out.row_stride() != 1 {
            let mut packed = Mat::zeros(out.nrows(), out.ncols());
            Self::block(profile, x, rows, y, columns, packed.as_mut());
            out.copy_from(packed);
            return;
        }
        let dim = x.dim;
        if x.is_direct() {
            let (rows, columns) = (x.part(rows.clone()), y.part(columns));
            Arch::new().dispatch(Fill { profile, rows, columns, out });
            return;
        }
        let (a, b) =
            (&x.rows[rows.start * dim..rows.end * dim], &y.rows[columns.start * dim..columns.end * dim]);
        let a = MatRef::from_row_major_slice(a, rows.len(), dim);
        let b = MatRef::from_row_major_slice(b, columns.len(), dim);
        matmul(out.as_mut(), Accum::Replace, a, b.transpose(), T::from_f64(1.0), Par::Seq);
        for (j, column) in columns.enumerate() {
            let squares = profile.is_radial().then(|| (&x.squares[rows.clone()], y.squares[column]));
            if let Some(slice) = out.as_mut().col_mut(j).try_as_col_major_mut() {
                Arch::new().dispatch(Apply { profile, squares, out: slice.as_slice_mut() });
            }
        }
    }

    /// `out[i, c] = sum_j k(x_i, y_j) v[j, c]` for a few rows `i` and columns `j` in low dimension.
    /// `v` and `out` are column-major with `y.len()` and `rows.len()` rows.
    pub(crate) fn product(
        profile: &KernelProfile,
        x: &Self,
        rows: Range<usize>,
        y: &Self,
        columns: Range<usize>,
        v: &[T],
        out: &mut [T],
    ) {
        let (rows, columns) = (x.part(rows), y.part(columns));
        Arch::new().dispatch(Product { profile, rows, columns, v, along: out, across: None });
    }

    /// [`Panel::product`] of one point set with itself, where
    /// `out[j, c] += sum_i k(x_i, x_j) v[i, c]` is added up from the same entries: `across` has
    /// `columns.len()` rows. Rows and columns must not overlap.
    pub(crate) fn product_both(
        profile: &KernelProfile,
        x: &Self,
        [rows, columns]: [Range<usize>; 2],
        v: &[T],
        [along, across]: [&mut [T]; 2],
    ) {
        let (rows, columns, across) = (x.part(rows), x.part(columns), Some(across));
        Arch::new().dispatch(Product { profile, rows, columns, v, along, across });
    }

    /// Whether [`Panel::product`] is the fast way.
    pub(crate) fn is_direct(&self) -> bool {
        self.dim <= DIRECT_DIMENSIONS
    }
}
