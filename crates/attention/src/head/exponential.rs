//! Which rank the exponential kernel of a head needs on what it reads.

use super::error::HeadError;
use super::observed::Observed;
use crate::InverseTemperature;
use crate::scores::exponentials;
use faer::{Mat, MatRef};
use relata_kernels::{Encoders, LimitError, Limits, matrix_limits};

/// The Eckart-Young limits of the matrix `exp(s_ij)` over all pairs of tokens, seen or not, at
/// every rank: the smallest relative error of any inner product of feature maps of that dimension,
/// on these inputs. The kernel is divided by its largest value, which changes no relative error.
///
/// Complexity: the singular values of an `n x n` matrix.
///
/// # Errors
/// [`HeadError::Limit`]
pub fn exp_kernel_limits(observed: &Observed) -> Result<Limits, HeadError> {
    let n = observed.tokens();
    let rows: Vec<&[f64]> = (0..n).filter_map(|i| observed.row(i)).collect();
    let top = rows.iter().flat_map(|r| r.iter()).copied().fold(f64::NEG_INFINITY, f64::max);
    // Row by row, which is the transpose, column by column: of the same singular values.
    let mut kernel: Vec<f64> = rows.iter().flat_map(|r| r.iter()).map(|s| s - top).collect();
    exponentials(&mut kernel);
    let kernel = MatRef::from_column_major_slice(&kernel, n, n);
    Ok(matrix_limits(kernel, Encoders::Separate, n)?)
}

/// The same of the attention matrix: `exp(s_ij)` with every row divided by its sum over the keys
/// that the query sees.
///
/// # Errors
/// [`HeadError::Limit`]
pub fn attention_limits(observed: &Observed) -> Result<Limits, HeadError> {
    let n = observed.tokens();
    let weights = observed
        .contexts()
        .map(|c| Ok(c?.softmax(InverseTemperature::ONE)))
        .collect::<Result<Vec<_>, HeadError>>()?;
    let matrix = Mat::from_fn(n, n, |i, j| weights[i][j]);
    Ok(matrix_limits(matrix.as_ref(), Encoders::Separate, n)?)
}

/// The smallest rank whose limit is at most `relative`, up to `most`.
///
/// # Errors
/// [`LimitError`] if the limits end before `most`.
pub fn rank_for(limits: &Limits, relative: f64, most: usize) -> Result<Option<usize>, LimitError> {
    for rank in 0..=most {
        if limits.at(rank)?.relative <= relative {
            return Ok(Some(rank));
        }
    }
    Ok(None)
}
