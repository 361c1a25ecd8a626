//! What interpolation on a triangulation certainly costs, whatever the other side.

use crate::ranked::Ranked;
use relata_kernels::cost::{Part, Triangles};
use relata_relations::{Enclosure, Relation};
use std::collections::BinaryHeap;

/// A relation seen from one side: its enclosures on pieces of this side and parts of the other.
pub(super) struct View<'a> {
    pub(super) relation: &'a dyn Relation,
    /// Whether the pieces belong to `x`.
    pub(super) first: bool,
    pub(super) other: &'a Triangles,
}

/// Parts of the other side that every piece starts with, an axis.
const START: usize = 4;

/// Pairs that are bounded at most.
const MAX_PAIRS: usize = 1_500_000;

impl View<'_> {
    /// `r` on one piece, with everything of the other side in `place`.
    fn enclose(&self, piece: &[Enclosure], place: &[Enclosure]) -> Option<Enclosure> {
        if self.first { self.relation.enclose(piece, place) } else { self.relation.enclose(place, piece) }
    }

    /// The largest error on a piece. A derivative of a smooth relation that rounding leaves unknown
    /// counts as unbounded.
    fn error(&self, t: &Triangles, piece: &[Enclosure], place: &[Enclosure]) -> f64 {
        let Some(e) = self.enclose(piece, place) else { return f64::INFINITY };
        let (below, above) = t.bend(&e, self.relation.regularity());
        let most = below.max(above);
        if most.is_nan() { f64::INFINITY } else { most }
    }

    /// The error by the Lipschitz constant alone.
    pub(super) fn by_slope(&self, t: &Triangles) -> f64 {
        self.relation.lipschitz().map_or(f64::INFINITY, |l| l * t.reach())
    }

    /// About what interpolation costs: on every piece, with the other side at some points.
    pub(super) fn estimate(&self, t: &Triangles) -> f64 {
        const POINTS: usize = 3;
        let at = |i: usize| i as f64 / (POINTS - 1) as f64;
        let all = (0..POINTS).flat_map(|i| (0..POINTS).map(move |j| (at(i), at(j))));
        let places: Vec<Vec<Enclosure>> =
            all.filter_map(|(u, v)| self.other.place(&Part { u: [u; 2], v: [v; 2] })).collect();
        let pieces = t.pieces();
        let errors = pieces.iter().flat_map(|p| places.iter().map(move |q| self.error(t, p, q)));
        errors.fold(0.0, f64::max).min(self.by_slope(t))
    }

    /// A bound of what interpolation costs, refined on the other side until it is at most `goal`;
    /// `None` if it certainly is not, or too much work.
    ///
    /// Only the other side is cut: with it at a point, a piece has the bound that it has, and where
    /// that is above the goal the search ends.
    pub(super) fn within(&self, t: &Triangles, goal: f64) -> Option<f64> {
        let slope = self.by_slope(t);
        if slope <= goal {
            return Some(slope);
        }
        let pieces = t.pieces();
        let range = |i: usize| [i as f64 / START as f64, (i + 1) as f64 / START as f64];
        // Numbers of pieces with parts of the other side, ranked by their errors.
        let (mut heap, mut settled, mut count) = (BinaryHeap::new(), 0.0f64, 0usize);
        let parts: Vec<(Part, Vec<Enclosure>)> = (0..START * START)
            .map(|k| Part { u: range(k / START), v: range(k % START) })
            .filter_map(|part| Some((part, self.other.place(&part)?)))
            .collect();
        for (number, piece) in pieces.iter().enumerate() {
            for (part, place) in &parts {
                let upper = self.error(t, piece, place).min(slope);
                count += 1;
                if upper > goal {
                    heap.push(Ranked { rank: upper, item: (number, *part) });
                } else {
                    settled = settled.max(upper);
                }
            }
        }
        while let Some(Ranked { item: (piece, part), .. }) = heap.pop() {
            if count > MAX_PAIRS {
                return None;
            }
            let middle = |[a, b]: [f64; 2]| [a + 0.5 * (b - a); 2];
            let centre = Part { u: middle(part.u), v: middle(part.v) };
            if let Some(place) = self.other.place(&centre)
                && self.error(t, &pieces[piece], &place).min(slope) > goal
            {
                return None;
            }
            for part in part.halves()? {
                let Some(place) = self.other.place(&part) else { continue };
                let upper = self.error(t, &pieces[piece], &place).min(slope);
                count += 1;
                if upper > goal {
                    heap.push(Ranked { rank: upper, item: (piece, part) });
                } else {
                    settled = settled.max(upper);
                }
            }
        }
        Some(settled)
    }
}
