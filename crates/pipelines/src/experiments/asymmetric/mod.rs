//! `asymmetric`: how near separate encoders `<phi(x), psi(y)>` come to the relations of the
//! catalogue that are not symmetric, and in many dimensions to all.

use super::approximation::Approximation;
use relata_kernels::Encoders;

/// The pipeline.
pub(crate) const ASYMMETRIC: Approximation =
    Approximation { name: "asymmetric", encoders: Encoders::Separate };
