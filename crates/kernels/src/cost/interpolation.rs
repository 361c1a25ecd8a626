//! How fine two meshes have to be so that a table of values stands in for a relation.
//!
//! The simplest network for a relation is a table. Choose nodes `x_i` in the first space and `y_j`
//! in the second, store the values `r(x_i, y_j)`, and interpolate between them:
//!
//! ```text
//! r(x, y)  is about  sum_ij  h_i(x) r(x_i, y_j) h_j(y)
//! ```
//!
//! The hats `h_i` are 1 at their own node, 0 at all others, and linear in between. They are the
//! features of ReLU networks (`hats`), and the table of values, split into two
//! factors, is the last layer of both encoders. So the number of nodes decides the number of
//! neurons, and the only question is how many nodes an error of `eps` takes. [`Interpolation::of`]
//! answers it. `relata_networks::construct` builds these networks.
//!
//! # The error of one interpolation
//!
//! Interpolation is exact for linear functions, and it takes means of values at nodes. What it
//! loses on a piece of length `h` therefore follows from one of two facts about the function:
//!
//! * its second derivative is bounded: the error is at most `h^2 sup |f''| / 8`, so that twice as
//!   many pieces make a quarter of the error (the *curvature law*, `c / n^2` for `n` pieces);
//! * it has a Lipschitz constant `L`: the error is at most `L h / 2`, so that twice as many pieces
//!   make half of the error (the *slope law*, `c / n`). This one also serves functions with kinks.
//!
//! Bounds of second derivatives come from the relation's enclosure in interval arithmetic
//! ([`Relation::enclose`]), evaluated on all pairs of a piece of one side and a box of the other.
//! They hold everywhere, because every point lies in some pair. The Lipschitz constant is the one
//! that the relation declares. If both laws are known, the cheaper one is used.
//!
//! # The error of two interpolations
//!
//! The relation is interpolated in `x` first, and what results is interpolated in `y`. Means of
//! errors are no larger than the errors, so that both add up, and each side may spend half of
//! `eps`.
//!
//! # Spaces
//!
//! Every kind of space has its own mesh and its own constants (classical on lines; derived on the
//! circle and in two dimensions):
//!
//! | space | mesh | curvature law | slope law |
//! |---|---|---|---|
//! | interval | equal pieces | `h^2 sup \|f''\| / 8` | `L h / 2` |
//! | circle in the plane | a polygon, whose hats reproduce sines | `(sec(h / 2) - 1) sup \|f'' + f\|` | `sec(h / 2) L h / 2 + (sec(h / 2) - 1) sup \|f\|` |
//! | flat, two dimensions | triangles ([`Triangles`]) | `sum_{i < j} k_ij l_i l_j / 2` | `L` times the root mean squared distance from the corners |
//! | anything else | a grid of a box around the space | not known | `L` times the half diagonal of a cell |
//!
//! In the table `h` is the length of a piece (on the circle its angle), `k_ij` is the second
//! derivative along the edge `ij` of a triangle, and `l_i` are barycentric coordinates. A relation
//! on a curved space is continued to the box with the same Lipschitz constant (McShane 1934), which
//! is possible and listed as a hypothesis. On the circle the hats add up to `sec(h / 2)` in the
//! middle of an edge instead of 1, which is where the secants come from.

use super::count::ceil;
use super::domain::{Around, around, check};
use super::error::BoundError;
use super::hats::{HatMesh, MeshShape};
use super::params::BoundParams;
use super::triangles::{Outline, Triangles, most};
use relata_relations::{Enclosure, Regularity, Relation, Space, Symmetry, is_unit_circle, same_space};
use std::f64::consts::PI;

/// Meshes of both spaces that are certainly fine enough for
/// `sum_ij h_i(x) r(x_i, y_j) h_j(y)` to be within `eps` of `r`, and why.
///
/// Interpolation by hats loses at most `h^2 sup |f''| / 8` or `L h / 2` on a piece of length `h`,
/// whichever of a bound of second derivatives and a Lipschitz constant is known and cheaper, and
/// each side may spend half of `eps`. A relation that is symmetric has one mesh for both sides. The
/// circle, flat spaces of two dimensions and boxes have constants of their own (classical on lines;
/// derived on the circle and in two dimensions, see [`Triangles`]).
///
/// ```
/// use relata_kernels::cost::Interpolation;
/// let r = relata_relations::catalogue::relation("brownian")?;
/// let meshes = Interpolation::of(&*r, 1e-2)?;
/// // min(x, y) has the Lipschitz constant 1.
/// assert_eq!((meshes.neurons(), meshes.rank()), (100, 101));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Interpolation {
    /// The meshes of `x` and of `y`.
    pub(super) meshes: [HatMesh; 2],
    /// What interpolation in `x` and in `y` may cost; at most `eps` together.
    pub errors: [f64; 2],
    /// What the meshes follow from.
    pub smoothness: Smoothness,
    /// Whether one encoder serves both spaces, so that there is one mesh.
    pub shared: bool,
    /// Whether the relation is continued from a space to a box around it.
    pub continued: bool,
}

/// Why a mesh is fine enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Smoothness {
    /// Second derivatives are bounded.
    Curvature {
        /// For `x` and `y` the `c` with which `n` pieces per axis err by at most `c / n^2` (on the
        /// circle `c (sec(pi / n) - 1)`).
        curvature: [f64; 2],
    },
    /// A Lipschitz condition holds.
    Lipschitz {
        /// The constant.
        lipschitz: f64,
    },
}

impl Interpolation {
    /// The coarsest meshes that suffice. Cost: at most 170 000 enclosures, 20 000 on intervals.
    ///
    /// # Errors
    /// [`BoundError`]: `eps` out of range, unbounded spaces, jumps; [`BoundError::NoModulus`] if
    /// neither enclosure nor Lipschitz constant is known.
    pub fn of(r: &dyn Relation, eps: f64) -> Result<Self, BoundError> {
        let largest = check(r, eps, &BoundParams::default())?;
        let (x, y) = r.spaces();
        let shared = r.symmetry() == Symmetry::Symmetric && same_space(x, y);
        let sides = [Side::of(r, x)?, Side::of(r, y)?];
        let plan =
            |laws: [Law; 2], smoothness: Smoothness| Self::planned(&sides, laws, smoothness, shared, eps);
        let by_curvature = curvatures(r, &sides)
            .map(|c| plan(c.map(Law::Curvature), Smoothness::Curvature { curvature: c }));
        let by_slope = r.lipschitz().map(|lipschitz| {
            let size = largest + lipschitz * sides.iter().map(Side::spacing).sum::<f64>();
            let laws = [0, 1].map(|i: usize| Law::Slope { slope: sides[i].slope(lipschitz), size });
            plan(laws, Smoothness::Lipschitz { lipschitz })
        });
        match (by_curvature, by_slope) {
            (Some(a), Some(b)) => Ok(if a.neurons() <= b.neurons() { a } else { b }),
            (Some(a), None) | (None, Some(a)) => Ok(a),
            (None, None) => Err(BoundError::NoModulus(r.name())),
        }
    }

    fn planned(sides: &[Side; 2], laws: [Law; 2], smoothness: Smoothness, shared: bool, eps: f64) -> Self {
        let mut cells = [sides[0].cells(&laws[0], 0.5 * eps), 1];
        // What interpolation in x can make of an error in y.
        let mut gain = sides[0].gain(cells[0]);
        cells[1] = sides[1].cells(&laws[1], 0.5 * eps / gain);
        if shared {
            cells = [cells[0].max(cells[1]); 2];
            gain = sides[0].gain(cells[0]);
        }
        let error = |i: usize| sides[i].error(&laws[i], cells[i]);
        Self {
            meshes: [0, 1].map(|i: usize| HatMesh { shape: sides[i].shape(), cells: cells[i] }),
            errors: [error(0), gain * error(1)],
            smoothness,
            shared,
            continued: sides.iter().any(|s| matches!(s, Side::Box(a) if !a.exact)),
        }
    }

    /// Pieces of the meshes of `x` and of `y`, on each axis.
    #[must_use]
    pub fn pieces(&self) -> [u128; 2] {
        self.meshes.map(|m| m.cells)
    }

    /// Hidden units of one encoder or both.
    #[must_use]
    pub fn neurons(&self) -> u128 {
        let [x, y] = self.meshes.map(|m| m.units());
        if self.shared { x } else { x.saturating_add(y) }
    }

    /// The rank of the matrix of values is at most this.
    #[must_use]
    pub fn rank(&self) -> u128 {
        self.meshes[0].nodes().min(self.meshes[1].nodes())
    }
}

/// What is known along a side: how the error falls with the number `n` of pieces.
#[derive(Clone, Copy)]
enum Law {
    /// `c / n^2`.
    Curvature(f64),
    /// `slope / n`, for a function of at most this size (which counts on the circle alone).
    Slope { slope: f64, size: f64 },
}

/// A space as interpolation sees it.
enum Side {
    Interval(f64, f64),
    Circle,
    Flat(Triangles),
    Box(Around),
}

impl Side {
    fn of(r: &dyn Relation, space: &dyn Space) -> Result<Self, BoundError> {
        if let Some([(low, high)]) = space.parameters().as_deref() {
            match space.dim() {
                1 => return Ok(Self::Interval(*low, *high)),
                _ if is_unit_circle(space) => return Ok(Self::Circle),
                _ => {}
            }
        }
        match Triangles::of(space, 1) {
            Some(flat) => Ok(Self::Flat(flat)),
            None => Ok(Self::Box(around(r, space)?)),
        }
    }

    fn shape(&self) -> MeshShape {
        match self {
            Self::Interval(..) => MeshShape::Interval,
            Self::Circle => MeshShape::Circle,
            Self::Flat(t) => MeshShape::Flat(t.outline()),
            Self::Box(a) => match a.edges.len() {
                1 => MeshShape::Interval,
                2 => MeshShape::Flat(Outline::Parallelogram),
                p => MeshShape::Cube(p),
            },
        }
    }

    /// What a Lipschitz constant costs on one piece.
    fn slope(&self, lipschitz: f64) -> f64 {
        lipschitz
            * match self {
                Self::Interval(low, high) => 0.5 * (high - low),
                Self::Circle => PI,
                Self::Flat(t) => t.reach(),
                Self::Box(a) => a.radius,
            }
    }

    /// No point is farther from the probes of the largest value. There are 64 on an interval or a
    /// circle; between Gauss nodes, which are unevenly spread, twice the mean distance is allowed.
    fn spacing(&self) -> f64 {
        match self {
            Self::Interval(low, high) => (high - low) / 32.0,
            Self::Circle => PI / 32.0,
            Self::Flat(t) => t.reach(),
            Self::Box(a) => a.radius,
        }
    }

    fn error(&self, law: &Law, cells: u128) -> f64 {
        let n = cells as f64;
        match (self, law) {
            (Self::Circle, Law::Curvature(c)) => c * secant(PI / n),
            (Self::Circle, Law::Slope { slope, size }) => {
                let s = secant(PI / n);
                slope / n * (1.0 + s) + s * size
            }
            (_, Law::Curvature(c)) => c / (n * n),
            (_, Law::Slope { slope, .. }) => slope / n,
        }
    }

    /// The least number of pieces with an error of at most `share`.
    fn cells(&self, law: &Law, share: f64) -> u128 {
        let about = match law {
            Law::Curvature(c) => {
                (c / share).sqrt() * if matches!(self, Self::Circle) { PI / 2f64.sqrt() } else { 1.0 }
            }
            Law::Slope { slope, .. } => slope / share,
        };
        let mut cells = ceil(about).max(1);
        if matches!(self, Self::Circle) {
            // An even number of at least six edges, from the law for small angles on; steps of a
            // 128th waste less than one per cent and end after some thousand.
            cells = cells.div_ceil(2).saturating_mul(2).max(6);
            while self.error(law, cells) > share && cells < 1 << 60 {
                cells += 2 * (cells / 256 + 1);
            }
        }
        cells
    }

    /// The largest sum of hats.
    fn gain(&self, cells: u128) -> f64 {
        if matches!(self, Self::Circle) { 1.0 + secant(PI / cells as f64) } else { 1.0 }
    }

    /// Pieces with their coordinates as functions along their edges, and boxes that cover the
    /// space.
    fn pieces(&self, space: &dyn Space, n: usize) -> Vec<Vec<Enclosure>> {
        let range = |low: f64, high: f64, i: usize| {
            let end = |i: usize| low + (high - low) * i as f64 / n as f64;
            (end(i), end(i + 1))
        };
        match self {
            Self::Interval(..) | Self::Circle => {
                let Some((low, high)) = space.parameters().and_then(|p| p.first().copied()) else {
                    return vec![];
                };
                let piece = |i: usize| {
                    let (a, b) = range(low, high, i);
                    space.place(&[Enclosure::variable(0, a, b)])
                };
                (0..n).map(piece).collect()
            }
            Self::Flat(t) => t.with_cells(n).pieces(),
            Self::Box(_) => vec![],
        }
    }

    /// What one piece in `n` says of the constant of the law of curvature.
    fn curvature(&self, f: &Enclosure, n: usize) -> f64 {
        let n2 = (n * n) as f64;
        match self {
            Self::Interval(..) => f.curvature(0).magnitude() * n2 / 8.0,
            Self::Circle => f.curvature(0).magnitude() * n2 / (4.0 * PI * PI) + f.value().magnitude(),
            Self::Flat(_) => 0.5 * n2 * most([0, 1, 2].map(|a| f.curvature(a).magnitude())),
            Self::Box(_) => f64::INFINITY,
        }
    }
}

/// `sec t - 1`
fn secant(t: f64) -> f64 {
    2.0 * (0.5 * t).sin().powi(2) / t.cos()
}

/// Pieces of an interval or circle on which the curvature is enclosed. Enclosures are wider than the
/// values by a multiple of the length, some per cent here.
const PIECES: usize = 96;

/// The same on each axis of a flat space, where there are its square of them, and of pairs its
/// fourth power.
const FLAT_PIECES: usize = 12;

/// The constants of the law of curvature in `x` and `y`, by enclosures on all pairs of a piece and
/// a box; `None` if there is no enclosure, or a kink.
fn curvatures(r: &dyn Relation, sides: &[Side; 2]) -> Option<[f64; 2]> {
    let fine = if sides.iter().any(|s| matches!(s, Side::Flat(_))) { FLAT_PIECES } else { PIECES };
    let found = scan(r, sides, fine)?;
    if r.regularity() != Regularity::Smooth {
        // Pieces a quarter as long have bounds of the curvature that are four times as large where
        // there is a kink, and no larger where there is none.
        let coarse = scan(r, sides, fine / 4)?;
        if (0..2).any(|i| found[i] > 1.5 * coarse[i]) {
            return None;
        }
    }
    Some(found)
}

fn scan(r: &dyn Relation, sides: &[Side; 2], n: usize) -> Option<[f64; 2]> {
    let (x, y) = r.spaces();
    let (px, py) = (sides[0].pieces(x, n), sides[1].pieces(y, n));
    let fixed = |pieces: &[Vec<Enclosure>]| -> Vec<Vec<Enclosure>> {
        pieces.iter().map(|p| p.iter().map(|c| Enclosure::bounded(c.value())).collect()).collect()
    };
    let (bx, by) = (fixed(&px), fixed(&py));
    let mut most = [0.0f64; 2];
    for p in &px {
        for b in &by {
            most[0] = most[0].max(sides[0].curvature(&r.enclose(p, b)?, n));
        }
    }
    for p in &py {
        for b in &bx {
            most[1] = most[1].max(sides[1].curvature(&r.enclose(b, p)?, n));
        }
    }
    (most.iter().all(|c| c.is_finite()) && !px.is_empty() && !py.is_empty()).then_some(most)
}
