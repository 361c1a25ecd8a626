//! Power: how often random purchases violate GARP on the same budgets.
//!
//! A consumer who passes a test that anybody would pass has shown nothing. S. Bronars (*The power of
//! nonparametric tests of preference maximization*, Econometrica 55, 1987) draws budget shares
//! uniformly from the simplex, as G. Becker (1962) lets irrational consumers choose.

use crate::revealed::panel::Panel;
use relata_relations::{Points, Stream, wilson_interval};

/// How often random purchases violated GARP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BronarsPower {
    /// Panels of random purchases that violate GARP.
    pub violations: usize,
    /// Panels drawn.
    pub draws: usize,
}

impl BronarsPower {
    /// The share of violations.
    #[must_use]
    pub fn power(self) -> f64 {
        self.violations as f64 / self.draws as f64
    }

    /// Wilson's interval for the probability of a violation, `z` standard errors wide (1.96 for
    /// 95 %).
    #[must_use]
    pub fn interval(self, z: f64) -> [f64; 2] {
        wilson_interval(self.power(), self.draws, z)
    }
}

impl Panel {
    /// The power of GARP against random choice on the budgets of this panel, from `draws` random
    /// panels. `O(draws T^2 G)`.
    ///
    /// ```
    /// use relata_debreu::revealed::Panel;
    /// use relata_relations::Seed;
    /// // Budgets that do not cross: no purchase violates GARP.
    /// let panel = Panel::from_rows(&[[1.0, 1.0], [2.0, 2.0]], &[[1.0, 1.0], [1.0, 1.0]])?;
    /// assert_eq!(panel.power(100, &mut Seed(0).stream("power")).violations, 0);
    /// # Ok::<(), relata_debreu::revealed::PanelError>(())
    /// ```
    #[must_use]
    pub fn power(&self, draws: usize, stream: &mut Stream) -> BronarsPower {
        let (n, goods) = (self.len(), self.goods());
        let mut violations = 0;
        for _ in 0..draws {
            let mut bundles = Vec::with_capacity(n * goods);
            for t in 0..n {
                // Exponentials, divided by their sum, are uniform on the simplex.
                let parts: Vec<f64> = (0..goods).map(|_| -(1.0 - stream.uniform()).ln()).collect();
                let unit = self.expenditure(t, t) / parts.iter().sum::<f64>();
                bundles.extend(parts.iter().zip(self.prices().row(t)).map(|(e, p)| e * unit / p));
            }
            let random = Points::new(goods, bundles).ok();
            let random = random.and_then(|x| Panel::new(self.prices().clone(), x).ok());
            violations += usize::from(random.is_some_and(|p| p.garp().is_err()));
        }
        BronarsPower { violations, draws }
    }
}
