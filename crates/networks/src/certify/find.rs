//! The largest error that can be found at pairs of points, and what rounding leaves certain of it.
//!
//! This is the evidence that every certificate has to meet: it evaluates relation and network as a
//! user would, and owes nothing to the proof.

use super::CertifyError;
use super::encode::{Encoder, place_point};
use super::rounding::evaluated;
use super::target::middles;
use super::units::Units;
use crate::relation_net::RelationNet;
use faer::{Accum, Mat};
use relata_kernels::cost::Hypothesis;
use relata_relations::{
    Bracket, Enclosure, Factors, Points, Relation, Seed, Space, Stream, evaluate, multiply, same_space,
};

/// The largest error that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As relation and network evaluate to.
    pub(crate) error: f64,
    /// What is left of it when all that rounding might have added is taken off.
    pub(crate) certain: f64,
    /// The pair of points.
    pub(crate) at: (Vec<f64>, Vec<f64>),
    /// Pairs that were looked at.
    pub(crate) pairs: usize,
    /// The largest values that were met.
    pub(super) sizes: Sizes,
}

/// How large values are: of the relation, and of each feature of both encoders.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    pub(super) relation: f64,
    pub(super) phi: Vec<f64>,
    pub(super) psi: Vec<f64>,
}

impl Found {
    /// The same search, for an error in another norm that is at least `certain`.
    pub(super) fn of_norm(self, certain: f64) -> Self {
        Self { error: certain, certain, ..self }
    }

    /// The error at one pair of parameters, of a relation and network as large as what was met.
    pub(super) fn at(
        &self,
        r: &dyn Relation,
        net: &RelationNet,
        u: &[f64],
        v: &[f64],
    ) -> Result<Self, CertifyError> {
        let (x, y) = r.spaces();
        let pair = Pair { r, net, spaces: [x, y], sizes: self.sizes.clone(), pairs: 1 };
        let At { error, certain, points: at } = pair.certain(u, v)?;
        Ok(Self { error, certain, at, pairs: 1, sizes: pair.sizes })
    }

    /// That this error is above a bound.
    pub(super) fn contradicts(
        &self,
        r: &dyn Relation,
        claimed: f64,
        rests_on: Vec<Hypothesis>,
    ) -> CertifyError {
        CertifyError::Contradiction {
            relation: r.name(),
            claimed,
            found: self.error,
            rounding: self.error - self.certain,
            rests_on,
            at: self.at.clone(),
        }
    }

    /// With an error that a search is certain of besides, at a pair of points.
    pub(super) fn or_else(self, certain: f64, at: (Vec<f64>, Vec<f64>)) -> Self {
        if certain > self.certain && !at.0.is_empty() {
            Self { error: self.error.max(certain), certain, at, ..self }
        } else {
            self
        }
    }
}

/// Random points of each side that are paired, and how often they are drawn.
const SIDE: usize = 128;
const BLOCKS: usize = 8;

/// From so many of the worst pairs there is a search for larger errors.
const CLIMBS: usize = 3;

/// The search around the worst pair begins and ends at these parts of the widths.
const COARSEST: f64 = 0.1;
const FINEST: f64 = 1e-13;

/// Steps of a search at most: along a ridge of nearly equal errors it would go on for ever.
const MAX_MOVES: usize = 150;

/// A lattice that meets the ends and the middle of every axis, then random pairs of parameters;
/// from the worst pairs a compass search.
///
/// # Errors
/// [`CertifyError::Overflow`] if the network has no value somewhere,
/// [`CertifyError::FalseEnclosure`] if a value of the relation is outside of its enclosure, and
/// whatever the relation says.
pub(crate) fn find(r: &dyn Relation, net: &RelationNet) -> Result<Found, CertifyError> {
    let (sx, sy) = r.spaces();
    let no_chart = |s: &dyn Space| CertifyError::NoChart { space: s.name() };
    let ranges = [sx.parameters().ok_or_else(|| no_chart(sx))?, sy.parameters().ok_or_else(|| no_chart(sy))?];
    let rank = net.phi_net().outputs();
    let sizes = Sizes { relation: 0.0, phi: vec![0.0; rank], psi: vec![0.0; rank] };
    let mut pair = Pair { r, net, spaces: [sx, sy], sizes, pairs: 0 };
    let same = same_space(sx, sy);
    let mut starts = vec![];
    for block in 0..=BLOCKS {
        let draw = |side: usize| -> Vec<Vec<f64>> {
            if block == BLOCKS {
                return lattice(&ranges[side]);
            }
            let mut stream = Seed(0).stream(&format!("certify/pairs/{side}/{block}"));
            let point =
                |s: &mut Stream| ranges[side].iter().map(|(a, b)| s.uniform_in(*a, *b)).collect::<Vec<f64>>();
            (0..SIDE).map(|_| point(&mut stream)).collect()
        };
        let us = draw(0);
        // What is left of a kernel is largest on the diagonal.
        let vs = if same && block % 2 == 0 { us.clone() } else { draw(1) };
        let (error, i, j) = pair.worst(&us, &vs)?;
        starts.push((error, us[i].clone(), vs[j].clone()));
    }
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best: Option<At> = None;
    for (error, u, v) in starts.into_iter().take(CLIMBS) {
        let (u, v) = pair.climb(&ranges, error, u, v)?;
        let here = pair.certain(&u, &v)?;
        if best.as_ref().is_none_or(|b| here.certain > b.certain) {
            best = Some(here);
        }
    }
    let At { error, certain, points: at } = best.unwrap_or_default();
    Ok(Found { error, certain, at, pairs: pair.pairs, sizes: pair.sizes })
}

/// Points that random ones miss: the ends, the middle, and simple fractions of every axis. In more
/// than two dimensions one axis at a time, and the two far corners.
fn lattice(ranges: &[(f64, f64)]) -> Vec<Vec<f64>> {
    let at = |(low, high): (f64, f64), s: f64| if s >= 1.0 { high } else { low + s * (high - low) };
    let steps = |n: usize| (0..=n).map(move |i| i as f64 / n as f64);
    match ranges {
        [one] => steps(32).map(|s| vec![at(*one, s)]).collect(),
        [one, two] => steps(8).flat_map(|s| steps(8).map(move |t| vec![at(*one, s), at(*two, t)])).collect(),
        _ => {
            let all = |s: f64| -> Vec<f64> { ranges.iter().map(|r| at(*r, s)).collect() };
            let mut points: Vec<Vec<f64>> = steps(4).map(all).collect();
            for (a, range) in ranges.iter().enumerate() {
                for s in steps(4) {
                    let mut p = all(0.5);
                    p[a] = at(*range, s);
                    points.push(p);
                }
            }
            points
        }
    }
}

/// The error at a pair of points.
#[derive(Default)]
struct At {
    error: f64,
    certain: f64,
    points: (Vec<f64>, Vec<f64>),
}

struct Pair<'a> {
    r: &'a dyn Relation,
    net: &'a RelationNet,
    spaces: [&'a dyn Space; 2],
    sizes: Sizes,
    pairs: usize,
}

impl Pair<'_> {
    fn points(&self, side: usize, parameters: &[Vec<f64>]) -> Result<Points, CertifyError> {
        let space = self.spaces[side];
        let data = parameters.iter().flat_map(|u| middles(&place_point(space, u))).collect();
        Ok(Points::new(space.dim(), data)?)
    }

    /// The largest error of all pairs, and where.
    fn worst(&mut self, us: &[Vec<f64>], vs: &[Vec<f64>]) -> Result<(f64, usize, usize), CertifyError> {
        let (x, y) = (self.points(0, us)?, self.points(1, vs)?);
        let values = evaluate(self.r, &x, &y)?;
        self.sizes.relation = self.sizes.relation.max(values.norm_max());
        let (phi, psi) = (self.net.phi(&x), self.net.psi(&y));
        for (sizes, features) in [(&mut self.sizes.phi, &phi), (&mut self.sizes.psi, &psi)] {
            for (size, column) in sizes.iter_mut().zip(features.col_iter()) {
                *size = column.iter().fold(*size, |m, v| m.max(v.abs()));
            }
        }
        let mut approximation = Mat::zeros(us.len(), vs.len());
        multiply(approximation.as_mut(), Accum::Replace, phi.as_ref(), psi.transpose(), 1.0);
        self.pairs += us.len() * vs.len();
        let mut worst = (-1.0, 0, 0);
        for j in 0..vs.len() {
            for i in 0..us.len() {
                let value: f64 = approximation[(i, j)];
                if !value.is_finite() {
                    let at = (x.row(i).to_vec(), y.row(j).to_vec());
                    return Err(CertifyError::Overflow { value, at });
                }
                let e = (values[(i, j)] - value).abs();
                if e > worst.0 {
                    worst = (e, i, j);
                }
            }
        }
        Ok(worst)
    }

    /// A compass search for larger errors.
    fn climb(
        &mut self,
        ranges: &[Vec<(f64, f64)>; 2],
        mut worst: f64,
        mut u: Vec<f64>,
        mut v: Vec<f64>,
    ) -> Result<(Vec<f64>, Vec<f64>), CertifyError> {
        let mut step = COARSEST;
        for _ in 0..MAX_MOVES {
            if step <= FINEST {
                break;
            }
            let around = |at: &[f64], side: usize| -> Vec<Vec<f64>> {
                let mut all = vec![at.to_vec()];
                for (a, (low, high)) in ranges[side].iter().enumerate() {
                    for s in [-step, step] {
                        let mut p = at.to_vec();
                        p[a] = (p[a] + s * (high - low)).clamp(*low, *high);
                        all.push(p);
                    }
                }
                all
            };
            let (us, vs) = (around(&u, 0), around(&v, 1));
            let (next, i, j) = self.worst(&us, &vs)?;
            if next > worst {
                (worst, u, v) = (next, us[i].clone(), vs[j].clone());
            } else {
                step *= 0.5;
            }
        }
        Ok((u, v))
    }

    /// The error at one pair, what is certain of it, and the points.
    fn certain(&self, u: &[f64], v: &[f64]) -> Result<At, CertifyError> {
        let places: [Vec<Enclosure>; 2] = [place_point(self.spaces[0], u), place_point(self.spaces[1], v)];
        let at = (middles(&places[0]), middles(&places[1]));
        let units = Units::plain(self.net);
        let side = |net, powers, place: &Vec<Enclosure>| {
            let out = Encoder::new(net, powers, 0).encode(std::slice::from_ref(place), &[], 0);
            (out.values, out.radius)
        };
        let (p, pr) = side(self.net.phi_net(), &units.phi, &places[0]);
        let (q, qr) = side(self.net.psi_net(), &units.psi, &places[1]);
        let mut value = Bracket::ZERO;
        for k in 0..pr.len() {
            value = value + Bracket::around(p[(0, k)], pr[k]) * Bracket::around(q[(0, k)], qr[k]);
        }
        let (x, y) = (self.points(0, &[u.to_vec()])?, self.points(1, &[v.to_vec()])?);
        let computed = evaluate(self.r, &x, &y)?[(0, 0)];
        let approximation = (self.net.phi(&x) * self.net.psi(&y).transpose())[(0, 0)];
        let known = evaluated(computed, self.sizes.relation);
        let exact = match self.r.enclose(&places[0], &places[1]).map(|e| e.value()) {
            Some(e) if e.low() > known.high() || e.high() < known.low() => {
                let (relation, value) = (self.r.name(), computed);
                return Err(CertifyError::FalseEnclosure { relation, value, enclosure: e, at });
            }
            Some(e) => e,
            None => known,
        };
        let error = (computed - approximation).abs();
        Ok(At { error, certain: (exact - value).abs().low(), points: at })
    }
}
