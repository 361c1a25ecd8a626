//! Choices of one or more items from sets, as rankings with ties make them.

use crate::estimation::error::EstimationError;
use crate::estimation::ford::{Split, violated_by};
use std::collections::BTreeMap;

/// The most items that may tie at once: sums over subsets of that size are still cheap.
pub const MAX_TIED: usize = 32;

/// Weighted rankings with ties of items `0, .., n-1`.
///
/// ```
/// use relata_debreu::estimation::TiedRankings;
/// let mut data = TiedRankings::new(4);
/// data.ranking(&[vec![2], vec![0, 1]], &[3], 1.0)?; // 2 first, 0 and 1 tie, 3 was left
/// assert_eq!(data.orders(), [1, 2]);
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TiedRankings {
    items: usize,
    // Sets of more than one item from which something was chosen, and how often.
    pub(super) sets: BTreeMap<Vec<u32>, f64>,
    // What was chosen from which of them, and how often.
    pub(super) chosen: BTreeMap<(Vec<u32>, Vec<u32>), f64>,
}

impl TiedRankings {
    /// No observation yet, of `items` items.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { items, sets: BTreeMap::new(), chosen: BTreeMap::new() }
    }

    /// Adds a ranking, best first, each of its tiers a set of tied items, that was seen `weight`
    /// times. The `unranked` come after all tiers, and nothing is said of them among each other.
    ///
    /// # Errors
    /// [`EstimationError::OutOfRange`], [`EstimationError::Ranking`] for an empty tier, a repeated
    /// item or more than [`MAX_TIED`] tied items, [`EstimationError::Parameter`] for a weight that
    /// is not positive and finite.
    pub fn ranking(
        &mut self,
        tiers: &[Vec<usize>],
        unranked: &[usize],
        weight: f64,
    ) -> Result<(), EstimationError> {
        let list: Vec<usize> = tiers.iter().flatten().chain(unranked).copied().collect();
        if let Some(&item) = list.iter().find(|&&i| i >= self.items) {
            return Err(EstimationError::OutOfRange { item, items: self.items });
        }
        let mut sorted = list.clone();
        sorted.sort_unstable();
        let wrong = if tiers.iter().any(Vec::is_empty) {
            Some("has an empty tier")
        } else if sorted.windows(2).any(|w| w[0] == w[1]) {
            Some("names an item twice")
        } else if tiers.iter().any(|t| t.len() > MAX_TIED) {
            Some("ties more than 32 items at once; if they were not ranked, say so instead")
        } else {
            None
        };
        if let Some(reason) = wrong {
            return Err(EstimationError::Ranking { ranking: list, reason });
        }
        if !(weight.is_finite() && weight > 0.0) {
            let (parameter, expected) = ("weight", "positive and finite");
            return Err(EstimationError::Parameter { parameter, value: weight, expected });
        }
        let mut at = 0;
        for tier in tiers {
            let mut set: Vec<u32> = list[at..].iter().map(|&i| i as u32).collect();
            if set.len() > 1 {
                set.sort_unstable();
                let mut best: Vec<u32> = tier.iter().map(|&i| i as u32).collect();
                best.sort_unstable();
                *self.sets.entry(set.clone()).or_insert(0.0) += weight;
                *self.chosen.entry((set, best)).or_insert(0.0) += weight;
            }
            at += tier.len();
        }
        Ok(())
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// Whether nothing was chosen from anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The numbers of items that were chosen together, in increasing order, 1 among them always.
    #[must_use]
    pub fn orders(&self) -> Vec<usize> {
        let mut orders: Vec<usize> = self.chosen.keys().map(|(_, best)| best.len()).chain([1]).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }

    /// The split of the items that violates Ford's condition, if there is one; tied items beat each
    /// other.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        violated_by(self.items, || {
            self.chosen.keys().flat_map(|(set, best)| {
                // In a circle through those chosen, and from the rest to one of them.
                let circle = (0..best.len()).map(|k| (best[k], best[(k + 1) % best.len()]));
                let rest = set.iter().filter(|i| !best.contains(i)).map(|&i| (i, best[0]));
                circle.filter(|(a, b)| a != b).chain(rest)
            })
        })
    }
}
