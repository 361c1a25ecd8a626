//! Certificates: numbers that provably bound `sup |r - <phi, psi>|` over a compact domain.
//!
//! [`certify`] does branch and bound over pairs of cells, one of each encoder's space, up to
//! [`MAX_AXES`](relata_relations::MAX_AXES) parameters in all. On a pair the error is the
//! multilinear interpolation of its values at the corners plus what relation and encoders bend in
//! between ([`Enclosure`](relata_relations::Enclosure)); values, curvatures and kinks are intervals
//! that are rounded outwards, and sums of products come with a-priori bounds of their rounding
//! (Higham 2002, ch. 3). So the bound holds for the real-valued function that the f64 weights
//! define, and for its evaluation in f64 as well.
//!
//! [`certify_factors`] is for more dimensions: each factor's error against an [`Expansion`] is
//! bounded in its own space, and the inner product adds them up ([`compose`]).

mod activations;
mod branch;
mod certificate;
mod compose;
mod encode;
mod error;
mod expansion;
mod factors;
mod find;
mod grid;
mod pair;
mod params;
mod rounding;
mod side;
mod square;
mod start;
mod sup;
mod sup_norm;
mod target;
mod units;
mod wires;

pub use certificate::{Certificate, Method};
pub use compose::{FactorErrors, compose};
pub use error::CertifyError;
pub use expansion::{Expansion, FeatureMap};
pub use factors::certify_factors;
pub use params::CertifyParams;
pub use square::certify_l2;
pub use sup_norm::certify;

pub(crate) use certificate::Claim;
pub(crate) use find::find;
pub(crate) use rounding::gamma;
