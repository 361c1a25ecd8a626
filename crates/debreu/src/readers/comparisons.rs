//! Pairwise comparisons of named items.

use crate::estimation::{EstimationError, PairOutcomes, Rankings};
use crate::finite::{Comparisons, ComparisonsError};
use crate::readers::place::TakenFor;

/// Comparisons of named items.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonTable {
    /// The items, in order of first appearance.
    pub items: Vec<String>,
    /// The comparisons, in the order of the file.
    pub rows: Vec<ComparisonRow>,
    /// What the file was taken for.
    pub taken: TakenFor,
}

/// One row: two items, who won, and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The first item.
    pub first: usize,
    /// The second item.
    pub second: usize,
    /// Which of them is better.
    pub outcome: ComparisonOutcome,
    /// How often this was seen; positive.
    pub count: f64,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonOutcome {
    /// The first item is better.
    First,
    /// The second item is better.
    Second,
    /// Neither is.
    Tie,
}

impl ComparisonTable {
    /// The comparisons as order data: wins are strict, ties indifference; counts are not used.
    ///
    /// # Errors
    /// [`ComparisonsError`] for tables that were put together wrongly by hand.
    pub fn comparisons(&self) -> Result<Comparisons, ComparisonsError> {
        let mut c = Comparisons::new(self.items.len())?;
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => c.strict(r.second, r.first)?,
                ComparisonOutcome::Second => c.strict(r.first, r.second)?,
                ComparisonOutcome::Tie => c.indifferent(r.first, r.second)?,
            }
        }
        Ok(c)
    }

    /// The wins as data of the Bradley-Terry model; ties count as half a win for each.
    ///
    /// # Errors
    /// [`EstimationError`] for tables that were put together wrongly by hand.
    pub fn rankings(&self) -> Result<Rankings, EstimationError> {
        let mut data = Rankings::new(self.items.len());
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => data.weighted(&[r.first, r.second], 1, r.count)?,
                ComparisonOutcome::Second => data.weighted(&[r.second, r.first], 1, r.count)?,
                ComparisonOutcome::Tie => {
                    data.weighted(&[r.first, r.second], 1, 0.5 * r.count)?;
                    data.weighted(&[r.second, r.first], 1, 0.5 * r.count)?;
                }
            }
        }
        Ok(data)
    }

    /// Wins and ties as data of the models with ties.
    ///
    /// # Errors
    /// [`EstimationError`] for tables that were put together wrongly by hand.
    pub fn outcomes(&self) -> Result<PairOutcomes, EstimationError> {
        let mut data = PairOutcomes::new(self.items.len());
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => data.win(r.first, r.second, r.count)?,
                ComparisonOutcome::Second => data.win(r.second, r.first, r.count)?,
                ComparisonOutcome::Tie => data.tie(r.first, r.second, r.count)?,
            }
        }
        Ok(data)
    }
}
