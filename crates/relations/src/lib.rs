//! Relation functions `r: X x Y -> R`, the spaces and measures they live on, and how the error of
//! an inner product `<phi(x), psi(y)>` that approximates them is measured. Everything is in f64.
//!
//! # Map
//!
//! * [`Points`], [`Quadrature`], [`Space`]: where arguments come from. Spaces: [`Interval`],
//!   [`Cube`], [`Torus`], [`Sphere`], [`Simplex`], [`Gaussian`], [`FiniteSet`], [`Product`]; each
//!   has a rule, samples, scrambled Sobol points and, where it is compact, a covering with a
//!   rigorous radius. [`gauss`] has the one-dimensional rules.
//! * [`Relation`], [`evaluate`]: the functions, evaluated by blocks. [`relation_fn`] makes one from
//!   a closure; combinators ([`sum`], [`transpose`], [`symmetric_part`], [`tensor_product`], ..)
//!   make new ones from old ones; the [`catalogue`] names many, with what is known of them.
//! * [`Spectrum`]: exact eigenvalues and singular values, and the Eckart-Young tails they give.
//! * [`Factors`], [`measure`]: an inner product and its errors.
//! * [`Enclosure`], [`Bracket`]: what a function certainly does on a box, by interval arithmetic.
//! * [`same_space`], [`same_relation`]: whether two objects are one, by what defines them.
//! * [`Evidence`], [`unproved`]: how what is known of a relation is known.
//! * [`norm2`], [`PowerOfTwo`]: norms and scales that neither overflow nor underflow.
//! * [`Ridges`]: relations that are sums of products of functions of one number.
//! * [`Seed`], [`Stream`]: all randomness.
//! * [`multiply`]: matrix products after which scalar functions stay fast.
//!
//! # A relation of one's own
//!
//! A closure, a rank-two inner product that is meant to equal it, and the error on a quadrature:
//!
//! ```
//! use relata_relations::{faer::Mat, measure, relation_fn, Factors, HeldOut, Interval, Points, Space};
//! use std::num::NonZeroUsize;
//!
//! // sin(x - y) = sin x cos y - cos x sin y
//! struct SineAndCosine;
//! impl Factors for SineAndCosine {
//!     fn rank(&self) -> usize { 2 }
//!     fn phi(&self, x: &Points) -> Mat<f64> {
//!         Mat::from_fn(x.len(), 2, |i, k| if k == 0 { x.row(i)[0].sin() } else { x.row(i)[0].cos() })
//!     }
//!     fn psi(&self, y: &Points) -> Mat<f64> {
//!         Mat::from_fn(y.len(), 2, |i, k| if k == 0 { y.row(i)[0].cos() } else { -y.row(i)[0].sin() })
//!     }
//! }
//!
//! let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).sin());
//! let n = NonZeroUsize::new(20).ok_or("positive")?;
//! let rule = Interval::unit().quadrature(n)?;
//! let report = measure(&r, &SineAndCosine, &HeldOut::Quadrature { x: rule.clone(), y: rule })?;
//! assert!(report.relative_l2 < 1e-15);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod catalogue;
mod combine;
mod declare;
mod enclosure;
mod evidence;
mod factors;
mod fourier;
mod function;
pub mod gauss;
mod identity;
mod measure;
mod pair_form;
mod points;
mod product;
mod proportion;
mod quadrature;
mod relation;
mod relation_error;
mod ridges;
mod scale;
mod sobol;
mod space;
mod spaces;
pub mod special;
pub mod spectral;
mod spectrum;
mod stream;

pub use combine::{
    MAX_TENSOR_VALUES, SpectralComponent, antisymmetric_part, exponential_of, matrix_relation,
    matrix_relation_on, normalised, pointwise_product, polynomial_of, pullback, pullback_shared, restrict,
    scale, schoenberg, spectral_mixture, sum, symmetric_part, tensor_product, tensor_spectrum, transpose,
};
pub use enclosure::{Bracket, Enclosure, MAX_AXES};
pub use evidence::{Evidence, Fact, Unproved, unproved};
pub use factors::Factors;
pub use faer;
pub use fourier::{FourierForm, FourierSign};
pub use function::{FnRelation, relation_blocks, relation_fn};
pub use identity::{Identity, same_relation, same_space};
pub use measure::{ErrorReport, HeldOut, MeasureError, measure, measure_all};
pub use pair_form::PairForm;
pub use points::{Points, PointsError};
pub use product::{multiply, settle_vector_unit};
pub use proportion::wilson_interval;
pub use quadrature::{Quadrature, QuadratureError};
pub use relation::{
    Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate, evaluate_diagonal, evaluate_into,
    fill,
};
pub use ridges::{Ridge, RidgeFeatures, RidgeProfile, Ridges};
pub use scale::{PowerOfTwo, distance, norm2, weighted_norm2};
pub use sobol::{MAX_SOBOL_DIMENSIONS, MAX_SOBOL_POINTS};
pub use space::{Covering, MAX_NODES, Space, SpaceError, is_unit_circle};
pub use spaces::{Cube, FiniteSet, Gaussian, Interval, Product, Simplex, Sphere, Torus};
pub use spectrum::{Spectrum, SpectrumError, SpectrumKind, Tail};
pub use stream::{Seed, Stream};
