//! What an approximation costs: truncation, bounds on neurons, and what no number of neurons can
//! beat.
//!
//! | question | answer |
//! |---|---|
//! | what does a truncated Mercer expansion lose in sup norm, and what rank reaches `eps`? | [`sup_tails`] |
//! | what does a low-rank approximation lose, without eigenpairs? | [`cholesky_certificate`], [`cross_certificate`] |
//! | how many neurons does a theorem ask for? | [`SymmetricBound`], [`AsymmetricBound`] |
//! | how fine do meshes have to be? | [`Interpolation`] |
//! | how fine do splines of ridge functions have to be? | [`RidgeSplines`] |
//! | is a relation a mixture of few waves? | [`fourier_norms`] |
//! | what rank, and how many neurons, are certainly too few? | [`lower_bound`] |
//!
//! A bound is the count of a construction: whoever builds the network that the proof describes uses
//! at most as many neurons. All errors are absolute. The constructions are derived here unless a
//! source is named; the formula of Altabaa and Lafferty (arXiv:2402.08856) for the number of
//! neurons is not used.

mod asymmetric;
mod both;
mod bound;
mod certificates;
mod choice;
mod count;
mod domain;
mod error;
mod evidence;
mod features;
mod fourier;
mod fourier_numeric;
mod hats;
mod hypothesis;
mod interpolation;
mod lower;
mod maurey;
mod mercer;
mod moments;
mod params;
mod ranks;
mod ridges;
mod schmidt;
mod symmetric;
mod triangles;
mod truncation;
mod waves;

pub use asymmetric::AsymmetricBound;
pub use bound::{Bound, BudgetTerm, Constant};
pub use certificates::{CholeskyCertificate, CrossCertificate, cholesky_certificate, cross_certificate};
pub use choice::{BoundRoute, ErrorNorm, HiddenLayers, Units};
pub use error::BoundError;
pub use features::{MercerFeatures, SchmidtFeatures};
pub use fourier::fourier_norms;
pub use hypothesis::Hypothesis;
pub use interpolation::{Interpolation, Smoothness};
pub use lower::{LowerBound, Obstacle, lower_bound};
pub use moments::{Extension, FourierNorms, Moment};
pub use params::BoundParams;
pub use ridges::RidgeSplines;
pub use symmetric::SymmetricBound;
pub use truncation::{SupTails, TailSource, sup_tails};

// What `relata-networks` builds its constructions from, so that a bound and its network are one
// computation. It is not part of the public interface.
#[doc(hidden)]
pub use ridges::RidgeError;
#[doc(hidden)]
pub use triangles::{Outline, Part, Triangles};
