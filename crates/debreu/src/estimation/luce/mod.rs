//! Bradley-Terry and Plackett-Luce: the likelihood, three ways to its maximum, and what they found.

mod fit;
mod fixed_point;
mod objective;

pub use fit::{LuceFit, LuceMethod, LuceParams, MAX_STANDARD_ERROR_ITEMS, fit_luce};
