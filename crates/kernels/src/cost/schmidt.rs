//! Two encoders from truncated Schmidt features.

use super::both::{from_norms, on_meshes, splines_of};
use super::bound::{Bound, constant, term};
use super::choice::{BoundRoute, ErrorNorm, HiddenLayers};
use super::count::layered;
use super::domain::{around, spread};
use super::error::BoundError;
use super::features::{SchmidtFeatures, Shape, shape};
use super::fourier::norms_for;
use super::hats::Grid;
use super::hypothesis::Hypothesis;
use super::maurey::{Waves, ridges};
use super::params::BoundParams;
use super::ranks::l2_rank;
use crate::encoders::Encoders;
use crate::limit::{LimitParams, tensor_spectrum};
use relata_relations::{Points, Relation};

/// Schmidt features interpolated on grids.
pub(super) fn splines(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
    let route = BoundRoute::SchmidtSplines;
    splines_of(params.units, route)?;
    let (x, y) = r.spaces();
    for space in [x, y] {
        if space.axes() != space.dim() || space.dim() > 2 {
            return Err(BoundError::Dimension {
                route,
                relation: r.name(),
                found: space.dim(),
                most: 2,
                instead: "use a covering, waves or ridges; on curved spaces as well",
            });
        }
    }
    let f = SchmidtFeatures::of(r, params.nodes)?;
    let wanted = params.truncation_share * eps;
    let (rank, lost) = truncated(r, &f, wanted, params)?;
    let count = rank.max(1);
    let left = |p: &Points| f.left(r, count, p);
    let right = |p: &Points| f.right(r, count, p);
    let shapes = [
        shape(x, r.regularity(), f.nodes(), params.grid, count, &left)?,
        shape(y, r.regularity(), f.nodes(), params.grid, count, &right)?,
    ];
    let in_l2 = params.norm == ErrorNorm::L2;
    let root = f.values().first().copied().unwrap_or(0.0).sqrt();
    // What an error of this side is multiplied with: the size of the other.
    let size = |s: &Shape| s.size[count];
    let factors = if in_l2 { [root, root] } else { [size(&shapes[1]), size(&shapes[0])] };
    let delta = balanced(factors, eps - lost);
    let share = params.units.spline_share();
    let around = [around(r, x)?, around(r, y)?];
    let masses = if in_l2 { [x.mass().sqrt(), y.mass().sqrt()] } else { [1.0, 1.0] };
    let grids: [Grid; 2] = std::array::from_fn(|i| {
        Grid::for_bend(&around[i], shapes[i].bend[count], delta[i] * share / masses[i])
    });
    let used: [f64; 2] =
        std::array::from_fn(|i| grids[i].bend_error(&around[i], shapes[i].bend[count]) * masses[i] / share);
    let mut b = Bound::empty((r, eps, params), Encoders::Separate, route);
    on_meshes(&mut b, &grids.map(|g| g.mesh()), rank as u128);
    b.budget = vec![
        term("truncation", lost),
        term("encoder of x", factors[0] * used[0]),
        term("encoder of y", factors[1] * used[1]),
        term("both encoders", used[0] * used[1]),
    ];
    b.constants = vec![
        constant("sup |Phi''|", shapes[0].bend[count]),
        constant("sup |Psi''|", shapes[1].bend[count]),
        constant("smallest singular value kept", f.values().get(count - 1).copied().unwrap_or(0.0)),
    ];
    b.unchecked.push(Hypothesis::Eigenpairs { nodes: f.nodes() });
    b.unchecked.push(Hypothesis::Supremum { of: "|Phi''| and |Psi''|", points: shapes[0].points });
    if !in_l2 {
        b.unchecked
            .push(Hypothesis::Supremum { of: "the residual", points: params.grid.get().div_ceil(8).pow(2) });
    }
    Ok(b)
}

/// Schmidt features as mixtures of ridge functions.
pub(super) fn barron(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
    let route = BoundRoute::SchmidtBarron;
    let f = norms_for(r, params)?;
    let (x, y) = r.spaces();
    let wanted = params.truncation_share * eps;
    let (rank, lost, values, factors, nodes) = match params.norm {
        ErrorNorm::L2 => {
            let (rank, lost) = l2_rank(r, Encoders::Separate, wanted)?;
            let values = leading(r, rank.max(1), params)?;
            let root = values.first().copied().unwrap_or(0.0).sqrt();
            (rank, lost, values, [root, root], params.nodes.get())
        }
        ErrorNorm::Sup => {
            let features = SchmidtFeatures::of(r, params.nodes)?;
            let (rank, lost) = truncated(r, &features, wanted, params)?;
            let count = rank.max(1);
            let size = |m: faer::Mat<f64>| m.row_iter().map(|row| row.norm_l2()).fold(0.0, f64::max);
            let px = spread(x, params.grid)?;
            let py = spread(y, params.grid)?;
            let sizes = [size(features.left(r, count, &px)?), size(features.right(r, count, &py)?)];
            (rank, lost, features.values()[..count].to_vec(), [sizes[1], sizes[0]], features.nodes())
        }
    };
    let delta = balanced(factors, eps - lost);
    let inverse = |s: &f64| 1.0 / s.sqrt();
    let scale = match params.hidden {
        HiddenLayers::Shared => values.last().map_or(0.0, inverse),
        HiddenLayers::Separate => values.iter().map(inverse).sum(),
    };
    let mut b = Bound::empty((r, eps, params), Encoders::Separate, route);
    let mut weights = 0u128;
    for (side, (space, other)) in [(x, y), (y, x)].into_iter().enumerate() {
        let what = ["Barron's norm in x", "Barron's norm in y"][side];
        let waves = Waves {
            mass: f.mass.or_refuse(r, "the mass of the Fourier transform")?,
            first: f.first[side].or_refuse(r, what)?,
            second: f.second[side].finite(),
        };
        let scaled = waves.scaled(scale * other.mass().sqrt());
        let units = ridges(&scaled, &around(r, space)?, space.mass(), delta[side], route, params)?;
        if units == u128::MAX && params.norm == ErrorNorm::Sup {
            f.second[side].or_refuse(r, "the second moment of the Fourier transform")?;
        }
        b.widths[side] = units;
        weights = weights.saturating_add(match params.hidden {
            HiddenLayers::Shared => layered(space.dim(), &[units], rank as u128),
            HiddenLayers::Separate => {
                units.saturating_mul(space.dim() as u128 + 2).saturating_add(rank as u128)
            }
        });
    }
    b.rank = rank as u128;
    b.depth = 1;
    b.neurons = b.widths[0].saturating_add(b.widths[1]);
    b.weights = weights;
    b.budget = vec![
        term("truncation", lost),
        term("encoder of x", factors[0] * delta[0]),
        term("encoder of y", factors[1] * delta[1]),
        term("both encoders", delta[0] * delta[1]),
    ];
    b.constants = vec![
        constant("smallest singular value kept", values.last().copied().unwrap_or(0.0)),
        constant("Barron norm of the features", f.first[0].finite().unwrap_or(f64::INFINITY) * scale),
    ];
    if params.norm == ErrorNorm::Sup {
        b.unchecked.push(Hypothesis::Eigenpairs { nodes });
        b.unchecked
            .push(Hypothesis::Supremum { of: "the residual", points: params.grid.get().div_ceil(8).pow(2) });
    }
    from_norms(&mut b, &f, params);
    Ok(b)
}

/// Errors of the two sides with `a x + b y + x y = rest` and equal shares `a x = b y`.
fn balanced(factors: [f64; 2], rest: f64) -> [f64; 2] {
    let [a, b] = factors;
    if !(a > 0.0 && b > 0.0) {
        return [rest.max(0.0).sqrt(); 2];
    }
    // With a x = b y = s: 2 s + s^2 / (a b) = rest.
    let s = rest / (1.0 + (1.0 + rest / (a * b)).sqrt());
    [s / a, s / b]
}

/// The smallest rank with at most `wanted` lost, and what is.
fn truncated(
    r: &dyn Relation,
    f: &SchmidtFeatures,
    wanted: f64,
    params: &BoundParams,
) -> Result<(usize, f64), BoundError> {
    let refuse = |rank: usize, left: f64| BoundError::Resolution {
        relation: r.name(),
        rank,
        nodes: f.nodes(),
        left,
        wanted,
    };
    if params.norm == ErrorNorm::L2 {
        let (rank, lost) = l2_rank(r, Encoders::Separate, wanted)?;
        return if rank <= f.count() { Ok((rank, lost)) } else { Err(refuse(f.count(), lost)) };
    }
    let tails = f.sup_tails(r, params.grid)?;
    let found = tails.iter().position(|t| *t <= wanted);
    let left = tails.iter().copied().fold(f64::INFINITY, f64::min);
    found.map(|rank| (rank, tails[rank])).ok_or_else(|| refuse(f.count(), left))
}

/// The leading singular values.
fn leading(r: &dyn Relation, count: usize, params: &BoundParams) -> Result<Vec<f64>, BoundError> {
    let magnitudes = |v: &[f64]| v[..count].iter().map(|s| s.abs()).collect();
    if let Some(s) = r.spectrum().filter(|s| s.values().len() >= count) {
        return Ok(magnitudes(s.values()));
    }
    if let Some(factors) = r.tensor_factors()
        && let Some((s, _)) =
            tensor_spectrum(&factors, &LimitParams { nodes: params.nodes, ..LimitParams::default() })?
        && s.value.values().len() >= count
    {
        return Ok(magnitudes(s.value.values()));
    }
    let f = SchmidtFeatures::of(r, params.nodes)?;
    if f.count() < count {
        let left = f.values().last().copied().unwrap_or(0.0);
        return Err(BoundError::Resolution {
            relation: r.name(),
            rank: f.count(),
            nodes: f.nodes(),
            left,
            wanted: 0.0,
        });
    }
    Ok(magnitudes(f.values()))
}
