//! Inner products of feature maps, as anything that can be measured sees them.

use crate::points::Points;
use faer::Mat;

/// A pair of feature maps `phi: X -> R^d`, `psi: Y -> R^d`; it represents the relation
/// `<phi(x), psi(y)>`.
///
/// An indefinite inner product `<phi(x), J phi(y)>` is the pair `phi`, `J phi`.
pub trait Factors: Send + Sync {
    /// Number `d` of features.
    fn rank(&self) -> usize;

    /// `phi` at `n` points. Shape: `n x p` to `n x d`.
    fn phi(&self, x: &Points) -> Mat<f64>;

    /// `psi` at `m` points. Shape: `m x q` to `m x d`.
    fn psi(&self, y: &Points) -> Mat<f64>;
}
