//! Multi-utility representations and the Dushnik-Miller dimension.
//!
//! A preorder has a *multi-utility representation* `u_1, .., u_k` if `x <= y` iff
//! `u_i(x) <= u_i(y)` for every `i` (O. Evren and E. A. Ok, J. Math. Econ. 47, 2011). The smallest
//! `k` is the Dushnik-Miller dimension of its quotient: ties inside a utility can be broken along
//! any linear extension of the order without losing the representation, so linear orders are as
//! good as weak ones. A family of linear extensions is a *realizer* iff each critical pair `(a, b)`
//! (incomparable, everything below `a` is below `b`, everything above `b` is above `a`) is
//! reversed, `b` before `a`, in one of them (I. Rabinovitch and I. Rival, 1979). Dimension at most
//! `k` is NP-complete for `k >= 3` (M. Yannakakis, 1982), so the exact search has a budget.

use crate::finite::binary::BinaryRelation;
use crate::finite::chains::width;
use crate::finite::preorder::Preorder;
use thiserror::Error;

/// Why no smallest representation was found.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DimensionError {
    /// The search used up its budget.
    #[error(
        "the search for a realizer of size {size} exceeded {budget} steps; the dimension is between {size} and {upper}"
    )]
    Budget {
        /// The size under search, which is also a lower bound of the dimension.
        size: usize,
        /// Steps allowed.
        budget: u64,
        /// The dimension is at most this (the width).
        upper: usize,
    },
    /// More classes than the search takes.
    #[error("{classes} indifference classes are more than {limit}; use `greedy_multi_utility`")]
    TooManyClasses {
        /// Number of classes.
        classes: usize,
        /// The most there may be.
        limit: usize,
    },
}

/// The most indifference classes for which the dimension is searched.
pub const MAX_DIMENSION_CLASSES: usize = 64;

/// A smallest multi-utility representation of a preorder: `utilities[k][x]` is the dense rank of
/// `x` in the `k`-th linear order on the indifference classes. Its length is the Dushnik-Miller
/// dimension (at least 1; 0 only for no elements).
///
/// ```
/// use relata_debreu::finite::{BinaryRelation, Preorder, multi_utility};
/// // The standard example S_3: a_i < b_j for i != j has dimension 3.
/// let s3 = BinaryRelation::from_pairs(6, [(0, 4), (0, 5), (1, 3), (1, 5), (2, 3), (2, 4)])?;
/// assert_eq!(multi_utility(&Preorder::closure_of(&s3), 1_000_000)?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DimensionError`] beyond [`MAX_DIMENSION_CLASSES`] classes or where the search takes more than
/// `budget` steps.
pub fn multi_utility(p: &Preorder, budget: u64) -> Result<Vec<Vec<u32>>, DimensionError> {
    let classes = p.classes();
    let q = p.quotient_by(&classes);
    let k = q.len();
    if k > MAX_DIMENSION_CLASSES {
        return Err(DimensionError::TooManyClasses { classes: k, limit: MAX_DIMENSION_CLASSES });
    }
    if k == 0 {
        return Ok(Vec::new());
    }
    let critical = critical_pairs(&q);
    let upper = width(&q).antichain.len();
    let mut steps = budget;
    for size in 1..=upper.max(1) {
        let mut search = Search { orders: vec![q.relation().clone(); size], steps: &mut steps };
        match search.reverse_all(&critical) {
            Some(true) => {
                let orders = search.orders.iter().map(|r| linear_ranks(&Preorder::closure_of(r)));
                return Ok(orders.map(|ranks| classes.of().iter().map(|&c| ranks[c]).collect()).collect());
            }
            Some(false) => {}
            None => return Err(DimensionError::Budget { size, budget, upper }),
        }
    }
    // A chain cover gives a realizer of size `upper`, so the loop has returned.
    Ok(greedy_multi_utility(p))
}

/// A multi-utility representation of any preorder with at most as many utilities as its width, in
/// `O(k^2 w)` for `k` classes of width `w`.
///
/// For each chain of a smallest cover there is a linear extension that puts the chain as high as it
/// can go, above everything incomparable to it; together they reverse every incomparable pair.
/// Extensions that reverse nothing new are left out, longer chains going first.
#[must_use]
pub fn greedy_multi_utility(p: &Preorder) -> Vec<Vec<u32>> {
    let classes = p.classes();
    let q = p.quotient_by(&classes);
    let k = q.len();
    let mut chains = width(&q).chains;
    chains.sort_by_key(|c| (usize::MAX - c.len(), c.first().copied()));
    // missing(a, b): incomparable, and no utility chosen so far has a above b.
    let mut missing = BinaryRelation::zeros(k);
    for a in 0..k {
        (0..k).filter(|&b| q.compare(a, b).is_none()).for_each(|b| missing.set(a, b));
    }
    let mut utilities: Vec<Vec<u32>> = Vec::new();
    for chain in chains {
        let ranks = chain_high(&q, &chain);
        let solved: Vec<(usize, usize)> = missing.pairs().filter(|&(a, b)| ranks[a] > ranks[b]).collect();
        if !solved.is_empty() || utilities.is_empty() {
            solved.iter().for_each(|&(a, b)| missing.clear(a, b));
            utilities.push(classes.of().iter().map(|&c| ranks[c]).collect());
        }
    }
    utilities
}

/// The Evren-Ok representation by indicators of up-sets, `u_z(x) = 1[z <= x]`, one utility for each
/// element: it exists for every preorder, with `n` utilities.
#[must_use]
pub fn up_set_utilities(p: &Preorder) -> Vec<Vec<u32>> {
    let n = p.len();
    (0..n).map(|z| (0..n).map(|x| u32::from(p.at_most(z, x))).collect()).collect()
}

/// A Richter-Peleg utility: `x < y` implies `u(x) < u(y)`, and `x ~ y` implies `u(x) = u(y)`. It is
/// the number of classes on a longest chain that ends in the element, less one, so it uses as few
/// values as any can.
#[must_use]
pub fn richter_peleg_utility(p: &Preorder) -> Vec<u32> {
    let classes = p.classes();
    let q = p.quotient_by(&classes);
    let mut level = vec![0u32; q.len()];
    for a in 0..q.len() {
        for b in q.relation().successors(a).filter(|&b| b != a) {
            level[b] = level[b].max(level[a] + 1);
        }
    }
    classes.of().iter().map(|&c| level[c]).collect()
}

struct Search<'a> {
    orders: Vec<BinaryRelation>,
    steps: &'a mut u64,
}

impl Search<'_> {
    /// Assigns each critical pair to an order that reverses it, depth first; `None` when out of
    /// steps.
    fn reverse_all(&mut self, critical: &[(usize, usize)]) -> Option<bool> {
        // The pair with the fewest orders left to reverse it goes first.
        let mut best: Option<(usize, (usize, usize), Vec<usize>)> = None;
        for &(a, b) in critical {
            if self.orders.iter().any(|o| o.contains(b, a)) {
                continue;
            }
            let mut options: Vec<usize> = Vec::new();
            for (i, o) in self.orders.iter().enumerate() {
                // Orders that are still equal are interchangeable: only the first of them is tried.
                if !o.contains(a, b) && !options.iter().any(|&j| self.orders[j] == *o) {
                    options.push(i);
                }
            }
            if options.is_empty() {
                return Some(false);
            }
            if best.as_ref().is_none_or(|(count, ..)| options.len() < *count) {
                best = Some((options.len(), (a, b), options));
            }
        }
        let Some((_, (a, b), options)) = best else {
            return Some(true);
        };
        for i in options {
            if *self.steps == 0 {
                return None;
            }
            *self.steps -= 1;
            let saved = self.orders[i].clone();
            add_closed(&mut self.orders[i], b, a);
            if self.reverse_all(critical)? {
                return Some(true);
            }
            self.orders[i] = saved;
        }
        Some(false)
    }
}

/// Adds `low <= high` to a partial order and closes it.
fn add_closed(r: &mut BinaryRelation, low: usize, high: usize) {
    let above = r.row(high).to_vec();
    for x in 0..r.len() {
        if r.contains(x, low) {
            r.row_mut(x).iter_mut().zip(&above).for_each(|(a, b)| *a |= b);
        }
    }
}

fn critical_pairs(q: &Preorder) -> Vec<(usize, usize)> {
    let k = q.len();
    let critical = |a: usize, b: usize| {
        q.compare(a, b).is_none()
            && (0..k).all(|x| !q.less(x, a) || q.less(x, b))
            && (0..k).all(|x| !q.less(b, x) || q.less(a, x))
    };
    (0..k).flat_map(|a| (0..k).map(move |b| (a, b))).filter(|&(a, b)| critical(a, b)).collect()
}

/// Ranks of a linear extension of a partial order.
fn linear_ranks(q: &Preorder) -> Vec<u32> {
    q.classes().of().iter().map(|&c| c as u32).collect()
}

/// Ranks of the linear extension that takes an element of `chain` only when nothing else is left to
/// take.
fn chain_high(q: &Preorder, chain: &[usize]) -> Vec<u32> {
    let k = q.len();
    let mut in_chain = vec![false; k];
    chain.iter().for_each(|&c| in_chain[c] = true);
    let mut waiting: Vec<usize> = vec![0; k];
    q.relation().pairs().filter(|(a, b)| a != b).for_each(|(_, b)| waiting[b] += 1);
    let (mut free, mut held): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut ranks = vec![0u32; k];
    for a in (0..k).rev().filter(|&a| waiting[a] == 0) {
        if in_chain[a] { held.push(a) } else { free.push(a) }
    }
    for rank in 0..k {
        let Some(a) = free.pop().or_else(|| held.pop()) else { break };
        ranks[a] = rank as u32;
        for b in q.relation().successors(a).filter(|&b| b != a) {
            waiting[b] -= 1;
            if waiting[b] == 0 {
                if in_chain[b] { held.push(b) } else { free.push(b) }
            }
        }
    }
    ranks
}
