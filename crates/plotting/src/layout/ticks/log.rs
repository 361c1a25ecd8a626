//! Ticks on logarithmic scales: decades, octaves, less than a decade, and both signs.

use super::linear;
use super::linear::decimal;
use super::tick::{Along, Rank, SLACK, Tick, Ticks, fits, major, minor, signed};
use crate::layout::scale::Scale;

/// Ticks at powers of ten.
pub(super) fn decades(scale: &Scale, length: f64, along: Along) -> Ticks {
    let (a, b) = (scale.a, scale.b);
    let inside: Vec<i32> = ((a - SLACK).ceil() as i32..=(b + SLACK).floor() as i32).collect();
    let per_decade = length / (b - a);
    if inside.len() < 2 {
        return mantissas(scale, length, along);
    }
    let label = |e: i32| format!("10^{{{}}}", signed(e));
    for k in [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 100, 200, 400] {
        let ticks: Vec<Tick> = inside
            .iter()
            .map(|&e| {
                let unit = scale.unit_of_transformed(f64::from(e));
                if e % k == 0 { major(unit, Some(label(e))) } else { minor(unit) }
            })
            .filter(|t| t.rank == Rank::Major || per_decade >= 2.5)
            .collect();
        if fits(&ticks, length, along) {
            let mut ticks = ticks;
            if ticks.iter().all(|t| t.label.is_none())
                && let Some(t) = ticks.first_mut()
            {
                *t = major(t.unit, Some(label(inside[0])));
            }
            if k == 1 && per_decade >= 14.0 {
                ticks.extend(between(scale, inside[0] - 1, inside[inside.len() - 1]));
            }
            return Ticks { ticks, factor: None };
        }
    }
    Ticks::default()
}

/// Minor ticks at 2 to 9 times the powers of ten.
fn between(scale: &Scale, from: i32, to: i32) -> Vec<Tick> {
    (from..=to)
        .flat_map(|e| (2..10).map(move |m| f64::from(e) + f64::from(m).log10()))
        .map(|t| scale.unit_of_transformed(t))
        .filter(|u| (0.0..=1.0).contains(u))
        .map(minor)
        .collect()
}

/// Ranges with at most one power of ten inside: labels at 1, 2, 5 and the like; a linear ladder
/// where even those are rare.
fn mantissas(scale: &Scale, length: f64, along: Along) -> Ticks {
    let (a, b) = (scale.a, scale.b);
    let from = (a - SLACK).floor() as i32;
    let to = (b + SLACK).floor() as i32;
    let sets: [&[u32]; 5] =
        [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3, 4, 6, 8], &[1, 2, 3, 5], &[1, 2, 5], &[1, 3]];
    for set in sets {
        let mut ticks = Vec::new();
        for e in from..=to {
            for m in 1..10u32 {
                let unit = scale.unit_of_transformed(f64::from(e) + f64::from(m).log10());
                if (-SLACK..=1.0 + SLACK).contains(&unit) {
                    let label = set.contains(&m).then(|| scientific(m, e));
                    ticks.push(if label.is_some() { major(unit, label) } else { minor(unit) });
                }
            }
        }
        let labels = ticks.iter().filter(|t| t.label.is_some()).count();
        if (2..=7).contains(&labels) && fits(&ticks, length, along) {
            return Ticks { ticks, factor: None };
        }
    }
    linear::ticks(scale, length, along)
}

/// `m * 10^e`, written out where that is short.
fn scientific(m: u32, e: i32) -> String {
    match e {
        -3..=4 => decimal(i64::from(m), e, e.min(0).unsigned_abs() as usize),
        _ if m == 1 => format!("10^{{{}}}", signed(e)),
        _ => format!("{m}×10^{{{}}}", signed(e)),
    }
}

/// Ticks at powers of two.
pub(super) fn octaves(scale: &Scale, length: f64, along: Along) -> Ticks {
    let octave = std::f64::consts::LOG10_2;
    let inside: Vec<i32> =
        (((scale.a - SLACK) / octave).ceil() as i32..=((scale.b + SLACK) / octave).floor() as i32).collect();
    if inside.len() < 2 {
        return mantissas(scale, length, along);
    }
    let spelled = inside.iter().all(|e| (0..=14).contains(e));
    let label =
        |e: i32| if spelled { (1i64 << e.clamp(0, 14)).to_string() } else { format!("2^{{{}}}", signed(e)) };
    for k in [1, 2, 3, 4, 5, 8, 10, 16, 20, 32, 64, 128, 256, 512, 1024] {
        let ticks: Vec<Tick> = inside
            .iter()
            .map(|&e| {
                let unit = scale.unit_of_transformed(f64::from(e) * octave);
                if e % k == 0 { major(unit, Some(label(e))) } else { minor(unit) }
            })
            .filter(|t| t.rank == Rank::Major || length / inside.len() as f64 >= 2.5)
            .collect();
        if fits(&ticks, length, along) {
            return Ticks { ticks, factor: None };
        }
    }
    Ticks::default()
}

/// Zero and the powers of ten beyond the threshold; labels from the largest inwards, as far as they
/// keep clear of zero.
pub(super) fn symlog(scale: &Scale, threshold: f64, length: f64, along: Along) -> Ticks {
    let (lo, hi) = scale.limits();
    let base = threshold.log10().ceil() as i32;
    let highest = lo.abs().max(hi.abs()).log10().floor();
    let highest = if highest.is_finite() { (highest as i32).max(base) } else { base };
    let text =
        |e: i32, sign: f64| format!("{}10^{{{}}}", if sign < 0.0 { "\u{2212}" } else { "" }, signed(e));
    let clear = |e: i32| {
        let apart = (scale.unit(10f64.powi(e)) - scale.unit(0.0)).abs() * length;
        apart >= (along.extent("0") + along.extent(&text(e, -1.0))) / 2.0
    };
    for k in [1, 2, 3, 4, 5, 10, 20, 50, 100, 200] {
        let ticks: Vec<Tick> = (base..=highest)
            .flat_map(|e| [(e, 1.0), (e, -1.0)])
            .map(|(e, sign)| {
                let unit = scale.unit(sign * 10f64.powi(e));
                let labelled = (highest - e) % k == 0 && clear(e);
                if labelled { major(unit, Some(text(e, sign))) } else { minor(unit) }
            })
            .chain([major(scale.unit(0.0), Some("0".to_owned()))])
            .filter(|t| (-SLACK..=1.0 + SLACK).contains(&t.unit))
            .collect();
        if fits(&ticks, length, along) && ticks.iter().filter(|t| t.label.is_some()).count() > 1 {
            return Ticks { ticks, factor: None };
        }
    }
    linear::ticks(scale, length, along)
}
