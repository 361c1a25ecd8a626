//! The Nystrom approximation of a positive semidefinite matrix.

use super::{LowRank, LowRankError, MatrixSource, check_rank, check_symmetric_source};
use crate::matrix::{self, MatrixError};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, MatRef, Par, Side};

/// `K ~ C W^+ C^T` for the columns `C` of the landmarks and their block `W`, as features.
#[derive(Clone, Debug)]
pub struct Nystrom {
    /// The features of the points: `n x r`, where `r` is the numerical rank of `W`.
    pub factors: LowRank,
    /// The landmarks.
    pub landmarks: Vec<usize>,
    /// From kernel values against the landmarks to features: `m x r`.
    pub map: Mat<f64>,
    /// `k_ii - |phi_i|^2`: what is missing on the diagonal. What is missing is positive
    /// semidefinite, so that the largest entry bounds *every* entry of it, and the sum its trace
    /// norm.
    pub missing: Vec<f64>,
}

/// Approximates from landmarks, without forming the rest of the matrix. Complexity: `n m` entries,
/// `O(n m^2)`.
///
/// The features reproduce the rows of the landmarks, and the approximation is the largest positive
/// semidefinite matrix below `K` in the span of their columns; it grows with the set of landmarks.
///
/// ```
/// use relata_kernels::fast::{KernelProfile, ProfileKernel};
/// use relata_kernels::lowrank::{KernelMatrix, Landmarks, landmarks, nystrom};
/// use relata_relations::{Interval, Points};
/// let x = Points::line((0..200).map(|i| f64::from(i) / 199.0).collect())?;
/// let kernel = ProfileKernel::new(KernelProfile::gaussian(0.3)?, Interval::new(0.0, 1.0)?);
/// let k = KernelMatrix::square(&kernel, &x);
/// let f = nystrom(&k, &landmarks(&k, 12, Landmarks::Greedy)?)?;
/// // Every entry of the 200 x 200 matrix is this close, from 12 of its columns.
/// assert!(f.sup_bound() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, the landmarks are none or not different rows of
/// it, or an entry cannot be evaluated.
pub fn nystrom(a: &dyn MatrixSource, landmarks: &[usize]) -> Result<Nystrom, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the number of landmarks", landmarks.len(), n, a.shape())?;
    let mut seen = vec![false; n];
    for (position, &index) in landmarks.iter().enumerate() {
        if index >= n || std::mem::replace(&mut seen[index.min(n - 1)], true) {
            return Err(LowRankError::Landmark { position, index, n });
        }
    }
    let c = a.columns(landmarks)?;
    let w = Mat::from_fn(landmarks.len(), landmarks.len(), |i, j| {
        0.5 * (c[(landmarks[i], j)] + c[(landmarks[j], i)])
    });
    let map = inverse_root(w.as_ref())?;
    let features = &c * &map;
    let diagonal = a.diagonal()?;
    let missing = (0..n).map(|i| (diagonal[i] - features.row(i).squared_norm_l2()).max(0.0)).collect();
    Ok(Nystrom { factors: LowRank::symmetric(features)?, landmarks: landmarks.to_vec(), map, missing })
}

impl Nystrom {
    /// Features of new points from the kernel values between them and the landmarks. Shape: `k x m`
    /// to `k x r`.
    ///
    /// # Errors
    /// [`MatrixError::Size`] if the columns are not the landmarks.
    pub fn extend(&self, against_landmarks: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
        let (expected, found) = (self.map.nrows(), against_landmarks.ncols());
        if expected != found {
            return Err(MatrixError::Size { what: "the kernel against the landmarks", expected, found });
        }
        Ok(against_landmarks * &self.map)
    }

    /// A bound of every entry of what is missing.
    #[must_use]
    pub fn sup_bound(&self) -> f64 {
        self.missing.iter().copied().fold(0.0, f64::max)
    }

    /// The trace norm of what is missing; also a bound of its Frobenius norm.
    #[must_use]
    pub fn trace_error(&self) -> f64 {
        self.missing.iter().sum()
    }
}

/// `M` with `M M^T = W^+`: the inverse Cholesky factor where `W` is safely definite, scaled
/// eigenvectors otherwise.
fn inverse_root(w: MatRef<'_, f64>) -> Result<Mat<f64>, LowRankError> {
    let m = w.nrows();
    if let Ok(llt) = w.llt(Side::Lower) {
        let l = llt.L();
        let (low, high) =
            (0..m).fold((f64::INFINITY, 0.0f64), |(a, b), i| (l[(i, i)].min(a), l[(i, i)].max(b)));
        if low > 1e-6 * high {
            let mut inverse = Mat::zeros(m, m);
            invert_lower_triangular(inverse.as_mut(), l, Par::Seq);
            return Ok(inverse.transpose().to_owned());
        }
    }
    let (values, vectors) = matrix::eigh(w)?;
    let scale = values[0].abs().max(values[m - 1].abs());
    if let Some(index) = (0..m).find(|&i| w[(i, i)] < 0.0) {
        return Err(LowRankError::NotPositive { index, value: w[(index, index)] });
    }
    let rank = values.iter().take_while(|v| **v > m as f64 * f64::EPSILON * scale).count().max(1);
    Ok(Mat::from_fn(m, rank, |i, k| vectors[(i, k)] / values[k].abs().max(f64::MIN_POSITIVE).sqrt()))
}
