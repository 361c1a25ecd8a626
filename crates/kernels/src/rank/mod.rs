//! Rank beyond `L2`: how many features an inner product needs to get the signs right, to be within
//! `eps` everywhere, and how large the features must be.
//!
//! * [`sign_rank`]: smallest rank of a matrix with given signs, a [`RankBracket`] with factors for the
//!   upper end;
//! * [`sup_rank`]: smallest rank within `eps` of a matrix in every entry;
//! * [`linear_orders`], [`dichotomies`]: Cover's counts of the orders and splits that `d` features
//!   can induce;
//! * [`gamma2`]: smallest `max_i |x_i| max_j |y_j|` with `A_ij = <x_i, y_j>`, the norm (and so
//!   temperature) budget of an attention head.
//!
//! ```
//! use relata_kernels::rank::{SignRankParams, gamma2, sign_rank, sup_rank};
//! use faer::Mat;
//! // "i comes before j" for 16 items: two features get every comparison right, and within 0.1 of
//! // the values takes more.
//! let order = Mat::from_fn(16, 16, |i, j| if i < j { 1.0 } else { -1.0 });
//! assert_eq!(sign_rank(order.as_ref(), SignRankParams::default())?.bracket.exact(), Some(2));
//! assert!(sup_rank(order.as_ref(), 0.1)?.bracket.lower > 2);
//! let g = gamma2(order.as_ref(), 1e-3, 500)?;
//! assert!(1.5 < g.lower && g.lower <= g.upper);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Deciding the sign rank is as hard as the existential theory of the reals, so what is exact here
//! is said to be; elsewhere a lower bound with its argument stands beside a construction that has
//! been checked.

mod cover;
mod gamma2;
mod sign;
mod sign_lower;
mod sign_upper;
mod sup;

pub use cover::{dichotomies, dimension_for_dichotomies, linear_orders};
pub use gamma2::{Gamma2, Gamma2Error, gamma2};
pub use sign::{SignLower, SignRank, SignRankError, SignRankParams, SignUpper, Zeros, sign_rank};
pub use sup::{SupRank, SupRankError, sup_rank};

/// Bounds of a rank: `lower <= rank <= upper`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankBracket {
    /// The rank is at least this.
    pub lower: usize,
    /// The rank is at most this: there is a construction.
    pub upper: usize,
}

impl RankBracket {
    /// The rank, where the bounds meet.
    #[must_use]
    pub fn exact(&self) -> Option<usize> {
        (self.lower == self.upper).then_some(self.lower)
    }
}
