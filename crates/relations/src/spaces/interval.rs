//! Intervals and cubes.

use super::{ROUND_UP, ROUNDED, checked_nodes, grid, midpoints, tensor_rule};
use crate::gauss::gauss_legendre;
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{Covering, Space, SpaceError};
use crate::stream::Stream;
use std::num::NonZeroUsize;

/// `[a, b]` with the uniform probability or with Lebesgue measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    cube: Cube,
}

/// `[a, b]^p` with the uniform probability or with Lebesgue measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Cube {
    p: usize,
    a: f64,
    b: f64,
    lebesgue: Lebesgue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lebesgue {
    Normalised,
    Full,
}

impl Interval {
    /// `[a, b]` with the uniform probability.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] unless `a < b`, both finite.
    pub fn new(a: f64, b: f64) -> Result<Self, SpaceError> {
        Ok(Self { cube: cube("interval", 1, a, b, Lebesgue::Normalised)? })
    }

    /// `[a, b]` with Lebesgue measure, of mass `b - a`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] unless `a < b`, both finite.
    pub fn lebesgue(a: f64, b: f64) -> Result<Self, SpaceError> {
        Ok(Self { cube: cube("interval", 1, a, b, Lebesgue::Full)? })
    }

    /// The unit interval with the uniform probability.
    #[must_use]
    pub fn unit() -> Self {
        Self { cube: Cube { p: 1, a: 0.0, b: 1.0, lebesgue: Lebesgue::Normalised } }
    }

    /// The ends `(a, b)`.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        (self.cube.a, self.cube.b)
    }
}

impl Cube {
    /// `[a, b]^p` with the uniform probability.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] unless `p >= 1` and `a < b`, both finite.
    pub fn new(p: usize, a: f64, b: f64) -> Result<Self, SpaceError> {
        cube("cube", p, a, b, Lebesgue::Normalised)
    }

    /// `[a, b]^p` with Lebesgue measure, of mass `(b - a)^p`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] unless `p >= 1` and `a < b`, both finite.
    pub fn lebesgue(p: usize, a: f64, b: f64) -> Result<Self, SpaceError> {
        cube("cube", p, a, b, Lebesgue::Full)
    }

    /// The ends `(a, b)` of each edge.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        (self.a, self.b)
    }
}

fn cube(space: &'static str, p: usize, a: f64, b: f64, lebesgue: Lebesgue) -> Result<Cube, SpaceError> {
    if p == 0 {
        let value = p.to_string();
        return Err(SpaceError::Parameter { space, parameter: "dimension", value, expected: "at least 1" });
    }
    if !(a.is_finite() && b.is_finite() && a < b && (b - a).is_finite()) {
        let value = format!("[{a}, {b}]");
        return Err(SpaceError::Parameter {
            space,
            parameter: "ends",
            value,
            expected: "finite, the left below the right",
        });
    }
    let cube = Cube { p, a, b, lebesgue };
    if !cube.mass().is_normal() {
        let value = format!("[{a}, {b}]^{p} of mass {}", cube.mass());
        let expected = "such that the mass neither overflows nor underflows";
        return Err(SpaceError::Parameter { space, parameter: "ends", value, expected });
    }
    Ok(cube)
}

impl Space for Cube {
    fn name(&self) -> String {
        let power = if self.p == 1 { String::new() } else { format!("^{}", self.p) };
        let measure = if self.lebesgue == Lebesgue::Full { " (Lebesgue)" } else { "" };
        format!("[{}, {}]{power}{measure}", self.a, self.b)
    }

    fn identity(&self) -> Identity<'_> {
        let full = f64::from(u8::from(self.lebesgue == Lebesgue::Full));
        Identity::of_value::<Self>(vec![self.p as f64, self.a, self.b, full], Vec::new())
    }

    fn dim(&self) -> usize {
        self.p
    }

    fn mass(&self) -> f64 {
        match self.lebesgue {
            Lebesgue::Normalised => 1.0,
            Lebesgue::Full => (0..self.p).map(|_| self.b - self.a).product(),
        }
    }

    /// Tensor Gauss-Legendre rule: exact for polynomials of degree `2 n - 1` in each coordinate.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        checked_nodes(self, n.get(), self.p)?;
        let rule = gauss_legendre(n.get())?;
        let (sum, half) = (self.a + self.b, 0.5 * (self.b - self.a));
        // The mean of two huge ends does not overflow.
        let centre = if sum.is_finite() { 0.5 * sum } else { 0.5 * self.a + 0.5 * self.b };
        let nodes: Vec<f64> = rule.nodes.iter().map(|x| centre + half * x).collect();
        let edge = if self.lebesgue == Lebesgue::Full { self.b - self.a } else { 1.0 };
        let weights: Vec<f64> = rule.weights.iter().map(|w| w * edge).collect();
        tensor_rule(&nodes, &weights, self.p)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        let data = (0..n.get() * self.p).map(|_| stream.uniform_in(self.a, self.b)).collect();
        Points::from_finite(self.p, data)
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(self.p)
    }

    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        out.extend(u.iter().map(|u| self.a + (self.b - self.a) * u));
    }

    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        checked_nodes(self, n.get(), self.p)?;
        let points = grid(&midpoints(self.a, self.b, n.get()), self.p);
        let radius = (self.p as f64).sqrt() * (self.b - self.a) / (2.0 * n.get() as f64) * ROUND_UP;
        Ok(Covering { points, radius })
    }

    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        Some(vec![(self.a, self.b); self.p])
    }

    fn contains(&self, x: &[f64]) -> bool {
        let slack = ROUNDED * (self.b - self.a);
        x.len() == self.p && x.iter().all(|v| *v >= self.a - slack && *v <= self.b + slack)
    }
}

impl Space for Interval {
    fn name(&self) -> String {
        self.cube.name()
    }

    fn identity(&self) -> Identity<'_> {
        self.cube.identity()
    }

    fn dim(&self) -> usize {
        1
    }

    fn mass(&self) -> f64 {
        self.cube.mass()
    }

    /// Gauss-Legendre rule: exact for polynomials of degree `2 n - 1`.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        self.cube.quadrature(n)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        self.cube.sample(n, stream)
    }

    fn transport_axes(&self) -> Option<usize> {
        self.cube.transport_axes()
    }

    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        self.cube.transport(u, out);
    }

    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        self.cube.covering(n)
    }

    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        self.cube.parameters()
    }

    fn contains(&self, x: &[f64]) -> bool {
        self.cube.contains(x)
    }
}
