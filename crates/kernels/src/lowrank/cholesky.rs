//! The pivoted Cholesky factorisation: a Nystrom approximation that picks its own landmarks and
//! knows its own error.

use super::landmarks::draw;
use super::{LowRank, LowRankError, MatrixSource, check_rank, check_symmetric_source};
use faer::Mat;
use relata_relations::Seed;

/// How the next pivot is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pivoting {
    /// The largest remaining diagonal entry.
    Greedy,
    /// In proportion to the remaining diagonal (Chen, Epperly, Tropp and Webber 2023): within a
    /// constant of the best trace error in expectation.
    Random {
        /// Where the draw comes from.
        seed: Seed,
    },
}

/// `P K P^T ~ L L^T` with lower trapezoidal `L`.
#[derive(Clone, Debug)]
pub struct PivotedCholesky {
    /// The columns of `L`, rows in the order of the matrix: `n x r`.
    pub factors: LowRank,
    /// The pivots in order.
    pub pivots: Vec<usize>,
    /// The remaining diagonal. Its largest entry bounds *every* entry of what is missing, its sum
    /// is the trace norm.
    pub missing: Vec<f64>,
}

/// Factorises until `rank` columns are there or the largest remaining diagonal entry is at most
/// `tolerance` times the largest of the matrix (or rounding). Complexity: `n r` entries,
/// `O(n r^2)`.
///
/// ```
/// use relata_kernels::lowrank::{Dense, Pivoting, pivoted_cholesky};
/// use faer::Mat;
/// // Brownian motion at 1/8, .., 1: the right end varies most, and then the middle of what it leaves.
/// let k = Mat::from_fn(8, 8, |i, j| (1 + i.min(j)) as f64 / 8.0);
/// let f = pivoted_cholesky(&Dense::new(k.as_ref())?, 2, 0.0, Pivoting::Greedy)?;
/// assert_eq!(f.pivots, [7, 3]);
/// // A bound of every entry that is missing, and an entry that attains it.
/// assert!((f.sup_bound() - 0.125).abs() < 1e-15);
/// # Ok::<(), relata_kernels::lowrank::LowRankError>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, `rank` is 0 or above its size, the diagonal is
/// negative, or an entry cannot be evaluated.
pub fn pivoted_cholesky(
    a: &dyn MatrixSource,
    rank: usize,
    tolerance: f64,
    pivoting: Pivoting,
) -> Result<PivotedCholesky, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the rank", rank, n, a.shape())?;
    let mut missing = a.diagonal()?;
    if let Some(index) = missing.iter().position(|v| *v < 0.0) {
        return Err(LowRankError::NotPositive { index, value: missing[index] });
    }
    let scale = missing.iter().copied().fold(0.0, f64::max);
    let floor = scale * tolerance.max(n as f64 * f64::EPSILON);
    let mut stream = match pivoting {
        Pivoting::Greedy => None,
        Pivoting::Random { seed } => Some(seed.stream("kernels/pivots")),
    };
    // Row-major factors, so that the update of a column streams through memory.
    let mut rows = vec![0.0; n * rank];
    let mut pivots = Vec::with_capacity(rank);
    while pivots.len() < rank {
        let k = pivots.len();
        let largest = (0..n).fold(0, |b, i| if missing[i] > missing[b] { i } else { b });
        if missing[largest] <= floor {
            break;
        }
        let pivot = match &mut stream {
            None => largest,
            Some(s) => {
                let above: Vec<f64> = missing.iter().map(|v| if *v > floor { *v } else { 0.0 }).collect();
                draw(&above, s)
            }
        };
        let column = a.columns(&[pivot])?;
        let root = missing[pivot].sqrt();
        let known: Vec<f64> = rows[pivot * rank..pivot * rank + k].to_vec();
        for i in 0..n {
            let row = &mut rows[i * rank..(i + 1) * rank];
            let inside: f64 = row[..k].iter().zip(&known).map(|(a, b)| a * b).sum();
            let value = (column[(i, 0)] - inside) / root;
            row[k] = value;
            missing[i] = (missing[i] - value * value).max(0.0);
        }
        missing[pivot] = 0.0;
        pivots.push(pivot);
    }
    if pivots.is_empty() {
        // The zero matrix: one zero feature.
        return Ok(PivotedCholesky { factors: LowRank::symmetric(Mat::zeros(n, 1))?, pivots, missing });
    }
    let features = Mat::from_fn(n, pivots.len(), |i, k| rows[i * rank + k]);
    Ok(PivotedCholesky { factors: LowRank::symmetric(features)?, pivots, missing })
}

impl PivotedCholesky {
    /// A bound of every entry of what is missing.
    #[must_use]
    pub fn sup_bound(&self) -> f64 {
        self.missing.iter().copied().fold(0.0, f64::max)
    }

    /// The trace norm of what is missing.
    #[must_use]
    pub fn trace_error(&self) -> f64 {
        self.missing.iter().sum()
    }
}
