//! Blocks of a kernel matrix, the one place where distances and dot products are computed.

use super::profile::Profile;
use super::real::Real;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};
use relata_relations::Points;
use std::ops::Range;

/// Up to this dimension distances are summed directly, which is faster there than matrix multiplication and loses no digits.
const DIRECT_DIMENSIONS: usize = 12;

/// Points in both layouts that the evaluations need, in the arithmetic of the evaluation. For distances they are centred, which
/// changes nothing but the rounding.
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
    /// The points, less `centre`.
    pub(crate) fn new(points: &Points, centre: &[f64]) -> Self {
        let dim = points.dim();
        let mut rows = Vec::with_capacity(points.len() * dim);
        for r in points.rows() {
            rows.extend(r.iter().zip(centre).map(|(v, c)| T::from_f64(v - c)));
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
        indices.iter().for_each(|i| rows.extend_from_slice(&self.rows[i * self.dim..(i + 1) * self.dim]));
        Self::of_rows(self.dim, rows)
    }

    /// `k(x_i, x_i)`.
    pub(crate) fn own(&self, profile: &Profile) -> Vec<T> {
        let mut values =
            if profile.is_radial() { vec![T::from_f64(0.0); self.n] } else { self.squares.clone() };
        profile.apply::<T, false>(&mut values);
        values
    }

    /// What to subtract from both sides: the mean of `x` for distances, nothing for dot products.
    pub(crate) fn centre(profile: &Profile, x: &Points) -> Vec<f64> {
        let mut c = vec![0.0; x.dim()];
        if profile.is_radial() {
            x.rows().for_each(|r| c.iter_mut().zip(r).for_each(|(c, v)| *c += v));
            c.iter_mut().for_each(|c| *c /= x.len() as f64);
        }
        c
    }

    pub(crate) fn len(&self) -> usize {
        self.n
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.rows.len() + self.coordinates.len() + self.squares.len()) * size_of::<T>()
    }

    /// `out[i, j] = k(x_{rows.start + i}, y_{columns.start + j})`; the columns of `out` must be contiguous in memory, else nothing is
    /// promised about speed.
    pub(crate) fn block(
        profile: &Profile,
        x: &Self,
        rows: &Range<usize>,
        y: &Self,
        columns: Range<usize>,
        mut out: MatMut<'_, T>,
    ) {
        let dim = x.dim;
        if dim > DIRECT_DIMENSIONS {
            let a = MatRef::from_row_major_slice(&x.rows[rows.start * dim..rows.end * dim], rows.len(), dim);
            let b = MatRef::from_row_major_slice(
                &y.rows[columns.start * dim..columns.end * dim],
                columns.len(),
                dim,
            );
            matmul(out.as_mut(), Accum::Replace, a, b.transpose(), T::from_f64(1.0), Par::Seq);
        }
        let mut scratch = vec![T::from_f64(0.0); rows.len()];
        for (j, column) in columns.enumerate() {
            let target = out.as_mut().col_mut(j);
            match target.try_as_col_major_mut() {
                Some(slice) => fill(profile, x, rows.clone(), y, column, slice.as_slice_mut()),
                None => {
                    (0..rows.len()).for_each(|i| scratch[i] = out[(i, j)]);
                    fill(profile, x, rows.clone(), y, column, &mut scratch);
                    (0..rows.len()).for_each(|i| out[(i, j)] = scratch[i]);
                }
            }
        }
    }

    /// `out[i, c] = sum_j k(x_i, y_j) v[j, c]` for a few rows `i` and columns `j` in low dimension. `v` and `out` are column-major with
    /// `y.len()` and `rows.len()` rows.
    pub(crate) fn product(
        profile: &Profile,
        x: &Self,
        rows: Range<usize>,
        y: &Self,
        columns: Range<usize>,
        v: &[T],
        out: &mut [T],
    ) {
        Arch::new().dispatch(Product { profile, x, rows, y, columns, v, out, mirrored: None });
    }

    /// [`Panel::product`] of one point set with itself, where `out[j, c] += sum_i k(x_i, x_j) v[i, c]` is added up from the same entries:
    /// `across` has `columns.len()` rows. Rows and columns must not overlap.
    pub(crate) fn product_both(
        profile: &Profile,
        x: &Self,
        [rows, columns]: [Range<usize>; 2],
        v: &[T],
        [along, across]: [&mut [T]; 2],
    ) {
        let mirrored = Some(across);
        Arch::new().dispatch(Product { profile, x, rows, y: x, columns, v, out: along, mirrored });
    }

    /// Whether [`Panel::product`] is the fast way.
    pub(crate) fn is_direct(&self) -> bool {
        self.dim <= DIRECT_DIMENSIONS
    }
}

fn fill<T: Real>(
    profile: &Profile,
    x: &Panel<T>,
    rows: Range<usize>,
    y: &Panel<T>,
    column: usize,
    out: &mut [T],
) {
    Arch::new().dispatch(Fill { profile, x, rows, y, column, out });
}

/// One column of a block; in high dimension `out` holds dot products on entry.
struct Fill<'a, T> {
    profile: &'a Profile,
    x: &'a Panel<T>,
    rows: Range<usize>,
    y: &'a Panel<T>,
    column: usize,
    out: &'a mut [T],
}

impl<T: Real> WithSimd for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if S::IS_SCALAR { self.run::<false>() } else { self.run::<true>() }
    }
}

impl<T: Real> Fill<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { profile, x, rows, y, column, out } = self;
        let dim = x.dim;
        let point = &y.rows[column * dim..(column + 1) * dim];
        let zero = T::from_f64(0.0);
        if dim <= DIRECT_DIMENSIONS {
            out.fill(zero);
            for (c, b) in point.iter().enumerate() {
                let coordinate = &x.coordinates[c * x.n + rows.start..c * x.n + rows.end];
                accumulate::<T, FMA>(profile.is_radial(), coordinate, *b, out);
            }
        } else if profile.is_radial() {
            let (squares, square, two) = (&x.squares[rows], y.squares[column], T::from_f64(-2.0));
            for (o, s) in out.iter_mut().zip(squares) {
                let d = o.fused::<FMA>(two, *s + square);
                *o = if d > zero { d } else { zero };
            }
        }
        profile.apply::<T, FMA>(out);
    }
}

#[inline(always)]
fn accumulate<T: Real, const FMA: bool>(radial: bool, coordinate: &[T], b: T, out: &mut [T]) {
    if radial {
        for (o, a) in out.iter_mut().zip(coordinate) {
            let d = *a - b;
            *o = d.fused::<FMA>(d, *o);
        }
    } else {
        for (o, a) in out.iter_mut().zip(coordinate) {
            *o = a.fused::<FMA>(b, *o);
        }
    }
}

/// Adds to `out`, and to `mirrored` with the roles of rows and columns exchanged.
struct Product<'a, T> {
    profile: &'a Profile,
    x: &'a Panel<T>,
    rows: Range<usize>,
    y: &'a Panel<T>,
    columns: Range<usize>,
    v: &'a [T],
    out: &'a mut [T],
    mirrored: Option<&'a mut [T]>,
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if S::IS_SCALAR { self.run::<false>() } else { self.run::<true>() }
    }
}

/// Rows worked on at once: a few vector registers of each type.
const LANES: usize = 64;
/// Columns of the factor worked on at once.
const WIDTH: usize = 4;

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let len = self.rows.len();
        for start in (0..len).step_by(LANES) {
            let lanes = LANES.min(len - start);
            // Beyond the last row the lanes hold the origin; their sums are not stored.
            let mut coordinates = [[T::from_f64(0.0); LANES]; DIRECT_DIMENSIONS];
            for c in 0..self.x.dim {
                let from = c * self.x.n + self.rows.start + start;
                coordinates[c][..lanes].copy_from_slice(&self.x.coordinates[from..from + lanes]);
            }
            for c in (0..self.v.len() / self.y.n).step_by(WIDTH) {
                match self.mirrored.take() {
                    None => self.tile::<FMA, false>(&coordinates, start..start + lanes, c, &mut []),
                    Some(across) => {
                        self.tile::<FMA, true>(&coordinates, start..start + lanes, c, across);
                        self.mirrored = Some(across);
                    }
                }
            }
        }
    }

    /// Up to `LANES` rows against all columns, for up to `WIDTH` columns of the factor from `first` on.
    #[inline(always)]
    fn tile<const FMA: bool, const BOTH: bool>(
        &mut self,
        coordinates: &[[T; LANES]; DIRECT_DIMENSIONS],
        at: Range<usize>,
        first: usize,
        across: &mut [T],
    ) {
        let Self { profile, x, rows, y, columns, v, out, .. } = self;
        let (dim, zero, lanes) = (x.dim, T::from_f64(0.0), at.len());
        let width = WIDTH.min(v.len() / y.n - first);
        // The factor at the rows, 0 in lanes without one.
        let mut own = [[zero; LANES]; WIDTH];
        if BOTH {
            for k in 0..width {
                let from = (first + k) * x.n + rows.start + at.start;
                own[k][..lanes].copy_from_slice(&v[from..from + lanes]);
            }
        }
        let mut sums = [[zero; LANES]; WIDTH];
        for (number, j) in columns.clone().enumerate() {
            let mut values = [zero; LANES];
            for c in 0..dim {
                accumulate::<T, FMA>(profile.is_radial(), &coordinates[c], y.rows[j * dim + c], &mut values);
            }
            profile.apply::<T, FMA>(&mut values);
            for k in 0..width {
                let w = v[(first + k) * y.n + j];
                for (s, value) in sums[k].iter_mut().zip(&values) {
                    *s = w.fused::<FMA>(*value, *s);
                }
                if BOTH {
                    across[(first + k) * columns.len() + number] += folded::<T, FMA>(&values, &own[k]);
                }
            }
        }
        let len = rows.len();
        for k in 0..width {
            let target = &mut out[(first + k) * len + at.start..(first + k) * len + at.end];
            target.iter_mut().zip(&sums[k]).for_each(|(t, s)| *t += *s);
        }
    }
}

/// `sum_i a_i b_i` by sixteen partial sums, which are vectors.
#[inline(always)]
fn folded<T: Real, const FMA: bool>(a: &[T; LANES], b: &[T; LANES]) -> T {
    const PARTS: usize = 16;
    let mut sums = [T::from_f64(0.0); PARTS];
    for (a, b) in a.chunks_exact(PARTS).zip(b.chunks_exact(PARTS)) {
        for k in 0..PARTS {
            sums[k] = a[k].fused::<FMA>(b[k], sums[k]);
        }
    }
    let mut half = PARTS / 2;
    while half > 0 {
        for k in 0..half {
            let other = sums[k + half];
            sums[k] += other;
        }
        half /= 2;
    }
    sums[0]
}
