//! Activations and their derivatives in single precision, by arithmetic that vectorises: no branch,
//! no table, no library call.

use pulp::{Arch, NullaryFnOnce};
use relata_networks::Activation;
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_PI, FRAC_PI_2, LOG2_E};

/// `values <- a(values + bias)`, `slopes <- a'(values + bias)`, column by column.
///
/// Values are within `3e-7 |t|` of the activation's for GELU and tanh, within `2e-7` for the sine,
/// exact for the ReLU; slopes within `5e-7`.
///
/// # Shapes
/// `values`, `slopes`: `outputs x n`, column-major; `bias`: `outputs`.
pub(crate) fn activate(a: Activation, values: &mut [f32], slopes: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(Activate { a, values, slopes, bias });
}

/// A struct and not a closure: only `#[inline(always)]` on `call` brings the loop into the function
/// that is compiled for the widest vectors of the machine.
struct Activate<'a> {
    a: Activation,
    values: &'a mut [f32],
    slopes: &'a mut [f32],
    bias: &'a [f32],
}

impl NullaryFnOnce for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { a, values, slopes, bias } = self;
        match a {
            Activation::Relu => columns(values, slopes, bias, relu),
            Activation::Tanh => columns(values, slopes, bias, tanh),
            Activation::Gelu => columns(values, slopes, bias, gelu),
            Activation::Sine => sines(values, slopes, bias),
        }
    }
}

#[inline(always)]
fn columns(values: &mut [f32], slopes: &mut [f32], bias: &[f32], f: impl Fn(f32) -> (f32, f32)) {
    let height = bias.len();
    for (value, slope) in values.chunks_exact_mut(height).zip(slopes.chunks_exact_mut(height)) {
        column(value, slope, bias, &f);
    }
}

/// Arguments of a function do not alias, which slices out of a larger thing might: only so is the
/// loop vectorised.
#[inline(always)]
fn column(value: &mut [f32], slope: &mut [f32], bias: &[f32], f: &impl Fn(f32) -> (f32, f32)) {
    let n = value.len();
    let (slope, bias) = (&mut slope[..n], &bias[..n]);
    for i in 0..n {
        (value[i], slope[i]) = f(value[i] + bias[i]);
    }
}

/// Columns with an argument beyond [`MAX_SINE`] are computed by the library in f64.
#[inline(always)]
fn sines(values: &mut [f32], slopes: &mut [f32], bias: &[f32]) {
    let height = bias.len();
    for (value, slope) in values.chunks_exact_mut(height).zip(slopes.chunks_exact_mut(height)) {
        let large = value.iter().zip(bias).fold(0.0f32, |m, (v, b)| m.max((v + b).abs()));
        if large > MAX_SINE {
            column(value, slope, bias, &|t| {
                let (a, t) = (Activation::Sine, f64::from(t));
                (a.value(t) as f32, a.derivative(t) as f32)
            });
        } else {
            column(value, slope, bias, &sine);
        }
    }
}

#[inline(always)]
fn relu(t: f32) -> (f32, f32) {
    // NaN stays NaN.
    (if t < 0.0 { 0.0 } else { t }, if t > 0.0 { 1.0 } else { 0.0 })
}

/// The GELU: with `u = |t| / sqrt 2`, `erf u = 1 - p(1 / (1 + c u)) exp(-u^2)` to 1.5e-7 (Abramowitz
/// and Stegun 1964, formula 7.1.26), and the density is the same exponential.
#[inline(always)]
fn gelu(t: f32) -> (f32, f32) {
    const INV_SQRT_TAU: f32 = 0.398_942_3;
    let u = t.abs() * FRAC_1_SQRT_2;
    let w = 1.0 / u.mul_add(0.327_591_1, 1.0);
    let p = 1.061_405_4f32.mul_add(w, -1.453_152).mul_add(w, 1.421_413_7);
    let p = p.mul_add(w, -0.284_496_74).mul_add(w, 0.254_829_6) * w;
    let e = exp_negative(-u * u);
    let half_tail = 0.5 * p * e;
    let cdf = 0.5 + (0.5 - half_tail).copysign(t);
    (t * cdf, (t * INV_SQRT_TAU).mul_add(e, cdf))
}

#[inline(always)]
fn tanh(t: f32) -> (f32, f32) {
    // Taylor's polynomial where the quotient would cancel.
    let s = t * t;
    let p = s.mul_add(62.0 / 2835.0, -17.0 / 315.0).mul_add(s, 2.0 / 15.0).mul_add(s, -1.0 / 3.0);
    let near = t * p.mul_add(s, 1.0);
    let e = exp_negative(-2.0 * t.abs());
    let inverse = 1.0 / (1.0 + e);
    let far = ((1.0 - e) * inverse).copysign(t);
    (if s < 0.04 { near } else { far }, 4.0 * e * inverse * inverse)
}

/// Adding it to a number below `2^22` rounds that to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// `exp t` for `t <= 0`, to about `1e-7` of the value; below -87 it is `exp(-87)`, which is 0 here
/// for all purposes. NaN stays NaN.
#[inline(always)]
fn exp_negative(t: f32) -> f32 {
    // ln 2 in two parts; the first has so many trailing zeros that an exponent times it is exact.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let t = if t < -87.0 { -87.0 } else { t };
    let shifted = t.mul_add(LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2[1], n.mul_add(-LN2[0], t));
    let p = r.mul_add(1.0 / 720.0, 1.0 / 120.0).mul_add(r, 1.0 / 24.0).mul_add(r, 1.0 / 6.0);
    let p = p.mul_add(r, 0.5).mul_add(r, 1.0).mul_add(r, 1.0);
    p * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Beyond it the multiple of `pi / 2` that is taken off might not be exact enough.
const MAX_SINE: f32 = 65_536.0;

#[inline(always)]
fn sine(t: f32) -> (f32, f32) {
    /// What `pi / 2` is more than its nearest f32.
    const REST: f32 = -4.371_139e-8;
    let shifted = t.mul_add(FRAC_2_PI, ROUND);
    let k = shifted - ROUND;
    let r = k.mul_add(-REST, k.mul_add(-FRAC_PI_2, t));
    let s = r * r;
    // Taylor's polynomials: |r| <= pi / 4, where the first terms left out are 2e-9 and 2e-8.
    let p = s.mul_add(1.0 / 362_880.0, -1.0 / 5_040.0).mul_add(s, 1.0 / 120.0).mul_add(s, -1.0 / 6.0);
    let sin = (p * s).mul_add(r, r);
    let p = s.mul_add(1.0 / 40_320.0, -1.0 / 720.0).mul_add(s, 1.0 / 24.0).mul_add(s, -0.5);
    let cos = p.mul_add(s, 1.0);
    // The integer modulo 4 says which of the two it is, and its sign.
    let quarter = shifted.to_bits();
    let (a, b) = if quarter & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let signed = |v: f32, quarter: u32| f32::from_bits(v.to_bits() ^ ((quarter & 2) << 30));
    (signed(a, quarter), signed(b, quarter.wrapping_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points dense around 0 and far out.
    fn inputs() -> Vec<f32> {
        let dense = (-4000i16..=4000).flat_map(|k| {
            let t = f32::from(k) * 2.5e-3;
            [t, t * 1e-3, t * 20.0, t * 6e3]
        });
        // Neighbours of the multiples of pi / 2, and beyond what the fast sine takes.
        dense.chain((0..40).map(|k| k as f32 * FRAC_PI_2)).chain([7e4, -3e7, 1e20]).collect()
    }

    fn pairs(a: Activation, at: &[f32], bias: f32) -> (Vec<f32>, Vec<f32>) {
        let (mut values, mut slopes) = (at.to_vec(), vec![0.0; at.len()]);
        activate(a, &mut values, &mut slopes, &[bias]);
        (values, slopes)
    }

    #[test]
    fn arithmetic_matches_the_functions_and_derivatives_in_f64() {
        let at = inputs();
        for a in Activation::ALL {
            let (values, slopes) = pairs(a, &at, 0.0);
            for ((t, v), s) in at.iter().zip(values).zip(slopes) {
                let wide = f64::from(*t);
                let bound = match a {
                    Activation::Relu => 0.0,
                    // The GELU's error is that of its argument times the distribution function.
                    Activation::Gelu | Activation::Tanh => 3e-7 * wide.abs().max(1e-30),
                    Activation::Sine => 2e-7 * wide.abs().min(1.0),
                };
                assert!((f64::from(v) - a.value(wide)).abs() <= bound, "{a} at {t}: {v}");
                assert!((f64::from(s) - a.derivative(wide)).abs() < 5e-7, "{a}' at {t}: {s}");
            }
        }
    }

    #[test]
    fn biases_belong_to_rows_and_nothing_hides_a_nan() {
        for a in Activation::ALL {
            let (mut values, mut slopes) = (vec![0.25, -1.0, 2.0, f32::NAN], vec![0.0; 4]);
            activate(a, &mut values, &mut slopes, &[0.5, -0.25]);
            for (k, t) in [0.75, -1.25, 2.5].into_iter().enumerate() {
                assert!((f64::from(values[k]) - a.value(t)).abs() < 1e-6, "{a} at {t}");
                assert!((f64::from(slopes[k]) - a.derivative(t)).abs() < 1e-6, "{a}' at {t}");
            }
            assert!(values[3].is_nan(), "{a}");
        }
    }
}
