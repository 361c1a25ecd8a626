//! The experiments, one folder per command; `approximation` is what `symmetric` and `asymmetric`
//! share.

pub mod analyse;
pub mod approximation;
pub mod asymmetric;
pub mod debreu;
pub mod dispersion;
pub mod heads;
pub mod neurons;
pub(crate) mod random_hidden;
pub mod retrieval;
pub mod rkbs;
pub mod rkhs;
pub mod symmetric;
pub mod symmetry_gap;
pub mod width;
pub mod width_two;
