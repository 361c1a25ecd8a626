//! Values and derivatives of the activations over intervals.

use crate::activation::Activation;
use relata_relations::Bracket;
use relata_relations::special::normal_cdf;
use std::f64::consts::PI;

/// A bound of the error of an activation's evaluation, relative to `max(|value|, tiny)`.
pub(super) const EVALUATION: f64 = 8.0 * f64::EPSILON;

/// All first and second derivatives; of the ReLU only where it has them.
pub(super) fn derivatives(a: Activation, z: Bracket) -> (Bracket, Bracket) {
    match a {
        Activation::Relu => {
            let low = f64::from(u8::from(z.low() > 0.0));
            let high = f64::from(u8::from(z.high() > 0.0));
            (Bracket::new(low, high), Bracket::ZERO)
        }
        Activation::Sine => (z.cos(), -z.sin()),
        Activation::Tanh => {
            let t = z.tanh();
            let first = Bracket::point(1.0) - t.square();
            let bend = |v: f64| Bracket::point(v) * (Bracket::point(1.0) - Bracket::point(v).square()) * -2.0;
            (first, between(t, bend, &[(TANH_BEND_AT, -TANH_BEND), (-TANH_BEND_AT, TANH_BEND)]))
        }
        Activation::Gelu => {
            // gelu' = P + t p, gelu'' = (2 - t^2) p, gelu''' = (t^3 - 4 t) p, with p the normal
            // density.
            let density = |t: Bracket| (t.square() * -0.5).exp() * Bracket::point((2.0 * PI).sqrt()).recip();
            let first = |t: f64| {
                let v = Bracket::point(t);
                let p = density(v);
                Bracket::around(normal_cdf(t), 4.0 * f64::EPSILON) + v * p
            };
            let second = |t: f64| {
                let v = Bracket::point(t);
                (Bracket::point(2.0) - v.square()) * density(v)
            };
            let root = std::f64::consts::SQRT_2;
            let first = between(z, first, &[(root, GELU_STEEPEST), (-root, 1.0 - GELU_STEEPEST)]);
            let second =
                between(z, second, &[(0.0, GELU_BEND), (2.0, -GELU_BEND_BACK), (-2.0, -GELU_BEND_BACK)]);
            (first, second)
        }
    }
}

/// The image of an interval under a function whose extremes are known.
fn between(z: Bracket, f: impl Fn(f64) -> Bracket, extremes: &[(f64, f64)]) -> Bracket {
    let mut b = f(z.low()).hull(f(z.high()));
    for (at, value) in extremes {
        if z.low() - 1e-9 <= *at && *at <= z.high() + 1e-9 {
            b = b.hull(Bracket::around(*value, 1e-12));
        }
    }
    b
}

const TANH_BEND: f64 = 0.769_800_358_919_502;
const TANH_BEND_AT: f64 = 0.577_350_269_189_625_8;
/// `P(sqrt 2) + sqrt 2 p(sqrt 2)`.
const GELU_STEEPEST: f64 = 1.128_904_145_185_155;
/// `2 / sqrt(2 pi)`.
const GELU_BEND: f64 = 0.797_884_560_802_865_4;
/// `2 exp(-2) / sqrt(2 pi)`.
const GELU_BEND_BACK: f64 = 0.107_981_933_026_376_1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn intervals_contain_values_and_difference_quotients(low in -4.0f64..4.0, width in 0.0f64..3.0, s in 0.0f64..1.0) {
            for a in Activation::ALL {
                let z = Bracket::new(low, low + width);
                let t = (low + s * width).clamp(z.low(), z.high());
                let (first, second) = derivatives(a, z);
                prop_assert!(first.low() - 1e-14 <= a.derivative(t) && a.derivative(t) <= first.high() + 1e-14, "{a} {first:?} {t}");
                let h = 1e-4;
                if a != Activation::Relu {
                    let numeric = (a.derivative(t + h) - a.derivative(t - h)) / (2.0 * h);
                    prop_assert!(second.low() - 1e-6 <= numeric && numeric <= second.high() + 1e-6, "{a} {second:?} {t} {numeric}");
                }
            }
        }
    }

    #[test]
    fn intervals_are_not_much_too_wide() {
        for a in Activation::ALL {
            let (first, second) = derivatives(a, Bracket::new(-10.0, 10.0));
            assert!(first.magnitude() < a.derivative_bound() + 1e-5);
            if let Some(bound) = a.curvature_bound() {
                assert!(second.magnitude() < bound + 1e-5, "{a} {second:?}");
            }
        }
    }
}
