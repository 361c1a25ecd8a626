//! One tick, and whether labels of neighbours keep clear of each other.

use crate::layout::theme::TICK_TEXT;
use crate::text::markup as text;

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
    pub(super) fn extent(self, label: &str) -> f64 {
        match self {
            Self::X => text::width(label, TICK_TEXT) + 0.75 * TICK_TEXT,
            Self::Y => 1.45 * TICK_TEXT,
        }
    }

    /// Preferred distance between labelled ticks of a linear axis.
    pub(super) fn comfort(self) -> f64 {
        match self {
            Self::X => 25.0,
            Self::Y => 19.0,
        }
    }
}

pub(super) const SLACK: f64 = 1e-7;

pub(super) fn major(unit: f64, label: Option<String>) -> Tick {
    Tick { unit, label, rank: Rank::Major }
}

pub(super) fn minor(unit: f64) -> Tick {
    Tick { unit, label: None, rank: Rank::Minor }
}

/// Whether all labels keep clear of each other.
pub(super) fn fits(ticks: &[Tick], length: f64, along: Along) -> bool {
    let mut placed: Vec<(f64, f64)> = ticks
        .iter()
        .filter_map(|t| t.label.as_ref().map(|l| (t.unit * length, along.extent(l) / 2.0)))
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.windows(2).all(|w| w[1].0 - w[0].0 >= w[0].1 + w[1].1)
}

/// Keeps every k-th label, with the smallest k that fits.
pub(super) fn thinned(ticks: Vec<Tick>, length: f64, along: Along) -> Vec<Tick> {
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

pub(super) fn signed(power: i32) -> String {
    if power < 0 { format!("\u{2212}{}", power.unsigned_abs()) } else { power.to_string() }
}
