//! A conditional logit of choices in long form.

use super::data::Loaded;
use crate::pipeline::CellContext;
use crate::statistics::Z95;
use anyhow::Context as _;
use relata_debreu::estimation::{ChoiceData, EstimationError, LogitFit, fit_logit};
use relata_debreu::readers::{ChoiceTable, CollectedPreferences};
use relata_relations::Points;
use relata_runs::{Row, Value};
use std::collections::BTreeSet;

/// The most alternatives that get a constant of their own.
const MAX_CONSTANTS: usize = 20;
/// Newton's step in differences of utilities.
const TOLERANCE: f64 = 1e-9;
/// The same weak prior in every part that is held out, on coefficients of standardised columns.
const PRIOR: f64 = super::strengths::PRIOR;
/// Columns of the model, each with a value for every row of the file.
struct Design {
    columns: Vec<(String, Vec<f64>)>,
    constants: usize,
    left_out: Vec<String>,
}

pub(super) fn choices(loaded: &Loaded, folds: usize, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
    let CollectedPreferences::Choices(table) = &loaded.preferences else { return Ok(Vec::new()) };
    let mut design = design(table, &loaded.attributes, &loaded.by_alternative);
    let all: Vec<usize> = (0..table.sets.len()).collect();
    let (found, data) = loop {
        if design.columns.is_empty() {
            let reason = "no column of numbers differs within a choice set".to_owned();
            return Ok(vec![model_row(None, table, &design, None, Some(reason))]);
        }
        let data = of_sets(table, &design, &all)?;
        match fit_logit(&data, 0.0, TOLERANCE) {
            Ok(found) => break (found, data),
            // A column that was not asked for and is a combination of others goes.
            Err(EstimationError::Collinear { feature }) if loaded.attributes.is_empty() => {
                design.left_out.push(design.columns.remove(feature).0);
                design.constants = design.columns.iter().filter(|c| c.0.starts_with(CONSTANT)).count();
            }
            Err(e) => {
                let reason = match e {
                    EstimationError::Collinear { feature } => format!(
                        "{} does not differ within any choice set, or only as a combination of others",
                        design.columns[feature].0
                    ),
                    EstimationError::Separated { .. } => {
                        "some combination of the columns predicts every choice".to_owned()
                    }
                    other => other.to_string(),
                };
                return Ok(vec![model_row(None, table, &design, None, Some(reason))]);
            }
        }
    };
    let constants = constants_alone(table, &design, &all)?;
    let mut rows = vec![model_row(Some(&found), table, &design, constants, None)];
    let clustered = table.people.as_ref().map(|people| found.clustered_errors(&data, people)).transpose()?;
    for (k, (name, values)) in design.columns.iter().enumerate() {
        let (value, plain) = (found.coefficients[k], found.standard_errors[k]);
        let robust = clustered.as_ref().map(|e| e[k]);
        let error = robust.unwrap_or(plain);
        rows.push(
            Row::new("coefficients")
                .with("column", name)
                .with("coefficient", value)
                .with("standard_error", plain)
                .with("clustered_error", robust)
                .with("lower", value - Z95 * error)
                .with("upper", value + Z95 * error)
                .with("spread", spread(table, values)),
        );
    }
    rows.extend(held_out(table, &design, folds, cx)?);
    Ok(rows)
}

const CONSTANT: &str = "constant of ";

fn design(table: &ChoiceTable, attributes: &[String], by_alternative: &[String]) -> Design {
    let mut design = Design { columns: Vec::new(), constants: 0, left_out: Vec::new() };
    if let Some((names, of)) = table.alternatives.as_ref().filter(|a| a.0.len() <= MAX_CONSTANTS) {
        for (k, name) in names.iter().enumerate().skip(1) {
            let values = of.iter().map(|a| f64::from(u8::from(*a == k))).collect();
            design.columns.push((format!("{CONSTANT}{name}"), values));
        }
    }
    design.constants = design.columns.len();
    for (name, values) in &table.features {
        let differs = spread(table, values) > 0.0;
        if by_alternative.contains(name) {
            let Some((names, of)) = &table.alternatives else { continue };
            // What is the same for all alternatives of a set is compared to the first of them.
            for (k, alternative) in names.iter().enumerate().skip(usize::from(!differs)) {
                let own = of.iter().zip(values).map(|(a, v)| if *a == k { *v } else { 0.0 });
                design.columns.push((format!("{name} of {alternative}"), own.collect()));
            }
        } else if attributes.contains(name) || (attributes.is_empty() && differs) {
            design.columns.push((name.clone(), values.clone()));
        } else {
            design.left_out.push(name.clone());
        }
    }
    design
}

/// The standard deviation of a column within choice sets.
fn spread(table: &ChoiceTable, values: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for set in &table.sets {
        let mean = set.iter().map(|&r| values[r]).sum::<f64>() / set.len() as f64;
        // Equal values are equal, whatever the rounding of their mean.
        if set.iter().any(|&r| (values[r] - values[set[0]]).abs() > 0.0) {
            sum += set.iter().map(|&r| (values[r] - mean).powi(2)).sum::<f64>();
        }
        count += set.len() - 1;
    }
    (sum / count.max(1) as f64).sqrt()
}

fn of_sets(table: &ChoiceTable, design: &Design, sets: &[usize]) -> anyhow::Result<ChoiceData> {
    let (mut rows, mut sizes, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
    for &s in sets {
        for &r in &table.sets[s] {
            rows.extend(design.columns.iter().map(|c| c.1[r]));
        }
        sizes.push(table.sets[s].len());
        chosen.push(table.chosen[s]);
    }
    let points = Points::new(design.columns.len(), rows).context("the columns of the choices")?;
    Ok(ChoiceData::new(points, &sizes, &chosen)?)
}

/// The log-likelihood with constants of the alternatives alone.
fn constants_alone(table: &ChoiceTable, design: &Design, sets: &[usize]) -> anyhow::Result<Option<f64>> {
    if design.constants == 0 {
        return Ok(None);
    }
    let columns = design.columns[..design.constants].to_vec();
    let alone = Design { columns, constants: design.constants, left_out: Vec::new() };
    Ok(fit_logit(&of_sets(table, &alone, sets)?, 0.0, TOLERANCE).ok().map(|f| f.log_likelihood))
}

fn equal_shares(table: &ChoiceTable, sets: &[usize]) -> f64 {
    -sets.iter().map(|&s| (table.sets[s].len() as f64).ln()).sum::<f64>()
}

fn model_row(
    found: Option<&LogitFit>,
    table: &ChoiceTable,
    design: &Design,
    constants: Option<f64>,
    reason: Option<String>,
) -> Row {
    let all: Vec<usize> = (0..table.sets.len()).collect();
    let people: Option<BTreeSet<usize>> = table.people.as_ref().map(|p| p.iter().copied().collect());
    Row::new("choice_model")
        .with("sets", table.sets.len())
        .with("alternatives", table.alternatives.as_ref().map(|a| a.0.len()))
        .with("people", people.map(|p| p.len()))
        .with("parameters", design.columns.len())
        .with("log_likelihood", found.map(|f| f.log_likelihood))
        .with("log_likelihood_of_constants", constants)
        .with("log_likelihood_of_equal_shares", equal_shares(table, &all))
        .with("hit_rate", found.map(|f| f.hit_rate))
        .with("left_out", design.left_out.join(", "))
        .with("reason", reason.map_or(Value::Missing, Value::from))
}

fn held_out(
    table: &ChoiceTable,
    design: &Design,
    folds: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let mut stream = cx.run_seed.child("held-out").stream("folds");
    let order = stream.permutation(table.sets.len());
    // So that one prior means the same for every column.
    let scaled = |c: &(String, Vec<f64>)| {
        let s = spread(table, &c.1);
        (c.0.clone(), c.1.iter().map(|v| if s > 0.0 { v / s } else { *v }).collect())
    };
    let design =
        Design { columns: design.columns.iter().map(scaled).collect(), constants: 0, left_out: Vec::new() };
    let mut rows = Vec::new();
    for fold in 0..folds {
        let pick = |test: bool| {
            let kept = order.iter().enumerate().filter(|(k, _)| (k % folds == fold) == test);
            kept.map(|(_, s)| *s).collect::<Vec<usize>>()
        };
        let (train, test) = (pick(false), pick(true));
        if train.is_empty() || test.is_empty() {
            continue;
        }
        let found = fit_logit(&of_sets(table, &design, &train)?, PRIOR, TOLERANCE);
        let test_data = of_sets(table, &design, &test)?;
        let fitted = found.and_then(|f| f.log_likelihood_of(&test_data));
        for (strengths, value) in [("fitted", fitted.ok()), ("equal", Some(equal_shares(table, &test)))] {
            rows.push(
                Row::new("held_out")
                    .with("setting", "choices")
                    .with("model", "conditional-logit")
                    .with("strengths", strengths)
                    .with("fold", fold + 1)
                    .with("observations", test.len() as f64)
                    .with("log_likelihood", value)
                    .with("reason", Value::Missing),
            );
        }
    }
    Ok(rows)
}
