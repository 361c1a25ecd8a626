//! Finite sets with weights.

use super::ROUNDED;
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{Covering, Space, SpaceError};
use crate::stream::Stream;
use std::num::NonZeroUsize;

/// Finitely many points of `R^p`, each with a positive weight.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteSet {
    rule: Quadrature,
    /// Partial sums of the weights.
    cumulative: Vec<f64>,
    name: String,
}

impl FiniteSet {
    /// Points with their weights, which need not sum to 1.
    ///
    /// # Errors
    /// [`SpaceError::Quadrature`] if the numbers differ or a weight is not positive and finite.
    pub fn new(points: Points, weights: Vec<f64>) -> Result<Self, SpaceError> {
        Ok(Self::from_rule(Quadrature::new(points, weights)?))
    }

    /// Points with equal weights, a probability.
    #[must_use]
    pub fn uniform(points: Points) -> Self {
        let weights = vec![1.0 / points.len() as f64; points.len()];
        Self::from_rule(Quadrature::from_positive(points, weights))
    }

    /// The numbers `0, .., n - 1` with equal weights: the rows or columns of a matrix.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `n` is 0.
    pub fn indices(n: usize) -> Result<Self, SpaceError> {
        if n == 0 {
            let (value, expected) = (n.to_string(), "at least 1");
            return Err(SpaceError::Parameter {
                space: "finite set",
                parameter: "number of points",
                value,
                expected,
            });
        }
        let mut set = Self::uniform(Points::from_finite(1, (0..n).map(|i| i as f64).collect()));
        set.name = format!("{{0, .., {}}}", n - 1);
        Ok(set)
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &Points {
        self.rule.nodes()
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        self.rule.weights()
    }

    fn from_rule(rule: Quadrature) -> Self {
        let add = |sum: &mut f64, w: &f64| {
            *sum += w;
            Some(*sum)
        };
        let cumulative = rule.weights().iter().scan(0.0, add).collect();
        let name = format!("{} points of R^{}", rule.len(), rule.nodes().dim());
        Self { rule, cumulative, name }
    }
}

impl Space for FiniteSet {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn identity(&self) -> Identity<'_> {
        let shape = [self.dim() as f64];
        let points = Identity::of_value::<Points>(self.points().as_slice(), Vec::new());
        let weights = Identity::of_value::<Quadrature>(self.weights(), Vec::new());
        Identity::of_value::<Self>(shape.to_vec(), vec![points, weights])
    }

    /// Finite sets are.
    fn is_compact(&self) -> bool {
        true
    }

    fn dim(&self) -> usize {
        self.rule.nodes().dim()
    }

    fn axes(&self) -> usize {
        0
    }

    fn mass(&self) -> f64 {
        self.rule.mass()
    }

    /// The points and weights themselves, whatever `n`.
    fn quadrature(&self, _: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        Ok(self.rule.clone())
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        let mut data = Vec::with_capacity(n.get() * self.dim());
        for _ in 0..n.get() {
            self.transport(&[stream.uniform()], &mut data);
        }
        Points::from_finite(self.dim(), data)
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(1)
    }

    /// The quantile function of the weights, in the order of the points.
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        for u in u {
            let total = self.cumulative.last().copied().unwrap_or(0.0);
            let i = self.cumulative.partition_point(|c| *c <= u * total).min(self.cumulative.len() - 1);
            out.extend_from_slice(self.points().row(i));
        }
    }

    /// All points, with radius 0, whatever `n`.
    fn covering(&self, _: NonZeroUsize) -> Result<Covering, SpaceError> {
        Ok(Covering { points: self.points().clone(), radius: 0.0 })
    }

    fn contains(&self, x: &[f64]) -> bool {
        // In the unit of the set, whatever that is.
        let reach = self.points().as_slice().iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let near = |a: &f64, b: &f64| (a - b).abs() <= ROUNDED * reach;
        x.len() == self.dim() && self.points().rows().any(|p| p.iter().zip(x).all(|(a, b)| near(a, b)))
    }
}
