//! From a preorder to a utility, exactly, or a witness of why there is none.
//!
//! * [`finite`]: preorders on finite sets, sparse comparisons, representations and what obstructs them.
//! * [`continuous`]: constructions on infinite sets, their error bounds, and how continuity fails.
//! * [`estimation`]: utilities from noisy comparisons, by maximum likelihood.
//! * [`revealed`]: prices and purchases.

pub mod continuous;
pub mod estimation;
pub mod finite;
pub mod revealed;
