//! Finite families of total preorders: one utility for each query.

use crate::families::kendall::kendall;
use crate::finite::{Comparisons, dense_ranks, drop_fewest};
use relata_relations::faer::Mat;
use relata_relations::{FnRelation, RelationError, matrix_relation};
use std::collections::BTreeSet;
use thiserror::Error;

/// Orders of `n` items, one for each of `m` queries: `i <=_x j` iff `u(x, i) <= u(x, j)`.
///
/// ```
/// use relata_debreu::families::OrderFamily;
/// let f = OrderFamily::from_rankings(3, &[vec![0, 1, 2], vec![1, 0, 2], vec![0, 1, 2]])?;
/// let common = f.common_order()?;
/// assert_eq!(common.ranks, vec![2, 1, 0]);
/// assert!(common.is_best() && (common.agreement - 8.0 / 9.0).abs() < 1e-15);
/// # Ok::<(), relata_debreu::families::FamilyError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OrderFamily {
    items: usize,
    utilities: Vec<Vec<f64>>,
}

/// Why data are not a family of orders.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FamilyError {
    /// No query, or no item.
    #[error("a family needs at least one query and one item")]
    Empty,
    /// A query with another number of items than the first.
    #[error("query {query} has {found} items, {expected} are needed")]
    Items {
        /// The query.
        query: usize,
        /// Its number of items.
        found: usize,
        /// Number of items of the family.
        expected: usize,
    },
    /// A utility that is not finite.
    #[error("the utility of item {item} for query {query} is {value}; it must be finite")]
    NonFinite {
        /// The query.
        query: usize,
        /// The item.
        item: usize,
        /// The value.
        value: f64,
    },
    /// A ranking that leaves out an item, or names one twice or from outside.
    #[error("the ranking of query {query} is not an order of the items 0, .., {}", .items.saturating_sub(1))]
    NotAnOrder {
        /// The query.
        query: usize,
        /// Number of items.
        items: usize,
    },
    /// More comparisons than sparse data hold.
    #[error(transparent)]
    Comparisons(#[from] crate::finite::ComparisonsError),
}

/// One order for all queries, and how much of the family it explains.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonOrder {
    /// Dense ranks of the items, 0 the worst.
    pub ranks: Vec<u32>,
    /// Share of the strict preferences of the family (over all queries and pairs) that it agrees
    /// with; 1 if there are none.
    pub agreement: f64,
    /// No order agrees with more than this share.
    pub agreement_at_most: f64,
    /// Mean over the queries of Kendall's `tau_a` with it.
    pub mean_tau: f64,
}

impl CommonOrder {
    /// Whether it is known that no order agrees with more.
    #[must_use]
    pub fn is_best(&self) -> bool {
        self.agreement >= self.agreement_at_most
    }
}

impl OrderFamily {
    /// The family with the given utilities, one row of `n` values for each query.
    ///
    /// # Errors
    /// [`FamilyError`].
    pub fn new(utilities: Vec<Vec<f64>>) -> Result<Self, FamilyError> {
        let items = utilities.first().map_or(0, Vec::len);
        if items == 0 {
            return Err(FamilyError::Empty);
        }
        for (query, u) in utilities.iter().enumerate() {
            if u.len() != items {
                return Err(FamilyError::Items { query, found: u.len(), expected: items });
            }
            if let Some(item) = u.iter().position(|v| !v.is_finite()) {
                return Err(FamilyError::NonFinite { query, item, value: u[item] });
            }
        }
        Ok(Self { items, utilities })
    }

    /// The family of the given rankings of all items, best first; utilities are ranks.
    ///
    /// # Errors
    /// [`FamilyError::NotAnOrder`], [`FamilyError::Empty`].
    pub fn from_rankings<R: AsRef<[usize]>>(items: usize, rankings: &[R]) -> Result<Self, FamilyError> {
        let mut utilities = Vec::with_capacity(rankings.len());
        for (query, r) in rankings.iter().enumerate() {
            let r = r.as_ref();
            let mut u = vec![f64::NAN; items];
            for (place, &item) in r.iter().enumerate().filter(|(_, i)| **i < items) {
                u[item] = (items - 1) as f64 - place as f64;
            }
            if r.len() != items || u.iter().any(|v| v.is_nan()) {
                return Err(FamilyError::NotAnOrder { query, items });
            }
            utilities.push(u);
        }
        Self::new(utilities)
    }

    /// Number of queries.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.utilities.len()
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// The utilities, one row for each query.
    #[must_use]
    pub fn utilities(&self) -> &[Vec<f64>] {
        &self.utilities
    }

    /// The family as a relation `u(x, y)` of query and item numbers.
    ///
    /// # Errors
    /// None for a family that was constructed; the relation's own otherwise.
    pub fn relation(&self) -> Result<FnRelation, RelationError> {
        matrix_relation(Mat::from_fn(self.queries(), self.items, |x, y| self.utilities[x][y]))
    }

    /// The distinct orders, as dense ranks.
    #[must_use]
    pub fn distinct_orders(&self) -> Vec<Vec<u32>> {
        let all: BTreeSet<Vec<u32>> = self.utilities.iter().filter_map(|u| dense_ranks(u)).collect();
        all.into_iter().collect()
    }

    /// The order that agrees with the most strict preferences of the family (Kemeny's), exact for
    /// up to 20 items and otherwise with a bound: how much a query-independent utility explains.
    ///
    /// # Errors
    /// [`FamilyError::Comparisons`].
    pub fn common_order(&self) -> Result<CommonOrder, FamilyError> {
        let mut c = Comparisons::new(self.items)?;
        for u in &self.utilities {
            for i in 0..self.items {
                for j in 0..i {
                    if u[i] < u[j] {
                        c.strict(i, j)?;
                    } else if u[j] < u[i] {
                        c.strict(j, i)?;
                    }
                }
            }
        }
        let dropped = drop_fewest(&c);
        let all = c.len().max(1) as f64;
        let values: Vec<f64> = dropped.levels.iter().map(|&l| f64::from(l)).collect();
        let taus = self.utilities.iter().filter_map(|u| kendall(u, &values)).map(|k| k.tau_a());
        Ok(CommonOrder {
            ranks: dense_ranks(&values).unwrap_or_default(),
            agreement: 1.0 - dropped.places.len() as f64 / all,
            agreement_at_most: 1.0 - dropped.lower_bound as f64 / all,
            mean_tau: taus.sum::<f64>() / self.queries() as f64,
        })
    }
}
