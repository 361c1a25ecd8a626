//! Relations that are one of a few functions of the distance or of the inner product of two points.

use crate::catalogue::MaternOrder;

/// What function of `|x - y|` or of `<x, y>` a relation is: what those need to know who evaluate it
/// faster than pair by pair, in another precision or by matrix products.
///
/// ```
/// use relata_relations::{PairForm, Relation, catalogue::gaussian};
/// assert_eq!(gaussian(8, 2.0)?.pair_form(), Some(PairForm::Gaussian { length: 2.0 }));
/// # Ok::<(), relata_relations::RelationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PairForm {
    /// `exp(-|x - y|^2 / (2 l^2))`.
    Gaussian {
        /// `l`, positive.
        length: f64,
    },
    /// The Matern kernel of `c |x - y|`.
    Matern {
        /// Its smoothness.
        order: MaternOrder,
        /// `c`, positive.
        rate: f64,
    },
    /// `exp(s <x, y>)`.
    ExpDot {
        /// `s`, positive.
        scale: f64,
    },
    /// `(<x, y> + c)^k`.
    Polynomial {
        /// `k`, at least 1.
        degree: u32,
        /// `c`, at least 0.
        offset: f64,
    },
}
