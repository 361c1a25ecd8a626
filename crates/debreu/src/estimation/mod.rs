//! Utilities from noisy comparisons, by maximum likelihood.
//!
//! | data | model | function |
//! |---|---|---|
//! | wins, choices, rankings | Bradley-Terry, Plackett-Luce | [`fit_luce`] |
//! | wins and ties | Davidson, Rao-Kupper; Thurstone | [`fit_pairs`] |
//! | rankings with ties | Turner, van Etten, Firth and Kosmidis | [`fit_tied`] |
//! | scores along a known order | least squares | [`isotonic`] |
//! | choices among alternatives with features | conditional logit | [`fit_logit`] |
//! | wins of items with features | linear, kernel | [`fit_linear_utility`], [`KernelUtility`] |
//!
//! Where the likelihood has no maximum the reason is named: the split of the items that Ford's
//! condition forbids, a feature that never differs, a direction that separates the choices. Every
//! iterative fit is judged by Newton's step where it ends, in units that do not change with the
//! weights of the data or the scale of the features; one that stays above its tolerance is an error
//! whatever the method and the number of iterations.

mod error;
mod features;
mod ford;
mod isotonic;
mod laplacian;
mod logit;
mod luce;
mod newton;
mod pair_model;
mod pairs;
mod rankings;
mod sum;
mod tied;
mod weights;

pub use error::EstimationError;
pub use features::{KernelUtility, MAX_KERNEL_ITEMS, fit_linear_utility};
pub use ford::Split;
pub use isotonic::isotonic;
pub use logit::{ChoiceData, LogitFit, fit_logit};
pub use luce::{LuceFit, LuceMethod, LuceParams, MAX_STANDARD_ERROR_ITEMS, fit_luce};
pub use newton::MAX_DENSE_ITEMS;
pub use pair_model::PairModel;
pub use pairs::{PairFit, PairOutcomes, PairParams, fit_pairs};
pub use rankings::Rankings;
pub use tied::{MAX_TIED, TiedFit, TiedParams, TiedRankings, fit_tied};
pub use weights::{MAX_SPARSE_WEIGHT_RATIO, MAX_WEIGHT_RATIO};

/// The parameters of [`fit_luce`], as they were called.
#[deprecated(note = "renamed to LuceParams")]
pub type LuceOptions = LuceParams;
