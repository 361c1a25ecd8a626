//! Sums of `c_i^2 / l_i` for sequences in closed form, bracketed.
//!
//! Every bracket comes from a comparison with an integral or a geometric series whose sum is known;
//! only a budgeted number of terms is added up one by one.

use super::membership::Law;

/// What is known of a sum of nonnegative terms from some index on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sum {
    /// It is finite, and its root lies between these.
    Converges {
        /// At least this.
        lower: f64,
        /// At most this; infinite where the bound of a finite sum overflows.
        upper: f64,
    },
    /// It is infinite.
    Diverges,
    /// Rounding of the exponents hides which.
    Unknown,
}

/// Terms added up one by one, which take a few milliseconds.
const BUDGET: usize = 1 << 20;

/// Widens a bracket by what rounding of a few dozen operations may have done to its ends.
fn widened(lower: f64, upper: f64, roundings: f64) -> Sum {
    let slack = roundings * f64::EPSILON;
    Sum::Converges {
        lower: (lower * (1.0 - slack)).next_down().max(0.0),
        upper: (upper * (1.0 + slack)).next_up(),
    }
}

/// The root of `sum_{i >= from} c_i^2 / l_i` by exact laws.
pub(super) fn root_of_sum(from: usize, c: Law, l: Law) -> Sum {
    let start = from as f64;
    match (c, l) {
        (Law::Zero, _) => Sum::Converges { lower: 0.0, upper: 0.0 },
        (_, Law::Zero) | (Law::Power { .. }, Law::Geometric { .. }) => Sum::Diverges,
        (Law::Power { constant: a, exponent: p }, Law::Power { constant: b, exponent: q }) => {
            powers(start, a / b.sqrt(), p, q)
        }
        (Law::Geometric { constant: a, ratio: p }, Law::Geometric { constant: b, ratio: q }) => {
            geometric(start, a / b.sqrt(), p, q)
        }
        (Law::Geometric { constant: a, ratio: p }, Law::Power { constant: b, exponent: q }) => {
            mixed(start, a / b.sqrt(), p, q)
        }
    }
}

/// `c^2 sum i^-e` with `e = 2 p - q`.
fn powers(start: f64, c: f64, p: f64, q: f64) -> Sum {
    // 2 p - q - 1 with one rounding that matters: the sign of the excess decides.
    let e = 2.0 * p - q;
    let lost = {
        // Knuth's two-sum of 2 p and -q.
        let back = e - 2.0 * p;
        (2.0 * p - (e - back)) + (-q - back)
    };
    let excess = (e - 1.0) + lost;
    if !excess.is_finite() {
        return Sum::Unknown;
    }
    if excess <= 0.0 {
        return Sum::Diverges;
    }
    // Terms relative to the first, (i / start)^-e, until those that follow are so slow that the
    // integral brackets them well: sum_{i >= n} f(i) = int_n f + f(n) / 2 - f'(n) / 12 + R with
    // 0 <= -R <= |f'''(n)| / 720 (Euler and Maclaurin; the derivatives of f alternate in sign).
    let (mut sum, mut i) = (0.0, start);
    while i < 16.0 + e && i < start + BUDGET as f64 {
        let term = (i / start).powf(-e);
        sum += term;
        i += 1.0;
        if term < 1e-40 {
            break;
        }
    }
    let f = (i / start).powf(-e);
    let integral = f * i / excess;
    let slope = e * f / i;
    let bend = e * (e + 1.0) * (e + 2.0) * f / i / i / i;
    let upper = sum + integral + 0.5 * f + slope / 12.0;
    let lower = (upper - bend / 720.0).max(sum + integral);
    // The power of start carries the rounding of e, and that of its own.
    let first = start.powf(-0.5 * e);
    let roundings = 64.0 + 4.0 * (e + 1.0) * (1.0 + i.ln()) + (i - start);
    widened(c * first * lower.sqrt(), c * first * upper.sqrt(), roundings)
}

/// `c^2 sum (p^2 / q)^i`.
fn geometric(start: f64, c: f64, p: f64, q: f64) -> Sum {
    // q - p^2 with one rounding, so that its sign is right where it does not vanish.
    let gap = f64::mul_add(-p, p, q);
    if gap < 0.0 {
        return Sum::Diverges;
    }
    if gap == 0.0 {
        // Exactly equal, unless the difference is below the smallest double.
        return if q > 1e-290 { Sum::Diverges } else { Sum::Unknown };
    }
    let root = p / q.sqrt();
    let value = c * root.powf(start) / (gap / q).sqrt();
    widened(value, value, 64.0 + 4.0 * start)
}

/// `c^2 sum i^q p^{2 i}`, always finite.
fn mixed(start: f64, c: f64, p: f64, q: f64) -> Sum {
    // The logarithm of the ratio of successive terms, 2 ln p + q ln(1 + 1 / i), falls to 2 ln p:
    // the terms that follow lie between two geometric series once it is negative. Terms are taken
    // relative to the first.
    let log = 2.0 * p.ln();
    let exponent = |i: f64| [q * (i / start).ln(), (i - start) * log];
    let (mut sum, mut i, end) = (0.0, start, start + BUDGET as f64);
    let (mut lower, mut upper) = (0.0, f64::INFINITY);
    loop {
        let term = exponent(i).iter().sum::<f64>().exp();
        if !term.is_finite() {
            break;
        }
        lower = sum + term / -log.exp_m1();
        let growth = q * (1.0 / i).ln_1p();
        let ratio = log + growth + 4.0 * f64::EPSILON * (growth - log);
        if ratio < 0.0 {
            upper = sum + term / -ratio.exp_m1();
        }
        if upper <= lower * (1.0 + 1e-15) || i >= end {
            break;
        }
        sum += term;
        i += 1.0;
    }
    // Far from the largest term: a sum of a function with one maximum is within it of the integral,
    // and the integral from 0 is Gamma(q + 1) / s^{q + 1} with s = -2 ln p.
    let s = -log;
    let whole = libm::lgamma(q + 1.0) - (q + 1.0) * s.ln();
    let most = if q > 0.0 { q * (q / s).ln() - q } else { 0.0 };
    let first = q * start.ln() + start * log;
    let upper = upper.min((whole - first).exp() + (most - first).exp());
    let scale = (0.5 * first).exp();
    let [grown, fallen] = exponent(i).map(f64::abs);
    let terms = (i - start) + grown + fallen + first.abs() + whole.abs() + most.abs();
    let roundings = 64.0 + 8.0 * (terms + q * start.ln() + start * s);
    widened(c * scale * lower.sqrt(), c * scale * upper.sqrt(), roundings)
}
