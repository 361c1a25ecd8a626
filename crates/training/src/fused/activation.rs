//! Activations and their derivatives in single precision, by arithmetic that vectorises: no branch,
//! no table, no library call.

use pulp::{Arch, NullaryFnOnce};
use relata_networks::Activation;
use std::f32::consts::{FRAC_2_PI, FRAC_PI_2, LOG2_E};

/// `values <- a(values + bias)`, `slopes <- a'(values + bias)`, column by column.
///
/// Values are within `1.5e-7 |t|` of the activation's for the GELU, `3e-7 |t|` for tanh, within
/// `2e-7` for the sine, exact for the ReLU; slopes within `5e-7`, for the GELU within `1.5e-7`, and
/// where its slope vanishes within `5e-8`.
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

/// `Q(s) exp(s^2 / 2)` for `s >= 0`, with the upper tail `Q` of the normal distribution: coefficients
/// of powers of `v = (s - 1.5) / (s + 1.5)`, lowest first. Of degree 7, the smallest that comes
/// within 5e-9 of `Q`, by Lawson's iteration for the weight `exp(-s^2 / 2)`. The pole at -1.5 makes
/// `v` most exact around the zero of the GELU's slope, at -0.75.
const TAIL: [f32; 8] = [
    0.205_780_67,
    -0.270_814,
    0.045_865_957,
    0.025_130_942,
    -4.648_728_6e-5,
    -0.004_450_761_7,
    -0.002_124_104_6,
    -3.901_398_4e-4,
];

/// The GELU, from the tail of the normal distribution: of both its value and its slope, the one at
/// `-s` is a product with the density, without cancellation, and the one at `s` differs from it by
/// `s` and from 1.
#[inline(always)]
fn gelu(t: f32) -> (f32, f32) {
    const INV_SQRT_TAU: f32 = 0.398_942_3;
    const POLE: f32 = 1.5;
    // Beyond it the tail is 0 in single precision; NaN stays NaN.
    let s = if t.abs() > 16.0 { 16.0 } else { t.abs() };
    let v = (s - POLE) / (s + POLE);
    let [c0, c1, c2, c3, c4, c5, c6, c7] = TAIL;
    let p = c7.mul_add(v, c6).mul_add(v, c5).mul_add(v, c4).mul_add(v, c3);
    let p = p.mul_add(v, c2).mul_add(v, c1).mul_add(v, c0);
    let e = exp_negative(-0.5 * s * s);
    let (tail, slope) = (p * e, s.mul_add(-INV_SQRT_TAU, p) * e);
    let (cdf, slope) = if t < 0.0 { (tail, slope) } else { (1.0 - tail, 1.0 - slope) };
    (t * cdf, slope)
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
    // Within 3e-9 of the value for |r| <= ln 2 / 2, as near as this degree comes.
    let p = r.mul_add(0.001_381_46, 0.008_368_72).mul_add(r, 0.041_668_39).mul_add(r, 0.166_665_21);
    let p = p.mul_add(r, 0.499_999_93).mul_add(r, 1.0).mul_add(r, 1.0);
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
        dense.chain((0..40).map(|k| k as f32 * FRAC_PI_2)).chain([7e4, -3e7, 1e20, -1e30, f32::MAX]).collect()
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
                    Activation::Gelu => 1.5e-7 * wide.abs().max(1e-30),
                    Activation::Tanh => 3e-7 * wide.abs().max(1e-30),
                    Activation::Sine => 2e-7 * wide.abs().min(1.0),
                };
                assert!((f64::from(v) - a.value(wide)).abs() <= bound, "{a} at {t}: {v}");
                assert!((f64::from(s) - a.derivative(wide)).abs() < 5e-7, "{a}' at {t}: {s}");
            }
        }
    }

    /// On 400 000 points, and in parts of itself far down the tail, where values and slopes are small.
    #[test]
    fn the_gelu_is_exact_to_rounding_everywhere() {
        let at: Vec<f32> = (-200_000..200_000).map(|k| k as f32 * 6e-5).collect();
        let (values, slopes) = pairs(Activation::Gelu, &at, 0.0);
        for ((t, v), s) in at.iter().zip(values).zip(slopes) {
            let wide = f64::from(*t);
            let (value, slope) = (Activation::Gelu.value(wide), Activation::Gelu.derivative(wide));
            let (of_value, of_slope) = ((f64::from(v) - value).abs(), (f64::from(s) - slope).abs());
            assert!(of_value <= 1.5e-7 * wide.abs(), "{t}: {v}, not {value}");
            assert!(of_slope <= 1.5e-7, "{t}: {s}, not {slope}");
            if (wide + 0.7518).abs() < 0.05 {
                assert!(of_slope <= 5e-8, "{t}: {s}, not {slope}");
            }
            if (-5.0..0.0).contains(&wide) {
                assert!(of_value <= 5e-5 * value.abs(), "{t}: {v}, not {value}");
            }
            if (-4.0..-1.0).contains(&wide) {
                assert!(of_slope <= 2e-6 * slope.abs(), "{t}: {s}, not {slope}");
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
