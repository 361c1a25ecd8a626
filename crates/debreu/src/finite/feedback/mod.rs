//! Inconsistent comparisons: how few of them have to be dropped so that some utility agrees with the
//! rest, and which ones.
//!
//! Comparisons are inconsistent where they run in a circle that contains a strict one: `a` is below
//! `b`, `b` is at most `c`, and `c` is at most `a`. Every such circle has to lose a comparison. To
//! find a smallest set that meets them all is the problem of the minimum feedback arc set, which is
//! NP-hard, so [`drop_fewest`] returns a set together with a lower bound of the size of any other;
//! where the two agree the set is a smallest one.
//!
//! A circle never leaves a strongly connected component of the graph of comparisons. The components
//! are therefore solved one by one, in one of two ways:
//!
//! * A small component is solved exactly. Dynamic programming builds the best order from the bottom
//!   up: the state is the set of items placed so far (`exact.rs`).
//! * A large component is bracketed. From above (`local.rs`), a first order by scores is improved:
//!   one item at a time moves to the level where it contradicts the fewest comparisons, and then
//!   dropped comparisons come back as long as they close no circle. From below (`cycles.rs`),
//!   circles are collected that share no comparison; each of them has to lose one of its own, so
//!   their number is a lower bound.

mod cycles;
mod drop;
mod exact;
mod local;
mod part;
mod solve;

pub use drop::{Dropped, drop_fewest};
pub use solve::{EXACT_STRICT_ITEMS, EXACT_WEAK_ITEMS};
