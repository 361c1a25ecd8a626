//! Counts of neurons and weights.

/// `ceil(x)` as a count, saturating; a relative excess of `1e-12` over a whole number is rounding.
pub(super) fn ceil(x: f64) -> u128 {
    let whole = (x * (1.0 - 1e-12)).ceil().max(0.0);
    if whole >= 3.4e38 { u128::MAX } else { whole as u128 }
}

/// Weights of `hidden layers of these widths, then a head`, for one encoder.
pub(super) fn layered(inputs: usize, widths: &[u128], outputs: u128) -> u128 {
    let mut before = inputs as u128;
    let mut sum = 0u128;
    for width in widths.iter().chain([&outputs]) {
        sum = sum.saturating_add(before.saturating_add(1).saturating_mul(*width));
        before = *width;
    }
    sum
}
