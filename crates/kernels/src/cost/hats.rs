//! Interpolation by hats in several dimensions, as ReLU networks.
//!
//! On the Kuhn triangulation of a grid the hat of a node is
//! `max(0, 1 - max(0, u_1, .., u_p) + min(0, u_1, .., u_p))`, with `u` the distances from the node
//! in units of the grid (He, Li, Xu and Zheng 2020): a ReLU network whose maxima are taken in
//! pairs. The hats are a partition of unity, and interpolation by them is a convex combination of
//! values at the corners of a simplex whose mean squared distance is at most `sum_i h_i^2 / 4`. So
//! (derived)
//! * a function with Lipschitz constant `L` is interpolated within `L / 2 sqrt(sum_i h_i^2)`,
//! * a twice differentiable one within `sup |f''| / 8 sum_i h_i^2`,
//!
//! which for one dimension are the usual `L h / 2` and `h^2 |f''| / 8`; values in a Hilbert space
//! change nothing.
//!
//! In one dimension all hats together need one hidden unit per cell. In two dimensions they share all
//! lines of the triangulation: with `u`, `v` the distances from a node, its hat is
//! `relu(1 + min(u, 0) - relu(v) - relu(u - v))`, so that one layer has a unit per line and the next
//! a unit per node (derived; seven units per node without sharing).

use super::count::{ceil, layered};
use super::domain::Around;
use super::triangles::{Outline, hidden};

/// A mesh whose hats are ReLU networks, and what all of them cost together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HatMesh {
    /// Where the hats stand.
    pub(super) shape: MeshShape,
    /// Pieces of an interval, a circle or an edge.
    pub(super) cells: u128,
}

/// What a mesh is a mesh of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeshShape {
    /// An interval from end to end.
    Interval,
    /// The unit circle of the plane, as a polygon with an even number of vertices.
    Circle,
    /// A flat space of two dimensions.
    Flat(Outline),
    /// A cube of three or more dimensions.
    Cube(usize),
}

impl HatMesh {
    /// Hats, one per node.
    pub(super) fn nodes(&self) -> u128 {
        let one = self.cells.saturating_add(1);
        match self.shape {
            MeshShape::Interval => one,
            MeshShape::Circle => self.cells,
            MeshShape::Flat(outline) => hidden(outline, self.cells)[1],
            MeshShape::Cube(p) => (0..p).fold(1u128, |n, _| n.saturating_mul(one)),
        }
    }

    /// Hidden units of each layer, for all hats.
    pub(super) fn widths(&self) -> Vec<u128> {
        match self.shape {
            MeshShape::Interval => vec![self.cells],
            MeshShape::Circle => vec![self.cells; 2],
            MeshShape::Flat(outline) => hidden(outline, self.cells).to_vec(),
            MeshShape::Cube(p) => hat_units(p).iter().map(|u| u.saturating_mul(self.nodes())).collect(),
        }
    }

    /// Hidden units in all.
    pub(super) fn units(&self) -> u128 {
        self.widths().iter().fold(0u128, |s, w| s.saturating_add(*w))
    }

    /// Weights, biases and a head of `outputs`; those between units that do not look at each other
    /// are not counted.
    pub(super) fn weights(&self, outputs: u128) -> u128 {
        let head = self.widths().last().map_or(0, |w| w.saturating_add(1).saturating_mul(outputs));
        let inner = match self.shape {
            MeshShape::Interval => return layered(1, &[self.cells], outputs),
            // Three weights per hat.
            MeshShape::Circle => self.cells.saturating_mul(3 + 4),
            MeshShape::Flat(outline) => {
                let [lines, nodes] = hidden(outline, self.cells);
                // Two weights per line; a hat sees its three lines and the first of each family.
                lines.saturating_mul(3).saturating_add(nodes.saturating_mul(6))
            }
            MeshShape::Cube(p) => layered(p, &hat_units(p), 0).saturating_mul(self.nodes()),
        };
        inner.saturating_add(head)
    }
}

/// Interpolation on a grid, the same number of cells on each axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    /// Cells on an axis.
    pub(super) cells: u128,
    /// Dimension.
    pub(super) p: usize,
}

impl Grid {
    /// The coarsest grid that interpolates a function with second derivative at most `bend` within
    /// `error`.
    pub(super) fn for_bend(around: &Around, bend: f64, error: f64) -> Self {
        // sum_i h_i^2 = (2 radius)^2 / cells^2
        let cells = ceil(around.radius * (bend / (2.0 * error)).sqrt()).max(1);
        Self { cells, p: around.edges.len() }
    }

    /// The error of interpolating a function with second derivative at most `bend`.
    pub(super) fn bend_error(&self, around: &Around, bend: f64) -> f64 {
        bend * around.radius * around.radius / (2.0 * (self.cells as f64).powi(2))
    }

    /// Its hats.
    pub(super) fn mesh(&self) -> HatMesh {
        let shape = match self.p {
            1 => MeshShape::Interval,
            2 => MeshShape::Flat(Outline::Parallelogram),
            p => MeshShape::Cube(p),
        };
        HatMesh { shape, cells: self.cells }
    }
}

/// Hidden units of one hat, layer by layer: `max(0, u)` and `max(0, -u)` by a tournament, then the
/// hat. A pair of values of any sign takes three units (`a - b`, `b` and `-b`), a pair of which one
/// is 0 takes one, a value that waits takes two.
fn hat_units(p: usize) -> Vec<u128> {
    // All ReLU units of one of the two maxima; 0 joins in the last round.
    let mut layers = Vec::new();
    let mut values = p as u128;
    while values > 1 {
        layers.push(2 * (3 * (values / 2) + 2 * (values % 2)));
        values = values.div_ceil(2);
    }
    layers.push(2);
    layers.push(1);
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relu(t: f64) -> f64 {
        t.max(0.0)
    }

    #[test]
    fn three_lines_are_a_hat_and_hats_are_a_partition_of_unity() {
        let (mut worst, mut squares) = (0.0f64, 0.0f64);
        for i in 0..=40 {
            for j in 0..=40 {
                let (x, y) = (f64::from(i) / 40.0, f64::from(j) / 40.0);
                let (mut sum, mut square) = (0.0, 0.0);
                for a in -1i32..=2 {
                    for b in -1i32..=2 {
                        let (u, v) = (x - f64::from(a), y - f64::from(b));
                        let hat = relu(1.0 + u.min(0.0) - relu(v) - relu(u - v));
                        let formula = relu(1.0 - relu(u.max(v)) + u.min(v).min(0.0));
                        assert!((hat - formula).abs() < 1e-15);
                        sum += hat;
                        square += hat * (u * u + v * v);
                    }
                }
                worst = worst.max((sum - 1.0f64).abs());
                squares = squares.max(square);
            }
        }
        // The mean squared distance from the corners is at most p / 4, and is that at the centre.
        assert!(worst < 1e-14 && squares <= 0.5 + 1e-12 && squares > 0.49, "{worst} {squares}");
    }

    #[test]
    fn counts_of_grids() {
        let around = Around { edges: vec![2.0], exact: true, radius: 1.0 };
        let g = Grid { cells: 30, p: 1 };
        assert_eq!((g.mesh().units(), g.mesh().weights(5)), (30, 60 + 155));
        // h^2 |f''| / 8.
        let g = Grid::for_bend(&around, 2.0, 0.01);
        assert_eq!(g.cells, 10);
        assert!((g.bend_error(&around, 2.0) - 0.04 * 2.0 / 8.0).abs() < 1e-15);
        let m = Grid { cells: 8, p: 2 }.mesh();
        assert_eq!((m.nodes(), m.units(), m.widths()), (81, 81 + 31, vec![31, 81]));
    }
}
