//! Dense directed graphs as rows of bits: strongly connected components, acyclicity and shortest
//! paths in `O(n^2 / 64)`, because a search asks for the unvisited successors of a vertex 64 at a
//! time. Traversals are iterative.

use crate::finite::binary::{BinaryRelation, ones};
use crate::finite::graph::Components;

/// Strongly connected components (S. R. Kosaraju; M. Sharir, 1981), numbered so that a pair in
/// different ones goes from a lower number to a higher.
pub(crate) fn components(r: &BinaryRelation) -> Components {
    let n = r.len();
    let mut finished = Vec::with_capacity(n);
    let mut search = Search::new(n);
    for root in 0..n {
        search.from(root, r, |_| true, |v| finished.push(v));
    }
    let converse = r.transpose();
    let mut of = vec![0u32; n];
    let mut count = 0u32;
    let mut search = Search::new(n);
    for &root in finished.iter().rev() {
        let mut reached = false;
        search.from(
            root,
            &converse,
            |v| {
                of[v] = count;
                reached = true;
                true
            },
            |_| {},
        );
        count += u32::from(reached);
    }
    Components { of, count: count as usize }
}

/// Whether there is no cycle; loops count as cycles.
pub(crate) fn is_acyclic(r: &BinaryRelation) -> bool {
    let n = r.len();
    let open = std::cell::RefCell::new(vec![0u64; n.div_ceil(64)]);
    let mut search = Search::new(n);
    (0..n).all(|root| {
        search.from(
            root,
            r,
            |v| {
                let mut open = open.borrow_mut();
                open[v / 64] |= 1 << (v % 64);
                r.row(v).iter().zip(open.iter()).all(|(a, b)| a & b == 0)
            },
            |v| open.borrow_mut()[v / 64] &= !(1 << (v % 64)),
        )
    })
}

/// A shortest path from `from` to `to`, both ends included.
pub(crate) fn path(r: &BinaryRelation, from: usize, to: usize) -> Option<Vec<usize>> {
    let n = r.len();
    let mut fresh = all(n);
    let mut parent = vec![from; n];
    let mut queue = std::collections::VecDeque::from([from]);
    fresh[from / 64] &= !(1 << (from % 64));
    while let Some(v) = queue.pop_front() {
        if v == to {
            let mut path = vec![v];
            let mut at = v;
            while at != from {
                at = parent[at];
                path.push(at);
            }
            path.reverse();
            return Some(path);
        }
        for (w, &word) in r.row(v).iter().enumerate() {
            let new = word & fresh[w];
            fresh[w] &= !new;
            for bit in ones(&[new]) {
                parent[64 * w + bit] = v;
                queue.push_back(64 * w + bit);
            }
        }
    }
    None
}

/// Depth first search that remembers what it has seen.
struct Search {
    fresh: Vec<u64>,
    // A vertex and the first word of its row that may still hold something new.
    path: Vec<(usize, usize)>,
}

impl Search {
    fn new(n: usize) -> Self {
        Self { fresh: all(n), path: Vec::new() }
    }

    /// Everything new that can be reached from `root`; false as soon as `enter` says so.
    fn from(
        &mut self,
        root: usize,
        r: &BinaryRelation,
        mut enter: impl FnMut(usize) -> bool,
        mut leave: impl FnMut(usize),
    ) -> bool {
        if self.fresh[root / 64] >> (root % 64) & 1 == 0 {
            return true;
        }
        let mut next = Some(root);
        loop {
            if let Some(v) = next {
                self.fresh[v / 64] &= !(1 << (v % 64));
                self.path.push((v, 0));
                if !enter(v) {
                    return false;
                }
            }
            let Some((v, word)) = self.path.last_mut() else { return true };
            let row = r.row(*v);
            while *word < row.len() && row[*word] & self.fresh[*word] == 0 {
                *word += 1;
            }
            next = (*word < row.len())
                .then(|| 64 * *word + (row[*word] & self.fresh[*word]).trailing_zeros() as usize);
            if next.is_none() {
                leave(*v);
                self.path.pop();
            }
        }
    }
}

/// The set of all vertices.
fn all(n: usize) -> Vec<u64> {
    let mut set = vec![u64::MAX; n.div_ceil(64)];
    if let (Some(last), 1..) = (set.last_mut(), n % 64) {
        *last = (1 << (n % 64)) - 1;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::graph::Graph;
    use relata_relations::Seed;

    fn random(n: usize, pairs: usize, seed: u64) -> BinaryRelation {
        let mut s = Seed(seed).stream("dense");
        let mut r = BinaryRelation::zeros(n);
        (0..pairs).for_each(|_| r.set(s.below(n), s.below(n)));
        r
    }

    #[test]
    fn components_and_paths_are_those_of_the_sparse_graph() {
        for seed in 0..60 {
            let n = 1 + (seed as usize * 37) % 150;
            let r = random(n, 2 * n, seed);
            let pairs: Vec<(u32, u32)> = r.pairs().map(|(a, b)| (a as u32, b as u32)).collect();
            let sparse = Graph::new(n, || pairs.iter().copied());
            let (ours, theirs) = (components(&r), sparse.components());
            assert_eq!(ours.count, theirs.count);
            for (a, b) in r.pairs() {
                assert!(ours.of[a] <= ours.of[b]);
            }
            for a in 0..n {
                for b in 0..n {
                    assert_eq!(ours.of[a] == ours.of[b], theirs.of[a] == theirs.of[b]);
                }
                let ours = path(&r, 0, a).map(|p| {
                    assert!(p.windows(2).all(|w| r.contains(w[0], w[1])));
                    p.len()
                });
                assert_eq!(ours, sparse.path(0, a as u32, |_| true).map(|p| p.len()));
            }
            let loops = (0..n).any(|i| r.contains(i, i));
            assert_eq!(is_acyclic(&r), !loops && theirs.count == n);
        }
    }
}
