//! The probability simplex.

use super::{ROUND_UP, ROUNDED, checked_nodes};
use crate::enclosure::Enclosure;
use crate::gauss::gauss_jacobi;
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::space::{Covering, MAX_NODES, Space, SpaceError};
use crate::stream::Stream;
use std::num::NonZeroUsize;

/// Probability vectors `p_1 + .. + p_k = 1`, all `p_i >= floor`, with the uniform probability;
/// points have `k` coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Simplex {
    categories: usize,
    floor: f64,
}

impl Simplex {
    /// All probability vectors of `k` categories.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `k < 2`.
    pub fn new(k: usize) -> Result<Self, SpaceError> {
        Self::truncated(k, 0.0)
    }

    /// The probability vectors of `k` categories whose entries are all at least `floor`.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if `k < 2` or not `0 <= floor < 1 / k`.
    pub fn truncated(k: usize, floor: f64) -> Result<Self, SpaceError> {
        let space = "simplex";
        if k < 2 {
            let value = k.to_string();
            return Err(SpaceError::Parameter {
                space,
                parameter: "categories",
                value,
                expected: "at least 2",
            });
        }
        if !(floor >= 0.0 && floor * (k as f64) < 1.0) {
            let value = floor.to_string();
            return Err(SpaceError::Parameter {
                space,
                parameter: "floor",
                value,
                expected: "in [0, 1 / categories)",
            });
        }
        Ok(Self { categories: k, floor })
    }

    /// The smallest entry allowed.
    #[must_use]
    pub fn floor(&self) -> f64 {
        self.floor
    }

    /// Carries the full simplex to the truncated one.
    fn shrink(&self, q: f64) -> f64 {
        self.floor + (1.0 - self.categories as f64 * self.floor) * q
    }

    /// Breaks a stick: `p_1 = t_1`, `p_2 = (1 - t_1) t_2`, .., the last entry is what remains.
    fn push_broken_stick(&self, data: &mut Vec<f64>, breaks: impl Iterator<Item = f64>) {
        let mut rest = 1.0;
        for t in breaks {
            data.push(self.shrink(rest * t));
            rest *= 1.0 - t;
        }
        data.push(self.shrink(rest));
    }
}

impl Space for Simplex {
    fn name(&self) -> String {
        let floor = if self.floor > 0.0 { format!(", p_i >= {}", self.floor) } else { String::new() };
        format!("simplex({} categories{floor})", self.categories)
    }

    fn identity(&self) -> Identity<'_> {
        Identity::of_value::<Self>(vec![self.categories as f64, self.floor], Vec::new())
    }

    fn dim(&self) -> usize {
        self.categories
    }

    fn axes(&self) -> usize {
        self.categories - 1
    }

    /// Conical product rule with `n^(k-1)` nodes (Stroud 1971): exact for polynomials of degree
    /// `2 n - 1`.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        let axes = self.categories - 1;
        let total = checked_nodes(self, n.get(), axes)?;
        // Break j of the stick has density proportional to (1 - t)^(k - 1 - j).
        let rules = (1..=axes)
            .map(|j| gauss_jacobi(n.get(), (axes - j) as f64, 0.0))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut data, mut weights) =
            (Vec::with_capacity(total * self.categories), Vec::with_capacity(total));
        let mut breaks = vec![0.0; axes];
        for index in 0..total {
            let (mut rest, mut weight) = (index, 1.0);
            for j in (0..axes).rev() {
                let i = rest % n.get();
                rest /= n.get();
                breaks[j] = 0.5 * (1.0 + rules[j].nodes[i]);
                weight *= rules[j].weights[i];
            }
            self.push_broken_stick(&mut data, breaks.iter().copied());
            weights.push(weight.max(f64::MIN_POSITIVE));
        }
        Ok(Quadrature::new(Points::from_finite(self.categories, data), weights)?)
    }

    /// Normalised exponential variables.
    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        let mut data = Vec::with_capacity(n.get() * self.categories);
        for _ in 0..n.get() {
            let e: Vec<f64> = (0..self.categories).map(|_| -libm::log1p(-stream.uniform())).collect();
            let sum: f64 = e.iter().sum();
            // The sum is 0 only if every draw is exactly 0; the centre then stands in.
            let share = |v: &f64| if sum > 0.0 { v / sum } else { 1.0 / self.categories as f64 };
            data.extend(e.iter().map(|v| self.shrink(share(v))));
        }
        Points::from_finite(self.categories, data)
    }

    fn transport_axes(&self) -> Option<usize> {
        Some(self.categories - 1)
    }

    /// Breaks of a stick by inverse distribution functions, `t_j = 1 - (1 - u)^(1 / (k - j))`.
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        let breaks = u.iter().enumerate().map(|(j, v)| 1.0 - (1.0 - v).powf(1.0 / (u.len() - j) as f64));
        self.push_broken_stick(out, breaks);
    }

    /// The vectors with all entries a multiple of `1 / (n - 1)` (before truncation); their covering
    /// radius is that of the lattice `A_{k-1}`, `sqrt(a b / k)` with `a + b = k` halved as evenly
    /// as possible (Conway and Sloane 1999, ch. 4).
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        let (k, steps) = (self.categories, (n.get() - 1).max(1));
        // binomial(steps + k - 1, k - 1) points; each partial product below is itself a binomial
        // coefficient.
        let count = (1..k).try_fold(1usize, |c, i| Some(c.checked_mul(steps + i)? / i));
        if count.is_none_or(|c| c > MAX_NODES) {
            return Err(SpaceError::TooManyNodes { space: self.name(), per_axis: n.get(), axes: k - 1 });
        }
        let mut data = Vec::new();
        let mut parts = vec![0; k];
        parts[k - 1] = steps;
        loop {
            data.extend(parts.iter().map(|m| self.shrink(*m as f64 / steps as f64)));
            if !next_composition(&mut parts) {
                break;
            }
        }
        let (a, b) = ((k / 2) as f64, k.div_ceil(2) as f64);
        let scale = (1.0 - k as f64 * self.floor) / steps as f64;
        let radius = scale * (a * b / k as f64).sqrt() * ROUND_UP;
        Ok(Covering { points: Points::from_finite(k, data), radius })
    }

    /// Breaks of a stick.
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        Some(vec![(0.0, 1.0); self.categories - 1])
    }

    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        let share = 1.0 - self.categories as f64 * self.floor;
        let mut rest = Enclosure::constant(share);
        let mut p = Vec::with_capacity(self.categories);
        for t in parameters {
            p.push(rest * *t + self.floor);
            rest = rest * (-*t + 1.0);
        }
        p.push(rest + self.floor);
        p
    }

    /// One entry grows, the others shrink by as much in all.
    fn stretch(&self) -> f64 {
        std::f64::consts::SQRT_2
    }

    fn contains(&self, x: &[f64]) -> bool {
        x.len() == self.categories
            && x.iter().all(|v| *v >= self.floor - ROUNDED && *v <= 1.0 + ROUNDED)
            && (x.iter().sum::<f64>() - 1.0).abs() < ROUNDED
    }
}

/// The next vector of nonnegative integers with the same sum, in lexicographic order; false after
/// the last.
fn next_composition(parts: &mut [usize]) -> bool {
    let last = parts.len() - 1;
    let Some(i) = (1..=last).rev().find(|&i| parts[i] > 0) else { return false };
    let moved = parts[i];
    parts[i] = 0;
    parts[i - 1] += 1;
    parts[last] = moved - 1;
    true
}
