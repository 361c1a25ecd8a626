//! Rankings, choices from sets and pairwise wins, in one sparse structure.

use crate::estimation::error::EstimationError;
use crate::estimation::ford::{Split, violated_by};
use relata_relations::PowerOfTwo;

/// Weighted observations "this item first, then that one, .." of items `0, .., n-1`, all stored as
/// lists in one array.
///
/// A pairwise win is a ranking of two items, a choice from a set a ranking of which only the first
/// stage counts.
///
/// ```
/// use relata_debreu::estimation::Rankings;
/// let mut r = Rankings::new(3);
/// r.win(0, 1)?;
/// r.choice(1, &[0, 2])?;
/// r.ranking(&[2, 0, 1])?;
/// assert_eq!(r.len(), 3);
/// assert!(r.split().is_none());
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rankings {
    items: usize,
    pub(crate) entries: Vec<u32>,
    pub(crate) offsets: Vec<usize>,
    // Number of choices a list records: its length less one for rankings, 1 for choices from a set.
    pub(crate) stages: Vec<u32>,
    pub(crate) weights: Vec<f64>,
}

impl Rankings {
    /// No observation yet, of `items` items.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { items, entries: Vec::new(), offsets: vec![0], stages: Vec::new(), weights: Vec::new() }
    }

    /// Adds that `winner` beat `loser`.
    ///
    /// # Errors
    /// [`EstimationError::OutOfRange`], [`EstimationError::Ranking`].
    pub fn win(&mut self, winner: usize, loser: usize) -> Result<(), EstimationError> {
        self.weighted(&[winner, loser], 1, 1.0)
    }

    /// Adds that `winner` was chosen from a set with the `others`.
    ///
    /// # Errors
    /// As [`Rankings::win`].
    pub fn choice(&mut self, winner: usize, others: &[usize]) -> Result<(), EstimationError> {
        let mut list = vec![winner];
        list.extend_from_slice(others);
        self.weighted(&list, 1, 1.0)
    }

    /// Adds a ranking of some of the items, best first.
    ///
    /// # Errors
    /// As [`Rankings::win`].
    pub fn ranking(&mut self, best_first: &[usize]) -> Result<(), EstimationError> {
        self.weighted(best_first, best_first.len().saturating_sub(1), 1.0)
    }

    /// Adds a list of which the first `stages` places are ranked above everything after them, with
    /// a weight (such as the number of times it was seen).
    ///
    /// # Errors
    /// As [`Rankings::win`], and [`EstimationError::Parameter`] for a weight that is not positive
    /// and finite.
    pub fn weighted(&mut self, list: &[usize], stages: usize, weight: f64) -> Result<(), EstimationError> {
        if let Some(&item) = list.iter().find(|&&i| i >= self.items) {
            return Err(EstimationError::OutOfRange { item, items: self.items });
        }
        let refuse = |reason| Err(EstimationError::Ranking { ranking: list.to_vec(), reason });
        if list.len() < 2 {
            return refuse("has fewer than two items");
        }
        if stages == 0 || stages >= list.len() {
            return refuse("must record at least one choice and at most one less than its length");
        }
        let repeated = if list.len() == 2 {
            list[0] == list[1]
        } else {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            sorted.windows(2).any(|w| w[0] == w[1])
        };
        if repeated {
            return refuse("names an item twice");
        }
        if !(weight.is_finite() && weight > 0.0) {
            return Err(EstimationError::Parameter {
                parameter: "weight",
                value: weight,
                expected: "positive and finite",
            });
        }
        self.entries.extend(list.iter().map(|&i| i as u32));
        self.offsets.push(self.entries.len());
        self.stages.push(stages as u32);
        self.weights.push(weight);
        Ok(())
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// Number of observations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is no observation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The split of the items that violates Ford's condition, if there is one.
    /// `O(n + total length)`.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        // At stage t the winner beats all that follow. For connectivity it is enough that the next
        // place of the list loses to the place before it, and that everything after the last stage
        // loses to the last winner.
        violated_by(self.items, || {
            (0..self.len()).flat_map(move |r| {
                let (list, stages) = self.list(r);
                let last = stages - 1;
                (1..list.len()).map(move |s| (list[s], list[last.min(s - 1)]))
            })
        })
    }

    /// The same observations with weights in another unit.
    pub(crate) fn in_units_of(&self, unit: PowerOfTwo) -> Self {
        Self { weights: self.weights.iter().map(|w| unit.divide(*w)).collect(), ..self.clone() }
    }

    pub(crate) fn list(&self, r: usize) -> (&[u32], usize) {
        (&self.entries[self.offsets[r]..self.offsets[r + 1]], self.stages[r] as usize)
    }
}
