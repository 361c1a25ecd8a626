//! Flat spaces of two dimensions, cut into equal triangles.
//!
//! Three families of parallel lines cut a parallelogram (all of its cells along the same diagonal:
//! Kuhn's triangulation) or a triangle into triangles with edges `a`, `b`, `c`. On a triangle with
//! barycentric coordinates `l_i` a twice differentiable `f` is off its linear interpolation by
//! `-1/2 sum_{i < j} k_ij l_i l_j`, with `k_ij` second derivatives of `f` in the direction of the
//! edge `ij`, scaled to the edge (derived here: along a line through the point that is parallel to
//! one edge, then along the two other edges). Where `f` has kinks, the chords of whole edges do
//! instead: `f` is off the bilinear interpolation by `k_1 s (1 - s) / 2 + k_2 t (1 - t) / 2`, and
//! that is off the linear one by `t (1 - s)` times a mixed difference, which is half of
//! `k_3 - k_1 - k_2` at the centre.

use relata_relations::{Bracket, Enclosure, Points, PointsError, PowerOfTwo, Regularity, Space};

/// A parallelogram or a triangle, cut into triangles by lines that are parallel to its edges.
///
/// ```
/// use relata_kernels::cost::Triangles;
/// use relata_relations::{Cube, Simplex};
/// let square = Triangles::of(&Cube::new(2, -1.0, 1.0)?, 4).ok_or("flat")?;
/// assert_eq!((square.points()?.len(), square.hidden()), (25, [15, 25]));
/// let triangle = Triangles::of(&Simplex::new(3)?, 4).ok_or("flat")?;
/// assert_eq!((triangle.points()?.len(), triangle.hidden()), (15, [11, 15]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Triangles {
    origin: Vec<f64>,
    edges: [Vec<f64>; 2],
    outline: Outline,
    cells: usize,
}

/// The shape of a flat space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outline {
    /// `o + u a + v b` with `0 <= u, v <= 1`.
    Parallelogram,
    /// `o + u a + v b` with `0 <= u, v` and `u + v <= 1`.
    Triangle,
}

/// The points `o + u a + v b` with `u` and `v` in these ranges, as far as they belong to the space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Range of `u`.
    pub u: [f64; 2],
    /// Range of `v`.
    pub v: [f64; 2],
}

impl Part {
    /// The whole space.
    pub const WHOLE: Self = Self { u: [0.0, 1.0], v: [0.0, 1.0] };

    /// Both halves across the longer side; `None` where floating-point numbers do not allow a cut.
    #[must_use]
    pub fn halves(&self) -> Option<[Self; 2]> {
        let cut = |[low, high]: [f64; 2]| {
            let middle = low + 0.5 * (high - low);
            (low < middle && middle < high).then_some([[low, middle], [middle, high]])
        };
        if self.u[1] - self.u[0] >= self.v[1] - self.v[0] {
            cut(self.u).map(|halves| halves.map(|u| Self { u, ..*self }))
        } else {
            cut(self.v).map(|halves| halves.map(|v| Self { v, ..*self }))
        }
    }
}

impl Triangles {
    /// Both outer edges in `cells` pieces; `None` if the space is not flat, not of two dimensions,
    /// or `cells` is 0.
    #[must_use]
    pub fn of(space: &dyn Space, cells: usize) -> Option<Self> {
        let ranges = space.parameters()?;
        let [(a, b), (c, d)] = ranges[..] else { return None };
        let whole = space.place(&[Enclosure::variable(0, a, b), Enclosure::variable(1, c, d)]);
        // A chart without curvature on either axis is fixed by its corners.
        let flat =
            whole.iter().all(|x| x.curvature(0).magnitude() <= 0.0 && x.curvature(1).magnitude() <= 0.0);
        let corner = |s: f64, t: f64| -> Vec<f64> {
            let at = space.place(&[Enclosure::constant(s), Enclosure::constant(t)]);
            at.iter().map(|x| x.value().middle().unwrap_or(f64::NAN)).collect()
        };
        let (origin, right, up, far) = (corner(a, c), corner(b, c), corner(a, d), corner(b, d));
        let size = right.iter().chain(&up).chain(&origin).fold(0.0f64, |m, v| m.max(v.abs()));
        let same = |p: &[f64], q: &[f64]| p.iter().zip(q).all(|(x, y)| (x - y).abs() <= 1e-14 * size);
        let opposite: Vec<f64> = (0..origin.len()).map(|i| right[i] + up[i] - origin[i]).collect();
        let outline = match (same(&far, &opposite), same(&far, &right)) {
            (true, false) => Outline::Parallelogram,
            (false, true) => Outline::Triangle,
            _ => return None,
        };
        let edge = |to: &[f64]| to.iter().zip(&origin).map(|(t, o)| t - o).collect();
        let edges = [edge(&right), edge(&up)];
        (flat && cells > 0).then_some(Self { origin, edges, outline, cells })
    }

    /// The same space in other cells.
    #[must_use]
    pub fn with_cells(&self, cells: usize) -> Self {
        Self { cells: cells.max(1), ..self.clone() }
    }

    /// The shape of the space.
    #[must_use]
    pub fn outline(&self) -> Outline {
        self.outline
    }

    /// Pieces of the outer edges.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.origin.len()
    }

    /// The nodes `o + (i a + j b) / cells`, as `(i, j)`.
    #[must_use]
    pub fn nodes(&self) -> Vec<[usize; 2]> {
        let n = self.cells;
        let last = |i: usize| if self.outline == Outline::Triangle { n - i } else { n };
        (0..=n).flat_map(|i| (0..=last(i)).map(move |j| [i, j])).collect()
    }

    /// Their coordinates.
    ///
    /// # Errors
    /// [`PointsError`] if a coordinate is not finite.
    pub fn points(&self) -> Result<Points, PointsError> {
        let n = self.cells as f64;
        let at = |[i, j]: &[usize; 2]| self.at(*i as f64 / n, *j as f64 / n);
        Points::new(self.dim(), self.nodes().iter().flat_map(at).collect())
    }

    /// The point `o + u a + v b`.
    #[must_use]
    pub fn at(&self, u: f64, v: f64) -> Vec<f64> {
        (0..self.dim()).map(|c| self.origin[c] + u * self.edges[0][c] + v * self.edges[1][c]).collect()
    }

    /// Hidden units of the two layers that make all hats: one for each line that crosses the space
    /// (both ends of a family are linear, and one of them is kept), one for each node.
    #[must_use]
    pub fn hidden(&self) -> [usize; 2] {
        hidden(self.outline, self.cells as u128).map(|n| usize::try_from(n).unwrap_or(usize::MAX))
    }

    /// The linear maps `u = g . x + c` and `v = h . x + d`, as `(g, c)` and `(h, d)`.
    #[must_use]
    pub fn coordinates(&self) -> [(Vec<f64>, f64); 2] {
        let [a, b] = &self.edges;
        let dot = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(x, y)| x * y).sum::<f64>();
        let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b));
        let determinant = aa * bb - ab * ab;
        let map = |p: f64, q: f64| {
            let g: Vec<f64> = a.iter().zip(b).map(|(x, y)| (p * x + q * y) / determinant).collect();
            let c = -dot(&g, &self.origin);
            (g, c)
        };
        [map(bb, -ab), map(-ab, aa)]
    }

    /// The pieces on which interpolation is bounded (cells of a parallelogram, both of whose
    /// triangles have the same edges; triangles of a triangle): their coordinates as functions
    /// along the three edges `a`, `b` and `a + b` (of a triangle `b - a`).
    #[must_use]
    pub fn pieces(&self) -> Vec<Vec<Enclosure>> {
        let n = self.cells;
        let mut all = Vec::new();
        for i in 0..n {
            for j in 0..n {
                match self.outline {
                    Outline::Parallelogram => {
                        all.push(self.piece(&[[i, j], [i + 1, j], [i, j + 1], [i + 1, j + 1]]));
                    }
                    Outline::Triangle => {
                        if i + j < n {
                            all.push(self.piece(&[[i, j], [i + 1, j], [i, j + 1]]));
                        }
                        if i + j + 1 < n {
                            all.push(self.piece(&[[i + 1, j], [i, j + 1], [i + 1, j + 1]]));
                        }
                    }
                }
            }
        }
        all
    }

    fn piece(&self, corners: &[[usize; 2]]) -> Vec<Enclosure> {
        let n = self.cells as f64;
        let turned = if self.outline == Outline::Triangle { -1.0 } else { 1.0 };
        (0..self.dim())
            .map(|c| {
                let value = self.range(c, corners.iter().map(|[i, j]| (*i as f64 / n, *j as f64 / n)));
                let [a, b] = [self.edges[0][c] / n, self.edges[1][c] / n];
                let along =
                    |d: f64| (Bracket::around(d, 4.0 * f64::EPSILON * (a.abs() + b.abs())), Bracket::ZERO);
                Enclosure::from_parts(value, &[along(a), along(b), along(turned * a + b)])
            })
            .collect()
    }

    /// The coordinates of the points of a part; `None` if it lies outside of the space.
    #[must_use]
    pub fn place(&self, part: &Part) -> Option<Vec<Enclosure>> {
        if self.outline == Outline::Triangle && part.u[0] + part.v[0] >= 1.0 {
            return None;
        }
        let corners = part.u.into_iter().flat_map(|u| part.v.map(|v| (u, v)));
        let ends = match self.outline {
            Outline::Parallelogram => vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)],
            Outline::Triangle => vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)],
        };
        let of = |c: usize| {
            let (own, all) = (self.range(c, corners.clone()), self.range(c, ends.iter().copied()));
            Enclosure::bounded(own.meet(all))
        };
        Some((0..self.dim()).map(of).collect())
    }

    /// All values of a coordinate between these corners.
    fn range(&self, c: usize, corners: impl Iterator<Item = (f64, f64)>) -> Bracket {
        let (o, a, b) = (self.origin[c], self.edges[0][c], self.edges[1][c]);
        let (low, high) = corners
            .map(|(u, v)| o + u * a + v * b)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        let slack = 4.0 * f64::EPSILON * (o.abs() + a.abs() + b.abs());
        Bracket::new(low - slack, high + slack)
    }

    /// How far a function can be below and above its interpolation on a piece, from its enclosure
    /// there.
    #[must_use]
    pub fn bend(&self, f: &Enclosure, regularity: Regularity) -> (f64, f64) {
        let k = [0, 1, 2].map(|a| f.curvature(a));
        match (regularity, self.outline) {
            (Regularity::Smooth, _) => (0.5 * most(k.map(Bracket::high)), 0.5 * most(k.map(|k| -k.low()))),
            (_, Outline::Parallelogram) => {
                let mixed = k[2] - k[0] - k[1];
                let side = |v: [f64; 3]| 0.125 * v.iter().map(|v| v.max(0.0)).sum::<f64>() * ROUND_UP;
                (
                    side([k[0].high(), k[1].high(), mixed.high()]),
                    side([-k[0].low(), -k[1].low(), -mixed.low()]),
                )
            }
            (_, Outline::Triangle) => (f64::INFINITY, f64::INFINITY),
        }
    }

    /// How far a function with Lipschitz constant 1 can be from its interpolation: the root of the
    /// largest mean squared distance from the corners.
    #[must_use]
    pub fn reach(&self) -> f64 {
        let turned = if self.outline == Outline::Triangle { -1.0 } else { 1.0 };
        let [a, b] = &self.edges;
        let length = |p: f64, q: f64| a.iter().zip(b).map(|(a, b)| (p * a + q * b).powi(2)).sum::<f64>();
        most([length(1.0, 0.0), length(0.0, 1.0), length(turned, 1.0)]).sqrt() / self.cells as f64 * ROUND_UP
    }
}

pub(super) fn hidden(outline: Outline, cells: u128) -> [u128; 2] {
    let lines = match outline {
        Outline::Parallelogram => cells.saturating_mul(4),
        Outline::Triangle => cells.saturating_mul(3),
    };
    let one = cells.saturating_add(1);
    let nodes = match outline {
        Outline::Parallelogram => one.saturating_mul(one),
        Outline::Triangle => one.saturating_mul(one.saturating_add(1)) / 2,
    };
    [lines.saturating_sub(1), nodes]
}

/// Covers the rounding of the few operations here.
const ROUND_UP: f64 = 1.0 + 1e-9;

/// The largest `k_0 l_0 l_1 + k_1 l_1 l_2 + k_2 l_0 l_2` over `l_i >= 0` with sum 1, rounded up: on
/// an edge it is a quarter of `k`, inside (for positive `k` that are the squared sides of an acute
/// triangle) the squared radius of its circumscribed circle.
pub(super) fn most(k: [f64; 3]) -> f64 {
    // Products of three numbers of order one neither overflow nor vanish.
    let scale = PowerOfTwo::of(k);
    let [a, b, c] = k.map(|k| scale.divide(k));
    let largest = a.max(b).max(c).max(0.0);
    let smallest = a.min(b).min(c);
    if !largest.is_finite() {
        return f64::INFINITY;
    }
    let inside = a + b > c && b + c > a && a + c > b && smallest > 0.0;
    let value = if !inside {
        0.25 * largest
    } else if smallest < 1e-4 * largest {
        // Here the formula below loses digits. An upper bound: the two long edges have a factor
        // l (1 - l) in common, and the short one adds at most a quarter of its own.
        0.25 * (largest + smallest)
    } else {
        a * b * c / (2.0 * (a * b + b * c + c * a) - a * a - b * b - c * c)
    };
    scale.multiply(value * ROUND_UP)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use relata_relations::{Cube, Simplex, Sphere};

    proptest! {
        #[test]
        fn the_largest_value_on_a_triangle_is_found(a in -1.0f64..2.0, b in -1.0f64..2.0, c in -1.0f64..2.0) {
            let n = 60;
            let mut found = 0.0f64;
            for i in 0..=n {
                for j in 0..=n - i {
                    let (l, m) = (f64::from(i) / f64::from(n), f64::from(j) / f64::from(n));
                    let o = 1.0 - l - m;
                    found = found.max(a * o * l + b * l * m + c * o * m);
                }
            }
            let bound = most([a, b, c]);
            prop_assert!(found <= bound && bound <= found + 2e-3, "{} {}", found, bound);
        }
    }

    #[test]
    fn quadratic_functions_are_interpolated_with_exactly_the_error_that_is_bounded() {
        // |x|^2 is off by the squared distance from the centre of the circumscribed circle: at most
        // the squares of its radius.
        let square = Triangles::of(&Cube::new(2, -1.0, 1.0).unwrap(), 5).unwrap();
        let simplex = Triangles::of(&Simplex::new(3).unwrap(), 5).unwrap();
        for (t, squared) in [(square, 0.4 * 0.4 / 2.0), (simplex, 0.2 * 0.2 * 2.0 / 3.0)] {
            for piece in t.pieces() {
                let f = piece.iter().fold(Enclosure::constant(0.0), |s, x| s + x.square());
                let (below, above) = t.bend(&f, Regularity::Smooth);
                assert!((below - squared).abs() < 1e-8 && above <= 1e-12, "{below} {above} {squared}");
            }
            assert!((t.reach() - squared.sqrt()).abs() < 1e-8);
        }
        assert!(Triangles::of(&Sphere::new(3).unwrap(), 4).is_none());
    }
}
