//! Maps of which the maximum is the fixed point: MM and I-LSR.

use crate::estimation::newton::largest;
use crate::estimation::rankings::Rankings;

/// Iterates a map of strengths from log-strengths until no logarithm changes by more than `change`,
/// and says how often it did. Strengths that leave the range of floating point become NaN.
pub(super) fn fixed_point(
    log_strengths: &mut [f64],
    change: f64,
    max_iterations: usize,
    step: impl Fn(&[f64]) -> Vec<f64>,
) -> usize {
    let n = log_strengths.len() as f64;
    let mut strength: Vec<f64> = log_strengths.iter().map(|s| s.exp()).collect();
    let mut iterations = 0;
    while iterations < max_iterations {
        iterations += 1;
        let mut next = step(&strength);
        let mean = next.iter().map(|s| s.ln()).sum::<f64>() / n;
        let scale = (-mean).exp();
        next.iter_mut().for_each(|s| *s *= scale);
        let moved = largest(&next.iter().zip(&strength).map(|(a, b)| (a / b).ln()).collect::<Vec<_>>());
        strength = next;
        if moved.is_nan() || moved <= change {
            break;
        }
    }
    log_strengths.iter_mut().zip(&strength).for_each(|(l, s)| *l = s.ln());
    iterations
}

/// Hunter's step: wins over the sum, over the choices an item took part in, of one over the
/// strength in play.
pub(super) fn mm_step(data: &Rankings, strength: &[f64]) -> Vec<f64> {
    let (mut wins, mut exposure) = (vec![0.0; strength.len()], vec![0.0; strength.len()]);
    for r in 0..data.len() {
        let (list, stages) = data.list(r);
        let w = data.weights[r];
        let inverse = stage_inverses(list, stages, strength);
        let mut so_far = 0.0;
        for (s, &i) in list.iter().enumerate() {
            if s < stages {
                so_far += inverse[s];
                wins[i as usize] += w;
            }
            exposure[i as usize] += w * so_far;
        }
    }
    wins.iter().zip(&exposure).map(|(w, e)| w / e).collect()
}

fn stage_inverses(list: &[u32], stages: usize, strength: &[f64]) -> Vec<f64> {
    let mut inverse = vec![0.0; stages];
    let mut sum = 0.0;
    for s in (0..list.len()).rev() {
        sum += strength[list[s] as usize];
        if s < stages {
            inverse[s] = 1.0 / sum;
        }
    }
    inverse
}

/// The chain of I-LSR: from each loser to each winner at rate (weight) / (strength in play), summed
/// over stages.
pub(super) struct Chain {
    // Incoming moves of each state, and for each move its source and the stages that it is summed
    // over.
    offsets: Vec<usize>,
    moves: Vec<(u32, u32)>, // (source, number of the stage)
    stage_of: Vec<(u32, u32)>,
}

impl Chain {
    pub(super) fn new(data: &Rankings) -> Self {
        let mut stage_of = Vec::new();
        let mut offsets = vec![0usize; data.items() + 1];
        for r in 0..data.len() {
            let (list, stages) = data.list(r);
            for t in 0..stages {
                stage_of.push((r as u32, t as u32));
                offsets[list[t] as usize + 1] += list.len() - t - 1;
            }
        }
        (0..data.items()).for_each(|i| offsets[i + 1] += offsets[i]);
        let mut at = offsets.clone();
        let mut moves = vec![(0, 0); offsets[data.items()]];
        for (k, &(r, t)) in stage_of.iter().enumerate() {
            let (list, _) = data.list(r as usize);
            let winner = list[t as usize] as usize;
            for &loser in &list[t as usize + 1..] {
                moves[at[winner]] = (loser, k as u32);
                at[winner] += 1;
            }
        }
        Self { offsets, moves, stage_of }
    }

    /// The stationary distribution at rates from the present strengths, by Gauss-Seidel sweeps from
    /// these. It may end early: what comes of it is judged by Newton's step.
    pub(super) fn step(&self, data: &Rankings, strength: &[f64]) -> Vec<f64> {
        let n = strength.len();
        let mut rate = Vec::with_capacity(self.stage_of.len());
        let mut r_before = u32::MAX;
        let mut inverse = Vec::new();
        for &(r, t) in &self.stage_of {
            if r != r_before {
                let (list, stages) = data.list(r as usize);
                inverse = stage_inverses(list, stages, strength);
                r_before = r;
            }
            rate.push(data.weights[r as usize] * inverse[t as usize]);
        }
        let mut leaving = vec![0.0; n];
        self.moves.iter().for_each(|&(from, k)| leaving[from as usize] += rate[k as usize]);
        let mut p = strength.to_vec();
        for _ in 0..2_000 {
            let mut change = 0.0f64;
            for i in 0..n {
                let moves = &self.moves[self.offsets[i]..self.offsets[i + 1]];
                let inflow: f64 = moves.iter().map(|&(from, k)| p[from as usize] * rate[k as usize]).sum();
                let next = inflow / leaving[i];
                change = change.max((next / p[i] - 1.0).abs());
                p[i] = next;
            }
            let total: f64 = p.iter().sum();
            p.iter_mut().for_each(|v| *v *= n as f64 / total);
            if change <= 1e-14 || change.is_nan() {
                break;
            }
        }
        p
    }
}
