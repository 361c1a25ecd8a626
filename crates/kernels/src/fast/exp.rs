//! An exponential that vectorises.
//!
//! `x = k ln 2 + r` with integer `k` and `|r| <= ln(2) / 2`, `exp(r)` by its Taylor polynomial (degree 13 in f64, 7 in f32: truncation below a
//! tenth of a unit in the last place), and `2^k` written into the exponent bits. There is no branch and no table, so that the compiler
//! turns a loop over a slice into vector instructions.

use super::real::Real;
use pulp::{Arch, Simd, WithSimd};

/// Replaces every entry by its exponential: within 2 units in the last place (1 where the machine fuses multiplication and addition) for
/// arguments in `[-708, 709]` (f64) or `[-87, 88]` (f32).
///
/// Smaller arguments give 0, larger ones infinity, NaN stays.
///
/// ```
/// let mut v = [0.0f64, 1.0, -2.5, -1e4];
/// relata_kernels::fast::exp_in_place(&mut v);
/// assert!((v[1] - std::f64::consts::E).abs() < 1e-15 && v[0] == 1.0 && v[3] == 0.0);
/// ```
pub fn exp_in_place<T: Real>(values: &mut [T]) {
    struct Op<'a, T>(&'a mut [T]);
    impl<T: Real> WithSimd for Op<'_, T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            if S::IS_SCALAR {
                self.0.iter_mut().for_each(|v| *v = v.exponential::<false>());
            } else {
                self.0.iter_mut().for_each(|v| *v = v.exponential::<true>());
            }
        }
    }
    Arch::new().dispatch(Op(values));
}

/// `1 / k!` for `k = 2..=13`, highest first.
const FACTORIALS: [f64; 12] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];

#[inline(always)]
pub(super) fn exp_f64<const FMA: bool>(x: f64) -> f64 {
    // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts; the first has 32 trailing zero bits, so that k times it is exact.
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let clamped = x.clamp(-708.0, 709.0);
    let shifted = clamped.fused::<FMA>(std::f64::consts::LOG2_E, SHIFT);
    let k = shifted - SHIFT;
    let r = (-k).fused::<FMA>(LN2_LOW, (-k).fused::<FMA>(LN2_HIGH, clamped));
    let mut p = FACTORIALS[0];
    for c in &FACTORIALS[1..] {
        p = p.fused::<FMA>(r, *c);
    }
    // 1 + (r + r^2 p): the small terms first.
    let value = 1.0 + (r * r).fused::<FMA>(p, r);
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    let result = value * scale;
    let result = if x < -708.0 { 0.0 } else { result };
    if x > 709.0 { f64::INFINITY } else { result }
}

#[inline(always)]
pub(super) fn exp_f32<const FMA: bool>(x: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = clamped.fused::<FMA>(std::f32::consts::LOG2_E, SHIFT);
    let k = shifted - SHIFT;
    let r = (-k).fused::<FMA>(LN2_LOW, (-k).fused::<FMA>(LN2_HIGH, clamped));
    let mut p = FACTORIALS[6] as f32;
    for c in &FACTORIALS[7..] {
        p = p.fused::<FMA>(r, *c as f32);
    }
    let value = 1.0 + (r * r).fused::<FMA>(p, r);
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    let result = value * scale;
    let result = if x < -87.0 { 0.0 } else { result };
    if x > 88.0 { f32::INFINITY } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accurate_in_double() {
        let x: Vec<f64> = (0..200_001).map(|k| -708.0 + f64::from(k) * (1417.0 / 200_000.0)).collect();
        let x: Vec<f64> =
            x.into_iter().chain((0..100_000).map(|k| -3.0 + f64::from(k) * 3.000_01e-5)).collect();
        let mut y = x.clone();
        exp_in_place(&mut y);
        let ulps = |a: f64, b: f64| (a.to_bits() as i64 - b.to_bits() as i64).abs();
        let worst = x.iter().zip(&y).map(|(x, y)| ulps(libm::exp(*x), *y)).max();
        // The reference itself is within one unit.
        assert!(worst <= Some(2), "{worst:?}");
        for (x, y) in x.iter().zip(&y) {
            let scalar = exp_f64::<false>(*x);
            assert!(ulps(scalar, *y) <= 3, "{x}");
        }
    }

    #[test]
    fn accurate_in_single() {
        let x: Vec<f32> = (0..200_001).map(|k| -87.0 + k as f32 * (175.0 / 200_000.0)).collect();
        let mut y = x.clone();
        exp_in_place(&mut y);
        let worst = x.iter().zip(&y).map(|(x, y)| (libm::exp(f64::from(*x)) / f64::from(*y) - 1.0).abs());
        assert!(worst.fold(0.0, f64::max) < 2.0 * 6e-8);
    }

    #[test]
    fn ends_of_the_range() {
        let mut v = [-709.0, f64::NEG_INFINITY, 800.0, f64::NAN, -0.0];
        exp_in_place(&mut v);
        assert!(
            v[0] == 0.0
                && v[1] == 0.0
                && v[2] == f64::INFINITY
                && v[3].is_nan()
                && (v[4] - 1.0).abs() < 1e-300
        );
        let mut v = [-100.0f32, 100.0, f32::NAN, 0.0];
        exp_in_place(&mut v);
        assert!(v[0] == 0.0 && v[1] == f32::INFINITY && v[2].is_nan() && (v[3] - 1.0).abs() < 1e-30);
    }
}
