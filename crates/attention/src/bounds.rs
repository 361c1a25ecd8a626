//! From margins to retrieval error and back.
//!
//! Let the best of `n` keys lie `D` above the others. Then softmax at inverse temperature `b`
//! misses it by at most `1 - a_max <= q / (1 + q)`, `q = (n - 1) exp(-b D)`, with equality exactly
//! when all losers tie (derived; `a_max = 1 / (1 + sum_j exp(-b D_j))`). The bound holds for every
//! real `D`, also negative: the weight of a key that is `-D` below the best.

use crate::margin::Margins;
use crate::temperature::InverseTemperature;
use relata_relations::special::logistic;
use thiserror::Error;

/// The largest `1 - a_max` of a context of `n` keys with a margin of at least `margin`:
/// `q / (1 + q)`, `q = (n - 1) exp(-b margin)`; sharp.
///
/// A context of no key or one misses nothing.
///
/// ```
/// use relata_attention::{InverseTemperature, miss_bound};
/// let b = InverseTemperature::new(7.3032)?;
/// assert!((miss_bound(16, 1.0, b) - 0.01).abs() < 1e-6);
/// # Ok::<(), relata_attention::TemperatureError>(())
/// ```
#[must_use]
pub fn miss_bound(n: usize, margin: f64, b: InverseTemperature) -> f64 {
    if n <= 1 {
        return 0.0;
    }
    logistic(((n - 1) as f64).ln() - b.times(margin))
}

/// A target that no inverse temperature reaches.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TargetError {
    /// A margin that is not positive.
    #[error("the margin is {0}; only a positive one can be amplified")]
    Margin(f64),
    /// An error that is not positive.
    #[error("the target {what} is {value}; it must be positive")]
    Error {
        /// Which.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// The score is too inaccurate for the margin.
    #[error(
        "scores off by up to {delta} leave nothing of a margin of {margin}: twice the first must be below the second"
    )]
    Perturbed {
        /// The margin.
        margin: f64,
        /// The largest error of a score.
        delta: f64,
    },
}

/// The smallest inverse temperature at which every context of `n` keys with a margin of at least
/// `margin` has `1 - a_max <= eps`: `ln((n - 1)(1 - eps) / eps) / margin`, or 0 where equal weights
/// will do.
///
/// # Errors
/// [`TargetError`] unless margin and `eps` are positive.
pub fn required_inverse_temperature(
    n: usize,
    margin: f64,
    eps: f64,
) -> Result<InverseTemperature, TargetError> {
    if margin.is_nan() || margin <= 0.0 {
        return Err(TargetError::Margin(margin));
    }
    if eps.is_nan() || eps <= 0.0 {
        return Err(TargetError::Error { what: "1 - a_max", value: eps });
    }
    let log = if n <= 1 || eps >= 1.0 { 0.0 } else { ((n - 1) as f64).ln() + (1.0 - eps).ln() - eps.ln() };
    // However large the margin, some temperature is needed to tell keys apart.
    let least = if log > 0.0 { f64::MIN_POSITIVE } else { 0.0 };
    InverseTemperature::new((log / margin).max(least))
        .map_err(|e| TargetError::Error { what: "inverse temperature", value: e.0 })
}

/// The margin that is left of `margin` when every score may be off by `delta`: `margin - 2 delta`.
///
/// # Errors
/// [`TargetError::Perturbed`] if nothing is left.
pub fn perturbed_margin(margin: f64, delta: f64) -> Result<f64, TargetError> {
    let left = margin - 2.0 * delta.abs();
    if left > 0.0 { Ok(left) } else { Err(TargetError::Perturbed { margin, delta }) }
}

/// The largest distance between the attention output `sum_i a_i v_i` and the value of the best key,
/// for values within a set of that diameter: `diameter (1 - a_max)` at the worst `1 - a_max`.
#[must_use]
pub fn retrieval_bound(n: usize, margin: f64, b: InverseTemperature, diameter: f64) -> f64 {
    let miss = miss_bound(n, margin, b);
    // No weight is lost to any value, however far.
    if miss > 0.0 { diameter * miss } else { 0.0 }
}

/// The smallest `b` for which [`retrieval_bound`] is at most `error`.
///
/// # Errors
/// [`TargetError`] unless margin, diameter and error are positive.
pub fn required_for_retrieval(
    n: usize,
    margin: f64,
    diameter: f64,
    error: f64,
) -> Result<InverseTemperature, TargetError> {
    if diameter.is_nan() || diameter <= 0.0 {
        return Err(TargetError::Error { what: "diameter of the values", value: diameter });
    }
    required_inverse_temperature(n, margin, error / diameter)
}

/// An upper bound of the mean of `1 - a_{i*}` over contexts of `n` keys with these margins, for
/// scores that are off by at most `delta`: the mean of `q / (1 + q)` with
/// `q = (n - 1) exp(-b (margin - 2 delta))`. Contexts whose margin is lost count what the bound
/// gives for negative margins, at most 1.
#[must_use]
pub fn expected_miss_bound(n: usize, margins: &Margins, delta: f64, b: InverseTemperature) -> f64 {
    // An infinite margin less an infinite error is a margin that is lost.
    let left = |m: f64| if delta.is_finite() { m - 2.0 * delta.abs() } else { f64::NEG_INFINITY };
    let each = margins.sorted().iter().map(|m| miss_bound(n, left(*m), b));
    each.sum::<f64>() / margins.sorted().len() as f64
}

/// An upper bound of the mean of `1 - a_max` when margins are small with probability
/// `P(margin < t) <= density t` for all `t`: `density ln(n) / b`.
///
/// Derived:
/// `E q/(1+q) = int_0^inf P(margin < t) (-d/dt) q/(1+q) dt <= density int_0^inf dt / (1 + exp(b t) / (n - 1))`,
/// and the last integral is `ln(n) / b`. For margins uniform on `[0, 1 / density]` it is attained
/// as `b -> inf`.
#[must_use]
pub fn expected_miss_bound_for_density(n: usize, density: f64, b: InverseTemperature) -> f64 {
    if n <= 1 || b.is_hard() {
        return 0.0;
    }
    (density * (n as f64).ln() / b.value()).min(1.0 - 1.0 / n as f64)
}
