//! The pivoted Cholesky factorisation: a Nystrom approximation that picks its own landmarks and
//! knows its own error.

use super::definite::{Residual, Unchecked, refuse_declared};
use super::landmarks::draw;
use super::{LowRank, LowRankError, MatrixSource, check_rank, check_symmetric_source};
use crate::unit::Unit;
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, Par};
use relata_relations::{Seed, Stream};

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
    /// The remaining diagonal, with what rounding may add to it. If the matrix is positive
    /// semidefinite, its largest entry bounds *every* entry of what is missing, and its sum is the
    /// trace norm.
    pub missing: Vec<f64>,
    /// What the bounds take for granted; nothing if every entry was compared with its diagonal, or
    /// the kernel is positive semidefinite by a theorem.
    pub unchecked: Option<Unchecked>,
}

/// Factorises until `rank` columns are there or the largest remaining diagonal entry is at most
/// `tolerance` times the largest of the matrix (or rounding). Complexity: `n r` entries,
/// `O(n r^2)`. Definiteness is then checked on what is left: on all entries of a matrix in memory,
/// and on a block of at most 256 rows of others.
///
/// ```
/// use relata_kernels::lowrank::{Dense, LowRankError, Pivoting, pivoted_cholesky};
/// use faer::{Mat, mat};
/// // Brownian motion at 1/8, .., 1: the right end varies most, and then the middle of what it leaves.
/// let k = Mat::from_fn(8, 8, |i, j| (1 + i.min(j)) as f64 / 8.0);
/// let f = pivoted_cholesky(&Dense::new(k.as_ref())?, 2, 0.0, Pivoting::Greedy)?;
/// assert_eq!(f.pivots, [7, 3]);
/// // A bound of every entry that is missing, and an entry that attains it.
/// assert!((f.sup_bound() - 0.125).abs() < 1e-15 && f.unchecked.is_none());
/// // A matrix that is not positive semidefinite is refused.
/// let k = mat![[1.0, 2.0], [2.0, 1.0]];
/// let refused = pivoted_cholesky(&Dense::new(k.as_ref())?, 1, 0.0, Pivoting::Greedy);
/// assert!(matches!(refused, Err(LowRankError::NotPositive { index: 1, .. })));
/// # Ok::<(), LowRankError>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, `rank` is 0 or above its size, an entry cannot
/// be evaluated, or the matrix is not positive semidefinite.
pub fn pivoted_cholesky(
    a: &dyn MatrixSource,
    rank: usize,
    tolerance: f64,
    pivoting: Pivoting,
) -> Result<PivotedCholesky, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the rank", rank, n, a.shape())?;
    refuse_declared(a)?;
    let own = a.diagonal()?;
    let unit = Unit::of(&own);
    let own = unit.divide_all(&own);
    let mut stream = match pivoting {
        Pivoting::Greedy => None,
        Pivoting::Random { seed } => Some(seed.stream("kernels/pivots")),
    };
    let Factorised { rows, pivots, left } =
        factorise(a, unit, own.clone(), rank, tolerance, stream.as_mut())?;
    let features = Mat::from_fn(n, pivots.len(), |i, k| rows[i * rank + k]);
    let amplification = amplification(&features, &pivots);
    let scale = own.iter().copied().fold(0.0, f64::max);
    let checked =
        Residual { source: a, unit, features: features.as_ref(), own, diagonal: left, scale, amplification }
            .check()?;
    // The zero matrix has one zero feature.
    let features = if pivots.is_empty() { Mat::zeros(n, 1) } else { features };
    Ok(PivotedCholesky {
        factors: LowRank::symmetric(unit.root().restore_mat("the factor", features)?)?,
        pivots,
        missing: unit.restore_all("the diagonal", &checked.missing)?,
        unchecked: checked.unchecked,
    })
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

struct Factorised {
    /// Row-major factors, so that the update of a column streams through memory.
    rows: Vec<f64>,
    pivots: Vec<usize>,
    /// The diagonal that is left, as computed: negative where the matrix is not positive
    /// semidefinite, or by rounding.
    left: Vec<f64>,
}

/// The factorisation of the matrix in a unit near its largest diagonal entry.
fn factorise(
    a: &dyn MatrixSource,
    unit: Unit,
    mut left: Vec<f64>,
    rank: usize,
    tolerance: f64,
    mut stream: Option<&mut Stream>,
) -> Result<Factorised, LowRankError> {
    let n = left.len();
    let scale = left.iter().copied().fold(0.0, f64::max);
    let floor = scale * tolerance.max(n as f64 * f64::EPSILON);
    let mut rows = vec![0.0; n * rank];
    let mut pivots = Vec::with_capacity(rank);
    while pivots.len() < rank {
        let k = pivots.len();
        let largest = (0..n).fold(0, |b, i| if left[i] > left[b] { i } else { b });
        if left[largest] <= floor {
            break;
        }
        let pivot = match &mut stream {
            None => largest,
            Some(s) => {
                let above: Vec<f64> = left.iter().map(|v| if *v > floor { *v } else { 0.0 }).collect();
                draw(&above, s)
            }
        };
        let column = a.columns(&[pivot])?;
        let root = left[pivot].sqrt();
        let known: Vec<f64> = rows[pivot * rank..pivot * rank + k].to_vec();
        for i in 0..n {
            let row = &mut rows[i * rank..(i + 1) * rank];
            let inside: f64 = row[..k].iter().zip(&known).map(|(a, b)| a * b).sum();
            let value = (unit.divide(column[(i, 0)]) - inside) / root;
            row[k] = value;
            left[i] -= value * value;
        }
        left[pivot] = 0.0;
        pivots.push(pivot);
    }
    Ok(Factorised { rows, pivots, left })
}

/// `|w_i|^2` for the weights with which the rows of the pivots reproduce each row.
fn amplification(features: &Mat<f64>, pivots: &[usize]) -> Vec<f64> {
    let r = pivots.len();
    let core = Mat::from_fn(r, r, |i, k| if k <= i { features[(pivots[i], k)] } else { 0.0 });
    let mut inverse = Mat::zeros(r, r);
    invert_lower_triangular(inverse.as_mut(), core.as_ref(), Par::Seq);
    let weights = features * inverse;
    (0..features.nrows()).map(|i| weights.row(i).squared_norm_l2()).collect()
}
