//! Attention as retrieval: margins, temperature, width, and heads that provably select.
//!
//! A family of preorders `y <=_x y'` has utilities `u(x, y)` (Debreu), an inner product
//! `<phi(x), psi(y)>` approximates the utility, and softmax retrieves the preferred key. Each link
//! of that chain is a function here, with a bound that can be checked:
//!
//! * [`select`], [`Selection`]: what is to be retrieved; ties are a set, or an error, as the caller
//!   likes.
//! * [`Scores`], [`InverseTemperature`], [`Margin`]: scores of one query, exact softmax at any
//!   inverse temperature (infinite is hard selection), masks, and the margin of the best key.
//!   [`Margins`] is their distribution over contexts.
//! * [`miss_bound`], [`required_inverse_temperature`], [`expected_miss_bound`]: from margins to
//!   retrieval error, sharp, and back.
//! * [`sparsemax`], [`entmax`], [`top_k`]: other ways from scores to weights, with the margins at
//!   which they select exactly.
//! * [`dispersion`]: how attention spreads over long contexts.
//! * [`head`]: a trained head as a kernel: spectrum, asymmetry, how much of its order one utility
//!   explains, how nearly it is a retrieval.
//! * [`width`]: margins of keys in `R^d`, codes that make them large, the orders that queries can
//!   induce.
//! * [`design`]: from a family of preorders, a context length, an error and a probability to a head
//!   that provably does it.
//! * [`relational_attention_bound`], [`relational_layers_bound`]: what errors of relations become in
//!   systems of relational learning.
//! * [`hopfield`]: attention as associative memory.
//!
//! A guide with worked examples is `docs/attention.md`.

mod bounds;
pub mod design;
pub mod dispersion;
mod entmax;
pub mod head;
pub mod hopfield;
mod margin;
mod relational;
mod score_error;
mod scores;
mod selection;
mod sparse;
mod temperature;
pub mod width;

pub use bounds::{
    TargetError, expected_miss_bound, expected_miss_bound_for_density, miss_bound, perturbed_margin,
    required_for_retrieval, required_inverse_temperature, retrieval_bound,
};
pub use entmax::{Alpha, entmax, entmax_miss_bound};
pub use margin::{Margin, MarginError, Margins, margin_of};
pub use relational::{
    RelationalLayer, relational_attention_bound, relational_attention_mean_bound, relational_layers_bound,
};
pub use score_error::ScoreError;
pub use scores::Scores;
pub use selection::{SelectError, Selection, select, select_by_utility};
pub use sparse::{SparseError, sparsemax, top_k};
pub use temperature::{InverseTemperature, TemperatureError};

/// The guide, whose snippets are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/attention.md")]
struct Guide;
