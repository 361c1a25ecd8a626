//! Products with kernel matrices that are never formed.

use super::panel::Panel;
use super::profile::KernelProfile;
use super::real::Real;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;
use relata_relations::Points;
use std::borrow::Cow;
use thiserror::Error;

/// The matrix `K_ij = k(x_i, y_j)`, known by its products. Memory: `O((n + m) p)`.
///
/// In low dimension distances are summed directly, in high dimension by matrix multiplication in
/// blocks; either way the exponential is vectorised and blocks are shared out among threads. Of a
/// square matrix half is computed. Sums are added up in the same order whatever the number of
/// threads.
///
/// ```
/// use relata_kernels::fast::{KernelOperator, KernelProfile};
/// use relata_relations::Points;
/// use faer::Mat;
/// let x = Points::line((0..1000).map(|i| f64::from(i) / 1000.0).collect())?;
/// let k = KernelOperator::<f64>::square(KernelProfile::gaussian(0.1)?, &x);
/// let ones = Mat::from_fn(1000, 1, |_, _| 1.0);
/// let sums = k.apply(ones.as_ref())?;
/// // In the middle the sum is 1000 sqrt(2 pi) l.
/// assert!((sums[(500, 0)] - 250.66).abs() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KernelOperator<T> {
    /// In the unit of length of its points.
    profile: KernelProfile,
    x: Panel<T>,
    y: Option<Panel<T>>,
}

/// Why there is no product.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum OperatorError {
    /// Points of different dimensions.
    #[error("the x points have dimension {x}, the y points {y}; they must agree")]
    Dimensions {
        /// Dimension of the x points.
        x: usize,
        /// Dimension of the y points.
        y: usize,
    },
    /// A factor of the wrong height.
    #[error("the matrix has {columns} columns, the factor {rows} rows; they must agree")]
    Shape {
        /// Columns of the kernel matrix.
        columns: usize,
        /// Rows of the factor.
        rows: usize,
    },
    /// A product that no number of this precision holds, or a factor that is not finite.
    #[error(
        "row {row} of the product is not finite: it overflows, or the factor is not finite, or points are further apart, in units of the length-scale, than squares of this precision hold"
    )]
    NonFinite {
        /// The row.
        row: usize,
    },
}

impl<T: Real> KernelOperator<T> {
    /// The square matrix of a point set.
    #[must_use]
    pub fn square(profile: KernelProfile, x: &Points) -> Self {
        let centre = Panel::<T>::centre(&profile, x);
        let (profile, unit) = profile.in_unit();
        Self { profile, x: Panel::new(x, &centre, unit), y: None }
    }

    /// The matrix of two point sets.
    ///
    /// # Errors
    /// [`OperatorError::Dimensions`]
    pub fn new(profile: KernelProfile, x: &Points, y: &Points) -> Result<Self, OperatorError> {
        if x.dim() != y.dim() {
            return Err(OperatorError::Dimensions { x: x.dim(), y: y.dim() });
        }
        let centre = Panel::<T>::centre(&profile, x);
        let (profile, unit) = profile.in_unit();
        Ok(Self { profile, x: Panel::new(x, &centre, unit), y: Some(Panel::new(y, &centre, unit)) })
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.x.len(), self.columns().len())
    }

    /// Bytes held, beside the scratch of a block a thread.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.x.bytes() + self.y.as_ref().map_or(0, Panel::bytes)
    }

    /// `K V`. Shapes: `n x m` times `m x c`. Complexity: `n m (p + c)` multiplications and `n m`
    /// exponentials.
    ///
    /// # Errors
    /// [`OperatorError::Shape`], and [`OperatorError::NonFinite`] if the product is not finite.
    pub fn apply(&self, v: MatRef<'_, T>) -> Result<Mat<T>, OperatorError> {
        let out = self.products(v)?;
        match (0..out.nrows()).find(|&i| !out.row(i).is_all_finite()) {
            Some(row) => Err(OperatorError::NonFinite { row }),
            None => Ok(out),
        }
    }

    fn products(&self, v: MatRef<'_, T>) -> Result<Mat<T>, OperatorError> {
        let (n, m) = self.shape();
        if v.nrows() != m {
            return Err(OperatorError::Shape { columns: m, rows: v.nrows() });
        }
        let width = v.ncols();
        let mut out = Mat::zeros(n, width);
        if width == 0 {
            return Ok(out);
        }
        let packed: Vec<T> = (0..width).flat_map(|c| (0..m).map(move |j| v[(j, c)])).collect();
        let Some(y) = &self.y else {
            let mut from = 0;
            for sums in super::symmetric::product(&self.profile, &self.x, &packed, width) {
                let block = MatRef::from_column_major_slice(&sums, sums.len() / width, width);
                out.as_mut().subrows_mut(from, block.nrows()).copy_from(block);
                from += block.nrows();
            }
            return Ok(out);
        };
        let step = if self.x.is_direct() { 128 } else { 256 };
        out.par_row_chunks_mut(step).enumerate().for_each(|(block, mut target)| {
            let rows = block * step..block * step + target.nrows();
            let sums = if self.x.is_direct() {
                let mut sums = vec![T::from_f64(0.0); target.nrows() * width];
                Panel::product(&self.profile, &self.x, rows, y, 0..m, &packed, &mut sums);
                sums
            } else {
                self.multiplied(&rows, &packed, width)
            };
            target.copy_from(MatRef::from_column_major_slice(&sums, target.nrows(), width));
        });
        Ok(out)
    }

    /// `K v` for one vector.
    ///
    /// # Errors
    /// As [`KernelOperator::apply`].
    pub fn apply_vec(&self, v: &[T]) -> Result<Vec<T>, OperatorError> {
        let out = self.apply(MatRef::from_column_major_slice(v, v.len(), 1))?;
        Ok(out.col(0).iter().copied().collect())
    }

    /// The kernel matrix itself. Memory: `n m`.
    #[must_use]
    pub fn to_mat(&self) -> Mat<T> {
        const STEP: usize = 64;
        let (n, m) = self.shape();
        let mut out = Mat::zeros(n, m);
        out.par_col_chunks_mut(STEP).enumerate().for_each(|(block, target)| {
            let columns = block * STEP..block * STEP + target.ncols();
            Panel::block(&self.profile, &self.x, &(0..n), self.columns(), columns, target);
        });
        out
    }

    /// The diagonal of a square matrix of one point set, `k(x_i, x_i)`; the first `min(n, m)`
    /// entries otherwise.
    #[must_use]
    pub fn diagonal(&self) -> Vec<f64> {
        if self.is_square() {
            return self.x.own(&self.profile).into_iter().map(Real::to_f64).collect();
        }
        let (n, m) = self.shape();
        (0..n.min(m)).map(|i| self.entries(Some(&[i]), Some(&[i]))[(0, 0)].to_f64()).collect()
    }

    /// Whether the matrix is that of one point set, and so symmetric.
    #[must_use]
    pub fn is_square(&self) -> bool {
        self.y.is_none()
    }

    /// The entries of some rows and columns, of all where none are named. Indices are in range.
    pub(crate) fn entries(&self, rows: Option<&[usize]>, columns: Option<&[usize]>) -> Mat<T> {
        const STEP: usize = 256;
        let x = rows.map_or_else(|| Cow::Borrowed(&self.x), |r| Cow::Owned(self.x.select(r)));
        let y =
            columns.map_or_else(|| Cow::Borrowed(self.columns()), |c| Cow::Owned(self.columns().select(c)));
        let mut out = Mat::zeros(x.len(), y.len());
        out.par_row_chunks_mut(STEP).enumerate().for_each(|(block, target)| {
            let rows = block * STEP..block * STEP + target.nrows();
            Panel::block(&self.profile, &x, &rows, &y, 0..y.len(), target);
        });
        out
    }

    /// The transposed matrix.
    pub(crate) fn transposed(&self) -> Self {
        let y = self.y.is_some().then(|| self.x.clone());
        Self { profile: self.profile, x: self.columns().clone(), y }
    }

    fn columns(&self) -> &Panel<T> {
        self.y.as_ref().unwrap_or(&self.x)
    }

    /// A few rows of the product in high dimension: blocks of the matrix by matrix multiplication,
    /// then times `v`.
    fn multiplied(&self, rows: &std::ops::Range<usize>, v: &[T], width: usize) -> Vec<T> {
        const STEP: usize = 256;
        let (one, m) = (T::from_f64(1.0), self.columns().len());
        let v = MatRef::from_column_major_slice(v, m, width);
        let mut block = Mat::<T>::zeros(rows.len(), STEP.min(m));
        let mut sums = Mat::<T>::zeros(rows.len(), width);
        for from in (0..m).step_by(STEP) {
            let columns = from..(from + STEP).min(m);
            let mut part = block.as_mut().subcols_mut(0, columns.len());
            Panel::block(&self.profile, &self.x, rows, self.columns(), columns.clone(), part.as_mut());
            matmul(sums.as_mut(), Accum::Add, part, v.subrows(from, columns.len()), one, Par::Seq);
        }
        (0..width).flat_map(|c| sums.col_as_slice(c).to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::Seed;

    fn cloud(n: usize, dim: usize, name: &str) -> Points {
        let mut s = Seed(3).stream(name);
        Points::new(dim, (0..n * dim).map(|_| s.normal()).collect()).unwrap()
    }

    fn profiles() -> Vec<KernelProfile> {
        vec![
            KernelProfile::gaussian(1.3).unwrap(),
            KernelProfile::rbf(0.2).unwrap(),
            KernelProfile::exponential(0.9).unwrap(),
            KernelProfile::matern32(1.1).unwrap(),
            KernelProfile::matern52(1.7).unwrap(),
            KernelProfile::cauchy(0.8).unwrap(),
            KernelProfile::inverse_multiquadric(0.8).unwrap(),
            KernelProfile::polynomial(3, 0.5).unwrap(),
            KernelProfile::exp_dot(0.3).unwrap(),
        ]
    }

    #[test]
    fn agrees_with_the_definition_in_low_and_high_dimension() {
        for dim in [1, 3, 12, 13, 40] {
            let (x, y) = (cloud(137, dim, "x"), cloud(301, dim, "y"));
            let v = Mat::from_fn(301, 5, |i, j| ((i * 7 + j * 3) % 11) as f64 / 11.0 - 0.4);
            for p in profiles() {
                let exact = Mat::from_fn(137, 301, |i, j| p.value(x.row(i), y.row(j)));
                let scale = exact.norm_max();
                let k = KernelOperator::<f64>::new(p, &x, &y).unwrap();
                assert!((k.to_mat() - &exact).norm_max() <= 1e-13 * scale, "{p} in {dim}");
                let product = k.apply(v.as_ref()).unwrap();
                assert!((product - &exact * &v).norm_max() <= 1e-12 * scale * 301.0, "{p} in {dim}");
                let single = KernelOperator::<f32>::new(p, &x, &y).unwrap();
                let v32 = Mat::from_fn(301, 5, |i, j| v[(i, j)] as f32);
                let product = single.apply(v32.as_ref()).unwrap();
                let wide = Mat::from_fn(137, 5, |i, j| f64::from(product[(i, j)]));
                assert!(
                    (wide - &exact * &v).norm_max() <= 3e-4 * scale * 20.0,
                    "{p} in {dim}, single precision"
                );
            }
        }
    }

    /// The vectors against the formulas in plain arithmetic. A value falls by what its exponent is
    /// off: a few roundings of the distance and of the constants.
    #[test]
    fn values_are_the_formulas() {
        let (x, y) = (cloud(41, 3, "x"), cloud(53, 3, "y"));
        let dist = |i: usize, j: usize| {
            x.row(i).iter().zip(y.row(j)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let dots = |i: usize, j: usize| x.row(i).iter().zip(y.row(j)).map(|(a, b)| a * b).sum::<f64>();
        type Formula<'a> = &'a dyn Fn(usize, usize) -> f64;
        let (root3, root5) = (3f64.sqrt(), 5f64.sqrt());
        let formulas: [Formula<'_>; 9] = [
            &|i, j| libm::exp(-dist(i, j).powi(2) / (2.0 * 1.3 * 1.3)),
            &|i, j| libm::exp(-0.2 * dist(i, j).powi(2)),
            &|i, j| libm::exp(-dist(i, j) / 0.9),
            &|i, j| (1.0 + root3 * dist(i, j) / 1.1) * libm::exp(-root3 * dist(i, j) / 1.1),
            &|i, j| {
                let s = root5 * dist(i, j) / 1.7;
                (1.0 + s + s * s / 3.0) * libm::exp(-s)
            },
            &|i, j| 1.0 / (1.0 + (dist(i, j) / 0.8).powi(2)),
            &|i, j| 1.0 / (1.0 + (dist(i, j) / 0.8).powi(2)).sqrt(),
            &|i, j| (dots(i, j) + 0.5).powi(3),
            &|i, j| libm::exp(0.3 * dots(i, j)),
        ];
        for (p, formula) in profiles().into_iter().zip(formulas) {
            let k = KernelOperator::<f64>::new(p, &x, &y).unwrap().to_mat();
            for (i, j) in (0..41).flat_map(|i| (0..53).map(move |j| (i, j))) {
                let want = formula(i, j);
                let scale = if p.is_radial() { want * (1.0 + want.ln().abs()) } else { 1.0 + want.abs() };
                assert!((k[(i, j)] - want).abs() < 2e-15 * scale, "{p}: {} {want}", k[(i, j)]);
            }
        }
    }

    #[test]
    fn a_square_matrix_computed_by_halves_is_the_whole() {
        // One block, several, and a last one that is not full; more columns than are worked on at
        // once.
        for (n, dim) in [(1, 2), (63, 3), (64, 1), (331, 3), (700, 12), (331, 20)] {
            let x = cloud(n, dim, "square");
            let v = Mat::from_fn(n, 6, |i, j| ((i * 5 + j * 3) % 13) as f64 / 13.0 - 0.4);
            for p in profiles() {
                let exact = Mat::from_fn(n, n, |i, j| p.value(x.row(i), x.row(j)));
                let bound = 1e-13 * exact.norm_max() * n as f64;
                let k = KernelOperator::<f64>::square(p, &x);
                assert!(
                    (k.apply(v.as_ref()).unwrap() - &exact * &v).norm_max() <= bound,
                    "{p}, {n} in {dim}"
                );
            }
        }
    }

    #[test]
    fn the_diagonal_of_a_radial_kernel_is_one() {
        for dim in [2, 50] {
            let k =
                KernelOperator::<f64>::square(KernelProfile::gaussian(1.0).unwrap(), &cloud(40, dim, "d"));
            assert!(k.diagonal().iter().all(|d| (d - 1.0).abs() < 1e-12));
            assert_eq!(k.shape(), (40, 40));
        }
    }

    #[test]
    fn far_from_the_origin_nothing_is_lost() {
        let near = cloud(50, 20, "far");
        let moved = Points::new(20, near.as_slice().iter().map(|v| v + 1e6).collect()).unwrap();
        let p = KernelProfile::gaussian(2.0).unwrap();
        let (a, b) = (
            KernelOperator::<f64>::square(p, &near).to_mat(),
            KernelOperator::<f64>::square(p, &moved).to_mat(),
        );
        // Adding 1e6 itself rounds the coordinates to 1e-10.
        assert!((a - b).norm_max() < 1e-8);
    }

    #[test]
    fn threads_change_no_bit() {
        let x = cloud(700, 3, "t");
        let k = KernelOperator::<f64>::square(KernelProfile::matern32(0.7).unwrap(), &x);
        let v: Vec<f64> = (0..700).map(|i| f64::from(i).sin()).collect();
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let (a, b) = (pool(1).install(|| k.apply_vec(&v)), pool(3).install(|| k.apply_vec(&v)));
        assert_eq!(a.unwrap(), b.unwrap());
    }

    #[test]
    fn bad_shapes_are_named() {
        let (x, y) = (cloud(5, 2, "x"), cloud(5, 3, "y"));
        let p = KernelProfile::cauchy(1.0).unwrap();
        assert_eq!(
            KernelOperator::<f64>::new(p, &x, &y).err(),
            Some(OperatorError::Dimensions { x: 2, y: 3 })
        );
        let k = KernelOperator::<f64>::square(p, &x);
        assert_eq!(k.apply_vec(&[1.0; 4]).err(), Some(OperatorError::Shape { columns: 5, rows: 4 }));
        assert!(
            KernelProfile::gaussian(0.0).is_err()
                && KernelProfile::rbf(-1.0).is_err()
                && KernelProfile::polynomial(0, 1.0).is_err()
        );
        assert!(KernelProfile::gaussian(f64::NAN).unwrap_err().to_string().contains("length-scale"));
    }
}
