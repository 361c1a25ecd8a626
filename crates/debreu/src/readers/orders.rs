//! Rankings of named items, perhaps with ties.

use crate::estimation::{EstimationError, Rankings, TiedRankings};
use crate::finite::{Comparisons, ComparisonsError};
use crate::readers::place::TakenFor;

/// Rankings of named items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTable {
    /// The items.
    pub items: Vec<String>,
    /// The rankings, in the order of the file.
    pub orders: Vec<Order>,
    /// What the file was taken for.
    pub taken: TakenFor,
}

/// One ranking: groups of tied items, best first, and how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Groups of tied items, best first.
    pub tiers: Vec<Vec<usize>>,
    /// How often it was seen.
    pub count: u64,
}

impl Order {
    /// Whether two items tie above the last group.
    #[must_use]
    pub fn ties_before_its_end(&self) -> bool {
        self.tiers.split_last().is_some_and(|(_, above)| above.iter().any(|t| t.len() > 1))
    }
}

impl OrderTable {
    /// The rankings as data of the Plackett-Luce model. A tier of tied items at the end counts as
    /// "all of these after the others"; the model has no other ties.
    ///
    /// # Errors
    /// [`EstimationError::Ranking`] naming an order with tied items before its last tier. Orders
    /// that compare nothing (one tier) are left out.
    pub fn rankings(&self) -> Result<Rankings, EstimationError> {
        let mut data = Rankings::new(self.items.len());
        for order in &self.orders {
            let list: Vec<usize> = order.tiers.iter().flatten().copied().collect();
            let Some((last, above)) = order.tiers.split_last() else { continue };
            if order.ties_before_its_end() {
                let reason = "has ties before its end, which Plackett-Luce does not model";
                return Err(EstimationError::Ranking { ranking: list, reason });
            }
            let stages = above.len().min(list.len().saturating_sub(1));
            if stages > 0 && !last.is_empty() {
                data.weighted(&list, stages, order.count as f64)?;
            }
        }
        Ok(data)
    }

    /// The rankings as data of the model with ties. As in [`OrderTable::rankings`] a tier of tied
    /// items at the end counts as "all of these after the others", not as a tie.
    ///
    /// # Errors
    /// [`EstimationError::Ranking`] for an order with more than
    /// [`MAX_TIED`](crate::estimation::MAX_TIED) tied items before its last tier.
    pub fn tied_rankings(&self) -> Result<TiedRankings, EstimationError> {
        let mut data = TiedRankings::new(self.items.len());
        for order in &self.orders {
            match order.tiers.split_last() {
                Some((last, above)) if last.len() > 1 => data.ranking(above, last, order.count as f64)?,
                _ => data.ranking(&order.tiers, &[], order.count as f64)?,
            }
        }
        Ok(data)
    }

    /// The rankings as order data: each tier is strictly better than the next, and items that tie
    /// before the last tier are indifferent. Counts are not used.
    ///
    /// # Errors
    /// [`ComparisonsError`] for tables that were put together wrongly by hand.
    pub fn comparisons(&self) -> Result<Comparisons, ComparisonsError> {
        let mut c = Comparisons::new(self.items.len())?;
        for order in &self.orders {
            for (k, tier) in order.tiers.iter().enumerate() {
                let next = order.tiers.get(k + 1);
                if next.is_some() {
                    tier.windows(2).try_for_each(|w| c.indifferent(w[0], w[1]))?;
                }
                // One member of a tier above all of the next: the others are its equals.
                if let (Some(next), Some(&better)) = (next, tier.first()) {
                    next.iter().try_for_each(|&worse| c.strict(worse, better))?;
                }
            }
        }
        Ok(c)
    }
}
