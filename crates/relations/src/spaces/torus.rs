//! The torus.

use super::{ROUND_UP, ROUNDED, checked_nodes, grid, midpoints, tensor_rule};
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{Covering, Space, SpaceError};
use crate::stream::Stream;
use std::num::NonZeroUsize;

/// `[0, 1)^p` with opposite sides identified and the uniform probability.
///
/// Distances (coverings, Lipschitz constants) are those of the coordinates in `R^p`, not around the
/// torus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torus {
    p: usize,
}

impl Torus {
    /// The torus of dimension `p`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `p` is 0.
    pub fn new(p: usize) -> Result<Self, SpaceError> {
        if p == 0 {
            let value = p.to_string();
            return Err(SpaceError::Parameter {
                space: "torus",
                parameter: "dimension",
                value,
                expected: "at least 1",
            });
        }
        Ok(Self { p })
    }

    /// The circle `[0, 1)`.
    #[must_use]
    pub fn circle() -> Self {
        Self { p: 1 }
    }

    /// The trapezoid rule shifted by `offset` steps: nodes `(i + offset) / n` in each coordinate.
    /// Half a step keeps the nodes of `x` and `y` apart at a jump on the diagonal.
    ///
    /// # Errors
    /// [`SpaceError::TooManyNodes`]; [`SpaceError::Parameter`] unless `0 <= offset < 1`.
    pub fn shifted_quadrature(&self, n: NonZeroUsize, offset: f64) -> Result<Quadrature, SpaceError> {
        if !(0.0..1.0).contains(&offset) {
            let value = offset.to_string();
            return Err(SpaceError::Parameter {
                space: "torus",
                parameter: "offset",
                value,
                expected: "in [0, 1)",
            });
        }
        checked_nodes(self, n.get(), self.p)?;
        let nodes: Vec<f64> = (0..n.get()).map(|i| (i as f64 + offset) / n.get() as f64).collect();
        tensor_rule(&nodes, &vec![1.0 / n.get() as f64; n.get()], self.p)
    }
}

impl Space for Torus {
    fn name(&self) -> String {
        if self.p == 1 { "torus".into() } else { format!("torus^{}", self.p) }
    }

    fn identity(&self) -> Identity<'_> {
        Identity::of_value::<Self>(vec![self.p as f64], Vec::new())
    }

    fn period(&self) -> Option<f64> {
        Some(1.0)
    }

    fn dim(&self) -> usize {
        self.p
    }

    /// Trapezoid rule: exact for trigonometric polynomials of degree `n - 1` in each coordinate.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        self.shifted_quadrature(n, 0.0)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        Points::from_finite(self.p, (0..n.get() * self.p).map(|_| stream.uniform()).collect())
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(self.p)
    }

    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        out.extend_from_slice(u);
    }

    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        checked_nodes(self, n.get(), self.p)?;
        let points = grid(&midpoints(0.0, 1.0, n.get()), self.p);
        Ok(Covering { points, radius: (self.p as f64).sqrt() / (2.0 * n.get() as f64) * ROUND_UP })
    }

    /// The closed cube: its upper faces belong to the closure.
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        Some(vec![(0.0, 1.0); self.p])
    }

    fn contains(&self, x: &[f64]) -> bool {
        x.len() == self.p && x.iter().all(|v| *v >= -ROUNDED && *v <= 1.0 + ROUNDED)
    }
}
