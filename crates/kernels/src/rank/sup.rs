//! The smallest rank within `eps` of a matrix in every entry.

use super::RankBracket;
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use thiserror::Error;

/// A bracket of the smallest rank of a matrix `B` with `max_ij |A_ij - B_ij| <= eps`.
#[derive(Clone, Debug)]
pub struct SupRank {
    /// The bounds.
    pub bracket: RankBracket,
    /// The tolerance asked for.
    pub eps: f64,
    /// Left factors `X`, `n x upper`: `|A - X Y^T|` is at most `eps` in every entry, checked on the
    /// product.
    pub left: Mat<f64>,
    /// Right factors `Y`, `m x upper`.
    pub right: Mat<f64>,
    /// The largest entry of `|A - X Y^T|`.
    pub error: f64,
}

/// Why there is no bracket.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SupRankError {
    /// A matrix that cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A tolerance that is negative or not a number.
    #[error("the tolerance is {0}; it must be finite and nonnegative")]
    Tolerance(f64),
    /// A tolerance below the rounding of the decomposition.
    #[error(
        "the tolerance is {eps:e}, but at full rank the factors still differ by {reached:e}: it is below rounding"
    )]
    BelowRounding {
        /// The tolerance.
        eps: f64,
        /// The error at full rank.
        reached: f64,
    },
}

/// Brackets the smallest rank that meets `eps` in every entry.
///
/// *Upper*: the smallest rank at which the truncated singular value decomposition meets it.
/// *Lower*: whatever the rank-`d` matrix `B` and the weights `p`, `q` (probabilities on rows and
/// columns), `max |A - B|` is at least the weighted Frobenius error, which is at least the tail of
/// the singular values of `diag(p)^{1/2} A diag(q)^{1/2}`; taken for uniform weights and for
/// weights concentrated by a few multiplicative steps where the truncation errs most. `eps = 0`
/// asks for the rank itself, up to rounding.
///
/// ```
/// use relata_kernels::rank::sup_rank;
/// use faer::Mat;
/// // The identity is approximated to 1/2 by a constant, and to nothing better by few features.
/// let identity = Mat::<f64>::identity(64, 64);
/// assert!(sup_rank(identity.as_ref(), 0.6)?.bracket.lower == 0);
/// assert!(sup_rank(identity.as_ref(), 1.0 / 16.0)?.bracket.lower >= 48);
/// # Ok::<(), relata_kernels::rank::SupRankError>(())
/// ```
///
/// # Errors
/// [`SupRankError`] if the matrix is empty or not finite, or `eps` is negative, not finite, or
/// below rounding.
pub fn sup_rank(a: MatRef<'_, f64>, eps: f64) -> Result<SupRank, SupRankError> {
    matrix::check(a)?;
    if !(eps.is_finite() && eps >= 0.0) {
        return Err(SupRankError::Tolerance(eps));
    }
    let (n, m) = (a.nrows(), a.ncols());
    let unit = Unit::of_mat(a);
    let a = unit.divide_mat(a);
    let d = matrix::svd(a.as_ref())?;
    let rounding = n.max(m) as f64 * f64::EPSILON * d.s[0];
    let allowed = if eps == 0.0 { rounding } else { unit.divide(eps) };
    let mut residual = a.clone();
    let mut upper = 0;
    let mut error = largest(residual.as_ref());
    while error > allowed {
        if upper == d.s.len() {
            return Err(SupRankError::BelowRounding { eps, reached: unit.multiply(error) });
        }
        for j in 0..m {
            let c = d.s[upper] * d.v[(j, upper)];
            for i in 0..n {
                residual[(i, j)] -= d.u[(i, upper)] * c;
            }
        }
        upper += 1;
        error = largest(residual.as_ref());
    }
    let root = |k: usize| d.s[k].sqrt();
    let left = Mat::from_fn(n, upper, |i, k| d.u[(i, k)] * root(k));
    let right = Mat::from_fn(m, upper, |j, k| d.v[(j, k)] * root(k));
    let lower = lower_bound(a.as_ref(), allowed, upper)?;
    let error = unit.multiply(largest((&a - &left * right.transpose()).as_ref()));
    let back = |m: Mat<f64>| unit.root().restore_mat("the factors", m);
    Ok(SupRank { bracket: RankBracket { lower, upper }, eps, left: back(left)?, right: back(right)?, error })
}

/// The largest `d` whose predecessor is excluded by a weighted Frobenius tail.
fn lower_bound(a: MatRef<'_, f64>, eps: f64, upper: usize) -> Result<usize, MatrixError> {
    /// Each step decomposes the matrix; of a large one two are made.
    const STEPS: usize = 8;
    const LARGE: usize = 1_000_000;
    let (n, m) = (a.nrows(), a.ncols());
    let steps = if n * m > LARGE { 2 } else { STEPS };
    let (mut p, mut q) = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
    let mut best = 0;
    for _ in 0..steps {
        let weighted = Mat::from_fn(n, m, |i, j| (p[i] * q[j]).sqrt() * a[(i, j)]);
        let d = matrix::svd(weighted.as_ref())?;
        // Rounding may move each singular value by this much: the bound is taken on the safe side.
        let slack = n.max(m) as f64 * f64::EPSILON * d.s[0] * (d.s.len() as f64).sqrt();
        // The tolerance is met up to some thousand roundings.
        let excluded = |k: usize| matrix::root_sum_squares(&d.s[k..]) - slack > eps * (1.0 + 1e-12);
        let lower = (0..d.s.len()).take_while(|&k| excluded(k)).count();
        best = best.max(lower);
        if best >= upper {
            return Ok(upper);
        }
        // Rows and columns on which the best approximation of that rank errs most get more weight.
        let mut residual = weighted;
        for k in 0..best.min(d.s.len()) {
            for j in 0..m {
                for i in 0..n {
                    residual[(i, j)] -= d.u[(i, k)] * d.s[k] * d.v[(j, k)];
                }
            }
        }
        let total = residual.norm_l2();
        if total <= 0.0 {
            break;
        }
        for i in 0..n {
            p[i] = 0.5 * p[i] + 0.5 * (residual.row(i).norm_l2() / total).powi(2);
        }
        for j in 0..m {
            q[j] = 0.5 * q[j] + 0.5 * (residual.col(j).norm_l2() / total).powi(2);
        }
    }
    Ok(best)
}

fn largest(a: MatRef<'_, f64>) -> f64 {
    a.norm_max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_tolerance_is_the_rank() {
        let a = Mat::from_fn(9, 7, |i, j| (i * j) as f64 + (i * i) as f64 - 2.0 * (j * j) as f64);
        let r = sup_rank(a.as_ref(), 0.0).unwrap();
        assert_eq!(r.bracket.exact(), Some(3));
        assert!(r.error < 1e-12);
    }

    #[test]
    fn the_zero_matrix_needs_nothing() {
        let r = sup_rank(Mat::zeros(3, 4).as_ref(), 0.0).unwrap();
        assert_eq!(r.bracket, RankBracket { lower: 0, upper: 0 });
    }

    #[test]
    fn the_identity_meets_its_known_bound() {
        // Within eps < 1/2 of the identity every matrix has rank at least n (1 - eps)^2 / ((1 -
        // eps)^2 + (n - 1) eps^2) (Alon 2003); the singular value bound alone gives n (1 - n
        // eps^2).
        let (n, eps) = (40, 0.05);
        let r = sup_rank(Mat::<f64>::identity(n, n).as_ref(), eps).unwrap();
        assert!(r.bracket.lower >= 36, "{:?}", r.bracket);
        assert!(r.bracket.upper <= n);
    }

    #[test]
    fn bad_input_is_named() {
        let a = Mat::<f64>::identity(3, 3);
        assert!(matches!(sup_rank(a.as_ref(), -1.0), Err(SupRankError::Tolerance(_))));
        assert!(matches!(sup_rank(a.as_ref(), f64::NAN), Err(SupRankError::Tolerance(_))));
        let e = sup_rank(Mat::from_fn(2, 2, |i, j| if i > j { f64::NAN } else { 0.0 }).as_ref(), 0.1);
        assert!(matches!(e, Err(SupRankError::Matrix(MatrixError::NonFinite { row: 1, column: 0, .. }))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn brackets_are_ordered_and_monotone(values in prop::collection::vec(-1.0f64..1.0, 30), eps in 0.01f64..0.9) {
            let a = Mat::from_fn(6, 5, |i, j| values[5 * i + j]);
            let (tight, loose) = (sup_rank(a.as_ref(), eps / 2.0).unwrap(), sup_rank(a.as_ref(), eps).unwrap());
            prop_assert!(tight.bracket.lower <= tight.bracket.upper && loose.bracket.lower <= loose.bracket.upper);
            prop_assert!(loose.bracket.upper <= tight.bracket.upper);
            prop_assert!(loose.error <= eps * (1.0 + 1e-9) && loose.left.ncols() == loose.bracket.upper);
        }

        #[test]
        fn a_perturbed_matrix_of_known_rank_is_never_excluded(
            factors in prop::collection::vec(-1.0f64..1.0, 2 * (8 + 7)),
            noise in prop::collection::vec(-1.0f64..1.0, 56),
        ) {
            let b = Mat::from_fn(8, 7, |i, j| (0..2).map(|k| factors[2 * i + k] * factors[16 + 2 * j + k]).sum::<f64>());
            let a = Mat::from_fn(8, 7, |i, j| b[(i, j)] + 0.1 * noise[7 * i + j]);
            prop_assert!(sup_rank(a.as_ref(), 0.1).unwrap().bracket.lower <= 2);
        }
    }
}
