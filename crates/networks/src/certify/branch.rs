//! Branch and bound for `sup |r - <phi, psi>|` over pairs of cells.

use super::CertifyError;
use super::encode::{Cell, place_point};
use super::pair::{Bends, Bounded, Local, NetBends, Seen};
use super::params::Checked;
use super::rounding::dot_bound;
use super::side::Side;
use super::target::{Target, middles};
use crate::ranked::Ranked;
use faer::{Accum, Mat};
use relata_relations::{Bracket, Enclosure, multiply};
use std::collections::BinaryHeap;

/// What the search came to, in its units.
pub(super) struct Outcome {
    /// The error is nowhere above this.
    pub(super) upper: f64,
    /// It is at least this at `at`; empty if that was known before the search.
    pub(super) lower: f64,
    pub(super) at: (Vec<f64>, Vec<f64>),
    pub(super) pairs: usize,
}

/// A pair of cells that may hold the largest error, ranked by its upper bound, with the axis to
/// cut.
struct Node {
    axis: usize,
    kind: Kind,
}

pub(super) enum Kind {
    /// Patches of both sides.
    Patches(usize, usize),
    /// A part of a pair, with the inner product's values at the corners and its curvature.
    Local(Box<Local>),
}

pub(super) struct Search<'a, 'b> {
    pub(super) target: Target<'a>,
    pub(super) x: &'b mut Side<'a>,
    pub(super) y: &'b mut Side<'a>,
    heap: BinaryHeap<Ranked<Node>>,
    pub(super) best: Outcome,
    /// The largest upper bound among pairs that are too small to cut.
    settled: f64,
    /// The largest upper bound among pairs that were not refined.
    pub(super) dropped: f64,
    tolerance: f64,
    floor: f64,
}

impl<'a, 'b> Search<'a, 'b> {
    /// A search for errors above `lower`, which was found before.
    pub(super) fn new(target: Target<'a>, x: &'b mut Side<'a>, y: &'b mut Side<'a>, lower: f64) -> Self {
        let best = Outcome { upper: 0.0, lower, at: (vec![], vec![]), pairs: 0 };
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

    /// Refines until the bounds agree to the tolerance, or the budget of pairs is spent. `goal` is
    /// that of the parameters, in the units of the search.
    pub(super) fn run(mut self, params: Checked, goal: Option<f64>) -> Result<Outcome, CertifyError> {
        self.tolerance = params.tolerance();
        self.start()?;
        loop {
            let top = self.heap.peek().map_or(0.0, |n| n.rank).max(self.settled);
            let enough = goal.is_some_and(|g| top.max(self.dropped) <= g || self.best.lower > g);
            let done = top <= self.threshold() || self.settled >= top;
            if done || enough || self.best.pairs >= params.most_pairs() {
                // Not the larger of this and what was found: the two have to agree by themselves.
                self.best.upper = top.max(self.dropped);
                return Ok(self.best);
            }
            let Some(node) = self.heap.pop() else { continue };
            self.split(&node)?;
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

    /// Errors up to this are rounding.
    pub(super) fn floor(&self) -> f64 {
        self.floor
    }

    /// Sets what counts as rounding, from the largest value of the inner product.
    pub(super) fn set_floor(&mut self, largest: f64) {
        self.floor = FLOOR * largest;
    }

    /// Lets go of the pairs that what is known by now rules out.
    pub(super) fn sift(&mut self) {
        let threshold = self.threshold();
        for node in std::mem::take(&mut self.heap) {
            if node.rank > threshold {
                self.heap.push(node);
            } else {
                self.dropped = self.dropped.max(node.rank);
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
                self.localised(i, j, b.net)
            }
            kind => kind,
        };
        self.heap.push(Ranked { rank: b.upper, item: Node { axis: b.axis, kind } });
    }

    fn witness(&self, kind: &Kind, corner: usize) -> (Vec<f64>, Vec<f64>) {
        match kind {
            Kind::Patches(i, j) => {
                let (a, b) = self.pair_corners(*i, *j)[corner];
                (middles(&self.x.points[a].place), middles(&self.y.points[b].place))
            }
            Kind::Local(l) => {
                let k = l.cells[0].axes();
                let (u, v) = (l.cells[0].corner(corner & ((1 << k) - 1)), l.cells[1].corner(corner >> k));
                (middles(&place_point(self.x.space, &u)), middles(&place_point(self.y.space, &v)))
            }
        }
    }

    /// All pairs of initial cells.
    pub(super) fn initial(&self) -> impl Iterator<Item = Kind> + use<> {
        let (n, m) = (self.x.patches.len(), self.y.patches.len());
        (0..n).flat_map(move |i| (0..m).map(move |j| Kind::Patches(i, j)))
    }

    /// The cells of a pair.
    pub(super) fn cells<'c>(&'c self, kind: &'c Kind) -> [&'c Cell; 2] {
        match kind {
            Kind::Patches(i, j) => [&self.x.patches[*i].cell, &self.y.patches[*j].cell],
            Kind::Local(l) => l.cells.each_ref(),
        }
    }

    /// The inner products of all points.
    pub(super) fn table(&self) -> Mat<f64> {
        let (p, q) = (self.x.features(), self.y.features());
        let mut out = Mat::zeros(p.nrows(), q.nrows());
        multiply(out.as_mut(), Accum::Replace, p.as_ref(), q.transpose(), 1.0);
        out
    }

    /// The same pair without its features.
    pub(super) fn localised(&self, i: usize, j: usize, net: NetBends) -> Kind {
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

    fn split(&mut self, node: &Ranked<Node>) -> Result<(), CertifyError> {
        let Some(halves) = self.halves(&node.item.kind, node.item.axis) else {
            self.settled = self.settled.max(node.rank);
            return Ok(());
        };
        for kind in halves {
            let bounded = match &kind {
                Kind::Patches(i, j) => self.bound_pair(*i, *j, &self.corner_errors(*i, *j)?)?,
                Kind::Local(l) => self.seen_local(l)?.bounded(),
            };
            self.keep(&bounded, kind);
        }
        Ok(())
    }

    /// Both halves of a pair, cut on an axis; `None` where it is too small to cut.
    pub(super) fn halves(&mut self, kind: &Kind, axis: usize) -> Option<[Kind; 2]> {
        match kind {
            Kind::Patches(i, j) => {
                let k = self.x.patches[*i].cell.axes();
                Some(if axis < k {
                    self.x.children(*i, axis)?.map(|i| Kind::Patches(i, *j))
                } else {
                    self.y.children(*j, axis - k)?.map(|j| Kind::Patches(*i, j))
                })
            }
            Kind::Local(l) => {
                let k = l.cells[0].axes();
                let (side, own) = if axis < k { (0, axis) } else { (1, axis - k) };
                let halves = l.cells[side].halves(own)?;
                Some(l.split(side, own, halves).map(|part| Kind::Local(Box::new(part))))
            }
        }
    }

    fn corner_errors(&self, i: usize, j: usize) -> Result<Vec<Bracket>, CertifyError> {
        let error = |(a, b): (usize, usize)| {
            let r = self.target.at(&self.x.points[a].place, &self.y.points[b].place)?;
            Ok(r - self.net_value(a, b))
        };
        self.pair_corners(i, j).into_iter().map(error).collect()
    }

    /// All that is known of the error on a pair.
    pub(super) fn examine(&self, kind: &Kind) -> Result<Seen, CertifyError> {
        match kind {
            Kind::Patches(i, j) => {
                let (p, q) = (&self.x.patches[*i], &self.y.patches[*j]);
                let r = self.target.on([&p.cell, &q.cell], &p.place, &q.place)?;
                let bends = self.bends(*i, *j, |axis| r.curvature(axis), 0.0);
                let values = self.pair_corners(*i, *j).into_iter().map(|(a, b)| self.net_value(a, b));
                let range = r.value() - bends.net.range(values, bends.net.slack);
                Ok(Seen { bends, errors: self.corner_errors(*i, *j)?, range })
            }
            Kind::Local(l) => self.seen_local(l),
        }
    }

    fn seen_local(&self, l: &Local) -> Result<Seen, CertifyError> {
        let k = l.cells[0].axes();
        let x = l.cells[0].place(self.x.space, 0);
        let y = l.cells[1].place(self.y.space, k);
        let r = self.target.on([&l.cells[0], &l.cells[1]], &x, &y)?;
        let mut bends = Bends::of(l.net);
        for axis in 0..k + l.cells[1].axes() {
            bends.add(axis, r.curvature(axis) - l.net.curvature[axis], Bracket::ZERO);
        }
        let mut errors = Vec::with_capacity(l.values.len());
        let xs: Vec<Vec<Enclosure>> =
            (0..1 << k).map(|c| place_point(self.x.space, &l.cells[0].corner(c))).collect();
        for c in 0..1 << l.cells[1].axes() {
            let y = place_point(self.y.space, &l.cells[1].corner(c));
            for x in &xs {
                errors.push(self.target.at(x, &y)? - l.values[errors.len()]);
            }
        }
        let range = r.value() - l.net.range(l.values.iter().copied(), 2.0 * l.net.slack);
        Ok(Seen { bends, errors, range })
    }
}

/// Errors below this part of the values are rounding: they are bounded, but not to the tolerance.
const FLOOR: f64 = 1e-12;

/// A pair is refined without its features when their bends are this small a part of the tolerance.
pub(super) const LOCAL: f64 = 0.05;
