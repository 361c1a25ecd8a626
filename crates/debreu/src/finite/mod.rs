//! Finite preorders and their utilities.
//!
//! A total preorder on a finite set has a utility: `x <= y` iff `u(x) <= u(y)` with `u(x)` = the
//! number of indifference classes below `x`. What fails when the preorder is not total, not
//! transitive or not even consistent is exhibited: [`PreorderError`], [`ComparisonsError`],
//! [`ComparatorError`], [`ForbiddenPattern`].
//!
//! | data | utility |
//! |---|---|
//! | sparse weak and strict comparisons | [`Comparisons::utility`], or a cycle |
//! | a comparator | [`rank_utility`], or the offending pair |
//! | an incomplete preorder | [`multi_utility`] (fewest), [`greedy_multi_utility`], [`richter_peleg_utility`] |
//! | inconsistent comparisons | [`drop_fewest`] |
//! | intransitive indifference | [`semiorder_utility`], [`interval_utility`], or a forbidden pattern |
//! | a relation between two sets | [`biorder_utility`], or two pairs that exclude it |

mod binary;
mod biorders;
mod chains;
mod comparisons;
pub(crate) mod dense;
mod dimension;
mod extensions;
mod feedback;
pub(crate) mod gains;
pub(crate) mod graph;
mod preorder;
mod sort;
mod thresholds;

pub use binary::{BinaryError, BinaryRelation, MAX_ELEMENTS};
pub use biorders::{BiorderUtility, NotFerrers, biorder_utility};
pub use chains::{ChainCover, longest_chain, width};
pub use comparisons::{Comparison, Comparisons, ComparisonsError, MAX_ITEMS, RankUtility, Strength};
pub use dimension::{
    DimensionError, MAX_DIMENSION_CLASSES, greedy_multi_utility, multi_utility, richter_peleg_utility,
    up_set_utilities,
};
pub use extensions::{LinearExtensionError, MAX_DOWN_SETS, count_linear_extensions, sample_linear_extension};
pub use feedback::{Dropped, EXACT_STRICT_ITEMS, EXACT_WEAK_ITEMS, drop_fewest};
pub use preorder::{Classes, Preorder, PreorderError};
pub(crate) use sort::sort_by;
pub use sort::{Check, ComparatorError, dense_ranks, rank_utility, scale_to_unit_gap};
pub use thresholds::{
    ForbiddenPattern, IntervalUtility, ThresholdUtility, interval_utility, semiorder_utility,
};
