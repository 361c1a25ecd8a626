//! What the known entries of a relation say, where some are not known or not all count alike.
//!
//! With holes or weights the least error of a rank is bracketed rather than known (see
//! [`relata_kernels::completion`]); a part is measured on pairs that are known both ways; and a
//! relation is shown not to be positive semidefinite by a block that is wholly known, whatever the
//! holes hold.

mod ranks;
mod structure;

pub(super) use ranks::ranks;
pub(super) use structure::structure;

use super::measured::Measured;
use super::structure::scaled;
use faer::Mat;
use relata_kernels::completion::{CompletionParams, PartialMatrix};

/// The known entries in the unit of [`scaled`], and that unit.
fn known(measured: &Measured) -> anyhow::Result<(PartialMatrix, f64)> {
    let (a, scale) = scaled(measured.matrix.as_ref());
    let weights = match &measured.weights {
        Some(weights) => weights.clone(),
        None => Mat::from_fn(a.nrows(), a.ncols(), |i, j| f64::from(u8::from(measured.is_known(i, j)))),
    };
    Ok((PartialMatrix::weighted(a.as_ref(), weights.as_ref())?, scale))
}

/// How long factors are sought: a sweep costs the known entries times the square of the rank.
fn effort(a: &PartialMatrix) -> CompletionParams {
    let default = CompletionParams::default();
    match a.known() {
        0..=20_000 => default,
        20_001..=200_000 => CompletionParams { restarts: 1, sweeps: 100, progress: 1e-4, ..default },
        _ => CompletionParams { restarts: 0, sweeps: 40, progress: 1e-3, ..default },
    }
}

/// The largest rank at which the error is bracketed.
fn most(a: &PartialMatrix) -> usize {
    let side = a.nrows().min(a.ncols());
    side.min(if a.known() <= 20_000 { 16 } else { 8 })
}
