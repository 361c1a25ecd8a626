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

use super::fixed_point::{Chain, fixed_point, mm_step};
use super::objective::LuceObjective;
use crate::estimation::error::EstimationError;
use crate::estimation::newton::{Objective, distance, minimise, norm};
use crate::estimation::rankings::Rankings;
use crate::estimation::sum::Sum;
use crate::estimation::weights::unit_of;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use relata_relations::special::logistic;

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
///
/// Weights may span a factor of `MAX_WEIGHT_RATIO`; where there are more
/// than `MAX_DENSE_ITEMS` items, a factor of
/// `MAX_SPARSE_WEIGHT_RATIO`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LuceParams {
    /// The method.
    pub method: LuceMethod,
    /// The penalty `l2 * sum theta_i^2` on the log-likelihood; 0 for none.
    pub l2: f64,
    /// How far a log-strength may be from the maximum: the largest entry of Newton's step at the
    /// end, whichever the method. It is the same for weights times any factor.
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
    /// Largest entry of the gradient of the penalised log-likelihood, in units of the weights.
    pub gradient_norm: f64,
    /// Largest entry of the last Newton step: how far the strengths were from the maximum before
    /// it, to first order.
    pub last_step: f64,
    /// Steps taken.
    pub iterations: usize,
    /// The penalty used.
    pub l2: f64,
}

/// Fits log-strengths.
///
/// ```
/// use relata_debreu::estimation::{LuceParams, Rankings, fit_luce};
/// // Two items, 1e20 wins against 1: the odds are 1e20.
/// let mut r = Rankings::new(2);
/// r.weighted(&[0, 1], 1, 1e20)?;
/// r.win(1, 0)?;
/// let fit = fit_luce(&r, &LuceParams::default())?;
/// assert!((fit.strengths[0] - fit.strengths[1] - 1e20f64.ln()).abs() < 1e-9);
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
///
/// # Errors
/// [`EstimationError::NoMaximum`] with the offending split where Ford's condition fails and there
/// is no penalty, [`EstimationError::NotConverged`], [`EstimationError::PenaltyUnsupported`],
/// [`EstimationError::NoData`], [`EstimationError::Parameter`], [`EstimationError::WeightRange`].
pub fn fit_luce(data: &Rankings, params: &LuceParams) -> Result<LuceFit, EstimationError> {
    let LuceParams { method, l2, tolerance, max_iterations } = *params;
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
    // Weights and penalty times a factor change nothing.
    let unit = unit_of(&data.weights, data.items())?;
    let scaled = data.in_units_of(unit);
    let mut f = LuceObjective::new(&scaled, unit.divide(l2));
    let (mut strengths, iterations, last_step) = match method {
        LuceMethod::Newton => {
            let m = minimise(&mut f, vec![0.0; data.items()], tolerance, max_iterations);
            (m.x, m.iterations, m.last_step)
        }
        LuceMethod::Mm => settle(&mut f, tolerance, max_iterations, |s| mm_step(&scaled, s)),
        LuceMethod::Ilsr => {
            let chain = Chain::new(&scaled);
            settle(&mut f, tolerance, max_iterations, |s| chain.step(&scaled, s))
        }
    };
    if last_step.is_nan() || last_step > tolerance {
        return Err(EstimationError::NotConverged { iterations, reached: last_step, tolerance });
    }
    if l2 <= 0.0 {
        let mean = strengths.iter().sum::<f64>() / strengths.len() as f64;
        strengths.iter_mut().for_each(|s| *s -= mean);
    }
    let mut gradient = vec![Sum::default(); strengths.len()];
    let value = f.evaluate(&strengths, &mut gradient);
    let penalty = unit.divide(l2) * strengths.iter().map(|s| s * s).sum::<f64>();
    let (log_likelihood, gradient_norm) = (unit.multiply(penalty - value), unit.multiply(norm(&gradient)));
    if !log_likelihood.is_finite() {
        let parameter = "log-likelihood";
        let expected = "finite; divide all weights by one number";
        return Err(EstimationError::Parameter { parameter, value: log_likelihood, expected });
    }
    Ok(LuceFit { strengths, log_likelihood, gradient_norm, last_step, iterations, l2 })
}

/// Iterates a map of strengths until Newton's step from where it stands is within the tolerance.
/// How little strengths change in a step says nothing of that: it asks for smaller and smaller
/// changes.
fn settle(
    f: &mut LuceObjective<'_>,
    tolerance: f64,
    max_iterations: usize,
    step: impl Fn(&[f64]) -> Vec<f64>,
) -> (Vec<f64>, usize, f64) {
    let mut strengths = vec![0.0; f.items()];
    let (mut made, mut change) = (0, tolerance);
    loop {
        let before = made;
        made += fixed_point(&mut strengths, change, max_iterations - made, &step);
        let reached = distance(f, &strengths);
        if reached <= tolerance || reached.is_nan() || made >= max_iterations || made == before {
            return (strengths, made, reached);
        }
        // Errors of linear convergence fall with the changes.
        change *= (0.5 * tolerance / reached).max(1e-3);
    }
}

impl LuceFit {
    /// Standard errors of the log-strengths from the observed information: of the strengths with
    /// mean 0 without a penalty, of the Gaussian approximation at the mode with one. `O(n^3)`.
    ///
    /// # Errors
    /// [`EstimationError::TooLarge`] beyond [`MAX_STANDARD_ERROR_ITEMS`],
    /// [`EstimationError::Singular`], [`EstimationError::WeightRange`], [`EstimationError::Shape`]
    /// if `data` has other items than the
    /// fit.
    pub fn standard_errors(&self, data: &Rankings) -> Result<Vec<f64>, EstimationError> {
        let n = self.strengths.len();
        if data.items() != n {
            return Err(EstimationError::Shape { what: "items", found: data.items(), expected: n });
        }
        if n > MAX_STANDARD_ERROR_ITEMS {
            return Err(EstimationError::TooLarge { size: n, limit: MAX_STANDARD_ERROR_ITEMS });
        }
        let unit = unit_of(&data.weights, n)?;
        let scaled = data.in_units_of(unit);
        let mut f = LuceObjective::new(&scaled, unit.divide(self.l2));
        f.evaluate(&self.strengths, &mut vec![Sum::default(); n]);
        let mut h = f.dense();
        // The constant direction is not identified: fill it in, at the size of the others, and take
        // it out of the inverse.
        let size = n as f64;
        let fill = if self.l2 > 0.0 { 0.0 } else { (0..n).map(|i| h[(i, i)]).sum::<f64>() / (size * size) };
        let filled = if fill > 0.0 { 1.0 / (fill * size * size) } else { 0.0 };
        for j in 0..n {
            for i in 0..n {
                h[(i, j)] += fill;
            }
        }
        let factor = h.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
        let inverse = factor.solve(Mat::<f64>::identity(n, n));
        let variances = (0..n).map(|i| unit.divide(inverse[(i, i)] - filled));
        variances.map(|v| if v > 0.0 { Ok(v.sqrt()) } else { Err(EstimationError::Singular) }).collect()
    }

    /// The log-likelihood of other data, such as some that were held out.
    ///
    /// # Errors
    /// [`EstimationError::Shape`] if `data` has other items than the fit.
    pub fn log_likelihood_of(&self, data: &Rankings) -> Result<f64, EstimationError> {
        let n = self.strengths.len();
        if data.items() != n {
            return Err(EstimationError::Shape { what: "items", found: data.items(), expected: n });
        }
        Ok(-LuceObjective::new(data, 0.0).evaluate(&self.strengths, &mut vec![Sum::default(); n]))
    }

    /// The probability that item `i` beats item `j`.
    #[must_use]
    pub fn win_probability(&self, i: usize, j: usize) -> Option<f64> {
        let d = self.strengths.get(i)? - self.strengths.get(j)?;
        Some(logistic(d))
    }
}
