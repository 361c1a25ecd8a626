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
use relata_kernels::completion::{CompletionParams, PartialLimit, PartialMatrix, partial_limits};
use relata_relations::PowerOfTwo;
use std::sync::OnceLock;

/// What is known of a relation, in a unit near its largest entry.
pub(super) struct Holes<'a> {
    known: PartialMatrix,
    /// The unit.
    scale: f64,
    /// The brackets of its ranks, once they are computed.
    limits: &'a OnceLock<Result<Vec<PartialLimit>, String>>,
}

impl<'a> Holes<'a> {
    /// Of a relation that is held whole.
    pub(super) fn of(
        measured: &Measured,
        limits: &'a OnceLock<Result<Vec<PartialLimit>, String>>,
    ) -> anyhow::Result<Self> {
        let (a, scale) = scaled(measured.matrix.as_ref());
        let known = match &measured.weights {
            Some(weights) => PartialMatrix::weighted(a.as_ref(), weights.as_ref())?,
            None => PartialMatrix::new(a.as_ref(), |i, j| measured.is_known(i, j))?,
        };
        Ok(Self { known, scale, limits })
    }

    /// Of one that is known by its entries.
    pub(super) fn sparse(
        known: &PartialMatrix,
        limits: &'a OnceLock<Result<Vec<PartialLimit>, String>>,
    ) -> Self {
        let unit = PowerOfTwo::of([known.largest()]);
        Self { known: known.mapped(|v| unit.divide(v)), scale: unit.multiply(1.0), limits }
    }

    /// The brackets of ranks 0, 1, .. up to the largest that is sought.
    fn limits(&self) -> anyhow::Result<&[PartialLimit]> {
        let found = self.limits.get_or_init(|| {
            partial_limits(&self.known, most(&self.known), effort(&self.known)).map_err(|e| e.to_string())
        });
        found.as_deref().map_err(|e| anyhow::anyhow!("{e}"))
    }
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

/// Entries, known or not, up to which what is known may be held whole.
const MAX_WHOLE: usize = 25_000_000;

fn is_small(a: &PartialMatrix) -> bool {
    a.nrows().saturating_mul(a.ncols()) <= MAX_WHOLE
}
