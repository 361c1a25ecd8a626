//! The spaces: intervals, cubes, tori, spheres, simplices, Gaussian spaces, finite sets, and
//! products of these.
//!
//! | space | measure | quadrature with `n` nodes per axis |
//! |---|---|---|
//! | [`Interval`], [`Cube`] | uniform; Lebesgue on request | Gauss-Legendre, degree `2 n - 1` |
//! | [`Torus`] | uniform on `[0, 1)^p` | trapezoid, trigonometric degree `n - 1` |
//! | [`Sphere`] | uniform | trapezoid x Gauss-Gegenbauer, degree `n - 1` |
//! | [`Simplex`] | uniform | conical product of Gauss-Jacobi rules, degree `2 n - 1` |
//! | [`Gaussian`] | `N(0, s^2 I)` | Gauss-Hermite, degree `2 n - 1` |
//! | [`FiniteSet`] | given weights | the points themselves |
//! | [`Product`] | product measure | tensor product of the factors' rules |

mod finite;
mod gaussian;
mod interval;
mod product;
mod simplex;
mod sphere;
mod torus;

pub use finite::FiniteSet;
pub use gaussian::Gaussian;
pub use interval::{Cube, Interval};
pub use product::Product;
pub use simplex::Simplex;
pub use sphere::Sphere;
pub use torus::Torus;

use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{MAX_NODES, Space, SpaceError};

/// Covering radii are rounded up by this factor, so that rounding errors of coordinates do not void
/// them.
const ROUND_UP: f64 = 1.0 + 1e-12;

/// A point counts as one of a space if it is off by no more than this part of the space's size:
/// coordinates that a user computed in another way, or read from a file of ten digits.
const ROUNDED: f64 = 1e-9;

/// `per_axis^axes`, if it is at most [`MAX_NODES`].
fn checked_nodes(space: &dyn Space, per_axis: usize, axes: usize) -> Result<usize, SpaceError> {
    let total = u32::try_from(axes).ok().and_then(|a| per_axis.checked_pow(a)).filter(|t| *t <= MAX_NODES);
    total.ok_or_else(|| SpaceError::TooManyNodes { space: space.name(), per_axis, axes })
}

/// All points whose coordinates are taken from one list, the last coordinate running fastest.
fn grid(values: &[f64], axes: usize) -> Points {
    let total = values.len().pow(axes as u32);
    let mut data = Vec::with_capacity(total * axes);
    for index in 0..total {
        let start = data.len();
        let mut rest = index;
        for _ in 0..axes {
            data.push(values[rest % values.len()]);
            rest /= values.len();
        }
        data[start..].reverse();
    }
    Points::from_finite(axes, data)
}

/// The tensor power of a one-dimensional rule.
fn tensor_rule(nodes: &[f64], weights: &[f64], axes: usize) -> Result<Quadrature, SpaceError> {
    let points = grid(nodes, axes);
    let products = grid(weights, axes);
    // A product of tiny weights may underflow; a weight has to be positive.
    let weights = products.rows().map(|w| w.iter().product::<f64>().max(f64::MIN_POSITIVE)).collect();
    Ok(Quadrature::new(points, weights)?)
}

/// Cell midpoints of `n` equal cells of `[a, b]`.
fn midpoints(a: f64, b: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| a + (b - a) * (i as f64 + 0.5) / n as f64).collect()
}
