//! The smallest rank of a matrix with given signs.

use super::{RankBracket, sign_lower, sign_upper};
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::Seed;
use thiserror::Error;

/// A bracket of the sign rank, with factors whose product has every sign right.
#[derive(Clone, Debug)]
pub struct SignRank {
    /// The bounds; the rank is known where they meet.
    pub bracket: RankBracket,
    /// The argument for the lower bound.
    pub lower_by: SignLower,
    /// The construction behind the upper bound.
    pub upper_by: SignUpper,
    /// Left factors `X`, `n x upper`.
    pub left: Mat<f64>,
    /// Right factors `Y`, `m x upper`: `sgn <x_i, y_j>` is the sign asked for, with more than
    /// rounding to spare.
    pub right: Mat<f64>,
    /// The smallest `|<x_i, y_j>| / (|x_i| |y_j|)` over the constrained pairs (1 if there is none).
    pub margin: f64,
}

/// What an entry of zero asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Zeros {
    /// Nothing: the sign there is free, as sign accuracy counts it.
    #[default]
    Free,
    /// A negative sign: for tables of 0 and 1.
    Negative,
}

/// The argument for a lower bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SignLower {
    /// There is nothing to separate: no entry, or only one sign up to flips of rows and columns.
    Trivial,
    /// No flips of rows and columns make all signs equal.
    NotRankOne,
    /// No order (and flips) of the columns leaves each row at most one change of sign, which
    /// decides rank 2.
    NotRankTwo,
    /// That many columns (or rows), up to flips, show all their sign patterns: they need as many
    /// dimensions.
    Shattered {
        /// Their number.
        size: usize,
    },
    /// More different rows (or columns) than linear functionals on that many points can tell apart
    /// (Cover 1965).
    Count {
        /// Different sign patterns, up to a flip.
        patterns: usize,
    },
    /// The spectral bound of Forster (2002), `n m / (|S| sqrt(n m) + zeros)`, or
    /// `sqrt(n m) min |A_ij| / |A|` for the values themselves.
    Forster {
        /// Its value before it is rounded up.
        bound: f64,
    },
}

/// The construction behind an upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpper {
    /// No sign is asked for.
    Trivial,
    /// Flips of rows and columns.
    RankOne,
    /// Columns on a half circle in an order that leaves each row one change of sign.
    Chain,
    /// Columns (or rows) on a half circle in an order that leaves each row that many changes of
    /// sign: trigonometric polynomials.
    SignChanges {
        /// The most changes of sign of a row.
        changes: usize,
    },
    /// The truncated singular value decomposition of the matrix or of its signs.
    TruncatedSvd,
    /// Factors fitted by alternating large-margin classification.
    Fitted,
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignRankParams {
    /// What zeros ask for.
    pub zeros: Zeros,
    /// Sweeps of alternating classification for each rank below the other constructions; 0 tries
    /// none.
    pub sweeps: usize,
    /// Random starts of the fit, besides the one from singular vectors.
    pub restarts: usize,
    /// Where the random starts come from.
    pub seed: Seed,
    /// Sets of columns looked at for shattering.
    pub shatter_budget: usize,
}

impl Default for SignRankParams {
    fn default() -> Self {
        Self { zeros: Zeros::Free, sweeps: 40, restarts: 3, seed: Seed(0), shatter_budget: 50_000 }
    }
}

/// Why there is no bracket.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SignRankError {
    /// A matrix that cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// No construction could be verified, not even the matrix itself: some entries are below the
    /// rounding of the others.
    #[error(
        "the signs of some entries are below the rounding of the factorisation; round them to zero or rescale rows and columns"
    )]
    BelowRounding,
}

/// Brackets the smallest rank of a matrix that has the signs of `a`.
///
/// Ranks 0, 1 and (without free zeros) 2 are decided; beyond, the bounds need not meet. Complexity:
/// `O(n m min(n, m))` for the spectra, `O(n m d^2)` a sweep of the fit.
///
/// ```
/// use relata_kernels::rank::{SignRankParams, sign_rank};
/// use faer::Mat;
/// let n = 12;
/// // The order y > x has infinite rank in L2 as n grows, and rank 2 by sign ..
/// let order = Mat::from_fn(n, n, |i, j| if j > i { 1.0 } else { -1.0 });
/// let r = sign_rank(order.as_ref(), SignRankParams::default())?;
/// assert_eq!(r.bracket.exact(), Some(2));
/// // .. and picking one out of n takes rank 3.
/// let identity = Mat::from_fn(n, n, |i, j| if i == j { 1.0 } else { -1.0 });
/// assert_eq!(sign_rank(identity.as_ref(), SignRankParams::default())?.bracket.exact(), Some(3));
/// # Ok::<(), relata_kernels::rank::SignRankError>(())
/// ```
///
/// # Errors
/// [`SignRankError`] if the matrix is empty or not finite, or no construction is safe from
/// rounding.
pub fn sign_rank(a: MatRef<'_, f64>, params: SignRankParams) -> Result<SignRank, SignRankError> {
    matrix::check(a)?;
    let signs = Signs::new(a, params.zeros);
    // Signs do not change with the unit, and neither does the rank.
    let a = Unit::of_mat(a).divide_mat(a);
    let a = a.as_ref();
    if signs.zeros == signs.rows * signs.columns {
        return Ok(decided(
            0,
            SignUpper::Trivial,
            (Mat::zeros(signs.rows, 0), Mat::zeros(signs.columns, 0)),
            1.0,
        ));
    }
    if let Some(factors) = sign_upper::rank_one(&signs) {
        return Ok(decided(1, SignUpper::RankOne, factors, 1.0));
    }
    let mut lower = (2, SignLower::NotRankOne);
    if signs.zeros == 0 {
        if let Some(f) = sign_upper::chain(&signs) {
            if let Some(margin) = signs.verify(&f.0, &f.1) {
                let mut out = decided(2, SignUpper::Chain, f, margin);
                out.lower_by = SignLower::NotRankOne;
                return Ok(out);
            }
        } else {
            lower = (3, SignLower::NotRankTwo);
        }
    }
    let (of_signs, of_a) = (matrix::svd(signs.to_mat().as_ref())?, matrix::svd(a)?);
    for (bound, by) in sign_lower::bounds(a, &signs, [of_a.s[0], of_signs.s[0]], params.shatter_budget)? {
        if bound > lower.0 {
            lower = (bound, by);
        }
    }
    let best =
        sign_upper::best(&signs, [&of_signs, &of_a], lower.0, params)?.ok_or(SignRankError::BelowRounding)?;
    Ok(SignRank {
        bracket: RankBracket { lower: lower.0, upper: best.left.ncols() },
        lower_by: lower.1,
        upper_by: best.by,
        left: best.left,
        right: best.right,
        margin: best.margin,
    })
}

fn decided(rank: usize, by: SignUpper, (left, right): (Mat<f64>, Mat<f64>), margin: f64) -> SignRank {
    let bracket = RankBracket { lower: rank, upper: rank };
    SignRank { bracket, lower_by: SignLower::Trivial, upper_by: by, left, right, margin }
}

/// A pattern of signs: `1`, `-1`, or `0` where the sign is free. Row-major.
pub(super) struct Signs {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) zeros: usize,
    data: Vec<i8>,
}

impl Signs {
    fn new(a: MatRef<'_, f64>, zeros: Zeros) -> Self {
        let sign = |v: f64| match zeros {
            _ if v > 0.0 => 1,
            _ if v < 0.0 => -1,
            Zeros::Free => 0,
            Zeros::Negative => -1,
        };
        let (rows, columns) = (a.nrows(), a.ncols());
        let data: Vec<i8> = (0..rows * columns).map(|k| sign(a[(k / columns, k % columns)])).collect();
        Self { rows, columns, zeros: data.iter().filter(|s| **s == 0).count(), data }
    }

    pub(super) fn at(&self, i: usize, j: usize) -> i8 {
        self.data[i * self.columns + j]
    }

    pub(super) fn row(&self, i: usize) -> &[i8] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }

    pub(super) fn transposed(&self) -> Self {
        let data = (0..self.data.len()).map(|k| self.at(k % self.rows, k / self.rows)).collect();
        Self { rows: self.columns, columns: self.rows, zeros: self.zeros, data }
    }

    pub(super) fn to_mat(&self) -> Mat<f64> {
        Mat::from_fn(self.rows, self.columns, |i, j| f64::from(self.at(i, j)))
    }

    /// The margin of factors that have every constrained sign right with more than the rounding of
    /// the product to spare.
    pub(super) fn verify(&self, x: &Mat<f64>, y: &Mat<f64>) -> Option<f64> {
        let d = x.ncols();
        let unit = (d as f64 + 2.0) * f64::EPSILON;
        let norms = |m: &Mat<f64>| -> Vec<f64> { (0..m.nrows()).map(|i| m.row(i).norm_l2()).collect() };
        let (nx, ny) = (norms(x), norms(y));
        let product = x * y.transpose();
        let mut margin = 1.0f64;
        for j in 0..self.columns {
            for i in 0..self.rows {
                let s = f64::from(self.at(i, j));
                if s != 0.0 {
                    // By Cauchy-Schwarz the rounding of the product is at most d u |x_i| |y_j|.
                    let (value, scale) = (s * product[(i, j)], nx[i] * ny[j]);
                    if value.is_nan() || value <= unit * scale {
                        return None;
                    }
                    margin = margin.min(value / scale);
                }
            }
        }
        Some(margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bracket(a: &Mat<f64>) -> SignRank {
        let r = sign_rank(a.as_ref(), SignRankParams::default()).unwrap();
        assert!(r.bracket.lower <= r.bracket.upper, "{:?} {:?} {:?}", r.bracket, r.lower_by, r.upper_by);
        assert_eq!(r.left.ncols(), r.bracket.upper);
        let p = &r.left * r.right.transpose();
        for j in 0..a.ncols() {
            for i in 0..a.nrows() {
                assert!(a[(i, j)] == 0.0 || a[(i, j)] * p[(i, j)] > 0.0);
            }
        }
        r
    }

    #[test]
    fn decided_cases() {
        assert_eq!(bracket(&Mat::from_fn(4, 6, |_, _| -3.0)).bracket.exact(), Some(1));
        assert_eq!(bracket(&Mat::zeros(3, 3)).bracket.exact(), Some(0));
        let flips = Mat::from_fn(5, 4, |i, j| if (i * i + j) % 2 == 0 { 0.5 } else { -2.0 });
        assert_eq!(bracket(&flips).bracket.exact(), Some(1));
        for n in [2, 3, 7, 50, 200] {
            let order = Mat::from_fn(n, n, |i, j| if j > i { 1.0 } else { -1.0 });
            assert_eq!(bracket(&order).bracket.exact(), Some(2), "order on {n}");
        }
        let three = Mat::from_fn(3, 3, |i, j| if i == j { 1.0 } else { -1.0 });
        assert_eq!(bracket(&three).bracket.exact(), Some(2));
        for n in [4, 5, 16, 100] {
            let identity = Mat::from_fn(n, n, |i, j| if i == j { 1.0 } else { -1.0 });
            let r = bracket(&identity);
            assert_eq!(
                (r.bracket.exact(), r.lower_by),
                (Some(3), SignLower::NotRankTwo),
                "identity pattern on {n}"
            );
        }
    }

    #[test]
    fn hadamard_matrices_meet_forster() {
        // |H| = sqrt(n), so the sign rank of an n x n Hadamard matrix is at least sqrt(n); for n =
        // 4 the pattern is 2 I - J up to flips.
        let hadamard =
            |n: usize| Mat::from_fn(n, n, |i, j| if (i & j).count_ones() % 2 == 0 { 1.0 } else { -1.0 });
        assert_eq!(bracket(&hadamard(4)).bracket.exact(), Some(3));
        let quick = SignRankParams { sweeps: 0, ..SignRankParams::default() };
        let r = sign_rank(hadamard(64).as_ref(), quick).unwrap();
        assert!(
            r.bracket.lower >= 8 && matches!(r.lower_by, SignLower::Forster { .. }),
            "{:?} {:?}",
            r.bracket,
            r.lower_by
        );
    }

    #[test]
    fn all_dichotomies_need_full_dimension() {
        // The 2^(k - 1) rows of all patterns of k columns, up to a flip: rank k.
        for k in 2..=6usize {
            let a = Mat::from_fn(
                1 << (k - 1),
                k,
                |i, j| if j > 0 && (i >> (j - 1)) & 1 == 1 { -1.0 } else { 1.0 },
            );
            assert_eq!(bracket(&a).bracket.exact(), Some(k));
        }
    }

    #[test]
    fn a_matrix_of_few_features_needs_no_more() {
        // The truncated decomposition of the signs alone gets them right far later.
        let mut stream = Seed(5).stream("few");
        let (x, y) =
            (Mat::from_fn(130, 5, |_, _| stream.normal()), Mat::from_fn(110, 5, |_, _| stream.normal()));
        let quick = SignRankParams { sweeps: 0, ..SignRankParams::default() };
        for s in [1.0, 1e-300, 1e300] {
            let r = sign_rank((faer::Scale(s) * &x * y.transpose()).as_ref(), quick).unwrap();
            assert!(r.bracket.lower <= 5 && r.bracket.upper <= 5, "{:?}", r.bracket);
            assert_eq!(r.upper_by, SignUpper::TruncatedSvd);
        }
    }

    #[test]
    fn zeros_are_free_or_negative() {
        let a = Mat::from_fn(5, 5, |i, j| if i == j { 1.0 } else { 0.0 });
        assert_eq!(bracket(&a).bracket.exact(), Some(1));
        let negative = SignRankParams { zeros: Zeros::Negative, ..SignRankParams::default() };
        assert_eq!(sign_rank(a.as_ref(), negative).unwrap().bracket.exact(), Some(3));
    }

    #[test]
    fn bad_input_is_named() {
        let e = sign_rank(Mat::<f64>::zeros(0, 3).as_ref(), SignRankParams::default()).unwrap_err();
        assert_eq!(e, SignRankError::Matrix(MatrixError::Empty { rows: 0, columns: 3 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn never_above_a_known_factorisation(values in prop::collection::vec(-1.0f64..1.0, 3 * (9 + 8)), d in 1usize..4) {
            let a = Mat::from_fn(9, 8, |i, j| (0..d).map(|k| values[3 * i + k] * values[27 + 3 * j + k]).sum::<f64>());
            let r = bracket(&a);
            prop_assert!(r.bracket.lower <= d && r.bracket.upper <= d.max(r.bracket.lower), "{:?} {d}", r.bracket);
        }

        #[test]
        fn flips_permutations_and_transposition_change_nothing(bits in prop::collection::vec(any::<bool>(), 30 + 11), shift in 0usize..6) {
            let s = |b: bool| if b { 1.0 } else { -1.0 };
            let a = Mat::from_fn(6, 5, |i, j| s(bits[5 * i + j]));
            let b = Mat::from_fn(5, 6, |j, i| a[((i + shift) % 6, 4 - j)] * s(bits[30 + i]) * s(bits[36 + j]));
            let (ra, rb) = (bracket(&a), bracket(&b));
            // Every true rank lies in both brackets.
            prop_assert!(ra.bracket.lower <= rb.bracket.upper && rb.bracket.lower <= ra.bracket.upper);
            if ra.bracket.upper <= 2 || rb.bracket.upper <= 2 {
                prop_assert_eq!(ra.bracket, rb.bracket);
            }
        }
    }
}
