//! Models of pairwise comparisons that see the difference of two utilities and perhaps a tie
//! parameter: Thurstone's, Davidson's and Rao and Kupper's.
//!
//! With `d = theta_i - theta_j`:
//!
//! * Thurstone (case V, 1927): `i` wins with probability `Phi(d)`; the unit is the standard
//!   deviation of a difference.
//! * Davidson (JASA 65, 1970): win, loss and tie in proportion `e^{d/2} : e^{-d/2} : e^delta`.
//! * Rao and Kupper (JASA 62, 1967): win `s(d - delta)`, loss `s(-d - delta)`, tie the rest, `s`
//!   the logistic function and `delta = ln(theta) > 0` their threshold.
//!
//! Each log-likelihood is concave in the strengths and `delta` together; Newton's method with
//! conjugate gradients maximises it.

use crate::estimation::error::EstimationError;
use crate::estimation::ford::{Split, violated_by};
use crate::estimation::newton::{Objective, minimise};
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use relata_relations::special::{logistic, normal_cdf};

/// Which model of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairModel {
    /// Normal differences, no ties.
    Thurstone,
    /// Ties in proportion to the geometric mean of the strengths.
    Davidson,
    /// Ties where the difference stays below a threshold.
    RaoKupper,
}

/// Weighted wins and ties of pairs of items.
#[derive(Clone, Debug, PartialEq)]
pub struct PairOutcomes {
    items: usize,
    observations: Vec<Observation>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Observation {
    first: u32,
    second: u32,
    tie: bool,
    weight: f64,
}

/// What to maximise, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairParams {
    /// The penalty `l2 * sum theta_i^2`; 0 for none.
    pub l2: f64,
    /// Largest entry of the gradient at the end.
    pub tolerance: f64,
    /// The most Newton steps.
    pub max_iterations: usize,
}

impl Default for PairParams {
    fn default() -> Self {
        Self { l2: 0.0, tolerance: 1e-9, max_iterations: 500 }
    }
}

/// Estimated utilities, and the tie parameter where the model has one.
#[derive(Clone, Debug, PartialEq)]
pub struct PairFit {
    /// The model.
    pub model: PairModel,
    /// Utilities; with mean 0 if there is no penalty.
    pub strengths: Vec<f64>,
    /// `delta`: Davidson's `ln(nu)`, Rao and Kupper's `ln(theta)`.
    pub tie: Option<f64>,
    /// Standard errors of the utilities and, last, of the tie parameter; `None` beyond 4 000 items.
    pub standard_errors: Option<Vec<f64>>,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Largest entry of the gradient of the penalised log-likelihood.
    pub gradient_norm: f64,
}

impl PairOutcomes {
    /// No observation yet, of `items` items.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { items, observations: Vec::new() }
    }

    /// Adds that `winner` beat `loser`, `weight` times.
    ///
    /// # Errors
    /// [`EstimationError::OutOfRange`], [`EstimationError::Ranking`] for an item against itself,
    /// [`EstimationError::Parameter`].
    pub fn win(&mut self, winner: usize, loser: usize, weight: f64) -> Result<(), EstimationError> {
        self.push(winner, loser, false, weight)
    }

    /// Adds that two items tied, `weight` times.
    ///
    /// # Errors
    /// As [`PairOutcomes::win`].
    pub fn tie(&mut self, a: usize, b: usize, weight: f64) -> Result<(), EstimationError> {
        self.push(a, b, true, weight)
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// The split that violates Ford's condition, if there is one; a tie counts as a win for both.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        violated_by(self.items, || {
            self.observations.iter().flat_map(|o| {
                let back = o.tie.then_some((o.first, o.second));
                std::iter::once((o.second, o.first)).chain(back)
            })
        })
    }

    fn push(&mut self, first: usize, second: usize, tie: bool, weight: f64) -> Result<(), EstimationError> {
        if let Some(item) = [first, second].into_iter().find(|&i| i >= self.items) {
            return Err(EstimationError::OutOfRange { item, items: self.items });
        }
        if first == second {
            return Err(EstimationError::Ranking {
                ranking: vec![first, second],
                reason: "names an item twice",
            });
        }
        if !(weight.is_finite() && weight > 0.0) {
            let (parameter, expected) = ("weight", "positive and finite");
            return Err(EstimationError::Parameter { parameter, value: weight, expected });
        }
        self.observations.push(Observation { first: first as u32, second: second as u32, tie, weight });
        Ok(())
    }
}

/// Fits a model of pairwise comparisons.
///
/// ```
/// use relata_debreu::estimation::{PairModel, PairParams, PairOutcomes, fit_pairs};
/// let mut data = PairOutcomes::new(2);
/// data.win(0, 1, 40.0)?;
/// data.win(1, 0, 10.0)?;
/// data.tie(0, 1, 20.0)?;
/// let fit = fit_pairs(&data, PairModel::Davidson, &PairParams::default())?;
/// // With two items both tie models fit the three frequencies exactly.
/// assert!((fit.strengths[0] - fit.strengths[1] - 4f64.ln()).abs() < 1e-8);
/// assert!((fit.tie.unwrap_or(0.0)).abs() < 1e-8); // 20 = sqrt(40 * 10)
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
///
/// # Errors
/// [`EstimationError::NoMaximum`] with the offending split, [`EstimationError::Ties`] where the tie
/// parameter has no finite estimate or Thurstone's model is given ties,
/// [`EstimationError::NotConverged`], [`EstimationError::NoData`].
pub fn fit_pairs(
    data: &PairOutcomes,
    model: PairModel,
    options: &PairParams,
) -> Result<PairFit, EstimationError> {
    let PairParams { l2, tolerance, max_iterations } = *options;
    if !(l2.is_finite() && l2 >= 0.0) {
        return Err(EstimationError::Parameter {
            parameter: "l2",
            value: l2,
            expected: "finite and not negative",
        });
    }
    if data.observations.is_empty() {
        return Err(EstimationError::NoData);
    }
    let ties = data.observations.iter().filter(|o| o.tie).count();
    match (model, ties) {
        (PairModel::Thurstone, 1..) => {
            return Err(EstimationError::Ties { reason: "Thurstone's model has no ties" });
        }
        (PairModel::Davidson | PairModel::RaoKupper, 0) => {
            return Err(EstimationError::Ties { reason: "no comparison is tied; use a model without ties" });
        }
        (PairModel::Davidson | PairModel::RaoKupper, t) if t == data.observations.len() => {
            return Err(EstimationError::Ties { reason: "every comparison is tied" });
        }
        _ => {}
    }
    if let Some(split) = data.split().filter(|_| l2 <= 0.0) {
        return Err(EstimationError::NoMaximum(split));
    }
    let n = data.items;
    let with_tie = model != PairModel::Thurstone;
    let mut start = vec![0.0; n + usize::from(with_tie)];
    if with_tie {
        start[n] = 0.5;
    }
    let mut f = PairObjective { data, model, l2, second: vec![[0.0; 3]; data.observations.len()] };
    let m = minimise(&mut f, start, tolerance, max_iterations);
    let noise = 1e-13 * data.observations.iter().map(|o| o.weight).sum::<f64>();
    if m.gradient_norm.is_nan() || m.gradient_norm > tolerance.max(noise) {
        let (iterations, reached) = (m.iterations, m.gradient_norm);
        return Err(EstimationError::NotConverged { iterations, reached, tolerance });
    }
    let mut strengths = m.x;
    let tie = if with_tie { strengths.pop() } else { None };
    let penalty = l2 * strengths.iter().map(|s| s * s).sum::<f64>();
    if l2 <= 0.0 {
        let mean = strengths.iter().sum::<f64>() / n as f64;
        strengths.iter_mut().for_each(|s| *s -= mean);
    }
    let standard_errors = if n <= 4_000 { Some(f.standard_errors()?) } else { None };
    let log_likelihood = penalty - m.value;
    Ok(PairFit { model, strengths, tie, standard_errors, log_likelihood, gradient_norm: m.gradient_norm })
}

struct PairObjective<'a> {
    data: &'a PairOutcomes,
    model: PairModel,
    l2: f64,
    // Second derivatives of each observation's term: by d d, by d delta, by delta delta.
    second: Vec<[f64; 3]>,
}

impl PairObjective<'_> {
    fn standard_errors(&self) -> Result<Vec<f64>, EstimationError> {
        let n = self.data.items;
        let size = n + usize::from(self.model != PairModel::Thurstone);
        let mut h = Mat::<f64>::zeros(size, size);
        let fill = if self.l2 > 0.0 { 0.0 } else { 1.0 / n as f64 };
        for j in 0..n {
            h[(j, j)] += 2.0 * self.l2;
            (0..n).for_each(|i| h[(i, j)] += fill);
        }
        for (o, [dd, dt, tt]) in self.data.observations.iter().zip(&self.second) {
            let (i, j) = (o.first as usize, o.second as usize);
            for (a, b, v) in [(i, i, *dd), (j, j, *dd), (i, j, -dd), (j, i, -dd)] {
                h[(a, b)] += v;
            }
            if size > n {
                for (a, v) in [(i, *dt), (j, -dt)] {
                    h[(a, n)] += v;
                    h[(n, a)] += v;
                }
                h[(n, n)] += tt;
            }
        }
        let factor = h.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
        let inverse = factor.solve(Mat::<f64>::identity(size, size));
        let error = |i: usize| (inverse[(i, i)] - if i < n { fill } else { 0.0 }).max(0.0).sqrt();
        Ok((0..size).map(error).collect())
    }
}

impl Objective for PairObjective<'_> {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.data.items;
        let delta = x.get(n).copied().unwrap_or(0.0);
        gradient.fill(0.0);
        let mut value = 0.0;
        for i in 0..n {
            value += self.l2 * x[i] * x[i];
            gradient[i] = 2.0 * self.l2 * x[i];
        }
        for (o, second) in self.data.observations.iter().zip(&mut self.second) {
            let (i, j) = (o.first as usize, o.second as usize);
            let t = term(self.model, o.tie, x[i] - x[j], delta);
            value += o.weight * t.value;
            gradient[i] += o.weight * t.first[0];
            gradient[j] -= o.weight * t.first[0];
            if let Some(g) = gradient.get_mut(n) {
                *g += o.weight * t.first[1];
            }
            *second = t.second.map(|s| o.weight * s);
        }
        value
    }

    fn curvature(&self, v: &[f64], out: &mut [f64]) {
        let n = self.data.items;
        let tie = v.get(n).copied().unwrap_or(0.0);
        out.fill(0.0);
        (0..n).for_each(|i| out[i] = 2.0 * self.l2 * v[i]);
        for (o, [dd, dt, tt]) in self.data.observations.iter().zip(&self.second) {
            let (i, j) = (o.first as usize, o.second as usize);
            let d = v[i] - v[j];
            let along = dd * d + dt * tie;
            out[i] += along;
            out[j] -= along;
            if let Some(last) = out.get_mut(n) {
                *last += dt * d + tt * tie;
            }
        }
    }

    fn diagonal(&self, out: &mut [f64]) {
        let n = self.data.items;
        out.fill(0.0);
        (0..n).for_each(|i| out[i] = 2.0 * self.l2);
        for (o, [dd, _, tt]) in self.data.observations.iter().zip(&self.second) {
            out[o.first as usize] += dd;
            out[o.second as usize] += dd;
            if let Some(last) = out.get_mut(n) {
                *last += tt;
            }
        }
    }
}

struct Term {
    value: f64,
    first: [f64; 2],
    second: [f64; 3],
}

/// Minus the log-probability of an outcome at a difference `d` of utilities, with derivatives in
/// `(d, delta)`.
fn term(model: PairModel, tie: bool, d: f64, delta: f64) -> Term {
    match model {
        PairModel::Thurstone => {
            let (value, mills) = normal_tail(d);
            Term { value, first: [-mills, 0.0], second: [(mills * (mills + d)).max(0.0), 0.0, 0.0] }
        }
        PairModel::Davidson => {
            let top = (0.5 * d.abs()).max(delta);
            let (w, l, t) = ((0.5 * d - top).exp(), (-0.5 * d - top).exp(), (delta - top).exp());
            let z = w + l + t;
            let (w, l, t) = (w / z, l / z, t / z);
            let mean = 0.5 * (w - l);
            let (chosen, by_d, by_delta) = if tie { (delta, 0.0, 1.0) } else { (0.5 * d, 0.5, 0.0) };
            Term {
                value: top + z.ln() - chosen,
                first: [mean - by_d, t - by_delta],
                second: [0.25 * (w + l) - mean * mean, -t * mean, t * (1.0 - t)],
            }
        }
        PairModel::RaoKupper if delta <= 0.0 => {
            Term { value: f64::INFINITY, first: [0.0; 2], second: [0.0; 3] }
        }
        PairModel::RaoKupper if tie => {
            // P = s(a) s(-b) (1 - e^{-2 delta}) with a = d + delta and b = d - delta.
            let (a, b) = (d + delta, d - delta);
            let (ha, hb) = (logistic(a) * logistic(-a), logistic(b) * logistic(-b));
            let shrink = (2.0 * delta).exp_m1();
            let value = softplus(-a) + softplus(b) - (-(-2.0 * delta).exp_m1()).ln();
            let first = [logistic(b) - logistic(-a), -logistic(-a) - logistic(b) - 2.0 / shrink];
            let barrier = 4.0 * (shrink + 1.0) / (shrink * shrink);
            Term {
                value,
                first,
                second: [ha + hb, ha - hb, ha + hb + if barrier.is_finite() { barrier } else { 0.0 }],
            }
        }
        PairModel::RaoKupper => {
            let x = d - delta;
            let (g, h) = (-logistic(-x), logistic(x) * logistic(-x));
            Term { value: softplus(-x), first: [g, -g], second: [h, -h, h] }
        }
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `-ln Phi(d)` and the inverse Mills ratio `phi(d) / Phi(d)`.
fn normal_tail(d: f64) -> (f64, f64) {
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
    if d > -30.0 {
        let phi = normal_cdf(d);
        return (-phi.ln(), (-0.5 * d * d - HALF_LN_TAU).exp() / phi);
    }
    // phi(d) / Phi(d) = -d / (1 - 1/d^2 + 3/d^4 - 15/d^6 + ..), to 1e-10 and better here.
    let s = 1.0 / (d * d);
    let series = 1.0 - s * (1.0 - s * (3.0 - s * (15.0 - 105.0 * s)));
    (0.5 * d * d + HALF_LN_TAU + (-d).ln() - series.ln(), -d / series)
}
