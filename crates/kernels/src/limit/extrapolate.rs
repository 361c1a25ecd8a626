//! One number from several rules: extrapolated where it converges steadily, with a bracket.

/// A number and the ends between which it should lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Refined {
    pub(super) low: f64,
    pub(super) value: f64,
    pub(super) high: f64,
}

/// Orders `p` of convergence `h^p` that are believed: 1 for a jump along a line that passes the
/// nodes alike at every size, 2 for such a kink, between them for roots and mixtures. Slower ones
/// are sequences that have not begun to converge.
const ORDERS: std::ops::RangeInclusive<f64> = 0.75..=5.0;

/// The rate of errors at jumps along lines that pass the nodes anyhow; what scatters is not trusted
/// to fall faster.
const JUMPS: f64 = 1.0;

/// Errors of scattered rules beside the largest of their differences: three would do for differences
/// that fall by a fourth, and rules may agree by chance.
const SCATTER: f64 = 6.0;

/// How far two estimates of an order may be apart where convergence is steady. The errors of jumps
/// along other lines jump about, and orders from them differ by whole numbers.
const STEADINESS: f64 = 0.4;

/// Whether all orders from three consecutive rules are believed, and each is near the last.
pub(super) fn is_steady(sizes: &[f64], values: &[f64]) -> bool {
    let mut orders = sizes.windows(3).zip(values.windows(3)).rev().map(|(n, v)| order(n, v));
    let Some(Some(last)) = orders.next() else { return false };
    orders.all(|p| p.is_some_and(|p| (p - last).abs() <= STEADINESS))
}

/// What the numbers from rules of these sizes, coarsest first, tend to.
///
/// Where convergence is `steady`, the last three are extrapolated by the order that their
/// differences show (Richardson 1911; Aitken 1926), and the bracket covers the extrapolated and the
/// finest value, with three times the change of the extrapolation from the three before as a
/// margin, and a third of the last difference; without three before, all of it. Elsewhere it is
/// the finest value and a multiple of the largest difference, each scaled to the finest rule by how
/// they fall in the mean, so that two rules that agree by chance do not hide how the others differ.
pub(super) fn refined(sizes: &[f64], values: &[f64], steady: bool) -> Refined {
    let ([.., middle, fine], count) = (values, values.len()) else {
        // A single rule says nothing of its error.
        return Refined {
            low: f64::NEG_INFINITY,
            value: values.last().copied().unwrap_or(0.0),
            high: f64::INFINITY,
        };
    };
    let step = (fine - middle).abs();
    let extrapolated =
        if steady && count > 2 { extrapolate(&sizes[count - 3..], &values[count - 3..]) } else { None };
    let Some(value) = extrapolated else {
        let margin = SCATTER * scattered(sizes, values);
        return Refined { low: fine - margin, value: *fine, high: fine + margin };
    };
    let previous = if count > 3 { extrapolate(&sizes[count - 4..], &values[count - 4..]) } else { None };
    let margin = previous.map_or(step, |p| 3.0 * (value - p).abs() + 0.3 * step);
    Refined { low: value.min(*fine) - margin, value, high: value.max(*fine) + margin }
}

/// The largest difference of neighbours, scaled to the finest rule. The rate is what the mean of
/// the later differences says beside that of the earlier ones; from two differences alone it is 1,
/// that of jumps.
fn scattered(sizes: &[f64], values: &[f64]) -> f64 {
    let steps: Vec<f64> = values.windows(2).map(|v| (v[1] - v[0]).abs()).collect();
    let finest = sizes.len() - 1;
    let rate = if steps.len() > 2 {
        let half = steps.len() / 2;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (early, late) = (mean(&steps[..half]), mean(&steps[half..]));
        let growth = (sizes[finest] / sizes[finest - half]).ln();
        ((early / late).ln() / growth).clamp(0.5, JUMPS)
    } else {
        JUMPS
    };
    let scaled = steps.iter().zip(&sizes[1..]).map(|(s, n)| s * (n / sizes[finest]).powf(rate));
    scaled.fold(0.0, f64::max)
}

/// The limit of the first three numbers, if their order is believed.
fn extrapolate(n: &[f64], v: &[f64]) -> Option<f64> {
    let p = order(n, v)?;
    Some(v[2] + (v[2] - v[1]) / ((n[2] / n[1]).powf(p) - 1.0))
}

/// The `p` for which `v + c n^-p` passes through three numbers, by bisection.
fn order(n: &[f64], v: &[f64]) -> Option<f64> {
    let found = (v[1] - v[2]) / (v[0] - v[1]);
    // Falls with p.
    let ratio = |p: f64| {
        let h = |k: usize| (n[0] / n[k]).powf(p);
        (h(1) - h(2)) / (1.0 - h(1))
    };
    let (mut low, mut high) = (*ORDERS.start(), *ORDERS.end());
    if !(found <= ratio(low) && found >= ratio(high)) {
        return None;
    }
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if ratio(middle) > found { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZES: [f64; 5] = [53.0, 101.0, 203.0, 401.0, 801.0];

    proptest! {
        /// `v + c h^p` is extrapolated to `v`, and `v` is in every bracket.
        #[test]
        fn powers_are_recognised(v in -3.0f64..3.0, c in -2.0f64..2.0, p in 0.8f64..4.0) {
            prop_assume!(c.abs() > 1e-2);
            let values = SIZES.map(|n| v + c * n.powf(-p));
            prop_assert!(is_steady(&SIZES, &values));
            let r = refined(&SIZES, &values, true);
            prop_assert!((r.value - v).abs() < 1e-6 * c.abs() && r.low < v && v < r.high, "{r:?}");
            let blind = refined(&SIZES, &values, false);
            prop_assert!(blind.low < v && v < blind.high);
        }

        /// Mixtures of two orders, as limits of strict orders are: in the bracket.
        #[test]
        fn mixtures_are_covered(a in -1.0f64..1.0, b in -30.0f64..30.0, p in 0.9f64..2.0) {
            let values = SIZES.map(|n| a * n.powf(-p) + b * n.powf(-p - 1.0));
            let r = refined(&SIZES, &values, is_steady(&SIZES, &values));
            prop_assume!((values[4] - values[3]).abs() > 0.34 * values[4].abs());
            prop_assert!(r.low <= 0.0 && 0.0 <= r.high, "{values:?} {r:?}");
        }

        /// Noise whose size falls like the mesh is hardly ever taken for steady.
        #[test]
        fn noise_is_covered(errors in prop::array::uniform5(-1.0f64..1.0)) {
            let values: [f64; 5] = std::array::from_fn(|k| errors[k] / SIZES[k]);
            let [_, _, _, b, c] = values;
            prop_assume!((c - b).abs() > 0.34 * c.abs() && !is_steady(&SIZES, &values));
            let r = refined(&SIZES, &values, false);
            prop_assert!(r.low <= 0.0 && 0.0 <= r.high);
        }
    }
}
