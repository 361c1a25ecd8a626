//! The largest error that can be found at pairs of points, and what rounding leaves certain of it.

use super::branch::middles;
use super::encode::{Encoder, place_point};
use super::{CertifyError, rounding};
use crate::relation_net::RelationNet;
use relata_relations::{Bracket, Enclosure, Points, Relation, Seed, Space, evaluate, same_space};

/// An error that is certain, and where.
pub(super) struct Found {
    pub(super) lower: f64,
    pub(super) at: (Vec<f64>, Vec<f64>),
}

/// Points of each side that are paired, and how often.
const SIDE: usize = 256;
const BLOCKS: usize = 8;
/// The search around the worst pair ends at this part of the widths.
const FINEST: f64 = 1e-5;

/// Random pairs of parameters, then a compass search from the worst of each block.
pub(super) fn find(r: &dyn Relation, net: &RelationNet) -> Result<Found, CertifyError> {
    let (sx, sy) = r.spaces();
    let no_chart = |s: &dyn Space| CertifyError::NoChart { space: s.name() };
    let ranges = [sx.parameters().ok_or_else(|| no_chart(sx))?, sy.parameters().ok_or_else(|| no_chart(sy))?];
    let pair = Pair { r, net, spaces: [sx, sy] };
    let same = same_space(sx, sy);
    let mut best = Found { lower: 0.0, at: (vec![], vec![]) };
    for block in 0..BLOCKS {
        let draw = |side: usize| -> Vec<Vec<f64>> {
            let mut stream = Seed(0).stream(&format!("certify/pairs/{side}/{block}"));
            let point = |s: &mut relata_relations::Stream| {
                ranges[side].iter().map(|(a, b)| s.uniform_in(*a, *b)).collect()
            };
            (0..SIDE).map(|_| point(&mut stream)).collect()
        };
        let us = draw(0);
        // What is left of a kernel is largest on the diagonal.
        let vs = if same && block % 2 == 0 { us.clone() } else { draw(1) };
        let (mut worst, i, j) = pair.worst(&us, &vs)?;
        let (mut u, mut v) = (us[i].clone(), vs[j].clone());
        let mut step = 0.1;
        while step > FINEST {
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
            let (next, i, j) = pair.worst(&us, &vs)?;
            if next > worst {
                (worst, u, v) = (next, us[i].clone(), vs[j].clone());
            } else {
                step *= 0.5;
            }
        }
        let found = pair.certain(&u, &v)?;
        if found.lower > best.lower {
            best = found;
        }
    }
    Ok(best)
}

struct Pair<'a> {
    r: &'a dyn Relation,
    net: &'a RelationNet,
    spaces: [&'a dyn Space; 2],
}

impl Pair<'_> {
    fn points(&self, side: usize, parameters: &[Vec<f64>]) -> Result<Points, CertifyError> {
        let space = self.spaces[side];
        let data = parameters.iter().flat_map(|u| middles(&place_point(space, u))).collect();
        Ok(Points::new(space.dim(), data)?)
    }

    /// The largest error of all pairs, and where.
    fn worst(&self, us: &[Vec<f64>], vs: &[Vec<f64>]) -> Result<(f64, usize, usize), CertifyError> {
        let (x, y) = (self.points(0, us)?, self.points(1, vs)?);
        let errors = evaluate(self.r, &x, &y)? - self.net.evaluate(&x, &y);
        let mut worst = (-1.0, 0, 0);
        for j in 0..vs.len() {
            for i in 0..us.len() {
                let e = errors[(i, j)].abs();
                if e > worst.0 {
                    worst = (e, i, j);
                }
            }
        }
        Ok(worst)
    }

    /// What is certain of the error at one pair.
    fn certain(&self, u: &[f64], v: &[f64]) -> Result<Found, CertifyError> {
        let places: [Vec<Enclosure>; 2] = [place_point(self.spaces[0], u), place_point(self.spaces[1], v)];
        let side = |net, place: &Vec<Enclosure>| {
            let out = Encoder::new(net, 0).encode(std::slice::from_ref(place), &[], 0);
            (out.values, out.radius)
        };
        let ((p, pr), (q, qr)) = (side(self.net.phi_net(), &places[0]), side(self.net.psi_net(), &places[1]));
        let signs = match self.net {
            RelationNet::Indefinite(_, s) => Some(s),
            _ => None,
        };
        let mut value = Bracket::ZERO;
        for k in 0..pr.len() {
            let (a, b) = (Bracket::around(p[(0, k)], pr[k]), Bracket::around(q[(0, k)], qr[k]));
            value = value + a * b * signs.map_or(1.0, |s| s[k]);
        }
        let exact = match self.r.enclose(&places[0], &places[1]) {
            Some(e) => e.value(),
            None => {
                let (x, y) = (self.points(0, &[u.to_vec()])?, self.points(1, &[v.to_vec()])?);
                rounding::evaluated(evaluate(self.r, &x, &y)?[(0, 0)])
            }
        };
        Ok(Found { lower: (exact - value).abs().low(), at: (middles(&places[0]), middles(&places[1])) })
    }
}
