//! A pair of spaces with its kernel.

use super::RkbsError;
use super::exponent::Exponent;
use super::least::{MinNorm, System};
use crate::matrix::{self, check_vector};
use crate::unit::Unit;
use faer::{Mat, MatRef};

/// A pair of reproducing kernel Banach spaces on finite point sets: left features `Phi_1` (rows for
/// `x`), right features `Phi_2` (rows for `y`), `l_p` on the vectors `v` that represent left
/// functions and `l_p'` on the vectors `u` that represent right ones.
#[derive(Clone, Debug)]
pub struct Rkbs {
    left: Mat<f64>,
    right: Mat<f64>,
    p: Exponent,
}

/// The norm of a function with the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionNorm {
    /// `|f| = min {|v| : f_v = f}`, attained by `representer`.
    pub norm: f64,
    /// A lower bound by duality, equal to the norm up to `1e-8` at worst.
    pub lower: f64,
    /// The representer of least norm.
    pub representer: Vec<f64>,
}

/// A minimum-norm interpolant.
#[derive(Clone, Debug, PartialEq)]
pub struct Interpolant {
    /// The function on all left points.
    pub values: Vec<f64>,
    /// Its norm.
    pub norm: f64,
    /// Its representer `v`. For `p = 1` at most as many entries are nonzero as there are data: a
    /// sparse sum of features. For `1 < p < infinity` the duality map of `v` is `|v| Phi^T c`: a
    /// linear combination of the data's features, seen through a nonlinear map.
    pub representer: Vec<f64>,
    /// `c`, one a datum: the extremal functional `sum_i c_i delta_{x_i}` has norm 1 and attains the
    /// norm of the interpolant.
    pub dual: Vec<f64>,
}

impl Rkbs {
    /// The pair of spaces of two feature matrices: `n x d` and `m x d`, such as the two encoders of
    /// a network on points. This is the identification theorem read from left to right: whatever
    /// two encoders compute is the kernel of such a pair.
    ///
    /// ```
    /// use relata_kernels::rkbs::{Exponent, Rkbs};
    /// use faer::mat;
    /// let phi = mat![[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]];
    /// let psi = mat![[1.0, 1.0], [2.0, -1.0]];
    /// let pair = Rkbs::new(phi, psi, Exponent::ONE)?;
    /// // The kernel section K(., y_2) is a function of the left space, and its norm is |psi(y_2)|_1 = 3.
    /// let section: Vec<f64> = pair.kernel().col(1).iter().copied().collect();
    /// assert!((pair.left_norm(&section)?.norm - 3.0).abs() < 1e-10);
    /// assert!(pair.reproducing_error()? < 1e-12);
    /// # Ok::<(), relata_kernels::rkbs::RkbsError>(())
    /// ```
    ///
    /// # Errors
    /// [`RkbsError`] if a matrix is empty or not finite, the numbers of features differ, or their
    /// products overflow or underflow.
    pub fn new(left: Mat<f64>, right: Mat<f64>, p: Exponent) -> Result<Self, RkbsError> {
        matrix::check(left.as_ref())?;
        matrix::check(right.as_ref())?;
        if left.ncols() != right.ncols() {
            return Err(RkbsError::Features { left: left.ncols(), right: right.ncols() });
        }
        // Then no entry of the kernel overflows, and not all of them underflow.
        let unit = Unit::of_mat(left.as_ref()).times(Unit::of_mat(right.as_ref()));
        if left.norm_max() > 0.0 && right.norm_max() > 0.0 {
            unit.fits("the kernel", 16.0 * left.ncols() as f64)?;
            unit.fits("the kernel", 1.0)?;
        }
        Ok(Self { left, right, p })
    }

    /// Left and right features: back to the encoders.
    #[must_use]
    pub fn features(&self) -> (MatRef<'_, f64>, MatRef<'_, f64>) {
        (self.left.as_ref(), self.right.as_ref())
    }

    /// The exponent of the left space.
    #[must_use]
    pub fn exponent(&self) -> Exponent {
        self.p
    }

    /// `K = Phi_1 Phi_2^T`, `n x m`.
    #[must_use]
    pub fn kernel(&self) -> Mat<f64> {
        &self.left * self.right.transpose()
    }

    /// `max_x |Phi_1(x)|_p'` and `max_y |Phi_2(y)|_p`: point evaluation at `x` has norm at most
    /// `|Phi_1(x)|_p'` on the left space, and their product bounds the kernel.
    #[must_use]
    pub fn feature_bounds(&self) -> (f64, f64) {
        let largest = |m: &Mat<f64>, p: Exponent| {
            (0..m.nrows()).map(|i| p.norm(&m.row(i).iter().copied().collect::<Vec<_>>())).fold(0.0, f64::max)
        };
        (largest(&self.left, self.p.conjugate()), largest(&self.right, self.p))
    }

    /// The norm of a left function from its values at all `x`.
    ///
    /// # Errors
    /// [`RkbsError::NotInSpace`] if no `v` represents it, [`RkbsError::Stalled`],
    /// [`RkbsError::Matrix`].
    pub fn left_norm(&self, f: &[f64]) -> Result<FunctionNorm, RkbsError> {
        System::new(self.left.as_ref())?.solve(f, self.p).map(FunctionNorm::from)
    }

    /// The norm of a right function from its values at all `y`.
    ///
    /// # Errors
    /// As [`Rkbs::left_norm`].
    pub fn right_norm(&self, g: &[f64]) -> Result<FunctionNorm, RkbsError> {
        System::new(self.right.as_ref())?.solve(g, self.p.conjugate()).map(FunctionNorm::from)
    }

    /// Dimensions of the two annihilators `{v : Phi_1 v = 0}` and `{u : Phi_2 u = 0}` that the
    /// norms quotient out.
    ///
    /// # Errors
    /// [`RkbsError::Matrix`]
    pub fn annihilators(&self) -> Result<(usize, usize), RkbsError> {
        let rank = |m: &Mat<f64>| System::new(m.as_ref()).map(|s| m.ncols() - s.rank());
        Ok((rank(&self.left)?, rank(&self.right)?))
    }

    /// The largest violation of the reproducing property on both sides, relative to the largest
    /// entry of the kernel: for every section `f = K(., y)`, brought to its representer of least
    /// norm, `<f, K(x, .)> = f(x)` with `K(x, .)` represented by `Phi_1(x)`; and for every section
    /// `g = K(x, .)`, `<K(., y), g> = g(y)`.
    ///
    /// # Errors
    /// As [`Rkbs::left_norm`].
    pub fn reproducing_error(&self) -> Result<f64, RkbsError> {
        let k = self.kernel();
        let scale = if k.norm_max() > 0.0 { k.norm_max() } else { 1.0 };
        let (left, right) = (System::new(self.left.as_ref())?, System::new(self.right.as_ref())?);
        let mut worst = 0.0f64;
        for j in 0..k.ncols() {
            let f: Vec<f64> = k.col(j).iter().copied().collect();
            worst = worst.max(misses(&self.left, &left.solve(&f, self.p)?.v, &f));
        }
        for i in 0..k.nrows() {
            let g: Vec<f64> = k.row(i).iter().copied().collect();
            worst = worst.max(misses(&self.right, &right.solve(&g, self.p.conjugate())?.v, &g));
        }
        Ok(worst / scale)
    }

    /// The left function of least norm with given values at some of the `x` points.
    ///
    /// # Errors
    /// [`RkbsError::Index`] if a point does not exist, and as [`Rkbs::left_norm`].
    pub fn interpolate(&self, points: &[usize], values: &[f64]) -> Result<Interpolant, RkbsError> {
        let n = self.left.nrows();
        if let Some(&index) = points.iter().find(|i| **i >= n) {
            return Err(RkbsError::Index { index, n });
        }
        check_vector("the values", values, points.len())?;
        let rows = Mat::from_fn(points.len(), self.left.ncols(), |i, k| self.left[(points[i], k)]);
        let MinNorm { v, norm, dual, .. } = System::new(rows.as_ref())?.solve(values, self.p)?;
        let values = product(&self.left, &v);
        Ok(Interpolant { values, norm, representer: v, dual })
    }

    /// The same kernel with as few features as its rank, balanced between the sides: `K = U S V^T`,
    /// features `U S^{1/2}` and `V S^{1/2}`. Both annihilators are then trivial.
    /// [`Rkbs::reduction`] has the maps.
    ///
    /// # Errors
    /// [`RkbsError::Matrix`]
    pub fn reduced(&self) -> Result<Self, RkbsError> {
        let r = self.reduction()?;
        Self::new(&self.left * &r.left, &self.right * &r.right, self.p)
    }
}

impl From<MinNorm> for FunctionNorm {
    fn from(m: MinNorm) -> Self {
        Self { norm: m.norm, lower: m.lower, representer: m.v }
    }
}

fn product(m: &Mat<f64>, v: &[f64]) -> Vec<f64> {
    (0..m.nrows()).map(|i| (0..v.len()).map(|k| m[(i, k)] * v[k]).sum()).collect()
}

fn misses(m: &Mat<f64>, v: &[f64], f: &[f64]) -> f64 {
    product(m, v).iter().zip(f).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
