//! An exponential that vectorises.
//!
//! `2^z = 2^k 2^r` with integer `k` and `|r| <= 1/2`: `2^r` by a polynomial, and `2^k` written into
//! the exponent bits. There is no branch and no table. Several vectors are worked on at once, since
//! a polynomial of one is a chain of operations that wait for each other.

use super::lanes::{PACK, load, pack_len, store};
use super::real::Real;
use pulp::{Arch, Simd, WithSimd};

/// Replaces every entry by its exponential: within 2 units in the last place for arguments in
/// `[-708, 709]` (f64) or `[-87, 88]` (f32).
///
/// Below that range results lose digits and then are 0, above it they are infinite; NaN stays.
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
        fn with_simd<S: Simd>(self, s: S) {
            let zero = T::from_f64(0.0);
            for part in self.0.chunks_mut(pack_len::<T, S>()) {
                let x = load(s, part, zero);
                store::<T, S>(&exponential::<T, S, PACK>(s, x), part, zero);
            }
        }
    }
    Arch::new().dispatch(Op(values));
}

/// `exp(x)`. The argument is reduced by `ln 2` in two parts, which loses no digit.
#[inline(always)]
fn exponential<T: Real, S: Simd, const R: usize>(s: S, mut x: [T::Vector<S>; R]) -> [T::Vector<S>; R] {
    let all = |v: f64| T::splat(s, T::from_f64(v));
    let (bias, ln2) = (T::BIAS.to_f64(), std::f64::consts::LN_2);
    let (low, high) = (all(-bias * ln2), all((bias + 1.0) * ln2));
    let (rounding, turn) = (T::splat(s, T::ROUNDING), all(std::f64::consts::LOG2_E));
    let (first, second) = (all(-T::LN_2[0].to_f64()), all(-T::LN_2[1].to_f64()));
    let mut shifted = x;
    for i in 0..R {
        x[i] = T::most(s, low, T::least(s, high, x[i]));
        shifted[i] = T::fused(s, x[i], turn, rounding);
        let k = T::minus(s, shifted[i], rounding);
        x[i] = T::times(s, turn, T::fused(s, k, second, T::fused(s, k, first, x[i])));
    }
    power::<T, S, R>(s, shifted, x)
}

/// `x -> 2^(c x)`, as near to it as `c x` rounded once: the relative error is `2^-53 |c x| ln 2` in
/// f64, and 2 units in the last place. 0 where the result would be below the normal numbers,
/// infinite where it would be above them.
pub(super) struct ScaledPower<T: Real, S: Simd> {
    factor: T::Vector<S>,
    /// Where `c x` is at the ends of the exponents.
    low: T::Vector<S>,
    high: T::Vector<S>,
}

impl<T: Real, S: Simd> ScaledPower<T, S> {
    #[inline(always)]
    pub(super) fn new(s: S, c: T) -> Self {
        let (lowest, highest) = (-T::BIAS / c, (T::BIAS + T::from_f64(1.0)) / c);
        // The ends change sides with the sign of `c`.
        let (low, high) = if lowest < highest { (lowest, highest) } else { (highest, lowest) };
        Self { factor: T::splat(s, c), low: T::splat(s, low), high: T::splat(s, high) }
    }

    #[inline(always)]
    pub(super) fn of<const R: usize>(&self, s: S, mut x: [T::Vector<S>; R]) -> [T::Vector<S>; R] {
        let rounding = T::splat(s, T::ROUNDING);
        let mut shifted = x;
        for i in 0..R {
            x[i] = T::most(s, self.low, T::least(s, self.high, x[i]));
            shifted[i] = T::fused(s, x[i], self.factor, rounding);
            x[i] = T::fused(s, x[i], self.factor, T::minus(s, rounding, shifted[i]));
        }
        power::<T, S, R>(s, shifted, x)
    }
}

/// `2^(k + r)`, where `shifted` is `k` plus [`Real::ROUNDING`].
#[inline(always)]
fn power<T: Real, S: Simd, const R: usize>(
    s: S,
    shifted: [T::Vector<S>; R],
    r: [T::Vector<S>; R],
) -> [T::Vector<S>; R] {
    // Even and odd powers apart are two chains where Horner's scheme is one.
    let (p, one) = (T::POWER, T::splat(s, T::from_f64(1.0)));
    let mut k = p.len() - 2;
    let (mut near, mut far) = ([T::splat(s, p[k]); R], [T::splat(s, p[k + 1]); R]);
    let mut square = r;
    for i in 0..R {
        square[i] = T::times(s, r[i], r[i]);
    }
    while k >= 2 {
        k -= 2;
        for i in 0..R {
            near[i] = T::fused(s, near[i], square[i], T::splat(s, p[k]));
            far[i] = T::fused(s, far[i], square[i], T::splat(s, p[k + 1]));
        }
    }
    let mut out = r;
    for i in 0..R {
        // `near` and `far` differ by one power of r; of an odd number of coefficients the lowest is
        // left.
        let mut sum = T::fused(s, far[i], r[i], near[i]);
        if k == 1 {
            sum = T::fused(s, sum, r[i], T::splat(s, p[0]));
        }
        let value = T::fused(s, sum, r[i], one);
        out[i] = T::times(s, value, T::with_exponent(s, shifted[i]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Scalar;

    fn arguments() -> Vec<f64> {
        let wide = (0..200_001).map(|k| -708.0 + f64::from(k) * (1417.0 / 200_000.0));
        wide.chain((0..100_000).map(|k| -3.0 + f64::from(k) * 3.000_01e-5)).collect()
    }

    fn ulps(a: f64, b: f64) -> i64 {
        (a.to_bits() as i64 - b.to_bits() as i64).abs()
    }

    #[test]
    fn accurate_in_double() {
        let x = arguments();
        let mut y = x.clone();
        exp_in_place(&mut y);
        // The reference itself is within one unit.
        let worst = x.iter().zip(&y).map(|(x, y)| ulps(libm::exp(*x), *y)).max();
        assert!(worst <= Some(2), "{worst:?}");
        for (x, y) in x.iter().zip(&y) {
            let [scalar] = exponential::<f64, Scalar, 1>(Scalar, [*x]);
            assert!(ulps(scalar, *y) <= 3, "{x}");
        }
    }

    /// Against the other exponential, of the product rounded: what that rounding costs is
    /// `2^-53 |c x|`, twice.
    #[test]
    fn scaled_powers_lose_what_the_rounding_of_the_product_costs() {
        struct Op(f64, f64);
        impl WithSimd for Op {
            type Output = f64;
            #[inline(always)]
            fn with_simd<S: Simd>(self, s: S) -> f64 {
                let [v] = ScaledPower::<f64, S>::new(s, self.0).of(s, [s.splat_f64s(self.1)]);
                s.reduce_max_f64s(v)
            }
        }
        for c in [-0.3, -1.0, 2.0] {
            for x in arguments().into_iter().step_by(37) {
                let z = c * x;
                if !(-1022.0..1023.0).contains(&z) {
                    continue;
                }
                let (got, want) = (Arch::new().dispatch(Op(c, x)), libm::exp2(z));
                let [scalar] = ScaledPower::<f64, Scalar>::new(Scalar, c).of(Scalar, [x]);
                for got in [got, scalar] {
                    let off = (got / want - 1.0).abs();
                    assert!(off <= f64::EPSILON * (2.0 + z.abs()), "{c} {x}: {off:e}");
                }
            }
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
        let mut v = [-710.0, f64::NEG_INFINITY, 800.0, f64::NAN, -0.0];
        let scalar = v.map(|x| exponential::<f64, Scalar, 1>(Scalar, [x])[0]);
        exp_in_place(&mut v);
        for v in [v, scalar] {
            assert!(v[0] == 0.0 && v[1] == 0.0 && v[2] == f64::INFINITY && v[3].is_nan());
            assert!((v[4] - 1.0).abs() < 1e-300);
        }
        let mut v = [-100.0f32, 100.0, f32::NAN, 0.0];
        exp_in_place(&mut v);
        assert!(v[0] == 0.0 && v[1] == f32::INFINITY && v[2].is_nan() && (v[3] - 1.0).abs() < 1e-30);
    }
}
