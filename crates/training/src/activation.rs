//! Activations on tensors.
//!
//! The GELU is written with the error function rather than by burn's `gelu`, whose backward pass on
//! some backends is that of the tanh approximation: gradients would then differ between backends
//! and from the function evaluated.
//!
//! On burn's flex backend the error function and tanh in single precision are scalar library calls,
//! which take most of the time of a training step. Whoever opens such a device asks for
//! [`ActivationSite::Host`]: then the activation is computed there, value and derivative together by
//! arithmetic that vectorises, and enters the graph as `a(z0) + a'(z0) (z - z0)` with `z0 = z` off
//! the graph: value and first derivative are those of `a`.

use crate::device::ActivationSite;
use crate::precision::Precision;
use burn::tensor::{Tensor, TensorData, activation};
use relata_networks::Activation;

/// The activation, entry by entry; the same functions as [`Activation::value`].
///
/// # Shapes
/// Any shape to the same shape.
pub(crate) fn apply<const D: usize>(a: Activation, z: Tensor<D>, site: ActivationSite) -> Tensor<D> {
    let single = z.dtype() == Precision::F32.dtype();
    if let (Activation::Gelu | Activation::Tanh, ActivationSite::Host, true) = (a, site, single) {
        return on_host(a, z);
    }
    match a {
        Activation::Relu => activation::relu(z),
        Activation::Tanh => z.tanh(),
        Activation::Gelu => {
            let cdf = (z.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() * 0.5 + 0.5;
            z * cdf
        }
        Activation::Sine => z.sin(),
    }
}

fn on_host<const D: usize>(a: Activation, z: Tensor<D>) -> Tensor<D> {
    let device = z.device();
    let base = z.clone().detach();
    let Ok(inputs) = base.clone().try_into_vec_as::<f32>() else { return z * f32::NAN };
    let (mut values, mut slopes) = (vec![0.0f32; inputs.len()], vec![0.0f32; inputs.len()]);
    let entries = inputs.iter().zip(values.iter_mut().zip(slopes.iter_mut()));
    match a {
        Activation::Tanh => entries.for_each(|(t, (v, s))| (*v, *s) = tanh(*t)),
        _ => entries.for_each(|(t, (v, s))| (*v, *s) = gelu(*t)),
    }
    let upload =
        |v: Vec<f32>| Tensor::from_data(TensorData::new(v, z.dims()), (&device, Precision::F32.dtype()));
    let (values, slopes): (Tensor<D>, Tensor<D>) = (upload(values), upload(slopes));
    values + slopes * (z - base)
}

/// The GELU and its derivative, to about `2e-7`.
#[inline(always)]
fn gelu(t: f32) -> (f32, f32) {
    // With u = |t| / sqrt 2, erf u = 1 - p(1 / (1 + c u)) exp(-u^2) to 1.5e-7 (Abramowitz and
    // Stegun 1964, formula 7.1.26), and the density is the same exponential.
    let u = t.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let w = 1.0 / (1.0 + 0.327_591_1 * u);
    let p = w * (0.254_829_6 + w * (-0.284_496_74 + w * (1.421_413_7 + w * (-1.453_152 + w * 1.061_405_4))));
    let e = exp_negative(-u * u);
    let tail = 0.5 * p * e;
    let cdf = if t < 0.0 { tail } else { 1.0 - tail };
    const INV_SQRT_TAU: f32 = 0.398_942_3;
    (t * cdf, cdf + t * INV_SQRT_TAU * e)
}

/// The hyperbolic tangent and its derivative, to about `3e-7` of the value.
#[inline(always)]
fn tanh(t: f32) -> (f32, f32) {
    // Taylor's polynomial where the quotient would cancel.
    let s = t * t;
    let near = t * (1.0 + s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0 + s * (62.0 / 2835.0)))));
    let e = exp_negative(-2.0 * t.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(t);
    let v = if s < 0.04 { near } else { far };
    (v, 1.0 - v * v)
}

/// `exp t` for `t <= 0`, to about `1e-7` of the value; below -87 it is `exp(-87)`, which is 0 here
/// for all purposes.
#[inline(always)]
fn exp_negative(t: f32) -> f32 {
    /// Adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Not `max`, which would turn NaN into a number.
    let t = if t < -87.0 { -87.0 } else { t };
    let shifted = t * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (t - n * LN2_HIGH) - n * LN2_LOW;
    let poly = 1.0
        + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    // 2^n by its exponent bits.
    let power = f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23);
    poly * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Points dense around 0 and far out.
    fn inputs() -> impl Iterator<Item = f32> {
        (-4000i16..=4000).flat_map(|k| {
            let t = f32::from(k) * 2.5e-3;
            [t, t * 1e-3, t * 20.0]
        })
    }

    #[test]
    fn arithmetic_matches_the_functions_and_derivatives_in_f64() {
        for t in inputs() {
            let wide = f64::from(t);
            for (a, (v, s)) in [(Activation::Gelu, gelu(t)), (Activation::Tanh, tanh(t))] {
                // The GELU's error is that of its argument times the distribution function.
                let bound = 3e-7 * wide.abs().max(1e-30);
                assert!((f64::from(v) - a.value(wide)).abs() <= bound, "{a} at {t}: {v}");
                assert!((f64::from(s) - a.derivative(wide)).abs() < 5e-7, "{a}' at {t}: {s}");
            }
        }
        assert!(gelu(f32::NAN).0.is_nan() && tanh(f32::NAN).0.is_nan());
    }

    #[test]
    fn the_host_and_the_device_agree() {
        let flex = Device::flex();
        let values: Vec<f32> = inputs().filter(|t| t.abs() < 20.0).collect();
        let n = values.len();
        for a in [Activation::Gelu, Activation::Tanh] {
            for (precision, site) in Precision::ALL
                .into_iter()
                .flat_map(|p| [ActivationSite::Device, ActivationSite::Host].map(|s| (p, s)))
            {
                let z = Tensor::<1>::from_data(
                    TensorData::new(values.clone(), [n]),
                    (&flex.clone().autodiff(), precision.dtype()),
                );
                let z = z.require_grad();
                let out = apply(a, z.clone(), site);
                let slopes = z.grad(&out.clone().sum().backward()).unwrap().try_into_vec_as::<f64>().unwrap();
                let out = out.try_into_vec_as::<f64>().unwrap();
                for ((t, v), s) in values.iter().zip(out).zip(slopes) {
                    let t = f64::from(*t);
                    let tolerance = if precision == Precision::F64 { 1e-14 } else { 5e-7 };
                    assert!((v - a.value(t)).abs() <= tolerance * t.abs().max(1.0), "{a} {precision} at {t}");
                    assert!((s - a.derivative(t)).abs() <= tolerance * 4.0, "{a}' {precision} at {t}");
                }
            }
        }
    }
}
