//! Choosing landmarks for Nystrom approximations.

use super::cholesky::{Pivoting, pivoted_cholesky};
use super::definite::{DECLARED_NOISE, refuse_declared};
use super::nystrom::nystrom;
use super::{LowRankError, MatrixSource, check_rank, check_symmetric_source};
use crate::unit::Unit;
use faer::Side;
use faer::linalg::solvers::Solve;
use relata_relations::{Seed, Stream};

/// How landmarks are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Landmarks {
    /// Uniformly without replacement (Williams and Seeger 2001).
    Uniform {
        /// Where the draw comes from.
        seed: Seed,
    },
    /// In proportion to ridge leverage scores, without replacement (Alaoui and Mahoney 2015; Musco
    /// and Musco 2017), see [`ridge_leverage_scores`].
    Leverage {
        /// The ridge `l > 0` of `K + l I`.
        ridge: f64,
        /// Where the draw comes from.
        seed: Seed,
    },
    /// k-means++ seeding in feature space: the next landmark in proportion to its squared distance
    /// to the nearest one so far (Arthur and Vassilvitskii 2007).
    KMeansPlusPlus {
        /// Where the draw comes from.
        seed: Seed,
    },
    /// The point that is worst approximated so far: the pivots of [`pivoted_cholesky`].
    Greedy,
    /// A point in proportion to its squared error so far: the pivots of the randomly pivoted
    /// Cholesky factorisation (Chen, Epperly, Tropp and Webber 2023).
    RandomPivots {
        /// Where the draw comes from.
        seed: Seed,
    },
}

/// `count` different rows of a positive semidefinite matrix, in the order of the choice.
///
/// ```
/// use relata_kernels::lowrank::{Dense, Landmarks, landmarks};
/// use faer::Mat;
/// let k = Mat::from_fn(8, 8, |i, j| (1 + i.min(j)) as f64 / 8.0);
/// assert_eq!(landmarks(&Dense::new(k.as_ref())?, 2, Landmarks::Greedy)?, [7, 3]);
/// # Ok::<(), relata_kernels::lowrank::LowRankError>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, `count` is 0 or above its size, a ridge is not
/// positive, an entry cannot be evaluated, or what is read of the matrix shows that it is not
/// positive semidefinite.
pub fn landmarks(a: &dyn MatrixSource, count: usize, how: Landmarks) -> Result<Vec<usize>, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the number of landmarks", count, n, a.shape())?;
    refuse_declared(a)?;
    match how {
        Landmarks::Uniform { seed } => Ok(uniform(n, count, &mut seed.stream("kernels/landmarks"))),
        Landmarks::Leverage { ridge, seed } => {
            let mut scores = ridge_leverage_scores(a, ridge, n.min(2 * count), seed)?;
            let mut stream = seed.stream("kernels/landmarks");
            Ok((0..count).map(|_| take(&mut scores, &mut stream)).collect())
        }
        Landmarks::KMeansPlusPlus { seed } => plus_plus(a, count, &mut seed.stream("kernels/landmarks")),
        Landmarks::Greedy => complete(pivoted_cholesky(a, count, 0.0, Pivoting::Greedy)?.pivots, n, count),
        Landmarks::RandomPivots { seed } => {
            complete(pivoted_cholesky(a, count, 0.0, Pivoting::Random { seed })?.pivots, n, count)
        }
    }
}

/// Estimates of the ridge leverage scores `[K (K + l I)^{-1}]_ii` from a Nystrom approximation
/// `F F^T` with `sketch` uniform landmarks, `f_i^T (F^T F + l I)^{-1} f_i + (k_ii - |f_i|^2) / l`,
/// at most 1 (in the manner of Musco and Musco 2017); exact for `sketch = n`. Complexity:
/// `O(n sketch^2)`.
///
/// # Errors
/// [`LowRankError`] if the matrix is not symmetric, the ridge is not positive, or `sketch` is 0 or
/// above the size.
pub fn ridge_leverage_scores(
    a: &dyn MatrixSource,
    ridge: f64,
    sketch: usize,
    seed: Seed,
) -> Result<Vec<f64>, LowRankError> {
    let n = check_symmetric_source(a)?;
    check_rank("the sketch", sketch, n, a.shape())?;
    if !(ridge.is_finite() && ridge > 0.0) {
        return Err(LowRankError::Ridge(ridge));
    }
    let chosen = uniform(n, sketch, &mut seed.stream("kernels/leverage"));
    let f = nystrom(a, &chosen)?;
    // In a unit near the larger of the matrix and the ridge nothing over- or underflows that
    // matters to a score.
    let unit = Unit::near(a.diagonal()?.into_iter().fold(ridge, f64::max));
    let (left, ridge) = (unit.root().divide_mat(f.factors.left()), unit.divide(ridge));
    let mut gram = left.transpose() * &left;
    (0..gram.nrows()).for_each(|k| gram[(k, k)] += ridge);
    let llt =
        gram.llt(Side::Lower).map_err(|_| crate::MatrixError::NoConvergence("Cholesky factorisation"))?;
    let solved = llt.solve(left.transpose());
    let score = |i: usize| {
        let inside: f64 = (0..left.ncols()).map(|k| left[(i, k)] * solved[(k, i)]).sum();
        let rest = unit.divide(f.missing[i]);
        // A score is at most 1, of which the estimate knows nothing.
        if rest > 0.0 { (inside + rest / ridge).min(1.0) } else { inside.min(1.0) }
    };
    Ok((0..n).map(score).collect())
}

fn uniform(n: usize, count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order = stream.permutation(n);
    order.truncate(count);
    order
}

fn plus_plus(a: &dyn MatrixSource, count: usize, stream: &mut Stream) -> Result<Vec<usize>, LowRankError> {
    let unit = Unit::of(&a.diagonal()?);
    let diagonal = unit.divide_all(&a.diagonal()?);
    let n = diagonal.len();
    let mut chosen = vec![stream.below(n)];
    let mut distance = vec![f64::INFINITY; n];
    while chosen.len() < count {
        let last = chosen[chosen.len() - 1];
        let column = a.columns(&[last])?;
        for i in 0..n {
            let (value, most) = (unit.divide(column[(i, 0)]), (diagonal[i] * diagonal[last]).sqrt());
            if most.is_nan() || value.abs() > most + DECLARED_NOISE * (diagonal[i] + diagonal[last]) {
                let (value, most) = (column[(i, 0)], unit.multiply(most));
                return Err(LowRankError::TooLarge { row: i, column: last, value, most });
            }
            // Below 0 by rounding alone.
            let d = (diagonal[i] + diagonal[last] - 2.0 * value).max(0.0);
            distance[i] = distance[i].min(d);
        }
        chosen.iter().for_each(|&i| distance[i] = 0.0);
        if distance.iter().all(|d| *d <= 0.0) {
            return complete(chosen, n, count);
        }
        chosen.push(draw(&distance, stream));
    }
    Ok(chosen)
}

/// A numerically exhausted choice is filled up with the first rows not in it.
fn complete(mut chosen: Vec<usize>, n: usize, count: usize) -> Result<Vec<usize>, LowRankError> {
    let rest: Vec<usize> = (0..n).filter(|i| !chosen.contains(i)).take(count - chosen.len()).collect();
    chosen.extend(rest);
    Ok(chosen)
}

/// An index in proportion to weights, whose sum a double holds.
pub(super) fn draw(weights: &[f64], stream: &mut Stream) -> usize {
    let total: f64 = weights.iter().sum();
    let mut left = stream.uniform() * total;
    let mut last = 0;
    for (i, w) in weights.iter().enumerate() {
        if *w > 0.0 {
            last = i;
            left -= w;
            if left < 0.0 {
                break;
            }
        }
    }
    last
}

/// Draws an index and removes it.
fn take(weights: &mut [f64], stream: &mut Stream) -> usize {
    if weights.iter().all(|w| *w <= 0.0) {
        // Only possible when all remaining scores vanish: any row not taken (marked by -1) will do.
        let i = weights.iter().position(|w| *w >= 0.0).unwrap_or(0);
        weights[i] = -1.0;
        return i;
    }
    let i = draw(weights, stream);
    weights[i] = -1.0;
    i
}
