//! Isotonic utilities: the nearest values in weighted least squares that do not decrease along a
//! known order.

use crate::estimation::error::EstimationError;
use relata_relations::PowerOfTwo;

/// The values `u_1 <= .. <= u_n` that minimise `sum w_i (u_i - y_i)^2` (pool adjacent violators; M.
/// Ayer et al., 1955).
///
/// ```
/// use relata_debreu::estimation::isotonic;
/// assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0], &[1.0; 4])?, vec![1.0, 2.5, 2.5, 4.0]);
/// # Ok::<(), relata_debreu::estimation::EstimationError>(())
/// ```
///
/// Complexity: `O(n)`.
///
/// # Errors
/// [`EstimationError::Shape`] for different lengths, [`EstimationError::Parameter`] for a value
/// that is not finite or a weight that is not positive, [`EstimationError::WeightRange`] for weights
/// near both ends of floating point.
pub fn isotonic(values: &[f64], weights: &[f64]) -> Result<Vec<f64>, EstimationError> {
    if values.len() != weights.len() {
        return Err(EstimationError::Shape { what: "weights", found: weights.len(), expected: values.len() });
    }
    if let Some(&value) = values.iter().find(|v| !v.is_finite()) {
        return Err(EstimationError::Parameter { parameter: "value", value, expected: "finite" });
    }
    if let Some(&value) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
        return Err(EstimationError::Parameter {
            parameter: "weight",
            value,
            expected: "positive and finite",
        });
    }
    // Sums of weights stay in the range.
    let count = (values.len() as f64).max(1.0);
    let (smallest, largest) =
        weights.iter().fold((f64::INFINITY, 0.0f64), |(s, l), w| (s.min(*w), l.max(*w)));
    let unit = if largest > f64::MAX / count { PowerOfTwo::of([2.0 * count]) } else { PowerOfTwo::ONE };
    if unit > PowerOfTwo::ONE && unit.divide(smallest) < f64::MIN_POSITIVE {
        let ratio = unit.divide(largest) / f64::MIN_POSITIVE;
        return Err(EstimationError::WeightRange { smallest, largest, ratio, items: values.len() });
    }
    // Blocks of pooled values: mean, weight, length.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&y, &w) in values.iter().zip(weights) {
        let mut block = (y, unit.divide(w), 1);
        while let Some(&(mean, weight, length)) = blocks.last() {
            if mean < block.0 {
                break;
            }
            let total = weight + block.1;
            // From the heavier towards the lighter by its share: neither products with weights nor
            // the difference of the values can leave the range.
            let (heavy, light, share) = if weight > block.1 {
                (mean, block.0, block.1 / total)
            } else {
                (block.0, mean, weight / total)
            };
            block = (heavy + (light * share - heavy * share), total, length + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    Ok(blocks.into_iter().flat_map(|(mean, _, length)| std::iter::repeat_n(mean, length)).collect())
}
