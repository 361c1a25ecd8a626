//! The width at which an inner product represents every order of a family: the smallest `d` with
//! vectors `phi_x, psi_i` in `R^d` such that `<phi_x, psi_i> < <phi_x, psi_j>` whenever `i <_x j`.
//! Only strict preferences count; ties are free.
//!
//! Below:
//! * `d` features induce at most `Q(n, d)` orders of `n` items (T. M. Cover, 1967), also on each
//!   part of 3, 4 or 5 items;
//! * in the plane the orders appear, as the direction turns by half a circle, with growing sets of
//!   inversions (the allowable sequences of J. E. Goodman and R. Pollack, 1980): of each order or
//!   its reverse one must fit into a chain;
//! * the matrix of signs of `u(x, i) - u(x, j)`, queries by pairs, has a sign rank of at most `d`.
//!
//! Above: `n - 1` features always do (`psi` a simplex), and so does one for each order up to
//! reversal. In between, factors are fitted by logistic regression of one side at a time, and count
//! only if every sign is right beyond rounding.

use crate::families::family::OrderFamily;
use crate::finite::graph::Graph;
use relata_kernels::rank::{RankBracket, SignRankParams, linear_orders, sign_rank};
use relata_relations::Seed;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use std::collections::BTreeSet;

/// How hard to look for factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidthParams {
    /// Sweeps of the fit for each width that is tried.
    pub sweeps: usize,
    /// Random starts for each width that is tried, besides the truncated singular value
    /// decomposition.
    pub restarts: usize,
    /// Where the random starts come from.
    pub seed: Seed,
}

impl Default for WidthParams {
    fn default() -> Self {
        Self { sweeps: 300, restarts: 3, seed: Seed(0) }
    }
}

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

/// A bracket of the width, with factors for its upper end.
#[derive(Clone, Debug)]
pub struct FamilyWidth {
    /// The width is between these.
    pub bracket: RankBracket,
    /// Why it is not smaller.
    pub lower_by: WidthLower,
    /// Query features, `m x upper`.
    pub queries: Mat<f64>,
    /// Item features, `n x upper`.
    pub items: Mat<f64>,
}

impl OrderFamily {
    /// A bracket of the width by sign of the family.
    ///
    /// ```
    /// use relata_debreu::families::{OrderFamily, WidthParams};
    /// // All six orders of three items: two features do, one does not.
    /// let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    /// let w = OrderFamily::from_rankings(3, &all)?.width(&WidthParams::default());
    /// assert_eq!(w.bracket.exact(), Some(2));
    /// # Ok::<(), relata_debreu::families::FamilyError>(())
    /// ```
    #[must_use]
    pub fn width(&self, params: &WidthParams) -> FamilyWidth {
        let (lower, lower_by) = self.lower_width();
        let (mut queries, mut items) = self.plain_factors();
        if lower < items.ncols() {
            let wins = Wins::of(self);
            for d in lower.max(1)..items.ncols() {
                if let Some((q, i)) = self.fit(&wins, d, params) {
                    (queries, items) = (q, i);
                    break;
                }
            }
        }
        FamilyWidth { bracket: RankBracket { lower, upper: items.ncols() }, lower_by, queries, items }
    }

    /// Whether features of queries and items (`m x d` and `n x d`) give every strict preference the
    /// right sign, beyond what rounding could turn.
    #[must_use]
    pub fn represented_by(&self, queries: &Mat<f64>, items: &Mat<f64>) -> bool {
        let (m, n, d) = (self.queries(), self.items(), queries.ncols());
        if (queries.nrows(), items.nrows(), items.ncols()) != (m, n, d) {
            return false;
        }
        let norm = |a: &Mat<f64>, i: usize| (0..d).map(|k| a[(i, k)] * a[(i, k)]).sum::<f64>().sqrt();
        let largest = (0..n).map(|i| norm(items, i)).fold(0.0, f64::max);
        (0..m).all(|x| {
            let slack = 4.0 * (d as f64 + 2.0) * f64::EPSILON * norm(queries, x) * largest;
            let score: Vec<f64> =
                (0..n).map(|i| (0..d).map(|k| queries[(x, k)] * items[(i, k)]).sum()).collect();
            let u = &self.utilities()[x];
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| u[a].total_cmp(&u[b]));
            // The best so far among items strictly below, going up tier by tier.
            let (mut below, mut tier) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            order.iter().enumerate().all(|(k, &i)| {
                if k > 0 && u[order[k - 1]] < u[i] {
                    below = below.max(tier);
                }
                tier = tier.max(score[i]);
                score[i] > below + slack
            })
        })
    }

    fn lower_width(&self) -> (usize, WidthLower) {
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

    /// Factors without fitting: a simplex of items, or one feature for each order up to reversal,
    /// whichever is narrower.
    fn plain_factors(&self) -> (Mat<f64>, Mat<f64>) {
        let (m, n) = (self.queries(), self.items());
        let ranks: Vec<Vec<f64>> = self.ranks();
        let mut kinds: Vec<Vec<f64>> = Vec::new();
        let mut of = Vec::with_capacity(m);
        for r in &ranks {
            let top = r.iter().copied().fold(0.0, f64::max);
            let reversed: Vec<f64> = r.iter().map(|v| top - v).collect();
            let found = kinds.iter().position(|k| k == r).map(|k| (k, 1.0));
            let found = found.or_else(|| kinds.iter().position(|k| *k == reversed).map(|k| (k, -1.0)));
            of.push(if top > 0.0 {
                Some(found.unwrap_or_else(|| {
                    kinds.push(r.clone());
                    (kinds.len() - 1, 1.0)
                }))
            } else {
                None
            });
        }
        if kinds.len() < n {
            let queries =
                Mat::from_fn(m, kinds.len(), |x, k| of[x].filter(|o| o.0 == k).map_or(0.0, |o| o.1));
            return (queries, Mat::from_fn(n, kinds.len(), |i, k| kinds[k][i]));
        }
        let queries = Mat::from_fn(m, n - 1, |x, k| ranks[x][k] - ranks[x][n - 1]);
        (queries, Mat::from_fn(n, n - 1, |i, k| f64::from(u8::from(i == k))))
    }

    fn ranks(&self) -> Vec<Vec<f64>> {
        let of = |u: &Vec<f64>| {
            crate::finite::dense_ranks(u).unwrap_or_default().into_iter().map(f64::from).collect()
        };
        self.utilities().iter().map(of).collect()
    }

    /// Factors of width `d` with every sign right, if the fit finds some.
    fn fit(&self, wins: &Wins, d: usize, params: &WidthParams) -> Option<(Mat<f64>, Mat<f64>)> {
        let (m, n) = (self.queries(), self.items());
        let mut stream = params.seed.stream(&format!("family/width={d}"));
        for start in 0..=params.restarts {
            let (mut q, mut v) = if start == 0 {
                self.truncated(d)?
            } else {
                let q = Mat::from_fn(m, d, |_, _| stream.normal());
                (q, Mat::from_fn(n, d, |_, _| stream.normal()))
            };
            for _ in 0..params.sweeps {
                if self.represented_by(&q, &v) {
                    return Some((q, v));
                }
                wins.sweep(&mut q, &mut v);
            }
        }
        None
    }

    /// The best approximation of rank `d` of the centred ranks.
    fn truncated(&self, d: usize) -> Option<(Mat<f64>, Mat<f64>)> {
        let ranks = self.ranks();
        let n = self.items();
        let mean: Vec<f64> = ranks.iter().map(|r| r.iter().sum::<f64>() / n as f64).collect();
        let scale = n as f64;
        let svd = Mat::from_fn(self.queries(), n, |x, i| (ranks[x][i] - mean[x]) / scale).thin_svd().ok()?;
        let s = svd.S().column_vector();
        let part = |k: usize| if k < s.nrows() { s[k].sqrt() } else { 0.0 };
        let (u, v) = (svd.U(), svd.V());
        let q = Mat::from_fn(self.queries(), d, |x, k| if k < u.ncols() { u[(x, k)] * part(k) } else { 0.0 });
        Some((q, Mat::from_fn(n, d, |i, k| if k < v.ncols() { v[(i, k)] * part(k) } else { 0.0 })))
    }
}

/// Strict preferences between neighbouring tiers: (query, worse, better). They imply the others.
struct Wins {
    by_query: Vec<Vec<(usize, usize)>>,
    by_item: Vec<Vec<(usize, usize, f64)>>, // (query, the other item, +1 if this one is better)
}

impl Wins {
    fn of(f: &OrderFamily) -> Self {
        let mut by_query = vec![Vec::new(); f.queries()];
        let mut by_item = vec![Vec::new(); f.items()];
        for (x, u) in f.utilities().iter().enumerate() {
            for i in 0..u.len() {
                for j in 0..u.len() {
                    // Neighbouring tiers only.
                    if u[i] < u[j] && !u.iter().any(|v| u[i] < *v && *v < u[j]) {
                        by_query[x].push((i, j));
                        by_item[i].push((x, j, -1.0));
                        by_item[j].push((x, i, 1.0));
                    }
                }
            }
        }
        Self { by_query, by_item }
    }

    /// A damped Newton step on the logistic loss for each query's features, then for each item's.
    fn sweep(&self, q: &mut Mat<f64>, v: &mut Mat<f64>) {
        let d = q.ncols();
        for (x, wins) in self.by_query.iter().enumerate() {
            let rows = wins.iter().map(|&(i, j)| (0..d).map(|k| v[(j, k)] - v[(i, k)]).collect());
            let new = newton_step(&row(q, x), rows, &vec![0.0; wins.len()]);
            (0..d).for_each(|k| q[(x, k)] = new[k]);
        }
        for (i, wins) in self.by_item.iter().enumerate() {
            let rows = wins.iter().map(|&(x, _, s)| (0..d).map(|k| s * q[(x, k)]).collect());
            let offset =
                |&(x, j, s): &(usize, usize, f64)| -s * (0..d).map(|k| q[(x, k)] * v[(j, k)]).sum::<f64>();
            let offsets: Vec<f64> = wins.iter().map(offset).collect();
            let new = newton_step(&row(v, i), rows, &offsets);
            (0..d).for_each(|k| v[(i, k)] = new[k]);
        }
    }
}

fn row(a: &Mat<f64>, i: usize) -> Vec<f64> {
    (0..a.ncols()).map(|k| a[(i, k)]).collect()
}

/// One Newton step of `sum ln(1 + exp(-(w . a + offset))) + RIDGE |w|^2`, shortened until it does
/// not go up.
fn newton_step(w: &[f64], rows: impl Iterator<Item = Vec<f64>>, offsets: &[f64]) -> Vec<f64> {
    const RIDGE: f64 = 1e-4;
    let d = w.len();
    let rows: Vec<Vec<f64>> = rows.collect();
    let loss = |w: &[f64]| -> f64 {
        let each = rows.iter().zip(offsets).map(|(a, o)| {
            let t = o + a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
            (-t).max(0.0) + (-t.abs()).exp().ln_1p()
        });
        each.sum::<f64>() + RIDGE * w.iter().map(|v| v * v).sum::<f64>()
    };
    let mut h = Mat::<f64>::from_fn(d, d, |i, j| if i == j { 2.0 * RIDGE } else { 0.0 });
    let mut g = Mat::<f64>::from_fn(d, 1, |i, _| 2.0 * RIDGE * w[i]);
    for (a, o) in rows.iter().zip(offsets) {
        let t = o + a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
        let miss = if t >= 0.0 { (-t).exp() / (1.0 + (-t).exp()) } else { 1.0 / (1.0 + t.exp()) };
        let c = miss * (1.0 - miss);
        for i in 0..d {
            g[(i, 0)] -= miss * a[i];
            (0..d).for_each(|j| h[(i, j)] += c * a[i] * a[j]);
        }
    }
    let Ok(factor) = h.llt(Side::Lower) else { return w.to_vec() };
    let step = factor.solve(&g);
    let before = loss(w);
    let mut share = 1.0;
    for _ in 0..20 {
        let trial: Vec<f64> = (0..d).map(|i| w[i] - share * step[(i, 0)]).collect();
        if loss(&trial) <= before {
            return trial;
        }
        share *= 0.5;
    }
    w.to_vec()
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
