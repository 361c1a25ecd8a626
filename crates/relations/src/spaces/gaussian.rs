//! Gaussian space.

use super::{checked_nodes, tensor_rule};
use crate::gauss::gauss_hermite;
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{Covering, Space, SpaceError};
use crate::special::normal_quantile;
use crate::stream::Stream;
use std::num::NonZeroUsize;

/// `R^p` with the normal distribution `N(0, s^2 I)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    p: usize,
    sd: f64,
}

impl Gaussian {
    /// `R^p` with `N(0, I)`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `p` is 0.
    pub fn new(p: usize) -> Result<Self, SpaceError> {
        Self::with_sd(p, 1.0)
    }

    /// `R^p` with `N(0, sd^2 I)`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `p` is 0 or `sd` is not positive and finite.
    pub fn with_sd(p: usize, sd: f64) -> Result<Self, SpaceError> {
        let space = "Gaussian space";
        if p == 0 {
            let value = p.to_string();
            return Err(SpaceError::Parameter {
                space,
                parameter: "dimension",
                value,
                expected: "at least 1",
            });
        }
        if !(sd.is_finite() && sd > 0.0) {
            let value = sd.to_string();
            let (parameter, expected) = ("standard deviation", "positive and finite");
            return Err(SpaceError::Parameter { space, parameter, value, expected });
        }
        Ok(Self { p, sd })
    }

    /// The standard deviation of each coordinate.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.sd
    }
}

impl Space for Gaussian {
    fn name(&self) -> String {
        let identity = if self.p == 1 { String::new() } else { format!(" I_{}", self.p) };
        format!("N(0, {}^2{identity})", self.sd)
    }

    fn identity(&self) -> Identity<'_> {
        Identity::of_value::<Self>(vec![self.p as f64, self.sd], Vec::new())
    }

    fn is_compact(&self) -> bool {
        false
    }

    fn dim(&self) -> usize {
        self.p
    }

    /// Tensor Gauss-Hermite rule: exact for polynomials of degree `2 n - 1` in each coordinate.
    /// Nodes whose weight is not a normal number (beyond 37 standard deviations, from about 370 nodes
    /// on) are left out: they weigh nothing, and relations that grow overflow there.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        checked_nodes(self, n.get(), self.p)?;
        let rule = gauss_hermite(n.get())?;
        let heavy = rule.nodes.iter().zip(&rule.weights).filter(|(_, w)| **w > f64::MIN_POSITIVE);
        let (nodes, weights): (Vec<f64>, Vec<f64>) = heavy.map(|(x, w)| (self.sd * x, *w)).unzip();
        tensor_rule(&nodes, &weights, self.p)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        Points::from_finite(self.p, (0..n.get() * self.p).map(|_| self.sd * stream.normal()).collect())
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(self.p)
    }

    /// The normal quantile function, coordinate by coordinate.
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        out.extend(u.iter().map(|u| self.sd * normal_quantile(*u)));
    }

    fn covering(&self, _: NonZeroUsize) -> Result<Covering, SpaceError> {
        Err(SpaceError::NotCompact { space: self.name() })
    }

    fn contains(&self, x: &[f64]) -> bool {
        x.len() == self.p && x.iter().all(|v| v.is_finite())
    }
}
