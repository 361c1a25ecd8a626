//! What an error costs: lower bounds against networks that exist, certificates against samples.

use crate::formula::Formula;
use crate::{Draw, Ledger};
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, ErrorNorm, Moment, SymmetricBound, cholesky_certificate,
    cross_certificate, fourier_norms, lower_bound, sup_tails,
};
use relata_kernels::cross_gram;
use relata_networks::construct;
use relata_relations::catalogue::relation;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::{Factors, Interval, Points, Relation, evaluate, relation_fn};
use std::num::NonZeroUsize;

/// Relations for which everything below returns quickly.
const QUICK: [&str; 8] =
    ["gaussian", "brownian", "bridge", "matern-32", "tanh", "smooth-order", "von-mises", "abs-difference"];

/// A network that exists needs at least what the lower bound says.
pub(crate) fn sandwiched(draw: &mut Draw, ledger: &mut Ledger) {
    const LOWER: &str = "relata_kernels::cost::lower_bound";
    let name = draw.choose(&QUICK);
    let Some(r) = ledger.accept(LOWER, relation(name)) else { return };
    let eps = draw.magnitude(0.03, 0.5);
    let Some(built) = ledger.accept("relata_networks::construct", construct(&r, eps)) else { return };
    let (rank, neurons) = (built.net().rank(), built.net().neurons());
    if let Some(low) = ledger.accept(LOWER, lower_bound(&*r, eps, built.net().encoders(), ErrorNorm::Sup)) {
        let right = low.rank.is_some_and(|d| d <= rank) && low.neurons.is_none_or(|n| n <= neurons);
        ledger.check(LOWER, right, || format!("{name} to {eps}: {low:?}, built with {rank}, {neurons}"));
    }
}

type Route = fn(&dyn Relation, f64, &BoundParams) -> Result<Bound, BoundError>;

/// All routes of the two theorems.
const ROUTES: [(&str, Route); 11] = [
    ("relata_kernels::cost::SymmetricBound::of", SymmetricBound::of),
    ("relata_kernels::cost::SymmetricBound::splines", SymmetricBound::splines),
    ("relata_kernels::cost::SymmetricBound::covering", SymmetricBound::covering),
    ("relata_kernels::cost::SymmetricBound::ridges", SymmetricBound::ridges),
    ("relata_kernels::cost::SymmetricBound::barron", SymmetricBound::barron),
    ("relata_kernels::cost::AsymmetricBound::of", AsymmetricBound::of),
    ("relata_kernels::cost::AsymmetricBound::covering", AsymmetricBound::covering),
    ("relata_kernels::cost::AsymmetricBound::ridges", AsymmetricBound::ridges),
    ("relata_kernels::cost::AsymmetricBound::splines", AsymmetricBound::splines),
    ("relata_kernels::cost::AsymmetricBound::fourier_maurey", AsymmetricBound::fourier_maurey),
    ("relata_kernels::cost::AsymmetricBound::schmidt_barron", AsymmetricBound::schmidt_barron),
];

/// What a theorem allows is within its budget of errors, falls with the error that is allowed, and
/// is not below what any network needs.
pub(crate) fn routes(draw: &mut Draw, ledger: &mut Ledger) {
    let name = draw.choose(&QUICK);
    let (function, route) = draw.choose(&ROUTES);
    let Some(r) = ledger.accept(function, relation(name)) else { return };
    let eps = draw.magnitude(0.03, 0.5);
    let params = BoundParams::default();
    let Some(bound) = ledger.accept(function, route(&*r, eps, &params)) else { return };
    let within = bound.budgeted() <= eps * (1.0 + 1e-9) && bound.rank > 0 && bound.eps <= eps;
    ledger.check(function, within, || format!("{name} to {eps}: {bound:?}"));
    if let Some(easier) = ledger.accept(function, route(&*r, 2.0 * eps, &params)) {
        ledger.check(function, easier.neurons <= bound.neurons, || {
            format!("{name} to {eps}: {bound:?}, {easier:?}")
        });
    }
    if bound.norm == ErrorNorm::Sup
        && let Ok(low) = lower_bound(&*r, eps, bound.encoders, ErrorNorm::Sup)
    {
        let right = low.rank.is_none_or(|d| d as u128 <= bound.rank)
            && low.neurons.is_none_or(|n| n as u128 <= bound.neurons);
        ledger.check(function, right, || format!("{name} to {eps}: {low:?} above {bound:?}"));
    }
}

/// The mass of a Fourier transform bounds the values, its moments bound slopes and curvatures.
pub(crate) fn transforms(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_kernels::cost::fourier_norms";
    let name = draw.choose(&QUICK);
    let Some(r) = ledger.accept(NAME, relation(name)) else { return };
    let Some(norms) = ledger.accept(NAME, fourier_norms(&*r)) else { return };
    let at = r.spaces().0.sample(NonZeroUsize::MIN.saturating_add(9), draw.stream());
    let Some(values) = ledger.accept(NAME, evaluate(&r, &at, &at)) else { return };
    let finite = |m: &Moment| if let Moment::Finite(v) = m { *v } else { f64::INFINITY };
    let grown = 1.0 + 4.0 * norms.uncertainty + 1e-9;
    let (mass, first) = (finite(&norms.mass), finite(&norms.first[0]));
    ledger.check(NAME, values.norm_max() <= mass * grown, || {
        format!("{name}: {} above {norms:?}", values.norm_max())
    });
    for i in 1..at.len() {
        let run = at.row(i).iter().zip(at.row(0)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let rise = (values[(i, 0)] - values[(0, 0)]).abs();
        ledger.check(NAME, rise <= first * run * grown + 1e-12, || {
            format!("{name}: {rise} over {run}, {norms:?}")
        });
    }
}

/// Kernels that are declared semidefinite, rightly or wrongly: what the certificates say of the
/// approximation from their pivots.
pub(crate) fn pivots(draw: &mut Draw, ledger: &mut Ledger) {
    const CHOLESKY: &str = "relata_kernels::cost::cholesky_certificate";
    const CROSS: &str = "relata_kernels::cost::cross_certificate";
    let unit = Interval::unit();
    let (a, b, c) = (draw.between(-1.0, 1.0), draw.between(0.2, 3.0), draw.choose(&[1.0, 1e-120, 1e120]));
    let kernel: fn(f64, f64, f64) -> f64 = match draw.whole(0, 3) {
        0 => |t, a, _| 1.0 - a * t * t,
        1 => |t, _, b| (-b * t * t).exp(),
        2 => |t, _, b| (b * t).cos(),
        _ => |t, a, b| (1.0 + a * t.abs()) * (-b * t.abs()).exp(),
    };
    let r = relation_fn(unit.clone(), unit, move |x, y| c * kernel(x[0] - y[0], a, b));
    let Some(r) = ledger.accept(CHOLESKY, r.with_lipschitz(c * 10.0)) else { return };
    let (eps, nodes) = (c * draw.magnitude(1e-3, 0.3), NonZeroUsize::MIN.saturating_add(199));
    let at = draw.points(40, 1, 0.0, 1.0);
    let error = |r: &dyn Relation, rows: Option<&Points>, columns: Option<&Points>| -> Option<f64> {
        // Without pivots the approximation is 0.
        let (Some(rows), Some(columns)) = (rows, columns) else {
            return Some(evaluate(r, &at, &at).ok()?.norm_max());
        };
        let core = cross_gram(r, rows, columns).ok()?;
        let inner = core.full_piv_lu().solve(cross_gram(r, rows, &at).ok()?);
        Some((evaluate(r, &at, &at).ok()? - cross_gram(r, &at, columns).ok()? * inner).norm_max())
    };
    if let Some(found) = ledger.accept(CROSS, cross_certificate(&r, eps, 12, nodes, draw.seed()))
        && let (Some(upper), Some(error)) =
            (found.upper, error(&r, found.rows.as_ref(), found.columns.as_ref()))
    {
        ledger.check(CROSS, error <= upper + 1e-7 * c, || {
            format!("{a} {b} {c:e} to {eps:e}: {upper:e}, error {error:e}")
        });
    }
    let Some(k) = ledger.accept(CHOLESKY, r.positive_semidefinite()) else { return };
    if let Some(found) = ledger.accept(CHOLESKY, cholesky_certificate(&k, eps, 12, nodes))
        && let (Some(upper), Some(error)) =
            (found.upper, error(&k, found.pivots.as_ref(), found.pivots.as_ref()))
    {
        ledger.check(CHOLESKY, error <= upper + 1e-7 * c, || {
            format!("{a} {b} {c:e} to {eps:e}: {upper:e}, error {error:e}")
        });
    }
}

/// Sup tails of Mercer expansions: they start at the largest diagonal entry, fall, and are at least
/// what is left of the trace.
pub(crate) fn tails(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_kernels::cost::sup_tails";
    let name =
        draw.choose(&["gaussian", "brownian", "bridge", "matern-32", "von-mises", "poisson", "arc-cosine-1"]);
    let Some(k) = ledger.accept(NAME, relation(name)) else { return };
    let most = draw.whole(1, 25);
    let Some(tails) = ledger.accept(NAME, sup_tails(&*k, most, &BoundParams::default())) else { return };
    let values = tails.values();
    ledger.check(NAME, values.windows(2).all(|w| w[1] <= w[0] * (1.0 + 1e-9)), || {
        format!("{name}: {values:?} rise")
    });
    let Some(spectrum) = k.spectrum() else { return };
    // The residual diagonal has the mean of the eigenvalues that are left, over the mass of the space.
    for (d, tau) in values.iter().enumerate() {
        let listed: f64 =
            spectrum.values().iter().skip(d).take(2000).rev().sum::<f64>() / k.spaces().0.mass();
        ledger.check(NAME, *tau >= listed * (1.0 - 1e-7) - 1e-13, || {
            format!("{name} at rank {d}: {tau:e} below the mean {listed:e}")
        });
    }
}

/// A relation from a random formula, which knows nothing but its enclosure.
pub(crate) fn from_formula(draw: &mut Draw, scale: f64) -> Option<(Formula, relata_relations::FnRelation)> {
    let depth = draw.whole(1, 3);
    let formula = Formula::draw(draw, 2, depth);
    let (low, width) = (draw.between(-1.0, 0.5), draw.magnitude(0.2, 2.0));
    let line = Interval::new(low, low + width).ok()?;
    let (value, enclosed) = (formula.clone(), formula.clone());
    let r = relation_fn(line.clone(), line, move |x, y| scale * value.value(&[x[0], y[0]]).0)
        .with_enclosure(move |x, y| enclosed.enclose(&[x[0], y[0]]) * scale)
        .ok()?;
    Some((formula, r))
}
