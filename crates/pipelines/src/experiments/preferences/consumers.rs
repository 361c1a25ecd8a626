//! How consistent each consumer is.

use super::data::Loaded;
use crate::pipeline::CellContext;
use crate::statistics::Z95;
use relata_debreu::readers::{CollectedPreferences, Household};
use relata_debreu::revealed::Supremum;
use relata_runs::{Row, Value};
use std::ops::Range;

/// Steps of the searches for the fewest observations to drop and for Varian's index; beyond, they
/// are brackets.
const HOUTMAN_MAKS: u64 = 200_000;
const VARIAN: u64 = 20_000;
/// Products of prices and quantities that the random panels of one consumer may take, and the fewest
/// panels that say anything.
const MAX_PRODUCTS: usize = 2_000_000_000;
const MIN_DRAWS: usize = 20;
pub(super) fn consumers(
    loaded: &Loaded,
    range: Range<usize>,
    draws: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let CollectedPreferences::Panels(t) = &loaded.preferences else { return Ok(Vec::new()) };
    let households = t.households.iter().enumerate().skip(range.start).take(range.len());
    Ok(households.map(|(k, h)| consumer(k, h, draws, cx)).collect())
}

fn consumer(k: usize, h: &Household, draws: usize, cx: &CellContext<'_>) -> Row {
    let panel = &h.panel;
    let lines =
        |cycle: &[usize]| cycle.iter().map(|&t| h.lines[t].to_string()).collect::<Vec<_>>().join(", ");
    let garp = panel.garp();
    let ccei = panel.ccei();
    let dropped = panel.houtman_maks(HOUTMAN_MAKS);
    let varian = panel.varian(VARIAN);
    let each = panel.len() * panel.len() * panel.goods();
    let draws = draws.min((MAX_PRODUCTS / each.max(1)).max(MIN_DRAWS));
    // Of its own, so that the power of a consumer does not depend on who else is in the cell.
    let power = panel.power(draws, &mut cx.run_seed.child("power").stream(&format!("consumer-{k}")));
    let [low, high] = power.interval(Z95);
    Row::new("consumers")
        .with("household", h.name.as_str())
        .with("observations", panel.len())
        .with("goods", panel.goods())
        .with("garp", garp.is_ok())
        .with("warp", panel.warp().is_ok())
        .with("sarp", panel.sarp().is_ok())
        .with("violation_on_lines", garp.err().map_or(Value::Missing, |c| lines(&c.observations).into()))
        .with("ccei", ccei.index)
        .with("ccei_attained", ccei.attained == Supremum::Attained)
        .with("houtman_maks", dropped.index())
        .with("to_drop_on_lines", lines(&dropped.dropped))
        .with("dropped", dropped.dropped.len())
        .with("dropped_at_least", dropped.lower_bound)
        .with("varian", varian.index())
        .with("varian_at_most", varian.upper_bound)
        .with("money_pump", panel.money_pump().map_or(0.0, |m| m.index))
        .with("power", power.power())
        .with("power_lower", low)
        .with("power_upper", high)
        .with("draws", draws)
}
