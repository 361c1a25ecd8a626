//! Zonal kernels as sums of ridge functions.
//!
//! With `Z_l` the reproducing kernel of the spherical harmonics of degree `l` and a rule on the
//! sphere with nodes `w_q` and weights `v_q` that is exact to degree `2 L`,
//! `sum_q v_q Z_l(x, w_q) Z_m(w_q, y)` is `Z_l(x, y)` if `l = m <= L` and 0 otherwise. So
//! `sum_{l <= L} s_l Z_l(x, y) = sum_q v_q g(<w_q, x>) g(<w_q, y>)` with `g = sum_l sqrt(s_l) Z_l`
//! (derived here; Funk and Hecke for the eigenvalues `s_l`).

use crate::enclosure::{Bracket, Enclosure};
use crate::ridges::{RidgeFeatures, Ridges};
use crate::space::Space;
use crate::spaces::Sphere;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Directions beyond which no sum is made.
const MAX_DIRECTIONS: usize = 1 << 14;

/// Rounding of nodes, weights and eigenvalues, as a part of the largest value.
const SLACK: f64 = 4e-12;

/// Features of a positive semidefinite kernel on the sphere of `R^D` with the largest value `size`,
/// given the eigenvalue and multiplicity of each degree up to one beyond which nothing is left.
/// `None` on the circle, which has one parameter.
pub(super) fn zonal_ridges(ambient: usize, terms: &[(f64, f64)], size: f64, tail: f64) -> Option<Ridges> {
    let slack = SLACK * size;
    if ambient < 3 {
        return None;
    }
    // What degrees from l on add up to on the diagonal, where every harmonic is largest.
    let mut left = vec![0.0; terms.len() + 1];
    for (l, (value, copies)) in terms.iter().enumerate().rev() {
        left[l] = left[l + 1] + value * copies;
    }
    let count = left.iter().position(|rest| rest * (1.0 + 1e-9) + slack <= tail)?;
    let rule = Sphere::new(ambient).ok()?;
    let nodes = NonZeroUsize::new((2 * count).saturating_sub(1).max(1))?;
    let directions = (nodes.get() as f64) * (nodes.get().div_ceil(2) as f64).powi(ambient as i32 - 2);
    if directions > MAX_DIRECTIONS as f64 {
        return None;
    }
    let rule = rule.quadrature(nodes).ok()?;
    let roots: Vec<f64> = terms[..count].iter().map(|(value, _)| value.max(0.0).sqrt()).collect();
    let profile = Arc::new(Gegenbauer::new(0.5 * ambient as f64 - 1.0, &roots));
    let rank = rule.weights().len();
    let mut features = RidgeFeatures::new(vec![0.0; rank]).within((size * (1.0 + 1e-9)).sqrt()).ok()?;
    for (q, (w, v)) in rule.nodes().rows().zip(rule.weights()).enumerate() {
        let (profile, root) = (profile.clone(), v.sqrt());
        let f = move |t: Enclosure| profile.enclose(t) * root;
        features = features.with(w.to_vec(), (-1.0, 1.0), vec![(q, Arc::new(f))]).ok()?;
    }
    Ridges::shared(features, left[count] * (1.0 + 1e-9) + slack).ok()
}

/// `sum_l a_l C_l^alpha(t)` on `[-1, 1]`, in Gegenbauer polynomials.
struct Gegenbauer {
    alpha: f64,
    coefficients: Vec<f64>,
    /// The largest magnitude of the third derivative: Gegenbauer polynomials and their derivatives
    /// are largest at 1.
    third: f64,
}

impl Gegenbauer {
    /// `sum_l root_l Z_l`, with `Z_l = (l + alpha) / alpha C_l^alpha`.
    fn new(alpha: f64, roots: &[f64]) -> Self {
        let coefficients = roots.iter().enumerate().map(|(l, r)| r * (l as f64 + alpha) / alpha).collect();
        let mut g = Self { alpha, coefficients, third: 0.0 };
        g.third = g.derivative(3, 1.0).magnitude();
        g
    }

    /// The derivative of that order:
    /// `d^k C_l^alpha = 2^k alpha (alpha + 1) .. (alpha + k - 1) C_{l-k}^{alpha+k}`.
    fn derivative(&self, order: usize, t: f64) -> Bracket {
        let t = Bracket::point(t);
        let beta = Bracket::point(self.alpha) + Bracket::point(order as f64);
        let factor = (0..order).fold(Bracket::point(1.0), |f, i| {
            f * (Bracket::point(self.alpha) + Bracket::point(i as f64)) * 2.0
        });
        let (mut before, mut here) = (Bracket::ZERO, Bracket::point(1.0));
        let mut sum = Bracket::ZERO;
        for (n, a) in self.coefficients.iter().skip(order).enumerate() {
            sum = sum + here * *a;
            // (n + 1) C_{n+1} = 2 (n + beta) t C_n - (n + 2 beta - 1) C_{n-1}
            let m = n as f64;
            let next = (t * here * (beta + Bracket::point(m)) * 2.0
                - before * (beta * 2.0 + Bracket::point(m - 1.0)))
                * Bracket::point(m + 1.0).recip();
            (before, here) = (here, next);
        }
        sum * factor
    }

    /// By Taylor's theorem at the middle of the values of `t`.
    fn enclose(&self, t: Enclosure) -> Enclosure {
        let v = t.value();
        let Some(m) = v.middle().filter(|_| v.magnitude() <= 1.0) else {
            return t.compose(Bracket::LINE, Bracket::LINE, Bracket::LINE);
        };
        let radius = v.radius();
        let near = |at: Bracket, slope: f64| at + Bracket::new(-radius, radius) * slope;
        let second = near(self.derivative(2, m), self.third);
        let first = near(self.derivative(1, m), second.magnitude());
        let value = near(self.derivative(0, m), first.magnitude());
        t.compose(value, first, second)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn polynomials_and_their_derivatives() {
        // alpha = 1/2: 0.3 P_0 + 0.5 (3/2 t^2 - 1/2) + 0.2 (5/2 t^3 - 3/2 t), with Z_l = (2 l + 1)
        // P_l.
        let g = Gegenbauer::new(0.5, &[0.3, 0.0, 0.1, 0.2 / 7.0]);
        let at = |t: f64| 0.3 + 0.5 * (1.5 * t * t - 0.5) + 0.2 * (2.5 * t * t * t - 1.5 * t);
        for t in [-1.0, -0.3, 0.0, 0.7, 1.0] {
            let second = 1.5 + 3.0 * t;
            let own = [g.derivative(0, t), g.derivative(1, t), g.derivative(2, t), g.derivative(3, t)];
            for (b, v) in own.iter().zip([at(t), 1.5 * t + 1.5 * t * t - 0.3, second, 3.0]) {
                assert!((b.middle().unwrap() - v).abs() < 1e-13 && b.radius() < 1e-13, "{b:?} {v}");
            }
        }
        let e = g.enclose(Enclosure::variable(0, 0.2, 0.4));
        for i in 0..=20 {
            assert!(e.value().contains(at(0.2 + 0.01 * f64::from(i))));
        }
        // Second derivatives 2.1 to 2.7, times the squared width.
        assert!(e.curvature(0).contains(0.04 * 2.1) && e.curvature(0).contains(0.04 * 2.7));
        assert!(e.curvature(0).magnitude() < 0.04 * 2.7 * 1.001);
    }
}
