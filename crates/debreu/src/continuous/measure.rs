//! The measure utility `u(x) = nu{z : z < x}` and its empirical version.
//!
//! Let `X` be connected, `nu` a finite measure of full support that gives every indifference class
//! mass 0, and the preorder total and continuous. Then `u(x) = nu{z : z < x}` is continuous and
//! represents it: for `x < y` the open sets `{z < y}` and `{x < z}` cover `X`, so they meet, in an
//! open set of positive mass (W. Neuefeind, 1972; M. Voorneveld and J. W. Weibull). On `[0, 1]` and
//! `[2, 3]` together `u(1) = u(2)`: connectedness is needed. With a closed graph
//! `{(x, y, y') : y <=_x y'}` and null classes for every query `x`, `u(x, y) = nu{z : z <_x y}` is
//! *jointly* continuous, by dominated convergence.
//!
//! From a sample of size `n`, the mid-rank `1/(2n) sum (1[z < x] + 1[z <= x])` is within
//! `sqrt(ln(2 / delta) / (2n))` of `u`, at all `x` at once, with probability at least `1 - delta`:
//! the sets `{z < x}` form a chain, so this is the inequality of Dvoretzky, Kiefer and Wolfowitz
//! with the constant of P. Massart (1990). It takes comparisons only.

use crate::finite::{ComparatorError, sort_by};
use std::cmp::Ordering;

/// The empirical measure utility of a sample and a comparator.
///
/// ```
/// use relata_debreu::continuous::{MeasureUtility, dkw_bound};
/// let sample: Vec<f64> = (0..1000).map(|i| (i as f64 * 0.618_033_988_749_895) % 1.0).collect();
/// let u = MeasureUtility::new(sample, |a: &f64, b: &f64| (a * a).total_cmp(&(b * b)))?;
/// assert!((u.value(&0.3) - 0.3).abs() < dkw_bound(1000, 0.01));
/// # Ok::<(), relata_debreu::finite::ComparatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MeasureUtility<T, F> {
    sorted: Vec<T>,
    compare: F,
}

impl<T, F: Fn(&T, &T) -> Ordering> MeasureUtility<T, F> {
    /// Sorts the sample by the comparator.
    ///
    /// Complexity: `O(n log n)` comparisons.
    ///
    /// # Errors
    /// [`ComparatorError::Inconsistent`] if neighbours of the sorted sample are not in order;
    /// places are those of `sample`.
    pub fn new(sample: Vec<T>, compare: F) -> Result<Self, ComparatorError> {
        let order = sort_by(sample.len(), &mut |i, j| Some(compare(&sample[i], &sample[j])))?;
        for w in order.windows(2) {
            let (first, second) = (w[0], w[1]);
            let found = compare(&sample[first], &sample[second]);
            if found == Ordering::Greater {
                return Err(ComparatorError::Inconsistent { first, second, found, implied: Ordering::Less });
            }
        }
        let mut slots: Vec<Option<T>> = sample.into_iter().map(Some).collect();
        let sorted = order.into_iter().filter_map(|i| slots[i].take()).collect();
        Ok(Self { sorted, compare })
    }

    /// The share of the sample below `x`, plus half the share indifferent to it; 0 for an empty
    /// sample. `O(log n)` comparisons.
    pub fn value(&self, x: &T) -> f64 {
        let below = self.sorted.partition_point(|z| (self.compare)(z, x).is_lt());
        let at_most = self.sorted.partition_point(|z| (self.compare)(z, x).is_le());
        if self.sorted.is_empty() { 0.0 } else { 0.5 * (below + at_most) as f64 / self.sorted.len() as f64 }
    }

    /// The sample from worst to best.
    #[must_use]
    pub fn sorted(&self) -> &[T] {
        &self.sorted
    }
}

/// The uniform error `sqrt(ln(2 / delta) / (2n))` of an empirical measure utility from `n`
/// independent draws, which holds with probability at least `1 - delta`.
#[must_use]
pub fn dkw_bound(n: usize, delta: f64) -> f64 {
    ((2.0f64.ln() - delta.ln()).max(0.0) / (2.0 * n as f64)).sqrt()
}
