//! Linear extensions of a partial order: counted exactly for small orders, sampled by a Markov
//! chain for larger ones.
//!
//! Counting runs over down-sets: `e(S)` = the number of linear extensions of the order induced on
//! the down-set `S` is the sum of `e(S - x)` over the maximal elements `x` of `S`. Sampling is the
//! chain of R. Bubley and M. Dyer, *Faster random generation of linear extensions* (Discrete
//! Mathematics 201, 1999): transpose places `i, i+1` (1-based), chosen with probability
//! proportional to `i (n - i)`, with probability 1/2, if the result is still an extension. Its
//! total variation distance from uniform is at most `eps` after `(n^3 - n) / 6 * ln(n^2 / (4 eps))`
//! steps.

use crate::finite::preorder::Preorder;
use relata_relations::Stream;
use thiserror::Error;

/// The most down-sets that [`count_linear_extensions`] keeps at once.
pub const MAX_DOWN_SETS: usize = 1 << 22;

/// Why linear extensions could not be counted or sampled.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LinearExtensionError {
    /// More classes than fit the bits of a word.
    #[error(
        "{classes} indifference classes are more than 128; counting needs at most that many, sampling does not"
    )]
    TooManyClasses {
        /// Number of classes.
        classes: usize,
    },
    /// The order has too many down-sets.
    #[error("more than {MAX_DOWN_SETS} down-sets of one size; the order is too wide to count")]
    TooManyDownSets,
    /// The number exceeds `u128`.
    #[error("the number of linear extensions exceeds 2^128 - 1")]
    Overflow,
    /// A distance from uniform that is not between 0 and 1.
    #[error("the distance from uniform is {value}, it must be in (0, 1)")]
    Distance {
        /// What was given.
        value: f64,
    },
}

/// The number of linear extensions of the quotient order (1 for an empty preorder).
///
/// ```
/// use relata_debreu::finite::{BinaryRelation, Preorder, count_linear_extensions};
/// let n_shape = BinaryRelation::from_pairs(4, [(0, 2), (1, 2), (1, 3)])?;
/// assert_eq!(count_linear_extensions(&Preorder::closure_of(&n_shape))?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LinearExtensionError`] where the order is too large or too wide.
pub fn count_linear_extensions(p: &Preorder) -> Result<u128, LinearExtensionError> {
    let q = p.quotient();
    let k = q.len();
    if k > 128 {
        return Err(LinearExtensionError::TooManyClasses { classes: k });
    }
    let below: Vec<u128> = (0..k)
        .map(|b| (0..k).filter(|&a| a != b && q.at_most(a, b)).fold(0u128, |m, a| m | 1 << a))
        .collect();
    let mut layer: Vec<(u128, u128)> = vec![(0, 1)];
    for _ in 0..k {
        let mut next: Vec<(u128, u128)> = Vec::new();
        for &(set, ways) in &layer {
            let addable = (0..k).filter(|&b| set >> b & 1 == 0 && below[b] & !set == 0);
            next.extend(addable.map(|b| (set | 1 << b, ways)));
            if next.len() > 8 * MAX_DOWN_SETS {
                next = merge(next)?;
            }
        }
        layer = merge(next)?;
    }
    Ok(layer.first().map_or(1, |&(_, ways)| ways))
}

/// A linear extension of the quotient (classes numbered as in [`Preorder::classes`], worst first)
/// whose distribution is within total variation distance `eps` of uniform over all linear
/// extensions.
///
/// Complexity: `O(k^3 log(k / eps))` for `k` classes.
///
/// # Errors
/// [`LinearExtensionError::Distance`] if `eps` is not in `(0, 1)`.
pub fn sample_linear_extension(
    p: &Preorder,
    eps: f64,
    stream: &mut Stream,
) -> Result<Vec<usize>, LinearExtensionError> {
    if !(eps > 0.0 && eps < 1.0) {
        return Err(LinearExtensionError::Distance { value: eps });
    }
    let q = p.quotient();
    let k = q.len();
    let mut order: Vec<usize> = (0..k).collect();
    if k < 2 {
        return Ok(order);
    }
    let places = k as f64;
    let states = (places.powi(3) - places) / 6.0;
    let steps = (states * (places * places / (4.0 * eps)).ln()).ceil().max(1.0) as u64;
    // Cumulative weights i (k - i); integers, so the draw is exact.
    let mut cumulative = Vec::with_capacity(k - 1);
    let mut total = 0usize;
    for i in 1..k {
        total += i * (k - i);
        cumulative.push(total);
    }
    for _ in 0..steps {
        let draw = stream.below(2 * total);
        let place = cumulative.partition_point(|&c| c <= draw / 2);
        if draw.is_multiple_of(2) && !q.at_most(order[place], order[place + 1]) {
            order.swap(place, place + 1);
        }
    }
    Ok(order)
}

fn merge(mut sets: Vec<(u128, u128)>) -> Result<Vec<(u128, u128)>, LinearExtensionError> {
    sets.sort_unstable();
    let mut merged: Vec<(u128, u128)> = Vec::new();
    for (set, ways) in sets {
        match merged.last_mut() {
            Some(last) if last.0 == set => {
                last.1 = last.1.checked_add(ways).ok_or(LinearExtensionError::Overflow)?;
            }
            _ => merged.push((set, ways)),
        }
    }
    if merged.len() > MAX_DOWN_SETS {
        return Err(LinearExtensionError::TooManyDownSets);
    }
    Ok(merged)
}
