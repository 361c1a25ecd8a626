//! Rankings with ties: the model of H. L. Turner, J. van Etten, D. Firth and I. Kosmidis
//! (*Modelling rankings in R: the PlackettLuce package*, Comput. Statist. 35, 2020).
//!
//! A ranking is a sequence of choices, best first. At each stage a set `S` of one or more items is
//! taken from those that are left, `A`, with probability
//!
//! ```text
//! f(S) / sum of f(T) over T in A with |T| in D,   f(S) = delta_{|S|} (prod_{i in S} alpha_i)^{1 / |S|},
//! ```
//!
//! where `delta_1 = 1` and `D` holds 1 and every number of items that tie somewhere in the data.
//! Without ties it is Plackett and Luce's model, with two items Davidson's. In `theta = ln alpha`
//! and `ln delta` it is an exponential family, so the log-likelihood is concave.

mod data;
mod fit;
mod objective;
mod subsets;

pub use data::{MAX_TIED, TiedRankings};
pub use fit::{TiedFit, TiedParams, fit_tied};
