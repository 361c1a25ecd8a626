//! The Nystrom preconditioner.

use crate::lowrank::LowRank;
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{ColRef, Mat};

/// A preconditioner for `K + l I` from a low-rank approximation of `K` (Frangella, Tropp and Udell
/// 2023): with `F F^T = U D U^T` of rank `r`, `P^{-1} = (d_r + l) U (D + l)^{-1} U^T + I - U U^T`,
/// which leaves a condition number of about `1 + d_{r+1} / l`.
#[derive(Clone, Debug)]
pub struct NystromPreconditioner {
    /// `U`, `n x r`.
    basis: Mat<f64>,
    /// `(d_r + l) / (d_k + l) - 1`.
    weights: Vec<f64>,
}

impl NystromPreconditioner {
    /// From a positive semidefinite approximation of `K` and the ridge `l > 0`. Complexity:
    /// `O(n r^2)` once, `O(n r)` each time.
    ///
    /// ```
    /// use relata_kernels::krylov::NystromPreconditioner;
    /// use relata_kernels::lowrank::LowRank;
    /// use faer::mat;
    /// // K = diag(8, 1) and ridge 1.
    /// let p = NystromPreconditioner::new(&LowRank::symmetric(mat![[8f64.sqrt(), 0.0], [0.0, 1.0]])?, 1.0)?;
    /// let v = p.apply(&[9.0, 2.0]);
    /// // The smallest eigenvalue of the approximation, 1, sets the scale: (1 + 1) / (8 + 1) and (1 + 1) / (1 + 1).
    /// assert!((v[0] - 2.0).abs() < 1e-14 && (v[1] - 2.0).abs() < 1e-14);
    /// # Ok::<(), relata_kernels::MatrixError>(())
    /// ```
    ///
    /// # Errors
    /// [`MatrixError`] if the ridge is not positive and finite, or a decomposition fails.
    pub fn new(f: &LowRank, ridge: f64) -> Result<Self, MatrixError> {
        if !(ridge.is_finite() && ridge > 0.0) {
            return Err(MatrixError::Ridge(ridge));
        }
        // A unit near the larger of the approximation and the ridge; its root is that of the factor.
        let factor = Unit::near(f.left().norm_max());
        let unit =
            if factor.times(factor).divide(ridge) > 1.0 { Unit::near(ridge) } else { factor.times(factor) };
        let (left, ridge) = (unit.root().divide_mat(f.left()), unit.divide(ridge));
        let (values, vectors) = matrix::eigh((left.transpose() * &left).as_ref())?;
        // Directions below some rounding of the product have no reliable vector, and need none.
        let floor = values[0] * f.rank() as f64 * f64::EPSILON * 16.0;
        let kept = values.iter().take_while(|v| **v > floor).count();
        let scaled = Mat::from_fn(f.rank(), kept, |i, k| vectors[(i, k)] / values[k].sqrt());
        let last = values.get(kept.saturating_sub(1)).copied().unwrap_or(0.0).max(0.0);
        let weights = values[..kept].iter().map(|v| (last + ridge) / (v + ridge) - 1.0).collect();
        Ok(Self { basis: left * scaled, weights })
    }

    /// `P^{-1} v`.
    #[must_use]
    pub fn apply(&self, v: &[f64]) -> Vec<f64> {
        let mut inside = self.basis.transpose() * ColRef::from_slice(v);
        self.weights.iter().enumerate().for_each(|(k, w)| inside[k] *= w);
        let change = &self.basis * inside;
        v.iter().enumerate().map(|(i, v)| v + change[i]).collect()
    }
}
