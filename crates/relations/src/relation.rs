//! Relations: functions `r: X x Y -> R`, evaluated by blocks.
//!
//! A *kernel* is a relation with a known [`Definiteness`]; there is no second trait. Everything
//! above this crate sees a relation as `&dyn Relation` or `Arc<dyn Relation>` and evaluates it with
//! [`evaluate`], which checks shapes and values; implementors only fill a block.

use crate::enclosure::Enclosure;
use crate::evidence::{Evidence, Fact};
use crate::fourier::FourierForm;
use crate::identity::Identity;
use crate::pair_form::PairForm;
use crate::points::Points;
use crate::ridges::Ridges;
use crate::space::Space;
use crate::spectrum::Spectrum;
use faer::{Mat, MatMut};
use std::fmt;
use std::sync::Arc;

pub use crate::relation_error::RelationError;

/// A relation function `r: X x Y -> R` on two measured spaces.
pub trait Relation: Send + Sync + 'static {
    /// A short name: the catalogue's name, or a description of how it was combined. It is shown and
    /// never compared: [`same_relation`](crate::same_relation) does not read it.
    fn name(&self) -> String;

    /// What makes this relation the one that it is; the object itself, unless it says by what
    /// numbers it is defined.
    fn identity(&self) -> Identity<'_> {
        Identity::of_object(self)
    }

    /// The spaces `X` and `Y` with their measures.
    fn spaces(&self) -> (&dyn Space, &dyn Space);

    /// Fills `out[i, j] = r(x_i, y_j)`.
    ///
    /// # Shapes
    /// `x`: `n x p`, `y`: `m x q`, `out`: `n x m`. Callers go through [`evaluate`] or
    /// [`evaluate_into`], which check the shapes before and the values after; implementations may
    /// assume the shapes.
    ///
    /// # Errors
    /// Whatever the relation itself cannot evaluate.
    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError>;

    /// Fills `out[i, j] = r(x_i, y_j)` in single precision, for uses that round the values anyway.
    /// The default evaluates in f64 and rounds; implement it where single precision is faster and
    /// off by no more than a few roundings of the largest value.
    ///
    /// Values beyond the range of single precision may come out infinite or zero, and nothing
    /// checks them. Shapes are those of [`Relation::eval_into`].
    ///
    /// # Errors
    /// Whatever the relation itself cannot evaluate.
    fn eval_single_into(
        &self,
        x: &Points,
        y: &Points,
        mut out: MatMut<'_, f32>,
    ) -> Result<(), RelationError> {
        let mut values = Mat::zeros(x.len(), y.len());
        self.eval_into(x, y, values.as_mut())?;
        for (to, from) in out.as_mut().col_iter_mut().zip(values.col_iter()) {
            to.iter_mut().zip(from.iter()).for_each(|(to, from)| *to = *from as f32);
        }
        Ok(())
    }

    /// Which function of the distance or of the inner product this is, if it is one of those that
    /// are evaluated fast in any precision.
    fn pair_form(&self) -> Option<PairForm> {
        None
    }

    /// How `r(y, x)` relates to `r(x, y)`.
    fn symmetry(&self) -> Symmetry;

    /// What is known of the sign of the quadratic form of `r`.
    fn definiteness(&self) -> Definiteness;

    /// How smooth the relation is, where that is known.
    fn regularity(&self) -> Regularity {
        Regularity::Unknown
    }

    /// A constant `L` with `|r(z) - r(z')| <= L |z - z'|` for all `z = (x, y)`, `z' = (x', y')` of
    /// `X x Y` in the Euclidean norm of the concatenated coordinates; `None` where there is none or
    /// it is not known.
    fn lipschitz(&self) -> Option<f64> {
        None
    }

    /// What `r` certainly does on a box of parameters, given enclosures of the `p` coordinates of
    /// `x` and the `q` coordinates of `y`; `None` where no closed form is known to interval
    /// arithmetic.
    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        let _ = (x, y);
        None
    }

    /// The exact eigenvalues (symmetric relations) or singular values, where a closed form is
    /// known.
    fn spectrum(&self) -> Option<Spectrum> {
        None
    }

    /// `r(x_i, x_i)`, for a relation on one space. The default evaluates small blocks and keeps
    /// their diagonals; implement it where the diagonal is known.
    ///
    /// # Errors
    /// Whatever the relation itself cannot evaluate; points of another dimension are for the caller
    /// to refuse.
    fn diagonal(&self, x: &Points) -> Result<Vec<f64>, RelationError> {
        /// Large enough to pay for the call, small enough not to waste it.
        const STEP: usize = 8;
        let mut out = Vec::with_capacity(x.len());
        for block in x.blocks(STEP) {
            let mut values = Mat::zeros(block.len(), block.len());
            self.eval_into(&block, &block, values.as_mut())?;
            out.extend((0..block.len()).map(|i| values[(i, i)]));
        }
        Ok(out)
    }

    /// Relations `r_1, .., r_k` with `r(x, y) = r_1(x_1, y_1) * .. * r_k(x_k, y_k)` on product
    /// spaces with product measures, where the coordinates of `x` and `y` are cut into consecutive
    /// blocks in order.
    fn tensor_factors(&self) -> Option<Vec<Arc<dyn Relation>>> {
        None
    }

    /// A sum of products of ridge functions within `tail` of `r` everywhere, where one is known.
    fn ridges(&self, tail: f64) -> Option<Ridges> {
        let _ = tail;
        None
    }

    /// How a fact is known. A relation of one's own is believed, unless it says otherwise.
    fn evidence(&self, fact: Fact) -> Evidence {
        let _ = fact;
        Evidence::Believed
    }

    /// [`Relation::spectrum`], or the error of a declared one that the values refute.
    ///
    /// # Errors
    /// [`RelationError::Combination`] where the values of the relation refute what was declared.
    fn checked_spectrum(&self) -> Result<Option<Spectrum>, RelationError> {
        Ok(self.spectrum())
    }

    /// The moments of the Fourier transform of its formula, where they are known in closed form: of
    /// Gaussian, Matern, von Mises, Poisson, periodic Sobolev and sinc kernels, and of a shifted
    /// sine or Gaussian of the difference.
    fn fourier(&self) -> Option<FourierForm> {
        None
    }

    /// The sup errors `tau_d = sup_x k(x, x) - sum_{i <= d} l_i f_i(x)^2` of the truncated Mercer
    /// expansion of a continuous positive semidefinite `k` on a compact space, for `d` from 0 to
    /// `most` or to the last that is known; `None` where no closed form is known.
    ///
    /// What is left after `d` terms is positive semidefinite, so that its sup norm is that of its
    /// diagonal (Mercer 1909 and Cauchy-Schwarz). Known for `min(x, y)`: `2 psi'(d + 1/2) / pi^2`;
    /// for the Brownian bridge; and for kernels that are invariant under the motions of a circle or
    /// sphere, where the kept part of the diagonal is constant over complete eigenspaces, so that
    /// `tau_d` is the trace of what is left. Inside an eigenspace the value before it stands in: for
    /// two copies exactly, for more as an upper bound.
    fn mercer_tails(&self, most: usize) -> Option<Vec<f64>> {
        let _ = most;
        None
    }
}

/// How `r(y, x)` relates to `r(x, y)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symmetry {
    /// `r(y, x) = r(x, y)`, on one space.
    Symmetric,
    /// `r(y, x) = -r(x, y)`, on one space.
    Antisymmetric,
    /// Neither, or unknown, or two different spaces.
    Asymmetric,
}

/// What is known of the quadratic form `sum_ij c_i c_j r(x_i, x_j)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Definiteness {
    /// Symmetric, and nonnegative for all `c`: a Mercer kernel where continuous.
    PositiveSemidefinite,
    /// Symmetric, and nonpositive for all `c` with `sum c_i = 0` (such as `|x - y|^2`).
    ConditionallyNegative,
    /// Symmetric with values of both signs, or of unknown sign.
    Indefinite,
    /// Not symmetric: the form sees the symmetric part alone.
    Asymmetric,
}

/// Smoothness of a relation, which decides how to integrate it and whether a sup norm can be small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regularity {
    /// Analytic, or smooth enough that Gauss rules converge to rounding.
    Smooth,
    /// Continuous, with a discontinuous derivative somewhere (often `x = y`).
    Kink,
    /// Discontinuous; `size` is the largest jump.
    Jump {
        /// Supremum of the jumps.
        size: f64,
    },
    /// Not known.
    Unknown,
}

/// The block `R[i, j] = r(x_i, y_j)`, checked: dimensions before, finiteness after. Shape: `n x m`.
///
/// # Errors
/// [`RelationError::Dimension`] or [`RelationError::NonFinite`] (naming the first offending pair),
/// and the relation's own.
pub fn evaluate(r: &dyn Relation, x: &Points, y: &Points) -> Result<Mat<f64>, RelationError> {
    let mut out = Mat::zeros(x.len(), y.len());
    evaluate_into(r, x, y, out.as_mut())?;
    Ok(out)
}

/// [`evaluate`] into memory that is already there. Shape of `out`: `n x m`.
///
/// # Errors
/// As [`evaluate`], and [`RelationError::Block`].
pub fn evaluate_into(
    r: &dyn Relation,
    x: &Points,
    y: &Points,
    mut out: MatMut<'_, f64>,
) -> Result<(), RelationError> {
    check_dimensions(r, x, y)?;
    if (out.nrows(), out.ncols()) != (x.len(), y.len()) {
        return Err(RelationError::Block {
            relation: r.name(),
            rows: x.len(),
            columns: y.len(),
            found_rows: out.nrows(),
            found_columns: out.ncols(),
        });
    }
    r.eval_into(x, y, out.as_mut())?;
    for j in 0..out.ncols() {
        for i in 0..out.nrows() {
            let value = out[(i, j)];
            if !value.is_finite() {
                let (x, y) = (x.row(i).to_vec(), y.row(j).to_vec());
                return Err(RelationError::NonFinite { relation: r.name(), row: i, column: j, x, y, value });
            }
        }
    }
    Ok(())
}

/// The diagonal `r(x_i, x_i)` of a relation on one space, checked as [`evaluate`] checks a block.
///
/// ```
/// use relata_relations::{Interval, Points, evaluate_diagonal, relation_fn};
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]);
/// assert_eq!(evaluate_diagonal(&r, &Points::line(vec![0.5, 1.0])?)?, [0.25, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_diagonal(r: &dyn Relation, x: &Points) -> Result<Vec<f64>, RelationError> {
    check_dimensions(r, x, x)?;
    let values = r.diagonal(x)?;
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(values),
        Some(i) => {
            let (point, value) = (x.row(i).to_vec(), values[i]);
            let (relation, x, y) = (r.name(), point.clone(), point);
            Err(RelationError::NonFinite { relation, row: i, column: i, x, y, value })
        }
    }
}

fn check_dimensions(r: &dyn Relation, x: &Points, y: &Points) -> Result<(), RelationError> {
    let (sx, sy) = r.spaces();
    for (side, space, found) in [("x", sx, x.dim()), ("y", sy, y.dim())] {
        if space.dim() != found {
            let (relation, space, expected) = (r.name(), space.name(), space.dim());
            return Err(RelationError::Dimension { relation, side, space, expected, found });
        }
    }
    Ok(())
}

/// Fills a block from a function of two points; what most implementations of
/// [`Relation::eval_into`] need.
pub fn fill(x: &Points, y: &Points, mut out: MatMut<'_, f64>, f: impl Fn(&[f64], &[f64]) -> f64) {
    for (j, b) in y.rows().enumerate() {
        let mut column = out.as_mut().col_mut(j);
        match column.as_mut().try_as_col_major_mut() {
            Some(c) => c.as_slice_mut().iter_mut().zip(x.rows()).for_each(|(v, a)| *v = f(a, b)),
            None => column.iter_mut().zip(x.rows()).for_each(|(v, a)| *v = f(a, b)),
        }
    }
}

impl fmt::Debug for dyn Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, y) = self.spaces();
        write!(f, "Relation({} on {} x {})", self.name(), x.name(), y.name())
    }
}

impl<R: Relation + ?Sized> Relation for Arc<R> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn identity(&self) -> Identity<'_> {
        (**self).identity()
    }
    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        (**self).spaces()
    }
    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError> {
        (**self).eval_into(x, y, out)
    }
    fn eval_single_into(&self, x: &Points, y: &Points, out: MatMut<'_, f32>) -> Result<(), RelationError> {
        (**self).eval_single_into(x, y, out)
    }
    fn pair_form(&self) -> Option<PairForm> {
        (**self).pair_form()
    }
    fn symmetry(&self) -> Symmetry {
        (**self).symmetry()
    }
    fn definiteness(&self) -> Definiteness {
        (**self).definiteness()
    }
    fn regularity(&self) -> Regularity {
        (**self).regularity()
    }
    fn lipschitz(&self) -> Option<f64> {
        (**self).lipschitz()
    }
    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        (**self).enclose(x, y)
    }
    fn spectrum(&self) -> Option<Spectrum> {
        (**self).spectrum()
    }
    fn diagonal(&self, x: &Points) -> Result<Vec<f64>, RelationError> {
        (**self).diagonal(x)
    }
    fn tensor_factors(&self) -> Option<Vec<Arc<dyn Relation>>> {
        (**self).tensor_factors()
    }
    fn ridges(&self, tail: f64) -> Option<Ridges> {
        (**self).ridges(tail)
    }
    fn evidence(&self, fact: Fact) -> Evidence {
        (**self).evidence(fact)
    }
    fn checked_spectrum(&self) -> Result<Option<Spectrum>, RelationError> {
        (**self).checked_spectrum()
    }
    fn fourier(&self) -> Option<FourierForm> {
        (**self).fourier()
    }
    fn mercer_tails(&self, most: usize) -> Option<Vec<f64>> {
        (**self).mercer_tails(most)
    }
}
