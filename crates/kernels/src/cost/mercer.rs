//! One encoder from truncated Mercer features.

use super::both::{from_norms, splines_of};
use super::bound::{Bound, constant, term};
use super::choice::{BoundRoute, ErrorNorm, HiddenLayers};
use super::count::layered;
use super::domain::{Around, around, spread};
use super::error::BoundError;
use super::features::{MercerFeatures, Shape, shape};
use super::fourier::norms_for;
use super::hats::Grid;
use super::hypothesis::{Hypothesis, declared};
use super::maurey::{Waves, ridges};
use super::params::BoundParams;
use super::ranks::l2_rank;
use super::truncation::tails_within;
use crate::encoders::Encoders;
use crate::limit::{LimitParams, tensor_spectrum};
use relata_relations::{Fact, Relation, evaluate_diagonal};

/// Mercer features interpolated on a grid.
pub(super) fn splines(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
    let route = BoundRoute::MercerSplines;
    splines_of(params.units, route)?;
    let space = k.spaces().0;
    if space.axes() != space.dim() || space.dim() > 2 {
        return Err(BoundError::Dimension {
            route,
            relation: k.name(),
            found: space.dim(),
            most: 2,
            instead: "use the Barron route or a covering; on curved spaces as well",
        });
    }
    let features = MercerFeatures::of(k, params.nodes)?;
    let t = Truncated::of(k, eps, params, Some(&features))?;
    if t.rank > features.count() {
        let (rank, nodes) = (features.count(), features.nodes());
        let wanted = params.truncation_share * eps;
        return Err(BoundError::Resolution { relation: k.name(), rank, nodes, left: t.lost, wanted });
    }
    let around = around(k, space)?;
    let at = |x: &relata_relations::Points| features.at(k, t.rank.max(1), x);
    let s = shape(space, k.regularity(), features.nodes(), params.grid, t.rank.max(1), &at)?;
    let delta = t.delta(eps) * params.units.spline_share();
    // In L2 of a measure of this mass the sup error is at most its root too large.
    let delta = if params.norm == ErrorNorm::L2 { delta / space.mass().sqrt() } else { delta };
    let (grid, units, used) = spline_units(&s, t.rank, &around, delta, params.hidden);
    let weights = match params.hidden {
        HiddenLayers::Shared => grid.mesh().weights(t.rank as u128),
        HiddenLayers::Separate => {
            units.saturating_mul(space.dim() as u128 + 2).saturating_add(t.rank as u128)
        }
    };
    let mut b = t.bound(k, eps, params, route);
    let layers = grid.mesh().widths();
    b.widths = [*layers.iter().max().unwrap_or(&0); 2];
    if params.hidden == HiddenLayers::Separate && grid.p == 1 {
        b.widths = [units; 2];
    }
    b.depth = layers.len();
    b.neurons = units;
    b.weights = weights;
    t.budget(
        &mut b,
        used / params.units.spline_share()
            * if params.norm == ErrorNorm::L2 { space.mass().sqrt() } else { 1.0 },
    );
    b.constants.push(constant("sup |Phi''|", s.bend[t.rank.max(1)]));
    b.unchecked.push(Hypothesis::Supremum { of: "|Phi''|", points: s.points });
    Ok(b)
}

/// Mercer features as mixtures of ridge functions.
pub(super) fn barron(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
    let route = BoundRoute::MercerBarron;
    let f = norms_for(k, params)?;
    let space = k.spaces().0;
    let around = around(k, space)?;
    let t = Truncated::of(k, eps, params, None)?;
    let waves = Waves {
        mass: f.mass.or_refuse(k, "the mass of the Fourier transform")?,
        first: f.first[0].or_refuse(k, "Barron's norm")?,
        second: f.second[0].finite(),
    };
    let inverse = |l: &f64| 1.0 / l.sqrt();
    let scale = match params.hidden {
        HiddenLayers::Shared => t.values.last().map_or(0.0, inverse),
        HiddenLayers::Separate => t.values.iter().map(inverse).sum(),
    } * space.mass().sqrt();
    let delta = t.delta(eps);
    let units = ridges(&waves.scaled(scale), &around, space.mass(), delta, route, params)?;
    if units == u128::MAX && params.norm == ErrorNorm::Sup {
        f.second[0].or_refuse(k, "the second moment of the Fourier transform")?;
    }
    let mut b = t.bound(k, eps, params, route);
    b.widths = [units; 2];
    b.depth = 1;
    b.neurons = units;
    b.weights = match params.hidden {
        HiddenLayers::Shared => layered(space.dim(), &[units], b.rank),
        HiddenLayers::Separate => units.saturating_mul(space.dim() as u128 + 2).saturating_add(b.rank),
    };
    t.budget(&mut b, delta);
    b.constants.push(constant("Barron norm of the kernel", waves.first));
    b.constants.push(constant("Barron norm of the features", waves.first * scale));
    from_norms(&mut b, &f, params);
    Ok(b)
}

/// A truncated Mercer expansion: rank, what it loses, and how its error grows.
struct Truncated {
    rank: usize,
    lost: f64,
    /// `2 B` or `2 sqrt(l_1)`.
    factor: f64,
    values: Vec<f64>,
    unchecked: Vec<Hypothesis>,
}

impl Truncated {
    fn of(
        k: &dyn Relation,
        eps: f64,
        params: &BoundParams,
        f: Option<&MercerFeatures>,
    ) -> Result<Self, BoundError> {
        let wanted = params.truncation_share * eps;
        let mut unchecked = declared(k, &[Fact::Definiteness]);
        if params.norm == ErrorNorm::L2 {
            let (rank, lost) = l2_rank(k, Encoders::Shared, wanted)?;
            unchecked.extend(k.spectrum().into_iter().flat_map(|_| declared(k, &[Fact::Spectrum])));
            let values = leading(k, rank.max(1), params, f)?;
            let factor = 2.0 * values.first().copied().unwrap_or(0.0).sqrt();
            return Ok(Self { rank, lost, factor, values, unchecked });
        }
        let tails = tails_within(k, wanted, params, f)?;
        let rank = tails.rank_for(wanted)?;
        let values = leading(k, rank.max(1), params, f)?;
        unchecked = tails.unchecked();
        let at = spread(k.spaces().0, params.grid)?;
        let largest = evaluate_diagonal(k, &at)?.into_iter().fold(0.0, f64::max);
        unchecked.push(Hypothesis::Supremum { of: "k(x, x)", points: at.len() });
        Ok(Self { rank, lost: tails.at(rank)?, factor: 2.0 * largest.sqrt(), values, unchecked })
    }

    /// The positive root of `factor delta + delta^2 = eps - lost`.
    fn delta(&self, eps: f64) -> f64 {
        let rest = eps - self.lost;
        rest / (0.5 * self.factor + (0.25 * self.factor * self.factor + rest).sqrt())
    }

    fn bound(&self, k: &dyn Relation, eps: f64, params: &BoundParams, route: BoundRoute) -> Bound {
        let mut b = Bound::empty((k, eps, params), Encoders::Shared, route);
        b.rank = self.rank as u128;
        b.constants = vec![
            constant("smallest eigenvalue kept", self.values.last().copied().unwrap_or(0.0)),
            constant(if params.norm == ErrorNorm::L2 { "2 sqrt(l_1)" } else { "2 B" }, self.factor),
        ];
        b.unchecked = self.unchecked.clone();
        b
    }

    fn budget(&self, b: &mut Bound, delta: f64) {
        b.budget = vec![
            term("truncation", self.lost),
            term("encoder", self.factor * delta),
            term("encoder, squared", delta * delta),
        ];
    }
}

/// The leading eigenvalues: closed form, else from features.
fn leading(
    k: &dyn Relation,
    count: usize,
    params: &BoundParams,
    f: Option<&MercerFeatures>,
) -> Result<Vec<f64>, BoundError> {
    let known = k.spectrum().filter(|s| s.values().len() >= count);
    let values: Vec<f64> = match (known, f) {
        (Some(s), _) => s.values().to_vec(),
        (None, Some(f)) => f.values().to_vec(),
        (None, None) if k.spaces().0.axes() > 2 => tensor_values(k)?,
        (None, None) => MercerFeatures::of(k, params.nodes)?.values().to_vec(),
    };
    if values.len() < count {
        let left = values.last().copied().unwrap_or(0.0);
        return Err(BoundError::Resolution {
            relation: k.name(),
            rank: values.len(),
            nodes: params.nodes.get(),
            left,
            wanted: 0.0,
        });
    }
    Ok(values[..count].to_vec())
}

/// Eigenvalues of a tensor product.
fn tensor_values(k: &dyn Relation) -> Result<Vec<f64>, BoundError> {
    let found = match k.tensor_factors() {
        Some(factors) => tensor_spectrum(&factors, &LimitParams::default())?,
        None => None,
    };
    found.map(|(s, _)| s.value.values().to_vec()).ok_or_else(|| BoundError::Dimension {
        route: BoundRoute::MercerBarron,
        relation: k.name(),
        found: k.spaces().0.axes(),
        most: 2,
        instead: "eigenvalues are computed in more dimensions only for tensor products; use fourier_maurey",
    })
}

/// Grid, hidden units and the encoder error that is used.
fn spline_units(
    s: &Shape,
    rank: usize,
    around: &Around,
    delta: f64,
    hidden: HiddenLayers,
) -> (Grid, u128, f64) {
    let shared = Grid::for_bend(around, s.bend[rank.max(1).min(s.bend.len() - 1)], delta);
    match hidden {
        HiddenLayers::Shared => {
            (shared, shared.mesh().units(), shared.bend_error(around, s.bend[rank.max(1)]))
        }
        HiddenLayers::Separate => {
            // Fewest cells in all for a given sum of squared errors: errors in proportion to the
            // fifth root of the bends.
            let parts: Vec<f64> = s.bends.iter().map(|b| b.powf(0.2)).collect();
            let norm = parts.iter().map(|v| v * v).sum::<f64>().sqrt();
            let grids: Vec<Grid> = s
                .bends
                .iter()
                .zip(&parts)
                .map(|(bend, part)| Grid::for_bend(around, *bend, delta * part / norm))
                .collect();
            let units = grids.iter().fold(0u128, |n, g| n.saturating_add(g.mesh().units()));
            let used = grids.iter().zip(&s.bends).map(|(g, b)| g.bend_error(around, *b).powi(2)).sum::<f64>();
            (shared, units, used.sqrt())
        }
    }
}
