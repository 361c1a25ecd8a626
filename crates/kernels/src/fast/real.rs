//! The two floating-point types of the fast evaluations.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// `f32` or `f64`.
pub trait Real:
    sealed::Sealed
    + faer::traits::RealField
    + Copy
    + Send
    + Sync
    + 'static
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + Sum
{
    /// Rounds a double.
    fn from_f64(v: f64) -> Self;

    /// As a double.
    fn to_f64(self) -> f64;

    /// `a * b + c`, fused if `FMA`. (Without hardware support a fused operation is a slow call.)
    #[doc(hidden)]
    fn fused<const FMA: bool>(self, b: Self, c: Self) -> Self;

    /// `sqrt(max(self, 0))`.
    #[doc(hidden)]
    fn root(self) -> Self;

    /// The exponential, see [`super::exp_in_place`].
    #[doc(hidden)]
    fn exponential<const FMA: bool>(self) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Real for f64 {
    #[inline(always)]
    fn from_f64(v: f64) -> Self {
        v
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn fused<const FMA: bool>(self, b: Self, c: Self) -> Self {
        if FMA { self.mul_add(b, c) } else { self * b + c }
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.max(0.0).sqrt()
    }

    #[inline(always)]
    fn exponential<const FMA: bool>(self) -> Self {
        super::exp::exp_f64::<FMA>(self)
    }
}

impl Real for f32 {
    #[inline(always)]
    fn from_f64(v: f64) -> Self {
        v as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn fused<const FMA: bool>(self, b: Self, c: Self) -> Self {
        if FMA { self.mul_add(b, c) } else { self * b + c }
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.max(0.0).sqrt()
    }

    #[inline(always)]
    fn exponential<const FMA: bool>(self) -> Self {
        super::exp::exp_f32::<FMA>(self)
    }
}
