//! What a query retrieves from a context under a preorder.

use relata_relations::{Points, Relation, RelationError, evaluate};
use std::cmp::Ordering;
use thiserror::Error;

/// The maximal keys of a context: those than which no other is strictly better.
///
/// Ties are the caller's choice: [`Selection::keys`] has all of them, [`Selection::unique`] refuses
/// more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    keys: Vec<usize>,
}

/// Why a context has no selection.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SelectError {
    /// No key.
    #[error("the context is empty; there is nothing to select")]
    Empty,
    /// More than one maximal key.
    #[error("the context is ambiguous: keys {keys:?} are all maximal (tied or incomparable)")]
    Ambiguous {
        /// The maximal keys.
        keys: Vec<usize>,
    },
    /// A comparator with two answers.
    #[error(
        "the comparator says {forward:?} for keys ({first}, {second}) and {backward:?} for ({second}, {first})"
    )]
    Contradiction {
        /// First key.
        first: usize,
        /// Second key.
        second: usize,
        /// Its answer for (first, second).
        forward: Option<Ordering>,
        /// Its answer for (second, first).
        backward: Option<Ordering>,
    },
    /// No maximal key: the comparator runs in a circle.
    #[error(
        "no key is maximal among {keys}: each has a strictly better one, so the comparator is not a preorder"
    )]
    Cycle {
        /// Number of keys.
        keys: usize,
    },
    /// A utility that could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
}

/// The maximal keys among `0, .., n-1` for one query, from a comparator of its preorder:
/// `compare(i, j)` says how key `i` compares to key `j`, `None` if they are incomparable.
/// `n (n - 1)` comparisons.
///
/// ```
/// use relata_attention::select;
/// let ages = [31, 44, 44, 7];
/// let oldest = select(4, |i, j| ages[i].partial_cmp(&ages[j]))?;
/// assert_eq!(oldest.keys(), [1, 2]);
/// assert!(oldest.unique().is_err());
/// # Ok::<(), relata_attention::SelectError>(())
/// ```
///
/// # Errors
/// [`SelectError::Empty`], [`SelectError::Contradiction`], [`SelectError::Cycle`].
pub fn select(
    n: usize,
    mut compare: impl FnMut(usize, usize) -> Option<Ordering>,
) -> Result<Selection, SelectError> {
    if n == 0 {
        return Err(SelectError::Empty);
    }
    let mut beaten = vec![false; n];
    for first in 0..n {
        for second in first + 1..n {
            let (forward, backward) = (compare(first, second), compare(second, first));
            if backward != forward.map(Ordering::reverse) {
                return Err(SelectError::Contradiction { first, second, forward, backward });
            }
            match forward {
                Some(Ordering::Less) => beaten[first] = true,
                Some(Ordering::Greater) => beaten[second] = true,
                _ => {}
            }
        }
    }
    let keys: Vec<usize> = (0..n).filter(|&i| !beaten[i]).collect();
    if keys.is_empty() { Err(SelectError::Cycle { keys: n }) } else { Ok(Selection { keys }) }
}

/// The keys of largest utility `u(x, y_i)` for one query `x` (a single point).
///
/// # Errors
/// [`SelectError::Relation`] if the utility cannot be evaluated there.
pub fn select_by_utility(u: &dyn Relation, x: &[f64], keys: &Points) -> Result<Selection, SelectError> {
    let not_a_point =
        |_| RelationError::Combination { operation: "select", reason: format!("{x:?} is not a query point") };
    let query = Points::from_rows(&[x]).map_err(not_a_point)?;
    let values = evaluate(u, &query, keys)?;
    let top = (0..keys.len()).fold(f64::NEG_INFINITY, |m, j| m.max(values[(0, j)]));
    Ok(Selection { keys: (0..keys.len()).filter(|&j| values[(0, j)] >= top).collect() })
}

impl Selection {
    pub(crate) fn of_best(keys: Vec<usize>) -> Self {
        Self { keys }
    }

    /// The maximal keys in increasing order, at least one.
    #[must_use]
    pub fn keys(&self) -> &[usize] {
        &self.keys
    }

    /// The one maximal key. Among finitely many keys it is then at least as good as every other.
    ///
    /// # Errors
    /// [`SelectError::Ambiguous`] if there are several.
    pub fn unique(&self) -> Result<usize, SelectError> {
        match self.keys[..] {
            [key] => Ok(key),
            _ => Err(SelectError::Ambiguous { keys: self.keys.clone() }),
        }
    }
}
