//! Blocks of rows and columns of which every entry is known.

use super::partial::PartialMatrix;
use std::collections::BTreeSet;

/// Rows and columns of which every entry is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBlock {
    /// The rows, in order.
    pub rows: Vec<usize>,
    /// The columns, in order.
    pub columns: Vec<usize>,
}

impl KnownBlock {
    /// The shorter side: a matrix of that rank or more may leave nothing of the block.
    #[must_use]
    pub fn shorter_side(&self) -> usize {
        self.rows.len().min(self.columns.len())
    }
}

/// How lines are given up until nothing unknown is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peel {
    /// The line of which the largest share is unknown.
    Share,
    /// Rows alone, as long as there are two.
    Rows,
    /// Columns alone, as long as there are two.
    Columns,
}

/// Packings of disjoint known blocks (no entry is in two of one packing), each found by giving up
/// the lines with most unknown entries. A packing is not claimed to be the best: that is hard.
/// Complexity: `n m` per block.
///
/// ```
/// use relata_kernels::completion::{PartialMatrix, known_blocks};
/// use faer::Mat;
/// // Of a square only the diagonal is unknown: two blocks, above and below.
/// let p = PartialMatrix::new(Mat::<f64>::ones(8, 8).as_ref(), |i, j| i != j)?;
/// let best = known_blocks(&p).into_iter().map(|blocks| blocks[0].shorter_side()).max();
/// assert_eq!(best, Some(4));
/// # Ok::<(), relata_kernels::completion::PartialMatrixError>(())
/// ```
/// Above 25 million entries, known or not, none is sought.
#[must_use]
pub fn known_blocks(a: &PartialMatrix) -> Vec<Vec<KnownBlock>> {
    /// Blocks beyond which the rest is too small to matter, and entries beyond which fewer are
    /// sought.
    const MOST: usize = 48;
    const LARGE: usize = 1_000_000;
    /// A byte for each entry is held.
    const MAX_SIZE: usize = 25_000_000;
    let (n, m) = (a.nrows(), a.ncols());
    if n.saturating_mul(m) > MAX_SIZE {
        return Vec::new();
    }
    let mut known = vec![false; n * m];
    a.entries().for_each(|e| known[e.row * m + e.column] = true);
    let most = if n * m > LARGE { 4 } else { MOST };
    let mut packings: Vec<Vec<KnownBlock>> = Vec::new();
    for first in [Peel::Share, Peel::Rows, Peel::Columns] {
        let mut free = known.clone();
        let mut blocks = Vec::new();
        while blocks.len() < most {
            let peel = if blocks.is_empty() { first } else { Peel::Share };
            let Some(block) = peeled(&free, n, m, peel) else { break };
            for &i in &block.rows {
                block.columns.iter().for_each(|&j| free[i * m + j] = false);
            }
            blocks.push(block);
        }
        if !blocks.is_empty() && !packings.contains(&blocks) {
            packings.push(blocks);
        }
    }
    packings
}

/// A block of at least two rows and columns; none where nothing is left.
fn peeled(free: &[bool], n: usize, m: usize, peel: Peel) -> Option<KnownBlock> {
    let (mut rows, mut columns) = (vec![true; n], vec![true; m]);
    let mut row_gaps: Vec<usize> = (0..n).map(|i| (0..m).filter(|j| !free[i * m + j]).count()).collect();
    let mut column_gaps: Vec<usize> = (0..m).map(|j| (0..n).filter(|i| !free[i * m + j]).count()).collect();
    let (mut height, mut width) = (n, m);
    loop {
        let worst = |gaps: &[usize], kept: &[bool]| {
            let of = |k: usize| (gaps[k], std::cmp::Reverse(k));
            (0..gaps.len()).filter(|k| kept[*k]).max_by_key(|k| of(*k)).map(|k| (gaps[k], k))
        };
        let (row, column) = (worst(&row_gaps, &rows)?, worst(&column_gaps, &columns)?);
        if row.0 == 0 {
            break;
        }
        let by_share = row.0 * height >= column.0 * width;
        let drop_row = match peel {
            Peel::Share => by_share,
            Peel::Rows => height > 2 || by_share,
            Peel::Columns => width <= 2 && by_share,
        };
        if drop_row {
            rows[row.1] = false;
            height -= 1;
            (0..m).filter(|j| !free[row.1 * m + j]).for_each(|j| column_gaps[j] -= 1);
        } else {
            columns[column.1] = false;
            width -= 1;
            (0..n).filter(|i| !free[i * m + column.1]).for_each(|i| row_gaps[i] -= 1);
        }
        if height < 2 || width < 2 {
            return None;
        }
    }
    let kept = |mask: &[bool]| (0..mask.len()).filter(|k| mask[*k]).collect::<Vec<_>>();
    // What was given up may fit after all.
    let (mut rows, mut columns) = (kept(&rows), kept(&columns));
    let all_free = |i: usize, columns: &[usize]| columns.iter().all(|j| free[i * m + j]);
    rows = (0..n).filter(|i| rows.contains(i) || all_free(*i, &columns)).collect();
    columns = (0..m).filter(|j| columns.contains(j) || rows.iter().all(|i| free[i * m + j])).collect();
    Some(KnownBlock { rows, columns })
}

/// Objects of which every pair is known in both directions, and every object with itself: on their
/// principal block definiteness can be tested. Found by giving up the objects with most unknown
/// pairs; empty if none has a known diagonal. The matrix must be square; of another one nothing is
/// returned.
#[must_use]
pub fn known_principal_block(a: &PartialMatrix) -> Vec<usize> {
    let n = a.nrows();
    if n != a.ncols() {
        return Vec::new();
    }
    // For each object the others that it is known with, both ways, itself among them.
    let with = |i: usize| a.by_row().line(i).map(|(j, ..)| j).filter(move |j| a.is_known(*j, i));
    let mut kept: Vec<bool> = (0..n).map(|i| a.is_known(i, i)).collect();
    let mut counts: Vec<usize> =
        (0..n).map(|i| if kept[i] { with(i).filter(|j| kept[*j]).count() } else { 0 }).collect();
    // The object that is known with fewest comes first, the first of several.
    let mut order: BTreeSet<(usize, usize)> = (0..n).filter(|i| kept[*i]).map(|i| (counts[i], i)).collect();
    while let Some(&(count, worst)) = order.first().filter(|(count, _)| *count < order.len()) {
        order.remove(&(count, worst));
        kept[worst] = false;
        for j in with(worst).filter(|j| kept[*j]) {
            order.remove(&(counts[j], j));
            counts[j] -= 1;
            order.insert((counts[j], j));
        }
    }
    (0..n).filter(|i| kept[*i]).collect()
}
