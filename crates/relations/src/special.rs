//! The few special functions that closed-form spectra need.

/// Hurwitz zeta function `sum_{k >= 0} (k + a)^-s` for `s > 1`, `a > 0`, to about `1e-14` relative:
/// direct terms until `k + a >= 12 + s`, then Euler-Maclaurin. NaN outside the domain.
///
/// It gives the tails of spectra that decay algebraically.
#[must_use]
pub fn hurwitz_zeta(s: f64, a: f64) -> f64 {
    // B_{2j} / (2j)!
    const COEFFICIENTS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30_240.0,
        -1.0 / 1_209_600.0,
        1.0 / 47_900_160.0,
        -691.0 / 1_307_674_368_000.0,
        1.0 / 74_724_249_600.0,
        -3617.0 / 10_670_622_842_880_000.0,
    ];
    if !(s > 1.0 && a > 0.0 && s.is_finite() && a.is_finite()) {
        return f64::NAN;
    }
    let start = (12.0 + s - a).ceil().max(0.0);
    if s > STEEP && start > 0.0 {
        return steep_zeta(s, a);
    }
    let b = a + start;
    // integral + half the first term + sum_j B_2j / (2j)! s (s + 1) .. (s + 2j - 2) b^(-s - 2j + 1)
    let mut tail = b.powf(1.0 - s) / (s - 1.0) + 0.5 * b.powf(-s);
    let mut factor = s * b.powf(-s - 1.0);
    for (j, c) in COEFFICIENTS.iter().enumerate() {
        tail += c * factor;
        let k = 2.0 * j as f64 + 1.0;
        let both = (s + k) * (s + k + 1.0) / (b * b);
        factor *= if b < SQUARES { both } else { (s + k) / b * ((s + k + 1.0) / b) };
    }
    (0..start as usize).rev().map(|k| (a + k as f64).powf(-s)).fold(tail, |sum, term| sum + term)
}

/// Numbers below this have squares.
const SQUARES: f64 = 1e150;

/// Powers beyond which direct terms end before the Euler-Maclaurin formula may start.
const STEEP: f64 = 64.0;

/// The sum for a power so large that its terms fall by `exp(-s / (a + k))` each, with
/// `a + k < 12 + s`: some 50 of them count.
fn steep_zeta(s: f64, a: f64) -> f64 {
    let first = a.powf(-s);
    // Of the first term: of a sum of numbers that overflow or underflow nothing else is left.
    let parts = (1..=1000).map(|k| (1.0 + f64::from(k) / a).powf(-s)).take_while(|p| *p > 1e-18);
    first * (1.0 + parts.collect::<Vec<f64>>().iter().rev().sum::<f64>())
}

/// Trigamma function `sum_{k >= 0} (k + a)^-2` for `a > 0`.
///
/// ```
/// let half = relata_relations::special::trigamma(0.5);
/// assert!((half - std::f64::consts::PI.powi(2) / 2.0).abs() < 1e-13);
/// ```
#[must_use]
pub fn trigamma(a: f64) -> f64 {
    hurwitz_zeta(2.0, a)
}

/// `ln(1 + exp(t))`, minus the logarithm of [`logistic`] at `-t`, without overflow and with full
/// relative accuracy.
#[must_use]
pub fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// Modified Bessel function `I_v(z)` of the first kind for real `v >= 0` and `z >= 0`, by its power
/// series of positive terms (about `z` of them). Infinite where the series overflows (`z` beyond
/// about 700) unless the value vanishes all the same, NaN outside the domain.
#[must_use]
pub fn bessel_i(v: f64, z: f64) -> f64 {
    if !(v >= 0.0 && z >= 0.0 && v.is_finite() && z.is_finite()) {
        return f64::NAN;
    }
    if z == 0.0 {
        return if v == 0.0 { 1.0 } else { 0.0 };
    }
    if z < 1e-150 {
        // The series is its first term, (z/2)^v / Gamma(v + 1); half of a subnormal is rounded.
        return (v * (z.ln() - std::f64::consts::LN_2) - libm::lgamma(v + 1.0)).exp();
    }
    let (half, square) = (z / 2.0, z * z / 4.0);
    let (mut term, mut sum, mut k) = (1.0f64, 1.0f64, 1.0);
    while term > f64::EPSILON * 1e-3 * sum {
        term *= square / (k * (v + k));
        sum += term;
        k += 1.0;
    }
    // (z/2)^v / Gamma(v + 1): multiplied out while the order is small, which keeps full accuracy.
    if v <= 60.0 && sum.is_finite() {
        let fraction = v.fract();
        let mut first = half.powf(fraction) / libm::tgamma(fraction + 1.0);
        for j in 1..=v.trunc() as u32 {
            first *= half / (fraction + f64::from(j));
        }
        return first * sum;
    }
    let first = v * half.ln() - libm::lgamma(v + 1.0);
    if sum.is_finite() && !first.is_nan() {
        return (first + sum.ln()).exp();
    }
    // The series overflows. It is at most exp(z^2 / (4 (v + 1))), beside which a first term may
    // still vanish: -v ln(2 v / (e z)) by Stirling's formula.
    let vanishing = v * (half.ln() + 1.0 - v.ln()) + half * (half / (v + 1.0));
    if vanishing < f64::MIN_POSITIVE.ln() { 0.0 } else { f64::INFINITY }
}

/// Distribution function of the standard normal distribution, to a few units in the last place at
/// either end; NaN of NaN.
///
/// ```
/// use relata_relations::special::normal_cdf;
/// assert_eq!((normal_cdf(0.0), normal_cdf(f64::INFINITY)), (0.5, 1.0));
/// assert!((normal_cdf(-10.0) / 7.619853024160527e-24 - 1.0).abs() < 1e-13);
/// ```
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Distribution function `1 / (1 + exp(-t))` of the logistic distribution, which overflows nowhere
/// and keeps the relative accuracy of small values.
///
/// ```
/// use relata_relations::special::logistic;
/// assert_eq!((logistic(0.0), logistic(f64::NEG_INFINITY), logistic(1e300)), (0.5, 0.0, 1.0));
/// assert!((logistic(-700.0) / (-700f64).exp() - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn logistic(t: f64) -> f64 {
    if t >= 0.0 { 1.0 / (1.0 + (-t).exp()) } else { t.exp() / (1.0 + t.exp()) }
}

/// Quantile function of the standard normal distribution, `0 < u < 1`: a rational start (Abramowitz
/// and Stegun 26.2.22) and three Halley steps. NaN outside the domain.
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    if !(u > 0.0 && u < 1.0) {
        return f64::NAN;
    }
    if u > 0.5 {
        // 1 - u is exact here.
        return -normal_quantile(1.0 - u);
    }
    let t = (-2.0 * u.ln()).sqrt();
    if u < FAR {
        return far_quantile(u, t);
    }
    let mut z = -(t - (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + 0.04481 * t)));
    for _ in 0..3 {
        let distribution = normal_cdf(z);
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let newton = (distribution - u) / density;
        z -= newton / (1.0 + 0.5 * z * newton);
    }
    z
}

/// Below this the density is nearly subnormal, and quotients by it are rounding.
const FAR: f64 = 1e-290;

/// The quantile by the logarithm of the distribution function,
/// `ln Phi(-x) = -x^2 / 2 - ln(x sqrt(2 pi)) + ln(1 - 1/x^2 + 3/x^4 - 15/x^6 + ..)`, cut off
/// where it is good to `1e-14` beyond `x = 36` (Abramowitz and Stegun 26.2.12).
fn far_quantile(u: f64, start: f64) -> f64 {
    let target = u.ln();
    let mut x = start;
    for _ in 0..6 {
        let square = 1.0 / (x * x);
        let series =
            1.0 - square * (1.0 - square * (3.0 - square * (15.0 - square * (105.0 - square * 945.0))));
        let value = -0.5 * x * x - (x * (2.0 * std::f64::consts::PI).sqrt()).ln() + series.ln();
        // The slope is -x - 1/x to fourth order; Newton's steps shrink all the same.
        x += (value - target) / (x + 1.0 / x);
    }
    -x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs()
    }

    #[test]
    fn zeta_values() {
        assert!(close(hurwitz_zeta(2.0, 1.0), PI * PI / 6.0, 1e-14));
        assert!(close(hurwitz_zeta(4.0, 1.0), PI.powi(4) / 90.0, 1e-14));
        assert!(close(hurwitz_zeta(4.0, 0.5), 15.0 * PI.powi(4) / 90.0, 1e-14));
        assert!(close(hurwitz_zeta(8.0, 1.0), PI.powi(8) / 9450.0, 1e-14));
        assert!(close(hurwitz_zeta(1.5, 1.0), 2.612_375_348_685_488, 1e-13));
        assert!(hurwitz_zeta(1.0, 1.0).is_nan() && hurwitz_zeta(2.0, 0.0).is_nan());
    }

    #[test]
    fn bessel_values() {
        // DLMF 10.39.1: I_{1/2}(z) = sqrt(2 / (pi z)) sinh z.
        for z in [0.3f64, 1.0, 5.0, 40.0] {
            assert!(close(bessel_i(0.5, z), (2.0 / (PI * z)).sqrt() * z.sinh(), 1e-13), "{z}");
        }
        assert!(close(bessel_i(0.0, 1.0), 1.266_065_877_752_008_4, 1e-14));
        assert!(close(bessel_i(1.0, 2.0), 1.590_636_854_637_329, 1e-14));
        assert_eq!(bessel_i(0.0, 0.0).to_bits(), 1f64.to_bits());
        assert!(bessel_i(-1.0, 1.0).is_nan());
    }

    /// Values by 60-digit arithmetic (mpmath).
    #[test]
    fn the_ends_of_the_range() {
        for (u, z) in [
            (5e-324, -38.467_405_617_144_34),
            (1e-310, -37.663_060_331_949_524),
            (1e-300, -37.047_096_299_361_2),
            (1e-290, -36.420_731_673_207_998),
        ] {
            assert!(close(normal_quantile(u), z, 3e-15), "{u} {}", normal_quantile(u));
        }
        assert!(normal_quantile(0.0).is_nan() && normal_quantile(1.0).is_nan());
        assert!(close(hurwitz_zeta(1e9, 1.0), 1.0, 1e-15) && hurwitz_zeta(1e9, 2.0) <= 0.0);
        assert!(close(hurwitz_zeta(100.0, 50.0), 1.472_150_333_125_170_2e-170, 1e-12));
        assert!(hurwitz_zeta(2.0, 5e-324).is_infinite() && close(trigamma(1e300), 1e-300, 1e-14));
        assert!(close(bessel_i(0.0, 5e-324), 1.0, 1e-15) && close(bessel_i(1.0, 1e-200), 5e-201, 3e-13));
        assert!(bessel_i(0.0, 1e300).is_infinite() && bessel_i(1e308, 1.0) <= 0.0);
        assert!(bessel_i(1.7e308, 1.5e300) <= 0.0 && bessel_i(1e6, 1e5) <= 0.0);
        for v in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(bessel_i(v, 1.0).is_nan() && bessel_i(1.0, v).is_nan());
            assert!(
                hurwitz_zeta(v, 1.0).is_nan() && hurwitz_zeta(2.0, v).is_nan() && normal_quantile(v).is_nan()
            );
        }
    }

    proptest! {
        /// Any pair of doubles is answered, in bounded time and never with a wrong sign.
        #[test]
        fn every_double_is_answered(a in prop::num::f64::ANY, b in prop::num::f64::ANY) {
            for v in [hurwitz_zeta(a, b), bessel_i(a, b)] {
                prop_assert!(v.is_nan() || v >= 0.0, "{} {} {}", a, b, v);
            }
            if a > 1.0 && b > 0.0 && a.is_finite() && b.is_finite() {
                prop_assert!(hurwitz_zeta(a, b) >= b.powf(-a) * (1.0 - 1e-13), "{} {}", a, b);
            }
            if a >= 0.0 && b >= 0.0 && a.is_finite() && b.is_finite() {
                prop_assert!(!bessel_i(a, b).is_nan());
            }
            prop_assert!(a.is_nan() || (0.0..=1.0).contains(&normal_cdf(a)) && (0.0..=1.0).contains(&logistic(a)));
        }

        #[test]
        fn zeta_recurrence(s in 1.1f64..9.0, a in 0.05f64..40.0) {
            let step = hurwitz_zeta(s, a + 1.0) + a.powf(-s);
            prop_assert!(close(hurwitz_zeta(s, a), step, 2e-13));
        }

        #[test]
        fn bessel_recurrence(v in 1.0f64..90.0, z in 0.01f64..60.0) {
            // DLMF 10.29.1: I_{v-1} - I_{v+1} = (2 v / z) I_v.
            let (left, right) = (bessel_i(v - 1.0, z) - bessel_i(v + 1.0, z), 2.0 * v / z * bessel_i(v, z));
            prop_assert!((left - right).abs() <= 1e-11 * bessel_i(v - 1.0, z));
        }

        #[test]
        fn quantile_inverts_the_distribution(z in -8.0f64..8.0) {
            let u = 0.5 * libm::erfc(-z / 2f64.sqrt());
            prop_assume!(u < 1.0);
            // Near 1 the distribution function itself is rounded to 1e-16.
            let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
            prop_assert!((normal_quantile(u) - z).abs() <= 1e-14 * (1.0 + z.abs()) + 2e-16 * u / density);
        }
    }
}
