//! The loops: a few rows of a kernel matrix in registers against one column after another.

use super::evaluation::Evaluation;
use super::lanes::{PACK, Pack, load, pack_len, store};
use super::panel::{DIRECT_DIMENSIONS, Panel};
use super::profile::KernelProfile;
use super::real::Real;
use faer::MatMut;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Some of the points of a panel.
#[derive(Clone)]
pub(super) struct Part<'a, T> {
    pub(super) panel: &'a Panel<T>,
    pub(super) at: Range<usize>,
}

/// Kernel values from dot products, or from squared distances where nothing else is said, in place.
pub(super) struct Apply<'a, T> {
    pub(super) profile: &'a KernelProfile,
    /// The squared norms on both sides, where distances are still to be made of dot products.
    pub(super) squares: Option<(&'a [T], T)>,
    pub(super) out: &'a mut [T],
}

impl<T: Real> WithSimd for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { profile, squares, out } = self;
        let (zero, step) = (T::from_f64(0.0), pack_len::<T, S>());
        let (none, minus_two) = (T::splat(s, zero), T::splat(s, T::from_f64(-2.0)));
        let kernel = Evaluation::<T, S>::new(s, profile);
        for (k, part) in out.chunks_mut(step).enumerate() {
            let mut pack: Pack<T, S> = load(s, part, zero);
            if let Some((rows, column)) = squares {
                let rows: Pack<T, S> = load(s, &rows[k * step..k * step + part.len()], zero);
                let column = T::splat(s, column);
                for (d, row) in pack.iter_mut().zip(rows) {
                    *d = T::most(s, none, T::fused(s, minus_two, *d, T::plus(s, row, column)));
                }
            }
            store::<T, S>(&kernel.values(pack), part, zero);
        }
    }
}

/// `out[i, j] = k(x_i, y_j)` in low dimension; `out` has contiguous columns.
pub(super) struct Fill<'a, T> {
    pub(super) profile: &'a KernelProfile,
    pub(super) rows: Part<'a, T>,
    pub(super) columns: Part<'a, T>,
    pub(super) out: MatMut<'a, T>,
}

impl<T: Real> WithSimd for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { profile, rows, columns, mut out } = self;
        let step = pack_len::<T, S>();
        let kernel = Evaluation::<T, S>::new(s, profile);
        for start in (0..rows.at.len()).step_by(step) {
            let end = (start + step).min(rows.at.len());
            let tile = Tile::<T, S>::load(s, profile, rows.panel, rows.at.start + start..rows.at.start + end);
            for (k, j) in columns.at.clone().enumerate() {
                let values = kernel.values(tile.against::<0>(columns.panel.point(j)));
                if let Some(column) = out.as_mut().col_mut(k).try_as_col_major_mut() {
                    store::<T, S>(&values, &mut column.as_slice_mut()[start..end], T::from_f64(0.0));
                }
            }
        }
    }
}

/// `along[i, c] += sum_j k(x_i, y_j) v[j, c]`, and if there is a second side
/// `across[j, c] += sum_i k(x_i, y_j) v[i, c]`; low dimension.
pub(super) struct Product<'a, T> {
    pub(super) profile: &'a KernelProfile,
    pub(super) rows: Part<'a, T>,
    pub(super) columns: Part<'a, T>,
    /// Column-major, as high as the panel of the columns (and that of the rows, where there is a
    /// second side).
    pub(super) v: &'a [T],
    /// Column-major, as high as there are rows.
    pub(super) along: &'a mut [T],
    /// Column-major, as high as there are columns.
    pub(super) across: Option<&'a mut [T]>,
}

/// Columns of the factor worked on at once.
const WIDTH: usize = 4;

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        // A loop over one, two or three coordinates is worth unrolling.
        match self.rows.panel.dim() {
            1 => self.run::<S, 1>(s),
            2 => self.run::<S, 2>(s),
            3 => self.run::<S, 3>(s),
            _ => self.run::<S, 0>(s),
        }
    }
}

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn run<S: Simd, const DIM: usize>(mut self, s: S) {
        let (rows, step) = (self.rows.clone(), pack_len::<T, S>());
        let kernel = Evaluation::<T, S>::new(s, self.profile);
        for start in (0..rows.at.len()).step_by(step) {
            let at = start..(start + step).min(rows.at.len());
            let from = rows.at.start;
            let tile = Tile::<T, S>::load(s, self.profile, rows.panel, from + at.start..from + at.end);
            for c in (0..self.v.len() / self.columns.panel.len()).step_by(WIDTH) {
                self.sum::<S, DIM>(&kernel, &tile, at.clone(), c);
            }
        }
    }

    /// The rows of a tile against all columns, for up to `WIDTH` columns of the factor from `first`
    /// on.
    #[inline(always)]
    fn sum<S: Simd, const DIM: usize>(
        &mut self,
        kernel: &Evaluation<T, S>,
        tile: &Tile<T, S>,
        at: Range<usize>,
        first: usize,
    ) {
        let Self { rows, columns, v, along, across, .. } = self;
        let (s, zero, n, m) = (tile.s, T::from_f64(0.0), rows.panel.len(), columns.panel.len());
        let width = WIDTH.min(v.len() / m - first);
        // The factor at the rows, 0 where the tile has none.
        let mut own = [[T::splat(s, zero); PACK]; WIDTH];
        if across.is_some() {
            for k in 0..width {
                let from = (first + k) * n + rows.at.start;
                own[k] = load(s, &v[from + at.start..from + at.end], zero);
            }
        }
        let mut sums = [[T::splat(s, zero); PACK]; WIDTH];
        for (number, j) in columns.at.clone().enumerate() {
            let values = kernel.values(tile.against::<DIM>(columns.panel.point(j)));
            for k in 0..width {
                let w = T::splat(s, v[(first + k) * m + j]);
                for (sum, value) in sums[k].iter_mut().zip(values) {
                    *sum = T::fused(s, w, value, *sum);
                }
                if let Some(across) = across {
                    let mut sum = T::times(s, values[0], own[k][0]);
                    for i in 1..values.len() {
                        sum = T::fused(s, values[i], own[k][i], sum);
                    }
                    across[(first + k) * columns.at.len() + number] += T::total(s, sum);
                }
            }
        }
        let height = rows.at.len();
        for k in 0..width {
            let target = &mut along[(first + k) * height + at.start..(first + k) * height + at.end];
            let mut total: Pack<T, S> = load(s, target, zero);
            for (t, sum) in total.iter_mut().zip(sums[k]) {
                *t = T::plus(s, *t, sum);
            }
            store::<T, S>(&total, target, zero);
        }
    }
}

/// The coordinates of as many points as a pack has numbers, in low dimension. Beyond the last point
/// there is the origin.
struct Tile<T: Real, S: Simd> {
    s: S,
    dim: usize,
    radial: bool,
    coordinates: [Pack<T, S>; DIRECT_DIMENSIONS],
}

impl<T: Real, S: Simd> Tile<T, S> {
    #[inline(always)]
    fn load(s: S, profile: &KernelProfile, panel: &Panel<T>, at: Range<usize>) -> Self {
        let zero = T::from_f64(0.0);
        let mut coordinates = [[T::splat(s, zero); PACK]; DIRECT_DIMENSIONS];
        for (c, pack) in coordinates[..panel.dim()].iter_mut().enumerate() {
            *pack = load(s, &panel.coordinate(c)[at.clone()], zero);
        }
        Self { s, dim: panel.dim(), radial: profile.is_radial(), coordinates }
    }

    /// Squared distances or dot products of these points and one other; `DIM` is the dimension, or
    /// 0 where it is not known.
    #[inline(always)]
    fn against<const DIM: usize>(&self, point: &[T]) -> Pack<T, S> {
        let s = self.s;
        let dim = if DIM == 0 { self.dim } else { DIM };
        let mut pack = [T::splat(s, T::from_f64(0.0)); PACK];
        for (coordinate, b) in self.coordinates[..dim].iter().zip(&point[..dim]) {
            let b = T::splat(s, *b);
            for (p, a) in pack.iter_mut().zip(coordinate) {
                *p = if self.radial {
                    let d = T::minus(s, *a, b);
                    T::fused(s, d, d, *p)
                } else {
                    T::fused(s, *a, b, *p)
                };
            }
        }
        pack
    }
}
