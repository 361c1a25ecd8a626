//! Quadrature rules: nodes and positive weights for a finite measure.

use crate::points::Points;
use thiserror::Error;

/// A rule `integral of f over mu ~ sum_i w_i f(x_i)` with positive weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Quadrature {
    nodes: Points,
    weights: Vec<f64>,
}

/// Why nodes and weights are not a rule.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum QuadratureError {
    /// Another number of weights than of nodes.
    #[error("{weights} weights were given for {nodes} nodes")]
    Lengths {
        /// Number of nodes.
        nodes: usize,
        /// Number of weights.
        weights: usize,
    },
    /// A weight that is not positive and finite.
    #[error("weight {index} is {value}; weights must be positive and finite")]
    Weight {
        /// The offending weight's number.
        index: usize,
        /// Its value.
        value: f64,
    },
}

impl Quadrature {
    /// A rule from nodes and weights of equal number.
    ///
    /// # Errors
    /// [`QuadratureError`] if the numbers differ or a weight is not positive and finite.
    pub fn new(nodes: Points, weights: Vec<f64>) -> Result<Self, QuadratureError> {
        if nodes.len() != weights.len() {
            return Err(QuadratureError::Lengths { nodes: nodes.len(), weights: weights.len() });
        }
        if let Some(index) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
            return Err(QuadratureError::Weight { index, value: weights[index] });
        }
        Ok(Self { nodes, weights })
    }

    /// The rule that gives each of the points the same weight, `mass / n` in all.
    ///
    /// # Errors
    /// [`QuadratureError::Weight`] if `mass` is not positive and finite.
    pub fn equal_weights(nodes: Points, mass: f64) -> Result<Self, QuadratureError> {
        let n = nodes.len();
        Self::new(nodes, vec![mass / n as f64; n])
    }

    /// Trusted constructor for weights that are positive by construction.
    pub(crate) fn from_positive(nodes: Points, weights: Vec<f64>) -> Self {
        debug_assert!(nodes.len() == weights.len() && weights.iter().all(|w| *w > 0.0 && w.is_finite()));
        Self { nodes, weights }
    }

    /// The nodes, `n x p`.
    #[must_use]
    pub fn nodes(&self) -> &Points {
        &self.nodes
    }

    /// The weights, one per node.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The square roots of the weights.
    #[must_use]
    pub fn sqrt_weights(&self) -> Vec<f64> {
        self.weights.iter().map(|w| w.sqrt()).collect()
    }

    /// Number of nodes, at least 1.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Total mass `sum_i w_i`.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// `sum_i w_i f(x_i)`.
    pub fn integrate(&self, mut f: impl FnMut(&[f64]) -> f64) -> f64 {
        self.nodes.rows().zip(&self.weights).map(|(x, w)| w * f(x)).sum()
    }
}
