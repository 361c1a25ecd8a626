//! Spectra that are series: geometric, algebraic, or given by roots.

use crate::special::hurwitz_zeta;
use crate::spectrum::{Spectrum, SpectrumKind};

/// Values listed of a slowly decaying spectrum, before multiplicities.
pub(super) const LISTED: usize = 1000;

/// `first ratio^n`, `n >= 0`, for `|ratio| < 1`: listed down to `1e-20` of the first (at most
/// 5000), the remainder in closed form.
pub(super) fn geometric(kind: SpectrumKind, first: f64, ratio: f64) -> Option<Spectrum> {
    let enough =
        if ratio == 0.0 { 1 } else { (1e-20f64.ln() / ratio.abs().ln()).ceil().clamp(1.0, 5000.0) as usize };
    let value = |n: usize| first * ratio.powi(n as i32);
    let values: Vec<f64> = (0..enough).map(value).collect();
    // Every second unlisted value has the sign of the first unlisted one.
    let r2 = ratio * ratio;
    let (next, after) = (value(enough), value(enough + 1));
    let sums = [next, after].map(|v| (v, v * v / (1.0 - r2 * r2)));
    match kind {
        SpectrumKind::SingularValues => {
            Spectrum::singular_values(values.iter().map(|v| v.abs()).collect(), sums[0].1 + sums[1].1).ok()
        }
        SpectrumKind::Eigenvalues => {
            let part =
                |negative: bool| sums.iter().filter(|(v, _)| (*v < 0.0) == negative).map(|(_, s)| s).sum();
            Spectrum::eigenvalues(values, part(false), part(true)).ok()
        }
    }
}

/// Splits values of fast decay, in decreasing order, into those worth listing and the sum of
/// squares of the others.
pub(super) fn split_tail(values: &[f64]) -> (Vec<f64>, f64) {
    let largest = values.first().copied().unwrap_or(0.0);
    let cut = values.partition_point(|v| *v > 1e-20 * largest);
    (values[..cut].to_vec(), values[cut..].iter().rev().map(|v| v * v).sum())
}

/// `scale (k + shift)^-power` for `k >= 0`, each `copies` times: the first [`LISTED`] and the sum
/// of squares of the rest.
pub(super) fn algebraic(scale: f64, shift: f64, power: f64, copies: usize) -> (Vec<f64>, f64) {
    let values =
        (0..LISTED).flat_map(|k| std::iter::repeat_n(scale * (k as f64 + shift).powf(-power), copies));
    let rest = copies as f64 * scale * scale * hurwitz_zeta(2.0 * power, LISTED as f64 + shift);
    (values.collect(), rest)
}

/// The root of `f` in `[a, b]`, across which its sign changes, to rounding (bisection).
pub(super) fn root(mut a: f64, mut b: f64, f: impl Fn(f64) -> f64) -> f64 {
    let negative_left = f(a) < 0.0;
    loop {
        let mid = 0.5 * (a + b);
        if mid <= a || mid >= b {
            return mid;
        }
        if (f(mid) < 0.0) == negative_left {
            a = mid;
        } else {
            b = mid;
        }
    }
}
