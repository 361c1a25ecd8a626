//! Branch and bound for `sup |r - <phi, psi>|` over pairs of cells.

use super::encode::Cell;
use super::pair::{Bends, Bounded, Local, NetBends};
use super::rounding::{ROUND_UP, dot_bound};
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
    relation: &'a dyn Relation,
    lipschitz: Option<f64>,
    stretch: [f64; 2],
}

impl<'a> Target<'a> {
    /// # Errors
    /// [`CertifyError::NoBounds`] if the relation has neither an enclosure nor a Lipschitz constant.
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
    fn at(&self, x: &[Enclosure], y: &[Enclosure]) -> Result<Bracket, CertifyError> {
        if let Some(e) = self.relation.enclose(x, y) {
            return Ok(e.value());
        }
        let point = |z: &[Enclosure]| Points::new(z.len(), z.iter().map(|e| e.value().middle()).collect());
        let missing = |_| CertifyError::NoBounds { relation: self.relation.name() };
        let (px, py) = (point(x).map_err(missing)?, point(y).map_err(missing)?);
        let v = evaluate(self.relation, &px, &py)?[(0, 0)];
        // A closure's own rounding is unknown; 64 units in the last place are allowed for it.
        Ok(Bracket::around(v, 64.0 * f64::EPSILON * v.abs().max(1.0)))
    }

    /// `r` on a pair of cells; only changes and curvatures are used.
    fn on(&self, cells: [&Cell; 2], x: &[Enclosure], y: &[Enclosure]) -> Result<Enclosure, CertifyError> {
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

enum Kind {
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
    target: Target<'a>,
    x: &'b mut Side<'a>,
    y: &'b mut Side<'a>,
    heap: BinaryHeap<Node>,
    best: Found,
    /// The largest upper bound among pairs that are too small to cut.
    settled: f64,
    /// The largest upper bound among pairs that were not refined.
    dropped: f64,
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

    /// All pairs of initial cells.
    fn start(&mut self) -> Result<(), CertifyError> {
        let values = self.table();
        // Rows of errors at the corners, kept while neighbouring cells need them.
        let mut rows: Vec<Option<Vec<Bracket>>> = (0..self.x.points.len()).map(|_| None).collect();
        let mut order = std::collections::VecDeque::new();
        for i in 0..self.x.patches.len() {
            for c in self.x.patches[i].corners.clone() {
                if rows[c].is_none() {
                    let row = (0..self.y.points.len()).map(|j| self.point_error(c, j, values[(c, j)]));
                    rows[c] = Some(row.collect::<Result<Vec<_>, _>>()?);
                    order.push_back(c);
                    if order.len() > KEPT_ROWS
                        && let Some(old) = order.pop_front()
                    {
                        rows[old] = None;
                    }
                }
            }
            for j in 0..self.y.patches.len() {
                let corners = self.pair_corners(i, j);
                let mut errors = [Bracket::ZERO; 16];
                for (e, (a, b)) in errors.iter_mut().zip(&corners) {
                    *e = match &rows[*a] {
                        Some(row) => row[*b],
                        None => self.point_error(*a, *b, values[(*a, *b)])?,
                    };
                }
                let bounded = self.bound_pair(i, j, &errors[..corners.len()])?;
                self.keep(&bounded, Kind::Patches(i, j));
            }
        }
        self.floor = FLOOR * values.norm_max();
        let threshold = self.threshold();
        let all = std::mem::take(&mut self.heap);
        for node in all {
            if node.upper > threshold {
                self.heap.push(node);
            } else {
                self.dropped = self.dropped.max(node.upper);
            }
        }
        Ok(())
    }

    /// Pairs whose upper bound is at most this need not be refined.
    fn threshold(&self) -> f64 {
        (self.best.lower * (1.0 + self.tolerance)).max(self.floor)
    }

    fn pair_corners(&self, i: usize, j: usize) -> Vec<(usize, usize)> {
        let (p, q) = (&self.x.patches[i].corners, &self.y.patches[j].corners);
        q.iter().flat_map(|b| p.iter().map(move |a| (*a, *b))).collect()
    }

    fn point_error(&self, i: usize, j: usize, value: f64) -> Result<Bracket, CertifyError> {
        let (p, q) = (&self.x.points[i], &self.y.points[j]);
        let terms = p.features.len() + 1;
        let net = dot_bound(value, (p.norm, q.norm), (p.radius, q.radius), terms);
        Ok(self.target.at(&p.place, &q.place)? - net)
    }

    /// Bounds of the error on a pair of patches from its values at the corners.
    fn bound_pair(&self, i: usize, j: usize, errors: &[Bracket]) -> Result<Bounded, CertifyError> {
        let (p, q) = (&self.x.patches[i], &self.y.patches[j]);
        let r = self.target.on([&p.cell, &q.cell], &p.place, &q.place)?;
        let mut sum = Bends::default();
        let negligible = 1e-4 * self.tolerance * self.best.lower;
        for a in 0..p.cell.axes() {
            sum.add_axis(a, r.curvature(a), p, a, q, negligible);
        }
        for a in 0..q.cell.axes() {
            let axis = p.cell.axes() + a;
            sum.add_axis(axis, r.curvature(axis), q, a, p, negligible);
        }
        Ok(sum.bounded(errors))
    }

    /// Notes the lower bound, and queues the pair unless it cannot matter.
    fn keep(&mut self, b: &Bounded, kind: Kind) {
        self.best.pairs += 1;
        if b.lower > self.best.lower {
            self.best.lower = b.lower;
            self.best.at = self.witness(&kind, b.corner);
        }
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

    fn witness(&self, kind: &Kind, corner: usize) -> (Vec<f64>, Vec<f64>) {
        let middle = |place: &[Enclosure]| place.iter().map(|e| e.value().middle()).collect();
        match kind {
            Kind::Patches(i, j) => {
                let (a, b) = self.pair_corners(*i, *j)[corner];
                (middle(&self.x.points[a].place), middle(&self.y.points[b].place))
            }
            Kind::Local(l) => {
                let k = l.cells[0].axes();
                let (u, v) = (l.cells[0].corner(corner & ((1 << k) - 1)), l.cells[1].corner(corner >> k));
                let place = super::encode::place_point;
                (middle(&place(self.x.space, &u)), middle(&place(self.y.space, &v)))
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
                let mut sum = Bends::default();
                let k = p.cell.axes();
                (0..k).for_each(|a| sum.add_axis(a, Bracket::ZERO, p, a, q, 0.0));
                (0..q.cell.axes()).for_each(|a| sum.add_axis(k + a, Bracket::ZERO, q, a, p, 0.0));
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
    fn table(&self) -> Mat<f64> {
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
        let value: f64 = p.features.iter().zip(&q.features).map(|(a, b)| a * b).sum();
        dot_bound(value, (p.norm, q.norm), (p.radius, q.radius), p.features.len() + 1)
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

/// Errors below this part of the values are rounding: they are bounded, but not to the tolerance.
const FLOOR: f64 = 1e-12;

/// Rows of corner errors that are kept at a time.
const KEPT_ROWS: usize = 600;

/// A pair is refined without its features when their bends are this small a part of the tolerance.
const LOCAL: f64 = 0.05;
