//! Sums of squares with a bracket, in a unit that keeps them in range.

use crate::scale::PowerOfTwo;
use std::ops::{Add, Mul};

/// A sum of squares: its value, and ends between which it certainly lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Squares {
    pub(crate) low: f64,
    pub(crate) value: f64,
    pub(crate) high: f64,
}

impl Squares {
    /// A sum that is known.
    pub(crate) fn exact(value: f64) -> Self {
        Self { low: value, value, high: value }
    }

    /// Each of the three numbers through one function.
    pub(crate) fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { low: f(self.low), value: f(self.value), high: f(self.high) }
    }
}

impl Add for Squares {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { low: self.low + other.low, value: self.value + other.value, high: self.high + other.high }
    }
}

/// Products of sums of squares, which are never negative.
impl Mul for Squares {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { low: self.low * other.low, value: self.value * other.value, high: self.high * other.high }
    }
}

/// A power of two near `size`, by which numbers of that size are divided before they are squared;
/// 1 for ordinary sizes, whose squares neither overflow nor underflow, and for 0.
pub(crate) fn power_of_two(size: f64) -> f64 {
    /// Squares of numbers in this range, and sums of 1e8 of them, keep all digits.
    const ORDINARY: std::ops::RangeInclusive<f64> = 1e-120..=1e120;
    if ORDINARY.contains(&size) { 1.0 } else { PowerOfTwo::of([size]).multiply(1.0) }
}
