//! How much of the orders of a head one utility explains.

use super::error::HeadError;
use super::observed::{Observed, Visibility};
use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};
use relata_relations::PowerOfTwo;

/// A query-independent utility of the keys against the orders of all queries.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedOrder {
    /// The utility `u` of the keys that minimises `sum (s_ij - c_i - u_j)^2` over what is seen,
    /// with mean 0: the best that is the same for every query, given that softmax does not see
    /// `c_i`.
    pub utility: Vec<f64>,
    /// The share of the variance of the scores within queries that it explains.
    pub share_of_variance: f64,
    /// The share of all strict preferences (query, better key, worse key) that the best order found
    /// agrees with: a half for chance.
    pub agreement: f64,
    /// No order of the keys agrees with more: every pair of keys decided by its majority.
    pub agreement_at_most: f64,
    /// Kendall's tau between the orders of two queries, pooled: over all pairs of queries and pairs
    /// of keys that both see and neither ties, the share ordered alike less the share ordered
    /// oppositely.
    pub tau_between_queries: f64,
    /// Strict preferences there are.
    pub preferences: u64,
}

/// Explains the orders of a head by one utility.
///
/// The order is the better of the least-squares utility's and Borda's, improved by swaps of
/// neighbours until no swap helps (a locally optimal aggregation in the sense of Dwork, Kumar, Naor
/// and Sivakumar 2001). `agreement` and `agreement_at_most` bracket the best order, which is hard
/// to find in general (Kemeny's).
///
/// Complexity `O(n^3)` simple operations for `n` tokens.
///
/// # Errors
/// [`HeadError::NoPreference`] if all scores of every query tie; [`HeadError::NoConvergence`].
pub fn explained_order(observed: &Observed) -> Result<ExplainedOrder, HeadError> {
    let votes = Votes::count(observed);
    let (strict, majority, alike, pairs) = votes.totals();
    if strict == 0 {
        return Err(HeadError::NoPreference);
    }
    let (utility, share_of_variance) = least_squares(observed)?;
    let candidates = [utility.clone(), votes.borda()].map(|u| votes.improve(order_of(&u)));
    let agreeing = candidates.iter().map(|o| votes.agreeing(o)).max().unwrap_or(0);
    Ok(ExplainedOrder {
        utility,
        share_of_variance,
        agreement: agreeing as f64 / strict as f64,
        agreement_at_most: majority as f64 / strict as f64,
        tau_between_queries: if pairs > 0 { alike as f64 / pairs as f64 } else { 0.0 },
        preferences: strict,
    })
}

/// How many queries prefer which key: `prefer[j n + k]` queries score `j` above `k`.
struct Votes {
    n: usize,
    prefer: Vec<u32>,
}

impl Votes {
    fn count(observed: &Observed) -> Self {
        let n = observed.tokens();
        let mut prefer = vec![0u32; n * n];
        for seen in observed.seen() {
            for (j, s) in seen.iter().enumerate() {
                let row = &mut prefer[j * n..j * n + seen.len()];
                row.iter_mut().zip(seen).for_each(|(votes, other)| *votes += u32::from(s > other));
            }
        }
        Self { n, prefer }
    }

    fn of(&self, j: usize, k: usize) -> u64 {
        u64::from(self.prefer[j * self.n + k])
    }

    /// Strict preferences; those of the majority of each pair; pairs of queries that agree less
    /// those that disagree, and their number.
    fn totals(&self) -> (u64, u64, i64, u64) {
        let (mut strict, mut majority, mut alike, mut pairs) = (0, 0, 0i64, 0);
        for j in 0..self.n {
            for k in 0..j {
                let (a, b) = (self.of(j, k), self.of(k, j));
                strict += a + b;
                majority += a.max(b);
                let difference = a.abs_diff(b);
                // Ordered pairs of different queries.
                alike += (difference * difference) as i64 - (a + b) as i64;
                pairs += (a + b) * (a + b) - (a + b);
            }
        }
        (strict, majority, alike, pairs)
    }

    fn borda(&self) -> Vec<f64> {
        let net = |j: usize| (0..self.n).map(|k| self.of(j, k) as f64 - self.of(k, j) as f64).sum();
        (0..self.n).map(net).collect()
    }

    /// Swaps neighbours as long as more queries want it than not. Every swap gains a preference, so
    /// this ends.
    fn improve(&self, mut order: Vec<usize>) -> Vec<usize> {
        let mut start = 0;
        while start + 1 < order.len() {
            let mut place = start;
            while self.of(order[place + 1], order[place]) > self.of(order[place], order[place + 1]) {
                order.swap(place, place + 1);
                if place == 0 {
                    break;
                }
                place -= 1;
            }
            start += 1;
        }
        order
    }

    fn agreeing(&self, order: &[usize]) -> u64 {
        let below =
            |(place, j): (usize, &usize)| order[place + 1..].iter().map(|k| self.of(*j, *k)).sum::<u64>();
        order.iter().enumerate().map(below).sum()
    }
}

/// The keys, best first.
fn order_of(utility: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..utility.len()).collect();
    order.sort_by(|&j, &k| utility[k].total_cmp(&utility[j]));
    order
}

/// The utility of least squares, and the share of the variance that it explains.
fn least_squares(observed: &Observed) -> Result<(Vec<f64>, f64), HeadError> {
    let n = observed.tokens();
    // Normal equations after c_i is eliminated: sum_i [i sees j] (u_j - mean of u over what i sees)
    // = sum_i [i sees j] (s_ij - mean s_i).
    let (mut right, mut total) = (vec![0.0; n], 0.0);
    // In units of the scores, so that neither sums nor squares leave the range.
    let unit = PowerOfTwo::of(observed.seen().flatten().copied());
    for seen in observed.seen() {
        let seen: Vec<f64> = seen.iter().map(|s| unit.divide(*s)).collect();
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        for (r, s) in right.iter_mut().zip(&seen) {
            *r += s - mean;
            total += (s - mean) * (s - mean);
        }
    }
    let mut u = match observed.visibility() {
        Visibility::All => right.iter().map(|r| r / n as f64).collect(),
        Visibility::Causal => causal_utility(&right)?,
    };
    let shift = u.iter().sum::<f64>() / n as f64;
    u.iter_mut().for_each(|v| *v -= shift);
    // At the minimum the explained variance is u against the right-hand side.
    let explained: f64 = u.iter().zip(&right).map(|(u, r)| u * r).sum();
    u.iter_mut().for_each(|v| *v = unit.multiply(*v));
    Ok((u, if total > 0.0 { (explained / total).clamp(0.0, 1.0) } else { 0.0 }))
}

/// Key `j` is seen by the queries `j..n`, query `i` sees `i + 1` keys: the matrix has
/// `n - max(j, k)` on the diagonal less `sum_{i >= max(j, k)} 1 / (i + 1)` everywhere. Constants
/// are its kernel, so the first utility is fixed at 0.
fn causal_utility(right: &[f64]) -> Result<Vec<f64>, HeadError> {
    let n = right.len();
    let mut harmonic = vec![0.0; n + 1];
    for i in (0..n).rev() {
        harmonic[i] = harmonic[i + 1] + 1.0 / (i as f64 + 1.0);
    }
    if n == 1 {
        return Ok(vec![0.0]);
    }
    let matrix = Mat::from_fn(n - 1, n - 1, |a, b| {
        let diagonal = if a == b { (n - a - 1) as f64 } else { 0.0 };
        diagonal - harmonic[a.max(b) + 1]
    });
    let factor = matrix
        .llt(Side::Lower)
        .map_err(|_| HeadError::NoConvergence("least squares over what queries see"))?;
    let solved = factor.solve(&Col::from_fn(n - 1, |a| right[a + 1]));
    Ok([0.0].into_iter().chain(solved.iter().copied()).collect())
}
