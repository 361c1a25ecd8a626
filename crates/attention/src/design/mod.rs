//! Heads that provably retrieve: from a family of preorders, a context length, a target error and a
//! probability to rank, widths, inverse temperature and a certificate.
//!
//! The chain, with the number that each link contributes:
//! 1. a [`Family`] of preorders has a utility `u(x, y)`; contexts are a query from its measure and
//!    keys drawn independently from theirs;
//! 2. on a sample of contexts the margin `eta` is found that a share `probability` of all contexts
//!    has ([`Margins::tolerance_limit`](crate::Margins::tolerance_limit));
//! 3. a [`Scorer`] is built: two perceptrons with `|<phi(x), psi(y)> - u(x, y) - c(x)| <= delta`
//!    for all `x`, `y` and some `c`, which softmax cannot see: in closed form ([`affine_scorer`]),
//!    or by the cost theorem with its certificate ([`constructed_scorer`], [`additive_scorer`] for
//!    several coordinates); their widths are the cost of `delta`;
//! 4. the inverse temperature follows: `b = ln((n - 1)(D / error - 1)) / (eta - 2 delta)` with `D`
//!    the diameter of the values.
//!
//! The resulting [`DesignedHead`] then has an error of at most `error` on every context with a
//! margin of at least `eta`: a theorem for each such context. Their share is statistical, with the
//! doubt that the [`HeadCertificate`] states.

mod anchor;
mod certificate;
mod contexts;
mod error;
mod families;
mod head;
mod limits;
mod measured;
mod scorer;
mod side_by_side;
mod target;

pub use anchor::anchored;
pub use certificate::HeadCertificate;
pub use contexts::{Context, Contexts};
pub use error::DesignError;
pub use families::{Family, families, family, family_names, orders_family};
pub use head::{DesignedHead, calibrate, design, design_for_margin, design_with};
pub use limits::{Centred, centred_over_keys, score_limits};
pub use measured::{MeasuredHead, measure_head, measure_scores};
pub use scorer::{ScoreSource, Scorer, Term, additive_scorer, affine_scorer, constructed_scorer};
pub use target::{CheckedTarget, MAX_DRAWN, Target};
