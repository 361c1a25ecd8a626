//! Waves drawn from the Fourier transform of a relation.

use super::both::from_norms;
use super::bound::{Bound, constant, term};
use super::choice::{BoundRoute, ErrorNorm, HiddenLayers, Units};
use super::count::{ceil, layered};
use super::domain::{Around, around};
use super::error::BoundError;
use super::fourier::checked;
use super::moments::{FourierNorms, Moment};
use super::params::BoundParams;
use crate::encoders::Encoders;
use relata_relations::Relation;

/// Waves drawn from the Fourier transform.
pub(super) fn drawn(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
    let route = BoundRoute::FourierMaurey;
    let f = checked(r, eps, params)?;
    if params.units == Units::Tanh {
        let instead = "use relu, gelu or sine units";
        return Err(BoundError::Units { route, units: params.units, instead });
    }
    let mass = f.mass.or_refuse(r, "the mass of the Fourier transform")?;
    if mass <= 0.0 {
        // The relation 0 is the inner product of nothing.
        let mut b = Bound::empty((r, eps, params), Encoders::Separate, route);
        b.budget = vec![term("drawing", 0.0)];
        return Ok(b);
    }
    let exact = params.units == Units::Sine;
    let drawing = if exact { eps } else { params.truncation_share * eps };
    let (x, y) = r.spaces();
    let around = [around(r, x), around(r, y)];
    let (draws, failures, net) = match params.norm {
        ErrorNorm::L2 => {
            let keep = if exact { 1.0 } else { 2.0 };
            (ceil(keep * (mass / drawing).powi(2) * x.mass() * y.mass()).max(1), keep, 0.0)
        }
        ErrorNorm::Sup => {
            let radius = around.iter().map(|a| a.as_ref().map_or(0.0, |a| a.radius)).sum::<f64>();
            let lipschitz = f.first.iter().filter_map(Moment::finite).fold(0.0, f64::max);
            // Half for the net, half for the way to it: r changes by C, the draw by at most 4 C
            // per unit of length.
            let cells = (2.0 * 5.0 * lipschitz * radius / drawing).ceil().max(1.0);
            let log = 8f64.ln() + (x.dim() + y.dim()) as f64 * cells.ln();
            (ceil(8.0 * (mass / drawing).powi(2) * log).saturating_add(1), 4.0, 0.5 * drawing)
        }
    };
    let rank = draws.saturating_mul(2);
    let mut b = Bound::empty((r, eps, params), Encoders::Separate, route);
    b.rank = rank;
    b.depth = 1;
    b.constants = vec![constant("mass of the Fourier transform", mass), constant("waves", draws as f64)];
    b.budget = vec![term("drawing", drawing - net)];
    if net > 0.0 {
        b.budget.push(term("between the points of the net", net));
    }
    if exact {
        b.widths = [rank; 2];
    } else {
        let [ax, ay] = around;
        ridge_units(r, &f, &[ax?, ay?], eps - drawing, failures, draws, params, &mut b)?;
    }
    b.neurons = b.widths[0].saturating_add(b.widths[1]);
    b.weights = match params.hidden {
        _ if exact => layered(x.dim(), &[b.widths[0]], 0)
            .saturating_add(layered(y.dim(), &[b.widths[1]], 0))
            .saturating_add(rank.saturating_mul(4)),
        HiddenLayers::Separate => {
            let each = |p: usize, width: u128| width.saturating_mul(p as u128 + 3).saturating_add(rank);
            each(x.dim(), b.widths[0]).saturating_add(each(y.dim(), b.widths[1]))
        }
        HiddenLayers::Shared => {
            layered(x.dim(), &[b.widths[0]], rank).saturating_add(layered(y.dim(), &[b.widths[1]], rank))
        }
    };
    from_norms(&mut b, &f, params);
    Ok(b)
}

/// Splines of the sampled ridges: each pair of encoders of one wave may be off by `d` with
/// `|F| (2 d + d^2) = error`.
#[expect(clippy::too_many_arguments, reason = "one step of one construction")]
fn ridge_units(
    r: &dyn Relation,
    f: &FourierNorms,
    around: &[Around; 2],
    error: f64,
    failures: f64,
    draws: u128,
    params: &BoundParams,
    b: &mut Bound,
) -> Result<(), BoundError> {
    let mass = f.mass.or_refuse(r, "the mass of the Fourier transform")?;
    let d = ((1.0 + error / mass).sqrt() - 1.0) * params.units.spline_share();
    for (side, what) in ["Barron's norm in x", "Barron's norm in y"].into_iter().enumerate() {
        let first = f.first[side].or_refuse(r, what)?;
        // The mean number of cells of mesh sqrt(8 d) on an interval of length 2 R |w|, and the last
        // one begun.
        let mean = 2.0 * around[side].radius * first / mass / (8.0 * d).sqrt();
        b.widths[side] = ceil(failures * mean * draws as f64).saturating_add(draws);
        b.constants.push(constant(if side == 0 { "Barron norm in x" } else { "Barron norm in y" }, first));
    }
    b.budget.push(term("ridges", mass * (2.0 * d + d * d) / params.units.spline_share()));
    Ok(())
}
