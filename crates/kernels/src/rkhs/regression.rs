//! Interpolation and ridge regression.

use super::RkhsError;
use super::function::{RkhsFunction, check_kernel, root_of_form};
use crate::matrix::{UNIT_ROUNDOFF, check_vector};
use crate::unit::Unit;
use crate::{cross_gram, gram};
use faer::linalg::solvers::{DenseSolveCore, Llt, LltError, Solve};
use faer::{Col, Mat, Side};
use relata_relations::{Points, Relation, evaluate_diagonal, norm2};
use std::sync::Arc;

/// The interpolant of smallest norm: `f = sum_i a_i k(., x_i)` with `K a = y`, and
/// `|f|^2 = y^T K^{-1} y`.
///
/// By the representer theorem no other function of the space with these values has a norm as small.
///
/// ```
/// use relata_kernels::rkhs::interpolate;
/// use relata_relations::{Points, catalogue::brownian};
/// use std::sync::Arc;
/// let f = interpolate(Arc::new(brownian()), &Points::line(vec![0.5, 1.0])?, &[1.0, 1.0])?;
/// // In the space of Brownian motion: linear from 0 to 1, then constant, with norm (int f'^2)^{1/2}.
/// assert!((f.values(&Points::line(vec![0.25, 0.8])?)?[0] - 0.5).abs() < 1e-14);
/// assert!((f.norm()? - 2f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RkhsError`] if points coincide, the Gram matrix is singular to rounding, or the values are not
/// finite or not one a point.
pub fn interpolate(kernel: Arc<dyn Relation>, x: &Points, y: &[f64]) -> Result<RkhsFunction, RkhsError> {
    check_kernel(&*kernel)?;
    check_vector("the values", y, x.len())?;
    check_distinct(x)?;
    let k = gram(&*kernel, x)?;
    let units = (Unit::of_mat(k.as_ref()), Unit::of(y));
    let k = units.0.divide_mat(k.as_ref());
    let llt = factor(&k)?;
    let target = Col::from_fn(y.len(), |i| units.1.divide(y[i]));
    let mut a = llt.solve(&target);
    // One step of refinement brings the residual to rounding.
    a += llt.solve(&(&target - &k * &a));
    RkhsFunction::new(kernel, x.clone(), coefficients(&a, units)?)
}

/// The power function `P(t) = (k(t, t) - k(t, X) K^{-1} k(X, t))^{1/2}`, the norm of the error
/// functional of interpolation on `X`: `|f(t) - s_f(t)| <= P(t) |f|` for every `f` of the space,
/// and no smaller factor will do. One value for each of `at`.
///
/// # Errors
/// [`RkhsError`] if points coincide, the Gram matrix is singular to rounding, the kernel cannot be
/// evaluated, or a square is negative, so that the kernel is not positive semidefinite.
pub fn power_function(kernel: &dyn Relation, x: &Points, at: &Points) -> Result<Vec<f64>, RkhsError> {
    check_kernel(kernel)?;
    check_distinct(x)?;
    let k = gram(kernel, x)?;
    let unit = Unit::of_mat(k.as_ref());
    let llt = factor(&unit.divide_mat(k.as_ref()))?;
    let cross = unit.divide_mat(cross_gram(kernel, x, at)?.as_ref());
    let solved = llt.solve(&cross);
    let error = |(t, own): (usize, f64)| {
        let (own, known, weights) = (
            unit.divide(own),
            (0..x.len()).map(|i| cross[(i, t)] * solved[(i, t)]).sum::<f64>(),
            solved.col(t).squared_norm_l2(),
        );
        // Rounding of the matrix arrives with the squares of the weights; some of it is a kernel's
        // own.
        let rounding = (x.len() as f64 + 64.0) * f64::EPSILON * (own.abs() + weights);
        Ok(unit.root().multiply(root_of_form(own - known, rounding, unit)?))
    };
    evaluate_diagonal(kernel, at)?.into_iter().enumerate().map(error).collect()
}

/// Kernel ridge regression: `f` minimising `sum_i (f(x_i) - y_i)^2 + l |f|^2`, with everything that
/// follows from one factorisation of `K + l I`.
#[derive(Clone, Debug)]
pub struct KernelRidge {
    /// The fit.
    pub function: RkhsFunction,
    /// Its values at the points.
    pub fitted: Vec<f64>,
    /// `y_i - f_{-i}(x_i)`, the errors at points left out, `a_i / [(K + l I)^{-1}]_ii` without
    /// refitting.
    pub leave_one_out: Vec<f64>,
    /// Leverage scores, the diagonal of `K (K + l I)^{-1}`, in `[0, 1)`.
    pub leverage: Vec<f64>,
}

impl KernelRidge {
    /// Fits. Complexity: `n^3`.
    ///
    /// ```
    /// use relata_kernels::fast::{KernelProfile, ProfileKernel};
    /// use relata_kernels::rkhs::KernelRidge;
    /// use relata_relations::{Interval, Points};
    /// use std::sync::Arc;
    /// let x = Points::line((0..40).map(|i| f64::from(i) / 39.0).collect())?;
    /// let y: Vec<f64> = x.rows().map(|r| (6.0 * r[0]).sin()).collect();
    /// let kernel = Arc::new(ProfileKernel::new(KernelProfile::gaussian(0.2)?, Interval::new(0.0, 1.0)?));
    /// let fit = KernelRidge::fit(kernel, &x, &y, 1e-6)?;
    /// assert!(fit.leave_one_out_error() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RkhsError`] if the ridge is not positive, the values are not finite or not one per point,
    /// the kernel is not positive semidefinite, or the ridge is so small that rounding would put
    /// what is returned off by more than `1e-4`.
    pub fn fit(kernel: Arc<dyn Relation>, x: &Points, y: &[f64], ridge: f64) -> Result<Self, RkhsError> {
        check_kernel(&*kernel)?;
        check_vector("the values", y, x.len())?;
        if !(ridge.is_finite() && ridge > 0.0) {
            return Err(RkhsError::Ridge(ridge));
        }
        let k = gram(&*kernel, x)?;
        let largest = k.norm_max();
        let units = (Unit::near(largest.max(ridge)), Unit::of(y));
        let (mut k, given) = (units.0.divide_mat(k.as_ref()), ridge);
        let ridge = units.0.divide(ridge);
        let n = x.len();
        (0..n).for_each(|i| k[(i, i)] += ridge);
        let llt = factor(&k)?;
        let target = Col::from_fn(n, |i| units.1.divide(y[i]));
        let mut a = llt.solve(&target);
        a += llt.solve(&(&target - &k * &a));
        let inverse = llt.inverse();
        // What the factorisation lost, and what the ridge lost where it was added.
        let off = (&k * &inverse - Mat::<f64>::identity(n, n)).norm_max();
        let off = off + UNIT_ROUNDOFF * k.norm_max() / ridge;
        if off.is_nan() || off > RIDGE_ROUNDING {
            return Err(RkhsError::RidgeBelowRounding { ridge: given, largest, off });
        }
        let leave_one_out: Vec<f64> = (0..n).map(|i| a[i] / inverse[(i, i)]).collect();
        let leverage = (0..n).map(|i| 1.0 - ridge * inverse[(i, i)]).collect();
        // K a = y - l a.
        let fitted: Vec<f64> = (0..n).map(|i| target[i] - ridge * a[i]).collect();
        let function = RkhsFunction::new(kernel, x.clone(), coefficients(&a, units)?)?;
        Ok(Self {
            function,
            fitted: units.1.restore_all("the fitted values", &fitted)?,
            leave_one_out: units.1.restore_all("the leave-one-out errors", &leave_one_out)?,
            leverage,
        })
    }

    /// Root mean square of the leave-one-out errors.
    #[must_use]
    pub fn leave_one_out_error(&self) -> f64 {
        let n = self.leave_one_out.len() as f64;
        norm2(self.leave_one_out.iter().copied()) / n.sqrt()
    }

    /// Degrees of freedom `tr K (K + l I)^{-1}`.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> f64 {
        self.leverage.iter().sum()
    }
}

/// How far the product of the matrix and its computed inverse may be from the identity. That of a
/// matrix whose smallest eigenvalue is the ridge is off by about the rounding of the matrix over
/// the ridge, and so are errors and leverages made of it.
const RIDGE_ROUNDING: f64 = 1e-4;

/// Coefficients for a kernel and values in the given units.
fn coefficients(a: &Col<f64>, (kernel, values): (Unit, Unit)) -> Result<Vec<f64>, RkhsError> {
    let unit = values.times(kernel.inverse());
    unit.fits("the coefficients", a.norm_max())?;
    Ok(a.iter().map(|v| unit.multiply(*v)).collect())
}

/// The Cholesky factor of a matrix whose largest entry is near 1.
fn factor(k: &Mat<f64>) -> Result<Llt<f64>, RkhsError> {
    let n = k.nrows();
    let llt = k.llt(Side::Lower).map_err(|e| match e {
        LltError::NonPositivePivot { index } => RkhsError::Singular { n, pivot: index },
    })?;
    let l = llt.L();
    let largest = (0..n).map(|i| l[(i, i)]).fold(0.0, f64::max);
    // A squared pivot below rounding of the largest carries no information; most matrices lose
    // fewer digits than the bound of their rounding says, whence the hundredth.
    let floor = largest * (n as f64 * f64::EPSILON).sqrt() * 0.01;
    match (0..n).find(|&i| l[(i, i)] <= floor) {
        Some(pivot) => Err(RkhsError::Singular { n, pivot }),
        None => Ok(llt),
    }
}

fn check_distinct(x: &Points) -> Result<(), RkhsError> {
    repeated(x).map_or(Ok(()), |(first, second)| Err(RkhsError::Duplicate { first, second }))
}

/// Two points that are the same, the earlier one first.
pub(crate) fn repeated(x: &Points) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    let compare = |a: &usize, b: &usize| {
        let pairs = x.row(*a).iter().zip(x.row(*b));
        pairs.map(|(p, q)| p.total_cmp(q)).find(|o| o.is_ne()).unwrap_or_else(|| a.cmp(b))
    };
    order.sort_by(compare);
    order.windows(2).find(|w| x.row(w[0]) == x.row(w[1])).map(|w| (w[0], w[1]))
}
