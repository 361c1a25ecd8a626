//! Utilities from noisy comparisons, by maximum likelihood.
//!
//! | data | model | function |
//! |---|---|---|
//! | wins, choices, rankings | Bradley-Terry, Plackett-Luce | [`fit_luce`] |
//! | wins and ties | Davidson, Rao-Kupper; Thurstone | [`fit_pairs`] |
//! | scores along a known order | least squares | [`isotonic`] |
//! | choices among alternatives with features | conditional logit | [`fit_logit`] |
//! | wins of items with features | linear, kernel | [`fit_linear_utility`], [`KernelUtility`] |
//!
//! Where the likelihood has no maximum the reason is named: the split of the items that Ford's
//! condition forbids, a feature that never differs, a direction that separates the choices.

mod error;
mod features;
mod ford;
mod isotonic;
mod logit;
mod luce;
mod newton;
mod pairs;
mod rankings;

pub use error::EstimationError;
pub use features::{KernelUtility, MAX_KERNEL_ITEMS, fit_linear_utility};
pub use ford::Split;
pub use isotonic::isotonic;
pub use logit::{ChoiceData, LogitFit, fit_logit};
pub use luce::{LuceFit, LuceMethod, LuceParams, MAX_STANDARD_ERROR_ITEMS, fit_luce};
pub use pairs::{PairFit, PairModel, PairOutcomes, PairParams, fit_pairs};
pub use rankings::Rankings;
