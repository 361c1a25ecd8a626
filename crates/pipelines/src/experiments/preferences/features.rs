//! Utilities of features of items: which features make an item better.

use super::data::Loaded;
use super::models::Data;
use relata_debreu::estimation::{ChoiceData, EstimationError, fit_logit};
use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome};
use relata_relations::Points;
use relata_runs::{Row, Value};

/// The most single choices that the counts of a file may stand for.
const MAX_CHOICES: f64 = 500_000.0;
/// Newton's step in differences of utilities.
const TOLERANCE: f64 = 1e-9;
const Z95: f64 = 1.959_963_984_540_054;

pub(super) fn features(loaded: &Loaded) -> anyhow::Result<Vec<Row>> {
    let (Some(features), Some(data)) = (&loaded.features, Data::of(&loaded.preferences)) else {
        return Ok(Vec::new());
    };
    let failed = |reason: String| {
        let row = Row::new("feature_model").with("log_likelihood", Value::Missing);
        Ok(vec![row.with("choices", Value::Missing).with("left_out", Value::Missing).with("reason", reason)])
    };
    let (sets, ties) = choices(&loaded.preferences);
    if let Some((count, ..)) = sets.iter().find(|s| s.0.fract() != 0.0) {
        return failed(format!("a count is {count}: choices are whole"));
    }
    let all: f64 = sets.iter().map(|s| s.0).sum();
    if all > MAX_CHOICES {
        return failed(format!("the counts stand for {all} choices; at most {MAX_CHOICES} are fitted"));
    }
    let (mut rows, mut sizes) = (Vec::new(), Vec::new());
    for (count, list) in &sets {
        for _ in 0..*count as usize {
            rows.extend(list.iter().flat_map(|&i| features.values[i].iter().copied()));
            sizes.push(list.len());
        }
    }
    let points = Points::new(features.names.len(), rows)?;
    let fitted =
        ChoiceData::new(points, &sizes, &vec![0; sizes.len()]).and_then(|d| fit_logit(&d, 0.0, TOLERANCE));
    let found = match fitted {
        Ok(found) => found,
        Err(EstimationError::Collinear { feature }) => {
            let name = features.names.get(feature).map_or("", String::as_str);
            return failed(format!("the feature {name} never differs, or only as a combination of others"));
        }
        Err(EstimationError::Separated { .. }) => {
            return failed("some combination of the features predicts every choice".to_owned());
        }
        Err(e) => return failed(e.to_string()),
    };
    let model =
        Row::new("feature_model").with("log_likelihood", found.log_likelihood).with("choices", sizes.len());
    let mut out = vec![model.with("left_out", ties).with("reason", Value::Missing)];
    for ((name, value), error) in features.names.iter().zip(&found.coefficients).zip(&found.standard_errors) {
        let row = Row::new("features").with("feature", name).with("coefficient", *value);
        let row = row.with("standard_error", *error).with("lower", value - Z95 * error);
        out.push(row.with("upper", value + Z95 * error));
    }
    for (item, x) in data.items().iter().zip(&features.values) {
        let utility: f64 = x.iter().zip(&found.coefficients).map(|(x, b)| x * b).sum();
        out.push(Row::new("feature_utilities").with("item", item).with("utility", utility));
    }
    Ok(out)
}

/// How often which item was taken from which others, the taken one first; and how often items tied,
/// which says nothing of a choice.
fn choices(preferences: &CollectedPreferences) -> (Vec<(f64, Vec<usize>)>, f64) {
    let (mut sets, mut ties) = (Vec::new(), 0.0);
    match preferences {
        CollectedPreferences::Comparisons(t) => {
            for r in &t.rows {
                match r.outcome {
                    ComparisonOutcome::First => sets.push((r.count, vec![r.first, r.second])),
                    ComparisonOutcome::Second => sets.push((r.count, vec![r.second, r.first])),
                    ComparisonOutcome::Tie => ties += r.count,
                }
            }
        }
        CollectedPreferences::Rankings(t) => {
            for o in &t.orders {
                for (k, tier) in o.tiers.iter().enumerate() {
                    let after: Vec<usize> = o.tiers[k + 1..].iter().flatten().copied().collect();
                    match tier[..] {
                        _ if after.is_empty() => {}
                        [best] => sets.push((o.count as f64, std::iter::once(best).chain(after).collect())),
                        _ => ties += o.count as f64,
                    }
                }
            }
        }
        CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => {}
    }
    (sets, ties)
}
