//! Brackets of the least error on known entries.

use super::als::{CompletionParams, complete};
use super::blocks::{KnownBlock, known_blocks};
use super::partial::PartialMatrix;
use crate::matrix::{self, MatrixError, root_sum_squares};
use crate::rank::{RankBracket, SupRankError, sup_rank};
use faer::Mat;
use std::collections::BTreeMap;

/// A bracket of the least error on known entries that a matrix of some rank can have.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialLimit {
    /// The rank.
    pub rank: usize,
    /// No matrix of that rank has a smaller weighted norm of errors on the known entries.
    pub lower: f64,
    /// Some matrix of that rank has this one.
    pub upper: f64,
    /// The numbers of rows and columns of the largest block behind the lower bound; none where it
    /// is 0.
    pub block: Option<(usize, usize)>,
}

/// Brackets the least error `sqrt(sum w (a - b)^2)` on the known entries over matrices `b` of every
/// rank from 0 to `most`.
///
/// *Upper*: [`complete`], at every rank, and never worse than at a smaller one. *Lower*: of a block
/// of rows and columns that is wholly known a matrix of rank `d` leaves at least the tail of the
/// singular values (Eckart and Young), times the root of the least weight in it (of each row or
/// column, which is then scaled); on disjoint blocks the squares add. The best of several packings
/// of blocks is taken. At rank 0 both ends are the norm.
///
/// ```
/// use relata_kernels::completion::{CompletionParams, PartialMatrix, partial_limits};
/// use faer::Mat;
/// // The identity without one entry.
/// let p = PartialMatrix::new(Mat::<f64>::identity(6, 6).as_ref(), |i, j| (i, j) != (0, 5))?;
/// let limits = partial_limits(&p, 3, CompletionParams::default())?;
/// assert!(limits.iter().all(|l| l.lower <= l.upper));
/// assert!(limits[1].lower > 1.9 && limits[1].upper < 2.3); // the whole identity leaves 2.236
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if a decomposition does not converge.
pub fn partial_limits(
    a: &PartialMatrix,
    most: usize,
    params: CompletionParams,
) -> Result<Vec<PartialLimit>, MatrixError> {
    let (n, m) = (a.nrows(), a.ncols());
    let whole = a.known() == n * m;
    let packings: Vec<Vec<(KnownBlock, Vec<f64>)>> = if whole {
        let block = KnownBlock { rows: (0..n).collect(), columns: (0..m).collect() };
        let values = spectrum(a, &block)?;
        vec![vec![(block, values)]]
    } else {
        let with_spectra = |blocks: Vec<KnownBlock>| {
            blocks.into_iter().map(|b| spectrum(a, &b).map(|s| (b, s))).collect::<Result<Vec<_>, _>>()
        };
        known_blocks(a).into_iter().map(with_spectra).collect::<Result<_, _>>()?
    };
    let norm = a.norm();
    let mut limits = Vec::new();
    for rank in 0..=most {
        let upper = if rank == 0 {
            norm
        } else if rank >= n.min(m) {
            // Every entry can be had.
            0.0
        } else {
            complete(a, rank, params)?.error
        };
        let (lower, block) = if rank == 0 { (norm, None) } else { lower(&packings, rank) };
        limits.push(PartialLimit { rank, lower, upper, block });
    }
    // A larger rank can do what a smaller one can.
    for k in 1..limits.len() {
        limits[k].upper = limits[k].upper.min(limits[k - 1].upper);
    }
    Ok(limits)
}

/// Singular values of a block whose rows, or columns, are scaled by the roots of their least
/// weights; those of the two whose squares add to more.
fn spectrum(a: &PartialMatrix, block: &KnownBlock) -> Result<Vec<f64>, MatrixError> {
    let least_of_row = |i: usize| block.columns.iter().map(|&j| a.weight(i, j)).fold(f64::INFINITY, f64::min);
    let least_of_column = |j: usize| block.rows.iter().map(|&i| a.weight(i, j)).fold(f64::INFINITY, f64::min);
    let of = |scale: &dyn Fn(usize, usize) -> f64| {
        Mat::from_fn(block.rows.len(), block.columns.len(), |p, q| {
            let (i, j) = (block.rows[p], block.columns[q]);
            a.value(i, j) * scale(i, j).sqrt()
        })
    };
    let of_rows: BTreeMap<usize, f64> = block.rows.iter().map(|&i| (i, least_of_row(i))).collect();
    let of_columns: BTreeMap<usize, f64> = block.columns.iter().map(|&j| (j, least_of_column(j))).collect();
    let by_rows = of(&|i, _| of_rows[&i]);
    let by_columns = of(&|_, j| of_columns[&j]);
    let larger = if by_rows.norm_l2() >= by_columns.norm_l2() { by_rows } else { by_columns };
    if larger.norm_max() == 0.0 {
        return Ok(vec![0.0; block.shorter_side()]);
    }
    matrix::singular_values(larger.as_ref())
}

/// The best lower bound of all packings, and the largest block behind it.
fn lower(packings: &[Vec<(KnownBlock, Vec<f64>)>], rank: usize) -> (f64, Option<(usize, usize)>) {
    let mut best = (0.0, None);
    for packing in packings {
        let mut tails = Vec::new();
        let mut largest: Option<(usize, usize)> = None;
        for (block, values) in packing.iter().filter(|(b, _)| b.shorter_side() > rank) {
            // Each singular value is known up to the rounding of the largest.
            let size = block.rows.len().max(block.columns.len()) as f64;
            let rounding = 4.0 * size * f64::EPSILON * values[0];
            let tail = root_sum_squares(&values[rank..]) - rounding * (values.len() as f64).sqrt();
            if tail > 0.0 {
                tails.push(tail);
                let shape = (block.rows.len(), block.columns.len());
                if largest.is_none_or(|(r, c)| shape.0 * shape.1 > r * c) {
                    largest = Some(shape);
                }
            }
        }
        tails.sort_by(|x, y| y.total_cmp(x));
        let sum = relata_relations::norm2(tails.iter().copied());
        if sum > best.0 {
            best = (sum, largest);
        }
    }
    best
}

/// Brackets the smallest rank of a matrix that is within `eps` of every known entry.
///
/// *Upper*: the smallest rank at which [`complete`] finds factors that are, checked on every known
/// entry; the smaller side, where none is found before. *Lower*: that of [`sup_rank`] on the
/// largest blocks that are wholly known. Weights do not matter, apart from 0, which is a hole.
///
/// # Errors
/// [`SupRankError`] for a tolerance that is not finite and nonnegative, or below rounding.
pub fn partial_sup_rank(
    a: &PartialMatrix,
    eps: f64,
    params: CompletionParams,
) -> Result<RankBracket, SupRankError> {
    if !(eps >= 0.0 && eps.is_finite()) {
        return Err(SupRankError::Tolerance(eps));
    }
    let (n, m) = (a.nrows(), a.ncols());
    let within =
        |b: &dyn Fn(usize, usize) -> f64| a.entries().all(|e| (e.value - b(e.row, e.column)).abs() <= eps);
    let mut upper = n.min(m);
    for rank in 0..n.min(m) {
        let found = complete(a, rank, params).map_err(SupRankError::Matrix)?;
        if within(&|i, j| found.at(i, j)) {
            upper = rank;
            break;
        }
    }
    let mut lower = usize::from(!within(&|_, _| 0.0));
    for block in known_blocks(a).iter().filter_map(|packing| packing.first()) {
        let b = Mat::from_fn(block.rows.len(), block.columns.len(), |p, q| {
            a.value(block.rows[p], block.columns[q])
        });
        // A tolerance below the rounding of a block says nothing of it.
        match sup_rank(b.as_ref(), eps) {
            Ok(r) => lower = lower.max(r.bracket.lower),
            Err(SupRankError::BelowRounding { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(RankBracket { lower, upper })
}
