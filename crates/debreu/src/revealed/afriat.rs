//! Afriat's numbers and the concave utility they define.
//!
//! Under GARP there are `U_t` and `lambda_t > 0` with `U_s <= U_t + lambda_t p_t . (x_s - x_t)` for
//! all `s, t` (S. Afriat, *The construction of utility functions from expenditure data*, 1967).
//! Then `u(x) = min_t U_t + lambda_t p_t . (x - x_t)` is continuous, concave, increasing, piecewise
//! linear, and each `x_t` maximises it on its budget. The numbers are found without a linear
//! program, by going through the classes of revealed preference from the best downward (H. Varian,
//! 1982).

use crate::finite::dense::components;
use crate::revealed::axioms::RevealedCycle;
use crate::revealed::panel::{Left, Panel};
use thiserror::Error;

/// Afriat's numbers with the panel they explain.
#[derive(Clone, Debug, PartialEq)]
pub struct AfriatUtility {
    prices: Vec<Vec<f64>>,
    // U_t - lambda_t p_t . x_t
    intercepts: Vec<f64>,
    utilities: Vec<f64>,
    multipliers: Vec<f64>,
    worst_violation: f64,
}

/// Why there are no Afriat numbers.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum AfriatError {
    /// GARP fails.
    #[error(transparent)]
    Garp(#[from] RevealedCycle),
    /// The numbers exceed floating point.
    #[error("the multipliers exceed floating point after {classes} classes of revealed preference")]
    Overflow {
        /// Number of classes done.
        classes: usize,
    },
}

impl Panel {
    /// Afriat's numbers. `O(T^2 G)` for `G` goods, after the test of GARP.
    ///
    /// # Errors
    /// [`AfriatError::Garp`] with the violating cycle; [`AfriatError::Overflow`]: multipliers can
    /// grow exponentially in the number of classes.
    pub fn afriat(&self) -> Result<AfriatUtility, AfriatError> {
        self.garp()?;
        let n = self.len();
        let components = components(self.affordable());
        let mut members = vec![Vec::new(); components.count];
        components.of.iter().enumerate().for_each(|(t, &c)| members[c as usize].push(t));
        // p_t . (x_s - x_t) as a share of p_t . x_t: the scale of an observation's prices does not
        // matter. Multipliers are in units of one over the expenditure until the end.
        let cost = |t: usize, s: usize| match self.left(t, s) {
            Left::Exact(share) => -share,
            Left::Rounded(amount) => -amount / self.expenditure(t, t),
        };
        let (mut utilities, mut multipliers) = (vec![0.0f64; n], vec![1.0f64; n]);
        let mut done: Vec<usize> = Vec::new();
        for (classes, class) in members.iter().enumerate() {
            let mut u = f64::INFINITY;
            for &m in class {
                for &s in &done {
                    u = u.min(utilities[s]).min(utilities[s] + multipliers[s] * cost(s, m));
                }
            }
            if done.is_empty() {
                u = 0.0;
            }
            for &m in class {
                // Bundles done are not revealed worse than `m`, so they were out of reach: the
                // costs are positive.
                let slopes = done.iter().map(|&s| (utilities[s] - u) / cost(m, s));
                multipliers[m] = slopes.fold(1.0, f64::max);
                utilities[m] = u;
                if !(u.is_finite() && multipliers[m].is_finite()) {
                    return Err(AfriatError::Overflow { classes });
                }
            }
            done.extend(class);
        }
        let mut worst_violation = 0.0f64;
        for t in 0..n {
            for s in 0..n {
                let rise = multipliers[t] * cost(t, s);
                let scale = utilities[s].abs().max(utilities[t].abs()).max(rise.abs()).max(f64::MIN_POSITIVE);
                worst_violation = worst_violation.max((utilities[s] - utilities[t] - rise) / scale);
            }
        }
        // Utilities may be multiplied by any number: by the one that brings the least multiplier to
        // 1.
        let least = (0..n).map(|t| multipliers[t] / self.expenditure(t, t)).fold(f64::INFINITY, f64::min);
        let mut intercepts = Vec::with_capacity(n);
        for t in 0..n {
            intercepts.push((utilities[t] - multipliers[t]) / least);
            utilities[t] /= least;
            multipliers[t] = (multipliers[t] / self.expenditure(t, t) / least).max(1.0);
            if !(intercepts[t].is_finite() && multipliers[t].is_finite()) {
                return Err(AfriatError::Overflow { classes: components.count });
            }
        }
        let prices = self.prices().rows().map(<[f64]>::to_vec).collect();
        Ok(AfriatUtility { prices, intercepts, utilities, multipliers, worst_violation })
    }
}

impl AfriatUtility {
    /// `U_t`.
    #[must_use]
    pub fn utilities(&self) -> &[f64] {
        &self.utilities
    }

    /// `lambda_t`, at least 1.
    #[must_use]
    pub fn multipliers(&self) -> &[f64] {
        &self.multipliers
    }

    /// The largest violation of an inequality, relative to the numbers in it: rounding.
    #[must_use]
    pub fn worst_violation(&self) -> f64 {
        self.worst_violation
    }

    /// The utility of a bundle, `min_t U_t + lambda_t p_t . (x - x_t)`; `None` for another number
    /// of goods.
    #[must_use]
    pub fn value(&self, bundle: &[f64]) -> Option<f64> {
        if self.prices.first().is_none_or(|p| p.len() != bundle.len()) {
            return None;
        }
        let pieces = self.prices.iter().zip(&self.multipliers).zip(&self.intercepts);
        let value = |((p, l), a): ((&Vec<f64>, &f64), &f64)| {
            a + l * p.iter().zip(bundle).map(|(p, x)| p * x).sum::<f64>()
        };
        Some(pieces.map(value).fold(f64::INFINITY, f64::min))
    }
}
