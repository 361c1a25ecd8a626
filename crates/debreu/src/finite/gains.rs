//! Cycles along which gains add up to something positive.

/// A cycle of edges `(from, to, gain)` with a positive sum of gains, by Bellman and Ford with a
/// check of the parents; there is one iff lengths keep growing.
pub(crate) fn positive_cycle(n: usize, gains: &[(usize, usize, i128)]) -> Option<Vec<usize>> {
    let mut length = vec![0i128; n];
    let mut parent = vec![usize::MAX; n];
    for _ in 0..=n {
        let mut changed = false;
        for &(t, s, gain) in gains {
            if length[t] + gain > length[s] {
                length[s] = length[t] + gain;
                parent[s] = t;
                changed = true;
            }
        }
        if let Some(cycle) = parent_cycle(&parent) {
            return Some(cycle);
        }
        if !changed {
            return None;
        }
    }
    None
}

/// A cycle of the graph in which every vertex points to its parent, in the direction of the edges.
fn parent_cycle(parent: &[usize]) -> Option<Vec<usize>> {
    let mut mark = vec![usize::MAX; parent.len()];
    for start in 0..parent.len() {
        let mut v = start;
        while v != usize::MAX && mark[v] == usize::MAX {
            mark[v] = start;
            v = parent[v];
        }
        if v != usize::MAX && mark[v] == start {
            let mut cycle = vec![v];
            let mut at = parent[v];
            while at != v {
                cycle.push(at);
                at = parent[at];
            }
            cycle.reverse();
            return Some(cycle);
        }
    }
    None
}
