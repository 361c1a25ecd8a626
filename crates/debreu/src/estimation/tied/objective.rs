//! Minus the log-likelihood, with its derivatives.

use super::data::TiedRankings;
use super::subsets::subsets;
use crate::estimation::laplacian::Solution;
use crate::estimation::newton::{Objective, centre};
use crate::estimation::sum::Sum;
use relata_relations::PowerOfTwo;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};

/// The largest variance, in units of one over the largest weight, that is known to four digits.
const MAX_VARIANCE: f64 = 1e12;

/// Minus the penalised log-likelihood of `theta`, then `ln delta` of each order above 1.
pub(super) struct TiedObjective {
    items: usize,
    l2: f64,
    orders: Vec<usize>,
    // Sets with their weights, and what was chosen from them: (place of the set, chosen, weight).
    sets: Vec<(Vec<u32>, f64)>,
    chosen: Vec<(usize, Vec<u32>, f64)>,
    hessian: Mat<f64>,
}

impl TiedObjective {
    pub(super) fn new(data: &TiedRankings, orders: Vec<usize>, unit: PowerOfTwo, l2: f64) -> Self {
        let sets: Vec<(Vec<u32>, f64)> =
            data.sets.iter().map(|(s, w)| (s.clone(), unit.divide(*w))).collect();
        let place = |set: &Vec<u32>| sets.binary_search_by(|s| s.0.cmp(set)).unwrap_or(0);
        let chosen = data.chosen.iter().map(|((set, best), w)| (place(set), best.clone(), unit.divide(*w)));
        let size = data.items() + orders.len() - 1;
        let (chosen, hessian) = (chosen.collect(), Mat::zeros(size, size));
        Self { items: data.items(), l2, orders, sets, chosen, hessian }
    }

    /// The inverse of the Hessian, without a penalty that on utilities with mean 0; none where
    /// rounding has left nothing of the Hessian in some direction.
    pub(super) fn inverse(&self) -> Option<Mat<f64>> {
        let (n, size) = (self.items, self.hessian.nrows());
        let mut h = self.hessian.clone();
        // The constant direction is not identified: fill it in, at the size of the others, and take
        // it out of the inverse.
        let items = n as f64;
        let fill = if self.l2 > 0.0 { 0.0 } else { (0..n).map(|i| h[(i, i)]).sum::<f64>() / (items * items) };
        (0..n).for_each(|j| (0..n).for_each(|i| h[(i, j)] += fill));
        let mut inverse = h.llt(Side::Lower).ok()?.solve(Mat::<f64>::identity(size, size));
        if fill > 0.0 {
            let filled = 1.0 / (fill * items * items);
            (0..n).for_each(|j| (0..n).for_each(|i| inverse[(i, j)] -= filled));
        }
        // Its entries are differences of products, with rounding of the largest weight.
        (0..size).all(|i| inverse[(i, i)] < MAX_VARIANCE).then_some(inverse)
    }

    /// Whether no choice becomes less likely along a direction, however far, and some become more so.
    pub(super) fn grows_along(&self, direction: &[f64]) -> bool {
        let spread = direction.iter().fold(0.0f64, |m, d| m.max(d.abs()));
        // Far out what is finite in the path of Newton's method no longer changes by more than a
        // thousandth of the way.
        let noise = 1e-3 * spread;
        let (mut worst, mut best) = (0.0f64, 0.0f64);
        for (place, chosen, _) in &self.chosen {
            let set = &self.sets[*place].0;
            let mut values: Vec<f64> = set.iter().map(|&i| direction[i as usize]).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            let own = self.along(chosen, direction);
            for (k, &t) in self.orders.iter().enumerate().filter(|(_, t)| **t <= set.len()) {
                let of = |values: &[f64]| values.iter().sum::<f64>() / t as f64 + self.tie(k, direction);
                worst = worst.min(own - of(&values[..t]));
                best = best.max(own - of(&values[set.len() - t..]));
            }
        }
        spread > 0.0 && worst >= -noise && best > noise
    }

    /// `ln delta` of the `k`-th order.
    fn tie(&self, k: usize, x: &[f64]) -> f64 {
        if k == 0 { 0.0 } else { x[self.items + k - 1] }
    }

    /// `ln f` of what was chosen.
    fn along(&self, chosen: &[u32], x: &[f64]) -> f64 {
        let k = self.orders.iter().position(|t| *t == chosen.len());
        let mean = chosen.iter().map(|&i| x[i as usize]).sum::<f64>() / chosen.len() as f64;
        k.map_or(f64::NEG_INFINITY, |k| mean + self.tie(k, x))
    }

    /// Adds a set's expected statistics to the gradient and their covariance to the Hessian, and
    /// returns the logarithm of the sum over all that could have been chosen.
    fn add_set(&mut self, place: usize, x: &[f64], gradient: &mut [Sum]) -> f64 {
        let n = self.items;
        let (set, weight) = self.sets[place].clone();
        let top = set.iter().map(|&i| x[i as usize]).fold(f64::NEG_INFINITY, f64::max);
        let orders: Vec<(usize, usize)> = self.orders.iter().copied().enumerate().collect();
        let orders: Vec<(usize, usize)> = orders.into_iter().filter(|(_, t)| *t <= set.len()).collect();
        let m = set.len();
        // For each order: ln of its sum, its shares by item and by pair.
        let mut logs = Vec::new();
        let mut parts = Vec::new();
        for &(k, t) in &orders {
            let values: Vec<f64> = set.iter().map(|&i| ((x[i as usize] - top) / t as f64).exp()).collect();
            let mut pairs = vec![0.0; m * m];
            let found = subsets(&values, t, |i, j, share| pairs[i * m + j] = share);
            logs.push(found.all.ln() + self.tie(k, x));
            parts.push((t as f64, found.with, pairs));
        }
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = logs.iter().map(|l| (l - most).exp()).sum();
        let probabilities: Vec<f64> = logs.iter().map(|l| (l - most).exp() / total).collect();
        // Means of s_i = [i chosen] / number chosen and of [number chosen = t], by place in x.
        let mut mean: Vec<(usize, f64)> = Vec::new();
        for (a, &i) in set.iter().enumerate() {
            let of = probabilities.iter().zip(&parts).map(|(p, (t, with, _))| p * with[a] / t);
            mean.push((i as usize, of.sum()));
        }
        for (q, &(k, _)) in orders.iter().enumerate().filter(|(_, (k, _))| *k > 0) {
            mean.push((n + k - 1, probabilities[q]));
            for (a, &i) in set.iter().enumerate() {
                let both = weight * probabilities[q] * parts[q].1[a] / parts[q].0;
                self.hessian[(i as usize, n + k - 1)] += both;
                self.hessian[(n + k - 1, i as usize)] += both;
            }
            self.hessian[(n + k - 1, n + k - 1)] += weight * probabilities[q];
        }
        for a in 0..m {
            for b in a..m {
                let shares = probabilities.iter().zip(&parts);
                let both: f64 = shares
                    .map(|(p, (t, with, pairs))| {
                        p * if a == b { with[a] } else { pairs[a * m + b] } / (t * t)
                    })
                    .sum();
                let (i, j) = (set[a] as usize, set[b] as usize);
                self.hessian[(i, j)] += weight * both;
                if a != b {
                    self.hessian[(j, i)] += weight * both;
                }
            }
        }
        for &(i, u) in &mean {
            gradient[i].add(weight * u);
            for &(j, v) in &mean {
                self.hessian[(i, j)] -= weight * u * v;
            }
        }
        top + most + total.ln()
    }
}

impl Objective for TiedObjective {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [Sum]) -> f64 {
        gradient.fill(Sum::default());
        self.hessian.fill(0.0);
        let mut value = 0.0;
        for i in 0..self.items {
            value += self.l2 * x[i] * x[i];
            gradient[i].add(2.0 * self.l2 * x[i]);
            self.hessian[(i, i)] += 2.0 * self.l2;
        }
        let logs: Vec<f64> = (0..self.sets.len()).map(|s| self.add_set(s, x, gradient)).collect();
        for (place, chosen, weight) in &self.chosen {
            value += weight * (logs[*place] - self.along(chosen, x));
            let share = weight / chosen.len() as f64;
            chosen.iter().for_each(|&i| gradient[i as usize].add(-share));
            if let Some(k) = self.orders.iter().position(|t| *t == chosen.len()).filter(|k| *k > 0) {
                gradient[self.items + k - 1].add(-weight);
            }
        }
        value
    }

    fn newton_step(&self, gradient: &[Sum]) -> Option<Solution> {
        let inverse = self.inverse()?;
        let size = gradient.len();
        let times = |entry: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..size).map(|i| (0..size).map(|j| entry(i, j)).sum()).collect()
        };
        let value = times(&|i, j| inverse[(i, j)] * gradient[j].value());
        let noise = times(&|i, j| inverse[(i, j)].abs() * gradient[j].noise());
        value.iter().all(|v| v.is_finite()).then_some(Solution { value, noise })
    }

    fn centre(&self, step: &mut [f64]) {
        if self.l2 <= 0.0 {
            centre(&mut step[..self.items]);
        }
    }

    fn curvature(&self, v: &[f64], out: &mut [f64]) {
        (0..v.len()).for_each(|i| out[i] = (0..v.len()).map(|j| self.hessian[(i, j)] * v[j]).sum());
    }

    fn diagonal(&self, out: &mut [f64]) {
        out.iter_mut().enumerate().for_each(|(i, o)| *o = self.hessian[(i, i)]);
    }
}
