//! Kernel theory of relation functions: decompositions and the limits that no inner product can beat.

mod decompose;
mod encoders;
mod limit;
mod monte_carlo;
mod tensor;

pub use decompose::{DecomposeError, Mercer, Schmidt, mercer, schmidt};
pub use encoders::Encoders;
pub use limit::{FactorSource, Limit, LimitError, LimitParams, LimitSource, Limits, limit, limits, matrix_limits};
