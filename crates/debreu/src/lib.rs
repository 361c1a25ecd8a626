//! From a preorder to a utility, exactly, or a witness of why there is none.
//!
//! * [`finite`]: preorders on finite sets, sparse comparisons, representations and what obstructs
//!   them.
//! * [`continuous`]: constructions on infinite sets, their error bounds, and how continuity fails.
//! * [`estimation`]: utilities from noisy comparisons, by maximum likelihood.
//! * [`families`]: one order for each query, their common order, and the width of an inner product
//!   that represents them all.
//! * [`revealed`]: prices and purchases.
//! * [`readers`]: comparisons, rankings, panels and PrefLib files.
//!
//! The guide is `docs/preferences.md`.

pub mod continuous;
pub mod estimation;
pub mod families;
pub mod finite;
pub mod readers;
pub mod revealed;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/preferences.md")]
mod guide {}
