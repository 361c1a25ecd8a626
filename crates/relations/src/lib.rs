//! Relation functions `r: X x Y -> R`, the spaces and measures they live on, and how the error of an inner product
//! that approximates them is measured.
//!
//! * [`Points`], [`Quadrature`], [`Space`]: where arguments come from.
//! * [`Relation`], [`evaluate`]: the functions, evaluated by blocks; combinators and the named catalogue.
//! * [`Spectrum`]: exact eigenvalues and singular values.
//! * [`Factors`], [`measure`], [`certified_sup`]: an inner product and its errors.
//! * [`Seed`], [`Stream`]: all randomness.

pub mod catalogue;
mod combine;
mod factors;
mod function;
pub mod gauss;
mod measure;
mod points;
mod quadrature;
mod relation;
mod space;
mod spaces;
pub mod special;
mod spectrum;
mod stream;

pub use combine::{
    MAX_TENSOR_VALUES, antisymmetric_part, matrix_relation, matrix_relation_on, pointwise_product, pullback,
    pullback_shared, restrict, scale, sum, symmetric_part, tensor_product, tensor_spectrum, transpose,
};
pub use factors::Factors;
pub use faer;
pub use function::{FnRelation, relation_blocks, relation_fn};
pub use measure::{
    CertifiedSup, ErrorReport, HeldOut, MAX_GRID_DIMENSIONS, MeasureError, certified_sup, measure,
};
pub use points::{Points, PointsError};
pub use quadrature::{Quadrature, QuadratureError};
pub use relation::{
    Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate, evaluate_into, fill,
};
pub use space::{Covering, MAX_NODES, Space, SpaceError, same_space};
pub use spaces::{
    Cube, FiniteSet, Gaussian, Interval, MAX_SOBOL_DIMENSIONS, MAX_SOBOL_POINTS, Product, Simplex, Sphere,
    Torus,
};
pub use spectrum::{Spectrum, SpectrumError, SpectrumKind};
pub use stream::{Seed, Stream};
