//! Networks that are written down: their certificates against dense sampling.

use crate::bounds::from_formula;
use crate::trained::largest_error;
use crate::{Draw, Ledger};
use relata_kernels::cost::{ErrorNorm, lower_bound};
use relata_networks::{
    Constructed, FewestParams, construct, construct_fitted, construct_fitted_l2, construct_fitted_with,
    construct_l2, construct_low_rank, construct_ridges, construct_waves,
};
use relata_relations::catalogue::relation;
use relata_relations::{Enclosure, Interval, Regularity, Relation, relation_fn, tensor_product};
use std::sync::Arc;

fn judge(
    ledger: &mut Ledger,
    draw: &mut Draw,
    name: &'static str,
    r: &dyn Relation,
    built: &Constructed,
    eps: f64,
) {
    const ROUNDED: &str = "relata_networks::Constructed::rounded_to_f32";
    let upper = built.certificate().upper();
    let (error, size) = largest_error(draw, r, built.net());
    let slack = 1e-12 * size;
    ledger.check(name, error <= upper + slack && upper <= eps * (1.0 + 1e-12), || {
        format!("{r:?} to {eps:e}: certified {upper:e}, found {error:e}")
    });
    if let Some((net, certificate)) = ledger.accept(ROUNDED, built.rounded_to_f32(r)) {
        let (error, _) = largest_error(draw, r, &net);
        ledger.check(ROUNDED, error <= certificate.upper() + slack, || {
            format!("{r:?} to {eps:e} in f32: certified {:e}, found {error:e}", certificate.upper())
        });
    }
}

/// Random formulas on intervals.
pub(crate) fn formulas(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_networks::construct";
    const LOW_RANK: &str = "relata_networks::construct_low_rank";
    let scale = draw.choose(&[1.0, 1.0, 1e-120, 1e100]);
    let Some((formula, r)) = from_formula(draw, scale) else { return ledger.refused(NAME) };
    let r = if formula.smooth() { r.with_regularity(Regularity::Smooth) } else { r };
    let eps = scale * draw.magnitude(0.05, 0.5);
    if let Some(built) = ledger.accept(NAME, construct(&r, eps)) {
        judge(ledger, draw, NAME, &r, &built, eps);
    }
    if draw.chance(0.3)
        && let Some(built) = ledger.accept(LOW_RANK, construct_low_rank(&r, eps))
    {
        judge(ledger, draw, LOW_RANK, &r, &built, eps);
    }
}

/// Products of functions of differences whose factors have one name, or are one object.
pub(crate) fn waves(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_networks::construct_waves";
    const SCALES: [f64; 3] = [1.0, 1e-40, 1e30];
    let length = draw.choose(&SCALES);
    let factor = |draw: &mut Draw| -> Option<Arc<dyn Relation>> {
        let rate = draw.between(0.3, 4.0) / (length * length);
        let shift = if draw.chance(0.3) { draw.between(-0.3, 0.3) * length } else { 0.0 };
        let line = Interval::new(0.0, length).ok()?;
        let r = relation_fn(line.clone(), line, move |x, y| (-rate * (x[0] - y[0] + shift).powi(2)).exp())
            .with_enclosure(move |x, y| (-((x[0] - y[0] + shift).square() * rate)).exp())
            .ok()?
            .with_regularity(Regularity::Smooth);
        Some(Arc::new(r.named("gaussian")))
    };
    let Some(first) = factor(draw) else { return ledger.refused(NAME) };
    let second = if draw.chance(0.3) { Some(first.clone()) } else { factor(draw) };
    let Some(second) = second else { return ledger.refused(NAME) };
    let Some(r) = ledger.accept(NAME, tensor_product(vec![first, second])) else { return };
    let eps = draw.magnitude(0.05, 0.5);
    if let Some(built) = ledger.accept(NAME, construct_waves(&r, eps)) {
        judge(ledger, draw, NAME, &r, &built, eps);
    }
}

/// Relations that claim to be symmetric, smooth or Lipschitz and are so but for a small place.
pub(crate) fn declared(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_networks::construct";
    let (s, t) = (draw.between(0.1, 0.9), draw.between(0.1, 0.9));
    let (height, width) = (draw.magnitude(1e-2, 1.0), draw.magnitude(3e-3, 0.3));
    let unit = Interval::unit();
    let rate = 1.0 / (width * width);
    let r = relation_fn(unit.clone(), unit, move |x, y| {
        x[0] * y[0] + height * (-rate * ((x[0] - s).powi(2) + (y[0] - t).powi(2))).exp()
    });
    let enclosure = move |x: &[Enclosure], y: &[Enclosure]| {
        x[0] * y[0] + (-((x[0] - s).square() + (y[0] - t).square()) * rate).exp() * height
    };
    let with_enclosure = draw.chance(0.5);
    let lipschitz = draw.choose(&[1.5, 1.5 + 2.0 * height / width]);
    let r = if with_enclosure { r.with_enclosure(enclosure) } else { r.with_lipschitz(lipschitz) };
    let Some(r) = ledger.accept(NAME, r) else { return };
    let r = match draw.whole(0, 2) {
        0 => Ok(r.with_regularity(Regularity::Smooth)),
        1 => r.symmetric(),
        _ => r.positive_semidefinite(),
    };
    let Some(r) = ledger.accept(NAME, r) else { return };
    let eps = draw.magnitude(0.05, 0.3);
    if let Some(built) = ledger.accept(NAME, construct(&r, eps)) {
        // What rests on a Lipschitz constant that is believed says so.
        let believed = !with_enclosure && lipschitz < 1.5 + height / width;
        if !believed {
            judge(ledger, draw, NAME, &r, &built, eps);
        }
    }
}

/// The smallest fitted networks: their certificates against dense sampling, and against the lower
/// bound, which no network beats.
pub(crate) fn fitted(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_networks::construct_fitted";
    const WITH: &str = "relata_networks::construct_fitted_with";
    const SQUARE: &str = "relata_networks::construct_fitted_l2";
    let scale = draw.choose(&[1.0, 1.0, 1e-120, 1e100]);
    let Some((formula, r)) = from_formula(draw, scale) else { return ledger.refused(NAME) };
    let r = if formula.smooth() { r.with_regularity(Regularity::Smooth) } else { r };
    let eps = scale * draw.magnitude(0.05, 0.5);
    // Few units and pairs, so that an attack takes about a second.
    let params = FewestParams { most: 12, starts: 2, most_pairs: 100_000, ..FewestParams::default() };
    if let Some((net, certificate)) =
        ledger.accept(WITH, construct_fitted_with(&r, eps, ErrorNorm::Sup, &params))
    {
        let (error, size) = largest_error(draw, &r, &net);
        let right = error <= certificate.upper() + 1e-12 * size && certificate.upper() <= eps * (1.0 + 1e-12);
        ledger.check(WITH, right, || format!("{r:?} to {eps:e}: {certificate:?}, found {error:e}"));
    }
    let name =
        draw.choose(&["gaussian", "von-mises", "matern-32", "exp-bilinear", "negative-squared-distance"]);
    let Some(r) = ledger.accept(NAME, relation(name)) else { return };
    let eps = draw.magnitude(0.03, 0.5);
    if let Some((net, certificate)) = ledger.accept(NAME, construct_fitted(&*r, eps)) {
        let (error, size) = largest_error(draw, &*r, &net);
        let low = lower_bound(&*r, eps, net.encoders(), ErrorNorm::Sup);
        let above = low.is_ok_and(|b| b.neurons.is_some_and(|n| net.neurons() >= n));
        let right = above && error <= certificate.upper() + 1e-12 * size && certificate.upper() <= eps;
        ledger.check(NAME, right, || format!("{name} to {eps}: {certificate:?}, found {error:e}"));
    }
    let step = draw.choose(&["volterra", "sign", "directed-distance"]);
    let Some(r) = ledger.accept(SQUARE, relation(step)) else { return };
    let eps = draw.magnitude(0.2, 0.5);
    if let Some((net, certificate)) = ledger.accept(SQUARE, construct_fitted_l2(&*r, eps)) {
        let error = crate::trained::mean_square(draw, &r, &net);
        let right = certificate.upper() <= eps
            && error.is_none_or(|(e, off)| e - off <= certificate.upper() && e + off >= certificate.lower());
        ledger.check(SQUARE, right, || format!("{step} to {eps}: {certificate:?}, sampled {error:?}"));
    }
}

/// Sums of products of functions of one number, and steps in the mean square.
pub(crate) fn others(draw: &mut Draw, ledger: &mut Ledger) {
    const RIDGES: &str = "relata_networks::construct_ridges";
    const SQUARE: &str = "relata_networks::construct_l2";
    // Zonal kernels are sums of ridge functions as well, but take ten thousand neurons.
    let Some(r) = ledger.accept(RIDGES, relation("kl-divergence")) else { return };
    let eps = draw.magnitude(0.03, 0.6);
    if let Some(built) = ledger.accept(RIDGES, construct_ridges(&r, eps)) {
        judge(ledger, draw, RIDGES, &r, &built, eps);
    }
    let step = draw.choose(&["volterra", "sign", "directed-distance"]);
    let Some(r) = ledger.accept(SQUARE, relation(step)) else { return };
    let eps = draw.magnitude(0.1, 0.4);
    if let Some((net, certificate)) = ledger.accept(SQUARE, construct_l2(&r, eps)) {
        let error = crate::trained::mean_square(draw, &r, &net);
        let right = certificate.upper() <= eps * (1.0 + 1e-12)
            && certificate.lower() <= certificate.upper()
            && error.is_none_or(|(e, off)| e - off <= certificate.upper() && e + off >= certificate.lower());
        ledger.check(SQUARE, right, || format!("{step} to {eps}: {certificate:?}, sampled {error:?}"));
    }
}
