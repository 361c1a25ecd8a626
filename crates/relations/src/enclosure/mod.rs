//! Enclosures: what a function certainly does on a box.
//!
//! An [`Enclosure`] bounds a function on a box of up to [`MAX_AXES`] parameters: its values, how
//! much it changes from one face of the box to the opposite one, and how far it bends away from the
//! chord in between. The last is what makes certificates of second order possible: on a box of
//! width `w` a smooth function is its multilinear interpolation up to `w^2 / 8` times its
//! curvature, with the sign of the curvature. Kinks (`|t|`, minima, maxima) are allowed and cost
//! first order in the cells that they cross only.
//!
//! Enclosures are computed with like numbers: write the formula of a relation once more with them
//! and give it to [`FnRelation::with_enclosure`](crate::FnRelation::with_enclosure). The
//! catalogue's relations have theirs.

mod bracket;
mod function;
mod unary;

pub use bracket::Bracket;
pub use function::{Enclosure, MAX_AXES};
