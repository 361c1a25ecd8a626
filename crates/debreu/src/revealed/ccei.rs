//! Afriat's critical cost efficiency index, exactly.
//!
//! At efficiency `e`, `t R0_e s` if `e p_t . x_t >= p_t . x_s`, strictly if `>`. The index is `sup {e <= 1 : GARP_e}`. In terms
//! of the ratios `r_ts = p_t . x_s / p_t . x_t` the edges at `e` are those with `r_ts <= e`, and for `e` just above the largest
//! ratio of a cycle all of its edges are strict. So the index is the *bottleneck*: the smallest over all cycles of the largest
//! ratio on the cycle, or 1 if no cycle has all ratios at most 1. Only `T (T - 1)` values are possible; a binary search over
//! them with a test for acyclicity gives the exact one, in `O(T^2 log T)`. The supremum is attained only if every cycle at it
//! has all ratios equal, which is rare: comparing `e p.x` in floating point, or bisecting `e`, gets both questions wrong.

use crate::finite::graph::Graph;
use crate::revealed::panel::Panel;

/// The critical cost efficiency index.
#[derive(Clone, Debug, PartialEq)]
pub struct Efficiency {
    /// `sup {e <= 1 : GARP holds at efficiency e}`, one of the ratios `p_t . x_s / p_t . x_t`, or 1.
    pub index: f64,
    /// Whether GARP holds at the index itself.
    pub attained: Supremum,
    /// Observations of a cycle whose largest ratio is the index; empty where there is none with all ratios at most 1.
    pub cycle: Vec<usize>,
}

/// Whether a supremum belongs to its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supremum {
    /// It does.
    Attained,
    /// It does not: the property holds at all smaller values only.
    NotAttained,
}

impl Panel {
    /// The critical cost efficiency index. `O(T^2 log T)` time.
    ///
    /// ```
    /// use relata_debreu::revealed::{Panel, Supremum};
    /// let panel = Panel::from_rows(&[[1.0, 2.0], [2.0, 1.0]], &[[1.0, 2.0], [2.0, 1.0]])?;
    /// let ccei = panel.ccei();
    /// assert_eq!(ccei.index, 4.0 / 5.0);
    /// assert_eq!(ccei.attained, Supremum::Attained); // both ratios are 4/5
    /// # Ok::<(), relata_debreu::revealed::PanelError>(())
    /// ```
    #[must_use]
    pub fn ccei(&self) -> Efficiency {
        let n = self.len();
        let ratio = |t: usize, s: usize| self.expenditure(t, s) / self.expenditure(t, t);
        let mut edges: Vec<(f64, u32, u32)> = Vec::new();
        for t in 0..n {
            let own = self.expenditure(t, t);
            let row = self.row(t).iter().enumerate();
            edges.extend(
                row.filter(|&(s, v)| s != t && *v <= own).map(|(s, v)| (v / own, t as u32, s as u32)),
            );
        }
        // A component is where the cycles are; most panels have few edges in them.
        let all = Graph::new(n, || edges.iter().map(|&(_, t, s)| (t, s)));
        let components = all.components();
        edges.retain(|&(_, t, s)| components.of[t as usize] == components.of[s as usize]);
        edges.sort_by(|a, b| a.0.total_cmp(&b.0));
        if edges.is_empty() {
            return Efficiency { index: 1.0, attained: Supremum::Attained, cycle: Vec::new() };
        }
        // The smallest number of edges, in order of their ratios, that contains a cycle.
        let (mut acyclic, mut cyclic) = (0, edges.len());
        let mut work = Acyclicity::new(n);
        while cyclic - acyclic > 1 {
            let middle = acyclic + (cyclic - acyclic) / 2;
            if work.holds(&edges[..middle]) { acyclic = middle } else { cyclic = middle }
        }
        let (index, t, s) = edges[cyclic - 1];
        let at = edges.partition_point(|e| e.0 <= index);
        let graph = Graph::new(n, || edges[..cyclic].iter().map(|&(_, t, s)| (t, s)));
        let mut cycle = vec![t as usize];
        let back = graph.path(s, t, |_| true).unwrap_or_default();
        cycle.extend(back.iter().take(back.len().saturating_sub(1)).map(|&v| v as usize));
        // GARP at the index: no component of the edges up to it has one strictly below it.
        let level = Graph::new(n, || edges[..at].iter().map(|&(_, t, s)| (t, s))).components();
        let strict = edges[..at].iter().any(|&(_, t, s)| {
            level.of[t as usize] == level.of[s as usize] && ratio(t as usize, s as usize) < index
        });
        let attained = if strict { Supremum::NotAttained } else { Supremum::Attained };
        Efficiency { index, attained, cycle }
    }
}

/// Kahn's algorithm with memory that is used again.
struct Acyclicity {
    offsets: Vec<u32>,
    targets: Vec<u32>,
    incoming: Vec<u32>,
    free: Vec<u32>,
}

impl Acyclicity {
    fn new(n: usize) -> Self {
        Self { offsets: vec![0; n + 2], targets: Vec::new(), incoming: vec![0; n], free: Vec::new() }
    }

    fn holds(&mut self, edges: &[(f64, u32, u32)]) -> bool {
        let n = self.incoming.len();
        self.offsets.fill(0);
        self.incoming.fill(0);
        self.targets.resize(edges.len(), 0);
        for &(_, t, s) in edges {
            self.offsets[t as usize + 2] += 1;
            self.incoming[s as usize] += 1;
        }
        (2..n + 2).for_each(|v| self.offsets[v] += self.offsets[v - 1]);
        for &(_, t, s) in edges {
            let at = &mut self.offsets[t as usize + 1];
            self.targets[*at as usize] = s;
            *at += 1;
        }
        self.free.clear();
        self.free.extend((0..n as u32).filter(|&v| self.incoming[v as usize] == 0));
        let mut taken = 0;
        while let Some(v) = self.free.pop() {
            taken += 1;
            for k in self.offsets[v as usize]..self.offsets[v as usize + 1] {
                let s = self.targets[k as usize];
                self.incoming[s as usize] -= 1;
                if self.incoming[s as usize] == 0 {
                    self.free.push(s);
                }
            }
        }
        taken == n
    }
}
