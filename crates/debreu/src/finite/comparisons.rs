//! Sparse comparisons, their consistency in Suzumura's sense, and the utility they determine.
//!
//! Data are weak comparisons `a <= b` and strict ones `a < b`. They extend to a total preorder that
//! agrees with all of them iff no cycle of comparisons contains a strict one (K. Suzumura, *Remarks
//! on the theory of collective choice*, Economica 1976; M. K. Richter, *Revealed preference
//! theory*, Econometrica 1966). Then `u(x)` = the number of classes on a longest chain below `x`
//! represents every comparison: `a <= b` implies `u(a) <= u(b)` and `a < b` implies `u(a) < u(b)`.

use crate::finite::graph::{Components, Graph};
use rayon::prelude::*;
use thiserror::Error;

const STRICT: u32 = 1 << 31;

/// The most items sparse comparisons may have.
pub const MAX_ITEMS: usize = (1 << 31) - 1;

/// A list of weak and strict comparisons of `{0, .., n-1}`; 8 bytes a comparison.
///
/// ```
/// use relata_debreu::finite::Comparisons;
/// let mut c = Comparisons::new(4)?;
/// c.strict(0, 1)?; // 1 is better than 0
/// c.indifferent(1, 2)?;
/// c.weak(2, 3)?;
/// let u = c.utility()?;
/// assert_eq!(u.ranks(), &[0, 1, 1, 2]);
/// c.strict(3, 0)?;
/// assert!(c.utility().is_err()); // with the cycle 3 < 0 < 1 <= 2 <= 3 as witness
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparisons {
    items: usize,
    // Lower item; upper item with the strictness in its highest bit.
    edges: Vec<(u32, u32)>,
}

/// One comparison: `lower <= upper`, or `lower < upper` where it is strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comparison {
    /// The item that is not better.
    pub lower: usize,
    /// The item that is not worse.
    pub upper: usize,
    /// Whether the upper item is strictly better.
    pub strength: Strength,
}

/// Whether a comparison excludes indifference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strength {
    /// At least as good.
    Weak,
    /// Better.
    Strict,
}

/// Why comparisons are not what they should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComparisonsError {
    /// An item outside the ground set.
    #[error("item {item} is outside of {{0, .., {}}}", .items.saturating_sub(1))]
    OutOfRange {
        /// The item.
        item: usize,
        /// Number of items.
        items: usize,
    },
    /// Too many items.
    #[error("{items} items are more than {MAX_ITEMS}")]
    TooMany {
        /// Number of items asked for.
        items: usize,
    },
    /// A cycle with a strict comparison: no total preorder agrees with the data.
    #[error(
        "inconsistent: the comparisons at the places {comparisons:?} form a cycle through the items {items:?}, and at least one of them is strict"
    )]
    Cycle {
        /// The items `x_0, x_1, .., x_k` of the cycle, each at most the next and the last at most
        /// the first.
        items: Vec<usize>,
        /// The comparisons (by their places in the list) from each item to the next, the last one
        /// back to the first.
        comparisons: Vec<usize>,
    },
}

/// A utility by dense ranks `0, 1, .., levels - 1`, with gaps of exactly 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankUtility {
    pub(crate) ranks: Vec<u32>,
    levels: usize,
    classes: usize,
}

impl Comparisons {
    /// No comparison yet, of `items` items.
    ///
    /// # Errors
    /// [`ComparisonsError::TooMany`] beyond [`MAX_ITEMS`].
    pub fn new(items: usize) -> Result<Self, ComparisonsError> {
        if items > MAX_ITEMS {
            return Err(ComparisonsError::TooMany { items });
        }
        Ok(Self { items, edges: Vec::new() })
    }

    /// Adds `lower <= upper`.
    ///
    /// # Errors
    /// [`ComparisonsError::OutOfRange`].
    pub fn weak(&mut self, lower: usize, upper: usize) -> Result<(), ComparisonsError> {
        self.push(lower, upper, Strength::Weak)
    }

    /// Adds `lower < upper`.
    ///
    /// # Errors
    /// [`ComparisonsError::OutOfRange`].
    pub fn strict(&mut self, lower: usize, upper: usize) -> Result<(), ComparisonsError> {
        self.push(lower, upper, Strength::Strict)
    }

    /// Adds `a ~ b`, as two weak comparisons.
    ///
    /// # Errors
    /// [`ComparisonsError::OutOfRange`].
    pub fn indifferent(&mut self, a: usize, b: usize) -> Result<(), ComparisonsError> {
        self.weak(a, b)?;
        self.weak(b, a)
    }

    /// Adds a comparison.
    ///
    /// # Errors
    /// [`ComparisonsError::OutOfRange`].
    pub fn push(&mut self, lower: usize, upper: usize, strength: Strength) -> Result<(), ComparisonsError> {
        if let Some(item) = [lower, upper].into_iter().find(|&i| i >= self.items) {
            return Err(ComparisonsError::OutOfRange { item, items: self.items });
        }
        let flag = if strength == Strength::Strict { STRICT } else { 0 };
        self.edges.push((lower as u32, upper as u32 | flag));
        Ok(())
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// Number of comparisons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Whether there is no comparison.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The comparison at a place of the list.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<Comparison> {
        self.edges.get(place).map(|&e| unpack(e))
    }

    /// The comparisons in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Comparison> + '_ {
        self.edges.iter().map(|&e| unpack(e))
    }

    /// The comparisons without those at the given places.
    #[must_use]
    pub fn without(&self, places: &[usize]) -> Self {
        let mut keep = vec![true; self.edges.len()];
        for &place in places {
            if let Some(k) = keep.get_mut(place) {
                *k = false;
            }
        }
        let edges = self.edges.iter().zip(&keep).filter(|(_, k)| **k).map(|(e, _)| *e).collect();
        Self { items: self.items, edges }
    }

    /// A utility that agrees with every comparison, or a cycle of comparisons with a strict one
    /// among them, which shows that there is none.
    ///
    /// Where the comparisons decide every pair of items, the utility is their dense rank and
    /// represents the total preorder they generate in both directions ([`RankUtility::is_total`]);
    /// otherwise it is a Richter-Peleg utility of the preorder they generate.
    ///
    /// Complexity: `O(n + m)`; memory 4 bytes a comparison and about 36 bytes an item above the
    /// list itself.
    ///
    /// # Errors
    /// [`ComparisonsError::Cycle`], shortest among those through the first offending comparison.
    pub fn utility(&self) -> Result<RankUtility, ComparisonsError> {
        let graph = self.graph();
        let components = graph.components();
        if let Some(place) = self.first_offence(&components) {
            return Err(self.cycle_through(&graph, &components, place));
        }
        let levels = graph.levels(&components);
        let ranks: Vec<u32> = components.of.iter().map(|&c| levels[c as usize]).collect();
        let height = levels.iter().max().map_or(0, |&l| l as usize + 1);
        Ok(RankUtility { ranks, levels: height, classes: components.count })
    }

    /// A cycle with a strict comparison, if there is one: the data are then inconsistent in
    /// Suzumura's sense.
    #[must_use]
    pub fn inconsistency(&self) -> Option<ComparisonsError> {
        let graph = self.graph();
        let components = graph.components();
        self.first_offence(&components).map(|place| self.cycle_through(&graph, &components, place))
    }

    /// The places of the comparisons that a utility contradicts, in increasing order:
    /// `u(lower) > u(upper)`, or `u(lower) >= u(upper)` where the comparison is strict. Values
    /// beyond the slice count as contradicted.
    #[must_use]
    pub fn contradicted_by<T: PartialOrd + Sync>(&self, utility: &[T]) -> Vec<usize> {
        let agrees = |&e: &(u32, u32)| {
            let c = unpack(e);
            match (utility.get(c.lower), utility.get(c.upper), c.strength) {
                (Some(a), Some(b), Strength::Weak) => a <= b,
                (Some(a), Some(b), Strength::Strict) => a < b,
                _ => false,
            }
        };
        let wrong = self.edges.par_iter().with_min_len(8192).enumerate().filter(|(_, e)| !agrees(e));
        wrong.map(|(place, _)| place).collect()
    }

    pub(crate) fn graph(&self) -> Graph {
        Graph::new(self.items, || self.edges.iter().map(|&(a, b)| (a, b & !STRICT)))
    }

    fn first_offence(&self, c: &Components) -> Option<usize> {
        let inside =
            |&(a, b): &(u32, u32)| b & STRICT != 0 && c.of[a as usize] == c.of[(b & !STRICT) as usize];
        self.edges.par_iter().with_min_len(8192).position_first(inside)
    }

    fn cycle_through(&self, graph: &Graph, c: &Components, place: usize) -> ComparisonsError {
        let (a, b) = (self.edges[place].0, self.edges[place].1 & !STRICT);
        // `a` and `b` share a component, so the path exists; the fallback is the loop a < a.
        let back = graph.path(b, a, |v| c.of[v as usize] == c.of[a as usize]).unwrap_or_else(|| vec![a]);
        let mut items = vec![a];
        items.extend(&back[..back.len() - 1]);
        let mut wanted: Vec<Option<usize>> = vec![None; items.len()];
        wanted[0] = Some(place);
        let step = |k: usize| (items[k], items[(k + 1) % items.len()]);
        for (p, &(l, u)) in self.edges.iter().enumerate() {
            for (k, slot) in wanted.iter_mut().enumerate() {
                if slot.is_none() && step(k) == (l, u & !STRICT) {
                    *slot = Some(p);
                }
            }
        }
        ComparisonsError::Cycle {
            items: items.iter().map(|&i| i as usize).collect(),
            comparisons: wanted.into_iter().flatten().collect(),
        }
    }
}

impl RankUtility {
    /// The utility of each item: dense ranks, 0 the worst.
    #[must_use]
    pub fn ranks(&self) -> &[u32] {
        &self.ranks
    }

    /// The utility as floats; exact.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.ranks.iter().map(|&r| f64::from(r)).collect()
    }

    /// Number of different values.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Number of indifference classes of the preorder that the comparisons generate.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Whether the comparisons generate a total preorder, which the utility then represents in both
    /// directions: there is one class a level.
    #[must_use]
    pub fn is_total(&self) -> bool {
        self.levels == self.classes
    }

    pub(crate) fn from_ranks(ranks: Vec<u32>) -> Self {
        let levels = ranks.iter().max().map_or(0, |&l| l as usize + 1);
        Self { ranks, levels, classes: levels }
    }
}

fn unpack((lower, upper): (u32, u32)) -> Comparison {
    let strength = if upper & STRICT == 0 { Strength::Weak } else { Strength::Strict };
    Comparison { lower: lower as usize, upper: (upper & !STRICT) as usize, strength }
}
