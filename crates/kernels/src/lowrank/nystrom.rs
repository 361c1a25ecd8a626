//! The Nystrom approximation of a positive semidefinite matrix.

use super::definite::{DECLARED_NOISE, Residual, Unchecked, refuse_declared};
use super::{LowRank, LowRankError, MatrixSource, check_landmarks, check_symmetric_source};
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
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
    /// `k_ii - |phi_i|^2`: what is missing on the diagonal, with what rounding may add to it. What
    /// is missing of a positive semidefinite matrix is positive semidefinite, so that the largest
    /// entry bounds *every* entry of it, and the sum its trace norm.
    pub missing: Vec<f64>,
    /// What the bounds take for granted; nothing if every entry was compared with its diagonal, or
    /// the kernel is positive semidefinite by a theorem.
    pub unchecked: Option<Unchecked>,
}

/// Approximates from landmarks, without forming the rest of the matrix. Complexity: `n m` entries,
/// `O(n m^2)`. Definiteness is then checked on what is left: on all entries of a matrix in memory,
/// and on a block of at most 256 rows of others.
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
/// it, an entry cannot be evaluated, or the matrix is not positive semidefinite.
pub fn nystrom(a: &dyn MatrixSource, landmarks: &[usize]) -> Result<Nystrom, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_landmarks("the number of landmarks", landmarks, n, a.shape())?;
    refuse_declared(a)?;
    let own = a.diagonal()?;
    let unit = Unit::of(&own);
    let c = unit.divide_mat(a.columns(landmarks)?.as_ref());
    let w = Mat::from_fn(landmarks.len(), landmarks.len(), |i, j| {
        f64::midpoint(c[(landmarks[i], j)], c[(landmarks[j], i)])
    });
    let map = inverse_root(w.as_ref(), unit)?;
    let features = &c * &map;
    let own = unit.divide_all(&own);
    let diagonal = (0..n).map(|i| own[i] - features.row(i).squared_norm_l2()).collect();
    let weights = &features * map.transpose();
    let amplification = (0..n).map(|i| weights.row(i).squared_norm_l2()).collect();
    let checked = Residual {
        source: a,
        unit,
        features: features.as_ref(),
        own,
        diagonal,
        // The eigenvectors of the block are off by rounding of its norm.
        scale: w.norm_l2(),
        amplification,
    }
    .check()?;
    Ok(Nystrom {
        factors: LowRank::symmetric(unit.root().restore_mat("the features", features)?)?,
        landmarks: landmarks.to_vec(),
        map: unit.root().inverse().restore_mat("the map to the features", map)?,
        missing: unit.restore_all("the diagonal", &checked.missing)?,
        unchecked: checked.unchecked,
    })
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
/// eigenvectors otherwise. The block `W` of the landmarks is in a unit near the largest entry of the
/// diagonal.
fn inverse_root(w: MatRef<'_, f64>, unit: Unit) -> Result<Mat<f64>, LowRankError> {
    /// Pivots this far apart leave 4 of 16 digits, for eigenvectors to do better.
    const SAFE: f64 = 1e-6;
    let m = w.nrows();
    if let Ok(llt) = w.llt(Side::Lower) {
        let l = llt.L();
        let (low, high) =
            (0..m).fold((f64::INFINITY, 0.0f64), |(a, b), i| (l[(i, i)].min(a), l[(i, i)].max(b)));
        if low > SAFE * high {
            let mut inverse = Mat::zeros(m, m);
            invert_lower_triangular(inverse.as_mut(), l, Par::Seq);
            return Ok(inverse.transpose().to_owned());
        }
    }
    let (values, vectors) = matrix::eigh(w)?;
    let scale = values[0].abs().max(values[m - 1].abs());
    let rounding = m as f64 * f64::EPSILON * scale;
    if values[m - 1] < -DECLARED_NOISE * scale {
        return Err(LowRankError::NegativeBlock { rows: m, eigenvalue: unit.multiply(values[m - 1]) });
    }
    let rank = values.iter().take_while(|v| **v > rounding).count();
    if rank == 0 {
        // The block is zero: so is its inverse.
        return Ok(Mat::zeros(m, 1));
    }
    Ok(Mat::from_fn(m, rank, |i, k| vectors[(i, k)] / values[k].sqrt()))
}
