//! Interval arithmetic with outward rounding.

use std::f64::consts::PI;
use std::ops::{Add, Mul, Neg, Sub};

/// A closed interval of real numbers that certainly contains the value it stands for.
///
/// Every operation rounds outwards: sums that are exact stay exact, other results move to the next
/// floating-point number, and elementary functions are widened by four units in the last place,
/// more than the error of any mathematical library in use. A result that is not a number becomes
/// the whole line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    low: f64,
    high: f64,
}

impl Bracket {
    /// The one number 0.
    pub const ZERO: Self = Self { low: 0.0, high: 0.0 };
    /// Every number.
    pub const LINE: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// The numbers between `a` and `b`, in either order; everything if one is not a number.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Self {
        if a.is_nan() || b.is_nan() { Self::LINE } else { Self { low: a.min(b), high: a.max(b) } }
    }

    /// The one number `v`.
    #[must_use]
    pub fn point(v: f64) -> Self {
        Self::new(v, v)
    }

    /// The numbers within `radius` of `v`.
    #[must_use]
    pub fn around(v: f64, radius: f64) -> Self {
        Self::point(v) + Self::new(-radius, radius)
    }

    /// The least number.
    #[must_use]
    pub fn low(self) -> f64 {
        self.low
    }

    /// The largest number.
    #[must_use]
    pub fn high(self) -> f64 {
        self.high
    }

    /// A number of the interval near its middle; an unbounded interval has none.
    ///
    /// ```
    /// use relata_relations::Bracket;
    /// assert_eq!(Bracket::new(-1.0, 2.0).middle(), Some(0.5));
    /// assert_eq!(Bracket::new(-f64::MAX, f64::MAX).middle(), Some(0.0));
    /// assert_eq!(Bracket::LINE.middle(), None);
    /// ```
    #[must_use]
    pub fn middle(self) -> Option<f64> {
        let width = self.high - self.low;
        // Halves first only where the width overflows: half of a subnormal number is rounded.
        let m = if width.is_finite() { self.low + 0.5 * width } else { 0.5 * self.low + 0.5 * self.high };
        (self.low.is_finite() && self.high.is_finite()).then(|| m.clamp(self.low, self.high))
    }

    /// How far a number of the interval can be from [`Bracket::middle`], rounded up; infinite where
    /// there is no middle.
    #[must_use]
    pub fn radius(self) -> f64 {
        let Some(m) = self.middle() else { return f64::INFINITY };
        let reach = (self.high - m).max(m - self.low);
        if reach > 0.0 { reach.next_up() } else { 0.0 }
    }

    /// The largest magnitude.
    #[must_use]
    pub fn magnitude(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// Whether `v` belongs to the interval.
    #[must_use]
    pub fn contains(self, v: f64) -> bool {
        self.low <= v && v <= self.high
    }

    /// The smallest interval that contains both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// What both contain; where rounding left nothing in common, `self`.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high { Self { low, high } } else { self }
    }

    /// `|v|`.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.low >= 0.0 {
            self
        } else if self.high <= 0.0 {
            -self
        } else {
            Self { low: 0.0, high: self.magnitude() }
        }
    }

    /// `v^2`.
    #[must_use]
    pub fn square(self) -> Self {
        let a = self.abs();
        Self { low: product_down(a.low, a.low).max(0.0), high: product_up(a.high, a.high) }
    }

    /// `v^n`.
    #[must_use]
    pub fn powi(self, n: u32) -> Self {
        match n {
            0 => Self::point(1.0),
            1 => self,
            n if n.is_multiple_of(2) => self.square().powi(n / 2),
            n => {
                // Odd powers increase.
                let power = |v: f64| Self::point(v) * Self::point(v).square().powi(n / 2);
                Self::new(power(self.low).low, power(self.high).high)
            }
        }
    }

    /// `1 / v`; everything if 0 is among the numbers.
    #[must_use]
    pub fn recip(self) -> Self {
        if self.low <= 0.0 && self.high >= 0.0 {
            return Self::LINE;
        }
        Self::new((1.0 / self.high).next_down(), (1.0 / self.low).next_up())
    }

    /// `exp v`.
    #[must_use]
    pub fn exp(self) -> Self {
        let r = self.increasing(f64::exp);
        Self { low: r.low.max(0.0), high: r.high }
    }

    /// `ln v`; from minus infinity where numbers are not positive.
    #[must_use]
    pub fn ln(self) -> Self {
        if self.low > 0.0 { self.increasing(f64::ln) } else { Self::LINE }
    }

    /// `sqrt v`, of the numbers that are not negative.
    #[must_use]
    pub fn sqrt(self) -> Self {
        let r = Self { low: self.low.max(0.0), high: self.high.max(0.0) }.increasing(f64::sqrt);
        Self { low: r.low.max(0.0), high: r.high }
    }

    /// `sin v`.
    #[must_use]
    pub fn sin(self) -> Self {
        self.wave(f64::sin, 0.5)
    }

    /// `cos v`.
    #[must_use]
    pub fn cos(self) -> Self {
        self.wave(f64::cos, 0.0)
    }

    /// `tanh v`.
    #[must_use]
    pub fn tanh(self) -> Self {
        self.increasing(f64::tanh).meet(Self { low: -1.0, high: 1.0 })
    }

    /// `arcsin v` of the numbers within `[-1, 1]`.
    #[must_use]
    pub fn asin(self) -> Self {
        self.clamp_to_unit().increasing(f64::asin)
    }

    /// `arccos v` of the numbers within `[-1, 1]`.
    #[must_use]
    pub fn acos(self) -> Self {
        -(-self.clamp_to_unit()).increasing(|v| -(-v).acos())
    }

    /// The image under a nondecreasing function whose evaluations are good to four units in the
    /// last place.
    #[must_use]
    pub fn increasing(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(down(f(self.low)), up(f(self.high)))
    }

    fn clamp_to_unit(self) -> Self {
        Self { low: self.low.clamp(-1.0, 1.0), high: self.high.clamp(-1.0, 1.0) }
    }

    /// Sine and cosine: extremes `(-1)^m` at `(m + phase) pi`.
    fn wave(self, f: impl Fn(f64) -> f64, phase: f64) -> Self {
        let unit = Self { low: -1.0, high: 1.0 };
        if !(self.high - self.low < 2.0 * PI && self.magnitude() < 1e6) {
            return unit;
        }
        let (a, b) = (f(self.low), f(self.high));
        let mut r = Self::new(down(a.min(b)), up(a.max(b)));
        // A position counts as inside when it is so close that rounding might have moved it out.
        let first = (self.low / PI - phase - 1e-9).ceil();
        let last = (self.high / PI - phase + 1e-9).floor();
        let mut m = first;
        while m <= last {
            r = r.hull(Self::point(if m.rem_euclid(2.0) < 0.5 { 1.0 } else { -1.0 }));
            m += 1.0;
        }
        r.meet(unit)
    }
}

/// More than the error of the elementary functions, relative.
const ULPS: f64 = 4.0 * f64::EPSILON;

/// Four of the smallest steps there are: the same among subnormal numbers, where a relative error
/// rounds to nothing.
const SMALLEST_STEPS: f64 = f64::from_bits(4);

fn down(v: f64) -> f64 {
    if v == 0.0 {
        -f64::MIN_POSITIVE
    } else if v.is_infinite() {
        // A result that overflowed is at least the largest number.
        v.next_down()
    } else {
        v - (v.abs() * ULPS).max(SMALLEST_STEPS)
    }
}

fn up(v: f64) -> f64 {
    -down(-v)
}

/// Whether `s = a + b` was exact (Knuth's two-sum).
fn exact(a: f64, b: f64, s: f64) -> bool {
    let t = s - a;
    (a - (s - t)) + (b - t) == 0.0
}

fn sum_down(a: f64, b: f64) -> f64 {
    let s = a + b;
    if exact(a, b, s) { s } else { s.next_down() }
}

fn sum_up(a: f64, b: f64) -> f64 {
    let s = a + b;
    if exact(a, b, s) { s } else { s.next_up() }
}

fn product_down(a: f64, b: f64) -> f64 {
    // 0 times anything that the interval stands for is 0: its ends may be infinite, its numbers are
    // not.
    if a == 0.0 || b == 0.0 { 0.0 } else { (a * b).next_down() }
}

fn product_up(a: f64, b: f64) -> f64 {
    -product_down(-a, b)
}

impl Default for Bracket {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Neg for Bracket {
    type Output = Self;
    fn neg(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }
}

impl Add for Bracket {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (low, high) = (sum_down(self.low, other.low), sum_up(self.high, other.high));
        if low.is_nan() || high.is_nan() { Self::LINE } else { Self { low, high } }
    }
}

impl Sub for Bracket {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Bracket {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        let (a, b, c, d) = (self.low, self.high, o.low, o.high);
        // The signs decide which ends meet.
        let (low, high) = if a >= 0.0 {
            if c >= 0.0 {
                (product_down(a, c), product_up(b, d))
            } else if d <= 0.0 {
                (product_down(b, c), product_up(a, d))
            } else {
                (product_down(b, c), product_up(b, d))
            }
        } else if b <= 0.0 {
            if c >= 0.0 {
                (product_down(a, d), product_up(b, c))
            } else if d <= 0.0 {
                (product_down(b, d), product_up(a, c))
            } else {
                (product_down(a, d), product_up(a, c))
            }
        } else if c >= 0.0 {
            (product_down(a, d), product_up(b, d))
        } else if d <= 0.0 {
            (product_down(b, c), product_up(a, c))
        } else {
            (product_down(a, d).min(product_down(b, c)), product_up(a, c).max(product_up(b, d)))
        };
        if low.is_nan() || high.is_nan() { Self::LINE } else { Self { low, high } }
    }
}

impl Mul<f64> for Bracket {
    type Output = Self;
    fn mul(self, c: f64) -> Self {
        let (low, high) = if c >= 0.0 {
            (product_down(self.low, c), product_up(self.high, c))
        } else {
            (product_down(self.high, c), product_up(self.low, c))
        };
        if low.is_nan() || high.is_nan() { Self::LINE } else { Self { low, high } }
    }
}
