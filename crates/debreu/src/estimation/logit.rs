//! Conditional logit: utilities linear in the features of the alternatives.
//!
//! In choice set `s` with alternatives `A_s`, alternative `a` has the utility `beta . x_a` plus
//! Gumbel noise, so it is chosen with probability
//! `exp(beta . x_a) / sum_{b in A_s} exp(beta . x_b)` (D. McFadden, 1974). The log-likelihood is
//! concave, its Hessian the sum of the within-set covariances of the features, and Newton's method
//! converges quadratically.

use crate::estimation::error::EstimationError;
use crate::estimation::newton::largest;
use relata_relations::Points;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};

/// Choices from sets of alternatives with features.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceData {
    features: Points,
    offsets: Vec<usize>,
    chosen: Vec<usize>,
}

/// A fitted conditional logit.
#[derive(Clone, Debug, PartialEq)]
pub struct LogitFit {
    /// Coefficients of the features.
    pub coefficients: Vec<f64>,
    /// Their standard errors, from the observed information.
    pub standard_errors: Vec<f64>,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Euclidean norm of the gradient of the penalised log-likelihood.
    pub gradient_norm: f64,
    /// Newton steps taken.
    pub iterations: usize,
    /// Share of choice sets in which the chosen alternative has the largest utility.
    pub hit_rate: f64,
}

impl ChoiceData {
    /// Choice sets of the given sizes, made of consecutive rows of `features`; `chosen[s]` counts
    /// within set `s` from 0.
    ///
    /// # Errors
    /// [`EstimationError::Shape`] if the sizes do not add up to the rows, a set has fewer than two
    /// alternatives, or a choice is outside of its set.
    pub fn new(features: Points, sizes: &[usize], chosen: &[usize]) -> Result<Self, EstimationError> {
        let shape = |what, found, expected| Err(EstimationError::Shape { what, found, expected });
        if sizes.len() != chosen.len() {
            return shape("choices", chosen.len(), sizes.len());
        }
        let mut offsets = vec![0usize];
        for (&size, &c) in sizes.iter().zip(chosen) {
            if size < 2 {
                return shape("alternatives of a choice set", size, 2);
            }
            if c >= size {
                return shape("alternatives up to the chosen one", c + 1, size);
            }
            let end = offsets.last().copied().unwrap_or(0).saturating_add(size);
            offsets.push(end);
        }
        let rows = offsets.last().copied().unwrap_or(0);
        if rows != features.len() {
            return shape("rows of features", features.len(), rows);
        }
        Ok(Self { features, offsets, chosen: chosen.to_vec() })
    }

    /// Number of choice sets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether there is no choice set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features.dim()
    }
}

/// Fits a conditional logit with the penalty `l2 * |beta|^2` (0 for none) until the norm of the
/// gradient is at most `tolerance` (1e-10 is attained unless features are huge).
///
/// ```
/// use relata_debreu::estimation::{ChoiceData, fit_logit};
/// use relata_relations::Points;
/// // One feature, two alternatives 1 apart; the better one is chosen 3 times of 4.
/// let x = Points::line([0.0, 1.0].repeat(4))?;
/// let data = ChoiceData::new(x, &[2; 4], &[1, 1, 1, 0])?;
/// let fit = fit_logit(&data, 0.0, 1e-10)?;
/// assert!((fit.coefficients[0] - 3f64.ln()).abs() < 1e-9);
/// assert!((fit.standard_errors[0] - (4.0f64 / 3.0).sqrt()).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimationError::Collinear`] or [`EstimationError::Separated`] where there is no unique
/// maximum and no penalty, [`EstimationError::NotConverged`], [`EstimationError::NoData`],
/// [`EstimationError::Parameter`].
pub fn fit_logit(data: &ChoiceData, l2: f64, tolerance: f64) -> Result<LogitFit, EstimationError> {
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
    let p = data.features();
    let mut beta = vec![0.0; p];
    let mut here = evaluate(data, &beta, l2);
    if let Some(feature) = collinear(&here.information).filter(|_| l2 <= 0.0) {
        return Err(EstimationError::Collinear { feature });
    }
    let mut iterations = 0;
    while norm(&here.gradient) > tolerance && iterations < MAX_NEWTON {
        iterations += 1;
        let Ok(factor) = here.information.llt(Side::Lower) else {
            return Err(separation(data, &beta).unwrap_or(EstimationError::Singular));
        };
        let rhs = Mat::from_fn(p, 1, |i, _| here.gradient[i]);
        let step = factor.solve(&rhs);
        let mut share = 1.0;
        let mut moved = false;
        for _ in 0..50 {
            let trial: Vec<f64> = (0..p).map(|i| beta[i] + share * step[(i, 0)]).collect();
            let there = evaluate(data, &trial, l2);
            let noise = 1e-14 * here.objective.abs();
            let closer = norm(&there.gradient) < norm(&here.gradient);
            if there.objective > here.objective || (closer && there.objective >= here.objective - noise) {
                (beta, here, moved) = (trial, there, true);
                break;
            }
            share *= 0.5;
        }
        if l2 <= 0.0 && here.log_likelihood > -1e-6 {
            break;
        }
        if !moved {
            break;
        }
    }
    if let Some(separated) = separation(data, &beta).filter(|_| l2 <= 0.0) {
        return Err(separated);
    }
    let gradient_norm = norm(&here.gradient);
    if gradient_norm.is_nan() || gradient_norm > tolerance.max(rounding(data)) {
        return Err(EstimationError::NotConverged { iterations, reached: gradient_norm, tolerance });
    }
    let factor = here.information.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
    let inverse = factor.solve(Mat::<f64>::identity(p, p));
    Ok(LogitFit {
        standard_errors: (0..p).map(|i| inverse[(i, i)].max(0.0).sqrt()).collect(),
        coefficients: beta,
        log_likelihood: here.log_likelihood,
        gradient_norm,
        iterations,
        hit_rate: here.hits as f64 / data.len() as f64,
    })
}

const MAX_NEWTON: usize = 200;

struct At {
    objective: f64,
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Mat<f64>,
    hits: usize,
}

fn evaluate(data: &ChoiceData, beta: &[f64], l2: f64) -> At {
    let p = beta.len();
    let mut gradient: Vec<f64> = beta.iter().map(|b| -2.0 * l2 * b).collect();
    let mut information = vec![0.0; p * p];
    let (mut log_likelihood, mut hits) = (0.0, 0);
    let mut mean = vec![0.0; p];
    let mut centred = vec![0.0; p];
    let mut weights: Vec<f64> = Vec::new();
    for (s, &c) in data.chosen.iter().enumerate() {
        let rows = data.offsets[s]..data.offsets[s + 1];
        let utility = |r: usize| -> f64 { data.features.row(r).iter().zip(beta).map(|(x, b)| x * b).sum() };
        weights.clear();
        weights.extend(rows.clone().map(utility));
        let top = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = weights[c];
        hits += usize::from(own >= top);
        weights.iter_mut().for_each(|v| *v = (*v - top).exp());
        let sum: f64 = weights.iter().sum();
        log_likelihood += own - top - sum.ln();
        mean.fill(0.0);
        for (r, w) in rows.clone().zip(&mut weights) {
            *w /= sum;
            mean.iter_mut().zip(data.features.row(r)).for_each(|(m, x)| *m += *w * x);
        }
        let chosen = data.features.row(rows.start + c);
        gradient.iter_mut().zip(chosen.iter().zip(&mean)).for_each(|(g, (x, m))| *g += x - m);
        for (r, w) in rows.zip(&weights) {
            centred.iter_mut().zip(data.features.row(r).iter().zip(&mean)).for_each(|(d, (x, m))| *d = x - m);
            for j in 0..p {
                let wj = w * centred[j];
                for i in j..p {
                    information[j * p + i] += wj * centred[i];
                }
            }
        }
    }
    let penalty = l2 * beta.iter().map(|b| b * b).sum::<f64>();
    let full =
        |i: usize, j: usize| information[i.min(j) * p + i.max(j)] + if i == j { 2.0 * l2 } else { 0.0 };
    let information = Mat::from_fn(p, p, full);
    At { objective: log_likelihood - penalty, log_likelihood, gradient, information, hits }
}

/// The first feature whose pivot vanishes in a Cholesky factorisation of the information at
/// `beta = 0`.
fn collinear(information: &Mat<f64>) -> Option<usize> {
    let p = information.nrows();
    let mut l = information.clone();
    for j in 0..p {
        let own = information[(j, j)];
        for k in 0..j {
            let factor = l[(j, k)];
            for i in j..p {
                l[(i, j)] -= l[(i, k)] * factor;
            }
        }
        let pivot = l[(j, j)];
        // Also true for NaN.
        let sound = pivot > 1e-12 * own && own > 0.0;
        if !sound {
            return Some(j);
        }
        let root = pivot.sqrt();
        (j..p).for_each(|i| l[(i, j)] /= root);
    }
    None
}

/// Whether the present coefficients, as a direction, never prefer another alternative to the chosen
/// one, and somewhere prefer the chosen one.
fn separation(data: &ChoiceData, beta: &[f64]) -> Option<EstimationError> {
    let scale = largest(beta);
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let utility =
        |r: usize| -> f64 { data.features.row(r).iter().zip(beta).map(|(x, b)| x * b / scale).sum() };
    let size = data.features.as_slice().iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let mut some = false;
    for (s, &c) in data.chosen.iter().enumerate() {
        let own = utility(data.offsets[s] + c);
        for r in data.offsets[s]..data.offsets[s + 1] {
            let ahead = own - utility(r);
            // Directions found by Newton's method are separating up to what its steps have not yet
            // removed.
            if ahead < -1e-6 * size {
                return None;
            }
            some |= ahead > 1e-6 * size;
        }
    }
    let length = norm(beta);
    some.then(|| EstimationError::Separated { direction: beta.iter().map(|b| b / length).collect() })
}

/// What rounding leaves of a gradient: it is a sum over choice sets of differences of features.
fn rounding(data: &ChoiceData) -> f64 {
    4.0 * f64::EPSILON * data.features.as_slice().iter().map(|x| x.abs()).sum::<f64>()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}
