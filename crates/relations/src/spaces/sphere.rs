//! Spheres.

use super::{ROUND_UP, ROUNDED};
use crate::enclosure::Enclosure;
use crate::gauss::{GaussRule, gauss_gegenbauer};
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::scale::norm2;
use crate::space::{Covering, MAX_NODES, Space, SpaceError};
use crate::special::normal_quantile;
use crate::stream::Stream;
use std::f64::consts::PI;
use std::num::NonZeroUsize;

/// The unit sphere `S^{D-1}` of `R^D` with the uniform probability; points have `D` coordinates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sphere {
    ambient: usize,
}

impl Sphere {
    /// The unit sphere of `R^ambient`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `ambient < 2`.
    pub fn new(ambient: usize) -> Result<Self, SpaceError> {
        if ambient < 2 {
            let (value, expected) = (ambient.to_string(), "at least 2");
            return Err(SpaceError::Parameter {
                space: "sphere",
                parameter: "ambient dimension",
                value,
                expected,
            });
        }
        Ok(Self { ambient })
    }

    /// The unit circle of the plane.
    #[must_use]
    pub fn circle() -> Self {
        Self { ambient: 2 }
    }

    /// Nodes on each axis, as in the quadrature: polar axes need half as many as the circle.
    fn polar_nodes(n: usize) -> usize {
        n.div_ceil(2)
    }
}

impl Space for Sphere {
    fn name(&self) -> String {
        format!("S^{}", self.ambient - 1)
    }

    fn identity(&self) -> Identity<'_> {
        Identity::of_value::<Self>(vec![self.ambient as f64], Vec::new())
    }

    fn dim(&self) -> usize {
        self.ambient
    }

    fn axes(&self) -> usize {
        self.ambient - 1
    }

    /// Trapezoid rule of `n` nodes around the last two coordinates, Gauss-Gegenbauer rules of
    /// `ceil(n / 2)` nodes on the others: exact for polynomials of degree `n - 1`.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        let (n, polar) = (n.get(), Self::polar_nodes(n.get()));
        let total = (2..self.ambient).try_fold(n, |t, _| t.checked_mul(polar)).filter(|t| *t <= MAX_NODES);
        if total.is_none() {
            let axes = self.ambient - 1;
            return Err(SpaceError::TooManyNodes { space: self.name(), per_axis: n, axes });
        }
        // From the circle outwards: x = (t, sqrt(1 - t^2) x') with x' on the sphere one dimension
        // lower. The circle starts at half a step, so that no node lies on an axis.
        let mut rows: Vec<(Vec<f64>, f64)> = (0..n)
            .map(|i| {
                let angle = 2.0 * PI * (i as f64 + 0.5) / n as f64;
                (vec![angle.cos(), angle.sin()], 1.0 / n as f64)
            })
            .collect();
        for dimension in 3..=self.ambient {
            let GaussRule { nodes, weights } = gauss_gegenbauer(polar, (dimension as f64 - 2.0) / 2.0)?;
            let lift = |(t, w): (&f64, &f64)| {
                let s = ((1.0 - t) * (1.0 + t)).sqrt();
                let lifted = rows.iter().map(|(x, v)| {
                    let row = std::iter::once(*t).chain(x.iter().map(|c| s * c)).collect::<Vec<f64>>();
                    (row, w * v)
                });
                lifted.collect::<Vec<_>>()
            };
            rows = nodes.iter().zip(&weights).flat_map(lift).collect();
        }
        let weights = rows.iter().map(|(_, w)| *w).collect();
        let data = rows.into_iter().flat_map(|(x, _)| x).collect();
        Ok(Quadrature::new(Points::from_finite(self.ambient, data), weights)?)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        let mut data = Vec::with_capacity(n.get() * self.ambient);
        for _ in 0..n.get() {
            let x: Vec<f64> = (0..self.ambient).map(|_| stream.normal()).collect();
            push_normalised(&mut data, &x);
        }
        Points::from_finite(self.ambient, data)
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(if self.ambient <= 3 { self.ambient - 1 } else { self.ambient })
    }

    /// The circle by its angle, `S^2` by height and angle, higher spheres by normalised Gaussian
    /// points.
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        match u {
            [a] => out.extend([(2.0 * PI * a).cos(), (2.0 * PI * a).sin()]),
            [h, a] => {
                let z = 2.0 * h - 1.0;
                let s = ((1.0 - z) * (1.0 + z)).sqrt();
                out.extend([z, s * (2.0 * PI * a).cos(), s * (2.0 * PI * a).sin()]);
            }
            _ => {
                let x: Vec<f64> = u.iter().map(|v| normal_quantile(*v)).collect();
                push_normalised(out, &x);
            }
        }
    }

    /// On the circle `n` equal arcs; on `S^2` `n` bands of equal height in the polar angle, each
    /// cut into cells about as wide as they are high.
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        let n = n.get();
        match self.ambient {
            2 if n <= MAX_NODES => {
                let angles = (0..n).map(|i| 2.0 * PI * (i as f64 + 0.5) / n as f64);
                let data = angles.flat_map(|a| [a.cos(), a.sin()]).collect();
                let radius = 2.0 * (PI / (2.0 * n as f64)).sin();
                Ok(Covering { points: Points::from_finite(2, data), radius: radius * ROUND_UP })
            }
            3 if n.checked_mul(2 * n).is_some_and(|t| t <= MAX_NODES) => Ok(cover_two_sphere(n)),
            2 | 3 => {
                Err(SpaceError::TooManyNodes { space: self.name(), per_axis: n, axes: self.ambient - 1 })
            }
            _ => Err(SpaceError::NoCovering { space: self.name() }),
        }
    }

    /// Polar angles, and one angle around, as in [`Space::quadrature`]; a little more than a full
    /// turn.
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        let mut ranges = vec![(0.0, PI.next_up()); self.ambient - 2];
        ranges.push((0.0, (2.0 * PI).next_up()));
        Some(ranges)
    }

    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        let mut rest = Enclosure::constant(1.0);
        let mut x = Vec::with_capacity(self.ambient);
        for a in parameters {
            x.push(rest * a.cos());
            rest = rest * a.sin();
        }
        x.push(rest);
        x
    }

    fn contains(&self, x: &[f64]) -> bool {
        x.len() == self.ambient && (norm2(x.iter().copied()) - 1.0).abs() < ROUNDED
    }
}

/// Points with polar angle `a` and azimuth `f` have squared distance
/// `4 sin^2((a - a') / 2) + 4 sin a sin a' sin^2((f - f') / 2)`, which bounds the radius of every
/// cell.
fn cover_two_sphere(n: usize) -> Covering {
    let height = PI / n as f64;
    let mut data = Vec::new();
    let mut radius = 0.0f64;
    for band in 0..n {
        let (low, mid, high) =
            (band as f64 * height, (band as f64 + 0.5) * height, (band as f64 + 1.0) * height);
        let widest = if low <= PI / 2.0 && high >= PI / 2.0 { 1.0 } else { low.sin().max(high.sin()) };
        let cells = ((2.0 * n as f64 * widest).ceil() as usize).max(1);
        for i in 0..cells {
            let azimuth = 2.0 * PI * (i as f64 + 0.5) / cells as f64;
            data.extend([mid.cos(), mid.sin() * azimuth.cos(), mid.sin() * azimuth.sin()]);
        }
        let across = (PI / (2.0 * cells as f64)).sin();
        let square = 4.0 * (height / 4.0).sin().powi(2) + 4.0 * mid.sin() * widest * across * across;
        radius = radius.max(square.sqrt());
    }
    Covering { points: Points::from_finite(3, data), radius: radius * ROUND_UP }
}

/// Appends `x / |x|`; a vector without a direction counts as the first axis.
fn push_normalised(data: &mut Vec<f64>, x: &[f64]) {
    let norm = norm2(x.iter().copied());
    let direction = |(i, v): (usize, &f64)| if norm > 0.0 { v / norm } else { f64::from(u8::from(i == 0)) };
    data.extend(x.iter().enumerate().map(direction));
}
