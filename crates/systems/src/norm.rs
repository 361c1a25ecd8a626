//! Normalisation over features, and over the objects of an example.

use crate::error::SystemError;
use burn::tensor::Tensor;

/// What is added to a variance before its root is divided by.
const EPSILON: f64 = 1e-5;

/// Every row with mean 0 and variance 1 over its entries (layer normalisation without learned
/// scales, which the next affine map has).
///
/// # Shapes
/// `[B, m, d]` to the same.
#[must_use]
pub fn standardise(x: Tensor<3>) -> Tensor<3> {
    over(x, 2)
}

/// Whether segments rise and the last ends at the last object; no segments stand for no normalisation.
pub(crate) fn check_segments(segments: &[usize], objects: usize) -> Result<(), SystemError> {
    let rising = std::iter::once(&0).chain(segments).zip(segments).all(|(a, b)| a < b);
    let last = segments.last().copied();
    if !rising || last.is_some_and(|last| last != objects) {
        let (what, value) = ("the end of the last segment", last.unwrap_or(0));
        let expected = format!("{objects}, the number of objects, after rising ends");
        return Err(SystemError::Shape { what, value, expected });
    }
    Ok(())
}

/// Every coordinate with mean 0 and variance 1 over the objects of its example: context
/// normalisation (Webb, Dulberg, Frankland, Petrov, O'Reilly and Cohen 2020). With `segments`, the
/// ends of runs of objects, each run is normalised by itself.
///
/// # Shapes
/// `[B, m, d]` to the same; the last segment ends at `m`.
#[must_use]
pub fn context_norm(x: Tensor<3>, segments: &[usize]) -> Tensor<3> {
    if segments.len() <= 1 {
        return over(x, 1);
    }
    let mut start = 0;
    let parts = segments.iter().map(|end| {
        let part = over(x.clone().narrow(1, start, end - start), 1);
        start = *end;
        part
    });
    Tensor::cat(parts.collect(), 1)
}

fn over(x: Tensor<3>, dim: usize) -> Tensor<3> {
    let centred = x.clone() - x.mean_dim(dim);
    let variance = centred.clone().square().mean_dim(dim);
    centred / (variance + EPSILON).sqrt()
}
