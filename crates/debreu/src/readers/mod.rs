//! Readers for what people have: comparisons, rankings and panels as comma-separated values, and
//! PrefLib's order files.
//!
//! Every error names line and column ([`PreferenceReadError`]). Bytes in, no file access: callers decide
//! where they come from.

mod comparisons;
mod names;
mod orders;
mod panels;
mod text;

pub use comparisons::{ComparisonOutcome, ComparisonRow, ComparisonTable, read_comparisons};
pub use orders::{MAX_ALTERNATIVES, Order, OrderTable, PreflibKind, read_preflib, read_rankings};
pub use panels::{NamedPanel, read_panel};
pub use text::{PreferenceReadError, Problem};
