//! Exact spectra: eigenvalues of symmetric relations and singular values of the others, largest
//! magnitude first.
//!
//! For `r` in `L2(mu x nu)` the singular values `s_1 >= s_2 >= ..` give the smallest error of any
//! inner product of rank `d`: `sqrt(sum_{i > d} s_i^2)` (Schmidt 1907; Eckart and Young 1936;
//! Mirsky 1960). A [`Spectrum`] lists the leading values and knows the sum of squares of all the
//! others. Where the law of the others is known in closed form, these tails are exact at every
//! rank; where it is not, they come with a bracket beyond the list.

mod law;
mod squares;
mod values;

pub(crate) use law::Progression;
pub(crate) use squares::Squares;
pub use values::{Spectrum, SpectrumError, SpectrumKind, Tail};
