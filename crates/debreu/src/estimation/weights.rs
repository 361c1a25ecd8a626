//! Weights of observations, which mean something only relative to each other.

use crate::estimation::error::EstimationError;
use crate::estimation::newton::MAX_DENSE_ITEMS;
use relata_relations::PowerOfTwo;

/// The largest ratio of two weights: beyond it probabilities that balance them underflow.
pub const MAX_WEIGHT_RATIO: f64 = 1e280;

/// The largest ratio of two weights where there are more items than [`MAX_DENSE_ITEMS`]: conjugate
/// gradients resolve no link of a graph that is weaker than rounding of the strong ones.
pub const MAX_SPARSE_WEIGHT_RATIO: f64 = 1e8;

/// The power of two next below the largest weight: divided by it, no sum overflows and no bit is
/// lost.
pub(crate) fn unit_of(weights: &[f64], items: usize) -> Result<PowerOfTwo, EstimationError> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let smallest = weights.iter().copied().fold(f64::INFINITY, f64::min);
    let ratio = if items > MAX_DENSE_ITEMS { MAX_SPARSE_WEIGHT_RATIO } else { MAX_WEIGHT_RATIO };
    if smallest < largest / ratio {
        return Err(EstimationError::WeightRange { smallest, largest, ratio, items });
    }
    Ok(PowerOfTwo::of([largest]))
}
