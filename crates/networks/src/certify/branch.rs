//! Branch and bound for `sup |r - <phi, psi>|` over pairs of cells.

use super::encode::Cell;
use super::pair::{Bends, Bounded, Local, NetBends};
use super::rounding::{ROUND_UP, dot_bound, evaluated};
use super::side::Side;
use super::{CertifyError, CertifyParams};
use faer::{Accum, Mat};
use relata_relations::{Bracket, Enclosure, Points, Relation, evaluate, multiply};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What the search found.
pub(super) struct Found {
    pub(super) upper: f64,
    pub(super) lower: f64,
    pub(super) at: (Vec<f64>, Vec<f64>),
    pub(super) pairs: usize,
}

/// The relation with its bounds on cells.
pub(super) struct Target<'a> {
    pub(super) relation: &'a dyn Relation,
    lipschitz: Option<f64>,
    stretch: [f64; 2],
}

impl<'a> Target<'a> {
    /// # Errors
    /// [`CertifyError::NoBounds`] if the relation has neither an enclosure nor a Lipschitz
    /// constant.
    pub(super) fn new(relation: &'a dyn Relation, sides: [&Side<'_>; 2]) -> Result<Self, CertifyError> {
        let (x, y) = relation.spaces();
        let lipschitz = relation.lipschitz();
        let enclosed = sides[0].points.first().zip(sides[1].points.first());
        let enclosed = enclosed.and_then(|(p, q)| relation.enclose(&p.place, &q.place)).is_some();
        if !enclosed && lipschitz.is_none() {
            return Err(CertifyError::NoBounds { relation: relation.name() });
        }
        Ok(Self { relation, lipschitz, stretch: [x.stretch(), y.stretch()] })
    }

    /// `r` at a point.
    pub(super) fn at(&self, x: &[Enclosure], y: &[Enclosure]) -> Result<Bracket, CertifyError> {
        if let Some(e) = self.relation.enclose(x, y) {
            return Ok(e.value());
        }
        let point = |z: &[Enclosure]| {
            Points::new(z.len(), z.iter().map(|e| e.value().middle().unwrap_or(f64::NAN)).collect())
        };
        let missing = |_| CertifyError::NoBounds { relation: self.relation.name() };
        let (px, py) = (point(x).map_err(missing)?, point(y).map_err(missing)?);
        Ok(evaluated(evaluate(self.relation, &px, &py)?[(0, 0)]))
    }

    /// `r` on a pair of cells; only changes and curvatures are used.
    pub(super) fn on(
        &self,
        cells: [&Cell; 2],
        x: &[Enclosure],
        y: &[Enclosure],
    ) -> Result<Enclosure, CertifyError> {
        if let Some(e) = self.relation.enclose(x, y) {
            return Ok(e);
        }
        let l = self.lipschitz.ok_or_else(|| CertifyError::NoBounds { relation: self.relation.name() })?;
        let slopes: Vec<f64> = cells
            .iter()
            .zip(self.stretch)
            .flat_map(|(c, s)| c.low.iter().zip(&c.high).map(move |(a, b)| (b - a) * s * l * ROUND_UP))
            .collect();
        Ok(Enclosure::lipschitz(Bracket::LINE, &slopes))
    }
}

/// A pair of cells that may hold the largest error.
struct Node {
    upper: f64,
    axis: usize,
    kind: Kind,
}

pub(super) enum Kind {
    /// Patches of both sides.
    Patches(usize, usize),
    /// A part of a pair, with the inner product's values at the corners and its curvature.
    Local(Box<Local>),
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Node {}
impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.upper.total_cmp(&other.upper)
    }
}

pub(super) struct Search<'a, 'b> {
    pub(super) target: Target<'a>,
    pub(super) x: &'b mut Side<'a>,
    pub(super) y: &'b mut Side<'a>,
    heap: BinaryHeap<Node>,
    pub(super) best: Found,
    /// The largest upper bound among pairs that are too small to cut.
    settled: f64,
    /// The largest upper bound among pairs that were not refined.
    pub(super) dropped: f64,
    tolerance: f64,
    floor: f64,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(target: Target<'a>, x: &'b mut Side<'a>, y: &'b mut Side<'a>) -> Self {
        let best = Found { upper: 0.0, lower: 0.0, at: (vec![], vec![]), pairs: 0 };
        Self {
            target,
            x,
            y,
            heap: BinaryHeap::new(),
            best,
            settled: 0.0,
            dropped: 0.0,
            tolerance: 0.0,
            floor: 0.0,
        }
    }

    pub(super) fn run(mut self, params: &CertifyParams) -> Result<Found, CertifyError> {
        self.tolerance = params.tolerance;
        self.start()?;
        loop {
            let top = self.heap.peek().map_or(0.0, |n| n.upper).max(self.settled);
            let enough = params.goal.is_some_and(|g| top.max(self.dropped) <= g || self.best.lower > g);
            let done = top <= self.threshold() || self.settled >= top;
            if done || enough || self.best.pairs >= params.most_pairs {
                self.best.upper = top.max(self.dropped).max(self.best.lower);
                return Ok(self.best);
            }
            let Some(node) = self.heap.pop() else { continue };
            self.split(node)?;
        }
    }

    /// Pairs whose upper bound is at most this need not be refined.
    pub(super) fn threshold(&self) -> f64 {
        (self.best.lower * (1.0 + self.tolerance)).max(self.floor)
    }

    pub(super) fn pair_corners(&self, i: usize, j: usize) -> Vec<(usize, usize)> {
        let (p, q) = (&self.x.patches[i].corners, &self.y.patches[j].corners);
        q.iter().flat_map(|b| p.iter().map(move |a| (*a, *b))).collect()
    }

    pub(super) fn point_error(&self, i: usize, j: usize, value: f64) -> Result<Bracket, CertifyError> {
        let (p, q) = (&self.x.points[i], &self.y.points[j]);
        let terms = p.features.len() + 1;
        let net = dot_bound(value, (p.norm, q.norm), (p.radius, q.radius), terms);
        Ok(self.target.at(&p.place, &q.place)? - net)
    }

    /// Bounds of the error on a pair of patches from its values at the corners.
    pub(super) fn bound_pair(&self, i: usize, j: usize, errors: &[Bracket]) -> Result<Bounded, CertifyError> {
        let (p, q) = (&self.x.patches[i], &self.y.patches[j]);
        let r = self.target.on([&p.cell, &q.cell], &p.place, &q.place)?;
        let bound = |negligible: f64| {
            let bends = self.bends(i, j, |axis| r.curvature(axis), negligible);
            bends.bounded(errors)
        };
        // By norms first, which often settles it and costs next to nothing.
        let rough = bound(f64::INFINITY);
        let negligible = 1e-4 * self.tolerance * self.best.lower;
        if rough.upper <= self.threshold() || rough.net.slack <= negligible {
            return Ok(rough);
        }
        Ok(bound(negligible))
    }

    /// How far a relation with these curvatures, less the inner product, can be from its chords on
    /// a pair of patches.
    fn bends(&self, i: usize, j: usize, r: impl Fn(usize) -> Bracket, negligible: f64) -> Bends {
        let (p, q) = (&self.x.patches[i], &self.y.patches[j]);
        let k = p.cell.axes();
        let mut sum = Bends::default();
        for a in 0..k {
            sum.add_axis(a, r(a), (p, a), (self.y, j), negligible);
        }
        for a in 0..q.cell.axes() {
            sum.add_axis(k + a, r(k + a), (q, a), (self.x, i), negligible);
        }
        sum
    }

    /// Sets what counts as rounding, from the largest value of the inner product.
    pub(super) fn set_floor(&mut self, largest: f64) {
        self.floor = FLOOR * largest;
    }

    /// Lets go of the pairs that what is known by now rules out.
    pub(super) fn sift(&mut self) {
        let threshold = self.threshold();
        for node in std::mem::take(&mut self.heap) {
            if node.upper > threshold {
                self.heap.push(node);
            } else {
                self.dropped = self.dropped.max(node.upper);
            }
        }
    }

    /// Notes an error that is certain.
    pub(super) fn note(&mut self, lower: f64, at: impl FnOnce(&Self) -> (Vec<f64>, Vec<f64>)) {
        if lower > self.best.lower {
            self.best.at = at(self);
            self.best.lower = lower;
        }
    }

    /// Notes the lower bound, and queues the pair unless it cannot matter.
    pub(super) fn keep(&mut self, b: &Bounded, kind: Kind) {
        self.best.pairs += 1;
        self.note(b.lower, |s| s.witness(&kind, b.corner));
        if b.upper <= self.threshold() {
            self.dropped = self.dropped.max(b.upper);
            return;
        }
        let kind = match kind {
            Kind::Patches(i, j) if b.net.blur() <= LOCAL * self.tolerance * self.best.lower => {
                self.localise(i, j, b.net)
            }
            kind => kind,
        };
        self.heap.push(Node { upper: b.upper, axis: b.axis, kind });
    }

    /// The coordinates of two points.
    pub(super) fn points(&self, i: usize, j: usize) -> (Vec<f64>, Vec<f64>) {
        (middles(&self.x.points[i].place), middles(&self.y.points[j].place))
    }

    fn witness(&self, kind: &Kind, corner: usize) -> (Vec<f64>, Vec<f64>) {
        match kind {
            Kind::Patches(i, j) => {
                let (a, b) = self.pair_corners(*i, *j)[corner];
                self.points(a, b)
            }
            Kind::Local(l) => {
                let k = l.cells[0].axes();
                let (u, v) = (l.cells[0].corner(corner & ((1 << k) - 1)), l.cells[1].corner(corner >> k));
                let place = super::encode::place_point;
                (middles(&place(self.x.space, &u)), middles(&place(self.y.space, &v)))
            }
        }
    }

    /// All pairs of initial cells, without their features.
    pub(super) fn each_local(
        &self,
        mut visit: impl FnMut(&Local) -> Result<(), CertifyError>,
    ) -> Result<(), CertifyError> {
        let table = self.table();
        for i in 0..self.x.patches.len() {
            for j in 0..self.y.patches.len() {
                let (p, q) = (&self.x.patches[i], &self.y.patches[j]);
                let sum = self.bends(i, j, |_| Bracket::ZERO, 0.0);
                let values = self.pair_corners(i, j).into_iter().map(|(a, b)| {
                    let (u, v) = (&self.x.points[a], &self.y.points[b]);
                    dot_bound(table[(a, b)], (u.norm, v.norm), (u.radius, v.radius), u.features.len() + 1)
                });
                let cells = [p.cell.clone(), q.cell.clone()];
                visit(&Local { cells, values: values.collect(), net: sum.net })?;
            }
        }
        Ok(())
    }

    /// The inner products of all points.
    pub(super) fn table(&self) -> Mat<f64> {
        let (p, q) = (self.x.features(), self.y.features());
        let mut out = Mat::zeros(p.nrows(), q.nrows());
        multiply(out.as_mut(), Accum::Replace, p.as_ref(), q.transpose(), 1.0);
        out
    }

    /// The same pair without its features.
    fn localise(&self, i: usize, j: usize, net: NetBends) -> Kind {
        let corners = self.pair_corners(i, j);
        let values = corners.iter().map(|(a, b)| self.net_value(*a, *b)).collect();
        let cells = [self.x.patches[i].cell.clone(), self.y.patches[j].cell.clone()];
        Kind::Local(Box::new(Local { cells, values, net }))
    }

    fn net_value(&self, i: usize, j: usize) -> Bracket {
        let (p, q) = (&self.x.points[i], &self.y.points[j]);
        dot_bound(self.inner_product(i, j), (p.norm, q.norm), (p.radius, q.radius), p.features.len() + 1)
    }

    pub(super) fn inner_product(&self, i: usize, j: usize) -> f64 {
        self.x.points[i].features.iter().zip(&self.y.points[j].features).map(|(a, b)| a * b).sum()
    }

    fn split(&mut self, node: Node) -> Result<(), CertifyError> {
        match node.kind {
            Kind::Patches(i, j) => {
                let k = self.x.patches[i].cell.axes();
                let halves = if node.axis < k {
                    self.x.children(i, node.axis).map(|c| c.map(|i| (i, j)))
                } else {
                    self.y.children(j, node.axis - k).map(|c| c.map(|j| (i, j)))
                };
                let Some(halves) = halves else {
                    self.settled = self.settled.max(node.upper);
                    return Ok(());
                };
                for (i, j) in halves {
                    let corners = self.pair_corners(i, j);
                    let mut errors = Vec::with_capacity(corners.len());
                    for (a, b) in &corners {
                        let net = self.net_value(*a, *b);
                        let r = self.target.at(&self.x.points[*a].place, &self.y.points[*b].place)?;
                        errors.push(r - net);
                    }
                    let bounded = self.bound_pair(i, j, &errors)?;
                    self.keep(&bounded, Kind::Patches(i, j));
                }
            }
            Kind::Local(l) => {
                let k = l.cells[0].axes();
                let (side, own) = if node.axis < k { (0, node.axis) } else { (1, node.axis - k) };
                let Some(halves) = l.cells[side].halves(own) else {
                    self.settled = self.settled.max(node.upper);
                    return Ok(());
                };
                for part in l.split(side, own, halves) {
                    let bounded = self.bound_local(&part)?;
                    self.keep(&bounded, Kind::Local(Box::new(part)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn bound_local(&self, l: &Local) -> Result<Bounded, CertifyError> {
        let k = l.cells[0].axes();
        let x = l.cells[0].place(self.x.space, 0);
        let y = l.cells[1].place(self.y.space, k);
        let r = self.target.on([&l.cells[0], &l.cells[1]], &x, &y)?;
        // The slack is a bend of its own on every part.
        let slack = 2.0 * l.net.slack;
        let mut sum = Bends { above: slack, below: slack, net: l.net, ..Bends::default() };
        for axis in 0..k + l.cells[1].axes() {
            sum.add(axis, r.curvature(axis) - l.net.curvature[axis], Bracket::ZERO);
        }
        let mut errors = Vec::with_capacity(l.values.len());
        let corner = super::encode::place_point;
        let xs: Vec<Vec<Enclosure>> =
            (0..1 << k).map(|c| corner(self.x.space, &l.cells[0].corner(c))).collect();
        for c in 0..1 << l.cells[1].axes() {
            let y = corner(self.y.space, &l.cells[1].corner(c));
            for x in &xs {
                errors.push(self.target.at(x, &y)? - l.values[errors.len()]);
            }
        }
        let mut bounded = sum.bounded(&errors);
        // At a jump nothing is known but the values.
        let mut net = l.values.iter().fold(l.values[0], |all, v| all.hull(*v)) + Bracket::new(-slack, slack);
        for c in l.net.curvature {
            net = net + (c * Bracket::new(-0.125, 0.0)).hull(Bracket::ZERO);
        }
        bounded.upper = bounded.upper.min((r.value() - net).magnitude());
        Ok(bounded)
    }
}

pub(super) fn middles(place: &[Enclosure]) -> Vec<f64> {
    place.iter().map(|e| e.value().middle().unwrap_or(f64::NAN)).collect()
}

/// Errors below this part of the values are rounding: they are bounded, but not to the tolerance.
const FLOOR: f64 = 1e-12;

/// A pair is refined without its features when their bends are this small a part of the tolerance.
const LOCAL: f64 = 0.05;
