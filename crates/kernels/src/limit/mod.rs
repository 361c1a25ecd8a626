//! Eckart-Young limits: the smallest `L2` error that any inner product of a given rank can have.
//!
//! For `r` in `L2(mu x nu)` with symmetric part `s`, antisymmetric part `a`, singular values `s_i`
//! and eigenvalues `l_i` of `s`:
//!
//! | encoders | smallest squared error at rank `d` |
//! |---|---|
//! | separate | `sum_{i > d} s_i^2` (Schmidt; Eckart and Young; Mirsky) |
//! | shared | `\|a\|^2 + sum_{l_i < 0} l_i^2 + sum_{i > d} (l_i^+)^2`: the nearest positive semidefinite relation of rank `d` |
//! | indefinite | `\|a\|^2 + sum_{i > d} l_i^2` over the `d` largest `\|l_i\|` |
//!
//! All three are `|r|^2` minus the captured squares. No network, of whatever size, has a smaller
//! error, so a measured error below the limit is a measurement error.
//!
//! A [`Limit`] has a bracket and says where it came from:
//!
//! | source | how wide the bracket is |
//! |---|---|
//! | a closed form | rounding; at ranks beyond a list without a law, what the remainder leaves open |
//! | a matrix, finite sets | rounding |
//! | a tensor product | that of the products of the least and of the largest spectra that the factors can have |
//! | a quadrature | what rules of coprime sizes and a random sample of `\|r\|^2` disagree about, and how far the limits are extrapolated |
//! | Monte Carlo | from the error on the sample to that on a hold-out, and three standard errors |
//!
//! The first two kinds are proofs up to rounding. What is computed on nodes is evidence: a relation
//! that two rules and the sample all miss (a bump narrower than one part in thousands) is not seen.

mod closed_form;
mod compute;
mod extrapolate;
mod holdout;
mod monte_carlo;
mod nodes;
mod rules;
mod tensor;
mod types;
mod witness;

pub use compute::{limit, limits, matrix_limits};
pub(crate) use tensor::tensor_spectrum;
pub use types::{FactorSource, Limit, LimitError, LimitParams, LimitSource, Limits};
