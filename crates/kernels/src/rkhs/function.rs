//! Finite expansions in a kernel.

use super::RkhsError;
use crate::matrix::{self, check_vector};
use crate::unit::Unit;
use crate::{cross_gram, gram};
use faer::{Mat, MatRef};
use relata_relations::{Definiteness, Points, Relation, Symmetry, norm2, same_relation};
use std::sync::Arc;

/// `f = sum_i a_i k(., x_i)`, an element of the space of `k`.
#[derive(Clone, Debug)]
pub struct RkhsFunction {
    kernel: Arc<dyn Relation>,
    centres: Points,
    coefficients: Vec<f64>,
}

impl RkhsFunction {
    /// The function with these centres and coefficients.
    ///
    /// ```
    /// use relata_kernels::fast::{KernelProfile, ProfileKernel};
    /// use relata_kernels::rkhs::RkhsFunction;
    /// use relata_relations::{Interval, Points};
    /// use std::sync::Arc;
    /// let k = Arc::new(ProfileKernel::new(KernelProfile::gaussian(1.0)?, Interval::new(-1.0, 1.0)?));
    /// let f = RkhsFunction::new(k, Points::line(vec![0.0, 1.0])?, vec![1.0, -1.0])?;
    /// // |f|^2 = k(0, 0) + k(1, 1) - 2 k(0, 1).
    /// assert!((f.norm()? - (2.0 - 2.0 * (-0.5f64).exp()).sqrt()).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RkhsError`] if the kernel is not symmetric or the coefficients are not finite or not one a
    /// centre.
    pub fn new(
        kernel: Arc<dyn Relation>,
        centres: Points,
        coefficients: Vec<f64>,
    ) -> Result<Self, RkhsError> {
        check_kernel(&*kernel)?;
        check_vector("the coefficients", &coefficients, centres.len())?;
        Ok(Self { kernel, centres, coefficients })
    }

    /// The centres `x_i`.
    #[must_use]
    pub fn centres(&self) -> &Points {
        &self.centres
    }

    /// The coefficients `a_i`.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// `f` at points.
    ///
    /// # Errors
    /// [`RkhsError::Relation`] if the kernel cannot be evaluated there.
    pub fn values(&self, x: &Points) -> Result<Vec<f64>, RkhsError> {
        let k = cross_gram(&*self.kernel, x, &self.centres)?;
        Ok(times(k.as_ref(), &self.coefficients))
    }

    /// `<f, g> = a^T K_{xz} b`.
    ///
    /// # Errors
    /// [`RkhsError::DifferentKernels`] unless both have one kernel, [`RkhsError::Relation`], and
    /// [`RkhsError::Matrix`] if no double holds the result.
    pub fn inner(&self, other: &Self) -> Result<f64, RkhsError> {
        if !same_relation(&*self.kernel, &*other.kernel) {
            return Err(RkhsError::DifferentKernels(self.kernel.name(), other.kernel.name()));
        }
        let k = cross_gram(&*self.kernel, &self.centres, &other.centres)?;
        let form = Form::new(&self.coefficients, k.as_ref(), &other.coefficients);
        form.unit.fits("the inner product", form.value.abs())?;
        Ok(form.unit.multiply(form.value))
    }

    /// `|f| = (a^T K a)^{1/2}`.
    ///
    /// # Errors
    /// [`RkhsError::Relation`], [`RkhsError::NotPositive`] if the square is negative beyond
    /// rounding, so that the kernel is not positive semidefinite.
    pub fn norm(&self) -> Result<f64, RkhsError> {
        let k = gram(&*self.kernel, &self.centres)?;
        let form = Form::new(&self.coefficients, k.as_ref(), &self.coefficients);
        // The entries themselves are off by a few roundings.
        let rounding = form.error + 8.0 * f64::EPSILON * form.magnitude;
        let root = root_of_form(form.value, rounding, form.unit)?;
        form.unit.root().fits("the norm", root)?;
        Ok(form.unit.root().multiply(root))
    }
}

/// `a^T K b` in a unit.
struct Form {
    unit: Unit,
    value: f64,
    error: f64,
    /// `|a|^T |K| |b|`.
    magnitude: f64,
}

impl Form {
    fn new(a: &[f64], k: MatRef<'_, f64>, b: &[f64]) -> Self {
        let units = (Unit::of(a), Unit::of_mat(k), Unit::of(b));
        let (a, k, b) = (units.0.divide_all(a), units.1.divide_mat(k), units.2.divide_all(b));
        let (value, error) = matrix::bilinear(&a, k.as_ref(), &b);
        let size = |v: &[f64]| v.iter().map(|x| x.abs()).collect::<Vec<_>>();
        let sizes = Mat::from_fn(k.nrows(), k.ncols(), |i, j| k[(i, j)].abs());
        let magnitude = matrix::bilinear(&size(&a), sizes.as_ref(), &size(&b)).0;
        Self { unit: units.0.times(units.1).times(units.2), value, error, magnitude }
    }
}

/// The root of a quadratic form in a positive semidefinite matrix, given in a unit, that is 0 where
/// rounding has made it negative.
pub(super) fn root_of_form(value: f64, rounding: f64, unit: Unit) -> Result<f64, RkhsError> {
    if value < -rounding {
        return Err(RkhsError::NotPositive { value: unit.multiply(value) });
    }
    Ok(value.max(0.0).sqrt())
}

/// The norm of a function in the space `{<w, phi(.)>}` of explicit features,
/// `min { |w| : phi(x_i) . w = f_i }`, from its values on points. The space of the kernel
/// `<phi, phi>` restricted to the points; with enough of them the norm in the whole space.
///
/// # Errors
/// [`RkhsError::NotInSpan`] if the values are not reached to a relative `1e-6`,
/// [`RkhsError::Matrix`].
pub fn feature_norm(phi: MatRef<'_, f64>, f: &[f64]) -> Result<f64, RkhsError> {
    matrix::check(phi)?;
    check_vector("the values", f, phi.nrows())?;
    let units = (Unit::of_mat(phi), Unit::of(f));
    let (d, f) = (matrix::svd(units.0.divide_mat(phi).as_ref())?, units.1.divide_all(f));
    let floor = d.s[0] * phi.nrows().max(phi.ncols()) as f64 * f64::EPSILON;
    let rank = d.s.iter().take_while(|s| **s > floor).count();
    let inside: Vec<f64> = (0..rank).map(|k| (0..f.len()).map(|i| d.u[(i, k)] * f[i]).sum()).collect();
    let rest: Vec<f64> =
        (0..f.len()).map(|i| f[i] - (0..rank).map(|k| d.u[(i, k)] * inside[k]).sum::<f64>()).collect();
    let size = |v: &[f64]| norm2(v.iter().copied());
    if size(&f) > 0.0 && size(&rest) > SPAN * size(&f) {
        return Err(RkhsError::NotInSpan { residual: size(&rest) / size(&f) });
    }
    let norm = norm2(inside.iter().zip(&d.s).map(|(c, s)| c / s));
    let unit = units.1.times(units.0.inverse());
    unit.fits("the norm", norm)?;
    Ok(unit.multiply(norm))
}

/// The part of a function outside the span of features that counts as rounding of its values.
const SPAN: f64 = 1e-6;

/// A kernel that is symmetric and does not declare itself other than positive semidefinite.
pub(super) fn check_kernel(kernel: &dyn Relation) -> Result<(), RkhsError> {
    if kernel.symmetry() != Symmetry::Symmetric {
        return Err(RkhsError::NotSymmetric(kernel.name()));
    }
    if kernel.definiteness() == Definiteness::ConditionallyNegative {
        return Err(RkhsError::ConditionallyNegative(kernel.name()));
    }
    Ok(())
}

pub(super) fn times(k: MatRef<'_, f64>, a: &[f64]) -> Vec<f64> {
    let column = Mat::from_fn(a.len(), 1, |i, _| a[i]);
    (k * column).col(0).iter().copied().collect()
}
