//! One pair of cells: how far the error can be from its values at the corners.

use super::encode::Cell;
use super::rounding::{ROUND_UP, gamma};
use super::side::{Patch, Side};
use relata_relations::{Bracket, MAX_AXES};

/// A pair of cells without features: the inner product's values at the corners, and how it bends.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) cells: [Cell; 2],
    pub(super) values: Vec<Bracket>,
    pub(super) net: NetBends,
}

/// How the inner product bends on a pair: curvature of each axis, and at most `slack` besides.
#[derive(Clone, Copy, Default)]
pub(super) struct NetBends {
    pub(super) curvature: [Bracket; MAX_AXES],
    pub(super) slack: f64,
}

impl NetBends {
    /// What refining without the features costs: the slack, and what is unknown of the curvatures.
    pub(super) fn blur(&self) -> f64 {
        2.0 * self.slack + self.curvature.iter().map(|c| 0.5 * c.radius()).sum::<f64>()
    }

    /// All values of the inner product on a pair with these at its corners.
    pub(super) fn range(&self, mut corners: impl Iterator<Item = Bracket>, slack: f64) -> Bracket {
        let first = corners.next().unwrap_or(Bracket::LINE);
        let mut all = corners.fold(first, Bracket::hull) + Bracket::new(-slack, slack);
        for c in self.curvature {
            all = all + (c * Bracket::new(-0.125, 0.0)).hull(Bracket::ZERO);
        }
        all
    }
}

impl Local {
    /// Both parts of the pair, cut on axis `own` of one side into these halves.
    pub(super) fn split(&self, side: usize, own: usize, halves: [Cell; 2]) -> [Self; 2] {
        let axis = if side == 0 { own } else { self.cells[0].axes() + own };
        let mut net = self.net;
        net.curvature[axis] = net.curvature[axis] * 0.25;
        let mut upper_half = 0;
        halves.map(|half| {
            let mut cells = self.cells.clone();
            cells[side] = half;
            let values = halve(&self.values, axis, upper_half, &self.net);
            upper_half += 1;
            Self { cells, values, net }
        })
    }
}

/// The bounds of one pair.
pub(super) struct Bounded {
    pub(super) upper: f64,
    pub(super) axis: usize,
    pub(super) lower: f64,
    pub(super) corner: usize,
    /// The error is at least this everywhere on the pair.
    pub(super) least: f64,
    pub(super) net: NetBends,
}

/// Values at the corners of one half of a box: in the middle of an edge the mean of its ends, less
/// an eighth of the curvature.
fn halve(values: &[Bracket], axis: usize, upper_half: usize, net: &NetBends) -> Vec<Bracket> {
    let slack = 2.0 * net.slack;
    let blur = net.curvature[axis] * -0.125 + Bracket::new(-slack, slack);
    (0..values.len())
        .map(|c| {
            if c >> axis & 1 == upper_half {
                return values[c];
            }
            (values[c] + values[c ^ 1 << axis]) * 0.5 + blur
        })
        .collect()
}

/// How far the error can be above or below the multilinear interpolation of its corners.
#[derive(Default)]
pub(super) struct Bends {
    pub(super) above: f64,
    pub(super) below: f64,
    pub(super) widest: f64,
    pub(super) axis: usize,
    pub(super) net: NetBends,
    by_axis: [f64; MAX_AXES],
    /// Curvatures of the error on each axis, and what it bends besides.
    curvature: [Bracket; MAX_AXES],
    slack: f64,
}

/// The error on a pair: how it bends, its values at the corners, and where all of its values lie.
pub(super) struct Seen {
    pub(super) bends: Bends,
    pub(super) errors: Vec<Bracket>,
    pub(super) range: Bracket,
}

impl Seen {
    /// Bounds of its magnitude. At a jump nothing is known but the values.
    pub(super) fn bounded(&self) -> Bounded {
        let mut b = self.bends.bounded(&self.errors);
        b.upper = b.upper.min(self.range.magnitude());
        b
    }

    /// The root mean square, on a pair of two axes, of a function that the error is near to, and how
    /// far the error is from it anywhere: the interpolation of the corners, less
    /// `k s (1 - s) / 2` on each axis with the middle `k` of the curvatures that are possible.
    pub(super) fn chord(&self) -> (f64, f64) {
        let v: Vec<f64> = self.errors.iter().map(|e| e.middle().unwrap_or(f64::NAN)).collect();
        // The mean of the product of two hats is 1/3 where they are the same, 1/6 where not.
        let weight = |i: usize, j: usize| [4.0, 2.0, 2.0, 1.0][i ^ j] / 36.0;
        let n = v.len();
        let mut square: f64 = (0..n * n).map(|k| weight(k / n, k % n) * v[k / n] * v[k % n]).sum();
        let size = v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let mut off = self.errors.iter().map(|e| e.radius()).fold(0.0, f64::max) + self.bends.slack;
        let mut k = [0.0; 2];
        for (k, c) in k.iter_mut().zip(&self.bends.curvature) {
            // Of an unbounded curvature the radius is infinite, whatever the middle.
            *k = c.middle().unwrap_or(0.0);
            off += 0.125 * c.radius();
        }
        // Means of squares and products of the hats and of s (1 - s) / 2: 1/120, 1/144 and 1/48.
        let sum: f64 = v.iter().sum();
        square += (k[0] * k[0] + k[1] * k[1]) / 120.0 + k[0] * k[1] / 72.0 - (k[0] + k[1]) * sum / 24.0;
        let rounding = 64.0 * f64::EPSILON * (size + k[0].abs() + k[1].abs());
        (square.max(0.0).sqrt(), (off + rounding) * ROUND_UP)
    }

    /// The axis on which the error bends most; `None` where it may jump.
    pub(super) fn bent(&self) -> Option<usize> {
        let all = &self.bends.by_axis;
        let most = (0..MAX_AXES).max_by(|a, b| all[*a].total_cmp(&all[*b]))?;
        all[most].is_finite().then_some(most)
    }
}

impl Bends {
    /// Of an inner product that is known without its features: the slack is a bend of its own on
    /// every part.
    pub(super) fn of(net: NetBends) -> Self {
        let slack = 2.0 * net.slack;
        Self { above: slack, below: slack, slack, net, ..Self::default() }
    }

    /// One axis of the patch `own`: `r` bends, and so does `<phi, psi>` through `own`'s features
    /// with all of the other patch's. Norms of features are used where they give no more than
    /// `negligible`, all features otherwise.
    pub(super) fn add_axis(
        &mut self,
        axis: usize,
        r: Bracket,
        (own, a): (&Patch, usize),
        (side, other): (&Side<'_>, usize),
        negligible: f64,
    ) {
        let b = &own.bends[a];
        let crude = b.norm * side.patches[other].norm * ROUND_UP * (1.0 + gamma(2));
        if crude <= negligible || b.curvature.middle.is_empty() {
            // Bends are not listed where there are none, or too many.
            let mut both = Bracket::ZERO;
            if crude > 0.0 {
                both = Bracket::new(-crude, crude);
            }
            self.net.slack += crude;
            self.add(axis, r, both);
            return;
        }
        let features = side.features_on(other);
        let curvature = b.curvature.dot(features);
        let bend = b.bend.dot(features);
        self.net.curvature[axis] = curvature;
        self.net.slack += bend.magnitude();
        self.add(axis, r - curvature, bend);
    }

    /// `curvature` of the error, and the inner product's `bend`, which it loses.
    pub(super) fn add(&mut self, axis: usize, curvature: Bracket, bend: Bracket) {
        let above = 0.125 * (-curvature.low()).max(0.0) + (-bend.low()).max(0.0);
        let below = 0.125 * curvature.high().max(0.0) + bend.high().max(0.0);
        self.above += above;
        self.below += below;
        self.by_axis[axis] = above.max(below);
        self.curvature[axis] = curvature;
        self.slack += bend.magnitude();
        if above.max(below) > self.widest {
            (self.widest, self.axis) = (above.max(below), axis);
        }
    }

    pub(super) fn bounded(&self, errors: &[Bracket]) -> Bounded {
        let (mut high, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
        let (mut lower, mut corner) = (0.0, 0);
        for (c, e) in errors.iter().enumerate() {
            high = high.max(e.high());
            low = low.min(e.low());
            let certain = e.abs().low();
            if certain > lower {
                (lower, corner) = (certain, c);
            }
        }
        let upper = (high + self.above).max(-(low - self.below));
        let upper = if upper.is_nan() { f64::INFINITY } else { upper * ROUND_UP };
        let all = Bracket::new(low - self.below, high + self.above);
        Bounded { upper, axis: self.axis, lower, corner, net: self.net, least: all.abs().low() / ROUND_UP }
    }
}
