//! Norms that neither overflow nor underflow before their result does.
//!
//! The square of `1e-200` is 0 and that of `1e200` is infinite, so that a plain sum of squares is
//! right for numbers of ordinary size alone. Here it is taken first, because it almost always is
//! right, and where it may not be the numbers are scaled by a power of two, which is exact (as in
//! LAPACK's `dnrm2`; Blue 1978). Multiplying all numbers by `2^k` multiplies a norm by exactly
//! `2^k`, and by any other factor it does so to rounding.

/// A power of two by which numbers are brought to order one and back, exactly.
///
/// ```
/// use relata_relations::PowerOfTwo;
/// let tiny = [3e-320, -1e-310];
/// let scale = PowerOfTwo::of(tiny);
/// let largest = tiny.into_iter().map(|v| scale.divide(v).abs()).fold(0.0, f64::max);
/// assert!((1.0..2.0).contains(&largest));
/// assert_eq!(scale.multiply(scale.divide(3e-320)), 3e-320);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PowerOfTwo {
    exponent: i32,
}

impl PowerOfTwo {
    /// 1.
    pub const ONE: Self = Self { exponent: 0 };

    /// The power of two such that the largest finite magnitude divided by it lies in `[1, 2)`; 1
    /// where there is no finite number but 0.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|v| v.is_finite());
        let largest = finite.fold(0.0f64, |m, v| m.max(v.abs()));
        if largest > 0.0 { Self { exponent: libm::ilogb(largest) } } else { Self::ONE }
    }

    /// `2^exponent`; a number out of the range of exponents of sums of products is for the caller
    /// to avoid.
    #[must_use]
    pub const fn new(exponent: i32) -> Self {
        Self { exponent }
    }

    /// Its exponent.
    #[must_use]
    pub const fn exponent(self) -> i32 {
        self.exponent
    }

    /// `v / 2^exponent`, exact unless it is subnormal.
    #[must_use]
    pub fn divide(self, v: f64) -> f64 {
        libm::scalbn(v, -self.exponent)
    }

    /// `2^exponent v`, exact unless it is subnormal; infinite where it overflows.
    #[must_use]
    pub fn multiply(self, v: f64) -> f64 {
        libm::scalbn(v, self.exponent)
    }
}

/// Sums of squares between these lost nothing that counts: each square that underflowed, of 2^60 at
/// most, is below 2^-1022, and so together they are below rounding (2^-52) of the lower end.
const SAFE: std::ops::Range<f64> = 1.0e-270..1.0e300;

/// The Euclidean norm `sqrt(sum_i v_i^2)`, in the order of the numbers; 0 of none.
///
/// It is infinite only if the norm itself exceeds the largest number or one of the numbers is
/// infinite, and NaN only if one is NaN. One pass over numbers of ordinary size, otherwise three.
///
/// ```
/// use relata_relations::norm2;
/// assert_eq!(norm2([3e-200, 4e-200]), 5e-200);
/// assert!((norm2([3e200, 4e200]) - 5e200).abs() <= 1e185);
/// assert_eq!(norm2([0.0, 5e-324]), 5e-324);
/// assert_eq!(norm2([]), 0.0);
/// ```
#[must_use]
pub fn norm2<I>(values: I) -> f64
where
    I: IntoIterator<Item = f64>,
    I::IntoIter: Clone,
{
    let values = values.into_iter();
    let plain: f64 = values.clone().map(|v| v * v).sum();
    if SAFE.contains(&plain) || plain.is_nan() {
        return plain.sqrt();
    }
    if values.clone().any(f64::is_infinite) {
        return f64::INFINITY;
    }
    let scale = PowerOfTwo::of(values.clone());
    scale.multiply(values.map(|v| scale.divide(v).powi(2)).sum::<f64>().sqrt())
}

/// `sqrt(sum_i w_i v_i^2)` of pairs `(w_i, v_i)` of a nonnegative weight and a number, under the
/// same guarantees as [`norm2`].
///
/// ```
/// use relata_relations::weighted_norm2;
/// assert_eq!(weighted_norm2([(0.25, 3e-200), (0.25, 4e-200)]), 2.5e-200);
/// ```
#[must_use]
pub fn weighted_norm2<I>(pairs: I) -> f64
where
    I: IntoIterator<Item = (f64, f64)>,
    I::IntoIter: Clone,
{
    let pairs = pairs.into_iter();
    let plain: f64 = pairs.clone().map(|(w, v)| w * (v * v)).sum();
    if SAFE.contains(&plain) || plain.is_nan() && pairs.clone().any(|(w, v)| w.is_nan() || v.is_nan()) {
        return plain.sqrt();
    }
    norm2(pairs.map(|(w, v)| w.sqrt() * v))
}

/// The Euclidean distance of two points of equal dimension, under the same guarantees as [`norm2`].
#[must_use]
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm2(a.iter().zip(b).map(|(a, b)| a - b))
}
