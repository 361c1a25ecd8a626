//! Lower bounds of the width of a family.

use crate::families::family::OrderFamily;
use crate::finite::graph::Graph;
use relata_kernels::rank::{SignRankParams, linear_orders, sign_rank};
use relata_relations::faer::Mat;
use std::collections::BTreeSet;

/// The argument for a lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidthLower {
    /// Some preference is strict, so at least one feature is needed; none if all is indifferent.
    Trivial,
    /// Two orders that are neither equal nor reversed.
    TwoOrders,
    /// More orders on this many of the items than the next smaller width induces.
    Counting {
        /// Number of items of the part.
        items: usize,
    },
    /// The orders do not fit into an allowable sequence of the plane.
    NoSequence,
    /// The sign rank of the matrix of queries by pairs.
    SignRank,
}

impl OrderFamily {
    /// The largest lower bound, and the argument for it.
    pub(super) fn lower_width(&self) -> (usize, WidthLower) {
        let n = self.items();
        let strict = self.utilities().iter().any(|u| u.windows(2).any(|w| w[0] < w[1] || w[1] < w[0]));
        if !strict {
            return (0, WidthLower::Trivial);
        }
        // Orders without ties, for the arguments that need all pairs.
        let linear: Vec<Vec<u32>> = self
            .distinct_orders()
            .into_iter()
            .filter(|r| r.iter().max().is_some_and(|&top| top as usize + 1 == n))
            .collect();
        let mut best = (1, WidthLower::Trivial);
        if self.two_orders() {
            best = (2, WidthLower::TwoOrders);
        }
        let mut raise = |d: usize, by: WidthLower| {
            if d > best.0 {
                best = (d, by);
            }
        };
        raise(needed_for(n, linear.len()), WidthLower::Counting { items: n });
        for k in 3..=5.min(n) {
            let full = needed_for(k, factorial(k));
            let mut most = 0;
            for_each_subset(n, k, |part| {
                let seen: BTreeSet<Vec<usize>> = linear.iter().map(|r| sorted_by(part, r)).collect();
                most = most.max(seen.len());
                needed_for(k, most) < full
            });
            raise(needed_for(k, most), WidthLower::Counting { items: k });
        }
        if !fits_plane(n, &linear) {
            raise(3, WidthLower::NoSequence);
        }
        let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        if (1..=600).contains(&pairs.len()) && self.queries() <= 600 {
            let difference = |x: usize, p: usize| {
                let u = &self.utilities()[x];
                let d = u[pairs[p].0] - u[pairs[p].1];
                if d > 0.0 {
                    1.0
                } else if d < 0.0 {
                    -1.0
                } else {
                    0.0
                }
            };
            let signs = Mat::from_fn(self.queries(), pairs.len(), difference);
            let quick = SignRankParams { sweeps: 0, restarts: 0, ..SignRankParams::default() };
            if let Ok(s) = sign_rank(signs.as_ref(), quick) {
                raise(s.bracket.lower, WidthLower::SignRank);
            }
        }
        best
    }

    /// Whether queries agree on some pair and disagree on another, directly or through further
    /// queries.
    fn two_orders(&self) -> bool {
        let sign = |x: usize, i: usize, j: usize| {
            let u = &self.utilities()[x];
            i8::from(u[i] > u[j]) - i8::from(u[i] < u[j])
        };
        let n = self.items();
        // Width 1 means that one order extends all, up to reversal: queries and pairs can be
        // oriented so that every strict preference has the product of the two orientations as its
        // sign.
        let (m, pairs) =
            (self.queries(), (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect::<Vec<_>>());
        let mut side = vec![0i8; m + pairs.len()];
        for start in 0..m {
            if side[start] != 0 {
                continue;
            }
            side[start] = 1;
            let mut stack = vec![start];
            while let Some(v) = stack.pop() {
                let others: Vec<(usize, i8)> = if v < m {
                    pairs.iter().enumerate().map(|(p, &(i, j))| (m + p, sign(v, i, j))).collect()
                } else {
                    let (i, j) = pairs[v - m];
                    (0..m).map(|x| (x, sign(x, i, j))).collect()
                };
                for (w, s) in others.into_iter().filter(|(_, s)| *s != 0) {
                    let wanted = side[v] * s;
                    if side[w] == 0 {
                        side[w] = wanted;
                        stack.push(w);
                    } else if side[w] != wanted {
                        return true;
                    }
                }
            }
        }
        false
    }
}

/// The smallest width that induces so many orders of `k` items.
fn needed_for(k: usize, orders: usize) -> usize {
    if orders == 0 {
        return 0;
    }
    let enough = |d: usize| linear_orders(k, d).is_none_or(|q| q >= orders as u128);
    (1..k.max(2)).find(|&d| enough(d)).unwrap_or(k.max(2) - 1)
}

fn factorial(k: usize) -> usize {
    (1..=k).product()
}

fn sorted_by(part: &[usize], ranks: &[u32]) -> Vec<usize> {
    let mut order = part.to_vec();
    order.sort_by_key(|&i| ranks[i]);
    order
}

/// Calls `f` with each `k`-subset of `0..n` in lexicographic order until it returns false; at most
/// 20 000 of them.
fn for_each_subset(n: usize, k: usize, mut f: impl FnMut(&[usize]) -> bool) {
    let mut part: Vec<usize> = (0..k).collect();
    for _ in 0..20_000 {
        if !f(&part) {
            return;
        }
        let Some(at) = (0..k).rev().find(|&i| part[i] < n - k + i) else { return };
        part[at] += 1;
        for i in at + 1..k {
            part[i] = part[i - 1] + 1;
        }
    }
}

/// Whether of each order or its reverse one can be chosen so that their sets of inversions against
/// the first order are nested: 2-satisfiability, by strongly connected components.
fn fits_plane(n: usize, orders: &[Vec<u32>]) -> bool {
    let Some(first) = orders.first() else { return true };
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let inverted = |r: &[u32]| -> Vec<bool> {
        pairs.iter().map(|&(i, j)| (r[i] > r[j]) != (first[i] > first[j])).collect()
    };
    let sets: Vec<Vec<bool>> = orders.iter().map(|r| inverted(r)).collect();
    let m = sets.len();
    let mut implications: Vec<(u32, u32)> = Vec::new();
    let literal = |k: usize, reversed: usize| (2 * k + reversed) as u32;
    for a in 0..m {
        for b in 0..a {
            for (ra, rb) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let (mut a_only, mut b_only) = (false, false);
                for (x, y) in sets[a].iter().zip(&sets[b]) {
                    let (x, y) = (*x != (ra == 1), *y != (rb == 1));
                    a_only |= x && !y;
                    b_only |= y && !x;
                }
                if a_only && b_only {
                    implications.push((literal(a, ra), literal(b, 1 - rb)));
                    implications.push((literal(b, rb), literal(a, 1 - ra)));
                }
            }
        }
    }
    let c = Graph::new(2 * m, || implications.iter().copied()).components();
    (0..m).all(|k| c.of[2 * k] != c.of[2 * k + 1])
}
