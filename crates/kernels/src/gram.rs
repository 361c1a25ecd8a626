//! Gram matrices, in parallel.

use faer::Mat;
use rayon::prelude::*;
use relata_relations::{Points, Relation, RelationError, Symmetry, evaluate_into};

/// Columns of a block: enough work for a thread, and for the matrix multiplications inside.
const STEP: usize = 128;

/// `K_ij = r(x_i, x_j)`, columns shared out among threads. Of a symmetric relation half is
/// evaluated and mirrored, so that the result is exactly symmetric. Shape: `n x n`.
///
/// ```
/// use relata_kernels::{cross_gram, gram};
/// use relata_relations::{Points, catalogue::brownian};
/// let x = Points::line(vec![0.25, 0.5])?;
/// assert_eq!(gram(&brownian(), &x)?, faer::mat![[0.25, 0.25], [0.25, 0.5]]);
/// assert_eq!(cross_gram(&brownian(), &x, &Points::line(vec![0.3])?)?, faer::mat![[0.25], [0.3]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RelationError`] as [`relata_relations::evaluate`]; the row and column named there count from
/// the start of a block.
pub fn gram(r: &dyn Relation, x: &Points) -> Result<Mat<f64>, RelationError> {
    if r.symmetry() != Symmetry::Symmetric {
        return cross_gram(r, x, x);
    }
    let n = x.len();
    let mut out = Mat::zeros(n, n);
    let blocks: Vec<Points> = x.blocks(STEP).collect();
    out.par_col_chunks_mut(STEP).enumerate().try_for_each(|(b, mut target)| {
        let start = b * STEP;
        let rest: Vec<usize> = (start..n).collect();
        let below = x.select(&rest).unwrap_or_else(|| blocks[b].clone());
        evaluate_into(r, &below, &blocks[b], target.as_mut().subrows_mut(start, n - start))
    })?;
    for j in 0..n {
        for i in 0..j {
            out[(i, j)] = out[(j, i)];
        }
    }
    Ok(out)
}

/// `R_ij = r(x_i, y_j)`, columns shared out among threads. Shape: `n x m`.
///
/// # Errors
/// [`RelationError`] as [`relata_relations::evaluate`]; the column named there counts from the
/// start of a block.
pub fn cross_gram(r: &dyn Relation, x: &Points, y: &Points) -> Result<Mat<f64>, RelationError> {
    let mut out = Mat::zeros(x.len(), y.len());
    let blocks: Vec<Points> = y.blocks(STEP).collect();
    out.par_col_chunks_mut(STEP)
        .enumerate()
        .try_for_each(|(b, target)| evaluate_into(r, x, &blocks[b], target))?;
    Ok(out)
}
