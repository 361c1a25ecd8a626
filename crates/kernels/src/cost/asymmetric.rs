//! Bounds for two encoders.

use super::bound::{
    Bound, BoundParams, ErrorNorm, HiddenLayers, Hypothesis, Route, Units, ceil, cheapest, constant, layered,
    term,
};
use super::domain::{Around, around, check};
use super::error::BoundError;
use super::features::{SchmidtFeatures, Shape, shape};
use super::fourier::{FourierNorms, checked, norms_for};
use super::hats::{Grid, HatMesh, spline_share};
use super::interpolation::{Interpolation, Smoothness};
use super::maurey::{Waves, ridges};
use super::ridges::RidgeSplines;
use super::symmetric::splines_of;
use crate::encoders::Encoders;
use crate::limit::{LimitParams, limits};
use relata_relations::{Points, Relation};

/// How many neurons two encoders need for a relation: `|r - <phi, psi>| <= eps`.
///
/// The existence of the networks is the theorem for asymmetric relations of Altabaa and Lafferty
/// (arXiv:2402.08856) for continuous `r` on compact spaces; the constructions, counts and constants
/// are derived here.
#[derive(Clone, Copy, Debug)]
pub struct AsymmetricBound;

impl AsymmetricBound {
    /// The cheapest route that applies.
    ///
    /// # Errors
    /// [`BoundError`]: `eps` not positive or below rounding, jumps or unbounded domains in sup norm, or no route that applies; then the error of the first one.
    pub fn of(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        let routes = [
            Self::splines(r, eps, params),
            Self::covering(r, eps, params),
            Self::ridges(r, eps, params),
            Self::fourier_maurey(r, eps, params),
            Self::schmidt_barron(r, eps, params),
        ];
        cheapest(r, routes)
    }

    /// A partition of unity: the values on a product of meshes, interpolated by hats in both
    /// arguments, `hat(x)' R hat(y)`. Hypothesis-free but for bounds of second derivatives or a
    /// modulus of continuity: the error is at most that of the two interpolations
    /// ([`Interpolation`]). The rank is the number of nodes of the smaller mesh.
    ///
    /// ```
    /// use relata_kernels::cost::{AsymmetricBound, BoundParams};
    /// let r = relata_relations::catalogue::relation("positive-part")?;
    /// let bound = AsymmetricBound::covering(&*r, 1e-2, &BoundParams::default())?;
    /// // L = sqrt 2 on [0, 1] twice: 142 cells a side.
    /// assert_eq!((bound.rank, bound.neurons), (143, 284));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::NoModulus`] without enclosure and Lipschitz
    /// constant, [`BoundError::Units`] for sine units and steps.
    pub fn covering(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        covered(empty(eps, params, Route::Covering), r, params)
    }

    /// Features that are sums of ridge functions ([`Relation::ridges`], [`RidgeSplines`]), by
    /// splines, in any dimension.
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::NoRidges`], [`BoundError::Units`].
    pub fn ridges(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        ridged(empty(eps, params, Route::RidgeSplines), r, params)
    }

    /// Schmidt features interpolated on grids. In `L2`
    /// `(sum_{i > d} s_i^2)^{1/2} + sqrt(s_1) (e_phi + e_psi) + e_phi e_psi`, in sup norm the
    /// largest residual of a pair and `B_psi delta_phi + B_phi delta_psi + delta_phi delta_psi`,
    /// with spline errors as in [`super::SymmetricBound::splines`].
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::Dimension`] beyond two dimensions,
    /// [`BoundError::Units`], [`BoundError::Resolution`].
    pub fn splines(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        let route = Route::SchmidtSplines;
        check(r, eps, params)?;
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
        let share = spline_share(params.units);
        let around = [around(r, x)?, around(r, y)?];
        let masses = if in_l2 { [x.mass().sqrt(), y.mass().sqrt()] } else { [1.0, 1.0] };
        let grids: [Grid; 2] = std::array::from_fn(|i| {
            Grid::for_bend(&around[i], shapes[i].bend[count], delta[i] * share / masses[i])
        });
        let used: [f64; 2] = std::array::from_fn(|i| {
            grids[i].bend_error(&around[i], shapes[i].bend[count]) * masses[i] / share
        });
        let mut b = empty(eps, params, route);
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
            b.unchecked.push(Hypothesis::Supremum {
                of: "the residual",
                points: params.grid.get().div_ceil(8).pow(2),
            });
        }
        Ok(b)
    }

    /// Waves drawn from the Fourier transform (Maurey, in Pisier 1981; Barron 1993): `N` pairs of
    /// frequencies make rank `2 N` and, in `L2`, error `|F| / sqrt(N)`, whatever the dimension; in
    /// sup norm by Hoeffding's inequality on a net. A cosine and a sine of one frequency share the
    /// knots of their splines, which are within `h^2 / 8` of both together; sine units are exact.
    ///
    /// Sampled frequencies fluctuate; the bound is for the best of all draws: some draw has at most
    /// twice the mean squared error and at most twice the mean number of knots (in sup norm four
    /// times, with probability 1/4 left).
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::InfiniteNorm`], [`BoundError::NoFourier`],
    /// [`BoundError::Units`] for steps.
    pub fn fourier_maurey(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        let route = Route::FourierMaurey;
        let f = checked(r, eps, params)?;
        if params.units == Units::Tanh {
            let instead = "use relu, gelu or sine units";
            return Err(BoundError::Units { route, units: params.units, instead });
        }
        let mass = f.mass.or_refuse(r, "the mass of the Fourier transform")?;
        let exact = params.units == Units::Sine;
        let drawing = if exact { eps } else { params.truncation_share * eps };
        let (x, y) = r.spaces();
        let around = [around(r, x), around(r, y)];
        let (draws, failures, net) = match params.norm {
            ErrorNorm::L2 => {
                let keep = if exact { 1.0 } else { 2.0 };
                (ceil(keep * mass * mass * x.mass() * y.mass() / (drawing * drawing)).max(1), keep, 0.0)
            }
            ErrorNorm::Sup => {
                let radius = around.iter().map(|a| a.as_ref().map_or(0.0, |a| a.radius)).sum::<f64>();
                let lipschitz = f.first.iter().filter_map(super::fourier::Moment::finite).fold(0.0, f64::max);
                // Half for the net, half for the way to it: r changes by C, the draw by at most 4 C
                // a unit.
                let cells = (2.0 * 5.0 * lipschitz * radius / drawing).ceil().max(1.0);
                let log = 8f64.ln() + (x.dim() + y.dim()) as f64 * cells.ln();
                (ceil(8.0 * mass * mass * log / (drawing * drawing)).saturating_add(1), 4.0, 0.5 * drawing)
            }
        };
        let rank = draws.saturating_mul(2);
        let mut b = empty(eps, params, route);
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

    /// Schmidt features as mixtures of ridge functions, in `L2` or sup norm: the rank is optimal in
    /// `L2` (Schmidt 1907), and from `u_i = s_i^{-1} integral of r(., y) v_i(y)` the features
    /// together have `C_m <= s_d^{-1/2} integral of |w|^m d|F|` (derived).
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::InfiniteNorm`], [`BoundError::NoFourier`],
    /// [`BoundError::Units`] for steps in sup norm.
    pub fn schmidt_barron(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        let route = Route::SchmidtBarron;
        check(r, eps, params)?;
        let f = norms_for(r, params)?;
        let (x, y) = r.spaces();
        let wanted = params.truncation_share * eps;
        let (rank, lost, values, factors, nodes) = match params.norm {
            ErrorNorm::L2 => {
                let (rank, lost) = l2_rank(r, wanted)?;
                let values = leading(r, rank.max(1), params)?;
                let root = values.first().copied().unwrap_or(0.0).sqrt();
                (rank, lost, values, [root, root], params.nodes.get())
            }
            ErrorNorm::Sup => {
                let features = SchmidtFeatures::of(r, params.nodes)?;
                let (rank, lost) = truncated(r, &features, wanted, params)?;
                let count = rank.max(1);
                let size = |m: faer::Mat<f64>| m.row_iter().map(|row| row.norm_l2()).fold(0.0, f64::max);
                let px = super::domain::spread(x, params.grid)?;
                let py = super::domain::spread(y, params.grid)?;
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
        let mut b = empty(eps, params, route);
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
            b.unchecked.push(Hypothesis::Supremum {
                of: "the residual",
                points: params.grid.get().div_ceil(8).pow(2),
            });
        }
        from_norms(&mut b, &f, params);
        Ok(b)
    }
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
    let d = ((1.0 + error / mass).sqrt() - 1.0) * spline_share(params.units);
    for (side, what) in ["Barron's norm in x", "Barron's norm in y"].into_iter().enumerate() {
        let first = f.first[side].or_refuse(r, what)?;
        // The mean number of cells of mesh sqrt(8 d) on an interval of length 2 R |w|, and the last
        // one begun.
        let mean = 2.0 * around[side].radius * first / mass / (8.0 * d).sqrt();
        b.widths[side] = ceil(failures * mean * draws as f64).saturating_add(draws);
        b.constants.push(constant(if side == 0 { "Barron norm in x" } else { "Barron norm in y" }, first));
    }
    b.budget.push(term("ridges", mass * (2.0 * d + d * d) / spline_share(params.units)));
    Ok(())
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
        let (rank, lost) = l2_rank(r, wanted)?;
        return if rank <= f.count() { Ok((rank, lost)) } else { Err(refuse(f.count(), lost)) };
    }
    let tails = f.sup_tails(r, params.grid)?;
    let found = tails.iter().position(|t| *t <= wanted);
    let left = tails.iter().copied().fold(f64::INFINITY, f64::min);
    found.map(|rank| (rank, tails[rank])).ok_or_else(|| refuse(f.count(), left))
}

/// The smallest rank whose Schmidt tail is at most `wanted`.
fn l2_rank(r: &dyn Relation, wanted: f64) -> Result<(usize, f64), BoundError> {
    const MAX: usize = 4000;
    let all = limits(r, Encoders::Separate, MAX, &LimitParams::default())?;
    let value = |d: usize| all.at(d).map_or(f64::INFINITY, |l| l.value);
    match (0..=MAX).find(|d| value(*d) <= wanted) {
        Some(rank) => Ok((rank, value(rank))),
        None => Err(BoundError::Resolution {
            relation: r.name(),
            rank: MAX,
            nodes: MAX,
            left: value(MAX),
            wanted,
        }),
    }
}

/// The leading singular values.
fn leading(r: &dyn Relation, count: usize, params: &BoundParams) -> Result<Vec<f64>, BoundError> {
    let magnitudes = |v: &[f64]| v[..count].iter().map(|s| s.abs()).collect();
    if let Some(s) = r.spectrum().filter(|s| s.values().len() >= count) {
        return Ok(magnitudes(s.values()));
    }
    if let Some(factors) = r.tensor_factors()
        && let Some((s, _)) = crate::tensor::tensor_spectrum(&factors, params.nodes)?
        && s.values().len() >= count
    {
        return Ok(magnitudes(s.values()));
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

/// What a sup error of splines of rectifiers is at most multiplied with, in the norm and with the
/// units asked for.
fn to_sup(r: &dyn Relation, params: &BoundParams) -> f64 {
    let (x, y) = r.spaces();
    // In L2 of measures of these masses the sup error is at most this too large.
    let norm = if params.norm == ErrorNorm::L2 { (x.mass() * y.mass()).sqrt() } else { 1.0 };
    norm / spline_share(params.units)
}

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
            b.unchecked.push(Hypothesis::Regularity);
        }
        Smoothness::Lipschitz { lipschitz } => {
            b.constants = vec![constant("Lipschitz constant", lipschitz)];
            b.unchecked.push(Hypothesis::Lipschitz { constant: lipschitz });
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
    b.unchecked.push(Hypothesis::Ridges);
    Ok(b)
}

fn on_meshes(b: &mut Bound, meshes: &[HatMesh; 2], rank: u128) {
    let layers = meshes.map(|m| m.widths());
    b.rank = rank;
    b.widths = [0, 1].map(|i: usize| *layers[i].iter().max().unwrap_or(&0));
    b.depth = layers[0].len().max(layers[1].len());
    b.neurons = meshes[0].units().saturating_add(meshes[1].units());
    b.weights = meshes[0].weights(rank).saturating_add(meshes[1].weights(rank));
}

fn from_norms(b: &mut Bound, f: &FourierNorms, params: &BoundParams) {
    if f.uncertainty > 0.0 || params.fourier.is_some() {
        b.unchecked.push(Hypothesis::FourierNorms { uncertainty: f.uncertainty });
    }
}

/// A bound without counts.
fn empty(eps: f64, params: &BoundParams, route: Route) -> Bound {
    Bound {
        route,
        encoders: Encoders::Separate,
        norm: params.norm,
        units: params.units,
        eps,
        rank: 0,
        widths: [0; 2],
        depth: 1,
        neurons: 0,
        weights: 0,
        budget: Vec::new(),
        constants: Vec::new(),
        unchecked: Vec::new(),
    }
}
