//! The orders that linear functionals induce on given keys, one by one.

use super::hull::nearest_to_origin;
use relata_kernels::rank::linear_orders;
use relata_relations::{Points, PowerOfTwo};
use thiserror::Error;

/// The most keys whose orders are enumerated: there are 8! = 40 320 of them.
pub const MAX_ORDERED_KEYS: usize = 8;

/// How many orders of some keys are induced by queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderCount {
    /// Strict orders `<q, k_i1> < .. < <q, k_in>` that some query `q` induces.
    pub induced: u128,
    /// Cover's `Q(n, d)`: as many in general position, and never more.
    pub cover: u128,
    /// `n!`.
    pub all: u128,
}

/// Keys whose orders are not enumerated.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{0} keys have too many orders to try; at most {MAX_ORDERED_KEYS} keys are enumerated")]
pub struct OrderError(pub usize);

/// Counts by trying every order: `q` induces it iff `0` lies outside of the hull of the `n - 1`
/// differences of neighbours.
///
/// ```
/// use relata_attention::width::induced_orders;
/// use relata_relations::{Points, PowerOfTwo};
/// // The square is not in general position: its sides are parallel in pairs.
/// let square = Points::from_rows(&[[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])?;
/// let count = induced_orders(&square)?;
/// assert_eq!((count.induced, count.cover, count.all), (8, 12, 24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OrderError`] beyond [`MAX_ORDERED_KEYS`] keys.
pub fn induced_orders(keys: &Points) -> Result<OrderCount, OrderError> {
    let (n, d) = (keys.len(), keys.dim());
    if n > MAX_ORDERED_KEYS {
        return Err(OrderError(n));
    }
    let unit = PowerOfTwo::of(keys.as_slice().iter().copied());
    // Only directions count, so each difference is brought to its own size.
    let difference = |i: usize, j: usize| -> Vec<f64> {
        let pairs = keys.row(j).iter().zip(keys.row(i));
        let raw: Vec<f64> = pairs.map(|(b, a)| unit.divide(*b) - unit.divide(*a)).collect();
        let own = PowerOfTwo::of(raw.iter().copied());
        raw.into_iter().map(|v| own.divide(v)).collect()
    };
    let mut search = Search { n, difference: &difference, induced: 0, order: Vec::new(), steps: Vec::new() };
    search.extend();
    let all = (1..=n as u128).product();
    Ok(OrderCount { induced: search.induced, cover: linear_orders(n, d).unwrap_or(all), all })
}

struct Search<'a> {
    n: usize,
    difference: &'a dyn Fn(usize, usize) -> Vec<f64>,
    induced: u128,
    order: Vec<usize>,
    steps: Vec<Vec<f64>>,
}

impl Search<'_> {
    /// Extends the order so far, which some query induces, by every other key.
    fn extend(&mut self) {
        if self.order.len() == self.n {
            self.induced += 1;
            return;
        }
        for next in 0..self.n {
            if self.order.contains(&next) {
                continue;
            }
            if let Some(&last) = self.order.last() {
                self.steps.push((self.difference)(last, next));
            }
            // Beyond rounding: directions that separate by less do not count.
            if self.steps.is_empty() || nearest_to_origin(&self.steps).lower > 1e-11 {
                self.order.push(next);
                self.extend();
                self.order.pop();
            }
            if !self.order.is_empty() {
                self.steps.pop();
            }
        }
    }
}
