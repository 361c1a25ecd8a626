//! Maximum likelihood for rankings with ties.

use super::data::TiedRankings;
use super::objective::TiedObjective;
use crate::estimation::error::EstimationError;
use crate::estimation::newton::{MAX_DENSE_ITEMS, Objective, centre, minimise};
use crate::estimation::sum::Sum;
use crate::estimation::weights::unit_of;
use relata_relations::PowerOfTwo;

/// What to maximise, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TiedParams {
    /// The penalty `l2 * sum theta_i^2` on the log-likelihood; 0 for none.
    pub l2: f64,
    /// How far a log-strength or `ln delta` may be from the maximum: the largest entry of Newton's
    /// step at the end.
    pub tolerance: f64,
    /// The most Newton steps.
    pub max_iterations: usize,
}

impl Default for TiedParams {
    fn default() -> Self {
        Self { l2: 0.0, tolerance: 1e-9, max_iterations: 200 }
    }
}

/// Estimated log-strengths of items and how readily they tie.
#[derive(Clone, Debug, PartialEq)]
pub struct TiedFit {
    /// Log-strengths `theta`; with mean 0 if there is no penalty.
    pub strengths: Vec<f64>,
    /// For each number of items that tie somewhere: the number, and `ln delta` of it.
    pub ties: Vec<(usize, f64)>,
    /// Standard errors from the observed information, of the log-strengths (with mean 0 if there is
    /// no penalty), then of `ln delta`.
    pub standard_errors: Vec<f64>,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Largest entry of the last Newton step: how far the estimate was from the maximum before it,
    /// to first order.
    pub last_step: f64,
    /// Newton steps taken.
    pub iterations: usize,
}

/// Fits log-strengths to rankings with ties.
///
/// ```
/// use relata_debreu::estimation::{TiedParams, TiedRankings, fit_tied};
/// let mut data = TiedRankings::new(2);
/// data.ranking(&[vec![0], vec![1]], &[], 40.0)?;
/// data.ranking(&[vec![1], vec![0]], &[], 10.0)?;
/// data.ranking(&[vec![0, 1]], &[], 20.0)?;
/// let fit = fit_tied(&data, &TiedParams::default())?;
/// // With two items it is Davidson's model, which fits the three frequencies exactly.
/// assert!((fit.strengths[0] - fit.strengths[1] - 4f64.ln()).abs() < 1e-8);
/// assert!(fit.ties[0].0 == 2 && fit.ties[0].1.abs() < 1e-8); // 20 = sqrt(40 * 10)
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
///
/// Complexity: for each set of `m` items from which something was chosen `O(m^2 t)` per step and
/// number `t` of tied items in the data, and `O(n^3)` per step for `n` items.
///
/// # Errors
/// [`EstimationError::NoMaximum`] where Ford's condition fails, [`EstimationError::Threshold`] where
/// strengths and ties explain every choice better and better, both without a penalty;
/// [`EstimationError::TooLarge`] beyond [`MAX_DENSE_ITEMS`] items, [`EstimationError::NotConverged`],
/// [`EstimationError::NoData`], [`EstimationError::Parameter`], [`EstimationError::WeightRange`].
pub fn fit_tied(data: &TiedRankings, params: &TiedParams) -> Result<TiedFit, EstimationError> {
    let TiedParams { l2, tolerance, max_iterations } = *params;
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
    let (n, orders) = (data.items(), data.orders());
    if n > MAX_DENSE_ITEMS {
        return Err(EstimationError::TooLarge { size: n, limit: MAX_DENSE_ITEMS });
    }
    if let Some(split) = data.split().filter(|_| l2 <= 0.0) {
        return Err(EstimationError::NoMaximum(split));
    }
    let weights: Vec<f64> = data.chosen.values().copied().collect();
    let unit = unit_of(&weights, n)?;
    let ties = orders.len() - 1;
    let mut f = TiedObjective::new(data, orders.clone(), unit, unit.divide(l2));
    let m = minimise(&mut f, vec![0.0; n + ties], tolerance, max_iterations);
    if m.last_step.is_nan() || m.last_step > tolerance {
        // Where there is no maximum Newton's method runs off along a direction.
        if l2 <= 0.0 && (f.grows_along(&m.heading) || f.grows_along(&m.lately)) {
            return Err(EstimationError::Threshold);
        }
        let (iterations, reached) = (m.iterations, m.last_step);
        return Err(EstimationError::NotConverged { iterations, reached, tolerance });
    }
    let inverse = f.inverse().ok_or(EstimationError::Singular)?;
    let variances = (0..n + ties).map(|i| unit.divide(inverse[(i, i)]));
    let errors = variances.map(|v| if v > 0.0 { Ok(v.sqrt()) } else { Err(EstimationError::Singular) });
    let standard_errors = errors.collect::<Result<Vec<f64>, _>>()?;
    let mut strengths = m.x;
    let deltas = strengths.split_off(n);
    let penalty = unit.divide(l2) * strengths.iter().map(|s| s * s).sum::<f64>();
    let log_likelihood = unit.multiply(penalty - m.value);
    if l2 <= 0.0 {
        centre(&mut strengths);
    }
    let ties = orders[1..].iter().copied().zip(deltas).collect();
    let (last_step, iterations) = (m.last_step, m.iterations);
    Ok(TiedFit { strengths, ties, standard_errors, log_likelihood, last_step, iterations })
}

impl TiedFit {
    /// The log-likelihood of other data; minus infinity if as many items tie there as never did in
    /// the data of the fit.
    ///
    /// # Errors
    /// [`EstimationError::Shape`] for other items than those of the fit.
    pub fn log_likelihood_of(&self, data: &TiedRankings) -> Result<f64, EstimationError> {
        let n = self.strengths.len();
        if data.items() != n {
            return Err(EstimationError::Shape { what: "items", found: data.items(), expected: n });
        }
        let orders: Vec<usize> = std::iter::once(1).chain(self.ties.iter().map(|t| t.0)).collect();
        if data.orders().iter().any(|t| !orders.contains(t)) {
            return Ok(f64::NEG_INFINITY);
        }
        let x: Vec<f64> = self.strengths.iter().copied().chain(self.ties.iter().map(|t| t.1)).collect();
        let mut f = TiedObjective::new(data, orders, PowerOfTwo::ONE, 0.0);
        Ok(-f.evaluate(&x, &mut vec![Sum::default(); x.len()]))
    }
}
