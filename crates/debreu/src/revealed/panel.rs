//! Observations of a consumer: prices and the bundle bought at them.

use relata_relations::{Points, PointsError};
use thiserror::Error;

/// `T` observations of prices `p_t > 0` and bundles `x_t >= 0` of the same goods, with all expenditures `p_t . x_s`.
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
    // Row t: p_t . x_s for all s.
    expenditures: Vec<f64>,
}

/// Why numbers are not a panel.
#[derive(Clone, Debug, Error, PartialEq)]
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
    /// A panel from `T x G` prices and quantities. `O(T^2 G)` time, `8 T^2` bytes.
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
        let t = prices.len();
        let mut expenditures = Vec::with_capacity(t * t);
        for (observation, p) in prices.rows().enumerate() {
            for (bundle, x) in quantities.rows().enumerate() {
                let spent: f64 = p.iter().zip(x).map(|(p, x)| p * x).sum();
                if !spent.is_finite() {
                    return Err(PanelError::Overflow { observation, bundle });
                }
                expenditures.push(spent);
            }
            if expenditures[observation * t + observation] <= 0.0 {
                return Err(PanelError::NoSpending { observation });
            }
        }
        Ok(Self { prices, quantities, expenditures })
    }

    /// A panel from rows of prices and rows of quantities.
    ///
    /// # Errors
    /// As [`Panel::new`], and [`PanelError::Points`] for rows of different lengths or values that are not finite.
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

    /// `p_t . x_s`. Indexing past the end panics, as slices do.
    #[must_use]
    pub fn expenditure(&self, t: usize, s: usize) -> f64 {
        self.row(t)[s]
    }

    /// The observations whose numbers are given, in that order; `None` if there is none or one is out of range.
    #[must_use]
    pub fn select(&self, observations: &[usize]) -> Option<Self> {
        let (prices, quantities) = (self.prices.select(observations)?, self.quantities.select(observations)?);
        Self::new(prices, quantities).ok()
    }

    pub(crate) fn row(&self, t: usize) -> &[f64] {
        &self.expenditures[t * self.len()..(t + 1) * self.len()]
    }

    pub(crate) fn same_bundle(&self, t: usize, s: usize) -> bool {
        self.quantities.row(t) == self.quantities.row(s)
    }
}
