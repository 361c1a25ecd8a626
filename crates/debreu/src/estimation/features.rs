//! Utilities of items from their features and pairwise comparisons: linear, or in a reproducing
//! kernel Hilbert space.
//!
//! Linear: `u(x) = w . x`, the better item wins with logistic probability; a conditional logit with
//! two alternatives. Kernel: the minimiser of
//! `sum ln(1 + exp(-(u(winner) - u(loser)))) + l2 |u|_H^2` over the Hilbert space `H` of a positive
//! semidefinite relation `k`. By the representer theorem `u = sum_i alpha_i k(x_i, .)`, and
//! `|u|_H^2 = alpha' K alpha`.

use crate::estimation::error::EstimationError;
use crate::estimation::logit::{ChoiceData, LogitFit, fit_logit};
use crate::estimation::newton::largest;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, MatRef};
use relata_relations::special::{logistic, softplus};
use relata_relations::{Definiteness, Points, Relation, evaluate};
use std::sync::Arc;

/// The most Newton steps of a kernel utility; from 0 a few dozen are enough unless the penalty is
/// below rounding of the kernel.
const MAX_NEWTON: usize = 100;

/// The most items of a kernel utility (dense `n x n` systems).
pub const MAX_KERNEL_ITEMS: usize = 4_000;

/// Fits `u(x) = w . x` to wins `(winner, loser)` of items with the given features, penalised by
/// `l2 * |w|^2`.
///
/// # Errors
/// Those of [`fit_logit`], and [`EstimationError::OutOfRange`].
pub fn fit_linear_utility(
    features: &Points,
    wins: &[(usize, usize)],
    l2: f64,
    tolerance: f64,
) -> Result<LogitFit, EstimationError> {
    check_wins(features, wins)?;
    let rows: Vec<usize> = wins.iter().flat_map(|&(w, l)| [w, l]).collect();
    let alternatives = features.select(&rows).ok_or(EstimationError::NoData)?;
    let data = ChoiceData::new(alternatives, &vec![2; wins.len()], &vec![0; wins.len()])?;
    fit_logit(&data, l2, tolerance)
}

/// A utility in the Hilbert space of a kernel.
#[derive(Clone)]
pub struct KernelUtility {
    kernel: Arc<dyn Relation>,
    points: Points,
    coefficients: Vec<f64>,
    values: Vec<f64>,
    norm: f64,
}

impl KernelUtility {
    /// Fits a utility to wins `(winner, loser)` of the points, with penalty `l2 > 0` on the squared
    /// norm, until Newton's step changes the utility of no point by more than `tolerance`.
    ///
    /// ```
    /// use relata_debreu::estimation::KernelUtility;
    /// use relata_relations::{Interval, Points, relation_fn};
    /// let gaussian = |x: &[f64], y: &[f64]| (-8.0 * (x[0] - y[0]).powi(2)).exp();
    /// let kernel = relation_fn(Interval::unit(), Interval::unit(), gaussian).positive_semidefinite()?;
    /// let x = Points::line((0..9).map(|i| f64::from(i) / 8.0).collect())?;
    /// // Best in the middle.
    /// let peak = |i: usize| -(i as f64 - 4.0).abs();
    /// let wins: Vec<(usize, usize)> =
    ///     (0..9).flat_map(|i| (0..9).map(move |j| (i, j))).filter(|&(i, j)| peak(i) > peak(j)).collect();
    /// let u = KernelUtility::fit(std::sync::Arc::new(kernel), &x, &wins, 1e-3, 1e-9)?;
    /// assert!(u.values()[4] > u.values()[3] && u.values()[3] > u.values()[0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Complexity: `O(n^3)` per Newton step.
    ///
    /// # Errors
    /// [`EstimationError::Kernel`] if the kernel is not positive semidefinite or cannot be
    /// evaluated at the points, [`EstimationError::TooLarge`], [`EstimationError::OutOfRange`],
    /// [`EstimationError::Parameter`], [`EstimationError::NotConverged`].
    pub fn fit(
        kernel: Arc<dyn Relation>,
        points: &Points,
        wins: &[(usize, usize)],
        l2: f64,
        tolerance: f64,
    ) -> Result<Self, EstimationError> {
        check_wins(points, wins)?;
        let n = points.len();
        if n > MAX_KERNEL_ITEMS {
            return Err(EstimationError::TooLarge { size: n, limit: MAX_KERNEL_ITEMS });
        }
        for (parameter, value) in [("l2", l2), ("tolerance", tolerance)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(EstimationError::Parameter { parameter, value, expected: "positive and finite" });
            }
        }
        if kernel.definiteness() != Definiteness::PositiveSemidefinite {
            let message =
                format!("{} is not positive semidefinite, so it has no Hilbert space", kernel.name());
            return Err(EstimationError::Kernel(message));
        }
        let gram =
            evaluate(kernel.as_ref(), points, points).map_err(|e| EstimationError::Kernel(e.to_string()))?;
        let mut alpha = vec![0.0; n];
        let mut here = State::new(gram.as_ref(), wins, &alpha, l2);
        let (mut reached, mut iterations) = (f64::INFINITY, 0);
        while reached > tolerance && iterations < MAX_NEWTON {
            iterations += 1;
            // Newton's direction solves (W K + 2 l2 I) step = -(gradient), W the curvature in the
            // values.
            let mut system = here.weighted(gram.as_ref(), wins);
            (0..n).for_each(|i| system[(i, i)] += 2.0 * l2);
            let rhs = Mat::from_fn(n, 1, |i, _| -here.dual_gradient[i]);
            let step = system.partial_piv_lu().solve(&rhs);
            reached = largest((gram.as_ref() * step.as_ref()).col_as_slice(0));
            let norm = largest(&here.dual_gradient);
            let mut share = 1.0;
            let mut moved = false;
            for _ in 0..40 {
                let trial: Vec<f64> = (0..n).map(|i| alpha[i] + share * step[(i, 0)]).collect();
                let there = State::new(gram.as_ref(), wins, &trial, l2);
                // Where rounding hides what a step gains, the gradient tells.
                let hidden = there.objective <= here.objective * (1.0 + 1e-13);
                let flatter = largest(&there.dual_gradient) < norm;
                if reached <= tolerance || there.objective < here.objective || (hidden && flatter) {
                    (alpha, here, moved) = (trial, there, true);
                    break;
                }
                share *= 0.5;
            }
            if !moved {
                break;
            }
        }
        if reached.is_nan() || reached > tolerance {
            return Err(EstimationError::NotConverged { iterations, reached, tolerance });
        }
        // Below rounding of its terms it means that the kernel is not what it declares.
        let norm = here.values.iter().zip(&alpha).map(|(f, a)| f * a).sum::<f64>();
        if norm < -1e-9 * here.values.iter().zip(&alpha).map(|(f, a)| (f * a).abs()).sum::<f64>() {
            let message = format!("{} is negative along the fitted utility", kernel.name());
            return Err(EstimationError::Kernel(message));
        }
        let norm = norm.max(0.0).sqrt();
        Ok(Self { kernel, points: points.clone(), coefficients: alpha, values: here.values, norm })
    }

    /// The utility of the points it was fitted to.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The coefficients `alpha_i` of `k(x_i, .)`.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The norm of the utility in the Hilbert space.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// The utility at other points.
    ///
    /// # Errors
    /// [`EstimationError::Kernel`] if the kernel cannot be evaluated there.
    pub fn at(&self, points: &Points) -> Result<Vec<f64>, EstimationError> {
        let k = evaluate(self.kernel.as_ref(), points, &self.points)
            .map_err(|e| EstimationError::Kernel(e.to_string()))?;
        let value = |i: usize| self.coefficients.iter().enumerate().map(|(j, a)| a * k[(i, j)]).sum();
        Ok((0..points.len()).map(value).collect())
    }
}

struct State {
    values: Vec<f64>,
    objective: f64,
    // g + 2 l2 alpha with g the gradient in the values; the gradient in alpha is K times this.
    dual_gradient: Vec<f64>,
    curvature: Vec<f64>,
}

impl State {
    fn new(gram: MatRef<'_, f64>, wins: &[(usize, usize)], alpha: &[f64], l2: f64) -> Self {
        let n = alpha.len();
        let coefficient = Mat::from_fn(n, 1, |i, _| alpha[i]);
        let product = gram * coefficient.as_ref();
        let values: Vec<f64> = (0..n).map(|i| product[(i, 0)]).collect();
        let mut objective = l2 * values.iter().zip(alpha).map(|(f, a)| f * a).sum::<f64>();
        let mut dual_gradient: Vec<f64> = alpha.iter().map(|a| 2.0 * l2 * a).collect();
        let mut curvature = Vec::with_capacity(wins.len());
        for &(w, l) in wins {
            let d = values[w] - values[l];
            let miss = logistic(-d);
            objective += softplus(-d);
            dual_gradient[w] -= miss;
            dual_gradient[l] += miss;
            curvature.push(miss * logistic(d));
        }
        Self { values, objective, dual_gradient, curvature }
    }

    /// `W K`.
    fn weighted(&self, gram: MatRef<'_, f64>, wins: &[(usize, usize)]) -> Mat<f64> {
        let n = gram.nrows();
        let mut w = Mat::<f64>::zeros(n, n);
        for (&(a, b), &c) in wins.iter().zip(&self.curvature) {
            w[(a, a)] += c;
            w[(b, b)] += c;
            w[(a, b)] -= c;
            w[(b, a)] -= c;
        }
        w.as_ref() * gram
    }
}

fn check_wins(points: &Points, wins: &[(usize, usize)]) -> Result<(), EstimationError> {
    let items = points.len();
    if wins.is_empty() {
        return Err(EstimationError::NoData);
    }
    match wins.iter().flat_map(|&(w, l)| [w, l]).find(|&i| i >= items) {
        Some(item) => Err(EstimationError::OutOfRange { item, items }),
        None => Ok(()),
    }
}
