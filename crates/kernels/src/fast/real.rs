//! The two floating-point types of the fast evaluations.

use super::lanes::Lanes;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// `f32` or `f64`.
pub trait Real:
    sealed::Sealed
    + Lanes
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

    /// What is added to the exponent where it is stored.
    #[doc(hidden)]
    const BIAS: Self;

    /// `1.5 * 2^d + BIAS` for `d` stored digits: added to a number it rounds to an integer, and
    /// leaves that plus the bias in the lowest bits.
    #[doc(hidden)]
    const ROUNDING: Self;

    /// `ln 2` in two parts; the first has so many trailing zeros that an exponent times it is
    /// exact.
    #[doc(hidden)]
    const LN_2: [Self; 2];

    /// The polynomial that interpolates `(2^r - 1) / r` at the Chebyshev nodes of `[-1/2, 1/2]`,
    /// lowest coefficient first: `2^r` is off by `8.5e-18` in f64 and `5.1e-9` in f32, less than a
    /// tenth of a unit in the last place.
    #[doc(hidden)]
    const POWER: &'static [Self];
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Real for f64 {
    const BIAS: Self = 1023.0;
    const ROUNDING: Self = 6_755_399_441_055_744.0 + 1023.0;
    const LN_2: [Self; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const POWER: &'static [Self] = &[
        std::f64::consts::LN_2,
        0.240_226_506_959_100_97,
        0.055_504_108_664_821_6,
        0.009_618_129_107_606_888,
        0.001_333_355_814_641_693_6,
        1.540_353_044_173_605e-4,
        1.525_273_382_983_612e-5,
        1.321_544_258_792_169e-6,
        1.017_806_244_584_577_4e-7,
        7.072_585_949_269_223e-9,
        4.454_960_598_186_518_6e-10,
    ];

    #[inline(always)]
    fn from_f64(v: f64) -> Self {
        v
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Real for f32 {
    const BIAS: Self = 127.0;
    const ROUNDING: Self = 12_582_912.0 + 127.0;
    const LN_2: [Self; 2] = [0.693_359_4, -2.121_944_4e-4];
    const POWER: &'static [Self] =
        &[std::f32::consts::LN_2, 0.240_226_5, 0.055_503_57, 0.009_618_083, 0.001_339_086_3, 1.545_316_3e-4];

    #[inline(always)]
    fn from_f64(v: f64) -> Self {
        v as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}
