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
use crate::estimation::laplacian::{Laplacian, Solution};
use crate::estimation::luce::MAX_STANDARD_ERROR_ITEMS;
use crate::estimation::newton::{Objective, centre, minimise};
use crate::estimation::pair_model::{PairModel, term};
use crate::estimation::sum::Sum;
use crate::estimation::weights::unit_of;
use crate::finite::gains::positive_cycle;
use relata_relations::PowerOfTwo;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};

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

/// What to maximise, and how far. Weights may span what [`LuceParams`](super::LuceParams) says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairParams {
    /// The penalty `l2 * sum theta_i^2`; 0 for none.
    pub l2: f64,
    /// How far a utility or the tie parameter may be from the maximum: the largest entry of
    /// Newton's step at the end. It is the same for weights times any factor.
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
    /// Largest entry of the gradient of the penalised log-likelihood, in units of the weights.
    pub gradient_norm: f64,
    /// Largest entry of the last Newton step: how far the estimate was from the maximum before it,
    /// to first order.
    pub last_step: f64,
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

    /// Whether utilities and a threshold explain all wins and ties: every win by the threshold at
    /// least, every tie by the threshold at most. They do unless following wins downward, and ties
    /// either way, comes back to where it began over more wins than ties. `O(n m)` for `m`
    /// observations; where some pair has wins both ways `O(m log m)`.
    fn has_threshold(&self) -> bool {
        let mut wins: Vec<(u32, u32)> =
            self.observations.iter().filter(|o| !o.tie).map(|o| (o.first, o.second)).collect();
        wins.sort_unstable();
        wins.dedup();
        if wins.iter().any(|(a, b)| wins.binary_search(&(*b, *a)).is_ok()) {
            return false;
        }
        let ties = self.observations.iter().filter(|o| o.tie);
        let ties = ties.flat_map(|o| [(o.first, o.second, -1), (o.second, o.first, -1)]);
        let steps = wins.iter().map(|&(a, b)| (a, b, 1)).chain(ties);
        let steps: Vec<(usize, usize, i128)> = steps.map(|(a, b, g)| (a as usize, b as usize, g)).collect();
        positive_cycle(self.items, &steps).is_none()
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
/// [`EstimationError::NoMaximum`] with the offending split, [`EstimationError::Threshold`] where a
/// threshold explains every win and every tie, [`EstimationError::Ties`] where the tie
/// parameter has no finite estimate or Thurstone's model is given ties,
/// [`EstimationError::NotConverged`], [`EstimationError::NoData`], [`EstimationError::Parameter`],
/// [`EstimationError::WeightRange`].
pub fn fit_pairs(
    data: &PairOutcomes,
    model: PairModel,
    params: &PairParams,
) -> Result<PairFit, EstimationError> {
    let PairParams { l2, tolerance, max_iterations } = *params;
    for (parameter, value, sound) in
        [("l2", l2, l2.is_finite() && l2 >= 0.0), ("tolerance", tolerance, tolerance > 0.0)]
    {
        if !sound {
            return Err(EstimationError::Parameter { parameter, value, expected: "finite and not negative" });
        }
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
        (PairModel::Thurstone | PairModel::Davidson | PairModel::RaoKupper, _) => {}
    }
    if let Some(split) = data.split().filter(|_| l2 <= 0.0) {
        return Err(EstimationError::NoMaximum(split));
    }
    let n = data.items;
    let with_tie = model != PairModel::Thurstone;
    if with_tie && l2 <= 0.0 && data.has_threshold() {
        return Err(EstimationError::Threshold);
    }
    let mut start = vec![0.0; n + usize::from(with_tie)];
    if with_tie {
        start[n] = 0.5;
    }
    // Weights and penalty times a factor change nothing.
    let weights: Vec<f64> = data.observations.iter().map(|o| o.weight).collect();
    let unit = unit_of(&weights, n)?;
    let weights = weights.iter().map(|w| unit.divide(*w)).collect();
    let second = vec![[0.0; 3]; data.observations.len()];
    let mut f = PairObjective { data, weights, model, l2: unit.divide(l2), second };
    let m = minimise(&mut f, start, tolerance, max_iterations);
    if m.last_step.is_nan() || m.last_step > tolerance {
        let (iterations, reached) = (m.iterations, m.last_step);
        return Err(EstimationError::NotConverged { iterations, reached, tolerance });
    }
    let mut strengths = m.x;
    let tie = if with_tie { strengths.pop() } else { None };
    let penalty = unit.divide(l2) * strengths.iter().map(|s| s * s).sum::<f64>();
    if l2 <= 0.0 {
        centre(&mut strengths);
    }
    let standard_errors = if n <= MAX_STANDARD_ERROR_ITEMS { Some(f.standard_errors(unit)?) } else { None };
    let (log_likelihood, gradient_norm) = (unit.multiply(penalty - m.value), unit.multiply(m.gradient_norm));
    if !log_likelihood.is_finite() {
        let (parameter, expected) = ("log-likelihood", "finite; divide all weights by one number");
        return Err(EstimationError::Parameter { parameter, value: log_likelihood, expected });
    }
    let last_step = m.last_step;
    Ok(PairFit { model, strengths, tie, standard_errors, log_likelihood, gradient_norm, last_step })
}

impl PairFit {
    /// The log-likelihood of other data, such as some that were held out.
    ///
    /// # Errors
    /// [`EstimationError::Shape`] if `data` has other items than the fit, [`EstimationError::Ties`]
    /// if it has ties and the model has none.
    pub fn log_likelihood_of(&self, data: &PairOutcomes) -> Result<f64, EstimationError> {
        let n = self.strengths.len();
        if data.items != n {
            return Err(EstimationError::Shape { what: "items", found: data.items, expected: n });
        }
        if self.tie.is_none() && data.observations.iter().any(|o| o.tie) {
            return Err(EstimationError::Ties { reason: "Thurstone's model has no ties" });
        }
        let of = |o: &Observation| {
            let d = self.strengths[o.first as usize] - self.strengths[o.second as usize];
            o.weight * term(self.model, o.tie, d, self.tie.unwrap_or(0.0)).value
        };
        Ok(-data.observations.iter().map(of).sum::<f64>())
    }
}

struct PairObjective<'a> {
    data: &'a PairOutcomes,
    // In units of the largest.
    weights: Vec<f64>,
    model: PairModel,
    l2: f64,
    // Second derivatives of each observation's term: by d d, by d delta, by delta delta.
    second: Vec<[f64; 3]>,
}

impl PairObjective<'_> {
    fn standard_errors(&self, unit: PowerOfTwo) -> Result<Vec<f64>, EstimationError> {
        let n = self.data.items;
        let size = n + usize::from(self.model != PairModel::Thurstone);
        let mut h = Mat::<f64>::zeros(size, size);
        (0..n).for_each(|j| h[(j, j)] += 2.0 * self.l2);
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
        // The constant direction is not identified: fill it in, at the size of the others, and take
        // it out of the inverse.
        let items = n as f64;
        let fill = if self.l2 > 0.0 { 0.0 } else { (0..n).map(|i| h[(i, i)]).sum::<f64>() / (items * items) };
        let filled = if fill > 0.0 { 1.0 / (fill * items * items) } else { 0.0 };
        (0..n).for_each(|j| (0..n).for_each(|i| h[(i, j)] += fill));
        let factor = h.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
        let inverse = factor.solve(Mat::<f64>::identity(size, size));
        let variance = |i: usize| unit.divide(inverse[(i, i)] - if i < n { filled } else { 0.0 });
        let errors = (0..size).map(variance);
        errors.map(|v| if v > 0.0 { Ok(v.sqrt()) } else { Err(EstimationError::Singular) }).collect()
    }
}

impl Objective for PairObjective<'_> {
    fn evaluate(&mut self, x: &[f64], gradient: &mut [Sum]) -> f64 {
        let n = self.data.items;
        let delta = x.get(n).copied().unwrap_or(0.0);
        gradient.fill(Sum::default());
        let mut value = 0.0;
        for i in 0..n {
            value += self.l2 * x[i] * x[i];
            gradient[i].add(2.0 * self.l2 * x[i]);
        }
        let observations = self.data.observations.iter().zip(&self.weights);
        for ((o, weight), second) in observations.zip(&mut self.second) {
            let (i, j) = (o.first as usize, o.second as usize);
            let t = term(self.model, o.tie, x[i] - x[j], delta);
            value += weight * t.value;
            for (amount, [by_difference, by_tie]) in t.first {
                let amount = weight * amount;
                gradient[i].add(by_difference * amount);
                gradient[j].add(-by_difference * amount);
                if let Some(g) = gradient.get_mut(n) {
                    g.add(by_tie * amount);
                }
            }
            *second = t.second.map(|s| weight * s);
        }
        value
    }

    /// By elimination of the items, a Laplacian, before the tie parameter.
    fn newton_step(&self, gradient: &[Sum]) -> Option<Solution> {
        let n = self.data.items;
        let mut graph = Laplacian::new(n);
        (0..n).for_each(|i| graph.ground(i, 2.0 * self.l2));
        let mut mixed = vec![Sum::default(); n];
        let mut own = 0.0;
        for (o, [dd, dt, tt]) in self.data.observations.iter().zip(&self.second) {
            let (i, j) = (o.first as usize, o.second as usize);
            graph.join(i, j, *dd);
            mixed[i].add(*dt);
            mixed[j].add(-dt);
            own += tt;
        }
        let Some(g) = gradient.get(n) else { return graph.solve(vec![gradient.to_vec()])?.pop() };
        let mut sides = graph.solve(vec![gradient[..n].to_vec(), mixed.clone()])?;
        let (along, mut step) = (sides.pop()?, sides.pop()?);
        let against = |x: &[f64]| mixed.iter().zip(x).map(|(m, x)| m.value() * x).sum::<f64>();
        let size = |x: &[f64]| mixed.iter().zip(x).map(|(m, x)| m.value().abs() * x).sum::<f64>();
        let left = own - against(&along.value);
        // Less than this is rounding of what was subtracted.
        if left.is_nan() || left <= 1e-10 * own {
            return None;
        }
        let tie = (g.value() - against(&step.value)) / left;
        let noise = (g.noise() + size(&step.noise)) / left;
        for (k, a) in along.value.iter().enumerate() {
            step.value[k] -= tie * a;
            step.noise[k] += noise * a.abs() + tie.abs() * along.noise[k];
        }
        step.value.push(tie);
        step.noise.push(noise);
        Some(step)
    }

    fn centre(&self, step: &mut [f64]) {
        if self.l2 <= 0.0 {
            centre(&mut step[..self.data.items]);
        }
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
