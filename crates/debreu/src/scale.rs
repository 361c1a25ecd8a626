//! Units in which products of numbers of any size stay in the range of floating point.

/// The power of two next below a positive number, which divides without a rounding; 1 for 0.
pub(crate) fn power_of_two(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    // Subnormal numbers have no exponent of their own.
    const EXPONENT: u64 = 0x7ff << 52;
    f64::from_bits(value.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}
