//! Debreu's gap lemma, constructively, for finite unions of intervals.
//!
//! A *gap* of `S` is a maximal interval of more than one point that misses `S` and is bounded by
//! points of `S` on both sides. The lemma: for every set `S` of reals there is a strictly
//! increasing `g: S -> R` such that every gap of `g(S)` is open. If `u` represents a continuous
//! preorder, `g o u` is then continuous. For a finite union of intervals `g` shifts each interval
//! down by the total length of the gaps below it that are not open.

use thiserror::Error;

/// An interval of reals, perhaps a single point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealInterval {
    /// Left end.
    pub lower: f64,
    /// Right end, at least the left one.
    pub upper: f64,
    /// Whether the left end belongs to it.
    pub left: End,
    /// Whether the right end belongs to it.
    pub right: End,
}

/// Whether an end point belongs to an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does.
    Closed,
    /// It does not.
    Open,
}

/// Why a list of intervals is not a union of disjoint ones in increasing order.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum IntervalError {
    /// An empty or infinite interval.
    #[error("interval {index} from {lower} to {upper} is empty or not finite")]
    Empty {
        /// The offending interval.
        index: usize,
        /// Its left end.
        lower: f64,
        /// Its right end.
        upper: f64,
    },
    /// An interval that does not lie above the one before.
    #[error("interval {index} does not lie above the one before it")]
    Order {
        /// The offending interval.
        index: usize,
    },
}

/// The map `g` of the gap lemma for a union of intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct GapMap {
    intervals: Vec<RealInterval>,
    shifts: Vec<f64>,
}

/// The map of the gap lemma for `S`, a union of disjoint intervals in increasing order.
///
/// ```
/// use relata_debreu::continuous::{End, RealInterval, close_gaps};
/// // A utility that jumps at 1, where the value is taken from the left: [0, 1] and (2, 3].
/// let s = [
///     RealInterval { lower: 0.0, upper: 1.0, left: End::Closed, right: End::Closed },
///     RealInterval { lower: 2.0, upper: 3.0, left: End::Open, right: End::Closed },
/// ];
/// let g = close_gaps(&s)?;
/// assert_eq!(g.apply(1.0), Some(1.0));
/// assert_eq!(g.apply(2.5), Some(1.5)); // the gap (1, 2] is gone
/// # Ok::<(), relata_debreu::continuous::IntervalError>(())
/// ```
///
/// # Errors
/// [`IntervalError`].
pub fn close_gaps(intervals: &[RealInterval]) -> Result<GapMap, IntervalError> {
    let mut shifts = Vec::with_capacity(intervals.len());
    let mut shift = 0.0;
    for (index, i) in intervals.iter().enumerate() {
        let point = i.left == End::Closed && i.right == End::Closed;
        let sound = i.lower.is_finite()
            && i.upper.is_finite()
            && (i.lower < i.upper || (point && i.lower <= i.upper));
        if !sound {
            return Err(IntervalError::Empty { index, lower: i.lower, upper: i.upper });
        }
        if let Some(before) = index.checked_sub(1).map(|k| intervals[k]) {
            let touching = before.right == End::Closed && i.left == End::Closed;
            if i.lower < before.upper || (touching && i.lower <= before.upper) {
                return Err(IntervalError::Order { index });
            }
            if !touching {
                shift += i.lower - before.upper;
            }
        }
        shifts.push(shift);
    }
    Ok(GapMap { intervals: intervals.to_vec(), shifts })
}

impl GapMap {
    /// `g(s)`; `None` where `s` is not in `S`.
    #[must_use]
    pub fn apply(&self, s: f64) -> Option<f64> {
        let at = self.intervals.partition_point(|i| i.lower <= s).checked_sub(1)?;
        // A point interval may share its lower end with a later open one.
        let candidates = [Some(at), at.checked_sub(1)];
        let inside = candidates.into_iter().flatten().find(|&k| contains(&self.intervals[k], s));
        inside.map(|k| s - self.shifts[k])
    }

    /// The intervals of `g(S)`.
    #[must_use]
    pub fn image(&self) -> Vec<RealInterval> {
        let shifted = self.intervals.iter().zip(&self.shifts);
        shifted.map(|(i, s)| RealInterval { lower: i.lower - s, upper: i.upper - s, ..*i }).collect()
    }
}

fn contains(i: &RealInterval, s: f64) -> bool {
    let above = if i.left == End::Closed { s >= i.lower } else { s > i.lower };
    let below = if i.right == End::Closed { s <= i.upper } else { s < i.upper };
    above && below
}
