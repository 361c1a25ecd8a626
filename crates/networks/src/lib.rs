//! Inner products of multilayer perceptrons in f64: evaluation, spectral readout, networks that are
//! fitted or written down, certificates, Lipschitz bounds, storage.
//!
//! A [`RelationNet`] is `<phi(x), phi(y)>`, `<phi(x), psi(y)>` or `<phi(x), J phi(y)>` with
//! perceptrons [`Mlp`]; it implements [`relata_relations::Factors`], so that
//! [`relata_relations::measure`] applies. [`readout`] solves the last layers in closed form.
//! [`fit()`] finds hidden layers that represent the singular functions of a relation.
//! [`construct`] writes a network down for a relation and an error, without training; [`certify`]
//! bounds the error of any network. The guide is `docs/cost.md`.

mod activation;
mod certify;
mod config;
mod construct;
mod fit;
mod level;
mod lipschitz;
mod mlp;
mod normal;
mod ranked;
mod readout;
mod relation_net;
mod store;

pub use activation::Activation;
pub use certify::{
    Certificate, CertifyError, CertifyParams, Expansion, FactorErrors, FeatureMap, Method, certify,
    certify_factors, certify_l2, compose,
};
pub use config::{ConfigError, FourierConfig, MlpConfig, random_features};
pub use construct::{
    Budget, ConstructError, ConstructRoute, Constructed, FewestParams, Theorem, construct, construct_fitted,
    construct_fitted_l2, construct_fitted_with, construct_l2, construct_low_rank, construct_ridges,
    construct_waves, inner_product_network, piecewise_linear, product_network, squaring_network,
};
pub use fit::{
    Features, FitError, FitParams, Fitted, FittedSample, Fitter, Samples, Start, StartOutcome, fit,
    fit_samples,
};
pub use lipschitz::{global_lipschitz, local_lipschitz};
pub use mlp::{Affine, Block, Mlp, NetworkError, Skip, Trainable};
pub use readout::{Readout, ReadoutError, ReadoutParams, distill, readout, solve_readout};
pub use relation_net::RelationNet;
pub use store::{StoreError, load, save};

/// The guide, whose snippets are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/cost.md")]
struct Guide;
