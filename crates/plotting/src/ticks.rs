//! Ticks: where they go and what they say, so that neighbouring labels never touch.

use crate::scale::{Kind, Scale};
use crate::text;
use crate::theme::TICK_TEXT;

mod linear;
mod log;

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
        Kind::Linear => linear::ticks(scale, length, along),
        Kind::Log10 => log::decades(scale, length, along),
        Kind::Log2 => log::octaves(scale, length, along),
        Kind::Symlog { threshold } => log::symlog(scale, *threshold, length, along),
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

fn signed(power: i32) -> String {
    if power < 0 { format!("\u{2212}{}", power.unsigned_abs()) } else { power.to_string() }
}

fn categories(scale: &Scale, names: &[String]) -> Ticks {
    let ticks = names.iter().enumerate().map(|(i, n)| major(scale.unit(i as f64), Some(n.clone()))).collect();
    Ticks { ticks, factor: None }
}

/// A number as a person would write it in a label: at most six significant digits, powers of ten
/// where they are shorter.
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
mod tests;
