//! Ticks at multiples of 1, 2 and 5 times powers of ten.

use super::tick::{Along, SLACK, Ticks, fits, major, minor, signed};
use crate::describe::axis::Kind;
use crate::layout::scale::Scale;

/// Ticks at round values, as close as their labels allow.
pub(super) fn ticks(scale: &Scale, length: f64, along: Along) -> Ticks {
    let (lo, hi) = scale.limits();
    let size = lo.abs().max(hi.abs());
    // Powers of ten near the ends of the range are not representable: work with a rescaled axis and
    // remember by how much.
    let (lift, offset) = if size < 1e-250 {
        (1e250, -250)
    } else if size > 1e250 {
        (1e-250, 250)
    } else {
        (1.0, 0)
    };
    let (lo, hi) = (lo * lift, hi * lift);
    let range = hi - lo;
    let top = (size * lift).log10();
    if range <= 0.0 || !range.is_finite() || !top.is_finite() {
        return Ticks::default();
    }
    let finest = (range * along.comfort() / length.max(1.0)).log10().floor() as i32;
    let steps = (finest..finest + 4).flat_map(|k| [(1i64, k), (2, k), (5, k)]);
    let mut best = Ticks::default();
    for (mantissa, k) in steps {
        let step = mantissa as f64 * 10f64.powi(k);
        if step / range * length < 0.8 * along.comfort() {
            continue;
        }
        let ticks = linear_ticks(scale, [lo, hi], (mantissa, k), top.floor() as i32, offset, lift);
        if fits(&ticks.ticks, length, along) {
            best = ticks;
            break;
        }
    }
    // On other scales equal parts of a step are not equally long.
    if scale.kind == Kind::Linear {
        add_linear_minors(&mut best, length);
    }
    best
}

fn linear_ticks(
    scale: &Scale,
    [lo, hi]: [f64; 2],
    (mantissa, k): (i64, i32),
    top: i32,
    offset: i32,
    lift: f64,
) -> Ticks {
    let step = mantissa as f64 * 10f64.powi(k);
    let slack = SLACK * (hi - lo);
    let first = ((lo - slack) / step).ceil() as i64;
    let last = ((hi + slack) / step).floor() as i64;
    // Between 0.001 and 99999 numbers are written out; beyond, the axis carries a factor.
    let power = if (-3..5).contains(&(top + offset)) { 0 } else { top };
    let digits = (power - k).max(0) as usize;
    let ticks = (first..=last)
        .map(|i| {
            let unit = scale.unit(i as f64 * step / lift);
            let label = decimal(i.saturating_mul(mantissa), k - power, digits);
            major(unit, Some(label))
        })
        // On scales that are not linear the slack may reach far beyond the frame.
        .filter(|t| (-SLACK..=1.0 + SLACK).contains(&t.unit))
        .collect();
    let factor = (power != 0).then(|| format!("×10^{{{}}}", signed(power + offset)));
    Ticks { ticks, factor }
}

/// `n * 10^k` written out with `digits` decimals, exactly.
pub(super) fn decimal(n: i64, k: i32, digits: usize) -> String {
    let sign = if n < 0 { "\u{2212}" } else { "" };
    let mut body = n.unsigned_abs().to_string();
    if k >= 0 {
        if n != 0 {
            body.push_str(&"0".repeat(k as usize));
        }
    } else {
        let point = k.unsigned_abs() as usize;
        if body.len() <= point {
            body = "0".repeat(point + 1 - body.len()) + &body;
        }
        body.insert(body.len() - point, '.');
        let keep = body.len() - point + digits.min(point);
        body.truncate(keep);
    }
    format!("{sign}{body}")
}

/// Halves, quarters or fifths between labelled ticks, on both sides of them up to the frame.
fn add_linear_minors(ticks: &mut Ticks, length: f64) {
    let at: Vec<f64> = ticks.ticks.iter().map(|t| t.unit).collect();
    let (Some(first), Some(second)) = (at.first(), at.get(1)) else { return };
    let gap = second - first;
    let Some(parts) = [5, 4, 2].into_iter().find(|p| {
        // Fifths of 1 and 5, quarters of 2: the labels tell which by their leading digit.
        let natural = if leading_two(ticks) { *p != 5 } else { *p == 5 };
        natural && gap.abs() * length / f64::from(*p) >= 3.2
    }) else {
        return;
    };
    let step = gap / f64::from(parts);
    if step.abs() < 1e-4 {
        return;
    }
    let count = (1.0 / step.abs()).ceil() as i64 + 1;
    for i in -count..=count {
        let unit = first + i as f64 * step;
        if i % i64::from(parts) != 0 && (-SLACK..=1.0 + SLACK).contains(&unit) {
            ticks.ticks.push(minor(unit));
        }
    }
}

/// Whether the step between the first two labels begins with the digit 2.
fn leading_two(ticks: &Ticks) -> bool {
    let value = |i: usize| {
        let label = ticks.ticks.get(i).and_then(|t| t.label.clone()).unwrap_or_default();
        label.replace('\u{2212}', "-").parse::<f64>().unwrap_or(0.0)
    };
    let step = (value(1) - value(0)).abs();
    if step <= 0.0 {
        return false;
    }
    let mantissa = step / 10f64.powf(step.log10().floor());
    (1.5..3.0).contains(&mantissa)
}
