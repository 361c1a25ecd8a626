//! Varian's index: how efficient each purchase has to be taken to be.
//!
//! At efficiencies `e_t <= 1`, `t R0_e s` if `e_t p_t . x_t >= p_t . x_s`, strictly if `>`. The
//! critical cost efficiency index takes the same `e` for all observations; H. Varian (*Non-parametric
//! analysis of optimizing behavior with measurement error*, J. Econometrics 46, 1990) lets them
//! differ and asks for the vector nearest to 1 at which GARP holds. Here nearest means the largest
//! mean, the supremum: taking `e_t` just below `p_t . x_s / p_t . x_t` breaks the pair `(t, s)`, so
//! one pair of each violating cycle is broken as cheaply as possible. That is NP-hard (B. Smeulders,
//! F. Spieksma, L. Cherchye and B. De Rock, 2014). Components are independent; in each the pairs of
//! a shortest cycle are tried in turn, and cycles without a common member bound from below what is
//! still to pay.

use crate::finite::dense::components;
use crate::revealed::houtman_maks::Part;
use crate::revealed::panel::Panel;

/// Efficiencies at which GARP holds, up to as little as is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct VarianEfficiencies {
    /// The efficiency of each observation; GARP holds at all that are smaller where these are below
    /// 1.
    pub efficiencies: Vec<f64>,
    /// No efficiencies have a larger mean than this.
    pub upper_bound: f64,
    /// Whether these have the largest mean.
    pub is_exact: bool,
}

impl VarianEfficiencies {
    /// The index: the mean efficiency.
    #[must_use]
    pub fn index(&self) -> f64 {
        1.0 - self.efficiencies.iter().map(|e| 1.0 - e).sum::<f64>() / self.efficiencies.len() as f64
    }
}

impl Panel {
    /// Varian's index, exact unless the search takes more than `budget` steps; then a bracket.
    ///
    /// ```
    /// use relata_debreu::revealed::Panel;
    /// let panel = Panel::from_rows(&[[1.0, 2.0], [2.0, 1.0]], &[[1.0, 2.0], [2.0, 1.0]])?;
    /// let varian = panel.varian(1_000);
    /// assert!(varian.is_exact);
    /// assert!((varian.index() - 0.9).abs() < 1e-12); // one of the two at 4/5, the other at 1
    /// # Ok::<(), relata_debreu::revealed::PanelError>(())
    /// ```
    #[must_use]
    pub fn varian(&self, budget: u64) -> VarianEfficiencies {
        let components = components(self.affordable());
        let mut members = vec![Vec::new(); components.count];
        components.of.iter().enumerate().for_each(|(t, &c)| members[c as usize].push(t));
        let mut efficiencies = vec![1.0; self.len()];
        let (mut least, mut is_exact, mut steps) = (0.0, true, budget);
        for class in members.into_iter().filter(|m| m.len() > 1) {
            let n = class.len();
            let ratios = (0..n * n).map(|k| self.ratio(class[k / n], class[k % n]).value);
            let mut search = Search::new(Part::new(self, &class), ratios.collect());
            let bound = search.still_to_pay();
            let done = search.run(&mut steps);
            is_exact &= done;
            least += if done { search.best } else { bound };
            class.iter().zip(&search.best_levels).for_each(|(&t, level)| efficiencies[t] = level.min(1.0));
        }
        let upper_bound = 1.0 - least / self.len() as f64;
        VarianEfficiencies { efficiencies, upper_bound, is_exact }
    }
}

/// The search in one component.
struct Search {
    part: Part,
    ratios: Vec<f64>,
    // Pairs of `t` with at least this ratio are broken; infinite where none is.
    levels: Vec<f64>,
    // Pairs of `t` with at most this ratio are kept.
    floors: Vec<f64>,
    best: f64,
    best_levels: Vec<f64>,
}

impl Search {
    fn new(part: Part, ratios: Vec<f64>) -> Self {
        let n = part.len();
        let levels = vec![f64::INFINITY; n];
        let mut search = Self {
            part,
            ratios,
            best_levels: levels.clone(),
            levels,
            floors: vec![0.0; n],
            best: f64::INFINITY,
        };
        search.greedy();
        search
    }

    /// What `e_t` at a level costs.
    fn cost(level: f64) -> f64 {
        (1.0 - level).max(0.0)
    }

    fn paid(&self) -> f64 {
        self.levels.iter().map(|l| Self::cost(*l)).sum()
    }

    /// What breaking a pair costs more than what is paid; `None` if it is to be kept.
    fn price(&self, t: usize, s: usize) -> Option<f64> {
        let ratio = self.ratios[t * self.part.len() + s];
        (ratio > self.floors[t]).then(|| Self::cost(ratio) - Self::cost(self.levels[t]))
    }

    fn broken(&self) -> Part {
        let n = self.part.len();
        self.part.without(|t, s| self.ratios[t * n + s] >= self.levels[t])
    }

    /// The sum over cycles without a common member of the cheapest pair of each, infinite if some
    /// cycle cannot be broken.
    fn still_to_pay(&self) -> f64 {
        let part = self.broken();
        let mut alive = vec![true; part.len()];
        let mut sum = 0.0;
        while let Some(cycle) = part.cycle(&alive) {
            let prices = pairs(&cycle).filter_map(|(t, s)| self.price(t, s));
            sum += prices.fold(f64::INFINITY, f64::min);
            cycle.iter().for_each(|&t| alive[t] = false);
        }
        sum
    }

    /// The cheapest pair of one cycle after the other, then every level as high as it can be.
    fn greedy(&mut self) {
        let n = self.part.len();
        while let Some(cycle) = self.broken().cycle(&vec![true; n]) {
            let cheapest = pairs(&cycle).min_by(|a, b| {
                let of = |p: &(usize, usize)| self.price(p.0, p.1).unwrap_or(f64::INFINITY);
                of(a).total_cmp(&of(b))
            });
            let Some((t, s)) = cheapest else { break };
            self.levels[t] = self.ratios[t * n + s];
        }
        for t in 0..n {
            let before = self.levels[t];
            let mut higher: Vec<f64> = (0..n).map(|s| self.ratios[t * n + s]).collect();
            higher.push(f64::INFINITY);
            higher.retain(|r| *r > before);
            higher.sort_by(|a, b| b.total_cmp(a));
            for level in higher.into_iter().chain([before]) {
                self.levels[t] = level;
                if self.broken().cycle(&vec![true; n]).is_none() {
                    break;
                }
            }
        }
        self.best = self.paid();
        self.best_levels.clone_from(&self.levels);
        self.levels.fill(f64::INFINITY);
    }

    /// Whether the search came to its end; `best` is then the least there is.
    fn run(&mut self, steps: &mut u64) -> bool {
        let Some(cycle) = self.broken().cycle(&vec![true; self.part.len()]) else {
            if self.paid() < self.best {
                self.best = self.paid();
                self.best_levels.clone_from(&self.levels);
            }
            return true;
        };
        if self.paid() + self.still_to_pay() >= self.best {
            return true;
        }
        let floors = self.floors.clone();
        let mut done = true;
        for (t, s) in pairs(&cycle) {
            if *steps == 0 {
                done = false;
                break;
            }
            *steps -= 1;
            let ratio = self.ratios[t * self.part.len() + s];
            if ratio > self.floors[t] {
                let before = std::mem::replace(&mut self.levels[t], ratio);
                done = self.run(steps);
                self.levels[t] = before;
                if !done {
                    break;
                }
            }
            // All that break this pair are done.
            self.floors[t] = self.floors[t].max(ratio);
        }
        self.floors = floors;
        done
    }
}

/// Each member of a cycle with the next.
fn pairs(cycle: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    (0..cycle.len()).map(|k| (cycle[k], cycle[(k + 1) % cycle.len()]))
}
