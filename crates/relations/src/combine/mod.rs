//! Combinators: new relations from old ones.
//!
//! | combinator | `r(x, y)` | kept where it is a theorem |
//! |---|---|---|
//! | [`sum`] | `a(x, y) + b(x, y)` | symmetry class, positive semidefinite, Lipschitz `L_a + L_b` |
//! | [`pointwise_product`] | `a(x, y) b(x, y)` | symmetry (two antisymmetric give symmetric), semidefinite (Schur 1911), Lipschitz on compact spaces |
//! | [`scale`] | `c a(x, y)` | everything; definiteness for `c >= 0` |
//! | [`transpose`] | `a(y, x)` | everything |
//! | [`symmetric_part`], [`antisymmetric_part`] | `(a(x, y) +- a(y, x)) / 2` | Lipschitz; spectrum if it is all or nothing |
//! | [`restrict`] | `a` on finite sets | symmetry, definiteness, Lipschitz |
//! | [`pullback`], [`pullback_shared`] | `a(f(x), g(y))` | with one map for both: symmetry, definiteness |
//! | [`tensor_product`] | `a_1(x_1, y_1) .. a_k(x_k, y_k)` | symmetry, semidefinite, Lipschitz on compact spaces, spectrum |
//! | [`polynomial_of`], [`exponential_of`] | `p(a(x, y))`, `exp a(x, y)` | symmetry; semidefinite (for coefficients `>= 0`) |
//! | [`schoenberg`] | `exp(-t a(x, y))` | symmetry; semidefinite if `a` is conditionally negative |
//! | [`normalised`] | `a(x, y) / sqrt(a(x, x) a(y, y))` | symmetry, semidefinite |
//! | [`spectral_mixture`] | a mixture of Gaussians times cosines of `x - y` | semidefinite |
//! | [`matrix_relation`] | `R[x, y]` | symmetry, read off the matrix |
//!
//! A metadatum is kept only if it follows from those of the parts. Regularity is that of the
//! roughest part.

mod block;
mod finite;
mod functions;
mod parts;
mod pointwise;
mod pullback;
mod tensor;

pub(crate) use block::{bilinear_form, cross, squared_distances};
pub use finite::{matrix_relation, matrix_relation_on, restrict};
pub use functions::{
    SpectralComponent, exponential_of, normalised, polynomial_of, schoenberg, spectral_mixture,
};
pub use parts::{antisymmetric_part, symmetric_part, transpose};
pub use pointwise::{pointwise_product, scale, sum};
pub use pullback::{pullback, pullback_shared};
pub(crate) use tensor::spectrum_from;
pub use tensor::{MAX_TENSOR_VALUES, tensor_product, tensor_spectrum};

use crate::enclosure::Enclosure;
use crate::identity::{Identity, same_space};
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate};
use crate::space::Space;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A space of a shared relation, as a space of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    X,
    Y,
}

/// A space that lives inside a relation: combinators keep the relation and borrow the space from
/// it.
struct SpaceOf {
    relation: Arc<dyn Relation>,
    side: Side,
}

impl SpaceOf {
    fn both(r: &Arc<dyn Relation>) -> (Self, Self) {
        let of = |side| Self { relation: Arc::clone(r), side };
        (of(Side::X), of(Side::Y))
    }

    fn get(&self) -> &dyn Space {
        let (x, y) = self.relation.spaces();
        if self.side == Side::X { x } else { y }
    }
}

impl std::fmt::Debug for SpaceOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

impl Space for SpaceOf {
    fn name(&self) -> String {
        self.get().name()
    }
    fn identity(&self) -> Identity<'_> {
        self.get().identity()
    }
    fn is_compact(&self) -> bool {
        self.get().is_compact()
    }
    fn period(&self) -> Option<f64> {
        self.get().period()
    }
    fn dim(&self) -> usize {
        self.get().dim()
    }
    fn axes(&self) -> usize {
        self.get().axes()
    }
    fn mass(&self) -> f64 {
        self.get().mass()
    }
    fn quadrature(&self, n: NonZeroUsize) -> Result<crate::Quadrature, crate::SpaceError> {
        self.get().quadrature(n)
    }
    fn sample(&self, n: NonZeroUsize, stream: &mut crate::Stream) -> crate::Points {
        self.get().sample(n, stream)
    }
    fn transport_axes(&self) -> Option<usize> {
        self.get().transport_axes()
    }
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        self.get().transport(u, out);
    }
    fn sobol(&self, n: NonZeroUsize, scramble: u32) -> Result<crate::Points, crate::SpaceError> {
        self.get().sobol(n, scramble)
    }
    fn covering(&self, n: NonZeroUsize) -> Result<crate::Covering, crate::SpaceError> {
        self.get().covering(n)
    }
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        self.get().parameters()
    }
    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        self.get().place(parameters)
    }
    fn stretch(&self) -> f64 {
        self.get().stretch()
    }
    fn contains(&self, x: &[f64]) -> bool {
        self.get().contains(x)
    }
}

/// Refuses two relations on different spaces.
fn check_same_spaces(
    operation: &'static str,
    a: &dyn Relation,
    b: &dyn Relation,
) -> Result<(), RelationError> {
    let ((ax, ay), (bx, by)) = (a.spaces(), b.spaces());
    for (left, right) in [(ax, bx), (ay, by)] {
        if !same_space(left, right) {
            let reason = format!(
                "{} lives on {} and {} on {}; the spaces must agree",
                a.name(),
                left.name(),
                b.name(),
                right.name()
            );
            return Err(RelationError::Combination { operation, reason });
        }
    }
    Ok(())
}

/// Refuses a relation between two different spaces.
fn check_one_space(operation: &'static str, r: &dyn Relation) -> Result<(), RelationError> {
    let (x, y) = r.spaces();
    if same_space(x, y) {
        return Ok(());
    }
    let reason =
        format!("{} lives on two spaces, {} and {}; one space is needed", r.name(), x.name(), y.name());
    Err(RelationError::Combination { operation, reason })
}

/// The definiteness that symmetry alone gives.
fn unknown_sign(symmetry: Symmetry) -> Definiteness {
    if symmetry == Symmetry::Symmetric { Definiteness::Indefinite } else { Definiteness::Asymmetric }
}

/// The symmetry of a pointwise product.
fn multiply_symmetry(a: Symmetry, b: Symmetry) -> Symmetry {
    use Symmetry::{Antisymmetric, Asymmetric, Symmetric};
    match (a, b) {
        (Symmetric, Symmetric) | (Antisymmetric, Antisymmetric) => Symmetric,
        (Symmetric, Antisymmetric) | (Antisymmetric, Symmetric) => Antisymmetric,
        (Asymmetric, _) | (_, Asymmetric) => Asymmetric,
    }
}

/// The rougher of two continuous parts; jumps may cancel or grow, so that nothing is known of them.
fn rougher(a: Regularity, b: Regularity) -> Regularity {
    use Regularity::{Jump, Kink, Smooth, Unknown};
    match (a, b) {
        (Smooth, Smooth) => Smooth,
        (Smooth | Kink, Smooth | Kink) => Kink,
        (Jump { .. } | Unknown, _) | (_, Jump { .. } | Unknown) => Unknown,
    }
}

/// An upper bound of `sup |r|` on a compact domain, from values on coverings and the Lipschitz
/// constant.
fn sup_bound(r: &dyn Relation) -> Option<f64> {
    /// Points on each side, roughly.
    const POINTS: f64 = 128.0;
    let l = r.lipschitz()?;
    let (x, y) = r.spaces();
    let per_axis = |s: &dyn Space| NonZeroUsize::new(POINTS.powf(1.0 / s.axes().max(1) as f64) as usize);
    let (cx, cy) = (x.covering(per_axis(x)?).ok()?, y.covering(per_axis(y)?).ok()?);
    let values = evaluate(r, &cx.points, &cy.points).ok()?;
    Some(values.norm_max() + l * cx.radius.hypot(cy.radius))
}
