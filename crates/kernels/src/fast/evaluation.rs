//! A profile made ready for vectors: kernel values from squared distances or dot products.

use super::exp::ScaledPower;
use super::profile::{KernelProfile, Kind, Shape};
use super::real::Real;
use pulp::Simd;
use relata_relations::catalogue::MaternOrder;
use std::f64::consts::LOG2_E;

/// The constants of a profile whose length-scale is near 1 in registers, so that none is worked out
/// where the values are.
pub(super) struct Evaluation<T: Real, S: Simd> {
    s: S,
    kind: Kind,
    /// For the kernels with an exponential.
    power: ScaledPower<T, S>,
    /// Coefficients of the factor before the exponential, or of the denominator or base.
    constants: [T::Vector<S>; 2],
}

impl<T: Real, S: Simd> Evaluation<T, S> {
    #[inline(always)]
    pub(super) fn new(s: S, profile: &KernelProfile) -> Self {
        let kind = profile.0;
        let (power, constants) = match kind {
            Kind::Radial { shape, length } => match shape {
                Shape::Gaussian => (-0.5 / (length * length), [0.0, 0.0]),
                Shape::Matern(MaternOrder::Half) => (-1.0 / length, [0.0, 0.0]),
                Shape::Matern(MaternOrder::ThreeHalves) => {
                    let c = 3f64.sqrt() / length;
                    (-c, [c, 0.0])
                }
                Shape::Matern(MaternOrder::FiveHalves) => {
                    let c = 5f64.sqrt() / length;
                    (-c, [c, c * c / 3.0])
                }
                Shape::Cauchy | Shape::InverseMultiquadric => (1.0, [1.0 / (length * length), 0.0]),
            },
            Kind::Polynomial { offset, .. } => (1.0, [offset, 0.0]),
            Kind::ExpDot { scale } => (scale, [0.0, 0.0]),
        };
        let power = ScaledPower::new(s, T::from_f64(power * LOG2_E));
        Self { s, kind, power, constants: constants.map(|c| T::splat(s, T::from_f64(c))) }
    }

    /// Squared distances or dot products to kernel values.
    #[inline(always)]
    pub(super) fn values<const R: usize>(&self, mut v: [T::Vector<S>; R]) -> [T::Vector<S>; R] {
        let (s, [first, second]) = (self.s, self.constants);
        let one = T::splat(s, T::from_f64(1.0));
        match self.kind {
            Kind::Radial { shape: Shape::Gaussian, .. } | Kind::ExpDot { .. } => self.power.of(s, v),
            Kind::Radial { shape: Shape::Matern(MaternOrder::Half), .. } => {
                for x in &mut v {
                    *x = T::root(s, *x);
                }
                self.power.of(s, v)
            }
            // (1 + c t + c^2 t^2 / 3) exp(-c t), for the smaller order without the square.
            Kind::Radial { shape: Shape::Matern(_), .. } => {
                let mut factor = v;
                for (f, x) in factor.iter_mut().zip(&mut v) {
                    let square = *x;
                    *x = T::root(s, square);
                    *f = T::fused(s, second, square, T::fused(s, first, *x, one));
                }
                for (f, decay) in factor.iter_mut().zip(self.power.of(s, v)) {
                    *f = T::times(s, *f, decay);
                }
                factor
            }
            Kind::Radial { shape: Shape::Cauchy, .. } => {
                for x in &mut v {
                    *x = T::over(s, one, T::fused(s, first, *x, one));
                }
                v
            }
            Kind::Radial { shape: Shape::InverseMultiquadric, .. } => {
                for x in &mut v {
                    *x = T::over(s, one, T::root(s, T::fused(s, first, *x, one)));
                }
                v
            }
            Kind::Polynomial { degree, .. } => {
                for x in &mut v {
                    let base = T::plus(s, *x, first);
                    *x = base;
                    for _ in 1..degree {
                        *x = T::times(s, *x, base);
                    }
                }
                v
            }
        }
    }
}
