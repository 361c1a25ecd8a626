//! Strengths of items under a model, with standard errors.

use super::data::Loaded;
use super::models::{Data, Fit, Model, fit};
use crate::statistics::Z95;
use relata_debreu::estimation::EstimationError;
use relata_runs::{Row, Value};

/// Where the likelihood has no maximum, strengths are those of its product with a normal prior of
/// standard deviation 2 on each: odds of 7 to 1 are then one standard deviation from even ones.
pub(super) const PRIOR: f64 = 1.0 / (2.0 * 2.0 * 2.0);
pub(super) fn strengths(loaded: &Loaded, model: Model) -> anyhow::Result<Vec<Row>> {
    let Some(data) = Data::of(&loaded.preferences) else { return Ok(Vec::new()) };
    let (found, l2, reason) = match fit(&data, model, 0.0) {
        Ok(found) => (found, 0.0, None),
        // With a prior there is a maximum; what is missing is said.
        Err(e) => match fit(&data, model, PRIOR) {
            Ok(found) => (found, PRIOR, Some(because(&e, data.items()))),
            Err(_) => {
                return Ok(vec![model_row(
                    model,
                    None,
                    0.0,
                    Some(because(&e, data.items())),
                    data.items().len(),
                )]);
            }
        },
    };
    let mut rows = vec![model_row(model, Some(&found), l2, reason, data.items().len())];
    for (name, value, error) in found.ties() {
        let row = Row::new("tie_parameters").with("model", model.name()).with("parameter", name);
        rows.push(row.with("value", value).with("standard_error", error));
    }
    let mut order: Vec<usize> = (0..found.strengths().len()).collect();
    order.sort_by(|&a, &b| found.strengths()[b].total_cmp(&found.strengths()[a]).then(a.cmp(&b)));
    for (place, &i) in order.iter().enumerate() {
        let value = found.strengths()[i];
        let error = found.errors().and_then(|e| e.get(i)).copied();
        let row = Row::new("strengths").with("model", model.name()).with("place", place + 1);
        rows.push(
            row.with("item", &data.items()[i])
                .with("strength", value)
                .with("standard_error", error)
                .with("lower", error.map(|e| value - Z95 * e))
                .with("upper", error.map(|e| value + Z95 * e)),
        );
    }
    Ok(rows)
}

fn model_row(model: Model, found: Option<&Fit>, l2: f64, reason: Option<String>, items: usize) -> Row {
    Row::new("models")
        .with("model", model.name())
        .with("log_likelihood", found.map(Fit::log_likelihood))
        .with("parameters", found.map(|f| items - 1 + f.ties().len()))
        .with("penalty", l2)
        .with("reason", reason.map_or(Value::Missing, Value::from))
}

/// Why there is no maximum, in the names of the items.
pub(super) fn because(e: &EstimationError, items: &[String]) -> String {
    match e {
        EstimationError::NoMaximum(split) => {
            const SHOWN: usize = 5;
            let mut named: Vec<&str> =
                split.unbeaten.iter().take(SHOWN).map(|&i| items[i].as_str()).collect();
            if split.unbeaten.len() > SHOWN {
                named.push("..");
            }
            let never = if split.compared { "never lost to" } else { "were never compared to" };
            format!(
                "the likelihood has no maximum: {} {never} any of the {} others",
                named.join(", "),
                split.others
            )
        }
        EstimationError::Threshold => {
            "the likelihood has no maximum: utilities with a threshold explain every win and every tie"
                .to_owned()
        }
        other => other.to_string(),
    }
}
