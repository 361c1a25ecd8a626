//! Sparse ways from scores to weights, and the margins at which they select exactly one key.
//!
//! * [`sparsemax`] (Martins and Astudillo 2016): the point of the simplex nearest to `b s`; exact
//!   once `b D >= 1`.
//! * [`entmax`] (Peters, Niculae and Martins 2019):
//!   `a_i = [(alpha - 1) b s_i - tau]_+^{1 / (alpha - 1)}`; exact once `b D >= 1 / (alpha - 1)`
//!   (the margin of the Tsallis losses; Blondel, Martins and Niculae 2020).
//! * [`top_k`]: softmax over the `k` largest scores; exact for `k = 1` at any positive margin, and
//!   otherwise as softmax on `k` keys.
//!
//! [`entmax_miss_bound`] is the counterpart of [`miss_bound`](crate::miss_bound): the largest
//! `1 - a_max` at a given margin. It is attained when all losers tie, because the threshold `tau`
//! grows with every loser's score.

use crate::scores::Scores;
use crate::temperature::InverseTemperature;
use thiserror::Error;

/// Why there are no such weights.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SparseError {
    /// An exponent of entmax that is not above 1.
    #[error("the exponent of entmax is {0}; it must be above 1 and finite (1 is softmax, 2 sparsemax)")]
    Alpha(f64),
    /// No key to keep.
    #[error("top-k with k = 0 keeps no key; k must be at least 1")]
    NoKey,
}

/// The point of the simplex nearest to the scores times `b`: zero beyond a threshold. `O(n log n)`.
///
/// ```
/// use relata_attention::{InverseTemperature, Scores, sparsemax};
/// let near = Scores::new(&[0.0, 1.0, 0.5])?;
/// assert_eq!(sparsemax(&near, InverseTemperature::ONE), [0.0, 0.75, 0.25]);
/// assert_eq!(sparsemax(&near, InverseTemperature::new(2.0)?), [0.0, 1.0, 0.0]); // a margin of 1 is enough
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn sparsemax(scores: &Scores<'_>, b: InverseTemperature) -> Vec<f64> {
    let top = scores.top();
    let mut gaps: Vec<f64> = scores.visible().map(|(_, s)| b.gap(s, top)).collect();
    gaps.sort_by(|p, q| q.total_cmp(p));
    // The support is the longest prefix with 1 + k g_k > sum of the first k.
    let (mut sum, mut threshold) = (0.0, -1.0);
    for (k, g) in gaps.iter().enumerate() {
        if !(g.is_finite() && 1.0 + (k + 1) as f64 * g > sum + g) {
            break;
        }
        sum += g;
        threshold = (sum - 1.0) / (k + 1) as f64;
    }
    spread(scores, |s| (b.gap(s, top) - threshold).max(0.0))
}

/// Softmax over the `k` largest scores; among ties at the edge the first keys are kept.
/// `O(n log n)`.
///
/// # Errors
/// [`SparseError::NoKey`] if `k` is 0.
pub fn top_k(scores: &Scores<'_>, b: InverseTemperature, k: usize) -> Result<Vec<f64>, SparseError> {
    if k == 0 {
        return Err(SparseError::NoKey);
    }
    let top = scores.top();
    let mut order: Vec<(usize, f64)> = scores.visible().collect();
    order.sort_by(|p, q| q.1.total_cmp(&p.1).then(p.0.cmp(&q.0)));
    let mut weights = vec![0.0; scores.values().len()];
    let kept = order.iter().take(k).map(|&(i, s)| (i, b.gap(s, top).exp()));
    let total: f64 = kept.clone().map(|(_, w)| w).sum();
    kept.for_each(|(i, w)| weights[i] = w / total);
    Ok(weights)
}

/// Nonnegative weights of the visible keys, brought to the sum 1.
fn spread(scores: &Scores<'_>, weight: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut weights = vec![0.0; scores.values().len()];
    let mut total = 0.0;
    for (i, s) in scores.visible() {
        weights[i] = weight(s);
        total += weights[i];
    }
    weights.iter_mut().for_each(|w| *w /= total);
    weights
}
