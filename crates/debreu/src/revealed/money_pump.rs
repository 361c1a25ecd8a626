//! The money pump index: how much an arbitrageur extracts from a cycle of revealed preference.
//!
//! For a cycle `t_1, .., t_k` of direct revealed preference it is
//! `sum p_{t_i} . (x_{t_i} - x_{t_{i+1}}) / sum p_{t_i} . x_{t_i}` (F. Echenique, S. Lee and M.
//! Shum, J. Polit. Econ. 119, 2011). The largest value over all cycles is a maximum ratio cycle
//! problem (B. Smeulders et al., J. Polit. Econ. 121, 2013), solved by Dinkelbach's iteration: as
//! long as some cycle has a positive sum of gains less `mu` times expenditures, raise `mu` to its
//! ratio.
//!
//! A cycle is judged in units of its own expenditures, whatever else is in the panel: the largest
//! expenditure of a cycle decides among which observations it is looked for, with sums in integers
//! of `2^-80` of that. Each round finds a cycle of a strictly larger ratio, so the iteration ends,
//! at the maximum up to a few units in the last place, or up to `1e-20` where it is below `1e-5`.

use crate::finite::dense::components;
use crate::finite::gains::positive_cycle;
use crate::revealed::panel::{Left, Panel};
use relata_relations::PowerOfTwo;

/// The largest money pump.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyPump {
    /// Share of the expenditure on the cycle that can be extracted, in `(0, 1)`.
    pub index: f64,
    /// The observations of the cycle, from its smallest on.
    pub cycle: Vec<usize>,
}

impl Panel {
    /// The largest money pump index over all cycles of revealed preference; `None` if GARP holds.
    ///
    /// Complexity: a few rounds of `O(T m)` for `m` pairs of revealed preference inside components,
    /// at worst, for each factor of `WINDOW` between expenditures.
    #[must_use]
    pub fn money_pump(&self) -> Option<MoneyPump> {
        let first = self.garp().err()?;
        let mut best = MoneyPump { index: self.pump(&first.observations), cycle: first.observations };
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&s, &t| self.expenditure(t, t).total_cmp(&self.expenditure(s, s)));
        // Cycles whose largest expenditure is that of `order[from]`, or less by up to the window.
        let mut from = 0;
        while from < order.len() {
            let largest = self.expenditure(order[from], order[from]);
            self.raise(&order[from..], largest, &mut best);
            let next = order[from..].iter().position(|&t| self.expenditure(t, t) < largest / WINDOW);
            from = next.map_or(order.len(), |k| from + k);
        }
        let smallest = best.cycle.iter().enumerate().min_by_key(|(_, t)| **t).map_or(0, |(k, _)| k);
        best.cycle.rotate_left(smallest);
        Some(best)
    }

    /// Raises the index to the largest among these observations, none of which spends more than
    /// `largest`.
    fn raise(&self, members: &[usize], largest: f64, best: &mut MoneyPump) {
        let components = components(self.affordable());
        let mut inside = vec![false; self.len()];
        members.iter().for_each(|&t| inside[t] = true);
        let unit = PowerOfTwo::of([largest]);
        let mut pairs: Vec<Pair> = Vec::new();
        for &t in members {
            let own = unit.divide(self.expenditure(t, t));
            let near = self.affordable().successors(t);
            let near = near.filter(|&s| inside[s] && components.of[s] == components.of[t]);
            pairs.extend(near.map(|to| {
                // Two numbers whose difference is exact here, unless what is left is known better.
                let kept = match self.left(t, to) {
                    Left::Exact(share) => fixed(own * share),
                    Left::Rounded(_) => fixed(own) - fixed(unit.divide(self.expenditure(t, to))),
                };
                Pair { from: t, to, own, kept }
            }));
        }
        // Above the ratio of the best cycle by more than its rounding, in one step or a few.
        let above = |mu: f64| mu * (1.0 + 4.0 * f64::EPSILON);
        let mut mu = above(best.index);
        loop {
            let gains: Vec<(usize, usize, i128)> = pairs.iter().map(|p| (p.from, p.to, p.gain(mu))).collect();
            let Some(cycle) = positive_cycle(self.len(), &gains) else { return };
            let index = self.pump(&cycle);
            if index > best.index {
                *best = MoneyPump { index, cycle };
            }
            mu = above(mu.max(index));
        }
    }

    /// The index of a cycle, in units of its largest expenditure.
    fn pump(&self, cycle: &[usize]) -> f64 {
        let unit = PowerOfTwo::of(cycle.iter().map(|&t| self.expenditure(t, t)));
        let (mut gain, mut spent) = (0.0, 0.0);
        for (k, &t) in cycle.iter().enumerate() {
            let own = self.expenditure(t, t);
            gain += match self.left(t, cycle[(k + 1) % cycle.len()]) {
                Left::Exact(share) => unit.divide(own) * share,
                Left::Rounded(amount) => unit.divide(amount),
            };
            spent += unit.divide(own);
        }
        gain / spent
    }
}

/// The largest ratio of the largest expenditures of two cycles that are looked for together: small
/// beside the `2^80` that a sum resolves.
const WINDOW: f64 = 1024.0;

/// One observation, another whose bundle it could afford, and what they cost.
struct Pair {
    from: usize,
    to: usize,
    // In units of the power of two below the largest expenditure, which divides exactly.
    own: f64,
    // What is left if the other is bought.
    kept: i128,
}

impl Pair {
    /// What is left less `mu own`, in units of `2^-80`, less what was dropped from its four parts: a
    /// sum that is positive is so in exact arithmetic.
    fn gain(&self, mu: f64) -> i128 {
        let product = mu * self.own;
        self.kept - fixed(product) - fixed(mu.mul_add(self.own, -product)) - 4
    }
}

/// A number of magnitude at most 2 in units of `2^-80`; what is below is dropped. As many sums of
/// `2^40` such numbers stay in the range.
fn fixed(share: f64) -> i128 {
    const UNITS: f64 = (1u128 << 80) as f64;
    (share * UNITS) as i128
}
