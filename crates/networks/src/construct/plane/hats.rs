//! All hats of a triangulation as one rectifier network.

use crate::construct::mesh::relu;
use crate::mlp::{Affine, Mlp, NetworkError};
use faer::{Mat, MatRef};
use relata_kernels::cost::{Outline, Triangles};

/// `z -> sum_i h_i(z) v_i`. Shape of `values`: nodes x outputs.
///
/// With `u` and `v` the coordinates along the edges in units of a piece, and the lines `u = i`,
/// `v = j` and `u - v = k` (of a triangle `u + v = k`), the hat of the node `(i, j)` is
/// `relu(1 + min(u - i, 0) - relu(v - j) - relu(u - v - i + j))`, of a triangle
/// `relu(1 + min(u - i, 0) + min(v - j, 0) - relu(u + v - i - j))`: one unit for each line that is
/// crossed, then one for each node.
pub(super) fn network(t: &Triangles, values: MatRef<'_, f64>) -> Result<Mlp, NetworkError> {
    let lines = Lines { n: t.cells(), outline: t.outline() };
    let n = t.cells() as f64;
    let [(g, c), (h, d)] = t.coordinates();
    let turned = if lines.outline == Outline::Triangle { 1.0 } else { -1.0 };
    let all = lines.all();
    let weight = Mat::from_fn(t.dim(), all.len(), |a, k| match all[k] {
        Line::U(_) => n * g[a],
        Line::V(_) => n * h[a],
        Line::Diagonal(_) => n * (g[a] + turned * h[a]),
    });
    let bias = all.iter().map(|line| match line {
        Line::U(i) => n * c - *i as f64,
        Line::V(j) => n * d - *j as f64,
        Line::Diagonal(k) => n * (c + turned * d) - *k as f64,
    });
    let first = Affine::new(weight, bias.collect());
    let nodes = t.nodes();
    let mut weight = Mat::zeros(all.len(), nodes.len());
    let mut bias = vec![1.0; nodes.len()];
    for (column, node) in nodes.iter().enumerate() {
        let (own, constant) = lines.hat(*node);
        bias[column] += constant;
        for (line, w) in own {
            weight[(lines.number(line), column)] += w;
        }
    }
    let second = Affine::new(weight, bias);
    let head = Affine::new(values.to_owned(), vec![0.0; values.ncols()]);
    Mlp::new(vec![relu(first), relu(second)], head)
}

/// A line that bends something.
#[derive(Clone, Copy)]
enum Line {
    U(usize),
    V(usize),
    Diagonal(i64),
}

struct Lines {
    n: usize,
    outline: Outline,
}

impl Lines {
    fn all(&self) -> Vec<Line> {
        let (first, last) = self.diagonals();
        let straight = (0..self.n).map(Line::U).chain((0..self.n).map(Line::V));
        straight.chain((first..=last).map(Line::Diagonal)).collect()
    }

    /// The diagonals that cross the space.
    fn diagonals(&self) -> (i64, i64) {
        let n = self.n as i64;
        if self.outline == Outline::Triangle { (1, n - 1) } else { (1 - n, n - 1) }
    }

    fn number(&self, line: Line) -> usize {
        match line {
            Line::U(i) => i,
            Line::V(j) => self.n + j,
            Line::Diagonal(k) => 2 * self.n + (k - self.diagonals().0) as usize,
        }
    }

    /// What the hat of a node sees: weights of lines, and a constant besides 1.
    fn hat(&self, [i, j]: [usize; 2]) -> (Vec<(Line, f64)>, f64) {
        let mut constant = 0.0;
        let mut own = vec![];
        // min(u - i, 0) = u - i - relu(u - i), and u = relu(u - 0).
        let mut low = |own: &mut Vec<(Line, f64)>, first: Line, line: Line, i: usize| {
            if i > 0 {
                own.push((first, 1.0));
                constant -= i as f64;
                if i < self.n {
                    own.push((line, -1.0));
                }
            }
        };
        low(&mut own, Line::U(0), Line::U(i), i);
        let (k, turned) = match self.outline {
            Outline::Triangle => {
                low(&mut own, Line::V(0), Line::V(j), j);
                ((i + j) as i64, 1.0)
            }
            Outline::Parallelogram => {
                if j < self.n {
                    own.push((Line::V(j), -1.0));
                }
                (i as i64 - j as i64, -1.0)
            }
        };
        let (first, last) = self.diagonals();
        if k < first {
            // The whole space is on one side.
            own.extend([(Line::U(0), -1.0), (Line::V(0), -turned)]);
            constant += k as f64;
        } else if k <= last {
            own.push((Line::Diagonal(k), -1.0));
        }
        (own, constant)
    }
}

/// How far a hidden unit of the second layer can be from what it would be without rounding, by its
/// weights and by evaluation, where weights are rounded by `unit` relatively: each of its at most
/// five terms comes from a sum whose terms are at most `size` in all.
pub(super) fn unit_error(t: &Triangles, unit: f64) -> f64 {
    let n = t.cells() as f64;
    let reach = |g: &[f64], c: f64| {
        let corners = [t.at(0.0, 0.0), t.at(1.0, 0.0), t.at(0.0, 1.0), t.at(1.0, 1.0)];
        let most = |a: usize| corners.iter().map(|p| p[a].abs()).fold(0.0, f64::max);
        g.iter().enumerate().map(|(a, g)| g.abs() * most(a)).sum::<f64>() + c.abs()
    };
    let [(g, c), (h, d)] = t.coordinates();
    let size = n * (reach(&g, c) + reach(&h, d)) + 2.0 * n + 1.0;
    // Weights and biases carry some ten roundings each; those of the second layer are whole
    // numbers.
    5.0 * (64.0 * f64::EPSILON + unit) * size
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use relata_relations::{Cube, Interval, Product, Seed, Simplex, Space};
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    #[test]
    fn hats_are_one_at_their_node_and_interpolate_linear_functions() {
        let rectangle = Product::new(
            Arc::new(Interval::new(-2.0, 1.0).unwrap()),
            Arc::new(Interval::new(0.0, 0.5).unwrap()),
        );
        let spaces: [Box<dyn Space>; 3] = [
            Box::new(Cube::new(2, -1.0, 1.0).unwrap()),
            Box::new(rectangle),
            Box::new(Simplex::new(3).unwrap()),
        ];
        for space in &spaces {
            for n in [1, 2, 5] {
                let t = Triangles::of(space.as_ref(), n).unwrap();
                let nodes = t.points().unwrap();
                let all = network(&t, Mat::identity(nodes.len(), nodes.len()).as_ref()).unwrap();
                assert_eq!(all.neurons(), t.hidden().iter().sum::<usize>());
                let at = all.forward(&nodes);
                for j in 0..nodes.len() {
                    for i in 0..nodes.len() {
                        let want = f64::from(u8::from(i == j));
                        assert!((at[(i, j)] - want).abs() < 1e-13, "{} {n} {i} {j}", space.name());
                    }
                }
                let x = space.sample(NonZeroUsize::new(500).unwrap(), &mut Seed(1).stream("hats"));
                let h = all.forward(&x);
                let line = |p: &[f64]| p.iter().enumerate().map(|(a, v)| (a as f64 + 1.0) * v).sum::<f64>();
                for (i, p) in x.rows().enumerate() {
                    let (mut sum, mut linear) = (0.0, 0.0);
                    for (k, node) in nodes.rows().enumerate() {
                        assert!(h[(i, k)] >= 0.0);
                        sum += h[(i, k)];
                        linear += h[(i, k)] * line(node);
                    }
                    assert!(
                        (sum - 1.0).abs() < 1e-13 && (linear - line(p)).abs() < 1e-12,
                        "{}",
                        space.name()
                    );
                    assert!((0..nodes.len()).filter(|k| h[(i, *k)] > 1e-12).count() <= 3);
                }
            }
        }
    }
}
