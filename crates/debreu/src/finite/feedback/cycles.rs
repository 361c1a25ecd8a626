//! Large components from below: cycles that share no comparison.

use super::part::{Edge, Part};
use crate::finite::graph::Graph;
use std::collections::BTreeMap;

/// Numbers of comparisons between two items, weak and strict.
pub(super) type Unused = BTreeMap<(usize, usize), [usize; 2]>;

impl Part {
    /// Cycles with a strict comparison that share no comparison. Each contains one that the levels
    /// contradict, so only those need be closed into cycles.
    pub(super) fn cycle_packing(&self, levels: &[u32]) -> usize {
        let n = self.items.len();
        let mut free = Unused::new();
        for (e, _) in &self.edges {
            free.entry((e.lower, e.upper)).or_insert([0; 2])[usize::from(e.strict)] += 1;
        }
        let pairs: Vec<(usize, usize)> = free.keys().copied().collect();
        let graph = Graph::new(n, || pairs.iter().map(|&(a, b)| (a as u32, b as u32)));
        let mut wrong: Vec<Edge> =
            self.edges.iter().map(|(e, _)| *e).filter(|e| e.contradicted(levels)).collect();
        // Short detours first: they leave more for the others.
        wrong.sort_by_key(|e| levels[e.lower] - levels[e.upper]);
        let mut packed = 0;
        let mut search = Detour::new(n);
        for e in wrong {
            let available = free.get(&(e.lower, e.upper)).is_some_and(|f| f[usize::from(e.strict)] > 0);
            if !available {
                continue;
            }
            let Some(path) = search.find(&graph, &free, e) else { continue };
            take(&mut free, e.lower, e.upper, usize::from(e.strict));
            // Use weak comparisons where there are some; the cycle needs one strict in all.
            let mut need_strict = !e.strict;
            for w in path.windows(2) {
                let f = free.get(&(w[0], w[1])).copied().unwrap_or([0; 2]);
                let use_strict = f[0] == 0 || (need_strict && f[1] > 0);
                need_strict &= !use_strict;
                take(&mut free, w[0], w[1], usize::from(use_strict));
            }
            packed += 1;
        }
        packed
    }
}

const NONE: usize = usize::MAX;

/// Breadth-first search on (item, whether a strict comparison has been used).
pub(super) struct Detour {
    parent: Vec<usize>,
    touched: Vec<usize>,
}

impl Detour {
    pub(super) fn new(items: usize) -> Self {
        Self { parent: vec![NONE; 2 * items], touched: Vec::new() }
    }

    /// A shortest path of unused comparisons from the upper item of `e` back to its lower one, with
    /// a strict one on it if `e` itself is weak.
    pub(super) fn find(&mut self, graph: &Graph, free: &Unused, e: Edge) -> Option<Vec<usize>> {
        let n = graph.len();
        self.touched.drain(..).for_each(|s| self.parent[s] = NONE);
        let start = e.upper + if e.strict { n } else { 0 };
        let goal = e.lower + n;
        self.parent[start] = start;
        self.touched.push(start);
        let mut head = 0;
        while head < self.touched.len() {
            let state = self.touched[head];
            head += 1;
            if state == goal {
                let mut path = vec![state % n];
                let mut at = state;
                while at != start {
                    at = self.parent[at];
                    path.push(at % n);
                }
                path.reverse();
                return Some(path);
            }
            let v = state % n;
            for &w in graph.successors(v as u32) {
                let w = w as usize;
                let Some(f) = free.get(&(v, w)) else { continue };
                let to = if state >= n || f[1] > 0 { w + n } else { w };
                if f[0] + f[1] > 0 && self.parent[to] == NONE {
                    self.parent[to] = state;
                    self.touched.push(to);
                }
            }
        }
        None
    }
}

fn take(free: &mut Unused, a: usize, b: usize, kind: usize) {
    if let Some(f) = free.get_mut(&(a, b)) {
        f[kind] = f[kind].saturating_sub(1);
    }
}
