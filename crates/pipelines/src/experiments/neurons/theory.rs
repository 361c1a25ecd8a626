//! Counts by theorem, and lower bounds.

use super::slopes::exponent;
use super::subject::Subject;
use relata_kernels::Encoders;
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, BoundRoute, ErrorNorm, Hypothesis, SymmetricBound,
    Units, lower_bound,
};
use relata_runs::Row;

type Of = fn(&dyn relata_relations::Relation, f64, &BoundParams) -> Result<Bound, BoundError>;

/// All routes at all errors: counts, budgets and exponents.
pub(super) fn rows(subject: &Subject, eps: &[f64]) -> anyhow::Result<Vec<Row>> {
    let r = subject.relation.as_ref();
    let relu = BoundParams { norm: subject.norm, ..BoundParams::default() };
    let sine = BoundParams { units: Units::Sine, ..relu.clone() };
    let routes: Vec<(Of, &BoundParams)> = if subject.encoders == Encoders::Shared {
        vec![
            (SymmetricBound::splines, &relu),
            (SymmetricBound::covering, &relu),
            (SymmetricBound::ridges, &relu),
            (SymmetricBound::barron, &relu),
            (AsymmetricBound::fourier_maurey, &sine),
        ]
    } else {
        vec![
            (AsymmetricBound::splines, &relu),
            (AsymmetricBound::covering, &relu),
            (AsymmetricBound::ridges, &relu),
            (AsymmetricBound::schmidt_barron, &relu),
            (AsymmetricBound::fourier_maurey, &sine),
        ]
    };
    let mut rows = Vec::new();
    for (of, params) in routes {
        let mut counts = Vec::new();
        let mut last: Option<Bound> = None;
        for &e in eps {
            match of(r, e, params) {
                Ok(b) => {
                    counts.push((e, b.neurons as f64));
                    rows.push(count(subject, &b));
                    rows.extend(budget(subject, &b));
                    last = Some(b);
                }
                Err(why) => {
                    let row = subject.row("refused").with("eps", e).with("why", why.to_string());
                    rows.push(row);
                }
            }
        }
        if let (Some(b), Some(fit)) = (last, exponent(&counts)) {
            let row = slope(subject, "theorem", &b.route.to_string(), &fit);
            rows.push(row.with("predicted", predicted(subject, &b)));
        }
    }
    for &e in eps {
        let low = lower_bound(r, e, subject.encoders, subject.norm)?;
        let row = subject
            .row("counts")
            .with("method", "lower-bound")
            .with("route", "schmidt-tail")
            .with("eps", e)
            .with("neurons", low.neurons.map(|n| n as f64))
            .with("rank", low.rank.map(|n| n as f64))
            .with("depth", 1usize);
        rows.push(row);
    }
    Ok(rows)
}

pub(super) fn slope(subject: &Subject, method: &str, route: &str, fit: &super::slopes::Exponent) -> Row {
    subject
        .row("slopes")
        .with("method", method)
        .with("route", route)
        .with("exponent", fit.value)
        .with("low", fit.interval.0)
        .with("high", fit.interval.1)
        .with("points", fit.points)
}

fn count(subject: &Subject, b: &Bound) -> Row {
    subject
        .row("counts")
        .with("method", "theorem")
        .with("route", b.route.to_string())
        .with("eps", b.eps)
        .with("neurons", Some(b.neurons as f64))
        .with("rank", Some(b.rank as f64))
        .with("depth", b.depth)
}

/// Each term of the budget, as a share of `eps`.
fn budget(subject: &Subject, b: &Bound) -> Vec<Row> {
    b.budget
        .iter()
        .map(|t| {
            subject
                .row("budgets")
                .with("route", b.route.to_string())
                .with("eps", b.eps)
                .with("term", t.name)
                .with("share", t.value / b.eps)
        })
        .collect()
}

/// The exponent that the route predicts, where it does not depend on how eigenvalues decay: `p` for
/// Lipschitz coverings, `p / 2` for coverings by second derivatives and for splines of features
/// whose second derivatives stay bounded, 2 for waves.
fn predicted(subject: &Subject, b: &Bound) -> Option<f64> {
    let p = subject.dimension as f64;
    let smooth = subject.relation.regularity() == relata_relations::Regularity::Smooth;
    match b.route {
        // A curved space is covered with the box around it.
        BoundRoute::Covering if b.unchecked.contains(&Hypothesis::Continued) => {
            Some(subject.relation.spaces().0.dim() as f64)
        }
        BoundRoute::Covering => Some(if b.constant("Lipschitz constant").is_some() { p } else { 0.5 * p }),
        BoundRoute::MercerSplines | BoundRoute::SchmidtSplines => smooth.then_some(0.5 * p),
        // In sup norm a logarithm comes on top.
        BoundRoute::FourierMaurey => (subject.norm == ErrorNorm::L2).then_some(2.0),
        // Without a tail the rank stays the same.
        BoundRoute::RidgeSplines => b.budget.first().is_some_and(|t| t.value <= 0.0).then_some(0.5),
        BoundRoute::MercerBarron | BoundRoute::SchmidtBarron => None,
    }
}
