//! The margin of the best key, and its distribution over contexts.

use crate::score_error::ScoreError;
use thiserror::Error;

/// How far the best key of a context is above the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// The first key of the largest score.
    pub best: usize,
    /// The first of the other keys with the largest score among them; none in a context of one key.
    pub runner_up: Option<usize>,
    /// The difference of their scores: 0 where the best is tied, infinite in a context of one key.
    pub value: f64,
}

impl Margin {
    pub(crate) fn of(scores: impl Iterator<Item = (usize, f64)>) -> Self {
        let (mut best, mut next) = (None::<(usize, f64)>, None::<(usize, f64)>);
        for (i, s) in scores {
            if best.is_none_or(|b| s > b.1) {
                (best, next) = (Some((i, s)), best);
            } else if next.is_none_or(|n| s > n.1) {
                next = Some((i, s));
            }
        }
        let (best, top) = best.unwrap_or((0, f64::INFINITY));
        // A difference beyond the range is cut to it: then it is not more than the true one.
        let value = next.map_or(f64::INFINITY, |n| (top - n.1).min(f64::MAX));
        Self { best, runner_up: next.map(|n| n.0), value }
    }
}

/// The margin of a given key: its score less the largest of the others, negative where another key
/// is better. Infinite if there is no other key.
///
/// # Errors
/// [`ScoreError::Position`] if there is no such key, [`ScoreError::NonFinite`] for a score that is
/// not finite.
pub fn margin_of(scores: &[f64], key: usize) -> Result<f64, ScoreError> {
    if key >= scores.len() {
        return Err(ScoreError::Position { position: key, keys: scores.len() });
    }
    if let Some((key, &value)) = scores.iter().enumerate().find(|(_, s)| !s.is_finite()) {
        return Err(ScoreError::NonFinite { key, value });
    }
    let others = scores.iter().enumerate().filter(|(i, _)| *i != key).map(|(_, s)| *s);
    Ok(scores[key] - others.fold(f64::NEG_INFINITY, f64::max))
}

/// The margins of many contexts, sorted.
///
/// ```
/// use relata_attention::Margins;
/// let m = Margins::new(vec![0.3, 0.1, 0.2, 0.4])?;
/// assert_eq!(m.fraction_below(0.25), 0.5);
/// assert_eq!(m.quantile(0.5), 0.2);
/// # Ok::<(), relata_attention::MarginError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Margins {
    sorted: Vec<f64>,
}

/// Why numbers are not a distribution of margins, or a question about it has no answer.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum MarginError {
    /// No context.
    #[error("a distribution of margins needs at least one context")]
    Empty,
    /// A NaN.
    #[error("the margin of context {context} is not a number")]
    NotANumber {
        /// The context.
        context: usize,
    },
    /// A probability outside of `(0, 1)`.
    #[error("the {what} is {value}; it must be above 0 and below 1")]
    Probability {
        /// Which.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// Too few contexts for what is asked.
    #[error(
        "{contexts} contexts do not show that at most {share} of all are below any margin, with doubt {doubt}; at least {least} are needed"
    )]
    TooFew {
        /// Contexts given.
        contexts: usize,
        /// The share.
        share: f64,
        /// The doubt.
        doubt: f64,
        /// Contexts that are enough.
        least: usize,
    },
}

impl Margins {
    /// The margins of contexts, in any order; infinite ones (contexts of one key) are allowed.
    ///
    /// # Errors
    /// [`MarginError::Empty`], [`MarginError::NotANumber`].
    pub fn new(mut margins: Vec<f64>) -> Result<Self, MarginError> {
        if margins.is_empty() {
            return Err(MarginError::Empty);
        }
        if let Some(context) = margins.iter().position(|m| m.is_nan()) {
            return Err(MarginError::NotANumber { context });
        }
        margins.sort_by(f64::total_cmp);
        Ok(Self { sorted: margins })
    }

    /// The margins, smallest first.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The share of contexts whose margin is below `t`.
    #[must_use]
    pub fn fraction_below(&self, t: f64) -> f64 {
        self.sorted.partition_point(|m| *m < t) as f64 / self.sorted.len() as f64
    }

    /// The smallest margin `t` of the sample such that at least the share `p` has a margin of at
    /// most `t`; `p` is cut to `[0, 1]`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let n = self.sorted.len();
        let k = (p.clamp(0.0, 1.0) * n as f64).ceil() as usize;
        self.sorted[k.clamp(1, n) - 1]
    }

    /// A margin `t` such that a fresh context has a smaller one with probability at most `share`,
    /// unless the sample was one of a share `doubt` of unlucky ones: a one-sided tolerance limit
    /// (S. S. Wilks, Ann. Math. Stat. 12, 1941), for contexts drawn independently from any law.
    ///
    /// It is the `k`-th smallest margin for the largest `k` with `P(Bin(N, share) < k) <= doubt`.
    ///
    /// # Errors
    /// [`MarginError::Probability`]; [`MarginError::TooFew`] if not even the smallest margin will
    /// do, `(1 - share)^N > doubt`.
    pub fn tolerance_limit(&self, share: f64, doubt: f64) -> Result<f64, MarginError> {
        for (what, value) in [("share", share), ("doubt", doubt)] {
            if !(value > 0.0 && value < 1.0) {
                return Err(MarginError::Probability { what, value });
            }
        }
        let n = self.sorted.len();
        // P(Bin = 0), P(Bin = 1), .. by logarithms, so that large samples do not underflow.
        let (p, q) = (share.ln(), (-share).ln_1p());
        let mut term = n as f64 * q;
        let mut below = 0.0;
        for k in 0..n {
            below += term.exp();
            if below > doubt {
                return match k {
                    0 => {
                        let least = (doubt.ln() / q).ceil() as usize;
                        Err(MarginError::TooFew { contexts: n, share, doubt, least })
                    }
                    k => Ok(self.sorted[k - 1]),
                };
            }
            term += p - q + ((n - k) as f64).ln() - ((k + 1) as f64).ln();
        }
        Ok(self.sorted[n - 1])
    }
}
