//! The Krein decomposition of a symmetric kernel matrix: `K = K+ - K-` with positive semidefinite
//! `K+ K- = 0`.
//!
//! A symmetric relation that is not positive semidefinite is no `<phi(x), phi(y)>`, but with
//! eigenvalues `l_i` and eigenvectors `u_i` it is `<phi(x), J phi(y)>` with `phi_i = sqrt|l_i| u_i`
//! and the fixed signature `J = diag(sign l_i)`: the kernel of a reproducing kernel Krein space
//! (Schwartz 1964; Ong, Mary, Canu and Smola 2004). Of all differences of two positive semidefinite
//! matrices this one has the smallest `K+` and `K-` (their trace norms add up to that of `K`).

use crate::matrix::{MatrixError, check_symmetric, eigh};
use faer::{Mat, MatRef};

/// `K = K+ - K- = Phi J Phi^T`.
#[derive(Clone, Debug)]
pub struct Krein {
    /// Nonzero eigenvalues, largest magnitude first.
    pub eigenvalues: Vec<f64>,
    /// `Phi`, `n x r`: eigenvectors scaled by `sqrt |l_i|`, in the order of `eigenvalues`.
    pub features: Mat<f64>,
    /// The diagonal of `J`, `+1` or `-1`.
    pub signature: Vec<f64>,
    /// Eigenvalues of magnitude at most this were taken for zero: `n eps |K|_2`.
    pub tolerance: f64,
}

/// Decomposes a symmetric matrix. Complexity: one eigenvalue decomposition.
///
/// ```
/// use relata_kernels::krein;
/// use faer::mat;
/// let k = krein(mat![[0.0, 1.0], [1.0, 0.0]].as_ref())?;
/// assert_eq!(k.inertia(), (1, 1));
/// assert!((k.positive()[(0, 1)] - 0.5).abs() < 1e-15);
/// assert!((k.negative()[(0, 1)] + 0.5).abs() < 1e-15);
/// # Ok::<(), relata_kernels::MatrixError>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if `k` is empty, not square, not finite or not symmetric.
pub fn krein(k: MatRef<'_, f64>) -> Result<Krein, MatrixError> {
    let k = check_symmetric(k)?;
    let n = k.nrows();
    let (values, vectors) = eigh(k.as_ref())?;
    let tolerance = n as f64 * f64::EPSILON * values[0].abs().max(values[n - 1].abs());
    let mut order: Vec<usize> = (0..n).filter(|&i| values[i].abs() > tolerance).collect();
    order.sort_by(|&i, &j| values[j].abs().total_cmp(&values[i].abs()));
    let eigenvalues: Vec<f64> = order.iter().map(|&i| values[i]).collect();
    Ok(Krein {
        features: Mat::from_fn(n, order.len(), |i, c| vectors[(i, order[c])] * eigenvalues[c].abs().sqrt()),
        signature: eigenvalues.iter().map(|v| v.signum()).collect(),
        eigenvalues,
        tolerance,
    })
}

impl Krein {
    /// Numbers of positive and of negative eigenvalues.
    #[must_use]
    pub fn inertia(&self) -> (usize, usize) {
        let positive = self.eigenvalues.iter().filter(|v| **v > 0.0).count();
        (positive, self.eigenvalues.len() - positive)
    }

    /// `K+`, `n x n`.
    #[must_use]
    pub fn positive(&self) -> Mat<f64> {
        self.part(1.0)
    }

    /// `K-`, `n x n`, positive semidefinite.
    #[must_use]
    pub fn negative(&self) -> Mat<f64> {
        self.part(-1.0)
    }

    /// `K+ + K- = (K^2)^{1/2}`, the kernel of the associated Hilbert space.
    #[must_use]
    pub fn absolute(&self) -> Mat<f64> {
        &self.features * self.features.transpose()
    }

    /// `K` put together from its parts, keeping the `rank` eigenvalues of largest magnitude: the
    /// best approximation of that rank by an indefinite inner product.
    #[must_use]
    pub fn truncated(&self, rank: usize) -> Mat<f64> {
        let d = rank.min(self.eigenvalues.len());
        let left = Mat::from_fn(self.features.nrows(), d, |i, c| self.features[(i, c)] * self.signature[c]);
        left * self.features.subcols(0, d).transpose()
    }

    fn part(&self, sign: f64) -> Mat<f64> {
        let n = self.features.nrows();
        let columns: Vec<usize> =
            (0..self.signature.len()).filter(|&c| self.signature[c] * sign > 0.0).collect();
        let f = Mat::from_fn(n, columns.len(), |i, c| self.features[(i, columns[c])]);
        &f * f.transpose()
    }
}
