//! Meshes and their hat functions as ReLU networks.
//!
//! A mesh has nodes `z_i` and hats `h_i` with `h_i(z_j) = 1` if `i = j` and 0 otherwise;
//! [`Mesh::network`] is the map `z -> sum_i h_i(z) v_i` for given rows `v_i`, exactly.

use crate::activation::Activation;
use crate::mlp::{Affine, Block, Mlp, NetworkError, Skip, Trainable};
use faer::{Mat, MatRef};
use relata_relations::{Points, PointsError, Space, is_unit_circle};
use std::f64::consts::PI;

/// Where hats stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mesh {
    /// Knots on an interval, from end to end.
    Knots(Vec<f64>),
    /// The vertices of a regular polygon in the unit circle, an even number.
    Polygon(usize),
}

/// Points at which an interpolation is compared, with the hats that do not vanish there.
pub(super) struct Probes {
    pub(super) points: Points,
    /// Node numbers and values of the hats, the second with value 0 at a node.
    pub(super) hats: Vec<[(usize, f64); 2]>,
}

/// Which mesh suits a space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// An interval from end to end.
    Interval(f64, f64),
    /// The unit circle of the plane.
    Circle,
}

impl Shape {
    /// `None` if the space is no curve that there are hats for.
    pub(super) fn of(space: &dyn Space) -> Option<Self> {
        let ranges = space.parameters()?;
        let [(low, high)] = ranges[..] else { return None };
        match space.dim() {
            1 => Some(Self::Interval(low, high)),
            _ if is_unit_circle(space) => Some(Self::Circle),
            _ => None,
        }
    }

    /// The mesh with `n` equal pieces (an even number, at least 6, on the circle).
    pub(super) fn mesh(self, n: usize) -> Mesh {
        match self {
            Self::Interval(low, high) => Mesh::Knots(equal_knots((low, high), n.max(1))),
            Self::Circle => Mesh::Polygon(even(n)),
        }
    }
}

fn even(n: usize) -> usize {
    n.div_ceil(2).max(3) * 2
}

impl Mesh {
    pub(super) fn nodes(&self) -> Result<Points, PointsError> {
        match self {
            Self::Knots(k) => Points::line(k.clone()),
            Self::Polygon(n) => Points::new(2, (0..*n).flat_map(|j| vertex(*n, j as f64)).collect()),
        }
    }

    /// All nodes, and a point in the middle of each piece.
    pub(super) fn probes(&self) -> Result<Probes, PointsError> {
        match self {
            Self::Knots(k) => {
                let (mut data, mut hats) = (vec![k[0]], vec![[(0, 1.0), (0, 0.0)]]);
                for (i, w) in k.windows(2).enumerate() {
                    data.extend([0.5 * (w[0] + w[1]), w[1]]);
                    hats.extend([[(i, 0.5), (i + 1, 0.5)], [(i + 1, 1.0), (i, 0.0)]]);
                }
                Ok(Probes { points: Points::line(data)?, hats })
            }
            Self::Polygon(n) => {
                let (mut data, mut hats) = (vec![], vec![]);
                let half = 0.5 / (PI / *n as f64).cos();
                for j in 0..*n {
                    data.extend(vertex(*n, j as f64));
                    data.extend(vertex(*n, j as f64 + 0.5));
                    let next = (j + 1) % n;
                    hats.extend([[(j, 1.0), (next, 0.0)], [(j, half), (next, half)]]);
                }
                Ok(Probes { points: Points::new(2, data)?, hats })
            }
        }
    }

    /// `z -> sum_i h_i(z) v_i`. Shape of `values`: nodes x outputs.
    ///
    /// On an interval `v_0 + sum_i c_i relu(z - z_i)` with the changes of slope `c_i`. On the
    /// circle hats are homogeneous functions on the cones of the polygon: with
    /// `p_j = relu(v_j x z / sin h)` (vertices `v_j` at angle `h`, cross products) they are
    /// `relu(p_{j-1} - p_{j-1+n/2} - 2 cos(h) p_j)`.
    pub(super) fn network(&self, values: MatRef<'_, f64>) -> Result<Mlp, NetworkError> {
        let d = values.ncols();
        match self {
            Self::Knots(k) => {
                let n = k.len() - 1;
                let hidden = Affine::new(Mat::from_fn(1, n, |_, _| 1.0), k[..n].iter().map(|z| -z).collect());
                let columns: Vec<Vec<f64>> =
                    (0..d).map(|j| slope_changes(k, |i| values[(i, j)]).collect()).collect();
                let change = Mat::from_fn(n, d, |i, j| columns[j][i]);
                let head = Affine::new(change, (0..d).map(|j| values[(0, j)]).collect());
                Mlp::new(vec![relu(hidden)], head)
            }
            Self::Polygon(n) => {
                let (n, h) = (*n, 2.0 * PI / *n as f64);
                let sine = h.sin();
                let cross = |axis: usize, j: usize| {
                    let [c, s] = vertex(n, j as f64);
                    if axis == 0 { -s / sine } else { c / sine }
                };
                let first = Affine::new(Mat::from_fn(2, n, cross), vec![0.0; n]);
                let mut weight = Mat::zeros(n, n);
                for j in 0..n {
                    let before = (j + n - 1) % n;
                    weight[(before, j)] += 1.0;
                    weight[((before + n / 2) % n, j)] -= 1.0;
                    weight[(j, j)] -= 2.0 * h.cos();
                }
                let second = Affine::new(weight, vec![0.0; n]);
                let head = Affine::new(values.to_owned(), vec![0.0; d]);
                Mlp::new(vec![relu(first), relu(second)], head)
            }
        }
    }
}

/// The ends of `n` equal pieces of an interval.
pub(super) fn equal_knots((low, high): (f64, f64), n: usize) -> Vec<f64> {
    let knot = |i| if i == n { high } else { low + (high - low) * i as f64 / n as f64 };
    (0..=n).map(knot).collect()
}

/// How much the slope of the linear interpolation changes at each knot but the last, from 0 before
/// the first.
pub(super) fn slope_changes(knots: &[f64], value: impl Fn(usize) -> f64) -> impl Iterator<Item = f64> {
    let mut before = 0.0;
    knots.windows(2).enumerate().map(move |(i, w)| {
        let slope = (value(i + 1) - value(i)) / (w[1] - w[0]);
        slope - std::mem::replace(&mut before, slope)
    })
}

pub(super) fn relu(affine: Affine) -> Block {
    Block { affine, activation: Activation::Relu, skip: Skip::None, training: Trainable::Free }
}

fn vertex(n: usize, j: f64) -> [f64; 2] {
    let angle = 2.0 * PI * j / n as f64;
    [angle.cos(), angle.sin()]
}
