//! Continuous preorders: utilities by construction, with error bounds, and how continuity fails.
//!
//! * [`two_sided_sum`], [`MidpointUtility`]: Debreu's construction from an order-dense set, exact
//!   in [`Dyadic`] arithmetic;
//!   [`close_gaps`]: the gap lemma.
//! * [`MeasureUtility`], [`dkw_bound`]: the measure of what is worse, from a sample.
//! * [`Wold`]: the equal-equivalent of monotone preferences, to a tolerance, or the jump of
//!   lexicographic ones.
//! * [`check_axioms`], [`lipschitz_lower_bound`]: checks on samples.

mod axioms;
mod dense;
mod dyadic;
mod gaps;
mod measure;
mod wold;

pub use axioms::{AxiomReport, Reversal, Tally, check_axioms, lipschitz_lower_bound};
pub use dense::{MidpointUtility, UtilityBracket, two_sided_sum};
pub use dyadic::Dyadic;
pub use gaps::{End, GapMap, IntervalError, RealInterval, close_gaps};
pub use measure::{MeasureUtility, dkw_bound};
pub use wold::{DiagonalBracket, Jump, Wold, WoldError, WoldParams};
