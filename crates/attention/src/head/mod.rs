//! An attention head as a kernel, and how nearly it is a retrieval.
//!
//! On what it reads, a head is the bilinear form `x^T M y` with `M = c W_Q W_K^T` of rank at most
//! `d_head`, plus what the biases add ([`Head`]). From the weights alone come its spectrum,
//! effective rank and asymmetry ([`Form`]). On a text ([`Observed`]) it is a family of preorders of
//! the keys, one for each query: [`explained_order`] says how much of it a query-independent
//! utility explains, [`retrieval`] how sharply each query selects, [`exp_kernel_limits`] which rank
//! its kernel `exp(x^T M y)` needs, and [`max_margin`] how near `M` is to the form that realises
//! the same selections with the largest margin. [`VarianceDesign`] splits the scores into a function
//! of the key, one of the offset and the rest, [`Gaps`] says at which temperature a query selects,
//! [`RotaryHead`] is a head whose form depends on the offset, [`selection_kinds`] names selections.
//!
//! ```
//! use relata_attention::head::{Head, Observed, Visibility, explained_order, retrieval};
//! use relata_relations::faer::Mat;
//!
//! // The identity: every unit vector scores itself highest.
//! let head = Head::new(Mat::identity(4, 4), Mat::identity(4, 4), 9.0)?;
//! let form = head.form()?;
//! assert!((form.ranks.entropy - 4.0).abs() < 1e-12 && form.antisymmetric < 1e-15);
//! let keys = Mat::<f64>::identity(4, 4);
//! let observed = Observed::new(head.scores(keys.as_ref())?.as_ref(), Visibility::All)?;
//! assert!(retrieval(&observed)?.score > 0.99);
//! assert!(explained_order(&observed)?.share_of_variance < 1e-12); // no utility says anything
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod critical;
mod error;
mod exponential;
mod form;
mod kinds;
mod observed;
mod order;
mod retrieval;
mod rotary;
mod shares;
mod support;

pub use critical::Gaps;
pub use error::HeadError;
pub use exponential::{attention_limits, exp_kernel_limits, rank_for};
pub use form::{BiasTerms, Form, Head};
pub use kinds::{SelectionKinds, selection_kinds};
pub use observed::{Observed, Visibility};
pub use order::{ExplainedOrder, explained_order};
pub use retrieval::{QueryRetrieval, Retrieval, retrieval};
pub use rotary::{PlaneEnergy, RotaryHead};
pub use shares::{VarianceDesign, VarianceShares};
pub use support::{MaxMargin, MaxMarginParams, Preferences, max_margin};
