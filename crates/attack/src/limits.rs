//! Limits that were computed on nodes, against closed forms that the object does not know.

use crate::{Draw, Ledger};
use relata_kernels::{Encoders, Limit, LimitParams, limits};
use relata_relations::catalogue::relation;
use relata_relations::special::trigamma;
use relata_relations::{Interval, Relation, Torus, relation_fn, tensor_product};
use std::f64::consts::PI;
use std::num::NonZeroUsize;
use std::sync::Arc;

const NAME: &str = "relata_kernels::limits";

/// The ends of a limit: what the class certainly cannot do, and what it certainly can.
fn ends(at: &Limit) -> (f64, f64) {
    (at.lower, at.upper)
}

fn params(draw: &mut Draw) -> LimitParams {
    // Few nodes, so that there is something to be wrong about.
    let nodes = NonZeroUsize::new(draw.choose(&[60, 100, 160])).unwrap_or(NonZeroUsize::MIN);
    LimitParams { nodes, seed: draw.seed(), ..LimitParams::default() }
}

fn compare(
    ledger: &mut Ledger,
    r: &dyn Relation,
    p: &LimitParams,
    ranks: &[usize],
    exact: impl Fn(usize) -> f64,
) {
    let most = ranks.iter().copied().max().unwrap_or(0);
    let Some(found) = ledger.accept(NAME, limits(r, Encoders::Separate, most, p)) else { return };
    for d in ranks {
        let Some(at) = ledger.accept(NAME, found.at(*d)) else { continue };
        let ((low, high), exact) = (ends(&at), exact(*d));
        let slack = 1e-9 * exact + 1e-14 * found.norm();
        ledger.check(NAME, low - slack <= exact && exact <= high + slack, || {
            format!("{r:?} at rank {d}: {low:e} to {high:e}, exact {exact:e}, {p:?}")
        });
    }
}

/// A step and a wave without their spectra.
pub(crate) fn closures(draw: &mut Draw, ledger: &mut Ledger) {
    let (p, c) = (params(draw), draw.choose(&[1.0, -2.5, 1e-100, 1e100]));
    let ranks = [0, draw.whole(1, 3), draw.whole(4, 12)];
    match draw.whole(0, 2) {
        0 => {
            let unit = Interval::unit();
            let step = relation_fn(unit.clone(), unit, move |x, y| if y[0] < x[0] { c } else { 0.0 });
            compare(ledger, &step, &p, &ranks, |d| c.abs() * trigamma(d as f64 + 0.5).sqrt() / PI);
        }
        1 => {
            let (circle, k) = (Torus::circle(), draw.whole(1, 2000) as f64);
            let wave =
                relation_fn(circle.clone(), circle, move |x, y| c * (2.0 * PI * k * (x[0] - y[0])).cos());
            compare(ledger, &wave, &p, &[0, 1, 2], |d| c.abs() * [0.5f64.sqrt(), 0.5, 0.0][d]);
        }
        _ => {
            // A narrow bump of rank one: its norm is all there is.
            // As narrow as two nodes: of what no node sees, nothing is claimed.
            let (unit, w) = (Interval::unit(), draw.magnitude(2.0 / p.nodes.get() as f64, 0.1));
            let (s, t) = (draw.between(0.3, 0.7), draw.between(0.3, 0.7));
            let bump = move |x: f64, m: f64| (-((x - m) / w).powi(2)).exp();
            let r = relation_fn(unit.clone(), unit, move |x, y| c * bump(x[0], s) * bump(y[0], t));
            // The tails beyond the interval are below exp(-18).
            let square = w * (0.5 * PI).sqrt();
            compare(ledger, &r, &p, &[0, 1], |d| if d == 0 { c.abs() * square } else { 0.0 });
        }
    }
}

/// Products of two closures, whose limits are products of closed forms.
pub(crate) fn products(draw: &mut Draw, ledger: &mut Ledger) {
    let unit = Interval::unit();
    let (known, closure): (_, Arc<dyn Relation>) = if draw.chance(0.5) {
        ("volterra", Arc::new(relation_fn(unit.clone(), unit, |x, y| if y[0] < x[0] { 1.0 } else { 0.0 })))
    } else {
        ("brownian", Arc::new(relation_fn(unit.clone(), unit, |x, y| x[0].min(y[0]))))
    };
    let Some(exact) = ledger.accept(NAME, relation(known)) else { return };
    let (Ok(rough), Ok(exact)) =
        (tensor_product(vec![closure.clone(), closure]), tensor_product(vec![exact.clone(), exact]))
    else {
        return ledger.refused(NAME);
    };
    let ranks = [0, 1, draw.whole(2, 20), draw.whole(21, 60)];
    let Some(truth) = ledger.accept(NAME, limits(&exact, Encoders::Separate, 60, &LimitParams::default()))
    else {
        return;
    };
    let at = |d: usize| truth.at(d).map_or(f64::NAN, |l| l.value);
    compare(ledger, &rough, &params(draw), &ranks, at);
}

/// Listed values and the law of the rest, at ranks far beyond the list.
pub(crate) fn laws(draw: &mut Draw, ledger: &mut Ledger) {
    let d = draw.magnitude(1.0, 1e5) as usize;
    let half = d as f64 + 0.5;
    // sum_{k >= d} ((k + 1/2) pi)^-4 by its integral and three terms of Euler and Maclaurin.
    let fourth = |a: f64| {
        1.0 / (3.0 * a.powi(3)) + 0.5 / a.powi(4) + 1.0 / (3.0 * a.powi(5)) - 1.0 / (6.0 * a.powi(7))
    };
    let from = 40usize.max(d);
    let head: f64 = (d..from).map(|k| (k as f64 + 0.5).powi(-4)).rev().sum();
    let brownian = (head + fourth(from as f64 + 0.5)).sqrt() / (PI * PI);
    for (name, exact) in [("volterra", trigamma(half).sqrt() / PI), ("brownian", brownian)] {
        let Some(r) = ledger.accept(NAME, relation(name)) else { continue };
        let Some(found) = ledger.accept(NAME, limits(&*r, Encoders::Separate, d, &LimitParams::default()))
        else {
            continue;
        };
        let Some(at) = ledger.accept(NAME, found.at(d)) else { continue };
        let (low, high) = ends(&at);
        let slack = 1e-10 * exact + 1e-15 * found.norm();
        ledger.check(NAME, low - slack <= exact && exact <= high + slack, || {
            format!("{name} at rank {d}: {low:e} to {high:e}, exact {exact:e}")
        });
    }
}
