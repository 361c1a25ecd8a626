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
        let (n, dim) = (points.len(), points.dim());
        let rows: Vec<T> = points
            .rows()
            .flat_map(|r| r.iter().zip(centre).map(|(v, c)| T::from_f64(v - c)).collect::<Vec<_>>())
            .collect();
        let coordinates = (0..n * dim).map(|k| rows[(k % n) * dim + k / n]).collect();
        let squares = rows.chunks_exact(dim).map(|r| r.iter().map(|v| *v * *v).sum()).collect();
        Self { n, dim, rows, coordinates, squares }
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
        (2 * self.n * self.dim + self.n) * size_of::<T>()
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

    /// `out[i, c] = sum_j k(x_i, y_j) v[j, c]` for a few rows in low dimension. `v` and `out` are column-major with `y.len()` and
    /// `rows.len()` rows.
    pub(crate) fn product(profile: &Profile, x: &Self, rows: Range<usize>, y: &Self, v: &[T], out: &mut [T]) {
        Arch::new().dispatch(Product { profile, x, rows, y, v, out });
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

struct Product<'a, T> {
    profile: &'a Profile,
    x: &'a Panel<T>,
    rows: Range<usize>,
    y: &'a Panel<T>,
    v: &'a [T],
    out: &'a mut [T],
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if S::IS_SCALAR { self.run::<false>() } else { self.run::<true>() }
    }
}

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        /// Rows worked on at once: a few vector registers of each type.
        const LANES: usize = 64;
        let Self { profile, x, rows, y, v, out } = self;
        let (dim, len, zero) = (x.dim, rows.len(), T::from_f64(0.0));
        let columns = v.len() / y.n;
        let mut start = 0;
        while start < len {
            let lanes = LANES.min(len - start);
            // Beyond the last row the lanes repeat whatever is there; their sums are not stored.
            let mut coordinates = [[zero; LANES]; DIRECT_DIMENSIONS];
            for c in 0..dim {
                let from = c * x.n + rows.start + start;
                coordinates[c][..lanes].copy_from_slice(&x.coordinates[from..from + lanes]);
            }
            for c0 in (0..columns).step_by(4) {
                let width = 4.min(columns - c0);
                let mut sums = [[zero; LANES]; 4];
                for j in 0..y.n {
                    let mut values = [zero; LANES];
                    for c in 0..dim {
                        accumulate::<T, FMA>(
                            profile.is_radial(),
                            &coordinates[c],
                            y.rows[j * dim + c],
                            &mut values,
                        );
                    }
                    profile.apply::<T, FMA>(&mut values);
                    for k in 0..width {
                        let w = v[(c0 + k) * y.n + j];
                        for (s, value) in sums[k].iter_mut().zip(&values) {
                            *s = w.fused::<FMA>(*value, *s);
                        }
                    }
                }
                for k in 0..width {
                    out[(c0 + k) * len + start..(c0 + k) * len + start + lanes]
                        .copy_from_slice(&sums[k][..lanes]);
                }
            }
            start += lanes;
        }
    }
}
