//! Constructions that serve one encoder as well as two, and what all constructions share.

use super::bound::{Bound, constant, term};
use super::choice::{BoundRoute, ErrorNorm, Units};
use super::count::layered;
use super::error::BoundError;
use super::hats::HatMesh;
use super::hypothesis::{Hypothesis, declared};
use super::interpolation::{Interpolation, Smoothness};
use super::moments::FourierNorms;
use super::params::BoundParams;
use super::ridges::RidgeSplines;
use crate::encoders::Encoders;
use relata_relations::{Fact, Relation};

/// A partition of unity on the meshes that [`Interpolation`] asks for.
pub(super) fn covered(mut b: Bound, r: &dyn Relation, params: &BoundParams) -> Result<Bound, BoundError> {
    splines_of(params.units, b.route)?;
    let scale = to_sup(r, params);
    let i = Interpolation::of(r, b.eps / scale)?;
    on_meshes(&mut b, &i.meshes, i.rank());
    if b.encoders == Encoders::Shared {
        (b.neurons, b.weights) = (i.meshes[0].units(), i.meshes[0].weights(b.rank));
    }
    b.budget = vec![
        term("interpolation in x", i.errors[0] * scale),
        term("interpolation in y", i.errors[1] * scale),
    ];
    match i.smoothness {
        Smoothness::Curvature { curvature: [x, y] } => {
            b.constants = vec![constant("curvature in x", x), constant("curvature in y", y)];
            b.unchecked.extend(declared(r, &[Fact::Enclosure, Fact::Regularity]));
        }
        Smoothness::Lipschitz { lipschitz } => {
            b.constants = vec![constant("Lipschitz constant", lipschitz)];
            b.unchecked.extend(declared(r, &[Fact::Lipschitz]));
        }
    }
    if i.continued {
        b.unchecked.push(Hypothesis::Continued);
    }
    Ok(b)
}

/// Splines of the ridge functions that the relation declares.
pub(super) fn ridged(mut b: Bound, r: &dyn Relation, params: &BoundParams) -> Result<Bound, BoundError> {
    splines_of(params.units, b.route)?;
    let (x, y) = r.spaces();
    let scale = to_sup(r, params);
    let splines = RidgeSplines::of(r, b.eps / scale)?;
    let shared = splines.ridges().is_shared();
    if b.encoders == Encoders::Shared && !shared {
        let reason = "it has features of its own for y, and one encoder was asked for";
        return Err(BoundError::NoRidges { relation: r.name(), eps: b.eps, reason });
    }
    // Features of one direction share their units, whatever was asked for.
    let units = [0, 1].map(|i: usize| splines.pieces(i).iter().map(|p| *p as u128).sum::<u128>());
    b.rank = splines.ridges().rank() as u128;
    b.widths = units;
    let weights = [layered(x.dim(), &units[..1], b.rank), layered(y.dim(), &units[1..], b.rank)];
    (b.neurons, b.weights) = if b.encoders == Encoders::Shared {
        (units[0], weights[0])
    } else {
        (units[0].saturating_add(units[1]), weights[0].saturating_add(weights[1]))
    };
    b.budget = splines.budget().iter().map(|t| term(t.name, t.value * scale)).collect();
    let [of_x, of_y] = splines.norms();
    b.constants =
        vec![constant("norm of the features of x", of_x), constant("norm of the features of y", of_y)];
    b.unchecked.extend(declared(r, &[Fact::Ridges]));
    Ok(b)
}

pub(super) fn splines_of(units: Units, route: BoundRoute) -> Result<(), BoundError> {
    match units {
        Units::Relu | Units::Gelu => Ok(()),
        Units::Tanh | Units::Sine => Err(BoundError::Units {
            route,
            units,
            instead: "splines are built from relu or gelu; use a Barron route in L2 (tanh), or fourier_maurey (sine)",
        }),
    }
}

pub(super) fn on_meshes(b: &mut Bound, meshes: &[HatMesh; 2], rank: u128) {
    let layers = meshes.map(|m| m.widths());
    b.rank = rank;
    b.widths = [0, 1].map(|i: usize| *layers[i].iter().max().unwrap_or(&0));
    b.depth = layers[0].len().max(layers[1].len());
    b.neurons = meshes[0].units().saturating_add(meshes[1].units());
    b.weights = meshes[0].weights(rank).saturating_add(meshes[1].weights(rank));
}

pub(super) fn from_norms(b: &mut Bound, f: &FourierNorms, params: &BoundParams) {
    if f.uncertainty > 0.0 || params.fourier.is_some() {
        b.unchecked.push(Hypothesis::FourierNorms { uncertainty: f.uncertainty });
    }
}

/// What a sup error of splines of ReLU is at most multiplied with, in the norm and with the
/// units asked for.
fn to_sup(r: &dyn Relation, params: &BoundParams) -> f64 {
    let (x, y) = r.spaces();
    // In L2 of measures of these masses the sup error is at most this too large.
    let norm = if params.norm == ErrorNorm::L2 { (x.mass() * y.mass()).sqrt() } else { 1.0 };
    norm / params.units.spline_share()
}
