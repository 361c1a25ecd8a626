//! Networks that are written down rather than trained, with a certificate.
//!
//! [`construct`] turns the proof of universality into a network: interpolate the relation by hats
//! on a mesh of each space, which makes it a matrix of values; write the matrix as an inner product
//! of rows; realise the hats by ReLUs. For kernels the rows are values of Mercer features, for
//! others those of Schmidt's or, uncompressed, the partition of unity of the universality theorem.
//!
//! Relations that are sums of products of functions of one number, or products of functions of
//! differences with few waves, need no mesh and are written down in any dimension.
//!
//! [`construct_fitted`] does fit, and proves what it found: the fewest neurons on curves.
//!
//! On curves the certificate is branch and bound over pairs; elsewhere it adds up what is proved of
//! each side alone.

mod centre;
mod choose;
mod conditions;
mod constructed;
mod error;
mod factor;
mod fitted;
mod low_rank;
mod mesh;
mod piecewise;
mod plan;
mod plane;
mod ridges;
mod single;
mod spline;
mod square;
mod waves;
mod yarotsky;

pub use choose::construct;
pub use constructed::{ConstructRoute, Constructed};
pub use error::ConstructError;
pub use fitted::{FewestParams, construct_fitted, construct_fitted_l2, construct_fitted_with};
pub use low_rank::construct_low_rank;
pub use plan::{Budget, Theorem};
pub use ridges::construct_ridges;
pub use spline::piecewise_linear;
pub use square::construct_l2;
pub use waves::construct_waves;
pub use yarotsky::{inner_product_network, product_network, squaring_network};
