//! Ridge functions by splines, in any dimension.
//!
//! The relation is `sum_k a_k(x) b_k(y)` with features that are sums of functions of one number ([`Relation::ridges`]). Each function becomes a spline whose pieces are as long as its
//! curvature allows, and functions of one direction share their hidden units. The certificate takes the weights as they are: it encloses the spline at its knots, bounds the function between
//! them, and adds what rounding can do to the evaluation.

use super::plan::{Budget, Theorem};
use super::{ConstructError, Constructed, Route, check, sampled_error};
use crate::certify::rounding::gamma;
use crate::certify::{Certificate, Method};
use crate::construct::mesh::relu;
use crate::mlp::{Affine, Mlp, NetworkError};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::cost::{BoundError, RidgeError, RidgeSplines};
use relata_relations::{Bracket, Enclosure, Relation, Space};

/// A network within `eps` of a sum of products of ridge functions ([`Relation::ridges`]), in any dimension: the construction behind [`RidgeSplines`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // exp(<x, y>) on the sphere of R^3, the weight of attention between unit vectors.
/// let r = relata_relations::catalogue::relation("zonal-exp")?;
/// let built = relata_networks::construct_ridges(&r, 1e-1)?;
/// assert!(built.certificate().upper() <= 1e-1 && built.net().neurons() <= built.budget().neurons);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`]: as [`super::construct`]; [`ConstructError::Bound`] if the relation declares no such sum.
pub fn construct_ridges(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    check(r, eps)?;
    Design::new(r, eps)?.build(r)
}

/// Entries of a head, at most.
const MOST_WEIGHTS: usize = 1 << 25;

/// The part of `eps` that is left for rounding.
const MARGIN: f64 = 1e-3;

/// What is to be built: the splines, and the knots of each ridge, ends included.
pub(super) struct Design {
    splines: RidgeSplines,
    knots: [Vec<Vec<f64>>; 2],
    eps: f64,
}

impl Design {
    pub(super) fn new(r: &dyn Relation, eps: f64) -> Result<Self, ConstructError> {
        let splines = RidgeSplines::of(r, eps).map_err(|e| match e {
            BoundError::BelowRounding { eps, floor } => ConstructError::BelowRounding { eps, least: floor },
            other => ConstructError::Bound(other),
        })?;
        let size = splines.neurons().saturating_mul(splines.ridges().rank() as u128);
        if size > MOST_WEIGHTS as u128 {
            let pieces = usize::try_from(splines.neurons()).unwrap_or(usize::MAX);
            return Err(ConstructError::TooLarge { relation: r.name(), eps, pieces, most: MOST_WEIGHTS });
        }
        // What the errors of both sides make of each other is only known afterwards.
        let mut share = 1.0;
        loop {
            let all = |side: usize| -> Vec<Vec<f64>> {
                let count = splines.ridges().sides()[side].ridges().len();
                (0..count).map(|j| knots(&splines, side, j, share)).collect()
            };
            let x = all(0);
            let y = if splines.ridges().is_shared() { x.clone() } else { all(1) };
            let design = Self { knots: [x, y], splines: splines.clone(), eps };
            if share < 0.5 || design.planned() <= eps * (1.0 - MARGIN) {
                return Ok(design);
            }
            share *= 0.98;
        }
    }

    /// The error of exact splines with these knots.
    fn planned(&self) -> f64 {
        let errors = [0, 1].map(|side: usize| {
            let each = self.knots[side].iter().enumerate().map(|(j, knots)| {
                let pieces = knots.windows(2).map(|w| self.splines.interpolation(side, j, w[0], w[1]));
                pieces.fold(RidgeError::default(), RidgeError::max)
            });
            each.collect::<Vec<_>>()
        });
        self.splines.error(&errors)
    }

    pub(super) fn neurons(&self) -> usize {
        let of = |side: usize| self.knots[side].iter().map(|k| k.len() - 1).sum::<usize>();
        if self.splines.ridges().is_shared() { of(0) } else { of(0) + of(1) }
    }

    pub(super) fn build(self, r: &dyn Relation) -> Result<Constructed, ConstructError> {
        let phi = self.encoder(0)?;
        let net = if self.splines.ridges().is_shared() {
            RelationNet::symmetric(phi)
        } else {
            RelationNet::asymmetric(phi, self.encoder(1)?)?
        };
        let certificate = self.certificate(r, &net)?;
        let upper = certificate.upper();
        if upper > self.eps {
            return Err(ConstructError::NotCertified { relation: r.name(), eps: self.eps, upper });
        }
        let [tail, x, y, both] = self.splines.terms(&self.splines.uniform());
        let count = |n: u128| usize::try_from(n).unwrap_or(usize::MAX);
        let budget = Budget {
            eps: self.eps,
            pieces: [0, 1].map(|i: usize| count(self.splines.pieces(i).iter().copied().max().unwrap_or(0))),
            neurons: count(self.splines.neurons()),
            rank: self.splines.ridges().rank(),
            terms: vec![
                ("tail of the sum", tail),
                ("splines of x", x),
                ("splines of y", y),
                ("both splines", both),
                ("looseness of the certificate", self.eps - tail - x - y - both),
            ],
            theorem: Theorem::Ridges,
            errors: [x, y],
        };
        Ok(Constructed { net, certificate, route: Route::Ridges, budget, export: None })
    }

    /// One hidden layer, the knots of all ridges.
    fn encoder(&self, side: usize) -> Result<Mlp, NetworkError> {
        let features = self.splines.ridges().sides()[side];
        let units: usize = self.knots[side].iter().map(|k| k.len() - 1).sum();
        let (rank, p) =
            (self.splines.ridges().rank(), features.ridges().first().map_or(1, |r| r.direction().len()));
        let (mut weight, mut bias) = (Mat::zeros(p, units), vec![0.0; units]);
        let (mut head, mut constants) = (Mat::zeros(units, rank), features.constants().to_vec());
        let mut first = 0;
        for (r, knots) in features.ridges().iter().zip(&self.knots[side]) {
            let pieces = knots.len() - 1;
            for i in 0..pieces {
                r.direction().iter().enumerate().for_each(|(a, d)| weight[(a, first + i)] = *d);
                bias[first + i] = -knots[i];
            }
            for (k, f) in r.profiles() {
                let values: Vec<f64> =
                    knots.iter().map(|t| f(Enclosure::constant(*t)).value().middle()).collect();
                constants[*k] += values[0];
                let mut before = 0.0;
                for i in 0..pieces {
                    let slope = (values[i + 1] - values[i]) / (knots[i + 1] - knots[i]);
                    head[(first + i, *k)] = slope - before;
                    before = slope;
                }
            }
            first += pieces;
        }
        Mlp::new(vec![relu(Affine::new(weight, bias))], Affine::new(head, constants))
    }

    /// What is proved of a network of this design, with weights as they are.
    fn certificate(&self, r: &dyn Relation, net: &RelationNet) -> Result<Certificate, ConstructError> {
        let (sx, sy) = r.spaces();
        let upper = self.error(net, [sx, sy]);
        let found = sampled_error(r, net)?;
        let size = self.splines.norms().iter().product::<f64>().max(1.0);
        let own = (128.0 * f64::EPSILON + gamma(net.neurons() + self.splines.ridges().rank())) * size;
        let lower = (found.error - own).clamp(0.0, upper);
        Ok(Certificate::new(upper, lower, found.at, Method::Composition, found.pairs))
    }

    /// A bound of the error of a network of this design, with weights as they are.
    fn error(&self, net: &RelationNet, spaces: [&dyn Space; 2]) -> f64 {
        let one = |side: usize, mlp: &Mlp| self.side_errors(side, mlp, spaces[side]);
        let errors = match net {
            RelationNet::Asymmetric(phi, psi) => [one(0, phi), one(1, psi)],
            _ => {
                let x = one(0, net.phi_net());
                [x.clone(), x]
            }
        };
        let norms = self.splines.norms();
        let [a, b] = [0, 1].map(|i: usize| norms[i] + self.splines.norm_of(i, &errors[i]));
        let size = a * b;
        (self.splines.error(&errors) + gamma(self.splines.ridges().rank() + 2) * size) * (1.0 + 1e-10)
    }

    /// What each ridge costs, and at the end what biases and the rounding of evaluation do.
    fn side_errors(&self, side: usize, mlp: &Mlp, space: &dyn Space) -> Vec<RidgeError> {
        let features = self.splines.ridges().sides()[side];
        let Some(block) = mlp.blocks().first() else { return vec![] };
        let (weight, bias) = (block.affine.weight(), block.affine.bias());
        let (head, constants) = (mlp.head().weight(), mlp.head().bias());
        let reach = coordinates(space);
        let rank = constants.len();
        // Biases are the constants and the values at the first knots.
        let mut base: Vec<Bracket> = features.constants().iter().map(|c| Bracket::point(*c)).collect();
        let mut loose = vec![0.0f64; rank];
        let mut sizes: Vec<f64> = constants.iter().map(|c| c.abs()).collect();
        let mut errors = vec![];
        let mut first = 0;
        for (j, (r, knots)) in features.ridges().iter().zip(&self.knots[side]).enumerate() {
            let pieces = knots.len() - 1;
            let own: Vec<f64> = (first..first + pieces).map(|u| -bias[u]).collect();
            // How far the inner product that is computed is from the one that is meant.
            let (mut turned, mut size) = (0.0, 0.0);
            for (a, d) in r.direction().iter().enumerate() {
                turned += (weight[(a, first)] - d).abs() * reach[a];
                size += (d.abs() + (weight[(a, first)] - d).abs()) * reach[a];
            }
            let shift = |t: f64| turned * (1.0 + 1e-12) + gamma(reach.len() + 2) * (size + t.abs());
            let splines: Vec<Spline<'_>> = r
                .profiles()
                .iter()
                .map(|(k, f)| {
                    let start = f(Enclosure::constant(knots[0])).value();
                    base[*k] = base[*k] + start;
                    let changes: Vec<f64> = (0..pieces).map(|i| head[(first + i, *k)]).collect();
                    for (t, h) in own.iter().zip(&changes) {
                        let (_, high) = r.range();
                        loose[*k] += h.abs() * shift(*t);
                        sizes[*k] += h.abs() * ((high - t).max(0.0) + shift(*t));
                    }
                    Spline { knots: &own, start, changes }
                })
                .collect();
            errors.push(self.ridge_error(side, j, &splines));
            first += pieces;
        }
        let at_bias = |k: usize| (Bracket::point(constants[k]) - base[k]).magnitude();
        let apart: Vec<f64> =
            (0..rank).map(|k| at_bias(k) + loose[k] + gamma(mlp.neurons() + 2) * sizes[k]).collect();
        errors.push(self.splines.cost_of_features(side, &apart));
        errors
    }

    /// The largest cost of a piece: the error at its ends, and what the functions bend in between.
    fn ridge_error(&self, side: usize, ridge: usize, splines: &[Spline<'_>]) -> RidgeError {
        let r = &self.splines.ridges().sides()[side].ridges()[ridge];
        let (low, high) = r.range();
        let mut ends = vec![low];
        if let Some(s) = splines.first() {
            ends.extend(s.knots.iter().copied().filter(|t| *t > low && *t < high));
        }
        ends.push(high);
        let at_ends: Vec<Vec<f64>> = r
            .profiles()
            .iter()
            .zip(splines)
            .map(|((_, f), s)| {
                ends.iter().map(|t| (s.at(*t) - f(Enclosure::constant(*t)).value()).magnitude()).collect()
            })
            .collect();
        let pieces = ends.windows(2).enumerate().map(|(i, w)| {
            let bent = self.splines.interpolation(side, ridge, w[0], w[1]);
            let worst: Vec<f64> = at_ends.iter().map(|e| e[i].max(e[i + 1])).collect();
            let off = self.splines.cost(side, r, &worst);
            RidgeError { weighted: bent.weighted + off.weighted, norm: bent.norm + off.norm }
        });
        pieces.fold(RidgeError::default(), RidgeError::max)
    }
}

/// What a network constructed to `eps` is certified to after its weights were changed a little.
pub(super) fn certify_again(
    r: &dyn Relation,
    eps: f64,
    net: &RelationNet,
) -> Result<Certificate, ConstructError> {
    Design::new(r, eps)?.certificate(r, net)
}

/// A spline as a network holds it: its value before the first knot, and changes of slope.
struct Spline<'a> {
    knots: &'a [f64],
    start: Bracket,
    changes: Vec<f64>,
}

impl Spline<'_> {
    fn at(&self, t: f64) -> Bracket {
        let before = self.knots.iter().zip(&self.changes).filter(|(k, _)| **k < t);
        before.fold(self.start, |s, (k, h)| s + (Bracket::point(t) - Bracket::point(*k)) * *h)
    }
}

/// Knots of one ridge, ends included: the longest pieces that are allowed, or equal ones where these are not more.
fn knots(splines: &RidgeSplines, side: usize, ridge: usize, share: f64) -> Vec<f64> {
    let (low, high) = splines.ridges().sides()[side].ridges()[ridge].range();
    let most = usize::try_from(splines.pieces(side)[ridge]).unwrap_or(usize::MAX);
    let mut all = vec![low];
    let mut here = low;
    while all.len() <= most {
        if splines.allows(side, ridge, (here, high), share) {
            all.push(high);
            return all;
        }
        let (mut allowed, mut refused) = (here, high);
        while refused - allowed > 1e-3 * (allowed - here) && refused - allowed > 1e-12 * (high - low) {
            let middle = 0.5 * (allowed + refused);
            if splines.allows(side, ridge, (here, middle), share) {
                allowed = middle
            } else {
                refused = middle
            }
        }
        if allowed <= here {
            break;
        }
        all.push(allowed);
        here = allowed;
    }
    (0..=most).map(|i| if i == most { high } else { low + (high - low) * i as f64 / most as f64 }).collect()
}

/// How large the coordinates of points of a space are.
fn coordinates(space: &dyn Space) -> Vec<f64> {
    let ranges = space.parameters().unwrap_or_default();
    let whole: Vec<Enclosure> =
        ranges.iter().map(|(a, b)| Enclosure::bounded(Bracket::new(*a, *b))).collect();
    space.place(&whole).iter().map(|c| c.value().magnitude()).collect()
}
