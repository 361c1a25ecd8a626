//! The experiments, one folder per command; `approximation` is what `symmetric` and `asymmetric`
//! share, `relational` what the tasks of relational learning do.

pub(crate) mod abstract_rules;
pub(crate) mod analyse;
pub(crate) mod approximation;
pub(crate) mod argsort;
pub(crate) mod asymmetric;
pub(crate) mod contains_set;
pub(crate) mod debreu;
pub(crate) mod dispersion;
pub(crate) mod heads;
pub(crate) mod neurons;
pub(crate) mod order;
pub(crate) mod preferences;
mod relational;
pub(crate) mod relational_bounds;
pub(crate) mod retrieval;
pub(crate) mod rkbs;
pub(crate) mod rkhs;
pub(crate) mod set;
mod spaces;
pub(crate) mod symbols_correct_errors;
pub(crate) mod symmetric;
pub(crate) mod symmetry_gap;
pub(crate) mod templates;
pub(crate) mod width;
pub(crate) mod width_two;
