//! Interval orders and semiorders: strict preference with intransitive indifference.
//!
//! An irreflexive `P` is an *interval order* iff it has no 2+2 (`a P b`, `c P d`, neither `a P d`
//! nor `c P b`); then there are `u <= v` with `a P b` iff `v(a) < u(b)` (P. C. Fishburn, 1970). It
//! is a *semiorder* iff it also has no 3+1 (`a P b P c` with `d` unrelated to all three); then
//! there is one utility and a threshold: `a P b` iff `u(b) > u(a) + delta` (R. D. Luce, 1956; D.
//! Scott and P. Suppes, 1958). Both representations here are in integers, hence exact.

use crate::finite::binary::{BinaryRelation, ones, subset};
use thiserror::Error;

/// What keeps a relation from being an interval order or a semiorder.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ForbiddenPattern {
    /// An element preferred to itself.
    #[error("element {element} is strictly preferred to itself")]
    Loop {
        /// The element.
        element: usize,
    },
    /// Two pairs without a relation across: `low_1 P high_1` and `low_2 P high_2`, but neither
    /// `low_1 P high_2` nor `low_2 P high_1`.
    #[error(
        "2+2: {low_1} < {high_1} and {low_2} < {high_2}, but neither {low_1} < {high_2} nor {low_2} < {high_1}"
    )]
    TwoPlusTwo {
        /// Lower element of the first pair.
        low_1: usize,
        /// Upper element of the first pair.
        high_1: usize,
        /// Lower element of the second pair.
        low_2: usize,
        /// Upper element of the second pair.
        high_2: usize,
    },
    /// A chain of three with a fourth element unrelated to all of them.
    #[error("3+1: {low} < {middle} < {high}, and {apart} is related to none of them")]
    ThreePlusOne {
        /// Lowest of the chain.
        low: usize,
        /// Middle of the chain.
        middle: usize,
        /// Highest of the chain.
        high: usize,
        /// The unrelated element.
        apart: usize,
    },
}

/// An interval `[lower, upper]` for each element: `a P b` iff `upper[a] < lower[b]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalUtility {
    /// Left ends.
    pub lower: Vec<u32>,
    /// Right ends, at least the left ones.
    pub upper: Vec<u32>,
}

/// A utility with a threshold: `a P b` iff `utility[b] > utility[a] + threshold`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdUtility {
    /// The utility, smallest value 0.
    pub utility: Vec<i64>,
    /// The just noticeable difference, positive.
    pub threshold: i64,
}

/// The interval representation of a strict preference `P` (`i P j`: `j` is better), with as few
/// different end points as can be, or the pattern that forbids it.
///
/// # Errors
/// [`ForbiddenPattern::Loop`] or [`ForbiddenPattern::TwoPlusTwo`].
///
/// Complexity: `O(n^2)`.
pub fn interval_utility(p: &BinaryRelation) -> Result<IntervalUtility, ForbiddenPattern> {
    if let Some(element) = (0..p.len()).find(|&i| p.contains(i, i)) {
        return Err(ForbiddenPattern::Loop { element });
    }
    let n = p.len();
    let down = p.transpose();
    // Without 2+2 the sets {x : x P b} are nested; rank them.
    let mut order: Vec<usize> = (0..n).collect();
    let size: Vec<usize> = (0..n).map(|b| down.out_degree(b)).collect();
    order.sort_by_key(|&b| (size[b], b));
    let mut lower = vec![0u32; n];
    for w in order.windows(2) {
        let (b, d) = (w[0], w[1]);
        if !subset(down.row(b), down.row(d)) {
            return Err(two_plus_two(&down, b, d));
        }
        lower[d] = lower[b] + u32::from(size[d] > size[b]);
    }
    let top = order.last().map_or(0, |&b| lower[b]);
    let upper = (0..n).map(|a| p.successors(a).map(|b| lower[b] - 1).min().unwrap_or(top)).collect();
    Ok(IntervalUtility { lower, upper })
}

/// The threshold representation of a strict preference `P` (`i P j`: `j` is better), or the pattern
/// that forbids it.
///
/// ```
/// use relata_debreu::finite::{BinaryRelation, semiorder_utility};
/// // Cups of coffee with 0, 1, .., 4 grains of sugar; two grains can be told apart, one cannot.
/// let sweeter = BinaryRelation::from_fn(5, |i, j| j >= i + 2)?;
/// let s = semiorder_utility(&sweeter)?;
/// assert!(s.utility[2] > s.utility[0] + s.threshold && s.utility[1] <= s.utility[0] + s.threshold);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With threshold `n`: `a P b` asks for `u(b) - u(a) >= n + 1` and no preference either way for
/// `|u(a) - u(b)| <= n`. A cycle of these constraints with `k` preferences contradicts itself only
/// if it has at most `k` indifferences, which a semiorder excludes, so integers of this size
/// suffice.
///
/// # Errors
/// [`ForbiddenPattern`]: a loop, a 2+2 or a 3+1.
///
/// Complexity: `O(n^3)` at worst (Bellman-Ford), after `O(n^3 / 64)` for the patterns.
pub fn semiorder_utility(p: &BinaryRelation) -> Result<ThresholdUtility, ForbiddenPattern> {
    interval_utility(p)?;
    if let Some(pattern) = three_plus_one(p) {
        return Err(pattern);
    }
    let n = p.len();
    let threshold = n.max(1) as i64;
    // Longest paths from u = 0: u(b) >= u(a) + n + 1 if a P b, u(b) >= u(a) - n if not b P a.
    let mut utility = vec![0i64; n];
    let order = interval_order(p);
    loop {
        let mut changed = false;
        for &a in &order {
            for &b in &order {
                let step = if p.contains(a, b) {
                    threshold + 1
                } else if a != b && !p.contains(b, a) {
                    -threshold
                } else {
                    continue;
                };
                if utility[a] + step > utility[b] {
                    utility[b] = utility[a] + step;
                    changed = true;
                }
            }
        }
        if !changed {
            return Ok(ThresholdUtility { utility, threshold });
        }
    }
}

/// Elements by their number of predecessors less successors: the order in which a semiorder's
/// utility grows.
fn interval_order(p: &BinaryRelation) -> Vec<usize> {
    let down = p.transpose();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by_key(|&i| (down.out_degree(i) as i64 - p.out_degree(i) as i64, i));
    order
}

/// `b` has a predecessor that `d` lacks, although `d` has at least as many.
fn two_plus_two(down: &BinaryRelation, b: usize, d: usize) -> ForbiddenPattern {
    let only = |x: usize, y: usize| {
        let row: Vec<u64> = down.row(x).iter().zip(down.row(y)).map(|(p, q)| p & !q).collect();
        let first = ones(&row).next();
        first.unwrap_or(x)
    };
    ForbiddenPattern::TwoPlusTwo { low_1: only(b, d), high_1: b, low_2: only(d, b), high_2: d }
}

fn three_plus_one(p: &BinaryRelation) -> Option<ForbiddenPattern> {
    let down = p.transpose();
    for apart in 0..p.len() {
        let related: Vec<u64> = p.row(apart).iter().zip(down.row(apart)).map(|(a, b)| a | b).collect();
        let unrelated = |i: &usize| *i != apart && related[i / 64] >> (i % 64) & 1 == 0;
        for middle in (0..p.len()).filter(unrelated) {
            let low = down.successors(middle).find(unrelated);
            let high = p.successors(middle).find(unrelated);
            if let (Some(low), Some(high)) = (low, high) {
                return Some(ForbiddenPattern::ThreePlusOne { low, middle, high, apart });
            }
        }
    }
    None
}
