//! Sorting by a comparator that may lie: it never panics, and what it returns is checked.
//!
//! A total preorder on `n` objects given by a comparator is sorted in `O(n log n)` comparisons.
//! Neighbours of the result are then compared once more: if each is at most the next, transitivity
//! alone gives every other pair.

use crate::finite::comparisons::RankUtility;
use std::cmp::Ordering;
use thiserror::Error;

/// Why a comparator is not that of a total preorder.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComparatorError {
    /// Two objects that the comparator does not relate.
    #[error("objects {first} and {second} are incomparable; a utility needs a total preorder")]
    Incomparable {
        /// First object.
        first: usize,
        /// Second object.
        second: usize,
    },
    /// Two objects that are in the wrong order after sorting, or whose comparison is not mirrored:
    /// the comparator is not transitive or not antisymmetric.
    #[error(
        "objects {first} and {second} compare as {found:?}, while other comparisons imply {implied:?}; the comparator is not that of a preorder"
    )]
    Inconsistent {
        /// First object.
        first: usize,
        /// Second object.
        second: usize,
        /// What the comparator says.
        found: Ordering,
        /// What follows from transitivity and its other answers.
        implied: Ordering,
    },
}

/// How much of a comparator is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Neighbours in the sorted order, both ways: `O(n log n)` comparisons in all; sound if the
    /// comparator is transitive.
    Neighbours,
    /// All pairs, both ways: `n^2` comparisons; a proof for these objects.
    AllPairs,
}

/// The dense rank utility of the total preorder of a comparator: `cmp(i, j)` compares object `i` to
/// object `j`, `None` where they are incomparable.
///
/// ```
/// use relata_debreu::finite::{Check, rank_utility};
/// let price = [3.0f64, 1.0, 3.0, 2.0];
/// let u = rank_utility(4, Check::AllPairs, |i, j| price[i].partial_cmp(&price[j]))?;
/// assert_eq!(u.ranks(), &[2, 0, 2, 1]);
/// # Ok::<(), relata_debreu::finite::ComparatorError>(())
/// ```
///
/// # Errors
/// [`ComparatorError`] with the offending pair.
pub fn rank_utility(
    n: usize,
    check: Check,
    mut cmp: impl FnMut(usize, usize) -> Option<Ordering>,
) -> Result<RankUtility, ComparatorError> {
    let order = sort_by(n, &mut cmp)?;
    let mut ranks = vec![0u32; n];
    for (k, pair) in order.windows(2).enumerate() {
        let (first, second) = (pair[0], pair[1]);
        let found = cmp(first, second).ok_or(ComparatorError::Incomparable { first, second })?;
        if found == Ordering::Greater {
            return Err(ComparatorError::Inconsistent { first, second, found, implied: Ordering::Less });
        }
        ranks[order[k + 1]] = ranks[first] + u32::from(found == Ordering::Less);
        mirrored(&mut cmp, second, first, found.reverse())?;
    }
    if check == Check::AllPairs {
        for i in 0..n {
            for j in 0..n {
                mirrored(&mut cmp, i, j, ranks[i].cmp(&ranks[j]))?;
            }
        }
    }
    Ok(RankUtility::from_ranks(ranks))
}

/// A permutation that sorts the objects `0, .., n-1`, worst first, stable (bottom-up merge sort).
pub(crate) fn sort_by(
    n: usize,
    cmp: &mut impl FnMut(usize, usize) -> Option<Ordering>,
) -> Result<Vec<usize>, ComparatorError> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut merged = order.clone();
    let mut width = 1;
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let (mid, end) = ((start + width).min(n), (start + 2 * width).min(n));
            let (mut a, mut b) = (start, mid);
            for slot in &mut merged[start..end] {
                let take_left = if a == mid {
                    false
                } else if b == end {
                    true
                } else {
                    let (first, second) = (order[a], order[b]);
                    cmp(first, second).ok_or(ComparatorError::Incomparable { first, second })?.is_le()
                };
                let from = if take_left { &mut a } else { &mut b };
                *slot = order[*from];
                *from += 1;
            }
        }
        std::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    Ok(order)
}

/// Dense ranks of floats, with gaps of exactly 1; `-0` and `0` are equal. `None` if a value is NaN.
#[must_use]
pub fn dense_ranks(values: &[f64]) -> Option<Vec<u32>> {
    let cmp = |i: usize, j: usize| values[i].partial_cmp(&values[j]);
    if values.iter().any(|v| v.is_nan()) {
        return None;
    }
    rank_utility(values.len(), Check::Neighbours, cmp).ok().map(|u| u.ranks)
}

/// The utility rescaled so that the smallest gap between different values is 1 and the smallest
/// value 0; `None` if a value is not finite or the result would not be. A single value becomes 0.
/// In floats the gap is 1 up to rounding; for a gap of exactly 1, use [`dense_ranks`].
#[must_use]
pub fn scale_to_unit_gap(values: &[f64]) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    if sorted.iter().any(|v| !v.is_finite()) {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let gap = sorted.windows(2).map(|w| w[1] - w[0]).filter(|g| *g > 0.0).fold(f64::INFINITY, f64::min);
    let low = sorted.first().copied().unwrap_or(0.0);
    let scale = if gap.is_finite() { gap } else { 1.0 };
    let scaled: Vec<f64> = values.iter().map(|v| (v - low) / scale).collect();
    scaled.iter().all(|v| v.is_finite()).then_some(scaled)
}

fn mirrored(
    cmp: &mut impl FnMut(usize, usize) -> Option<Ordering>,
    first: usize,
    second: usize,
    implied: Ordering,
) -> Result<(), ComparatorError> {
    let found = cmp(first, second).ok_or(ComparatorError::Incomparable { first, second })?;
    if found == implied {
        return Ok(());
    }
    Err(ComparatorError::Inconsistent { first, second, found, implied })
}
