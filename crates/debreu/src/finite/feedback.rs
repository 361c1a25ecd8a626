//! Inconsistent comparisons: the fewest to drop so that a utility agrees with the rest, and which.
//!
//! Dropping comparisons until no cycle has a strict one is minimum feedback arc set (NP-hard).
//! Cycles stay inside strongly connected components, so each component is solved alone: exactly by
//! dynamic programming over the sets of items at the bottom of the order for small components,
//! otherwise bracketed. Above: levels improved by moving one item at a time to its best place until
//! no move helps, and by taking back dropped comparisons that close no cycle. Below: a packing of
//! cycles that share no comparison, each of which must lose one.

use crate::finite::comparisons::{Comparisons, Strength};
use crate::finite::graph::Graph;
use std::collections::BTreeMap;

/// Components with strict comparisons only are solved exactly up to this many items (`2^n n`
/// steps).
pub const EXACT_STRICT_ITEMS: usize = 20;

/// Components with weak comparisons too are solved exactly up to this many items (`3^n n` steps):
/// ties must be tried.
pub const EXACT_WEAK_ITEMS: usize = 13;

/// What to drop, and how good that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The places of the dropped comparisons, in increasing order. The others are consistent.
    pub places: Vec<usize>,
    /// No set with fewer comparisons does. Where this equals the number dropped, the answer is the
    /// minimum.
    pub lower_bound: usize,
    /// Levels that agree with every comparison that is kept, and contradict every one that is
    /// dropped.
    pub levels: Vec<u32>,
}

impl Dropped {
    /// Whether no smaller set of comparisons would do.
    #[must_use]
    pub fn is_minimum(&self) -> bool {
        self.places.len() == self.lower_bound
    }
}

/// A smallest set of comparisons whose removal leaves consistent data, or a small one with a lower
/// bound where components are large.
///
/// ```
/// use relata_debreu::finite::{Comparisons, drop_fewest};
/// let mut c = Comparisons::new(3)?;
/// for (a, b) in [(0, 1), (1, 2), (2, 0), (0, 1)] {
///     c.strict(a, b)?;
/// }
/// let d = drop_fewest(&c);
/// assert!(d.is_minimum() && d.places.len() == 1);
/// assert!(c.without(&d.places).utility().is_ok());
/// # Ok::<(), relata_debreu::finite::ComparisonsError>(())
/// ```
///
/// Complexity: `O(2^20 * 20)` or `O(3^13 * 13)` a small component; large ones need a few passes of
/// `O(m log m)` for the levels and a few breadth-first searches for each comparison dropped.
#[must_use]
pub fn drop_fewest(c: &Comparisons) -> Dropped {
    let graph = c.graph();
    let components = graph.components();
    let base = graph.levels(&components);
    let mut parts: Vec<Part> = Vec::new();
    let mut part_of = vec![usize::MAX; components.count];
    let mut local = vec![0usize; c.items()];
    let mut sizes = vec![0usize; components.count];
    components.of.iter().for_each(|&k| sizes[k as usize] += 1);
    for (item, &k) in components.of.iter().enumerate() {
        let k = k as usize;
        if sizes[k] == 1 {
            continue;
        }
        if part_of[k] == usize::MAX {
            part_of[k] = parts.len();
            parts.push(Part::default());
        }
        local[item] = parts[part_of[k]].items.len();
        parts[part_of[k]].items.push(item);
    }
    let mut loops = Vec::new();
    for (place, e) in c.iter().enumerate() {
        let k = components.of[e.lower] as usize;
        if e.lower == e.upper {
            if e.strength == Strength::Strict {
                loops.push(place); // x < x can only be dropped
            }
        } else if k == components.of[e.upper] as usize {
            let edge =
                Edge { lower: local[e.lower], upper: local[e.upper], strict: e.strength == Strength::Strict };
            parts[part_of[k]].edges.push((edge, place));
        }
    }
    // Component by component in topological order, each at its own stretch of levels.
    let mut inner = vec![0u32; c.items()];
    let mut height = vec![1u64; components.count];
    let mut lower_bound = loops.len();
    for part in &parts {
        let solved = part.solve();
        lower_bound += solved.lower_bound;
        let k = components.of[part.items[0]] as usize;
        height[k] = solved.levels.iter().max().map_or(1, |&m| u64::from(m) + 1);
        part.items.iter().zip(&solved.levels).for_each(|(&item, &l)| inner[item] = l);
    }
    let mut stretch: BTreeMap<u32, u64> = BTreeMap::new();
    base.iter().zip(&height).for_each(|(&l, &h)| {
        let tallest = stretch.entry(l).or_insert(1);
        *tallest = (*tallest).max(h);
    });
    let mut offset = 0u64;
    stretch.values_mut().for_each(|h| offset += std::mem::replace(h, offset));
    let level_of = |item: usize| {
        let below = stretch.get(&base[components.of[item] as usize]).copied().unwrap_or(0);
        (below + u64::from(inner[item])) as u32
    };
    let levels: Vec<u32> = (0..c.items()).map(level_of).collect();
    Dropped { places: c.contradicted_by(&levels), lower_bound, levels }
}

#[derive(Clone, Copy)]
struct Edge {
    lower: usize,
    upper: usize,
    strict: bool,
}

impl Edge {
    fn contradicted<T: PartialOrd>(self, level: &[T]) -> bool {
        let (a, b) = (&level[self.lower], &level[self.upper]);
        if self.strict { a >= b } else { a > b }
    }
}

/// One strongly connected component with its comparisons and their places.
#[derive(Default)]
struct Part {
    items: Vec<usize>,
    edges: Vec<(Edge, usize)>,
}

struct Solved {
    levels: Vec<u32>,
    lower_bound: usize,
}

impl Part {
    fn solve(&self) -> Solved {
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

    /// `f(S + x) = min f(S) + |{x < b : b in S}|`, over the sets `S` of items at the bottom.
    fn best_order(&self) -> Vec<u32> {
        let n = self.items.len();
        let mut up = vec![0u32; n * n];
        self.edges.iter().for_each(|(e, _)| up[e.lower * n + e.upper] += 1);
        let mut best = vec![u32::MAX; 1 << n];
        let mut last = vec![0u8; 1 << n];
        best[0] = 0;
        for set in 0..1usize << n {
            for x in (0..n).filter(|x| set >> x & 1 == 0) {
                let wrong: u32 = (0..n).filter(|b| set >> b & 1 == 1).map(|b| up[x * n + b]).sum();
                let (next, cost) = (set | 1 << x, best[set] + wrong);
                if cost < best[next] {
                    best[next] = cost;
                    last[next] = x as u8;
                }
            }
        }
        let mut levels = vec![0u32; n];
        let mut set = (1usize << n) - 1;
        for level in (0..n).rev() {
            let x = last[set] as usize;
            levels[x] = level as u32;
            set &= !(1 << x);
        }
        levels
    }

    /// The same over blocks of tied items:
    /// `f(S + B) = min f(S) + |{x <= b or x < b : x in B, b in S}| + |{x < y in B}|`.
    fn best_weak_order(&self) -> Vec<u32> {
        let n = self.items.len();
        let full = (1usize << n) - 1;
        let mut up = vec![0u32; n * n];
        let mut strict = vec![0u32; n * n];
        for (e, _) in &self.edges {
            up[e.lower * n + e.upper] += 1;
            strict[e.lower * n + e.upper] += u32::from(e.strict);
        }
        // leaving[x][S]: comparisons that put x at most at something in S; inside[B]: strict
        // comparisons within B.
        let mut leaving = vec![vec![0u32; 1 << n]; n];
        let mut inside = vec![0u32; 1 << n];
        for set in 1..=full {
            let b = set.trailing_zeros() as usize;
            let rest = set & (set - 1);
            for x in 0..n {
                leaving[x][set] = leaving[x][rest] + up[x * n + b];
            }
            let within = (0..n).filter(|y| rest >> y & 1 == 1);
            inside[set] = inside[rest] + within.map(|y| strict[b * n + y] + strict[y * n + b]).sum::<u32>();
        }
        let mut best = vec![u32::MAX; 1 << n];
        let mut from = vec![0usize; 1 << n];
        best[0] = 0;
        for set in 0..full {
            let rest = full & !set;
            let mut block = rest;
            while block != 0 {
                let across: u32 = (0..n).filter(|x| block >> x & 1 == 1).map(|x| leaving[x][set]).sum();
                let cost = best[set] + across + inside[block];
                if cost < best[set | block] {
                    best[set | block] = cost;
                    from[set | block] = set;
                }
                block = (block - 1) & rest;
            }
        }
        let mut blocks = Vec::new();
        let mut set = full;
        while set != 0 {
            blocks.push(set & !from[set]);
            set = from[set];
        }
        let mut levels = vec![0u32; n];
        for (level, block) in blocks.iter().rev().enumerate() {
            (0..n).filter(|x| block >> x & 1 == 1).for_each(|x| levels[x] = level as u32);
        }
        levels
    }

    /// Different levels in the order of scores.
    fn by_scores(&self) -> Vec<f64> {
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
    fn improve(&self, start: Vec<f64>) -> Vec<u32> {
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
    fn take_back(&self, levels: &[u32]) -> Option<Vec<u32>> {
        let n = self.items.len();
        let mut kept: BTreeMap<(usize, usize), [usize; 2]> = BTreeMap::new();
        for (e, _) in &self.edges {
            let agrees = usize::from(!e.contradicted(levels));
            kept.entry((e.lower, e.upper)).or_insert([0; 2])[usize::from(e.strict)] += agrees;
        }
        let pairs: Vec<(u32, u32)> = kept.keys().map(|&(a, b)| (a as u32, b as u32)).collect();
        let graph = Graph::new(n, || pairs.iter().copied());
        let mut search = Detour { parent: vec![NONE; 2 * n], touched: Vec::new() };
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

    /// Cycles with a strict comparison that share no comparison. Each contains one that the levels
    /// contradict, so only those need be closed into cycles.
    fn cycle_packing(&self, levels: &[u32]) -> usize {
        let n = self.items.len();
        let mut free: BTreeMap<(usize, usize), [usize; 2]> = BTreeMap::new(); // unused comparisons, weak and strict
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
        let mut search = Detour { parent: vec![NONE; 2 * n], touched: Vec::new() };
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

const MAX_PASSES: usize = 200;
const MAX_ROUNDS: usize = 20;
const NONE: usize = usize::MAX;

/// Breadth-first search on (item, whether a strict comparison has been used).
struct Detour {
    parent: Vec<usize>,
    touched: Vec<usize>,
}

impl Detour {
    /// A shortest path of unused comparisons from the upper item of `e` back to its lower one, with
    /// a strict one on it if `e` itself is weak.
    fn find(
        &mut self,
        graph: &Graph,
        free: &BTreeMap<(usize, usize), [usize; 2]>,
        e: Edge,
    ) -> Option<Vec<usize>> {
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

fn take(free: &mut BTreeMap<(usize, usize), [usize; 2]>, a: usize, b: usize, kind: usize) {
    if let Some(f) = free.get_mut(&(a, b)) {
        f[kind] = f[kind].saturating_sub(1);
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
