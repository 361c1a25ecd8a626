//! Counts by construction: networks that are written down, with certificates.

use super::slopes::exponent;
use super::subject::Subject;
use super::theory::slope;
use crate::fitting::count;
use relata_networks::{ConstructRoute, Constructed, construct};
use relata_relations::{Factors, Regularity, Relation, Seed, evaluate};
use relata_runs::Row;

/// One row an error, in sup norm everywhere (measures are probabilities, so that an error in `L2`
/// is no larger): what was built, what its theorem allowed, what was certified and what was found.
pub(super) fn rows(subject: &Subject, eps: &[f64], seed: Seed) -> anyhow::Result<Vec<Row>> {
    let r = subject.relation.as_ref();
    let (mut rows, mut built, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut route, mut predicted) = (String::new(), None);
    for &e in eps {
        let c = match construct(r, e) {
            Ok(c) => c,
            Err(why) => {
                rows.push(subject.row("refused").with("eps", e).with("why", why.to_string()));
                continue;
            }
        };
        let (net, certificate) = (c.net(), c.certificate());
        let found = largest_error(r, net, seed)?;
        let depth = net.phi_net().blocks().len().max(net.psi_net().blocks().len());
        route = format!("construct-{}", c.route());
        predicted = exponent_of(subject, &c);
        built.push((e, net.neurons() as f64));
        allowed.push((e, c.budget().neurons as f64));
        let counted = |method: &str, neurons: usize, rank: usize| {
            subject
                .row("counts")
                .with("method", method)
                .with("route", route.as_str())
                .with("eps", e)
                .with("neurons", Some(neurons as f64))
                .with("rank", Some(rank as f64))
                .with("depth", depth)
        };
        rows.push(counted("construction", net.neurons(), net.rank()));
        rows.push(counted("theorem", c.budget().neurons, c.budget().rank));
        rows.push(
            subject
                .row("certificates")
                .with("route", route.as_str())
                .with("eps", e)
                .with("upper", certificate.upper())
                .with("lower", certificate.lower())
                .with("found", found)
                .with("neurons", net.neurons())
                .with("allowed", c.budget().neurons),
        );
        for (term, value) in &c.budget().terms {
            let row = subject.row("budgets").with("route", route.as_str()).with("eps", e);
            rows.push(row.with("term", *term).with("share", value / e));
        }
    }
    for (method, counts) in [("construction", &built), ("theorem", &allowed)] {
        if let Some(fit) = exponent(counts) {
            rows.push(slope(subject, method, &route, &fit).with("predicted", predicted));
        }
    }
    Ok(rows)
}

/// The exponent that the construction predicts, if it is one.
fn exponent_of(subject: &Subject, c: &Constructed) -> Option<f64> {
    match c.route() {
        // Pieces of splines, of a number of functions that stays the same unless there is a tail.
        ConstructRoute::Ridges => c.budget().terms.first().is_some_and(|t| t.1 <= 0.0).then_some(0.5),
        // Smaller errors take more waves.
        ConstructRoute::Waves => None,
        // Twice differentiable relations are interpolated at half the exponent; those with other
        // kinks may be either.
        ConstructRoute::Mercer
        | ConstructRoute::Signed
        | ConstructRoute::Schmidt
        | ConstructRoute::PartitionOfUnity => {
            (subject.relation.regularity() == Regularity::Smooth).then_some(0.5 * subject.dimension as f64)
        }
    }
}

/// The largest error at random pairs of points, none of which a certificate may miss.
pub(super) fn largest_error(r: &dyn Relation, net: &dyn Factors, seed: Seed) -> anyhow::Result<f64> {
    let (sx, sy) = r.spaces();
    let mut worst = 0.0f64;
    for block in 0..16 {
        let draw = |side: &str| seed.stream(&format!("errors/{side}/{block}"));
        let (x, y) = (sx.sample(count(250)?, &mut draw("x")), sy.sample(count(250)?, &mut draw("y")));
        worst = worst.max((evaluate(r, &x, &y)? - net.phi(&x) * net.psi(&y).transpose()).norm_max());
    }
    Ok(worst)
}
