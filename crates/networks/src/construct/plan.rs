//! How fine a mesh has to be, by theorem.

use super::ConstructError;
use super::mesh::Shape;
use relata_relations::{Enclosure, Regularity, Relation};

/// The bound of a piecewise linear construction: pieces on each side that certainly suffice, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// The error asked for.
    pub eps: f64,
    /// Pieces of the two meshes.
    pub pieces: [usize; 2],
    /// Neurons of both encoders, of one where it is shared.
    pub neurons: usize,
    /// The rank is at most this.
    pub rank: usize,
    /// What each step may cost in sup norm, in words and numbers; they add up to `eps`.
    pub terms: Vec<(&'static str, f64)>,
    /// Which theorem says so.
    pub theorem: Theorem,
}

/// Why a mesh is fine enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Theorem {
    /// Linear interpolation of a function with second derivatives up to `curvature[side]` on pieces of length `h` errs by at most
    /// `h^2 curvature / 8`.
    Curvature {
        /// Bounds of the second derivatives in `x` and in `y`.
        curvature: [f64; 2],
    },
    /// Linear interpolation of a function with Lipschitz constant `lipschitz` errs by at most `h lipschitz / 2`.
    Lipschitz {
        /// The constant.
        lipschitz: f64,
    },
}

/// The part of `eps` that rounding the matrix of values to low rank may cost.
pub(super) const LOW_RANK_SHARE: f64 = 0.02;

/// The part that is left unused, for the looseness of the certificate.
pub(super) const MARGIN: f64 = 0.02;

/// Pieces beyond which no network is built: its heads would not fit into memory.
pub(super) const MOST_PIECES: usize = 8192;

/// Both meshes by theorem.
///
/// # Errors
/// [`ConstructError::NoBounds`] if neither curvature nor Lipschitz constant is known.
pub(super) fn plan(
    r: &dyn Relation,
    shapes: [Shape; 2],
    shared: bool,
    eps: f64,
) -> Result<Budget, ConstructError> {
    let share = eps * (1.0 - LOW_RANK_SHARE - MARGIN);
    let lengths = shapes.map(Shape::length);
    // On the circle hats reproduce cosine and sine, not lines: f'' + f takes the place of f''.
    let extra = |shape: Shape, size: f64| if shape == Shape::Circle { size } else { 0.0 };
    let (theorem, counts) = match (curvatures(r), r.lipschitz()) {
        (Some((c, size)), _) => {
            let pieces = |side: usize| {
                let c = (c[side] + extra(shapes[side], size)) * 1.01;
                lengths[side] * (c / (4.0 * share)).sqrt()
            };
            (Theorem::Curvature { curvature: c }, [pieces(0), pieces(1)])
        }
        (None, Some(lipschitz)) => {
            let pieces = |side: usize| lengths[side] * lipschitz * 1.01 / share;
            (Theorem::Lipschitz { lipschitz }, [pieces(0), pieces(1)])
        }
        (None, None) => return Err(ConstructError::NoBounds { relation: r.name() }),
    };
    let mut pieces =
        counts.map(|n| if n.is_finite() { n.ceil().clamp(1.0, 1e15) as usize } else { usize::MAX });
    if shared {
        pieces = [pieces[0].max(pieces[1]); 2];
    }
    let neurons = if shared {
        shapes[0].neurons(pieces[0])
    } else {
        shapes[0].neurons(pieces[0]).saturating_add(shapes[1].neurons(pieces[1]))
    };
    let rank = pieces[0].min(pieces[1]).saturating_add(1);
    let terms = vec![
        ("interpolation in x", 0.5 * share),
        ("interpolation in y", 0.5 * share),
        ("low rank", LOW_RANK_SHARE * eps),
        ("looseness of the certificate", MARGIN * eps),
    ];
    Ok(Budget { eps, pieces, neurons, rank, terms, theorem })
}

/// Bounds of the second derivatives along the two parameters and of the values, by enclosures on a grid of cells; `None` if
/// there is no enclosure, or a kink.
fn curvatures(r: &dyn Relation) -> Option<([f64; 2], f64)> {
    const CELLS: usize = 96;
    if r.regularity() == Regularity::Kink && !twice_differentiable(r) {
        return None;
    }
    scan(r, CELLS)
}

/// Whether bounds of the curvature stay put when cells get smaller: at a kink they grow without end.
fn twice_differentiable(r: &dyn Relation) -> bool {
    let (Some((coarse, _)), Some((fine, _))) = (scan(r, 24), scan(r, 96)) else { return false };
    (0..2).all(|i| fine[i] <= 1.5 * coarse[i])
}

fn scan(r: &dyn Relation, cells: usize) -> Option<([f64; 2], f64)> {
    let (sx, sy) = r.spaces();
    let (px, py) = (*sx.parameters()?.first()?, *sy.parameters()?.first()?);
    let end = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / cells as f64;
    let (mut most, mut size) = ([0.0f64; 2], 0.0f64);
    let widths = [(px.1 - px.0) / cells as f64, (py.1 - py.0) / cells as f64];
    for i in 0..cells {
        let x = sx.place(&[Enclosure::variable(0, end(px, i), end(px, i + 1))]);
        for j in 0..cells {
            let y = sy.place(&[Enclosure::variable(1, end(py, j), end(py, j + 1))]);
            let e = r.enclose(&x, &y)?;
            size = size.max(e.value().magnitude());
            for side in 0..2 {
                most[side] = most[side].max(e.curvature(side).magnitude() / widths[side].powi(2));
            }
        }
    }
    (size.is_finite() && most.iter().all(|c| c.is_finite())).then_some((most, size))
}
