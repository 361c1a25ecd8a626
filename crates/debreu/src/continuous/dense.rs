//! Debreu's construction from a countable order-dense set, in exact arithmetic.
//!
//! A preorder on `X` has a utility iff it is total and some countable `Z = {z_1, z_2, ..}` is
//! order-dense: `x < y` implies `x <= z <= y` for a `z` in `Z` (Birkhoff; G. Debreu, 1954). The
//! *two-sided* sum `u(x) = 1/2 sum_k 2^-k (1[z_k < x] + 1[z_k <= x])` is one: if `x < z <= y`, the
//! second indicator of `z` tells them apart, and if `x <= z < y` the first. The one-sided sum
//! `sum_{z_k < x} 2^-k` is not: for `X = {0 < 1}` and `Z = {1}` it is 0 twice.
//!
//! That `u` jumps by `2^-k` at `z_k`, however continuous the preorder. Debreu's gap lemma says that
//! some increasing `g` makes `g o u` continuous. Here `g o u` is computed directly: give each new
//! `z_k` the value half-way between those of its neighbours among `z_1, .., z_{k-1}` (between 0 or
//! 1 and the nearest at the ends), which is Cantor's order isomorphism onto dyadic rationals. Where
//! the preorder is continuous and `X` connected, no two values stay neighbours, the gaps close, and
//! the limit is a continuous utility onto an interval; after `k` points each `x` is enclosed
//! between the values of its neighbours.

use crate::continuous::dyadic::Dyadic;
use crate::finite::ComparatorError;
use std::cmp::Ordering;

/// Debreu's two-sided sum `u(x) = 1/2 sum_{k = 1}^count 2^-k (1[z_k < x] + 1[z_k <= x])`, exact;
/// `compare(k)` says how `z_k` compares to `x`, with `k` from 1.
///
/// ```
/// use relata_debreu::continuous::two_sided_sum;
/// let z = [0.5_f64, 0.25, 0.75, 0.125];
/// let u = |x: f64| two_sided_sum(z.len(), |k| z[k - 1].total_cmp(&x));
/// assert!(u(0.25) < u(0.3) && u(0.3) < u(0.5) && u(0.3) == u(0.4)); // nothing of z between 0.3 and 0.4
/// ```
#[must_use]
pub fn two_sided_sum(count: usize, mut compare: impl FnMut(usize) -> Ordering) -> Dyadic {
    let mut u = Dyadic::zero();
    for k in 1..=count {
        match compare(k) {
            Ordering::Less => u.add_power(k),
            Ordering::Equal => u.add_power(k + 1),
            Ordering::Greater => {}
        }
    }
    u
}

/// A utility on a finite part of an order-dense set, by midpoints, that encloses a continuous
/// utility everywhere else.
///
/// ```
/// use relata_debreu::continuous::MidpointUtility;
/// let u = MidpointUtility::new(vec![0.5, 0.2, 0.9, 0.3], |a: &f64, b: &f64| a.total_cmp(b))?;
/// assert_eq!(u.enclose(&0.5).lower.to_f64(), 0.5);
/// let e = u.enclose(&0.25); // between 0.2 (value 1/4) and 0.3 (value 3/8)
/// assert_eq!((e.lower.to_f64(), e.upper.to_f64()), (0.25, 0.375));
/// # Ok::<(), relata_debreu::finite::ComparatorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MidpointUtility<T, F> {
    elements: Vec<T>,
    compare: F,
    // One element of each class with its value, worst first.
    ladder: Vec<(usize, Dyadic)>,
    values: Vec<Dyadic>,
}

/// An interval of utilities; a single value where the element is indifferent to one of the dense
/// set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UtilityBracket {
    /// The utility is at least this.
    pub lower: Dyadic,
    /// The utility is at most this.
    pub upper: Dyadic,
}

impl<T, F: Fn(&T, &T) -> Ordering> MidpointUtility<T, F> {
    /// The utility of the elements in the order given, which is the enumeration `z_1, z_2, ..`.
    ///
    /// Complexity: `O(n log n)` comparisons; values have about `2 log_2 n` digits for elements in
    /// random order, `n` at worst.
    ///
    /// # Errors
    /// [`ComparatorError::Inconsistent`] if the comparator contradicts itself on neighbours of the
    /// final order.
    pub fn new(elements: Vec<T>, compare: F) -> Result<Self, ComparatorError> {
        let mut u = Self { elements, compare, ladder: Vec::new(), values: Vec::new() };
        for k in 0..u.elements.len() {
            let value = match u.place(&u.elements[k]) {
                Ok(at) => u.ladder[at].1.clone(),
                Err(at) => {
                    let e = u.between(at);
                    let value = e.lower.midpoint(&e.upper);
                    u.ladder.insert(at, (k, value.clone()));
                    value
                }
            };
            u.values.push(value);
        }
        for w in u.ladder.windows(2) {
            let (first, second) = (w[0].0, w[1].0);
            for (a, b, implied) in [(first, second, Ordering::Less), (second, first, Ordering::Greater)] {
                let found = (u.compare)(&u.elements[a], &u.elements[b]);
                if found != implied {
                    return Err(ComparatorError::Inconsistent { first: a, second: b, found, implied });
                }
            }
        }
        Ok(u)
    }

    /// The values of the elements, in their order: exact, and a utility on them.
    #[must_use]
    pub fn values(&self) -> &[Dyadic] {
        &self.values
    }

    /// The values between which every extension of the construction puts `x`.
    pub fn enclose(&self, x: &T) -> UtilityBracket {
        match self.place(x) {
            Ok(at) => UtilityBracket { lower: self.ladder[at].1.clone(), upper: self.ladder[at].1.clone() },
            Err(at) => self.between(at),
        }
    }

    /// The widest enclosure of any element: the uniform error of the lower ends as values of the
    /// continuous limit.
    #[must_use]
    pub fn resolution(&self) -> Dyadic {
        let widths = (0..=self.ladder.len()).map(|at| {
            let e = self.between(at);
            e.lower.distance(&e.upper)
        });
        widths.max().unwrap_or_default()
    }

    fn place(&self, x: &T) -> Result<usize, usize> {
        self.ladder.binary_search_by(|(k, _)| (self.compare)(&self.elements[*k], x))
    }

    fn between(&self, at: usize) -> UtilityBracket {
        let lower = if at == 0 { Dyadic::zero() } else { self.ladder[at - 1].1.clone() };
        let upper = self.ladder.get(at).map_or_else(|| Dyadic::power(0), |(_, v)| v.clone());
        UtilityBracket { lower, upper }
    }
}
