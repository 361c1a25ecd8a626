//! The identification theorem as code: from two encoders to their pair of Banach spaces, and back
//! to encoders.

use super::{Exponent, Rkbs, RkbsError};
use crate::matrix;
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::{Factors, Points};

impl Rkbs {
    /// The pair of spaces of two encoders restricted to points: whatever `<phi(x), psi(y)>` a
    /// network computes is the kernel of a pair of reproducing kernel Banach spaces, with the
    /// outputs of the encoders for features (Zhang, Xu and Zhang 2009; Lin, Zhang and Zhang 2022;
    /// that finite features need no hypothesis but the quotient by the annihilators is derived).
    ///
    /// # Errors
    /// [`RkbsError`] if a feature is not finite.
    pub fn of_encoders(f: &dyn Factors, x: &Points, y: &Points, p: Exponent) -> Result<Self, RkbsError> {
        Self::new(f.phi(x), f.psi(y), p)
    }

    /// Back to encoders: maps that turn the features into as few as the kernel has rank, without
    /// changing the kernel where features lie in the spans of those of the points. Complexity:
    /// `O((n + m) d^2)`.
    ///
    /// # Errors
    /// [`RkbsError::Matrix`]
    pub fn reduction(&self) -> Result<Reduction, RkbsError> {
        let (left, right) = self.features();
        let units = (Unit::of_mat(left), Unit::of_mat(right));
        let (a, b) =
            (Span::of(units.0.divide_mat(left).as_ref())?, Span::of(units.1.divide_mat(right).as_ref())?);
        // Phi = U s V^T on both sides: the core s V^T V' s' has the singular values of the kernel.
        let inner = a.basis.transpose() * &b.basis;
        let core = Mat::from_fn(a.s.len(), b.s.len(), |i, j| a.s[i] * inner[(i, j)] * b.s[j]);
        let d = matrix::svd(core.as_ref())?;
        let floor = d.s[0] * left.nrows().max(right.nrows()) as f64 * f64::EPSILON;
        let rank = d.s.iter().take_while(|s| **s > floor).count().max(1);
        let map = |span: &Span, vectors: &Mat<f64>| {
            let scaled = |i: usize, k: usize| vectors[(i, k)] * d.s[k].sqrt() / span.s[i];
            &span.basis * Mat::from_fn(span.s.len(), rank, scaled)
        };
        // Balanced features have the root of the size of the kernel on both sides.
        let kernel = units.0.times(units.1);
        kernel.fits("the kernel", d.s[0])?;
        let side = |own: Unit, m: Mat<f64>| kernel.root().times(own.inverse()).restore_mat("the map", m);
        Ok(Reduction {
            left: side(units.0, map(&a, &d.u))?,
            right: side(units.1, map(&b, &d.v))?,
            singular_values: kernel.restore_all("the kernel", &d.s[..rank])?,
        })
    }
}

/// Linear maps of features, `phi(x) -> phi(x) left` and `psi(y) -> psi(y) right`, after which no
/// annihilator is left and both sides are balanced. Folded into the heads of two networks they make
/// networks of the rank of the kernel that compute the same relation.
///
/// ```
/// use relata_kernels::rkbs::{Exponent, Rkbs};
/// use faer::mat;
/// // Three features of which the right side sees a plane and the left side a plane: the kernel has rank 1.
/// let phi = mat![[1.0, 0.0, 2.0], [2.0, 0.0, 1.0]];
/// let psi = mat![[3.0, 1.0, 0.0], [1.0, -1.0, 0.0]];
/// let pair = Rkbs::new(phi.clone(), psi.clone(), Exponent::ONE)?;
/// let r = pair.reduction()?;
/// assert_eq!(r.rank(), 1);
/// let back = (&phi * &r.left) * (&psi * &r.right).transpose();
/// assert!((back - pair.kernel()).norm_max() < 1e-13);
/// # Ok::<(), relata_kernels::rkbs::RkbsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reduction {
    /// `d x r`, for the left features.
    pub left: Mat<f64>,
    /// `d x r`, for the right features.
    pub right: Mat<f64>,
    /// The singular values of the kernel matrix on the points, largest first.
    pub singular_values: Vec<f64>,
}

impl Reduction {
    /// Number of features left.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.left.ncols()
    }
}

/// `s` and the right singular vectors that belong to them.
struct Span {
    s: Vec<f64>,
    basis: Mat<f64>,
}

impl Span {
    fn of(features: MatRef<'_, f64>) -> Result<Self, RkbsError> {
        let d = matrix::svd(features)?;
        let floor = d.s[0] * features.nrows().max(features.ncols()) as f64 * f64::EPSILON;
        let rank = d.s.iter().take_while(|s| **s > floor).count().max(1);
        Ok(Self {
            // Features that all vanish span nothing, which any length divides to nothing.
            s: d.s[..rank].iter().map(|s| if *s > 0.0 { *s } else { 1.0 }).collect(),
            basis: d.v.subcols(0, rank).to_owned(),
        })
    }
}
