//! Networks that represent the singular functions of a relation, without gradients.
//!
//! The best inner product of a rank is known: `phi = U_d S_d`, `psi = V_d` (Schmidt 1907; Eckart and
//! Young 1936). So a network need not search for it by the loss of pairs: each encoder has to
//! represent `d` known functions. Its heads are linear least squares, and its hidden weights minimise
//! what is left: variable projection (Golub and Pereyra 1973; Kaufman 1975), here with
//! Levenberg-Marquardt, from several starts, in f64. Then each encoder in turn is fitted to what goes
//! best with the other, and the heads of both are read out ([`readout`](crate::readout())).

mod asked;
mod error;
mod fitted;
mod hidden;
mod levenberg;
mod nodes;
mod params;
mod projected;
mod samples;
mod search;
mod start;

pub use error::FitError;
pub use fitted::{Features, Fitted, Fitter, fit};
pub use params::FitParams;
pub use samples::{FittedSample, Samples, fit_samples};
pub use search::{Start, StartOutcome};
