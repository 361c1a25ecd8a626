//! Headline numbers and the checks that fail a run.

use crate::statistics::median;
use relata_runs::{Better, Metric, Summary, Table, Tables};
use std::collections::BTreeMap;

/// Certificates of smaller errors need second-order enclosures to be tight; they are reported, not
/// judged.
const JUDGED: f64 = 1e-3;
/// What a count may be off by when an error is measured on points.
const ROUNDING: f64 = 1e-9;

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let mut s = Summary::new();
    let (mut worst, mut loosest) = (None, None);
    let (mut violated, mut exceeded) = (0.0, 0.0);
    if let Ok(t) = tables.get("certificates") {
        let dimension = t.ints("dimension")?;
        for (i, c) in certificates(t)?.into_iter().enumerate() {
            worst = larger(worst, c.upper / c.eps);
            violated += f64::from(u8::from(c.found > c.upper * (1.0 + ROUNDING)));
            exceeded += f64::from(u8::from(c.neurons > c.allowed));
            if dimension[i] == 1 && c.lower >= JUDGED {
                loosest = larger(loosest, c.upper / c.lower);
            }
        }
    }
    for p in proved(tables)? {
        violated += f64::from(u8::from(p.error > p.upper * (1.0 + ROUNDING)));
    }
    let none = "this profile constructs nothing";
    let metric = |v: Option<f64>, unit: &str, reason: &str| match v {
        Some(v) => Metric::new(v, unit),
        None => Metric::not_applicable(unit, reason),
    };
    s = s.with(
        "construct_worst_error_over_eps",
        "Certified error of networks that are written down by a theorem, over the accuracy that was asked for: \
         the worst case.",
        metric(worst, "ratio", none).bound(1.0).better(Better::Lower),
    );
    s = s.with(
        "certificate_violations",
        "Networks with an error, found by search, above the certificate of their error.",
        Metric::new(violated, "count").bound(0.0).better(Better::Lower),
    );
    s = s.with(
        "bound_violations",
        "Constructed networks with more neurons than their theorem allows.",
        Metric::new(exceeded, "count").bound(0.0).better(Better::Lower),
    );
    let loose = metric(loosest, "ratio", "no error of at least 1e-3 was certified in one dimension");
    s = s.with(
        "worst_certificate_looseness_1d",
        "Certified upper end of an error over its proved lower end, in one dimension: the worst case; 1 is exact.",
        loose.goal(1.05).better(Better::Lower),
    );
    let counts = best(tables.get("counts")?)?;
    let over_lower = |by: &BTreeMap<String, Best>| {
        let least = by.get("lower-bound")?.neurons;
        Some(by.get("fitted")?.neurons / least).filter(|_| least > 0.0)
    };
    let fitted = median(counts.values().filter_map(over_lower).collect());
    let fitted = metric(fitted, "ratio", "nothing was fitted where a lower bound excludes networks");
    s = s.with(
        "median_fitted_over_lower_bound",
        "Neurons of the smallest fitted network over the number that every network of its class needs, in the \
         median: 1 would be the fewest possible.",
        fitted.goal(1.0).better(Better::Lower),
    );
    let ratio = median(ratios(tables.get("counts")?)?);
    let over = metric(ratio, "ratio", "nothing was found within an error that a theorem covers");
    Ok(s.with(
        "median_theorem_over_found",
        "Neurons that a theorem allows for, over those of the smallest network that was found, in the median: how \
         generous theorems are.",
        over.better(Better::Lower),
    ))
}

pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    if let Ok(t) = tables.get("certificates") {
        let relation = t.texts("relation")?;
        for (name, c) in relation.iter().zip(certificates(t)?) {
            let mut complain = |what: &str| failures.push(format!("{name} at eps = {}: {what}", c.eps));
            if c.upper > c.eps {
                complain("the constructed network is not certified within eps");
            }
            if c.found > c.upper * (1.0 + ROUNDING) {
                complain("an error above the certificate was found");
            }
            if c.neurons > c.allowed {
                complain("the constructed network has more neurons than its theorem allows");
            }
        }
    }
    for p in proved(tables)? {
        if p.error > p.upper * (1.0 + ROUNDING) {
            failures.push(format!(
                "{}: {} has an error of {}, above its certificate {}",
                p.relation, p.method, p.error, p.upper
            ));
        }
    }
    // Nothing within eps has a smaller rank than the lower bound.
    let counts = best(tables.get("counts")?)?;
    for ((relation, eps), by) in &counts {
        let Some(low) = by.get("lower-bound") else { continue };
        for (method, c) in by {
            // Fitted networks are of the class that the bound is about, and so in neurons as well.
            if method == "fitted" && c.neurons + 0.5 < low.neurons {
                failures.push(format!(
                    "{relation} at eps = {eps}: a fitted network has {} neurons, below the lower bound",
                    c.neurons
                ));
            }
            if method != "lower-bound" && c.rank + 0.5 < low.rank {
                failures.push(format!(
                    "{relation} at eps = {eps}: {method} has rank {}, below the lower bound",
                    c.rank
                ));
            }
        }
    }
    Ok(failures)
}

/// What is proved of a network that was found.
struct Proved {
    relation: String,
    method: String,
    error: f64,
    upper: f64,
}

fn proved(tables: &Tables) -> anyhow::Result<Vec<Proved>> {
    let Ok(t) = tables.get("proved") else { return Ok(vec![]) };
    let (relation, method) = (t.texts("relation")?, t.texts("method")?);
    let (error, upper) = (t.floats("error")?, t.floats("upper")?);
    let one = |i: usize| Proved {
        relation: relation[i].clone(),
        method: method[i].clone(),
        error: error[i],
        upper: upper[i],
    };
    Ok((0..t.len()).map(one).collect())
}

struct Certified {
    eps: f64,
    upper: f64,
    lower: f64,
    found: f64,
    neurons: i64,
    allowed: i64,
}

fn certificates(t: &Table) -> anyhow::Result<Vec<Certified>> {
    let (eps, upper, lower) = (t.floats("eps")?, t.floats("upper")?, t.floats("lower")?);
    let (found, neurons, allowed) = (t.floats("found")?, t.ints("neurons")?, t.ints("allowed")?);
    let one = |i: usize| Certified {
        eps: eps[i],
        upper: upper[i],
        lower: lower[i],
        found: found[i],
        neurons: neurons[i],
        allowed: allowed[i],
    };
    Ok((0..t.len()).map(one).collect())
}

/// The fewest neurons and the lowest rank of one method.
#[derive(Clone, Copy)]
pub(super) struct Best {
    pub(super) neurons: f64,
    pub(super) rank: f64,
}

/// For each relation and error, the best of each method (over routes and draws). The key carries
/// the error as text, so that it can be ordered.
pub(super) fn best(t: &Table) -> anyhow::Result<BTreeMap<(String, String), BTreeMap<String, Best>>> {
    let (relation, method) = (t.texts("relation")?, t.texts("method")?);
    let (eps, neurons, rank) = (t.floats("eps")?, t.optional_floats("neurons")?, t.optional_floats("rank")?);
    let mut all: BTreeMap<(String, String), BTreeMap<String, Best>> = BTreeMap::new();
    for i in 0..t.len() {
        let (Some(n), Some(d)) = (neurons[i], rank[i]) else { continue };
        let by = all.entry((relation[i].clone(), eps[i].to_string())).or_default();
        let b = by.entry(method[i].clone()).or_insert(Best { neurons: n, rank: d });
        b.neurons = b.neurons.min(n);
        b.rank = b.rank.min(d);
    }
    Ok(all)
}

fn ratios(t: &Table) -> anyhow::Result<Vec<f64>> {
    let found = |by: &BTreeMap<String, Best>| {
        ["readout", "training"].iter().filter_map(|m| by.get(*m)).map(|b| b.neurons).reduce(f64::min)
    };
    let ratio = |by: &BTreeMap<String, Best>| Some(by.get("theorem")?.neurons / found(by)?);
    Ok(best(t)?.values().filter_map(ratio).collect())
}

fn larger(a: Option<f64>, b: f64) -> Option<f64> {
    Some(a.map_or(b, |a| a.max(b)))
}
