//! Whether one utility agrees with all that was said, what contradicts itself, and whether
//! strengths can be estimated.

use super::data::Loaded;
use super::models::{Data, applicable};
use relata_debreu::estimation::Split;
use relata_debreu::finite::{Comparisons, ComparisonsError, Strength, drop_fewest};
use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome};
use relata_runs::{Row, Value};
use std::collections::BTreeMap;

/// The most comparisons that are written down as to be dropped.
const MAX_DROPPED: usize = 1_000;
/// The most items for which the wins of each over each are written down.
const MAX_WINS: usize = 200;

pub(super) fn consistency(loaded: &Loaded) -> anyhow::Result<Vec<Row>> {
    let Some(data) = Data::of(&loaded.preferences) else { return Ok(Vec::new()) };
    let items = data.items();
    let said = match data {
        Data::Comparisons(t) => t.comparisons()?,
        Data::Rankings(t) => t.comparisons()?,
    };
    let mut rows = Vec::new();
    let row = Row::new("consistency").with("statements", said.len());
    let row = match said.utility() {
        Ok(utility) => row
            .with("utility", true)
            .with("levels", utility.levels())
            .with("total", utility.is_total())
            .with("cycle", Value::Missing)
            .with("dropped", 0usize)
            .with("dropped_at_least", 0usize),
        Err(ComparisonsError::Cycle { items: cycle, comparisons }) => {
            for (step, (&item, &place)) in cycle.iter().zip(&comparisons).enumerate() {
                rows.push(
                    statement("cycle", items, &said, place).with("step", step + 1).with("item", &items[item]),
                );
            }
            let named: Vec<&str> = cycle.iter().map(|&i| items[i].as_str()).collect();
            let dropped = drop_fewest(&said);
            let shown = dropped.places.iter().take(MAX_DROPPED);
            rows.extend(shown.map(|&place| statement("to_drop", items, &said, place)));
            row.with("utility", false)
                .with("levels", Value::Missing)
                .with("total", Value::Missing)
                .with("cycle", named.join(", "))
                .with("dropped", dropped.places.len())
                .with("dropped_at_least", dropped.lower_bound)
        }
        Err(e) => return Err(e.into()),
    };
    rows.insert(0, split(loaded, items, row)?);
    rows.extend(wins(&loaded.preferences));
    Ok(rows)
}

/// One thing that was said, the worse item first.
fn statement(table: &str, items: &[String], said: &Comparisons, place: usize) -> Row {
    let row = Row::new(table);
    let Some(c) = said.get(place) else { return row };
    let relation = if c.strength == Strength::Strict { "better" } else { "at least as good" };
    row.with("worse", &items[c.lower]).with("better", &items[c.upper]).with("relation", relation)
}

/// Ford's condition.
fn split(loaded: &Loaded, items: &[String], row: Row) -> anyhow::Result<Row> {
    let split: Option<Split> = match &loaded.preferences {
        CollectedPreferences::Comparisons(t) => t.outcomes()?.split(),
        CollectedPreferences::Rankings(t) => t.tied_rankings()?.split(),
        CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => None,
    };
    Ok(match split {
        None => row
            .with("connected", true)
            .with("unbeaten", Value::Missing)
            .with("others", Value::Missing)
            .with("compared", Value::Missing),
        Some(s) => {
            const SHOWN: usize = 8;
            let mut named: Vec<&str> = s.unbeaten.iter().take(SHOWN).map(|&i| items[i].as_str()).collect();
            if s.unbeaten.len() > SHOWN {
                named.push("..");
            }
            row.with("connected", false)
                .with("unbeaten", named.join(", "))
                .with("others", s.others)
                .with("compared", s.compared)
        }
    }
    .with("models", applicable(&loaded.preferences).len()))
}

/// How often each item was better than each other. A tie of two items that were compared counts half
/// for each; items of one tier of a ranking, the last of which may only have been left out, count for
/// neither.
fn wins(preferences: &CollectedPreferences) -> Vec<Row> {
    let mut of: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut add = |a: usize, b: usize, amount: f64| *of.entry((a, b)).or_insert(0.0) += amount;
    let items = match preferences {
        CollectedPreferences::Comparisons(t) if t.items.len() <= MAX_WINS => {
            for r in &t.rows {
                let share = match r.outcome {
                    ComparisonOutcome::First => 1.0,
                    ComparisonOutcome::Second => 0.0,
                    ComparisonOutcome::Tie => 0.5,
                };
                add(r.first, r.second, share * r.count);
                add(r.second, r.first, (1.0 - share) * r.count);
            }
            &t.items
        }
        CollectedPreferences::Rankings(t) if t.items.len() <= MAX_WINS => {
            for o in &t.orders {
                for (k, tier) in o.tiers.iter().enumerate() {
                    for &a in tier {
                        for &b in o.tiers[k + 1..].iter().flatten() {
                            add(a, b, o.count as f64);
                            add(b, a, 0.0);
                        }
                    }
                }
            }
            &t.items
        }
        CollectedPreferences::Comparisons(_)
        | CollectedPreferences::Rankings(_)
        | CollectedPreferences::Panels(_)
        | CollectedPreferences::Choices(_) => return Vec::new(),
    };
    let total = |a: usize, b: usize| of[&(a, b)] + of.get(&(b, a)).copied().unwrap_or(0.0);
    of.iter()
        .map(|(&(a, b), wins)| {
            Row::new("wins")
                .with("item", &items[a])
                .with("other", &items[b])
                .with("wins", *wins)
                .with("of", total(a, b))
        })
        .collect()
}
