//! Features of objects.

use crate::cards::{CARDS, card_attributes};
use crate::error::{TaskError, check_count};
use relata_relations::{Points, Stream};

/// The most objects, examples or coordinates that a task may ask for: what is larger is a slip of
/// the hand, and would fill the memory.
pub const MAX_OBJECTS: usize = 1 << 20;

/// `n` objects whose `dim` coordinates are independent standard normal numbers.
///
/// # Errors
/// [`TaskError::Count`] if there is no object or no coordinate, or more than [`MAX_OBJECTS`].
pub fn gaussian_objects(n: usize, dim: usize, stream: &mut Stream) -> Result<Points, TaskError> {
    check_count("objects", n, 1, MAX_OBJECTS)?;
    check_count("coordinates of an object", dim, 1, MAX_OBJECTS / n)?;
    Ok(Points::new(dim, (0..n * dim).map(|_| stream.normal()).collect())?)
}

/// All combinations of `sizes[0]` values of a first attribute with `sizes[1]` of a second, the
/// first in the outer loop. A value is a vector of standard normal numbers, `dims[a]` of them, and
/// the features of an object are those of its two values side by side.
///
/// # Errors
/// [`TaskError::Count`] if a number is 0 or the product is more than [`MAX_OBJECTS`].
pub fn product_objects(
    sizes: [usize; 2],
    dims: [usize; 2],
    stream: &mut Stream,
) -> Result<Points, TaskError> {
    check_count("values of the first attribute", sizes[0], 1, MAX_OBJECTS)?;
    check_count("values of the second attribute", sizes[1], 1, MAX_OBJECTS / sizes[0])?;
    let first = gaussian_objects(sizes[0], dims[0], stream)?;
    let second = gaussian_objects(sizes[1], dims[1], stream)?;
    let rows = first.rows().flat_map(|a| second.rows().map(move |b| [a, b].concat()));
    Ok(Points::new(dims[0] + dims[1], rows.flatten().collect())?)
}

/// The 81 cards of the game of set as `dim` numbers each, of which none belongs to one attribute:
/// `A tanh(B z)` with `z` the 12 indicators of the attributes' values, `B` a random matrix of
/// `dim x 12` standard normal numbers and `A` one of `dim x dim` with variance `1 / dim`.
///
/// # Errors
/// [`TaskError::Count`] if `dim` is 0 or more than 4096.
pub fn entangled_cards(dim: usize, stream: &mut Stream) -> Result<Points, TaskError> {
    check_count("coordinates of a card", dim, 1, 4096)?;
    let mut normal = |n: usize| -> Vec<f64> { (0..n).map(|_| stream.normal()).collect() };
    let (inner, outer) = (normal(dim * 12), normal(dim * dim));
    let scale = 1.0 / (dim as f64).sqrt();
    let features = |card: usize| -> Vec<f64> {
        let attributes = card_attributes(card);
        let hidden: Vec<f64> = inner
            .chunks_exact(12)
            .map(|row| attributes.iter().enumerate().map(|(a, v)| row[3 * a + v]).sum::<f64>().tanh())
            .collect();
        outer
            .chunks_exact(dim)
            .map(|row| scale * row.iter().zip(&hidden).map(|(w, h)| w * h).sum::<f64>())
            .collect()
    };
    Ok(Points::new(dim, (0..CARDS).flat_map(features).collect())?)
}
