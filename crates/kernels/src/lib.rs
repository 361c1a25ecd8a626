//! Kernel theory of relation functions: decompositions and the limits that no inner product can beat.

mod decay;
mod decompose;
mod encoders;
mod extension;
pub mod fast;
mod gram;
mod krein;
pub mod krylov;
mod learned;
mod limit;
pub mod lowrank;
mod matrix;
mod monte_carlo;
mod psd;
pub mod rank;
pub mod rkbs;
pub mod rkhs;
mod tensor;

pub use decay::{Decay, DecayError, DecayFit, EffectiveRank, decay_fit, degrees_of_freedom, effective_rank};
pub use decompose::{DecomposeError, Mercer, Schmidt, mercer, schmidt};
pub use encoders::Encoders;
pub use extension::{
    ExtensionError, Truncation, extend_eigenfunctions, extend_left_functions, extend_right_functions, mercer_truncation,
    schmidt_truncation,
};
pub use gram::{cross_gram, gram};
pub use krein::{Krein, krein};
pub use learned::{LearnedKernel, compare_learned, learned_mercer, learned_schmidt};
pub use limit::{FactorSource, Limit, LimitError, LimitParams, LimitSource, Limits, limit, limits, matrix_limits};
pub use matrix::{MatrixError, SYMMETRY_TOLERANCE, antisymmetric_part, symmetric_part};
pub use psd::{
    GramTestError, NearestPsd, Parts, Psd, Witness, conditionally_negative_test, nearest_psd, nearest_psd_of_rank,
    nearest_psd_with_diagonal, parts, psd_test, psd_test_on,
};
