//! Ticks of a scale: chosen, or those that were given.

use super::tick::{Along, SLACK, Tick, Ticks, major, thinned};
use super::{linear, log};
use crate::describe::axis::Kind;
use crate::describe::number::plain;
use crate::layout::scale::Scale;

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

fn categories(scale: &Scale, names: &[String]) -> Ticks {
    let ticks = names.iter().enumerate().map(|(i, n)| major(scale.unit(i as f64), Some(n.clone()))).collect();
    Ticks { ticks, factor: None }
}
