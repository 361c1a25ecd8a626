//! The scores of one query over the keys of a context, and the attention weights they give.

use crate::margin::Margin;
use crate::score_error::ScoreError;
use crate::selection::Selection;
use crate::temperature::InverseTemperature;
use relata_kernels::fast::exp_in_place;

/// The scores `s_1, .., s_n` of one query, each finite, with the keys that the query may see (at
/// least one).
///
/// ```
/// use relata_attention::{InverseTemperature, Scores};
/// let scores = [0.0, 2.0, 1.0, 9.0];
/// let causal = Scores::causal(&scores, 2)?; // the third position sees the first three keys
/// let weights = causal.softmax(InverseTemperature::ONE);
/// assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15 && weights[3] == 0.0);
/// assert_eq!(causal.margin().value, 1.0);
/// assert_eq!(causal.softmax(InverseTemperature::HARD), [0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), relata_attention::ScoreError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scores<'a> {
    values: &'a [f64],
    visible: Visible<'a>,
    keys: usize,
}

/// Which keys a query may see.
#[derive(Clone, Copy, Debug)]
enum Visible<'a> {
    First(usize),
    Mask(&'a [bool]),
}

impl<'a> Scores<'a> {
    /// A context in which every key is visible.
    ///
    /// # Errors
    /// [`ScoreError::Empty`], [`ScoreError::NonFinite`].
    pub fn new(values: &'a [f64]) -> Result<Self, ScoreError> {
        Self::checked(values, Visible::First(values.len()))
    }

    /// A context in which the keys with `visible[i]` are visible. Scores of masked keys are not
    /// looked at.
    ///
    /// # Errors
    /// [`ScoreError`]
    pub fn masked(values: &'a [f64], visible: &'a [bool]) -> Result<Self, ScoreError> {
        if visible.len() != values.len() {
            return Err(ScoreError::Mask { mask: visible.len(), keys: values.len() });
        }
        Self::checked(values, Visible::Mask(visible))
    }

    /// A context in which the query at `position` (from 0) sees the keys up to and with its own.
    ///
    /// # Errors
    /// [`ScoreError`]
    pub fn causal(values: &'a [f64], position: usize) -> Result<Self, ScoreError> {
        if position >= values.len() {
            let keys = values.len();
            return Err(if keys == 0 { ScoreError::Empty } else { ScoreError::Position { position, keys } });
        }
        Self::checked(values, Visible::First(position + 1))
    }

    fn checked(values: &'a [f64], visible: Visible<'a>) -> Result<Self, ScoreError> {
        let mut scores = Self { values, visible, keys: 0 };
        let mut keys = 0;
        for (key, value) in scores.visible() {
            if !value.is_finite() {
                return Err(ScoreError::NonFinite { key, value });
            }
            keys += 1;
        }
        match (values.len(), keys) {
            (0, _) => Err(ScoreError::Empty),
            (keys, 0) => Err(ScoreError::AllMasked { keys }),
            _ => {
                scores.keys = keys;
                Ok(scores)
            }
        }
    }

    /// All scores, also those of masked keys.
    #[must_use]
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// The number of visible keys, at least 1.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// The visible keys and their scores, in order.
    pub fn visible(&self) -> impl Iterator<Item = (usize, f64)> + Clone + 'a {
        let (first, mask) = match self.visible {
            Visible::First(n) => (n, None),
            Visible::Mask(m) => (m.len(), Some(m)),
        };
        let seen = move |i: usize| mask.is_none_or(|m| m[i]);
        self.values.iter().copied().enumerate().take(first).filter(move |&(i, _)| seen(i))
    }

    /// The visible keys of the largest score.
    #[must_use]
    pub fn select(&self) -> Selection {
        let top = self.top();
        Selection::of_best(self.visible().filter(|&(_, s)| s >= top).map(|(i, _)| i).collect())
    }

    /// The best key and how far it is above the next.
    #[must_use]
    pub fn margin(&self) -> Margin {
        Margin::of(self.visible())
    }

    /// The attention weights `a_i = exp(b s_i) / sum_j exp(b s_j)`, 0 on masked keys. Linear in the
    /// number of keys.
    ///
    /// Weights are computed from differences to the largest score, so that nothing overflows; each
    /// is correct to a few units in the last place, times `b` times the difference where that is
    /// large.
    #[must_use]
    pub fn softmax(&self, b: InverseTemperature) -> Vec<f64> {
        let mut weights = self.powers(b);
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= total);
        weights
    }

    /// `exp(b s_i)` relative to the largest of them, 0 on masked keys.
    pub(crate) fn powers(&self, b: InverseTemperature) -> Vec<f64> {
        let top = self.top();
        let mut powers = vec![f64::NEG_INFINITY; self.values.len()];
        self.visible().for_each(|(i, s)| powers[i] = b.gap(s, top));
        exponentials(&mut powers);
        powers
    }

    /// `1 - a_i` for softmax and a visible key `i`, without cancellation: the sum of the other
    /// weights. 1 for a key that is not visible.
    #[must_use]
    pub fn miss(&self, key: usize, b: InverseTemperature) -> f64 {
        miss_of(&self.powers(b), key)
    }

    /// `log sum_i exp(b s_i) / b`, between the largest score and that plus `log(n) / b`; the
    /// largest score at infinite `b`, and infinite at 0 unless there is one key.
    #[must_use]
    pub fn soft_maximum(&self, b: InverseTemperature) -> f64 {
        let top = self.top();
        if b.is_hard() {
            return top;
        }
        let sum: f64 = self.visible().map(|(_, s)| b.gap(s, top).exp()).sum();
        if self.keys == 1 { top } else { top + sum.ln() / b.value() }
    }

    pub(crate) fn top(&self) -> f64 {
        self.visible().fold(f64::NEG_INFINITY, |m, (_, s)| m.max(s))
    }
}

/// The share of all but one of some weights, without cancellation; 1 for one that there is not.
pub(crate) fn miss_of(weights: &[f64], key: usize) -> f64 {
    let own = weights.get(key).copied().unwrap_or(0.0);
    let others: f64 = weights.iter().enumerate().filter(|(i, _)| *i != key).map(|(_, w)| w).sum();
    others / (own + others)
}

/// Replaces every number by its exponential, many at once. Those below the normal numbers, which that
/// would take for 0, one by one.
pub(crate) fn exponentials(values: &mut [f64]) {
    const NORMAL: f64 = -708.0;
    let small = |v: &f64| *v < NORMAL && v.is_finite();
    let below: Vec<(usize, f64)> =
        values.iter().enumerate().filter(|(_, v)| small(v)).map(|(i, v)| (i, v.exp())).collect();
    exp_in_place(values);
    below.into_iter().for_each(|(i, v)| values[i] = v);
}
