//! The money pump index: how much an arbitrageur extracts from a cycle of revealed preference.
//!
//! For a cycle `t_1, .., t_k` of direct revealed preference it is
//! `sum p_{t_i} . (x_{t_i} - x_{t_{i+1}}) / sum p_{t_i} . x_{t_i}` (F. Echenique, S. Lee and M.
//! Shum, J. Polit. Econ. 119, 2011). The largest value over all cycles is a maximum ratio cycle
//! problem (B. Smeulders et al., J. Polit. Econ. 121, 2013), solved by Dinkelbach's iteration: as
//! long as some cycle has a positive sum of gains less `mu` times expenditures, raise `mu` to its
//! ratio. It ends at the exact maximum, up to rounding.

use crate::finite::dense::components;
use crate::revealed::panel::Panel;

/// The largest money pump.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyPump {
    /// Share of the expenditure on the cycle that can be extracted, in `(0, 1)`.
    pub index: f64,
    /// The observations of the cycle.
    pub cycle: Vec<usize>,
}

impl Panel {
    /// The largest money pump index over all cycles of revealed preference; `None` if GARP holds.
    ///
    /// Complexity: a few rounds of `O(T m)` for `m` pairs of revealed preference inside components,
    /// at worst.
    #[must_use]
    pub fn money_pump(&self) -> Option<MoneyPump> {
        let first = self.garp().err()?;
        let components = components(self.affordable());
        let n = self.len();
        // Pairs inside components, with the expenditure on the bundle forgone.
        let mut edges: Vec<(usize, usize, f64)> = Vec::new();
        for t in 0..n {
            let near = self.affordable().successors(t).filter(|&s| components.of[s] == components.of[t]);
            edges.extend(near.map(|s| (t, s, self.expenditure(t, s))));
        }
        let mut best = MoneyPump { index: self.pump(&first.observations), cycle: first.observations };
        // Each round strictly raises the ratio, which takes finitely many values; the bound guards
        // against rounding.
        for _ in 0..1_000 {
            let Some(cycle) = self.positive_cycle(&edges, best.index) else { break };
            let index = self.pump(&cycle);
            if index <= best.index * (1.0 + 1e-15) {
                break;
            }
            best = MoneyPump { index, cycle };
        }
        Some(best)
    }

    fn pump(&self, cycle: &[usize]) -> f64 {
        let (mut gain, mut spent) = (0.0, 0.0);
        for (k, &t) in cycle.iter().enumerate() {
            let own = self.expenditure(t, t);
            gain += own - self.expenditure(t, cycle[(k + 1) % cycle.len()]);
            spent += own;
        }
        gain / spent
    }

    /// A cycle with a positive sum of `p_t . (x_t - x_s) - mu p_t . x_t`, by Bellman and Ford with
    /// a check of the parents.
    fn positive_cycle(&self, edges: &[(usize, usize, f64)], mu: f64) -> Option<Vec<usize>> {
        let n = self.len();
        let largest = (0..n).map(|t| self.expenditure(t, t)).fold(0.0, f64::max);
        let noise = 1e-13 * largest;
        let mut length = vec![0.0f64; n];
        let mut parent = vec![usize::MAX; n];
        for _ in 0..=n {
            let mut changed = false;
            for &(t, s, forgone) in edges {
                let own = self.expenditure(t, t);
                let longer = length[t] + (1.0 - mu) * own - forgone;
                if longer > length[s] + noise {
                    length[s] = longer;
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
