//! Minus the log-likelihood of strengths, with its derivatives.

use crate::estimation::laplacian::{Laplacian, Solution};
use crate::estimation::newton::{Objective, centre};
use crate::estimation::rankings::Rankings;
use crate::estimation::sum::Sum;
use relata_relations::faer::Mat;

/// Minus the penalised log-likelihood.
pub(super) struct LuceObjective<'a> {
    data: &'a Rankings,
    l2: f64,
    // For each place of each list: exp(theta - largest theta of the list), and 1 / (its sum from
    // here on) for the stages.
    scaled: Vec<f64>,
    inverse: Vec<f64>,
}

impl<'a> LuceObjective<'a> {
    pub(super) fn new(data: &'a Rankings, l2: f64) -> Self {
        let len = data.entries.len();
        Self { data, l2, scaled: vec![0.0; len], inverse: vec![0.0; len] }
    }

    pub(super) fn items(&self) -> usize {
        self.data.items()
    }

    /// The Hessian.
    pub(super) fn dense(&self) -> Mat<f64> {
        let n = self.items();
        let mut h = Mat::zeros(n, n);
        (0..n).for_each(|i| h[(i, i)] += 2.0 * self.l2);
        self.conductances(|i, j, w| {
            h[(i, i)] += w;
            h[(j, j)] += w;
            h[(i, j)] -= w;
            h[(j, i)] -= w;
        });
        h
    }

    /// The Hessian is the Laplacian of a graph: two items that a list ranks are joined by its
    /// weight times the sum of the products of their probabilities over the stages at which both
    /// were left.
    fn conductances(&self, mut join: impl FnMut(usize, usize, f64)) {
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            let mut squares = 0.0;
            for s in 0..list.len() {
                if s < stages {
                    squares += self.inverse[at + s] * self.inverse[at + s];
                }
                let here = w * self.scaled[at + s] * squares;
                for u in s + 1..list.len() {
                    join(list[s] as usize, list[u] as usize, here * self.scaled[at + u]);
                }
            }
        }
    }
}

impl Objective for LuceObjective<'_> {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [Sum]) -> f64 {
        let mut value = self.l2 * x.iter().map(|v| v * v).sum::<f64>();
        gradient.fill(Sum::default());
        gradient.iter_mut().zip(x).for_each(|(g, v)| g.add(2.0 * self.l2 * v));
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            let top = list.iter().map(|&i| x[i as usize]).fold(f64::NEG_INFINITY, f64::max);
            // What the items of a list gain, others of it lose: the terms sum to 0.
            let (mut all, mut heaviest) = (Sum::default(), (0.0, list[0]));
            let mut add = |item: u32, term: f64| {
                gradient[item as usize].add(term);
                all.add(term);
                if term.abs() > heaviest.0 {
                    heaviest = (term.abs(), item);
                }
            };
            let mut sum = 0.0;
            for s in (0..list.len()).rev() {
                let own = x[list[s] as usize] - top;
                let e = own.exp();
                // The strength of those left behind, and the same with the item.
                let behind = sum;
                sum += e;
                self.scaled[at + s] = e;
                if s < stages {
                    self.inverse[at + s] = 1.0 / sum;
                    // -ln(e / sum) and 1 - e / sum without cancellation.
                    value += w * if e > behind { (behind / e).ln_1p() } else { sum.ln() - own };
                    add(list[s], -w * (behind / sum));
                }
            }
            let mut so_far = 0.0;
            for s in 0..list.len() {
                add(list[s], w * (self.scaled[at + s] * so_far));
                if s < stages {
                    so_far += self.inverse[at + s];
                }
            }
            // Up to rounding, which must not flow out of the list.
            gradient[heaviest.1 as usize].add(-all.value());
        }
        value
    }

    fn newton_step(&self, gradient: &[Sum]) -> Option<Solution> {
        let n = self.items();
        let mut graph = Laplacian::new(n);
        (0..n).for_each(|i| graph.ground(i, 2.0 * self.l2));
        self.conductances(|i, j, w| graph.join(i, j, w));
        graph.solve(vec![gradient.to_vec()])?.pop()
    }

    fn centre(&self, step: &mut [f64]) {
        if self.l2 <= 0.0 {
            centre(step);
        }
    }

    fn curvature(&self, v: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(v).for_each(|(o, v)| *o = 2.0 * self.l2 * v);
        let mut means = Vec::new();
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            // Mean of v under the choice probabilities of each stage.
            means.resize(stages, 0.0);
            let mut sum = 0.0;
            for s in (0..list.len()).rev() {
                sum += self.scaled[at + s] * v[list[s] as usize];
                if s < stages {
                    means[s] = sum * self.inverse[at + s];
                }
            }
            let (mut a, mut c) = (0.0, 0.0);
            for s in 0..list.len() {
                if s < stages {
                    a += self.inverse[at + s];
                    c += means[s] * self.inverse[at + s];
                }
                let i = list[s] as usize;
                out[i] += w * self.scaled[at + s] * (v[i] * a - c);
            }
        }
    }

    fn diagonal(&self, out: &mut [f64]) {
        out.fill(2.0 * self.l2);
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            let (mut a, mut b) = (0.0, 0.0);
            for s in 0..list.len() {
                if s < stages {
                    let inv = self.inverse[at + s];
                    a += inv;
                    b += inv * inv;
                }
                let e = self.scaled[at + s];
                out[list[s] as usize] += w * (e * a - e * e * b).max(0.0);
            }
        }
    }
}
