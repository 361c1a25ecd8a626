//! At which temperature a query begins to select.

use super::error::HeadError;

/// The gaps between a query's best key and its others.
///
/// At inverse temperature `beta` the best key has the weight `1 / (1 + sum exp(-beta g))`, so that
/// the number of keys within every gap decides at which `beta` the softmax turns from an average
/// into a selection: `log n / g` if all gaps are equal, `n^{2 / (d - 1)}` for keys uniform on a
/// sphere of `R^d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// Smallest first, without the best key.
    gaps: Vec<f64>,
}

impl Gaps {
    /// The gaps of a query's scores.
    ///
    /// # Errors
    /// [`HeadError::EmptyContext`]; [`HeadError::NonFinite`]; [`HeadError::Range`] where a difference
    /// overflows.
    pub fn of(scores: &[f64]) -> Result<Self, HeadError> {
        if let Some(column) = scores.iter().position(|s| !s.is_finite()) {
            return Err(HeadError::NonFinite { what: "the scores", row: 0, column, value: scores[column] });
        }
        let best = scores.iter().copied().reduce(f64::max).ok_or(HeadError::EmptyContext)?;
        let mut gaps: Vec<f64> = scores.iter().map(|s| best - s).collect();
        gaps.sort_by(f64::total_cmp);
        gaps.remove(0);
        if gaps.last().is_some_and(|g| !g.is_finite()) {
            return Err(HeadError::Range("a difference of scores"));
        }
        Ok(Self { gaps })
    }

    /// How many keys are within `gap` of the best, without it: `N(g)`.
    #[must_use]
    pub fn within(&self, gap: f64) -> usize {
        self.gaps.partition_point(|g| *g <= gap)
    }

    /// The weight of the best key at an inverse temperature.
    #[must_use]
    pub fn best_weight(&self, beta: f64) -> f64 {
        1.0 / (1.0 + self.gaps.iter().map(|g| (-beta * g).exp()).sum::<f64>())
    }

    /// The inverse temperature at which half the weight is on the best key: 0 for two keys or fewer,
    /// none if another key ties with the best, which then never has more than half.
    #[must_use]
    pub fn critical(&self) -> Option<f64> {
        let (Some(&least), Some(&most)) = (self.gaps.first(), self.gaps.last()) else { return Some(0.0) };
        if least <= 0.0 {
            return None;
        }
        // With m other keys m exp(-beta most) <= sum <= m exp(-beta least).
        let count = (self.gaps.len() as f64).ln();
        let (mut low, mut high) = (count / most, count / least);
        while high - low > 1e-14 * high {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            *(if self.best_weight(middle) < 0.5 { &mut low } else { &mut high }) = middle;
        }
        Some(high)
    }
}
