//! Height and width of a partial order: longest chains, largest antichains, and the chain covers
//! that certify them.
//!
//! Height is a longest path. Width is Dilworth's theorem made constructive (D. R. Fulkerson, *Note
//! on Dilworth's decomposition theorem*, 1956): a maximum matching in the bipartite graph of strict
//! comparabilities gives a smallest cover by chains, and Konig's vertex cover an antichain of the
//! same size. The two certify each other.

use crate::finite::binary::ones;
use crate::finite::preorder::Preorder;

/// A largest set of pairwise incomparable classes with a cover by as many chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainCover {
    /// Pairwise incomparable classes.
    pub antichain: Vec<usize>,
    /// Disjoint chains of classes, each from low to high, that cover everything; as many as the
    /// antichain has elements.
    pub chains: Vec<Vec<usize>>,
}

/// A longest chain of indifference classes (numbers as in [`Preorder::classes`]), from low to high.
/// Its length is the height.
#[must_use]
pub fn longest_chain(p: &Preorder) -> Vec<usize> {
    let q = p.quotient();
    let k = q.len();
    // Classes are numbered along an order that extends the preorder.
    let mut best = vec![1usize; k];
    let mut before = vec![usize::MAX; k];
    for a in 0..k {
        for b in q.relation().successors(a).filter(|&b| b != a) {
            if best[a] + 1 > best[b] {
                best[b] = best[a] + 1;
                before[b] = a;
            }
        }
    }
    let mut chain = Vec::new();
    let mut at = (0..k).rev().max_by_key(|&a| best[a]).unwrap_or(usize::MAX);
    while at != usize::MAX {
        chain.push(at);
        at = before[at];
    }
    chain.reverse();
    chain
}

/// A largest antichain of indifference classes and a smallest cover by chains (numbers as in
/// [`Preorder::classes`]).
///
/// Complexity: `O(k^3 / 64 + k^2 sqrt k)` for `k` classes (Hopcroft-Karp on rows of bits).
#[must_use]
pub fn width(p: &Preorder) -> ChainCover {
    let q = p.quotient();
    let k = q.len();
    let mut above = vec![usize::MAX; k]; // the chain's next element
    let mut below = vec![usize::MAX; k];
    while augment_all(&q, &mut above, &mut below) {}
    let chains = (0..k).filter(|&a| below[a] == usize::MAX).map(|a| {
        let mut chain = vec![a];
        let mut at = a;
        while above[at] != usize::MAX {
            at = above[at];
            chain.push(at);
        }
        chain
    });
    ChainCover { chains: chains.collect(), antichain: konig_antichain(&q, &above, &below) }
}

/// One phase of Hopcroft-Karp: a maximal set of disjoint shortest augmenting paths. False when the
/// matching is maximum.
fn augment_all(q: &Preorder, above: &mut [usize], below: &mut [usize]) -> bool {
    let k = q.len();
    let mut layer = vec![usize::MAX; k];
    let mut frontier: Vec<usize> = (0..k).filter(|&a| above[a] == usize::MAX).collect();
    frontier.iter().for_each(|&a| layer[a] = 0);
    let mut seen = vec![0u64; k.div_ceil(64)];
    let (mut depth, mut reached) = (0, false);
    while !frontier.is_empty() && !reached {
        depth += 1;
        let mut next = Vec::new();
        for &a in &frontier {
            let row = q.relation().row(a);
            for w in 0..row.len() {
                let mut fresh = row[w] & !seen[w];
                if w == a / 64 {
                    fresh &= !(1 << (a % 64));
                }
                seen[w] |= fresh;
                while fresh != 0 {
                    let b = 64 * w + fresh.trailing_zeros() as usize;
                    fresh &= fresh - 1;
                    match below[b] {
                        usize::MAX => reached = true,
                        c if layer[c] == usize::MAX => {
                            layer[c] = depth;
                            next.push(c);
                        }
                        _ => {}
                    }
                }
            }
        }
        frontier = next;
    }
    if !reached {
        return false;
    }
    let mut used = vec![false; k];
    for a in 0..k {
        if above[a] == usize::MAX {
            augment_from(q, a, &layer, &mut used, above, below);
        }
    }
    true
}

/// Depth-first search for an augmenting path along the layers, with an explicit stack of (element,
/// next candidate).
fn augment_from(
    q: &Preorder,
    start: usize,
    layer: &[usize],
    used: &mut [bool],
    above: &mut [usize],
    below: &mut [usize],
) {
    let mut stack = vec![(start, 0usize)];
    let mut taken: Vec<usize> = Vec::new();
    while let Some((a, from)) = stack.last_mut() {
        let (a, begin) = (*a, *from);
        let candidate = (begin..q.len()).find(|&b| {
            b != a
                && !used[b]
                && q.at_most(a, b)
                && (below[b] == usize::MAX || layer[below[b]] == layer[a].wrapping_add(1))
        });
        let Some(b) = candidate else {
            stack.pop();
            taken.pop();
            continue;
        };
        *from = b + 1;
        used[b] = true;
        taken.push(b);
        if below[b] == usize::MAX {
            for ((a, _), &b) in stack.iter().zip(&taken) {
                above[*a] = b;
                below[b] = *a;
            }
            return;
        }
        stack.push((below[b], 0));
    }
}

/// Elements in no vertex of Konig's minimum cover: an antichain of size `k` minus the size of the
/// matching.
fn konig_antichain(q: &Preorder, above: &[usize], below: &[usize]) -> Vec<usize> {
    let k = q.len();
    let (mut left, mut right) = (vec![false; k], vec![false; k]);
    let mut stack: Vec<usize> = (0..k).filter(|&a| above[a] == usize::MAX).collect();
    stack.iter().for_each(|&a| left[a] = true);
    while let Some(a) = stack.pop() {
        for b in ones(q.relation().row(a)).filter(|&b| b != a) {
            if !right[b] {
                right[b] = true;
                let c = below[b];
                if c != usize::MAX && !left[c] {
                    left[c] = true;
                    stack.push(c);
                }
            }
        }
    }
    (0..k).filter(|&a| left[a] && !right[a]).collect()
}
