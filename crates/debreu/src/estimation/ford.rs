//! Ford's condition: when a maximum of the likelihood exists.
//!
//! The Bradley-Terry and Plackett-Luce likelihoods have a maximum, unique up to a constant, iff for
//! every split of the items into two nonempty parts some item of the first part beats one of the
//! second (L. R. Ford, 1957; D. R. Hunter, Ann. Statist. 32, 2004): the graph from losers to
//! winners is strongly connected.

use crate::finite::graph::Graph;
use std::fmt;

/// A split of the items that violates Ford's condition: no item of `unbeaten` ever loses to an item
/// outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The items that never lose to the others, in increasing order.
    pub unbeaten: Vec<usize>,
    /// Number of items outside.
    pub others: usize,
    /// Whether some item of `unbeaten` beat one outside; otherwise the parts were never compared.
    pub compared: bool,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.unbeaten.iter().take(8).map(usize::to_string).collect();
        let dots = if self.unbeaten.len() > 8 { ", .." } else { "" };
        let (count, others) = (self.unbeaten.len(), self.others);
        write!(f, "the {count} items {{{}{dots}}} ", shown.join(", "))?;
        if self.compared {
            write!(f, "never lose to any of the {others} others")
        } else {
            write!(f, "are never compared to any of the {others} others")
        }
    }
}

/// The split that violates Ford's condition for the comparisons (loser, winner), if there is one.
pub(crate) fn violated_by<I: Iterator<Item = (u32, u32)>>(
    items: usize,
    beaten: impl Fn() -> I,
) -> Option<Split> {
    let graph = Graph::new(items, &beaten);
    let components = graph.components();
    if components.count <= 1 {
        return None;
    }
    // Edges go up in the numbering, so nothing leaves the last component.
    let last = components.count as u32 - 1;
    let unbeaten: Vec<usize> = (0..items).filter(|&i| components.of[i] == last).collect();
    let compared =
        beaten().any(|(l, w)| components.of[w as usize] == last && components.of[l as usize] != last);
    Some(Split { others: items - unbeaten.len(), unbeaten, compared })
}
