//! What a field says: a number in one of several notations, a mark of absence, a truth value, or
//! text.

mod decimal;
mod notation;
mod shape;

pub use decimal::Decimal;
pub(crate) use notation::absence;
pub use notation::{Notation, Scalar};
pub use shape::Look;
pub(crate) use shape::{has_unit, is_grouped};
