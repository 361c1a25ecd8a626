//! The experiments, one folder per command; `approximation` is what `symmetric` and `asymmetric`
//! share.

pub(crate) mod analyse;
pub(crate) mod approximation;
pub(crate) mod asymmetric;
pub(crate) mod debreu;
pub(crate) mod dispersion;
pub(crate) mod heads;
pub(crate) mod neurons;
pub(crate) mod preferences;
pub(crate) mod retrieval;
pub(crate) mod rkbs;
pub(crate) mod rkhs;
mod spaces;
pub(crate) mod symmetric;
pub(crate) mod symmetry_gap;
pub(crate) mod width;
pub(crate) mod width_two;
