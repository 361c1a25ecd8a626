//! A component solved exactly, or bracketed.

use super::part::Part;

/// Components with strict comparisons only are solved exactly up to this many items (`2^n n`
/// steps).
pub const EXACT_STRICT_ITEMS: usize = 20;

/// Components with weak comparisons too are solved exactly up to this many items (`3^n n` steps):
/// ties must be tried.
pub const EXACT_WEAK_ITEMS: usize = 13;

/// How often an order of a large component is improved and gets comparisons back. Each round lowers
/// the number dropped, and few change anything; what is left is bracketed.
const MAX_ROUNDS: usize = 20;

/// Levels of a component's items, and the fewest comparisons that any levels contradict, at least.
pub(super) struct Solved {
    pub(super) levels: Vec<u32>,
    pub(super) lower_bound: usize,
}

impl Part {
    /// The best levels found, with a lower bound.
    pub(super) fn solve(&self) -> Solved {
        let n = self.items.len();
        let strict_only = self.edges.iter().all(|(e, _)| e.strict);
        if self.edges.iter().all(|(e, _)| !e.strict) {
            return Solved { levels: vec![0; n], lower_bound: 0 };
        }
        if n <= if strict_only { EXACT_STRICT_ITEMS } else { EXACT_WEAK_ITEMS } {
            let levels = if strict_only { self.best_order() } else { self.best_weak_order() };
            let lower_bound = self.cost(&levels);
            return Solved { levels, lower_bound };
        }
        let mut levels = self.improve(self.by_scores());
        for _ in 0..MAX_ROUNDS {
            let Some(other) = self.take_back(&levels) else { break };
            levels = self.improve(other.into_iter().map(f64::from).collect());
        }
        let lower_bound = self.cycle_packing(&levels);
        Solved { levels, lower_bound }
    }

    fn cost(&self, levels: &[u32]) -> usize {
        self.edges.iter().filter(|(e, _)| e.contradicted(levels)).count()
    }
}
