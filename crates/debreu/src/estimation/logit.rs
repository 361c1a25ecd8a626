//! Conditional logit: utilities linear in the features of the alternatives.
//!
//! In choice set `s` with alternatives `A_s`, alternative `a` has the utility `beta . x_a` plus
//! Gumbel noise, so it is chosen with probability
//! `exp(beta . x_a) / sum_{b in A_s} exp(beta . x_b)` (D. McFadden, 1974). The log-likelihood is
//! concave, its Hessian the sum of the within-set covariances of the features.
//!
//! Only differences of features within a set matter, so these are what is computed with, each
//! feature in units of its own largest difference. Along a Newton step that changes differences of
//! utilities by up to `d` the share `ln(1 + d) / d` always gains (T. Sun and Q. Tran-Dinh, Math.
//! Program. 178, 2019, for functions whose third derivative along a direction is at most the
//! second times that change): near the end no values are compared, whose rounding would mislead.

use crate::estimation::error::EstimationError;
use crate::estimation::newton::largest;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use relata_relations::{Points, PowerOfTwo, norm2};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Largest entry of the gradient of the penalised log-likelihood, each in units of one over the
    /// feature's largest difference within a set.
    pub gradient_norm: f64,
    /// The largest change of a difference of utilities within a set by the last Newton step: how
    /// far the fit was from the maximum before it, to first order.
    pub last_step: f64,
    /// Newton steps taken.
    pub iterations: usize,
    /// The penalty used.
    pub l2: f64,
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

/// Fits a conditional logit with the penalty `l2 * |beta|^2` (0 for none) until Newton's step changes
/// no difference of utilities within a choice set by more than `tolerance`. The units of the
/// features do not matter.
///
/// ```
/// use relata_debreu::estimation::{ChoiceData, fit_logit};
/// use relata_relations::{Points, PowerOfTwo, norm2};
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
    let differences = Differences::new(data)?;
    let p = data.features();
    // Coefficients in units of one over the units of the features.
    let penalties: Vec<f64> = differences.units.iter().map(|u| u.divide(u.divide(l2))).collect();
    if let Some(&value) = penalties.iter().find(|v| !v.is_finite()) {
        let expected = "less than 1e308 times the square of each feature's largest difference within a set";
        return Err(EstimationError::Parameter { parameter: "l2", value, expected });
    }
    let mut beta = vec![0.0; p];
    let mut here = At::new(&differences, &beta, &penalties);
    if let Some(feature) = collinear(&here.information).filter(|_| l2 <= 0.0) {
        return Err(EstimationError::Collinear { feature });
    }
    let (mut iterations, mut last_step) = (0, f64::INFINITY);
    let mut direction = beta.clone();
    while last_step > tolerance && iterations < MAX_NEWTON {
        iterations += 1;
        // Far out on separated choices the information vanishes; the last direction tells.
        let Ok(factor) = here.information.llt(Side::Lower) else { break };
        let step = factor.solve(&Mat::from_fn(p, 1, |i, _| here.gradient[i]));
        direction = (0..p).map(|i| step[(i, 0)]).collect();
        last_step = differences.spread(&direction);
        if last_step.is_nan() {
            break;
        }
        let slope = dot(&here.gradient, &direction);
        // The share that is certain to gain; until there, whole steps and halves of them that
        // gain more than rounding could.
        let certain = if last_step > tolerance { last_step.ln_1p() / last_step } else { 1.0 };
        let mut share = 1.0;
        (beta, here) = loop {
            let last = share < 2.0 * certain;
            let share_now = if last { certain } else { share };
            let trial: Vec<f64> = beta.iter().zip(&direction).map(|(b, d)| b + share_now * d).collect();
            let there = At::new(&differences, &trial, &penalties);
            let gain = there.objective - here.objective;
            if last || (gain > 1e-4 * share * slope && gain > 1e-12 * here.objective.abs()) {
                break (trial, there);
            }
            share *= 0.5;
        };
    }
    if last_step.is_nan() || last_step > tolerance {
        let separated = separation(&differences, &direction).filter(|_| l2 <= 0.0);
        let (reached, not_converged) =
            (last_step, |reached| EstimationError::NotConverged { iterations, reached, tolerance });
        return Err(separated.unwrap_or_else(|| not_converged(reached)));
    }
    let factor = here.information.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
    let inverse = factor.solve(Mat::<f64>::identity(p, p));
    let error = |i: usize| differences.units[i].divide(inverse[(i, i)].sqrt());
    Ok(LogitFit {
        standard_errors: (0..p).map(error).collect(),
        coefficients: beta.iter().zip(&differences.units).map(|(b, u)| u.divide(*b)).collect(),
        log_likelihood: here.log_likelihood,
        gradient_norm: largest(&here.gradient),
        last_step,
        iterations,
        l2,
        hit_rate: here.hits as f64 / data.len() as f64,
    })
}

impl LogitFit {
    /// Standard errors that hold where choices within a cluster (those of one person, say) depend on
    /// each other, and clusters do not: the sandwich `H^-1 (sum_g s_g s_g') H^-1 G / (G - 1)`, with
    /// the observed information `H`, the gradient `s_g` of the log-likelihood of each of the `G`
    /// clusters, and the customary correction for their number (K.-Y. Liang and S. L. Zeger,
    /// Biometrika 73, 1986). `cluster[s]` says to which cluster choice set `s` belongs; the numbers
    /// mean nothing else.
    ///
    /// ```
    /// use relata_debreu::estimation::{ChoiceData, fit_logit};
    /// use relata_relations::Points;
    /// // Each of four choices made twice by the same person: half the information.
    /// let x = Points::line([0.0, 1.0].repeat(8))?;
    /// let data = ChoiceData::new(x, &[2; 8], &[1, 1, 1, 0, 1, 1, 1, 0])?;
    /// let fit = fit_logit(&data, 0.0, 1e-10)?;
    /// let errors = fit.clustered_errors(&data, &[0, 1, 2, 3, 0, 1, 2, 3])?;
    /// assert!((errors[0] / fit.standard_errors[0] - (2.0f64 * 4.0 / 3.0).sqrt()).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EstimationError::Shape`] for another number of sets or features than the data of the fit
    /// have, or fewer than two clusters; [`EstimationError::Singular`]. Data of a fit with a penalty
    /// have no such errors: [`EstimationError::PenaltyUnsupported`].
    pub fn clustered_errors(
        &self,
        data: &ChoiceData,
        cluster: &[usize],
    ) -> Result<Vec<f64>, EstimationError> {
        let p = self.coefficients.len();
        let clusters: BTreeSet<usize> = cluster.iter().copied().collect();
        for (what, found, expected, sound) in [
            ("features", data.features(), p, data.features() == p),
            ("clusters of choice sets", cluster.len(), data.len(), cluster.len() == data.len()),
            ("different clusters", clusters.len(), 2, clusters.len() >= 2),
        ] {
            if !sound {
                return Err(EstimationError::Shape { what, found, expected });
            }
        }
        if self.l2 > 0.0 {
            return Err(EstimationError::PenaltyUnsupported { method: "the sandwich estimator" });
        }
        let differences = Differences::new(data)?;
        let beta: Vec<f64> =
            self.coefficients.iter().zip(&differences.units).map(|(b, u)| u.multiply(*b)).collect();
        let here = At::new(&differences, &beta, &vec![0.0; p]);
        let mut scores: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (rows, g) in differences.sets().zip(cluster) {
            let score = scores.entry(*g).or_insert_with(|| vec![0.0; p]);
            let utilities: Vec<f64> = rows.clone().map(|r| dot(r, &beta)).collect();
            let top = utilities.iter().copied().fold(0.0, f64::max);
            let all = (-top).exp() + utilities.iter().map(|u| (u - top).exp()).sum::<f64>();
            for (row, u) in rows.zip(&utilities) {
                let share = (u - top).exp() / all;
                score.iter_mut().zip(row).for_each(|(s, x)| *s -= share * x);
            }
        }
        let factor = here.information.llt(Side::Lower).map_err(|_| EstimationError::Singular)?;
        let scores: Vec<Vec<f64>> = scores.into_values().collect();
        let moved = factor.solve(Mat::from_fn(p, scores.len(), |i, g| scores[g][i]));
        let count = scores.len() as f64;
        let variance = |i: usize| {
            (0..scores.len()).map(|g| moved[(i, g)] * moved[(i, g)]).sum::<f64>() * (count / (count - 1.0))
        };
        Ok((0..p).map(|i| differences.units[i].divide(variance(i).sqrt())).collect())
    }

    /// The log-likelihood of other choices, such as some that were held out.
    ///
    /// # Errors
    /// [`EstimationError::Shape`] for another number of features, [`EstimationError::Parameter`].
    pub fn log_likelihood_of(&self, data: &ChoiceData) -> Result<f64, EstimationError> {
        let p = self.coefficients.len();
        if data.features() != p {
            return Err(EstimationError::Shape { what: "features", found: data.features(), expected: p });
        }
        let differences = Differences::new(data)?;
        let units = self.coefficients.iter().zip(&differences.units);
        let beta: Vec<f64> = units.map(|(b, u)| u.multiply(*b)).collect();
        Ok(At::new(&differences, &beta, &vec![0.0; p]).log_likelihood)
    }
}

/// The most Newton steps. On separated choices each moves differences of utilities by 0.7 at
/// least, and where they are at 140, no probability of the others is resolved.
const MAX_NEWTON: usize = 200;

/// Features of the alternatives of each set less those of the chosen one, each in units of a power
/// of two next below its largest; the chosen ones, whose rows are 0, are left out.
struct Differences {
    rows: Vec<f64>,
    // Where the rows of each set end.
    ends: Vec<usize>,
    units: Vec<PowerOfTwo>,
}

impl Differences {
    fn new(data: &ChoiceData) -> Result<Self, EstimationError> {
        let p = data.features();
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for (s, &c) in data.chosen.iter().enumerate() {
            let set = data.offsets[s]..data.offsets[s + 1];
            let chosen = data.features.row(set.start + c);
            for r in set.clone().filter(|&r| r != set.start + c) {
                rows.extend(data.features.row(r).iter().zip(chosen).map(|(x, y)| x - y));
            }
            ends.push(rows.len() / p);
        }
        if let Some(&value) = rows.iter().find(|v| !v.is_finite()) {
            let (parameter, expected) = ("difference of two features", "finite; rescale the feature");
            return Err(EstimationError::Parameter { parameter, value, expected });
        }
        let unit = |j: usize| PowerOfTwo::of(rows.iter().skip(j).step_by(p).copied());
        let units: Vec<PowerOfTwo> = (0..p).map(unit).collect();
        rows.chunks_exact_mut(p).for_each(|r| r.iter_mut().zip(&units).for_each(|(v, u)| *v = u.divide(*v)));
        Ok(Self { rows, ends, units })
    }

    /// The rows of each set.
    fn sets(&self) -> impl Iterator<Item = std::slice::ChunksExact<'_, f64>> {
        let p = self.units.len();
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(a, b)| self.rows[a * p..b * p].chunks_exact(p))
    }

    /// How far the utilities of one set are apart at most.
    fn spread(&self, beta: &[f64]) -> f64 {
        let of_set = |rows: std::slice::ChunksExact<'_, f64>| {
            let (low, high) = rows
                .map(|r| dot(r, beta))
                .fold((0.0f64, 0.0f64), |(l, h), u| if u.is_nan() { (u, u) } else { (l.min(u), h.max(u)) });
            high - low
        };
        let spreads: Vec<f64> = self.sets().map(of_set).collect();
        largest(&spreads)
    }
}

struct At {
    objective: f64,
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Mat<f64>,
    hits: usize,
}

impl At {
    fn new(differences: &Differences, beta: &[f64], penalties: &[f64]) -> Self {
        let p = beta.len();
        let mut gradient: Vec<f64> = beta.iter().zip(penalties).map(|(b, l)| -2.0 * l * b).collect();
        let mut information = vec![0.0; p * p];
        let (mut log_likelihood, mut hits) = (0.0, 0);
        let (mut mean, mut centred) = (vec![0.0; p], vec![0.0; p]);
        let mut weights: Vec<f64> = Vec::new();
        for rows in differences.sets() {
            weights.clear();
            weights.extend(rows.clone().map(|r| dot(r, beta)));
            let top = weights.iter().copied().fold(0.0, f64::max);
            hits += usize::from(top <= 0.0);
            let own = (-top).exp();
            weights.iter_mut().for_each(|v| *v = (*v - top).exp());
            let others: f64 = weights.iter().sum();
            // ln of the chosen one's probability, the second form where that is near 1.
            log_likelihood -= if own > others { (others / own).ln_1p() } else { top + (own + others).ln() };
            let all = own + others;
            mean.fill(0.0);
            for (row, w) in rows.clone().zip(&mut weights) {
                *w /= all;
                mean.iter_mut().zip(row).for_each(|(m, x)| *m += *w * x);
            }
            gradient.iter_mut().zip(&mean).for_each(|(g, m)| *g -= m);
            let mut add = |weight: f64, d: &[f64]| {
                for j in 0..p {
                    let wj = weight * d[j];
                    for i in j..p {
                        information[j * p + i] += wj * d[i];
                    }
                }
            };
            for (row, w) in rows.zip(&weights) {
                centred.iter_mut().zip(row.iter().zip(&mean)).for_each(|(d, (x, m))| *d = x - m);
                add(*w, &centred);
            }
            add(own / all, &mean);
        }
        let full = |i: usize, j: usize| {
            information[i.min(j) * p + i.max(j)] + if i == j { 2.0 * penalties[i] } else { 0.0 }
        };
        let information = Mat::from_fn(p, p, full);
        let penalty = beta.iter().zip(penalties).map(|(b, l)| l * b * b).sum::<f64>();
        Self { objective: log_likelihood - penalty, log_likelihood, gradient, information, hits }
    }
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

/// Whether a direction never prefers another alternative to the chosen one, and somewhere prefers
/// the chosen one.
fn separation(differences: &Differences, direction: &[f64]) -> Option<EstimationError> {
    // Directions found by Newton's method are separating up to what its steps have not yet removed.
    let noise = 1e-6 * differences.spread(direction);
    let (mut worst, mut best) = (0.0f64, 0.0f64);
    for row in differences.sets().flatten() {
        let ahead = -dot(row, direction);
        (worst, best) = (worst.min(ahead), best.max(ahead));
    }
    if !(noise > 0.0 && worst >= -noise && best > noise) {
        return None;
    }
    let direction: Vec<f64> = direction.iter().zip(&differences.units).map(|(d, u)| u.divide(*d)).collect();
    let length = norm2(direction.iter().copied());
    Some(EstimationError::Separated { direction: direction.iter().map(|d| d / length).collect() })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
