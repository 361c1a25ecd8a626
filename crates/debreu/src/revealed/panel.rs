//! Observations of a consumer: prices and the bundle bought at them.

use crate::finite::BinaryRelation;
use crate::revealed::exact::Exact;
use relata_files::Decimal;
use relata_relations::{Points, PointsError};
use std::cmp::Ordering;
use thiserror::Error;

/// `T` observations of prices `p_t > 0` and bundles `x_t >= 0` of the same goods, with who could
/// afford what.
///
/// ```
/// use relata_debreu::revealed::Panel;
/// let panel = Panel::from_rows(&[[1.0, 2.0], [2.0, 1.0]], &[[1.0, 2.0], [2.0, 1.0]])?;
/// assert_eq!(panel.expenditure(0, 1), 4.0); // bundle 1 at the prices of 0, where 5 was spent
/// assert!(panel.garp().is_err());
/// # Ok::<(), relata_debreu::revealed::PanelError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    prices: Points,
    quantities: Points,
    // p_t . x_t
    own: Vec<f64>,
    // The pairs t != s with p_t . x_s <= p_t . x_t.
    affordable: BinaryRelation,
    // The same in whole numbers, where decimals were given.
    exact: Option<Exact>,
}

/// The least that an observation may spend: products with prices that are lost below the smallest
/// number are then less than `1e-30` of it for each good.
const MIN_SPENDING: f64 = f64::MIN_POSITIVE / (f64::EPSILON * f64::EPSILON) * 2.0;

/// Why numbers are not a panel.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PanelError {
    /// Different numbers of observations or goods.
    #[error("{prices} {what} of prices were given and {quantities} of quantities; they must agree")]
    Shape {
        /// What was counted: observations or goods.
        what: &'static str,
        /// Of the prices.
        prices: usize,
        /// Of the quantities.
        quantities: usize,
    },
    /// A price that is not positive.
    #[error("price {value} of good {good} in observation {observation} is not positive")]
    Price {
        /// The observation.
        observation: usize,
        /// The good.
        good: usize,
        /// The price.
        value: f64,
    },
    /// A negative quantity.
    #[error("quantity {value} of good {good} in observation {observation} is negative")]
    Quantity {
        /// The observation.
        observation: usize,
        /// The good.
        good: usize,
        /// The quantity.
        value: f64,
    },
    /// Nothing was bought.
    #[error("observation {observation} spends nothing; drop it")]
    NoSpending {
        /// The observation.
        observation: usize,
    },
    /// An expenditure with fewer digits than others have.
    #[error(
        "observation {observation} spends {value:e}, too near the smallest number of floating point for exact comparisons; rescale prices or quantities"
    )]
    Underflow {
        /// The observation.
        observation: usize,
        /// What it spends, as far as that can be said.
        value: f64,
    },
    /// A number that floating point takes for 0.
    #[error(
        "the price or quantity of good {good} in observation {observation} is too near 0 for floating point; rescale it"
    )]
    TooSmall {
        /// The observation.
        observation: usize,
        /// The good.
        good: usize,
    },
    /// Expenditures that overflow.
    #[error(
        "the expenditure on bundle {bundle} at the prices of observation {observation} is not finite; rescale prices or quantities"
    )]
    Overflow {
        /// The observation.
        observation: usize,
        /// The bundle.
        bundle: usize,
    },
    /// Numbers that are not points.
    #[error(transparent)]
    Points(#[from] PointsError),
}

impl Panel {
    /// A panel from `T x G` prices and quantities. `O(T^2 G)` time, `T^2 / 8` bytes.
    ///
    /// # Errors
    /// [`PanelError`] naming the first offending observation.
    pub fn new(prices: Points, quantities: Points) -> Result<Self, PanelError> {
        for (what, p, q) in
            [("observations", prices.len(), quantities.len()), ("goods", prices.dim(), quantities.dim())]
        {
            if p != q {
                return Err(PanelError::Shape { what, prices: p, quantities: q });
            }
        }
        for (observation, (p, x)) in prices.rows().zip(quantities.rows()).enumerate() {
            if let Some(good) = p.iter().position(|v| *v <= 0.0) {
                return Err(PanelError::Price { observation, good, value: p[good] });
            }
            if let Some(good) = x.iter().position(|v| *v < 0.0) {
                return Err(PanelError::Quantity { observation, good, value: x[good] });
            }
        }
        let (n, goods) = (prices.len(), prices.dim());
        let columns: Vec<f64> = (0..goods).flat_map(|g| quantities.rows().map(move |x| x[g])).collect();
        let mut own = Vec::with_capacity(n);
        let mut affordable = BinaryRelation::zeros(n);
        let mut spent = vec![0.0; n];
        let mut within = vec![0u8; 64 * n.div_ceil(64)];
        for (observation, p) in prices.rows().enumerate() {
            expenditures(p, &columns, &mut spent);
            if !spent.iter().fold(true, |finite, v| finite & v.is_finite()) {
                let bundle = spent.iter().position(|v| !v.is_finite()).unwrap_or(observation);
                return Err(PanelError::Overflow { observation, bundle });
            }
            let budget = spent[observation];
            if quantities.row(observation).iter().all(|x| *x <= 0.0) {
                return Err(PanelError::NoSpending { observation });
            }
            if budget < MIN_SPENDING {
                return Err(PanelError::Underflow { observation, value: budget });
            }
            own.push(budget);
            within.iter_mut().zip(&spent).for_each(|(w, v)| *w = u8::from(*v <= budget));
            within[observation] = 0;
            let words = affordable.row_mut(observation).iter_mut();
            words.zip(within.chunks_exact(64)).for_each(|(word, bytes)| *word = gather(bytes));
        }
        Ok(Self { prices, quantities, own, affordable, exact: None })
    }

    /// A panel from prices and quantities as they were written, row after row. Whether one bundle
    /// costs as much as another, and whether two efficiencies are equal, is then decided exactly;
    /// numbers that are returned are rounded.
    ///
    /// ```
    /// use relata_debreu::revealed::Panel;
    /// use relata_files::Decimal;
    /// let tenths = |all: [i128; 6]| all.map(|mantissa| Decimal { mantissa, exponent: -1 });
    /// // Both bundles cost the budget at both prices: 5.71 and 7.53 on paper, not in binary.
    /// let panel = Panel::from_decimals(
    ///     3,
    ///     &tenths([1, 7, 2, 3, 1, 6]),
    ///     &tenths([135, 48, 50, 139, 48, 48]),
    /// )?;
    /// assert!(panel.garp().is_ok());
    /// assert_eq!(panel.ccei().index, 1.0);
    /// # Ok::<(), relata_debreu::revealed::PanelError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Panel::new`], of the rounded numbers; [`PanelError::TooSmall`].
    pub fn from_decimals(
        goods: usize,
        prices: &[Decimal],
        quantities: &[Decimal],
    ) -> Result<Self, PanelError> {
        let round = |decimals: &[Decimal]| -> Result<Points, PanelError> {
            let values: Vec<f64> = decimals.iter().map(|d| d.to_f64()).collect();
            let lost = decimals.iter().zip(&values).position(|(d, v)| d.mantissa != 0 && v.abs() <= 0.0);
            if let Some(k) = lost.filter(|_| goods > 0) {
                return Err(PanelError::TooSmall { observation: k / goods, good: k % goods });
            }
            Ok(Points::new(goods, values)?)
        };
        let mut panel = Self::new(round(prices)?, round(quantities)?)?;
        panel.exact = Some(Exact::new(goods, prices, quantities));
        for t in 0..panel.len() {
            for s in (0..panel.len()).filter(|&s| s != t) {
                if panel.compare(t, s) == Ordering::Greater {
                    panel.affordable.clear(t, s);
                } else {
                    panel.affordable.set(t, s);
                }
            }
        }
        Ok(panel)
    }

    /// A panel from rows of prices and rows of quantities.
    ///
    /// # Errors
    /// As [`Panel::new`], and [`PanelError::Points`] for rows of different lengths or values that
    /// are not finite.
    pub fn from_rows<R: AsRef<[f64]>>(prices: &[R], quantities: &[R]) -> Result<Self, PanelError> {
        Self::new(Points::from_rows(prices)?, Points::from_rows(quantities)?)
    }

    /// Number of observations, at least 1.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.prices.len()
    }

    /// Number of goods.
    #[must_use]
    pub fn goods(&self) -> usize {
        self.prices.dim()
    }

    /// The prices, `T x G`.
    #[must_use]
    pub fn prices(&self) -> &Points {
        &self.prices
    }

    /// The bundles, `T x G`.
    #[must_use]
    pub fn quantities(&self) -> &Points {
        &self.quantities
    }

    /// `p_t . x_s`, summed in the order of the goods. Indexing past the end panics, as slices do.
    #[must_use]
    pub fn expenditure(&self, t: usize, s: usize) -> f64 {
        if t == s {
            return self.own[t];
        }
        let products = self.prices.row(t).iter().zip(self.quantities.row(s)).map(|(p, x)| p * x);
        products.fold(0.0, |sum, v| sum + v)
    }

    /// The observations whose numbers are given, in that order; `None` if there is none or one is
    /// out of range.
    #[must_use]
    pub fn select(&self, observations: &[usize]) -> Option<Self> {
        let (prices, quantities) = (self.prices.select(observations)?, self.quantities.select(observations)?);
        let mut panel = Self::new(prices, quantities).ok()?;
        if let Some(exact) = &self.exact {
            panel.exact = Some(exact.select(observations));
            for (t, &of) in observations.iter().enumerate() {
                for (s, &to) in observations.iter().enumerate().filter(|(s, _)| *s != t) {
                    if self.affordable.contains(of, to) || of == to {
                        panel.affordable.set(t, s);
                    } else {
                        panel.affordable.clear(t, s);
                    }
                }
            }
        }
        Some(panel)
    }

    /// How `p_t . x_s` compares to `p_t . x_t`: exactly where decimals were given, in floating point
    /// otherwise. Indexing past the end panics, as slices do.
    #[must_use]
    pub fn compare(&self, t: usize, s: usize) -> Ordering {
        let (other, own) = (self.expenditure(t, s), self.expenditure(t, t));
        match &self.exact {
            Some(exact) if self.near(other, own) => exact.compare(t, s),
            _ => other.total_cmp(&own),
        }
    }

    /// What is left of a budget if another bundle is bought.
    pub(crate) fn left(&self, t: usize, s: usize) -> Left {
        let (other, own) = (self.expenditure(t, s), self.expenditure(t, t));
        match &self.exact {
            Some(exact) if self.near(other, own) => Left::Exact(exact.saved(t, s)),
            _ => Left::Rounded(own - other),
        }
    }

    /// `p_t . x_s / p_t . x_t`.
    pub(crate) fn ratio(&self, t: usize, s: usize) -> Ratio {
        let (other, own) = (self.expenditure(t, s), self.expenditure(t, t));
        let value = match &self.exact {
            Some(exact) if self.near(other, own) => 1.0 - exact.saved(t, s),
            _ => other / own,
        };
        Ratio { value, of: t, to: s }
    }

    /// How two ratios compare, as [`Panel::compare`] does.
    pub(crate) fn compare_ratios(&self, a: &Ratio, b: &Ratio) -> Ordering {
        match &self.exact {
            Some(exact) if self.near(a.value, b.value) => exact.compare_ratios((a.of, a.to), (b.of, b.to)),
            _ => a.value.total_cmp(&b.value),
        }
    }

    /// Whether rounding could have turned the order of two expenditures or ratios: each is a sum
    /// over the goods of products of rounded numbers, perhaps divided by another.
    fn near(&self, a: f64, b: f64) -> bool {
        let roundings = 2 * (self.goods() + 4);
        (a - b).abs() <= roundings as f64 * f64::EPSILON * a.abs().max(b.abs())
    }

    /// `R0` without loops.
    pub(crate) fn affordable(&self) -> &BinaryRelation {
        &self.affordable
    }

    pub(crate) fn same_bundle(&self, t: usize, s: usize) -> bool {
        let same = self.quantities.row(t) == self.quantities.row(s);
        same && self.exact.as_ref().is_none_or(|e| e.same_bundle(t, s))
    }
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    /// The share of the budget, rounded once: bundles that cost nearly the same.
    Exact(f64),
    /// The amount, as a difference of rounded numbers.
    Rounded(f64),
}

/// What one bundle costs as a share of a budget, and of which observations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) value: f64,
    pub(crate) of: usize,
    pub(crate) to: usize,
}

/// `p . x_s` for all `s`, from the columns of the quantities. Sums go through the goods in order,
/// so that equal bundles cost exactly the same and [`Panel::expenditure`] says so too.
fn expenditures(p: &[f64], columns: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let n = out.len();
    for (p, x) in p.chunks_exact(2).zip(columns.chunks_exact(2 * n)) {
        let (first, second) = x.split_at(n);
        let (a, b) = (p[0], p[1]);
        for ((v, x), y) in out.iter_mut().zip(first).zip(second) {
            *v = (*v + a * x) + b * y;
        }
    }
    if let &[a] = p.chunks_exact(2).remainder() {
        out.iter_mut().zip(&columns[(p.len() - 1) * n..]).for_each(|(v, x)| *v += a * x);
    }
}

/// The bits whose bytes, 0 or 1, are given. The multiplication collects the lowest bits of eight
/// bytes in the highest byte.
fn gather(bytes: &[u8]) -> u64 {
    let eight = |b: &[u8]| {
        let word = b.iter().rev().fold(0u64, |w, v| w << 8 | u64::from(*v));
        word.wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    bytes.chunks_exact(8).rev().fold(0, |word, b| word << 8 | eight(b))
}
