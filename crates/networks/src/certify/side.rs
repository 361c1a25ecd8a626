//! One encoder on the cells of its space, refined where asked.

use super::encode::{Bend, Cell, Encoder, place_point};
use super::rounding::{Around, ROUND_UP, norm};
use super::units::Power;
use crate::mlp::Mlp;
use faer::Mat;
use relata_relations::{Bracket, Enclosure, Space};
use std::cell::OnceCell;
use std::sync::Arc;

/// An encoder over its space: points with their features, and cells between them.
pub(super) struct Side<'a> {
    pub(super) space: &'a dyn Space,
    encoder: Encoder<'a>,
    first_axis: usize,
    pub(super) points: Vec<Point>,
    pub(super) patches: Vec<Patch>,
}

/// A point with its features.
pub(super) struct Point {
    pub(super) place: Vec<Enclosure>,
    pub(super) features: Vec<f64>,
    /// The features are known up to this Euclidean distance.
    pub(super) radius: f64,
    pub(super) norm: f64,
}

/// A cell with what its encoder does on it.
pub(super) struct Patch {
    pub(super) cell: Cell,
    pub(super) place: Vec<Enclosure>,
    pub(super) corners: Vec<usize>,
    pub(super) bends: Vec<Bend>,
    pub(super) norm: f64,
    /// The corners' features are known up to these distances.
    radius: Arc<[f64]>,
    features: OnceCell<Around>,
    children: Vec<Option<[usize; 2]>>,
}

impl<'a> Side<'a> {
    /// All cells of the grid with these ends on each axis.
    pub(super) fn new(
        space: &'a dyn Space,
        net: &'a Mlp,
        powers: &[Power],
        first_axis: usize,
        grid: &[Vec<f64>],
    ) -> Self {
        let cells: usize = grid.iter().map(|g| g.len() - 1).product();
        let encoder = Encoder::new(net, powers, cells);
        let mut side = Self { space, encoder, first_axis, points: vec![], patches: vec![] };
        let nodes = combinations(&grid.iter().map(Vec::len).collect::<Vec<_>>());
        let parameters: Vec<Vec<f64>> =
            nodes.iter().map(|n| n.iter().zip(grid).map(|(i, g)| g[*i]).collect()).collect();
        let cells = combinations(&grid.iter().map(|g| g.len() - 1).collect::<Vec<_>>());
        let mut strides = vec![1; grid.len()];
        for a in (0..grid.len().saturating_sub(1)).rev() {
            strides[a] = strides[a + 1] * grid[a + 1].len();
        }
        let cells = cells
            .iter()
            .map(|n| {
                let low = n.iter().zip(grid).map(|(i, g)| g[*i]).collect();
                let high = n.iter().zip(grid).map(|(i, g)| g[*i + 1]).collect();
                let base: usize = n.iter().zip(&strides).map(|(i, s)| i * s).sum();
                let corners = (0..1usize << grid.len())
                    .map(|c| base + (0..grid.len()).map(|a| (c >> a & 1) * strides[a]).sum::<usize>())
                    .collect();
                (Cell { low, high }, corners)
            })
            .collect();
        side.add(&parameters, cells);
        side
    }

    /// Adds points, and cells whose corners are among the added ones.
    fn add(&mut self, parameters: &[Vec<f64>], cells: Vec<(Cell, Vec<usize>)>) {
        let start = self.points.len();
        let places: Vec<Vec<Enclosure>> = parameters.iter().map(|u| place_point(self.space, u)).collect();
        let with_places: Vec<(Vec<usize>, Vec<Enclosure>)> = cells
            .iter()
            .map(|(cell, corners)| (corners.clone(), cell.place(self.space, self.first_axis)))
            .collect();
        let out = self.encoder.encode(&places, &with_places, self.first_axis);
        let radius = norm(out.radius.iter().copied()) * ROUND_UP;
        let each: Arc<[f64]> = out.radius.into();
        for (i, place) in places.into_iter().enumerate() {
            let features: Vec<f64> = out.values.row(i).iter().copied().collect();
            let size = norm(features.iter().map(|v| v.abs())) * ROUND_UP;
            self.points.push(Point { place, features, radius, norm: size });
        }
        for (((cell, corners), (_, place)), bends) in cells.into_iter().zip(with_places).zip(out.bends) {
            let corners: Vec<usize> = corners.iter().map(|c| start + c).collect();
            let spread: f64 = bends.iter().map(|b| b.norm).sum();
            let corner_norm = corners.iter().map(|c| self.points[*c].norm).fold(0.0, f64::max);
            let children = vec![None; cell.axes()];
            let norm = (corner_norm + radius + spread) * ROUND_UP;
            let (each, features) = (each.clone(), OnceCell::new());
            self.patches.push(Patch { cell, place, corners, bends, norm, radius: each, features, children });
        }
    }

    /// All features on a cell.
    pub(super) fn features_on(&self, patch: usize) -> &Around {
        let patch = &self.patches[patch];
        patch.features.get_or_init(|| self.enclosed(&patch.corners, &patch.bends, &patch.radius))
    }

    fn enclosed(&self, corners: &[usize], bends: &[Bend], radius: &[f64]) -> Around {
        let of = |k: usize| {
            let ends = corners.iter().map(|c| self.points[*c].features[k]);
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let mut all = Bracket::new(low, high) + Bracket::new(-radius[k], radius[k]);
            for b in bends.iter().filter(|b| !b.curvature.middle.is_empty()) {
                let c = Bracket::around(b.curvature.middle[k], b.curvature.radius[k]);
                let r = Bracket::around(b.bend.middle[k], b.bend.radius[k]);
                all = all + (c * Bracket::new(-0.125, 0.0) + r).hull(Bracket::ZERO);
            }
            all
        };
        Around::of((0..radius.len()).map(of))
    }

    /// The halves of a patch on an axis, made when first asked for; `None` where the cell is too
    /// small to cut.
    pub(super) fn children(&mut self, patch: usize, axis: usize) -> Option<[usize; 2]> {
        if let Some(known) = self.patches[patch].children[axis] {
            return Some(known);
        }
        let halves = self.patches[patch].cell.halves(axis)?;
        let count = 1usize << halves[0].axes();
        // The corners of both halves: those of the left one, then those of the right one that it
        // lacks.
        let mut parameters: Vec<Vec<f64>> = (0..count).map(|c| halves[0].corner(c)).collect();
        let left: Vec<usize> = (0..count).collect();
        let mut right = vec![0; count];
        for c in 0..count {
            if c >> axis & 1 == 0 {
                right[c] = c | 1 << axis;
            } else {
                right[c] = parameters.len();
                parameters.push(halves[1].corner(c));
            }
        }
        let first = self.patches.len();
        let [l, r] = halves;
        self.add(&parameters, vec![(l, left), (r, right)]);
        let made = [first, first + 1];
        self.patches[patch].children[axis] = Some(made);
        Some(made)
    }

    /// The features of all points. Shape: `n x d`.
    pub(super) fn features(&self) -> Mat<f64> {
        let d = self.points.first().map_or(0, |p| p.features.len());
        Mat::from_fn(self.points.len(), d, |i, k| self.points[i].features[k])
    }
}

/// All index tuples below these sizes, the last running fastest.
fn combinations(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for n in sizes {
        all = all
            .iter()
            .flat_map(|t: &Vec<usize>| (0..*n).map(move |i| [t.as_slice(), &[i]].concat()))
            .collect();
    }
    all
}
