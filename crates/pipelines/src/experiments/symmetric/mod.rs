//! `symmetric`: how near shared encoders `<phi(x), phi(y)>` come to the symmetric relations of the
//! catalogue.

use super::approximation::Approximation;
use relata_kernels::Encoders;

/// The pipeline.
pub(crate) const SYMMETRIC: Approximation = Approximation { name: "symmetric", encoders: Encoders::Shared };
