//! Finite expansions in a kernel.

use super::RkhsError;
use crate::matrix::{self, check_vector};
use crate::{cross_gram, gram};
use faer::{Mat, MatRef};
use relata_relations::{Points, Relation, Symmetry};
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
        check_symmetric(&*kernel)?;
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
    /// [`RkhsError::DifferentKernels`] unless both have one kernel (by its name), and
    /// [`RkhsError::Relation`].
    pub fn inner(&self, other: &Self) -> Result<f64, RkhsError> {
        if !Arc::ptr_eq(&self.kernel, &other.kernel) && self.kernel.name() != other.kernel.name() {
            return Err(RkhsError::DifferentKernels(self.kernel.name(), other.kernel.name()));
        }
        let k = cross_gram(&*self.kernel, &self.centres, &other.centres)?;
        Ok(matrix::bilinear(&self.coefficients, k.as_ref(), &other.coefficients).0)
    }

    /// `|f| = (a^T K a)^{1/2}`; 0 where rounding leaves a negative square.
    ///
    /// # Errors
    /// [`RkhsError::Relation`]
    pub fn norm(&self) -> Result<f64, RkhsError> {
        let k = gram(&*self.kernel, &self.centres)?;
        Ok(matrix::bilinear(&self.coefficients, k.as_ref(), &self.coefficients).0.max(0.0).sqrt())
    }
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
    let d = matrix::svd(phi)?;
    let floor = d.s[0] * phi.nrows().max(phi.ncols()) as f64 * f64::EPSILON;
    let rank = d.s.iter().take_while(|s| **s > floor).count();
    let inside: Vec<f64> = (0..rank).map(|k| (0..f.len()).map(|i| d.u[(i, k)] * f[i]).sum()).collect();
    let rest: Vec<f64> =
        (0..f.len()).map(|i| f[i] - (0..rank).map(|k| d.u[(i, k)] * inside[k]).sum::<f64>()).collect();
    let size = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let residual = size(&rest) / size(f).max(f64::MIN_POSITIVE);
    if residual > 1e-6 {
        return Err(RkhsError::NotInSpan { residual });
    }
    Ok(inside.iter().zip(&d.s).map(|(c, s)| (c / s).powi(2)).sum::<f64>().sqrt())
}

pub(super) fn check_symmetric(kernel: &dyn Relation) -> Result<(), RkhsError> {
    if kernel.symmetry() == Symmetry::Symmetric {
        Ok(())
    } else {
        Err(RkhsError::NotSymmetric(kernel.name()))
    }
}

pub(super) fn times(k: MatRef<'_, f64>, a: &[f64]) -> Vec<f64> {
    let column = Mat::from_fn(a.len(), 1, |i, _| a[i]);
    (k * column).col(0).iter().copied().collect()
}
