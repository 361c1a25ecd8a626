//! Bradley-Terry and Plackett-Luce strengths by maximum likelihood.
//!
//! Item `i` has a log-strength `theta_i`; from a set `A` it is chosen with probability
//! `exp(theta_i) / sum_{j in A} exp(theta_j)` (R. A. Bradley and M. E. Terry, 1952; R. D. Luce,
//! 1959), and a ranking is a sequence of choices without replacement (R. L. Plackett, 1975). The
//! log-likelihood is concave. Three methods:
//!
//! * Newton, with conjugate gradients on the sparse Hessian; also with the penalty
//!   `l2 * |theta|^2`;
//! * MM (D. R. Hunter, Ann. Statist. 32, 2004): monotone, cheap steps, many of them;
//! * I-LSR (L. Maystre and M. Grossglauser, NeurIPS 2015): the maximum is the fixed point of
//!   stationary distributions of the chain that moves from losers to winners.
//!
//! A ranking of length `k` costs `O(k)` a step: sums over the items left at each stage are suffix
//! sums.

use crate::estimation::error::EstimationError;
use crate::estimation::newton::{Objective, largest, minimise};
use crate::estimation::rankings::Rankings;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};

/// How to maximise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LuceMethod {
    /// Newton's method with conjugate gradients.
    Newton,
    /// Minorisation and maximisation.
    Mm,
    /// Iterated spectral ranking.
    Ilsr,
}

/// What to maximise, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LuceParams {
    /// The method.
    pub method: LuceMethod,
    /// The penalty `l2 * sum theta_i^2` on the log-likelihood; 0 for none.
    pub l2: f64,
    /// Newton: largest entry of the gradient. MM and I-LSR: largest change of a log-strength in a
    /// step.
    pub tolerance: f64,
    /// The most steps.
    pub max_iterations: usize,
}

impl Default for LuceParams {
    fn default() -> Self {
        Self { method: LuceMethod::Newton, l2: 0.0, tolerance: 1e-9, max_iterations: 10_000 }
    }
}

/// The most items for which standard errors are computed (a dense Cholesky factorisation).
pub const MAX_STANDARD_ERROR_ITEMS: usize = 4_000;

/// Estimated log-strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct LuceFit {
    /// Log-strengths; with mean 0 if there is no penalty.
    pub strengths: Vec<f64>,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Largest entry of the gradient of the penalised log-likelihood.
    pub gradient_norm: f64,
    /// Steps taken.
    pub iterations: usize,
    /// The penalty used.
    pub l2: f64,
}

/// Fits log-strengths.
///
/// ```
/// use relata_debreu::estimation::{LuceParams, Rankings, fit_luce};
/// // Two items, 3 wins against 1: the odds are 3.
/// let mut r = Rankings::new(2);
/// r.weighted(&[0, 1], 1, 3.0)?;
/// r.win(1, 0)?;
/// let fit = fit_luce(&r, &LuceParams::default())?;
/// assert!((fit.strengths[0] - fit.strengths[1] - 3f64.ln()).abs() < 1e-9);
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
///
/// # Errors
/// [`EstimationError::NoMaximum`] with the offending split where Ford's condition fails and there
/// is no penalty, [`EstimationError::NotConverged`], [`EstimationError::PenaltyUnsupported`],
/// [`EstimationError::NoData`], [`EstimationError::Parameter`].
pub fn fit_luce(data: &Rankings, options: &LuceParams) -> Result<LuceFit, EstimationError> {
    let LuceParams { method, l2, tolerance, max_iterations } = *options;
    for (parameter, value, sound) in
        [("l2", l2, l2.is_finite() && l2 >= 0.0), ("tolerance", tolerance, tolerance > 0.0)]
    {
        if !sound {
            return Err(EstimationError::Parameter { parameter, value, expected: "finite and not negative" });
        }
    }
    if data.is_empty() {
        return Err(EstimationError::NoData);
    }
    if l2 <= 0.0 {
        if let Some(split) = data.split() {
            return Err(EstimationError::NoMaximum(split));
        }
    } else if method != LuceMethod::Newton {
        let method = if method == LuceMethod::Mm { "MM" } else { "I-LSR" };
        return Err(EstimationError::PenaltyUnsupported { method });
    }
    let (mut strengths, iterations, reached) = match method {
        LuceMethod::Newton => {
            let mut f = LuceObjective::new(data, l2);
            let m = minimise(&mut f, vec![0.0; data.items()], tolerance, max_iterations);
            (m.x, m.iterations, m.gradient_norm)
        }
        LuceMethod::Mm => fixed_point(data, tolerance, max_iterations, mm_step),
        LuceMethod::Ilsr => {
            let chain = Chain::new(data);
            fixed_point(data, tolerance, max_iterations, |d, e| chain.step(d, e))
        }
    };
    // At rounding level the gradient can stall a little above a very small tolerance.
    let noise = 1e-13 * data.weights.iter().sum::<f64>();
    if reached.is_nan() || reached > tolerance.max(noise) {
        return Err(EstimationError::NotConverged { iterations, reached, tolerance });
    }
    if l2 <= 0.0 {
        let mean = strengths.iter().sum::<f64>() / strengths.len() as f64;
        strengths.iter_mut().for_each(|s| *s -= mean);
    }
    let mut gradient = vec![0.0; strengths.len()];
    let mut f = LuceObjective::new(data, l2);
    let value = f.evaluate(&strengths, &mut gradient);
    let penalty = l2 * strengths.iter().map(|s| s * s).sum::<f64>();
    let gradient_norm = largest(&gradient);
    Ok(LuceFit { strengths, log_likelihood: penalty - value, gradient_norm, iterations, l2 })
}

impl LuceFit {
    /// Standard errors of the log-strengths from the observed information: of the strengths with
    /// mean 0 without a penalty, of the Gaussian approximation at the mode with one. `O(n^3)`.
    ///
    /// # Errors
    /// [`EstimationError::TooLarge`] beyond [`MAX_STANDARD_ERROR_ITEMS`],
    /// [`EstimationError::Singular`], [`EstimationError::Shape`] if `data` has other items than the
    /// fit.
    pub fn standard_errors(&self, data: &Rankings) -> Result<Vec<f64>, EstimationError> {
        let n = self.strengths.len();
        if data.items() != n {
            return Err(EstimationError::Shape { what: "items", found: data.items(), expected: n });
        }
        if n > MAX_STANDARD_ERROR_ITEMS {
            return Err(EstimationError::TooLarge { size: n, limit: MAX_STANDARD_ERROR_ITEMS });
        }
        let mut f = LuceObjective::new(data, self.l2);
        f.evaluate(&self.strengths, &mut vec![0.0; n]);
        let mut h = f.dense();
        // The constant direction is not identified: fill it in, and take it out of the inverse.
        let fill = if self.l2 > 0.0 { 0.0 } else { 1.0 / n as f64 };
        for j in 0..n {
            for i in 0..n {
                h[(i, j)] += fill;
            }
        }
        let factor = h.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
        let inverse = factor.solve(Mat::<f64>::identity(n, n));
        Ok((0..n).map(|i| (inverse[(i, i)] - fill).max(0.0).sqrt()).collect())
    }

    /// The probability that item `i` beats item `j`.
    #[must_use]
    pub fn win_probability(&self, i: usize, j: usize) -> Option<f64> {
        let d = self.strengths.get(i)? - self.strengths.get(j)?;
        Some(1.0 / (1.0 + (-d).exp()))
    }
}

/// Minus the penalised log-likelihood.
struct LuceObjective<'a> {
    data: &'a Rankings,
    l2: f64,
    // For each place of each list: exp(theta - largest theta of the list), and 1 / (its sum from
    // here on) for the stages.
    scaled: Vec<f64>,
    inverse: Vec<f64>,
}

impl<'a> LuceObjective<'a> {
    fn new(data: &'a Rankings, l2: f64) -> Self {
        let len = data.entries.len();
        Self { data, l2, scaled: vec![0.0; len], inverse: vec![0.0; len] }
    }

    fn dense(&self) -> Mat<f64> {
        let n = self.data.items();
        let mut h = Mat::zeros(n, n);
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            let (e, inv) = (&self.scaled[at..at + list.len()], &self.inverse[at..at + list.len()]);
            for t in 0..stages {
                for s in t..list.len() {
                    let p = e[s] * inv[t];
                    h[(list[s] as usize, list[s] as usize)] += w * p;
                    for u in t..list.len() {
                        h[(list[s] as usize, list[u] as usize)] -= w * p * e[u] * inv[t];
                    }
                }
            }
        }
        (0..n).for_each(|i| h[(i, i)] += 2.0 * self.l2);
        h
    }
}

impl Objective for LuceObjective<'_> {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = self.l2 * x.iter().map(|v| v * v).sum::<f64>();
        gradient.iter_mut().zip(x).for_each(|(g, v)| *g = 2.0 * self.l2 * v);
        for r in 0..self.data.len() {
            let (list, stages) = self.data.list(r);
            let (at, w) = (self.data.offsets[r], self.data.weights[r]);
            let top = list.iter().map(|&i| x[i as usize]).fold(f64::NEG_INFINITY, f64::max);
            let mut sum = 0.0;
            for s in (0..list.len()).rev() {
                let e = (x[list[s] as usize] - top).exp();
                sum += e;
                self.scaled[at + s] = e;
                if s < stages {
                    self.inverse[at + s] = 1.0 / sum;
                    value += w * (sum.ln() + top - x[list[s] as usize]);
                }
            }
            let mut so_far = 0.0;
            for s in 0..list.len() {
                let chosen = if s < stages {
                    so_far += self.inverse[at + s];
                    1.0
                } else {
                    0.0
                };
                gradient[list[s] as usize] += w * (self.scaled[at + s] * so_far - chosen);
            }
        }
        value
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

/// Iterates a map of strengths from all ones until no logarithm changes by more than the tolerance.
fn fixed_point(
    data: &Rankings,
    tolerance: f64,
    max_iterations: usize,
    step: impl Fn(&Rankings, &[f64]) -> Vec<f64>,
) -> (Vec<f64>, usize, f64) {
    let n = data.items();
    let mut strength = vec![1.0; n];
    let mut change = f64::INFINITY;
    for iteration in 0..max_iterations {
        let mut next = step(data, &strength);
        let mean = next.iter().map(|s| s.ln()).sum::<f64>() / n as f64;
        let scale = (-mean).exp();
        next.iter_mut().for_each(|s| *s *= scale);
        change = largest(&next.iter().zip(&strength).map(|(a, b)| (a / b).ln()).collect::<Vec<_>>());
        strength = next;
        if change.is_nan() || change <= tolerance {
            return (strength.iter().map(|s| s.ln()).collect(), iteration + 1, change);
        }
    }
    (strength.iter().map(|s| s.ln()).collect(), max_iterations, change)
}

/// Hunter's step: wins over the sum, over the choices an item took part in, of one over the
/// strength in play.
fn mm_step(data: &Rankings, strength: &[f64]) -> Vec<f64> {
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
struct Chain {
    // Incoming moves of each state, and for each move its source and the stages that it is summed
    // over.
    offsets: Vec<usize>,
    moves: Vec<(u32, u32)>, // (source, number of the stage)
    stage_of: Vec<(u32, u32)>,
}

impl Chain {
    fn new(data: &Rankings) -> Self {
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

    /// The stationary distribution at rates from the present strengths, by Gauss-Seidel sweeps.
    fn step(&self, data: &Rankings, strength: &[f64]) -> Vec<f64> {
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
