//! Spectra that are series: geometric, algebraic, or given by roots.

use crate::spectrum::{Progression, Spectrum, SpectrumKind};

/// Values listed of a slowly decaying spectrum, before multiplicities.
pub(super) const LISTED: usize = 1000;

/// `first ratio^n`, `n >= 0`, for `|ratio| < 1`: listed down to `1e-20` of the first (at most
/// 5000), the remainder in closed form.
pub(super) fn geometric(kind: SpectrumKind, first: f64, ratio: f64) -> Option<Spectrum> {
    let enough =
        if ratio == 0.0 { 1 } else { (1e-20f64.ln() / ratio.abs().ln()).ceil().clamp(1.0, 5000.0) as usize };
    let value = |n: usize| first * ratio.powi(n as i32);
    let values: Vec<f64> = (0..enough).map(value).collect();
    if kind == SpectrumKind::SingularValues {
        let values = values.iter().map(|v| v.abs()).collect();
        let rest = Progression::Geometric { first: value(enough), ratio: ratio.abs(), copies: 1 };
        return Spectrum::continued(kind, values, vec![rest], Vec::new()).ok();
    }
    // Every second unlisted value has the sign of the first unlisted one.
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    for first in [value(enough), value(enough + 1)] {
        let part = if first < 0.0 { &mut negative } else { &mut positive };
        part.push(Progression::Geometric { first, ratio: ratio * ratio, copies: 1 });
    }
    Spectrum::continued(kind, values, positive, negative).ok()
}

/// Splits values of fast decay, in decreasing order, into those worth listing and the sum of
/// squares of the others.
pub(super) fn split_tail(values: &[f64]) -> (Vec<f64>, f64) {
    let largest = values.first().copied().unwrap_or(0.0);
    let cut = values.partition_point(|v| *v > 1e-20 * largest);
    (values[..cut].to_vec(), values[cut..].iter().rev().map(|v| v * v).sum())
}

/// `scale (k + shift)^-power` for `k >= 0`, each `copies` times: the first [`LISTED`], and the
/// progression of the rest.
pub(super) fn algebraic(scale: f64, shift: f64, power: f64, copies: usize) -> (Vec<f64>, Progression) {
    let values =
        (0..LISTED).flat_map(|k| std::iter::repeat_n(scale * (k as f64 + shift).powf(-power), copies));
    (values.collect(), Progression::algebraic(scale, LISTED as f64 + shift, power, copies))
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
