//! The Houtman-Maks index: the largest number of observations that satisfy GARP together.
//!
//! (M. Houtman and J. Maks, 1985.) Removing observations until no cycle with a strict edge is left
//! is a feedback vertex set, NP-hard in general. Components of revealed preference are independent.
//! Each is searched by iterative deepening: some member of a shortest violating cycle has to go,
//! and cycles without a common member bound from below what is still to go.

use crate::finite::dense::components;
use crate::finite::graph::Graph;
use crate::revealed::panel::Panel;
use std::cmp::Ordering;

/// A large set of observations that satisfies GARP, with an upper bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoutmanMaks {
    /// The observations to drop, in increasing order; the others satisfy GARP.
    pub dropped: Vec<usize>,
    /// At least so many must be dropped.
    pub lower_bound: usize,
    /// Number of observations.
    pub observations: usize,
}

impl HoutmanMaks {
    /// The share of observations that are kept.
    #[must_use]
    pub fn index(&self) -> f64 {
        1.0 - self.dropped.len() as f64 / self.observations as f64
    }

    /// Whether no larger set satisfies GARP.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.dropped.len() == self.lower_bound
    }
}

impl Panel {
    /// The Houtman-Maks index, exact unless the search takes more than `budget` steps; then a
    /// bracket.
    #[must_use]
    pub fn houtman_maks(&self, budget: u64) -> HoutmanMaks {
        let components = components(self.affordable());
        let mut members = vec![Vec::new(); components.count];
        components.of.iter().enumerate().for_each(|(t, &c)| members[c as usize].push(t));
        let (mut dropped, mut lower_bound, mut steps) = (Vec::new(), 0, budget);
        for class in members.into_iter().filter(|m| m.len() > 1) {
            let part = Part::new(self, &class);
            let greedy = part.greedy();
            let mut depth = part.packing(&vec![true; class.len()]);
            let found = loop {
                if depth >= greedy.len() {
                    break greedy.clone();
                }
                let mut alive = vec![true; class.len()];
                match part.search(&mut alive, depth, &mut steps) {
                    Some(true) => break (0..class.len()).filter(|&k| !alive[k]).collect(),
                    Some(false) => depth += 1,
                    None => break greedy.clone(),
                }
            };
            lower_bound += depth.min(found.len());
            dropped.extend(found.into_iter().map(|k| class[k]));
        }
        dropped.sort_unstable();
        HoutmanMaks { dropped, lower_bound, observations: self.len() }
    }
}

/// One component: who can afford whose bundle, weakly and strictly.
pub(super) struct Part {
    n: usize,
    weak: Vec<bool>,
    strict: Vec<bool>,
}

impl Part {
    pub(super) fn new(panel: &Panel, class: &[usize]) -> Self {
        let n = class.len();
        let pair = |k: usize| (class[k / n], class[k % n]);
        let weak = (0..n * n).map(pair).map(|(t, s)| panel.affordable().contains(t, s));
        let strict = (0..n * n).map(pair).map(|(t, s)| panel.compare(t, s) == Ordering::Less);
        Self { n, weak: weak.collect(), strict: strict.collect() }
    }

    /// Number of observations.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The same without some pairs.
    pub(super) fn without(&self, broken: impl Fn(usize, usize) -> bool) -> Self {
        let n = self.n;
        let keep = |of: &[bool]| (0..n * n).map(|k| of[k] && !broken(k / n, k % n)).collect();
        Self { n, weak: keep(&self.weak), strict: keep(&self.strict) }
    }

    /// A shortest violating cycle among the observations alive.
    pub(super) fn cycle(&self, alive: &[bool]) -> Option<Vec<usize>> {
        let n = self.n;
        let here = |t: usize, s: usize| alive[t] && alive[s];
        for t in (0..n).filter(|&t| alive[t]) {
            if let Some(s) = (0..n).find(|&s| here(t, s) && self.strict[t * n + s] && self.weak[s * n + t]) {
                return Some(vec![t, s]);
            }
        }
        let edges: Vec<(u32, u32)> = (0..n * n)
            .filter(|&k| self.weak[k] && here(k / n, k % n))
            .map(|k| ((k / n) as u32, (k % n) as u32))
            .collect();
        let graph = Graph::new(n, || edges.iter().copied());
        let components = graph.components();
        let mut best: Option<Vec<usize>> = None;
        for &(t, s) in &edges {
            let together = components.of[t as usize] == components.of[s as usize];
            if !together || !self.strict[t as usize * n + s as usize] {
                continue;
            }
            let inside = |v: u32| components.of[v as usize] == components.of[t as usize];
            let Some(path) = graph.path(s, t, inside) else { continue };
            if best.as_ref().is_none_or(|b| path.len() < b.len()) {
                best = Some(path.iter().map(|&v| v as usize).collect());
            }
            if best.as_ref().is_some_and(|b| b.len() == 3) {
                break;
            }
        }
        best
    }

    /// Number of violating cycles without a common member, found greedily.
    fn packing(&self, alive: &[bool]) -> usize {
        let mut alive = alive.to_vec();
        let mut count = 0;
        while let Some(cycle) = self.cycle(&alive) {
            cycle.iter().for_each(|&k| alive[k] = false);
            count += 1;
        }
        count
    }

    /// Drops the observation with the most violating pairs until GARP holds, then takes back what
    /// can be taken back.
    fn greedy(&self) -> Vec<usize> {
        let n = self.n;
        let mut alive = vec![true; n];
        while let Some(cycle) = self.cycle(&alive) {
            let conflicts = |t: usize| {
                let clash = |s: usize| {
                    let (a, b) = (t * n + s, s * n + t);
                    alive[s] && ((self.strict[a] && self.weak[b]) || (self.weak[a] && self.strict[b]))
                };
                (0..n).filter(|&s| clash(s)).count()
            };
            if let Some(&worst) = cycle.iter().max_by_key(|&&t| (conflicts(t), n - t)) {
                alive[worst] = false;
            }
        }
        for k in 0..n {
            if !alive[k] {
                alive[k] = true;
                if self.cycle(&alive).is_some() {
                    alive[k] = false;
                }
            }
        }
        (0..n).filter(|&k| !alive[k]).collect()
    }

    /// Whether dropping `left` more suffices; `alive` then says which. `None` when out of steps.
    fn search(&self, alive: &mut [bool], left: usize, steps: &mut u64) -> Option<bool> {
        let Some(cycle) = self.cycle(alive) else { return Some(true) };
        if left == 0 || self.packing(alive) > left {
            return Some(false);
        }
        for &k in &cycle {
            if *steps == 0 {
                return None;
            }
            *steps -= 1;
            alive[k] = false;
            if self.search(alive, left - 1, steps)? {
                return Some(true);
            }
            alive[k] = true;
        }
        Some(false)
    }
}
