//! What an encoder does on boxes of parameters, layer by layer and to second order.
//!
//! On a box every unit is the multilinear interpolation of its values at the corners plus, for each
//! axis, `-k s (1 - s) / 2 + b` with a curvature `k` and a bend `b` from intervals. Affine layers
//! are linear in all of these; an activation adds `a''(z) Dz^2` to the curvature, and a ReLU that
//! is crossed moves all it bends, with its kink, to the bend. So the curvature is that of a twice
//! differentiable part, a second derivative times the squared width, and shrinks fourfold when the
//! box is halved. The corner values are computed to rounding, so that nothing of first order is
//! lost.

use super::activations::{EVALUATION, derivatives};
use super::rounding::{Around, LOST, ROUND_UP};
use super::units::Power;
use super::wires::Wires;
use crate::activation::Activation;
use crate::mlp::{Mlp, Skip};
use faer::{Mat, MatRef};
use relata_relations::{Bracket, Enclosure, Space};

/// A box of parameters of one side.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

impl Cell {
    pub(super) fn axes(&self) -> usize {
        self.low.len()
    }

    /// Corner number `c`: bit `a` chooses the end of axis `a`.
    pub(super) fn corner(&self, c: usize) -> Vec<f64> {
        (0..self.axes()).map(|a| if c >> a & 1 == 1 { self.high[a] } else { self.low[a] }).collect()
    }

    pub(super) fn middle(&self, axis: usize) -> f64 {
        self.low[axis] + 0.5 * (self.high[axis] - self.low[axis])
    }

    /// Both halves; `None` where floating-point numbers do not allow a cut.
    pub(super) fn halves(&self, axis: usize) -> Option<[Self; 2]> {
        let m = self.middle(axis);
        if !(self.low[axis] < m && m < self.high[axis]) {
            return None;
        }
        let (mut left, mut right) = (self.clone(), self.clone());
        left.high[axis] = m;
        right.low[axis] = m;
        Some([left, right])
    }

    /// The coordinates of the points of the box, as functions of the parameters number `first`,
    /// `first + 1`, ..
    pub(super) fn place(&self, space: &dyn Space, first: usize) -> Vec<Enclosure> {
        let variables: Vec<Enclosure> =
            (0..self.axes()).map(|a| Enclosure::variable(first + a, self.low[a], self.high[a])).collect();
        space.place(&variables)
    }
}

/// The coordinates of the point with these parameters.
pub(super) fn place_point(space: &dyn Space, parameters: &[f64]) -> Vec<Enclosure> {
    let constants: Vec<Enclosure> = parameters.iter().map(|v| Enclosure::constant(*v)).collect();
    space.place(&constants)
}

/// The outputs of an encoder at points: values, and one radius per output for all of them.
pub(super) struct Outputs {
    pub(super) values: Mat<f64>,
    pub(super) radius: Vec<f64>,
    /// For each cell and axis.
    pub(super) bends: Vec<Vec<Bend>>,
}

/// How outputs leave the chords on one axis.
#[derive(Clone, Debug, Default)]
pub(super) struct Bend {
    pub(super) curvature: Around,
    pub(super) bend: Around,
    /// Bounds the Euclidean norm of the distance from the chord.
    pub(super) norm: f64,
}

/// Units whose curvature or bend is not 0, of one cell and axis.
#[derive(Clone, Debug, Default)]
struct Sparse {
    entries: Vec<(usize, Bracket, Bracket)>,
}

/// An encoder with its weights in the order in which bends run through them, and the units of its
/// outputs.
pub(super) struct Encoder<'a> {
    net: &'a Mlp,
    powers: Vec<Power>,
    blocks: Vec<Wires<'a>>,
    head: Wires<'a>,
    listed: bool,
}

/// Bends of this many outputs on all cells together are listed one by one; of more only their norms
/// are kept.
const MAX_LISTED: usize = 1 << 24;

impl<'a> Encoder<'a> {
    /// For about so many cells, with one power for each output.
    pub(super) fn new(net: &'a Mlp, powers: &[Power], cells: usize) -> Self {
        let blocks = net.blocks().iter().map(|b| Wires::of(&b.affine)).collect();
        let listed = net.outputs().saturating_mul(cells) <= MAX_LISTED;
        Self { net, powers: powers.to_vec(), blocks, head: Wires::of(net.head()), listed }
    }

    /// Evaluates it at points, and on cells whose corners are among them.
    ///
    /// `cells[c]` lists the point numbers of the corners of cell `c` in the order of
    /// [`Cell::corner`].
    pub(super) fn encode(
        &self,
        points: &[Vec<Enclosure>],
        cells: &[(Vec<usize>, Vec<Enclosure>)],
        first_axis: usize,
    ) -> Outputs {
        encode(self, points, cells, first_axis)
    }
}

fn encode(
    encoder: &Encoder<'_>,
    points: &[Vec<Enclosure>],
    cells: &[(Vec<usize>, Vec<Enclosure>)],
    first_axis: usize,
) -> Outputs {
    let net = encoder.net;
    let (n, p) = (points.len(), net.inputs());
    let mut h = Mat::from_fn(n, p, |i, k| points[i][k].value().middle().unwrap_or(f64::NAN));
    let mut radius: Vec<f64> =
        (0..p).map(|k| points.iter().map(|x| x[k].value().radius()).fold(0.0, f64::max)).collect();
    let axes = cells.first().map_or(0, |(corners, _)| corners.len().trailing_zeros() as usize);
    let mut bends: Vec<Vec<Sparse>> = cells
        .iter()
        .map(|(_, x)| {
            let of_axis = |a: usize| Sparse {
                entries: (0..p)
                    .map(|k| (k, x[k].curvature(first_axis + a), Bracket::ZERO))
                    .filter(|(_, k, _)| k.magnitude() > 0.0)
                    .collect(),
            };
            (0..axes).map(of_axis).collect()
        })
        .collect();
    for (block, wires) in net.blocks().iter().zip(&encoder.blocks) {
        let before = bends.clone();
        let (z, z_radius) = wires.apply(h.as_ref(), &radius);
        spread_all(wires, &mut bends);
        for ((corners, _), own) in cells.iter().zip(&mut bends) {
            activate(block.activation, z.as_ref(), &z_radius, corners, own);
        }
        let slope = block.activation.derivative_bound();
        let residual = block.skip == Skip::Residual;
        let mut next = Mat::zeros(n, z.ncols());
        let mut next_radius = vec![0.0f64; z.ncols()];
        for j in 0..z.ncols() {
            let mut largest = 0.0f64;
            for i in 0..n {
                let v = block.activation.value(z[(i, j)]);
                largest = largest.max(v.abs() + z[(i, j)].abs());
                next[(i, j)] = if residual { h[(i, j)] + v } else { v };
            }
            let rounding = match block.activation {
                Activation::Relu => 0.0,
                Activation::Tanh | Activation::Gelu | Activation::Sine => EVALUATION * largest,
            };
            // A ReLU that is certainly off is known exactly.
            let off = block.activation == Activation::Relu && (0..n).all(|i| z[(i, j)] + z_radius[j] <= 0.0);
            let reached = (slope * z_radius[j] + rounding).min(block.activation.oscillation());
            next_radius[j] = if off { 0.0 } else { reached * ROUND_UP };
            if residual {
                let reach = (0..n).map(|i| h[(i, j)].abs()).fold(largest, f64::max);
                next_radius[j] = (next_radius[j] + radius[j] + 2.0 * f64::EPSILON * reach) * ROUND_UP;
            }
        }
        if residual {
            for (own, old) in bends.iter_mut().flatten().zip(before.iter().flatten()) {
                own.add(old);
            }
        }
        (h, radius) = (next, next_radius);
    }
    let (mut values, mut out_radius) = encoder.head.apply(h.as_ref(), &radius);
    for (k, power) in encoder.powers.iter().enumerate().filter(|(_, p)| !p.is_one()) {
        let mut lost = 0.0;
        for v in values.col_mut(k).iter_mut() {
            let scaled = power.of(*v);
            if scaled.abs() < f64::MIN_POSITIVE && *v != 0.0 {
                lost = LOST;
            }
            *v = scaled;
        }
        out_radius[k] = power.up(out_radius[k]) + lost;
    }
    let bends = bends.iter().map(|own| own.iter().map(|s| head_bend(encoder, s)).collect()).collect();
    Outputs { values, radius: out_radius, bends }
}

impl Sparse {
    fn from_dense(curvature: &[Bracket], bend: &[Bracket]) -> Self {
        let all = curvature.iter().zip(bend).enumerate().map(|(k, (c, b))| (k, *c, *b));
        Self { entries: all.filter(|(_, c, b)| c.magnitude() > 0.0 || b.magnitude() > 0.0).collect() }
    }

    fn add(&mut self, other: &Self) {
        for (k, c, b) in &other.entries {
            match self.entries.iter_mut().find(|(own, _, _)| own == k) {
                Some((_, own_c, own_b)) => (*own_c, *own_b) = (*own_c + *c, *own_b + *b),
                None => self.entries.push((*k, *c, *b)),
            }
        }
    }
}

fn spread_all(wires: &Wires<'_>, bends: &mut [Vec<Sparse>]) {
    for own in bends.iter_mut().flatten().filter(|s| !s.entries.is_empty()) {
        let (c, b) = wires.spread(&own.entries);
        *own = Sparse::from_dense(&c, &b);
    }
}

/// A ReLU counts as crossed by rounding alone below this ratio.
const TOUCHED: f64 = 1e-9;

/// The largest distance from the chord: an eighth of the curvature, and the bend.
fn reach(c: Bracket, b: Bracket) -> Bracket {
    c * Bracket::new(-0.125, 0.0) + b
}

/// Carries the curvature and bends of `z` on one cell through the activation.
fn activate(
    activation: Activation,
    z: MatRef<'_, f64>,
    radius: &[f64],
    corners: &[usize],
    own: &mut [Sparse],
) {
    let axes = own.len();
    let flat = own.iter().all(|s| s.entries.is_empty());
    let dense: Vec<(Vec<Bracket>, Vec<Bracket>)> = own
        .iter()
        .map(|s| {
            let (mut c, mut b) = (vec![], vec![]);
            if !flat {
                (c, b) = (vec![Bracket::ZERO; z.ncols()], vec![Bracket::ZERO; z.ncols()]);
                for (k, curvature, bend) in &s.entries {
                    (c[*k], b[*k]) = (*curvature, *bend);
                }
            }
            (c, b)
        })
        .collect();
    let mut out = vec![Sparse::default(); axes];
    let none = Bracket::ZERO;
    for j in 0..z.ncols() {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for i in corners {
            let v = z[(*i, j)];
            (low, high) = (low.min(v), high.max(v));
        }
        let part = |a: usize| if flat { (none, none) } else { (dense[a].0[j], dense[a].1[j]) };
        let mut range = Bracket::new(low, high) + Bracket::new(-radius[j], radius[j]);
        for a in 0..axes {
            let (c, b) = part(a);
            range = range + reach(c, b).hull(none);
        }
        if activation == Activation::Relu && range.high() <= 0.0 {
            continue;
        }
        if activation == Activation::Relu && range.low() >= 0.0 {
            for (a, s) in out.iter_mut().enumerate() {
                let (c, b) = part(a);
                if c.magnitude() > 0.0 || b.magnitude() > 0.0 {
                    s.entries.push((j, c, b));
                }
            }
            continue;
        }
        let (first, second) = derivatives(activation, range);
        for a in 0..axes {
            let (c, b) = part(a);
            // The change on this axis: at the corners, and what the other axes bend in between.
            let mut change: Option<Bracket> = None;
            for (from, i) in corners.iter().enumerate().filter(|(from, _)| from >> a & 1 == 0) {
                let to = corners[from | 1 << a];
                let d = Bracket::around(
                    z[(to, j)] - z[(*i, j)],
                    2.0 * radius[j] + 2.0 * f64::EPSILON * (low.abs().max(high.abs())),
                );
                change = Some(change.map_or(d, |e| e.hull(d)));
            }
            let mut change = change.unwrap_or(none);
            for other in (0..axes).filter(|o| *o != a) {
                let (c, b) = part(other);
                let r = reach(c, b).hull(none);
                let spread = r.high() - r.low();
                change = change + Bracket::new(-spread, spread) * ROUND_UP;
            }
            let entry = if activation == Activation::Relu {
                let (l, h) = (-range.low(), range.high());
                if l <= TOUCHED * h {
                    // relu(z) = z + relu(-z), and the second is at most l.
                    (j, c, b + Bracket::new(-l, l))
                } else if h <= TOUCHED * l {
                    (j, none, Bracket::new(-h, h))
                } else {
                    // Below the chord by at most |z0| z1 / (|z0| + z1) where the chord goes from z0
                    // < 0 to z1 > 0, or a quarter of the change.
                    let kink = (h * (l / (l + h))).min(0.25 * change.magnitude()) * ROUND_UP;
                    (j, none, Bracket::new(0.0, 1.0) * reach(c, b) + Bracket::new(-kink, 0.0))
                }
            } else {
                let (c, b) = (second * change.square() + first * c, first * b);
                // Values and chord both lie where the activation goes on the range.
                let width = (range.high() - range.low()) * activation.derivative_bound();
                let most = width.min(activation.oscillation()) * ROUND_UP;
                let off = reach(c, b).magnitude();
                if off <= most { (j, c, b) } else { (j, none, Bracket::new(-most, most)) }
            };
            out[a].entries.push(entry);
        }
    }
    own.clone_from_slice(&out);
}

fn head_bend(encoder: &Encoder<'_>, s: &Sparse) -> Bend {
    if s.entries.is_empty() {
        return Bend::default();
    }
    let (mut c, mut b) = encoder.head.spread(&s.entries);
    for (k, power) in encoder.powers.iter().enumerate().filter(|(_, p)| !p.is_one()) {
        (c[k], b[k]) = (power.of_bracket(c[k]), power.of_bracket(b[k]));
    }
    let norm = Around::of(c.iter().zip(&b).map(|(c, b)| reach(*c, *b))).norm();
    if !encoder.listed {
        return Bend { norm, ..Bend::default() };
    }
    Bend { curvature: Around::of(c.into_iter()), bend: Around::of(b.into_iter()), norm }
}
