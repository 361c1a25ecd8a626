//! Kernel theory of relation functions: decompositions and the limits that no inner product can beat.

mod decompose;
mod encoders;
pub mod fast;
mod gram;
pub mod lowrank;
mod krein;
pub mod krylov;
mod limit;
mod matrix;
mod monte_carlo;
mod psd;
pub mod rank;
pub mod rkhs;
mod tensor;

pub use decompose::{DecomposeError, Mercer, Schmidt, mercer, schmidt};
pub use encoders::Encoders;
pub use gram::{cross_gram, gram};
pub use krein::{Krein, krein};
pub use limit::{FactorSource, Limit, LimitError, LimitParams, LimitSource, Limits, limit, limits, matrix_limits};
pub use matrix::{MatrixError, SYMMETRY_TOLERANCE, antisymmetric_part, symmetric_part};
pub use psd::{
    GramTestError, NearestPsd, Parts, Psd, Witness, conditionally_negative_test, nearest_psd, nearest_psd_of_rank,
    nearest_psd_with_diagonal, parts, psd_test, psd_test_on,
};
