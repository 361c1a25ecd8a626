//! How attention spreads over long contexts.
//!
//! With logits `b s_i` in an interval of length `delta`, every weight is between `e^{-delta} / n`
//! and `e^delta / n`, and the largest is at most `e^delta / (e^delta + n - 1)` (Velickovic,
//! Perivolaropoulos, Barbero and Pascanu 2024; the sharp form derived): with bounded logits,
//! attention to the best key vanishes like `1 / n`. What would have kept it is an inverse
//! temperature that grows like `log n`.

use crate::bounds::TargetError;
use crate::temperature::InverseTemperature;
use thiserror::Error;

/// Why weights have no entropy.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum WeightError {
    /// No weight.
    #[error("there are no weights")]
    Empty,
    /// A weight that is negative or not finite.
    #[error("weight {index} is {value}; weights are finite and at least 0")]
    Weight {
        /// Which.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Weights that do not sum to 1.
    #[error("the weights sum to {0}; attention weights sum to 1")]
    Sum(f64),
}

/// The largest weight that a key can have among `n` when logits lie in an interval of length
/// `spread`: `1 / (1 + (n - 1) e^{-spread})`; attained when all others tie at the lower end.
///
/// ```
/// use relata_attention::dispersion::largest_weight;
/// assert!((largest_weight(1024, 2.0) - 0.00717).abs() < 5e-6);
/// ```
#[must_use]
pub fn largest_weight(n: usize, spread: f64) -> f64 {
    1.0 / (1.0 + (n.max(1) - 1) as f64 * (-spread.abs()).exp())
}

/// The smallest weight of a key among `n` when logits lie in an interval of length `spread`:
/// `1 / (1 + (n - 1) e^spread)`.
#[must_use]
pub fn smallest_weight(n: usize, spread: f64) -> f64 {
    if n <= 1 { 1.0 } else { 1.0 / (1.0 + (n - 1) as f64 * spread.abs().exp()) }
}

/// The simpler bounds `e^{-spread} / n` and `e^spread / n` of every weight.
#[must_use]
pub fn weight_bounds(n: usize, spread: f64) -> [f64; 2] {
    let n = n.max(1) as f64;
    [(-spread.abs()).exp() / n, spread.abs().exp() / n]
}

/// The spread of logits without which no key among `n` has the weight `weight`:
/// `ln((n - 1) weight / (1 - weight))`, or 0 where equal weights reach it.
///
/// # Errors
/// [`TargetError::Error`] unless the weight is above 0 and below 1.
pub fn required_spread(n: usize, weight: f64) -> Result<f64, TargetError> {
    if !(weight > 0.0 && weight < 1.0) {
        return Err(TargetError::Error { what: "weight (below 1)", value: weight });
    }
    if n <= 1 {
        return Ok(0.0);
    }
    Ok((((n - 1) as f64).ln() + weight.ln() - (1.0 - weight).ln()).max(0.0))
}

/// The inverse temperature on `to` keys that keeps the guarantee which `b` gives on `from` keys at
/// a margin: `b + ln((to - 1) / (from - 1)) / margin`, at least 0. Below two keys there is nothing
/// to keep, and `b` is returned, as it is where it is infinite.
///
/// # Errors
/// [`TargetError::Margin`] unless the margin is positive.
pub fn kept_inverse_temperature(
    b: InverseTemperature,
    [from, to]: [usize; 2],
    margin: f64,
) -> Result<InverseTemperature, TargetError> {
    if margin.is_nan() || margin <= 0.0 {
        return Err(TargetError::Margin(margin));
    }
    if from < 2 || to < 2 || b.is_hard() {
        return Ok(b);
    }
    let more = ((to - 1) as f64).ln() - ((from - 1) as f64).ln();
    InverseTemperature::new((b.value() + more / margin).max(0.0))
        .map_err(|e| TargetError::Error { what: "inverse temperature", value: e.0 })
}

/// How spread out attention weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dispersion {
    /// Shannon entropy in nats.
    pub entropy: f64,
    /// `exp(entropy)`: as many equal weights have the same entropy.
    pub effective_support: f64,
    /// `1 / sum a_i^2`: as many equal weights have the same sum of squares.
    pub participation: f64,
    /// The largest weight.
    pub largest: f64,
    /// Number of weights that are not 0.
    pub support: usize,
}

/// The dispersion of weights that sum to 1.
///
/// ```
/// use relata_attention::dispersion::dispersion;
/// let d = dispersion(&[0.5, 0.5, 0.0])?;
/// assert!((d.effective_support - 2.0).abs() < 1e-15 && d.participation == 2.0 && d.support == 2);
/// # Ok::<(), relata_attention::dispersion::WeightError>(())
/// ```
///
/// # Errors
/// [`WeightError`] if there is none, one is negative or not finite, or the sum is off 1 by more
/// than `1e-6`.
pub fn dispersion(weights: &[f64]) -> Result<Dispersion, WeightError> {
    if weights.is_empty() {
        return Err(WeightError::Empty);
    }
    if let Some((index, &value)) = weights.iter().enumerate().find(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
        return Err(WeightError::Weight { index, value });
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        return Err(WeightError::Sum(sum));
    }
    let entropy = -weights.iter().filter(|w| **w > 0.0).map(|w| w * w.ln()).sum::<f64>();
    Ok(Dispersion {
        entropy: entropy.max(0.0),
        effective_support: entropy.max(0.0).exp(),
        participation: 1.0 / weights.iter().map(|w| w * w).sum::<f64>(),
        largest: weights.iter().copied().fold(0.0, f64::max),
        support: weights.iter().filter(|w| **w > 0.0).count(),
    })
}

/// The inverse temperature that Velickovic et al. (2024) apply to a trained head from the entropy
/// `h` (in nats) of its weights at 1: `max(1, -0.037 h^4 + 0.481 h^3 - 2.3 h^2 + 4.917 h - 1.791)`
/// above an entropy of 0.5, and 1 below.
#[must_use]
pub fn adaptive_inverse_temperature(entropy: f64) -> InverseTemperature {
    const FIT: [f64; 5] = [-0.037, 0.481, -2.3, 4.917, -1.791];
    let b = if entropy > 0.5 { FIT.iter().fold(0.0, |p, c| p * entropy + c).max(1.0) } else { 1.0 };
    InverseTemperature::new(b).unwrap_or(InverseTemperature::ONE)
}
