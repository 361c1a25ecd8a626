//! Sparse directed graphs: compressed rows, strongly connected components, longest-path levels,
//! shortest cycles. All traversals are iterative, so that long chains cannot overflow the stack.

/// A directed graph on `n` vertices, successors of `v` in `targets[offsets[v]..offsets[v + 1]]`.
pub(crate) struct Graph {
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

/// Strongly connected components, numbered so that an edge between different ones goes from a lower
/// number to a higher.
pub(crate) struct Components {
    pub(crate) of: Vec<u32>,
    pub(crate) count: usize,
}

impl Graph {
    /// The graph with the edges that `edges` returns; it is called twice.
    pub(crate) fn new<I: Iterator<Item = (u32, u32)>>(n: usize, edges: impl Fn() -> I) -> Self {
        let mut offsets = vec![0usize; n + 1];
        for (a, _) in edges() {
            offsets[a as usize + 1] += 1;
        }
        for v in 0..n {
            offsets[v + 1] += offsets[v];
        }
        let mut targets = vec![0u32; offsets[n]];
        // Fill from the front of each row, then shift the offsets back by one row.
        for (a, b) in edges() {
            let at = &mut offsets[a as usize];
            targets[*at] = b;
            *at += 1;
        }
        for v in (1..=n).rev() {
            offsets[v] = offsets[v - 1];
        }
        offsets[0] = 0;
        Self { offsets, targets }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(crate) fn successors(&self, v: u32) -> &[u32] {
        &self.targets[self.offsets[v as usize]..self.offsets[v as usize + 1]]
    }

    /// Tarjan's algorithm with an explicit stack, `O(n + m)`.
    pub(crate) fn components(&self) -> Components {
        const NONE: u32 = u32::MAX;
        let n = self.len();
        let (mut of, mut low) = (vec![NONE; n], vec![NONE; n]);
        let mut next_edge: Vec<usize> = self.offsets[..n].to_vec();
        let (mut open, mut path): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        // `number` doubles as "visited"; `of` stays NONE while a vertex is on the stack of open
        // vertices.
        let mut number = vec![NONE; n];
        let (mut clock, mut count) = (0u32, 0u32);
        for root in 0..n as u32 {
            if number[root as usize] != NONE {
                continue;
            }
            path.push(root);
            while let Some(&v) = path.last() {
                let vi = v as usize;
                if number[vi] == NONE {
                    number[vi] = clock;
                    low[vi] = clock;
                    clock += 1;
                    open.push(v);
                }
                let mut descended = false;
                while next_edge[vi] < self.offsets[vi + 1] {
                    let w = self.targets[next_edge[vi]];
                    let wi = w as usize;
                    next_edge[vi] += 1;
                    if number[wi] == NONE {
                        path.push(w);
                        descended = true;
                        break;
                    }
                    if of[wi] == NONE {
                        low[vi] = low[vi].min(number[wi]);
                    }
                }
                if descended {
                    continue;
                }
                path.pop();
                if let Some(&parent) = path.last() {
                    low[parent as usize] = low[parent as usize].min(low[vi]);
                }
                if low[vi] == number[vi] {
                    while let Some(w) = open.pop() {
                        of[w as usize] = count;
                        if w == v {
                            break;
                        }
                    }
                    count += 1;
                }
            }
        }
        // Tarjan closes sinks first.
        of.iter_mut().for_each(|c| *c = count - 1 - *c);
        Components { of, count: count as usize }
    }

    /// For each component, the largest number of edges between components on a path that ends in
    /// it.
    pub(crate) fn levels(&self, c: &Components) -> Vec<u32> {
        let n = self.len();
        let mut start = vec![0usize; c.count + 1];
        c.of.iter().for_each(|&k| start[k as usize + 1] += 1);
        (0..c.count).for_each(|k| start[k + 1] += start[k]);
        let mut sorted = vec![0u32; n];
        for v in 0..n {
            let at = &mut start[c.of[v] as usize];
            sorted[*at] = v as u32;
            *at += 1;
        }
        let mut level = vec![0u32; c.count];
        for v in sorted {
            let from = c.of[v as usize] as usize;
            for &w in self.successors(v) {
                let to = c.of[w as usize] as usize;
                if to != from {
                    level[to] = level[to].max(level[from] + 1);
                }
            }
        }
        level
    }

    /// A shortest path from `from` to `to` inside `allowed`, both ends included (breadth first).
    pub(crate) fn path(&self, from: u32, to: u32, allowed: impl Fn(u32) -> bool) -> Option<Vec<u32>> {
        let mut parent = vec![u32::MAX; self.len()];
        let mut queue = std::collections::VecDeque::from([from]);
        parent[from as usize] = from;
        while let Some(v) = queue.pop_front() {
            if v == to {
                let mut path = vec![v];
                let mut at = v;
                while at != from {
                    at = parent[at as usize];
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            for &w in self.successors(v) {
                if parent[w as usize] == u32::MAX && allowed(w) {
                    parent[w as usize] = v;
                    queue.push_back(w);
                }
            }
        }
        None
    }
}
