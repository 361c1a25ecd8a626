//! The width at which an inner product represents every order of a family: the smallest `d` with
//! vectors `phi_x, psi_i` in `R^d` such that `<phi_x, psi_i> < <phi_x, psi_j>` whenever `i <_x j`.
//! Only strict preferences count; ties are free.
//!
//! Below:
//! * `d` features induce at most `Q(n, d)` orders of `n` items (T. M. Cover, 1967), also on each
//!   part of 3, 4 or 5 items;
//! * in the plane the orders appear, as the direction turns by half a circle, with growing sets of
//!   inversions (the allowable sequences of J. E. Goodman and R. Pollack, 1980): of each order or
//!   its reverse one must fit into a chain;
//! * the matrix of signs of `u(x, i) - u(x, j)`, queries by pairs, has a sign rank of at most `d`.
//!
//! Above: `n - 1` features always do (`psi` a simplex), and so does one for each order up to
//! reversal. In between, factors are fitted by logistic regression of one side at a time, and count
//! only if every sign is right beyond rounding.

use crate::families::family::OrderFamily;
use crate::families::width_factors::{WidthParams, Wins};
use crate::families::width_lower::WidthLower;
use relata_kernels::rank::RankBracket;
use relata_relations::PowerOfTwo;
use relata_relations::faer::Mat;

/// A bracket of the width, with factors for its upper end.
#[derive(Clone, Debug)]
pub struct FamilyWidth {
    /// The width is between these.
    pub bracket: RankBracket,
    /// Why it is not smaller.
    pub lower_by: WidthLower,
    /// Query features, `m x upper`.
    pub queries: Mat<f64>,
    /// Item features, `n x upper`.
    pub items: Mat<f64>,
}

impl OrderFamily {
    /// A bracket of the width by sign of the family.
    ///
    /// ```
    /// use relata_debreu::families::{OrderFamily, WidthParams};
    /// // All six orders of three items: two features do, one does not.
    /// let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    /// let w = OrderFamily::from_rankings(3, &all)?.width(&WidthParams::default());
    /// assert_eq!(w.bracket.exact(), Some(2));
    /// # Ok::<(), relata_debreu::families::FamilyError>(())
    /// ```
    #[must_use]
    pub fn width(&self, params: &WidthParams) -> FamilyWidth {
        let (lower, lower_by) = self.lower_width();
        let (mut queries, mut items) = self.plain_factors();
        if lower < items.ncols() {
            let wins = Wins::of(self);
            for d in lower.max(1)..items.ncols() {
                if let Some((q, i)) = self.fit(&wins, d, params) {
                    (queries, items) = (q, i);
                    break;
                }
            }
        }
        FamilyWidth { bracket: RankBracket { lower, upper: items.ncols() }, lower_by, queries, items }
    }

    /// Whether features of queries and items (`m x d` and `n x d`) give every strict preference the
    /// right sign, beyond what rounding could turn.
    #[must_use]
    pub fn represented_by(&self, queries: &Mat<f64>, items: &Mat<f64>) -> bool {
        let (m, n, d) = (self.queries(), self.items(), queries.ncols());
        if (queries.nrows(), items.nrows(), items.ncols()) != (m, n, d) {
            return false;
        }
        // In units of the largest entry of the query, and of all items: products stay in the range.
        let unit = PowerOfTwo::of((0..n).flat_map(|i| (0..d).map(move |k| items[(i, k)])));
        let row = |a: &Mat<f64>, i: usize, unit: PowerOfTwo| -> Vec<f64> {
            (0..d).map(|k| unit.divide(a[(i, k)])).collect()
        };
        let items: Vec<Vec<f64>> = (0..n).map(|i| row(items, i, unit)).collect();
        (0..m).all(|x| {
            let query = row(queries, x, PowerOfTwo::of((0..d).map(|k| queries[(x, k)])));
            let dot = |item: &Vec<f64>, f: fn(f64) -> f64| -> f64 {
                query.iter().zip(item).map(|(q, v)| f(q * v)).sum()
            };
            let largest = items.iter().map(|i| dot(i, f64::abs)).fold(0.0, f64::max);
            let slack = 4.0 * (d as f64 + 2.0) * f64::EPSILON * largest;
            let score: Vec<f64> = items.iter().map(|i| dot(i, |t| t)).collect();
            let u = &self.utilities()[x];
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| u[a].total_cmp(&u[b]));
            // The best so far among items strictly below, going up tier by tier.
            let (mut below, mut tier) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            order.iter().enumerate().all(|(k, &i)| {
                if k > 0 && u[order[k - 1]] < u[i] {
                    below = below.max(tier);
                }
                tier = tier.max(score[i]);
                score[i] > below + slack
            })
        })
    }
}
