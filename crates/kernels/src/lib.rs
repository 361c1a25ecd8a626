//! Kernel theory of relation functions: decompositions and the limits that no inner product can
//! beat.
//!
//! | what | where |
//! |---|---|
//! | Mercer and Schmidt decompositions on quadratures, their extension to new points, truncation in `L2` and sup norm | [`mercer`], [`schmidt`], [`extend_eigenfunctions`], [`mercer_truncation`] |
//! | the smallest error of any inner product of a rank, with source and uncertainty | [`limit`], [`limits`] |
//! | positive semidefinite or not, with a certificate or a witness; nearest kernel; Krein split | [`psd_test`], [`nearest_psd`], [`krein()`] |
//! | how precisely entries are known, and the rank that is left of them | [`EntryRounding`], [`numerical_rank`] |
//! | fast kernels of distances and dot products; products without the matrix; eigenpairs and linear systems from products | [`fast`], [`krylov`] |
//! | low-rank approximation beside its limit | [`lowrank`] |
//! | Hilbert spaces of one encoder, Banach spaces of two | [`rkhs`], [`rkbs`] |
//! | how many neurons a theorem asks for, and which no number of neurons can do without | [`cost`] |
//! | rank by sign, in sup norm, Cover's counts, the norm `gamma_2` | [`rank`] |
//! | spectra by quadrature with an error estimate | [`numerical_spectrum`] |
//! | the digits on which low-rank methods are measured | [`digits()`] |
//! | effective ranks and rates of decay | [`effective_rank`], [`decay_fit`] |
//! | kernels that networks have learned, from their features | [`learned_mercer`], [`compare_learned`] |
//!
//! A guide with worked examples is `docs/kernels.md`.

pub mod completion;
pub mod cost;
mod decay;
mod decompose;
mod digits;
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
mod nearest;
mod numerical;
mod psd;
pub mod rank;
pub mod rkbs;
pub mod rkhs;
mod rounding;
mod unit;

pub use decay::{Decay, DecayError, DecayFit, EffectiveRank, decay_fit, degrees_of_freedom, effective_rank};
pub use decompose::{DecomposeError, Mercer, Schmidt, mercer, schmidt};
pub use digits::{DIGITS_GAMMA, Digits, DigitsError, digits};
pub use encoders::Encoders;
pub use extension::{
    ExtensionError, Truncation, extend_eigenfunctions, extend_left_functions, extend_right_functions,
    mercer_truncation, schmidt_truncation,
};
pub use gram::{cross_gram, gram};
pub use krein::{Krein, krein};
pub use learned::{LearnedKernel, compare_learned, learned_mercer, learned_schmidt};
pub use limit::{
    FactorSource, Limit, LimitError, LimitParams, LimitSource, Limits, limit, limits, matrix_limits,
};
pub use matrix::{MatrixError, SYMMETRY_TOLERANCE, antisymmetric_part, symmetric_part};
pub use nearest::{NearestPsd, Parts, nearest_psd, nearest_psd_of_rank, nearest_psd_with_diagonal, parts};
pub use numerical::{NumericalSpectrum, numerical_spectrum};
pub use psd::{
    GramTestError, Psd, Witness, conditionally_negative_test, psd_test, psd_test_on, psd_test_within,
};
pub use rounding::{EntryRounding, EntryRoundingError, numerical_rank};

/// The guide, whose snippets are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/kernels.md")]
struct Guide;
