//! Readers for the preferences that people have: comparisons, matrices of wins, rankings, panels and
//! choices as text tables, and PrefLib's files.
//!
//! [`read_preferences`] finds out which of them a file is, the others read one kind. Each table says
//! what its file was taken for ([`TakenFor`]); every error does, too, and names line and column
//! ([`PreferenceReadError`]). Bytes in, no file access: callers decide where they come from.

mod choices;
mod comparisons;
mod headers;
mod names;
mod orders;
mod panels;
mod place;
mod preflib;
mod rankings;
mod recognise;
mod tables;
mod wins;

pub use choices::{ChoiceTable, read_choices};
pub use comparisons::{ComparisonOutcome, ComparisonRow, ComparisonTable};
pub use orders::{Order, OrderTable};
pub use panels::{Household, MAX_OBSERVATIONS, PanelTable, read_panel};
pub use place::{PreferenceReadError, ReadProblem, TakenFor};
pub use preflib::{MAX_ALTERNATIVES, PreflibKind, Totals, read_preflib, read_preflib_pairs};
pub use rankings::read_rankings;
pub use recognise::{CollectedPreferences, PreferenceKind, PreferenceReadParams, read_preferences};
pub use tables::read_comparisons;
pub use wins::read_wins;
