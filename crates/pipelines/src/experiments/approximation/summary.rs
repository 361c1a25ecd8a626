//! Headline numbers and the checks that fail a run.

use crate::statistics::{largest, median};
use anyhow::Context as _;
use relata_runs::{Better, Metric, Summary, Table, Tables};
use std::collections::BTreeMap;

/// Ranks over which the ratio to the limit is judged.
const JUDGED_RANKS: [i64; 5] = [1, 2, 4, 8, 16];
/// Relative limits below this are at the level of rounding.
const SMALLEST_LIMIT: f64 = 1e-6;
/// Certificates of errors below this are as loose as rounding makes them, and are not judged.
const SMALLEST_ERROR: f64 = 1e-6;
/// A ratio below 1 by more than this and the uncertainties is a measurement error: nothing beats
/// the limit.
const RATIO_ROUNDING: f64 = 1e-3;

/// One row of the table `errors`.
struct Observation {
    relation: String,
    dimension: i64,
    compact: bool,
    method: String,
    width: i64,
    rank: i64,
    limit: f64,
    ratio: Option<f64>,
    slack: f64,
    violated: Option<i64>,
    sampled_sup: f64,
    looseness: Option<f64>,
}

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let all = observations(tables.get("errors")?)?;
    let one = |o: &&Observation| o.dimension <= 1 && o.compact;
    let eight = |o: &&Observation| o.dimension == 8 && o.compact;
    let judged: Vec<&Observation> =
        all.iter().filter(|o| JUDGED_RANKS.contains(&o.rank) && o.limit > SMALLEST_LIMIT).collect();
    let mut s = Summary::new();
    let readout = "L2 error of the best readout at the largest width, over the Eckart-Young limit of its rank, which no \
                   inner product can beat: the worst over relations and ranks";
    s = s.with(
        "worst_ratio_to_limit_1d",
        format!("{readout}, in one dimension."),
        ratio(worst_best_readout(judged.iter().copied().filter(one))),
    );
    s = s.with(
        "worst_ratio_to_limit_8d",
        format!("{readout}, in eight dimensions."),
        ratio(worst_best_readout(judged.iter().copied().filter(eight))),
    );
    let gaussian = judged.iter().copied().filter(|o| !o.compact);
    s = s.with(
        "worst_ratio_to_limit_gaussian_measure",
        format!("{readout}, under a Gaussian measure."),
        ratio(worst_best_readout(gaussian)),
    );
    let trained = judged.iter().copied().filter(|o| o.method == "gradient");
    let gradient: Vec<f64> = trained.filter_map(|o| o.ratio).collect();
    let worst = largest(gradient.iter().copied());
    s = s.with(
        "median_ratio_to_limit_gradient",
        "L2 error of networks trained by gradients alone, over the limit of their rank: the median over relations \
         and ranks.",
        ratio(median(gradient)),
    );
    s = s.with(
        "worst_ratio_to_limit_gradient",
        "L2 error of networks trained by gradients alone, over the limit of their rank, in the worst case. It is \
         large where the limit itself is tiny (smooth relations at high ranks), since gradients stop at an error of \
         about 1e-3; that is what is measured, and no failure.",
        ratio(worst),
    );
    let two_per_rank = |o: &&Observation| o.method.starts_with("fitted") && o.width == 2 * o.rank;
    let fitted = judged.iter().copied().filter(one).filter(two_per_rank);
    let fitted: Vec<f64> = fitted.filter_map(|o| o.ratio).collect();
    let worst = largest(fitted.iter().copied());
    s = s.with(
        "median_ratio_to_limit_fitted",
        "L2 error of networks fitted with two units per rank, over the limit of their rank, in one dimension: the \
         median.",
        ratio(median(fitted)),
    );
    s = s.with(
        "worst_ratio_to_limit_fitted",
        "L2 error of networks fitted with two units per rank, over the limit of their rank, in one dimension: the worst \
         case.",
        ratio(worst),
    );
    let spectra = match tables.get("spectra") {
        Ok(t) => largest(t.floats("relative_error")?),
        Err(_) => None,
    };
    s = s.with(
        "worst_spectrum_relative_error",
        "Largest relative error of singular values from quadrature beside those in closed form.",
        metric(spectra, "ratio", "no closed form was compared").better(Better::Lower).goal(0.0),
    );
    let violations = all.iter().filter_map(|o| o.violated).sum::<i64>() as f64;
    s = s.with(
        "certificate_violations",
        "Networks with an error, found by sampling, above the certificate of their sup error.",
        Metric::new(violations, "count").better(Better::Lower).bound(0.0),
    );
    let loose = all.iter().filter(|o| o.sampled_sup > SMALLEST_ERROR).filter_map(|o| o.looseness).collect();
    let loose = metric(median(loose), "ratio", "nothing was certified");
    Ok(s.with(
        "median_certificate_looseness",
        "Certified sup error over the largest error that was found, in the median: 1 is exact.",
        loose.better(Better::Lower).goal(1.0),
    ))
}

/// Sentences for ratios below 1: measurement errors.
pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for o in observations(tables.get("errors")?)? {
        let Some(ratio) = o.ratio else { continue };
        if o.limit > SMALLEST_LIMIT && ratio < 1.0 - RATIO_ROUNDING - o.slack {
            failures.push(format!(
                "{} ({}, width {}, rank {}): error / limit = {ratio:.5}, and no inner product is below its limit: a measurement error",
                o.relation, o.method, o.width, o.rank
            ));
        }
        if o.violated == Some(1) {
            failures.push(format!(
                "{} ({}, width {}, rank {}): an error above the certified sup norm was found",
                o.relation, o.method, o.width, o.rank
            ));
        }
    }
    Ok(failures)
}

fn ratio(value: Option<f64>) -> Metric {
    metric(value, "ratio", "this profile measures none of these relations").better(Better::Lower).goal(1.0)
}

fn metric(value: Option<f64>, unit: &str, reason: &str) -> Metric {
    match value {
        Some(v) => Metric::new(v, unit),
        None => Metric::not_applicable(unit, reason),
    }
}

/// The worst, over relations and ranks, of the best readout at the largest width.
fn worst_best_readout<'a>(rows: impl Iterator<Item = &'a Observation>) -> Option<f64> {
    let mut widest: BTreeMap<&str, i64> = BTreeMap::new();
    let readouts: Vec<&Observation> = rows.filter(|o| o.method.ends_with("-readout")).collect();
    for o in readouts.iter().filter(|o| o.method == "random-readout") {
        let w = widest.entry(&o.relation).or_default();
        *w = o.width.max(*w);
    }
    let mut best: BTreeMap<(&str, i64), f64> = BTreeMap::new();
    for o in readouts {
        let narrow =
            o.method == "random-readout" && widest.get(o.relation.as_str()).is_some_and(|w| o.width < *w);
        if let (Some(r), false) = (o.ratio, narrow) {
            let b = best.entry((&o.relation, o.rank)).or_insert(f64::INFINITY);
            *b = b.min(r);
        }
    }
    best.into_values().reduce(f64::max)
}

fn observations(t: &Table) -> anyhow::Result<Vec<Observation>> {
    let (relation, method) = (t.texts("relation")?, t.texts("method")?);
    let (dimension, compact) = (t.ints("dimension")?, t.ints("compact")?);
    let (width, rank) = (t.ints("width")?, t.ints("rank")?);
    let (limit, slack) = (t.floats("relative_limit")?, t.optional_floats("ratio_slack")?);
    let ratio = t.optional_floats("ratio_to_limit")?;
    let (violated, looseness) = (t.optional_floats("certificate_violated")?, t.optional_floats("looseness")?);
    let sampled_sup = t.floats("sampled_sup")?;
    (0..t.len())
        .map(|i| {
            Ok(Observation {
                relation: relation.get(i).context("short column")?.clone(),
                dimension: dimension[i],
                compact: compact[i] == 1,
                method: method[i].clone(),
                width: width[i],
                rank: rank[i],
                limit: limit[i],
                ratio: ratio[i],
                slack: slack[i].unwrap_or(0.0),
                violated: violated[i].map(|v| v as i64),
                sampled_sup: sampled_sup[i],
                looseness: looseness[i],
            })
        })
        .collect()
}
