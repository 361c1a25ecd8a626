//! Ticks: where they go and what they say, so that neighbouring labels never touch.

use crate::scale::{Kind, Scale};
use crate::text;
use crate::theme::TICK_TEXT;

/// One tick: its position in [0, 1] along the axis and its label, if it has one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub unit: f64,
    pub label: Option<String>,
    pub rank: Rank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    Major,
    Minor,
}

/// The ticks of an axis and the factor that its labels leave out, as markup ("\times10^{5}").
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    pub ticks: Vec<Tick>,
    pub factor: Option<String>,
}

/// Which way the axis runs: labels stand side by side along x, above one another along y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    X,
    Y,
}

impl Along {
    /// Room that a label takes along the axis, with the space that keeps it apart from the next.
    fn extent(self, label: &str) -> f64 {
        match self {
            Self::X => text::width(label, TICK_TEXT) + 0.75 * TICK_TEXT,
            Self::Y => 1.45 * TICK_TEXT,
        }
    }

    /// Preferred distance between labelled ticks of a linear axis.
    fn comfort(self) -> f64 {
        match self {
            Self::X => 25.0,
            Self::Y => 19.0,
        }
    }
}

const SLACK: f64 = 1e-7;

/// Chooses ticks for a scale drawn `length` points long.
pub(crate) fn choose(scale: &Scale, length: f64, along: Along) -> Ticks {
    match &scale.kind {
        Kind::Linear => linear(scale, length, along),
        Kind::Log10 => decades(scale, length, along),
        Kind::Log2 => octaves(scale, length, along),
        Kind::Symlog { threshold } => symlog(scale, *threshold, length, along),
        Kind::Categories(names) => categories(scale, names),
    }
}

/// Ticks at given values, labels thinned where they would touch.
pub(crate) fn fixed(scale: &Scale, at: &[(f64, Option<String>)], length: f64, along: Along) -> Ticks {
    let ticks: Vec<Tick> = at
        .iter()
        .map(|(v, label)| (scale.unit(*v), label.clone().unwrap_or_else(|| plain(*v))))
        .filter(|(u, _)| (-SLACK..=1.0 + SLACK).contains(u))
        .map(|(unit, label)| major(unit, Some(label)))
        .collect();
    Ticks { ticks: thinned(ticks, length, along), factor: None }
}

fn major(unit: f64, label: Option<String>) -> Tick {
    Tick { unit, label, rank: Rank::Major }
}

fn minor(unit: f64) -> Tick {
    Tick { unit, label: None, rank: Rank::Minor }
}

/// Whether all labels keep clear of each other.
fn fits(ticks: &[Tick], length: f64, along: Along) -> bool {
    let mut placed: Vec<(f64, f64)> = ticks
        .iter()
        .filter_map(|t| t.label.as_ref().map(|l| (t.unit * length, along.extent(l) / 2.0)))
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.windows(2).all(|w| w[1].0 - w[0].0 >= w[0].1 + w[1].1)
}

/// Keeps every k-th label, with the smallest k that fits.
fn thinned(ticks: Vec<Tick>, length: f64, along: Along) -> Vec<Tick> {
    let labelled = ticks.iter().filter(|t| t.label.is_some()).count();
    for k in 1..=labelled.max(1) {
        let mut seen = 0;
        let kept: Vec<Tick> = ticks
            .iter()
            .map(|t| {
                let keep = t.label.is_some() && seen % k == 0;
                seen += usize::from(t.label.is_some());
                Tick { label: t.label.clone().filter(|_| keep), ..t.clone() }
            })
            .collect();
        if k >= labelled || fits(&kept, length, along) {
            return kept;
        }
    }
    ticks
}

// ---- linear -------------------------------------------------------------------------------------------------------

fn linear(scale: &Scale, length: f64, along: Along) -> Ticks {
    let (lo, hi) = scale.limits();
    let size = lo.abs().max(hi.abs());
    // Powers of ten near the ends of the range are not representable: work with a rescaled axis and remember by how much.
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
    if !(range > 0.0) || !top.is_finite() {
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
    add_linear_minors(&mut best, length);
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
        .collect();
    let factor = (power != 0).then(|| format!("×10^{{{}}}", signed(power + offset)));
    Ticks { ticks, factor }
}

/// `n * 10^k` written out with `digits` decimals, exactly.
fn decimal(n: i64, k: i32, digits: usize) -> String {
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

fn signed(power: i32) -> String {
    if power < 0 { format!("\u{2212}{}", power.unsigned_abs()) } else { power.to_string() }
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
    if !(step.abs() > 1e-4) {
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

// ---- logarithmic --------------------------------------------------------------------------------------------------

fn decades(scale: &Scale, length: f64, along: Along) -> Ticks {
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

/// Ranges with at most one power of ten inside: labels at 1, 2, 5 and the like; a linear ladder where even those are rare.
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
        if labels >= 2 && labels <= 7 && fits(&ticks, length, along) {
            return Ticks { ticks, factor: None };
        }
    }
    linear(scale, length, along)
}

/// `m * 10^e`, written out where that is short.
fn scientific(m: u32, e: i32) -> String {
    match e {
        -3..=4 => decimal(i64::from(m), e, e.min(0).unsigned_abs() as usize),
        _ if m == 1 => format!("10^{{{}}}", signed(e)),
        _ => format!("{m}×10^{{{}}}", signed(e)),
    }
}

fn octaves(scale: &Scale, length: f64, along: Along) -> Ticks {
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

fn symlog(scale: &Scale, threshold: f64, length: f64, along: Along) -> Ticks {
    let (lo, hi) = scale.limits();
    let base = threshold.log10().ceil() as i32;
    let highest = lo.abs().max(hi.abs()).log10().floor();
    let highest = if highest.is_finite() { highest as i32 } else { base };
    for k in [1, 2, 3, 4, 5, 10, 20, 50, 100, 200] {
        let powers = (base..=highest.max(base)).filter(|e| (e - base) % k == 0);
        let ticks: Vec<Tick> = powers
            .flat_map(|e| {
                let v = 10f64.powi(e);
                [(v, format!("10^{{{}}}", signed(e))), (-v, format!("\u{2212}10^{{{}}}", signed(e)))]
            })
            .chain([(0.0, "0".to_owned())])
            .map(|(v, l)| major(scale.unit(v), Some(l)))
            .filter(|t| (-SLACK..=1.0 + SLACK).contains(&t.unit))
            .collect();
        if fits(&ticks, length, along) && ticks.len() > 1 {
            return Ticks { ticks, factor: None };
        }
    }
    linear(scale, length, along)
}

fn categories(scale: &Scale, names: &[String]) -> Ticks {
    let ticks = names.iter().enumerate().map(|(i, n)| major(scale.unit(i as f64), Some(n.clone()))).collect();
    Ticks { ticks, factor: None }
}

/// A number as a person would write it in a label: at most six significant digits, powers of ten where they are shorter.
pub(crate) fn plain(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let e = v.abs().log10().floor() as i32;
    if (-4..6).contains(&e) {
        let s = format!("{v:.*}", (5 - e).max(0) as usize);
        let s = if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.') } else { &s };
        return s.replace('-', "\u{2212}");
    }
    let s = format!("{v:.3e}");
    let (m, p) = s.split_once('e').unwrap_or((&s, "0"));
    let m = m.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}");
    let p = p.replace('-', "\u{2212}");
    if m == "1" { format!("10^{{{p}}}") } else { format!("{m}×10^{{{p}}}") }
}

#[cfg(test)]
#[path = "ticks_tests.rs"]
mod tests;
