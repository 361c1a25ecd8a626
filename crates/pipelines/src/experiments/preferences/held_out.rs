//! How well a model predicts what it has not seen.
//!
//! What was seen several times is cut into single outcomes where that can be done, so that a pair is
//! in all parts. Every model is fitted with the same weak prior, so that it always exists, and beside
//! each stands the same model with equal strengths.

use super::data::Loaded;
use super::models::{Data, Model, fit, has_ties};
use super::strengths::PRIOR;
use crate::pipeline::CellContext;
use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome, ComparisonTable, Order, OrderTable};
use relata_relations::Stream;
use relata_runs::{Row, Value};

/// So strong that no strength differs from the others.
const EQUAL: f64 = 1e9;

pub(super) fn held_out(
    loaded: &Loaded,
    model: Model,
    folds: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    // The same parts for every model.
    let mut stream = cx.run_seed.child("held-out").stream("folds");
    let mut rows = Vec::new();
    match &loaded.preferences {
        CollectedPreferences::Comparisons(t) => {
            let tied = has_ties(t);
            let without = matches!(model, Model::BradleyTerry | Model::Thurstone);
            let setting = if tied && without { "decided" } else { "all" };
            let parts = comparisons(t, folds, &mut stream);
            for fold in 0..folds {
                let pick = |test: bool| {
                    let mut table = t.clone();
                    table.rows.clear();
                    for (k, part) in parts.iter().enumerate() {
                        if (k == fold) == test {
                            table.rows.extend(
                                part.rows
                                    .iter()
                                    .filter(|r| !(without && r.outcome == ComparisonOutcome::Tie)),
                            );
                        }
                    }
                    table
                };
                let (train, test) = (pick(false), pick(true));
                let weight = test.rows.iter().map(|r| r.count).sum();
                let (train, test) = (Data::Comparisons(&train), Data::Comparisons(&test));
                rows.extend(of_fold(model, setting, fold, &train, &test, weight));
            }
        }
        CollectedPreferences::Rankings(t) => {
            let parts = rankings(t, folds, &mut stream);
            for fold in 0..folds {
                let pick = |test: bool| {
                    let mut table = t.clone();
                    table.orders =
                        (0..folds).filter(|k| (*k == fold) == test).flat_map(|k| parts[k].clone()).collect();
                    table
                };
                let (train, test) = (pick(false), pick(true));
                let weight = test.orders.iter().map(|o| o.count as f64).sum();
                let (train, test) = (Data::Rankings(&train), Data::Rankings(&test));
                rows.extend(of_fold(model, "all", fold, &train, &test, weight));
            }
        }
        CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => {}
    }
    Ok(rows)
}

fn of_fold(
    model: Model,
    setting: &str,
    fold: usize,
    train: &Data<'_>,
    test: &Data<'_>,
    weight: f64,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (strengths, l2) in [("fitted", PRIOR), ("equal", EQUAL)] {
        let found = fit(train, model, l2).and_then(|f| f.log_likelihood_of(test));
        let (value, reason) = match found {
            Ok(v) if v.is_finite() => (Some(v), Value::Missing),
            Ok(_) => (None, Value::from("ties of a size that the other parts do not have")),
            Err(e) => (None, Value::from(e.to_string())),
        };
        rows.push(
            Row::new("held_out")
                .with("setting", setting)
                .with("model", model.name())
                .with("strengths", strengths)
                .with("fold", fold + 1)
                .with("observations", weight)
                .with("log_likelihood", value)
                .with("reason", reason),
        );
    }
    rows
}

/// How often each part gets what was seen `count` times: equally often, but for the rest, which goes
/// to parts at random.
fn shares(count: f64, folds: usize, stream: &mut Stream) -> Vec<f64> {
    // Beyond 2^53 units are not resolved.
    let whole = count.fract() == 0.0 && count < 9e15;
    let each = if whole { (count / folds as f64).floor() } else { 0.0 };
    let mut shares = vec![each; folds];
    let rest = if whole { (count - each * folds as f64) as usize } else { 1 };
    for &k in stream.permutation(folds).iter().take(rest) {
        shares[k] += if whole { 1.0 } else { count };
    }
    shares
}

fn comparisons(t: &ComparisonTable, folds: usize, stream: &mut Stream) -> Vec<ComparisonTable> {
    let mut parts = vec![ComparisonTable { rows: Vec::new(), ..t.clone() }; folds];
    for row in &t.rows {
        for (part, count) in parts.iter_mut().zip(shares(row.count, folds, stream)) {
            if count > 0.0 {
                part.rows.push(relata_debreu::readers::ComparisonRow { count, ..*row });
            }
        }
    }
    parts
}

fn rankings(t: &OrderTable, folds: usize, stream: &mut Stream) -> Vec<Vec<Order>> {
    let mut parts = vec![Vec::new(); folds];
    for order in &t.orders {
        for (part, count) in parts.iter_mut().zip(shares(order.count as f64, folds, stream)) {
            if count > 0.0 {
                part.push(Order { tiers: order.tiers.clone(), count: count as u64 });
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::Seed;

    #[test]
    fn every_outcome_is_in_one_part() {
        let mut stream = Seed(1).stream("shares");
        for (count, folds) in [(1.0, 5), (7.0, 5), (10.0, 5), (2.5, 3), (1e12 + 1.0, 2)] {
            let parts = shares(count, folds, &mut stream);
            assert!((parts.iter().sum::<f64>() - count).abs() < 1e-9, "{parts:?}");
            let (most, least) =
                (parts.iter().copied().fold(0.0, f64::max), parts.iter().copied().fold(f64::MAX, f64::min));
            assert!(count.fract() != 0.0 || most - least <= 1.0, "{parts:?}");
        }
    }
}
