//! Ridge functions by splines, in any dimension.
//!
//! The relation is `sum_k a_k(x) b_k(y)` with features that are sums of functions of one number
//! ([`Relation::ridges`]). Each function becomes a spline whose pieces are as long as its curvature
//! allows, and functions of one direction share their hidden units. The certificate takes the
//! weights as they are: it encloses the spline at its knots, bounds the function between them, and
//! adds what rounding can do to the evaluation.

use super::conditions::check;
use super::constructed::Export;
use super::plan::{Budget, Theorem};
use super::{ConstructError, ConstructRoute, Constructed};
use crate::certify::{Certificate, Claim, Method, find, gamma};
use crate::construct::mesh::{equal_knots, relu, slope_changes};
use crate::mlp::{Affine, Mlp, NetworkError};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::cost::{BoundError, ErrorNorm, Hypothesis, RidgeError, RidgeSplines};
use relata_relations::{Bracket, Enclosure, Relation, RidgeProfile, Space};

/// A network within `eps` of a sum of products of ridge functions ([`Relation::ridges`]), in any
/// dimension: the construction behind [`RidgeSplines`].
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
const MAX_WEIGHTS: usize = 1 << 25;

/// The part of `eps` that is left for rounding.
const MARGIN: f64 = 1e-3;

/// What is to be built, or was: the splines, and the knots of each ridge, ends included.
#[derive(Clone, Debug)]
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
        let (x, y) = r.spaces();
        let row = splines.ridges().rank() + x.dim().max(y.dim());
        let size = splines.neurons().saturating_mul(row as u128);
        if size > MAX_WEIGHTS as u128 {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            return Err(ConstructError::TooManyWeights { relation: r.name(), eps, size, most: MAX_WEIGHTS });
        }
        // What the errors of both sides make of each other is only known afterwards. Equal pieces
        // are enough in any case.
        for share in [1.0, 0.98, 0.95, 0.9, 0.8, 0.0] {
            let knots = both(&splines, |side| {
                let count = splines.ridges().sides()[side].ridges().len();
                (0..count).map(|j| knots(&splines, side, j, share)).collect::<Vec<_>>()
            });
            if planned(&splines, &knots) <= eps * (1.0 - MARGIN) {
                return Ok(Self { splines, knots, eps });
            }
        }
        Err(ConstructError::NotCertified { relation: r.name(), eps, upper: splines.error(splines.equal()) })
    }

    pub(super) fn neurons(&self) -> usize {
        let of = |side: usize| self.knots[side].iter().map(|k| k.len() - 1).sum::<usize>();
        if self.splines.ridges().is_shared() { of(0) } else { of(0) + of(1) }
    }

    pub(super) fn build(self, r: &dyn Relation) -> Result<Constructed, ConstructError> {
        let (sx, sy) = r.spaces();
        let phi = self.encoder(0, sx.dim())?;
        let net = if self.splines.ridges().is_shared() {
            RelationNet::symmetric(phi)
        } else {
            RelationNet::asymmetric(phi, self.encoder(1, sy.dim())?)?
        };
        let certificate = self.certificate(r, &net)?;
        let upper = certificate.upper();
        if upper > self.eps {
            return Err(ConstructError::NotCertified { relation: r.name(), eps: self.eps, upper });
        }
        let terms = self.splines.budget();
        let [tail, x, y, both] = terms.map(|t| t.value);
        let rest = ("looseness of the certificate", self.eps - tail - x - y - both);
        let count = |n: u128| usize::try_from(n).unwrap_or(usize::MAX);
        let budget = Budget {
            eps: self.eps,
            pieces: [0, 1].map(|i: usize| self.splines.pieces(i).iter().copied().max().unwrap_or(0)),
            neurons: count(self.splines.neurons()),
            rank: self.splines.ridges().rank(),
            terms: terms.iter().map(|t| (t.name, t.value)).chain([rest]).collect(),
            theorem: Theorem::Ridges,
            errors: [x, y],
        };
        Ok(Constructed {
            net,
            certificate,
            route: ConstructRoute::Ridges,
            budget,
            export: Export::Certify(Box::new(self)),
        })
    }

    /// One hidden layer, the knots of all ridges; none for constant features.
    fn encoder(&self, side: usize, inputs: usize) -> Result<Mlp, NetworkError> {
        let features = self.splines.ridges().sides()[side];
        let rank = self.splines.ridges().rank();
        if features.ridges().is_empty() {
            return Mlp::new(vec![], Affine::new(Mat::zeros(inputs, rank), features.constants().to_vec()));
        }
        let units: usize = self.knots[side].iter().map(|k| k.len() - 1).sum();
        let (mut weight, mut bias) = (Mat::zeros(inputs, units), vec![0.0; units]);
        let (mut head, mut constants) = (Mat::zeros(units, rank), features.constants().to_vec());
        let mut first = 0;
        for (r, knots) in features.ridges().iter().zip(&self.knots[side]) {
            let pieces = knots.len() - 1;
            for i in 0..pieces {
                r.direction().iter().enumerate().for_each(|(a, d)| weight[(a, first + i)] = *d);
                bias[first + i] = -knots[i];
            }
            for (k, f) in r.profiles() {
                let values: Vec<f64> = knots
                    .iter()
                    .map(|t| f(Enclosure::constant(*t)).value().middle().unwrap_or(f64::NAN))
                    .collect();
                constants[*k] += values[0];
                for (i, change) in slope_changes(knots, |i| values[i]).enumerate() {
                    head[(first + i, *k)] = change;
                }
            }
            first += pieces;
        }
        Mlp::new(vec![relu(Affine::new(weight, bias))], Affine::new(head, constants))
    }

    /// What is proved of a network of this design, with weights as they are.
    ///
    /// # Errors
    /// [`CertifyError::Contradiction`](crate::CertifyError::Contradiction) if an error above the
    /// bound is found, so that the relation is not the sum that it declares.
    pub(super) fn certificate(
        &self,
        r: &dyn Relation,
        net: &RelationNet,
    ) -> Result<Certificate, ConstructError> {
        let (sx, sy) = r.spaces();
        let sides = [(net.phi_net(), sx), (net.psi_net(), sy)];
        let errors = both(&self.splines, |side| self.side_errors(side, sides[side].0, sides[side].1));
        let norms = self.splines.norms();
        let [a, b] = [0, 1].map(|i: usize| norms[i] + self.splines.norm_of(i, &errors[i]));
        let product = gamma(self.splines.ridges().rank() + 2) * a * b;
        let upper = (self.splines.error(&errors) + product) * (1.0 + 1e-10);
        if !(upper >= 0.0 && upper.is_finite()) {
            return Err(ConstructError::NotCertified { relation: r.name(), eps: self.eps, upper });
        }
        let found = find(r, net)?;
        let unchecked = vec![Hypothesis::Ridges];
        let (norm, method) = (ErrorNorm::Sup, Method::Composition);
        let claim = Claim { upper, norm, method, pairs: found.pairs, unchecked };
        Ok(Certificate::new(r, claim, &found)?)
    }

    /// What each ridge costs, and at the end what biases and the rounding of evaluation do.
    fn side_errors(&self, side: usize, mlp: &Mlp, space: &dyn Space) -> Vec<RidgeError> {
        let features = self.splines.ridges().sides()[side];
        let (head, constants) = (mlp.head().weight(), mlp.head().bias());
        let rank = constants.len();
        let Some(block) = mlp.blocks().first() else {
            let apart = constants.iter().zip(features.constants());
            let apart: Vec<f64> = apart.map(|(c, exact)| (c - exact).abs() * (1.0 + 1e-12)).collect();
            return vec![self.splines.cost_of_features(side, &apart)];
        };
        let (weight, bias) = (block.affine.weight(), block.affine.bias());
        let reach = coordinates(space);
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
        let off = |((_, f), s): (&(usize, RidgeProfile), &Spline<'_>)| -> Vec<f64> {
            let values = s.at(&ends).into_iter().zip(&ends);
            values.map(|(v, t)| (v - f(Enclosure::constant(*t)).value()).magnitude()).collect()
        };
        let at_ends: Vec<Vec<f64>> = r.profiles().iter().zip(splines).map(off).collect();
        let pieces = ends.windows(2).enumerate().map(|(i, w)| {
            let bent = self.splines.interpolation(side, ridge, w[0], w[1]);
            let worst: Vec<f64> = at_ends.iter().map(|e| e[i].max(e[i + 1])).collect();
            let off = self.splines.cost(side, r, &worst);
            RidgeError { weighted: bent.weighted + off.weighted, norm: bent.norm + off.norm }
        });
        pieces.fold(RidgeError::default(), RidgeError::max)
    }
}

/// Something of each side, once where both are the same.
fn both<T: Clone>(splines: &RidgeSplines, of: impl Fn(usize) -> T) -> [T; 2] {
    let x = of(0);
    let y = if splines.ridges().is_shared() { x.clone() } else { of(1) };
    [x, y]
}

/// The error of exact splines with these knots.
fn planned(splines: &RidgeSplines, knots: &[Vec<Vec<f64>>; 2]) -> f64 {
    let errors = both(splines, |side| {
        let each = knots[side].iter().enumerate().map(|(j, knots)| {
            let pieces = knots.windows(2).map(|w| splines.interpolation(side, j, w[0], w[1]));
            pieces.fold(RidgeError::default(), RidgeError::max)
        });
        each.collect::<Vec<_>>()
    });
    splines.error(&errors)
}

/// A spline as a network holds it: its value before the first knot, and changes of slope.
struct Spline<'a> {
    knots: &'a [f64],
    start: Bracket,
    changes: Vec<f64>,
}

impl Spline<'_> {
    /// Its values at numbers that increase.
    fn at(&self, ends: &[f64]) -> Vec<Bracket> {
        let (mut value, mut slope) = (self.start, Bracket::ZERO);
        let mut next = self.knots.iter().zip(&self.changes).peekable();
        let mut here: Option<f64> = None;
        let moved = |value: Bracket, slope: Bracket, from: Option<f64>, to: f64| match from {
            Some(from) if from < to => value + slope * (Bracket::point(to) - Bracket::point(from)),
            _ => value,
        };
        let mut all = Vec::with_capacity(ends.len());
        for t in ends {
            while let Some((k, change)) = next.next_if(|(k, _)| **k < *t) {
                value = moved(value, slope, here, *k);
                slope = slope + Bracket::point(*change);
                here = Some(*k);
            }
            value = moved(value, slope, here, *t);
            here = here.map(|h| h.max(*t));
            all.push(value);
        }
        all
    }
}

/// Knots of one ridge, ends included: the longest pieces that are allowed, or equal ones where
/// these are not more.
fn knots(splines: &RidgeSplines, side: usize, ridge: usize, share: f64) -> Vec<f64> {
    let (low, high) = splines.ridges().sides()[side].ridges()[ridge].range();
    let most = splines.pieces(side)[ridge];
    if share <= 0.0 {
        return equal_knots((low, high), most);
    }
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
            if middle <= allowed || middle >= refused {
                break;
            }
            if splines.allows(side, ridge, (here, middle), share) {
                allowed = middle;
            } else {
                refused = middle;
            }
        }
        if allowed <= here {
            break;
        }
        all.push(allowed);
        here = allowed;
    }
    equal_knots((low, high), most)
}

/// How large the coordinates of points of a space are.
fn coordinates(space: &dyn Space) -> Vec<f64> {
    let ranges = space.parameters().unwrap_or_default();
    let whole: Vec<Enclosure> =
        ranges.iter().map(|(a, b)| Enclosure::bounded(Bracket::new(*a, *b))).collect();
    space.place(&whole).iter().map(|c| c.value().magnitude()).collect()
}
