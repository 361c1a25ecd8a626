//! Large components from above: levels that are improved until nothing helps.

use super::cycles::{Detour, Unused};
use super::part::{Edge, Part};
use crate::finite::graph::Graph;

/// Passes over all items at most. A pass that moves an item lowers the number contradicted, so they
/// end by themselves; this bounds the time.
const MAX_PASSES: usize = 200;

impl Part {
    /// Different levels in the order of scores.
    pub(super) fn by_scores(&self) -> Vec<f64> {
        let n = self.items.len();
        let (mut won, mut all) = (vec![0.0f64; n], vec![0.0f64; n]);
        for (e, _) in &self.edges {
            won[e.upper] += 1.0;
            all[e.upper] += 1.0;
            all[e.lower] += 1.0;
        }
        spread(&refine_scores(&self.edges, won.iter().zip(&all).map(|(w, a)| w / a).collect(), &all))
    }

    /// Moves single items to their best level until nothing improves.
    pub(super) fn improve(&self, start: Vec<f64>) -> Vec<u32> {
        let n = self.items.len();
        let mut touching: Vec<Vec<usize>> = vec![Vec::new(); n];
        for (k, (e, _)) in self.edges.iter().enumerate() {
            touching[e.lower].push(k);
            touching[e.upper].push(k);
        }
        let mut level = start;
        for _ in 0..MAX_PASSES {
            let mut moved = false;
            for x in 0..n {
                if let Some(to) = self.better_level(x, &touching[x], &level) {
                    level[x] = to;
                    moved = true;
                }
            }
            level = dense(&level);
            if !moved {
                break;
            }
        }
        dense(&level).iter().map(|&l| l as u32).collect()
    }

    /// Levels that also agree with comparisons which these contradict although what is kept does
    /// not: one at a time joins, if it closes no cycle with a strict comparison. `None` if there
    /// are none.
    pub(super) fn take_back(&self, levels: &[u32]) -> Option<Vec<u32>> {
        let n = self.items.len();
        let mut kept = Unused::new();
        for (e, _) in &self.edges {
            let agrees = usize::from(!e.contradicted(levels));
            kept.entry((e.lower, e.upper)).or_insert([0; 2])[usize::from(e.strict)] += agrees;
        }
        let pairs: Vec<(u32, u32)> = kept.keys().map(|&(a, b)| (a as u32, b as u32)).collect();
        let graph = Graph::new(n, || pairs.iter().copied());
        let mut search = Detour::new(n);
        let mut joined = false;
        for (e, _) in self.edges.iter().filter(|(e, _)| e.contradicted(levels)) {
            if search.find(&graph, &kept, *e).is_none() {
                kept.entry((e.lower, e.upper)).or_insert([0; 2])[usize::from(e.strict)] += 1;
                joined = true;
            }
        }
        if !joined {
            return None;
        }
        let rest: Vec<(u32, u32)> =
            kept.iter().filter(|(_, k)| k[0] + k[1] > 0).map(|(&(a, b), _)| (a as u32, b as u32)).collect();
        let graph = Graph::new(n, || rest.iter().copied());
        let components = graph.components();
        let level = graph.levels(&components);
        Some(components.of.iter().map(|&c| level[c as usize]).collect())
    }

    /// The level at which the fewest comparisons of `x` are contradicted, if it beats the present
    /// one.
    fn better_level(&self, x: usize, touching: &[usize], level: &[f64]) -> Option<f64> {
        // Moving x upward past the level l of a neighbour changes the count by `at` on reaching l
        // and by `past` on leaving it.
        let mut turns: Vec<(f64, i64, i64)> = Vec::with_capacity(touching.len());
        let mut count = 0i64; // with x below everything
        for &k in touching {
            let (e, _) = self.edges[k];
            if e.lower == x {
                // x <= b is wrong above b; x < b is wrong at b too.
                turns.push(if e.strict { (level[e.upper], 1, 0) } else { (level[e.upper], 0, 1) });
            } else {
                count += 1;
                turns.push(if e.strict { (level[e.lower], 0, -1) } else { (level[e.lower], -1, 0) });
            }
        }
        turns.sort_by(|a, b| a.0.total_cmp(&b.0));
        let lowest = turns.first()?.0;
        let (mut best, mut best_at, mut here) = (count, lowest - 1.0, None);
        if level[x] < lowest {
            here = Some(count);
        }
        let mut i = 0;
        while i < turns.len() {
            let l = turns[i].0;
            let mut j = i;
            while j < turns.len() && turns[j].0 <= l {
                count += turns[j].1;
                j += 1;
            }
            let next = turns.get(j).map(|t| t.0);
            let above = next.map_or(l + 1.0, |m| l + 0.5 * (m - l));
            if level[x].total_cmp(&l).is_eq() {
                here = Some(count);
            }
            if count < best {
                (best, best_at) = (count, l);
            }
            count += turns[i..j].iter().map(|t| t.2).sum::<i64>();
            if level[x] > l && next.is_none_or(|m| level[x] < m) {
                here = Some(count);
            }
            if count < best && above > l && next.is_none_or(|m| above < m) {
                (best, best_at) = (count, above);
            }
            i = j;
        }
        here.is_some_and(|h| best < h).then_some(best_at)
    }
}

/// Averages of the opponents' scores plus or minus one, a few times: on sparse data the share of
/// comparisons won says little.
fn refine_scores(edges: &[(Edge, usize)], start: Vec<f64>, all: &[f64]) -> Vec<f64> {
    let mut score = start;
    for _ in 0..50 {
        let mut next = vec![0.0; score.len()];
        for (e, _) in edges {
            next[e.upper] += score[e.lower] + 1.0;
            next[e.lower] += score[e.upper] - 1.0;
        }
        next.iter_mut().zip(all).zip(&score).for_each(|((v, a), s)| *v = 0.5 * (*v / a + s));
        score = next;
    }
    score
}

/// Different levels for all items, in the order of their scores.
fn spread(score: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[a].total_cmp(&score[b]).then(a.cmp(&b)));
    let mut level = vec![0.0; score.len()];
    order.iter().enumerate().for_each(|(rank, &x)| level[x] = rank as f64);
    level
}

/// The same order with levels 0, 1, 2, ...
fn dense(level: &[f64]) -> Vec<f64> {
    let mut sorted = level.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup_by(|a, b| *a <= *b);
    level.iter().map(|l| sorted.partition_point(|s| s < l) as f64).collect()
}
