//! How wide a head has to be: margins of keys in `R^d`, the codes that make them large, and the
//! orders that they can induce.
//!
//! For `n` unit keys in `R^d` the margin of key `i` is
//! * with the query aligned to it (`q = k_i`): `1 - max_j <k_i, k_j>` ([`Code::aligned_margin`]),
//!   largest for spherical codes (Tammes 1930);
//! * with the best unit query: the distance from `k_i` to the convex hull of the other keys
//!   ([`Code::free_margin`]; the query is the normal), largest for one-versus-rest codes (called
//!   softmax codes by Jiang, Zhou, Zhu and others 2023).
//!
//! The free margin of a code is at least its aligned one, and the best of both are equal (derived):
//! whatever a code's free margin, [`Code::bisected`] has it with aligned queries. [`best_known`]
//! has the solved cases, [`margin_upper`] what no code exceeds, [`optimise`] searches elsewhere;
//! the margins of what it finds are certificates. An inverse temperature follows by
//! [`required_inverse_temperature`](crate::required_inverse_temperature).
//!
//! [`induced_orders`] counts the orders of given keys that linear functionals induce, beside
//! Cover's count [`linear_orders`](relata_kernels::rank::linear_orders), exact for keys in general
//! position and an upper bound otherwise.

mod code;
mod hull;
mod known;
mod levenshtein;
mod optimise;
mod orders;

pub use code::{Code, CodeError, FreeMargin, cross_polytope, polygon, simplex};
pub use hull::{HullDistance, HullError, distance_to_hull, nearest_to_origin};
pub use known::{KnownCode, best_known, known_codes, margin_upper};
pub use optimise::{OptimiseParams, optimise};
pub use orders::{MAX_ORDERED_KEYS, OrderCount, OrderError, induced_orders};
