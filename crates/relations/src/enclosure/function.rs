//! Functions on boxes, to second order.

use super::bracket::Bracket;
use std::ops::{Add, Mul, Neg, Sub};

/// The most parameters of a box: two encoders of two dimensions each.
pub const MAX_AXES: usize = 4;

/// Bounds of a function `f` on a box of parameters, each running over an interval that is scaled to
/// `0 <= s <= 1`.
///
/// * [`Enclosure::value`]: all values.
/// * [`Enclosure::change`]: `f` at `s = 1` minus `f` at `s = 0` on one axis, wherever the others
///   are.
/// * [`Enclosure::curvature`]: numbers `k(s)` with
///   `f(s) = (1 - s) f(0) + s f(1) - k(s) s (1 - s) / 2` on one axis, wherever the others are. For
///   twice differentiable functions these are second derivatives times the squared width; a kink of
///   slope change `j` has `0 <= k <= 4 j`.
///
/// Rules (derived here): sums add; products have `k_fg = 2 Df Dg + f k_g + g k_f`; `a(f)` has
/// `Da = a'(f) Df` and `k = a''(f) Df^2 + a'(f) k_f`, from the Taylor expansion of `a` at the
/// chord.
///
/// ```
/// use relata_relations::Enclosure;
/// // x y on [1, 2] x [0, 0.5]
/// let (x, y) = (Enclosure::variable(0, 1.0, 2.0), Enclosure::variable(1, 0.0, 0.5));
/// let f = x * y;
/// assert!(f.value().contains(1.0) && f.value().contains(0.0) && !f.value().contains(1.1));
/// assert_eq!(f.curvature(0).magnitude(), 0.0);
/// // |x - y| bends where x = y only.
/// let g = (x - y).abs();
/// assert_eq!(g.curvature(1).magnitude(), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enclosure {
    value: Bracket,
    axes: usize,
    change: [Bracket; MAX_AXES],
    curvature: [Bracket; MAX_AXES],
}

impl Enclosure {
    /// The constant `c`.
    #[must_use]
    pub fn constant(c: f64) -> Self {
        Self::bounded(Bracket::point(c))
    }

    /// A number that is only known to lie in `value`, the same on the whole box.
    #[must_use]
    pub fn bounded(value: Bracket) -> Self {
        Self { value, axes: 0, change: [Bracket::ZERO; MAX_AXES], curvature: [Bracket::ZERO; MAX_AXES] }
    }

    /// The parameter number `axis`, which runs from `low` to `high`; a constant where
    /// `axis >= MAX_AXES` or both ends agree.
    #[must_use]
    pub fn variable(axis: usize, low: f64, high: f64) -> Self {
        let mut v = Self::bounded(Bracket::new(low, high));
        if axis < MAX_AXES && low < high {
            v.axes = axis + 1;
            v.change[axis] = Bracket::point(high) - Bracket::point(low);
        }
        v
    }

    /// A function of which values, and for each axis in turn change and curvature, are known
    /// otherwise. Axes beyond [`MAX_AXES`] are ignored.
    #[must_use]
    pub fn from_parts(value: Bracket, axes: &[(Bracket, Bracket)]) -> Self {
        let mut f = Self::bounded(value);
        for (a, (change, curvature)) in axes.iter().take(MAX_AXES).enumerate() {
            f.axes = a + 1;
            f.change[a] = *change;
            f.curvature[a] = *curvature;
        }
        f
    }

    /// A function with these values that changes by at most `slopes[a]` along each axis and
    /// satisfies a Lipschitz condition with that constant in the scaled parameter.
    #[must_use]
    pub fn lipschitz(value: Bracket, slopes: &[f64]) -> Self {
        let part = |l: &f64| (Bracket::new(-l, *l), Bracket::new(-4.0 * l, 4.0 * l));
        Self::from_parts(value, &slopes.iter().map(part).collect::<Vec<_>>())
    }

    /// All values on the box.
    #[must_use]
    pub fn value(&self) -> Bracket {
        self.value
    }

    /// The change across the box on one axis; 0 beyond the axes it depends on.
    #[must_use]
    pub fn change(&self, axis: usize) -> Bracket {
        self.change.get(axis).copied().unwrap_or(Bracket::ZERO)
    }

    /// The curvature on one axis; 0 beyond the axes it depends on.
    #[must_use]
    pub fn curvature(&self, axis: usize) -> Bracket {
        self.curvature.get(axis).copied().unwrap_or(Bracket::ZERO)
    }

    /// How far values can be from the multilinear interpolation of the corners: `(below, above)`,
    /// both nonnegative.
    #[must_use]
    pub fn bend(&self) -> (f64, f64) {
        let (mut below, mut above) = (0.0, 0.0);
        for k in &self.curvature[..self.axes] {
            below += 0.125 * k.high().max(0.0);
            above += 0.125 * (-k.low()).max(0.0);
        }
        (below * ROUND_UP, above * ROUND_UP)
    }

    /// `a(f)` for a function `a` with values `a`, first derivatives `a1` and second derivatives
    /// `a2` on the values of `f`.
    #[must_use]
    pub fn compose(&self, a: Bracket, a1: Bracket, a2: Bracket) -> Self {
        let mut g = Self::bounded(a);
        g.axes = self.axes;
        for i in 0..self.axes {
            g.change[i] = a1 * self.change[i];
            g.curvature[i] = a2 * self.change[i].square() + a1 * self.curvature[i];
        }
        g
    }

    /// `|f|`.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.value.low() >= 0.0 {
            return *self;
        }
        if self.value.high() <= 0.0 {
            return -*self;
        }
        let mut g = Self::bounded(self.value.abs());
        g.axes = self.axes;
        let sign = Bracket::new(-1.0, 1.0);
        for i in 0..self.axes {
            g.change[i] = sign * self.change[i];
            let kink = Bracket::new(0.0, 4.0 * self.change[i].magnitude());
            g.curvature[i] = kink + sign * self.curvature[i];
        }
        g
    }

    /// 1 where `f` is positive, 0 where it is negative, 1/2 where it is 0; of unbounded curvature
    /// where the sign may change.
    #[must_use]
    pub fn step(&self) -> Self {
        let v = self.value;
        if v.low() > 0.0 || v.high() < 0.0 || (v.low() == 0.0 && v.high() == 0.0) {
            return Self::constant(if v.low() > 0.0 {
                1.0
            } else if v.high() < 0.0 {
                0.0
            } else {
                0.5
            });
        }
        let mut g = Self::bounded(Bracket::new(0.0, 1.0));
        g.axes = self.axes;
        for i in 0..self.axes {
            if self.change[i].magnitude() > 0.0 {
                g.change[i] = Bracket::new(-1.0, 1.0);
                g.curvature[i] = Bracket::LINE;
            }
        }
        g
    }

    /// `max(f, g)`.
    #[must_use]
    pub fn max(&self, other: &Self) -> Self {
        let mut m = (*self + *other + (*self - *other).abs()) * 0.5;
        let v =
            Bracket::new(self.value.low().max(other.value.low()), self.value.high().max(other.value.high()));
        m.value = v;
        m
    }

    /// `min(f, g)`.
    #[must_use]
    pub fn min(&self, other: &Self) -> Self {
        -(-*self).max(&-*other)
    }

    fn product(&self, g: &Self) -> Self {
        let f = self;
        f.zip(g, f.value * g.value, |i| {
            let change = f.value * g.change[i] + f.change[i] * g.value;
            let curvature =
                f.change[i] * g.change[i] * 2.0 + f.value * g.curvature[i] + g.value * f.curvature[i];
            (change, curvature)
        })
    }

    fn zip(&self, other: &Self, value: Bracket, f: impl Fn(usize) -> (Bracket, Bracket)) -> Self {
        let mut g = Self::bounded(value);
        g.axes = self.axes.max(other.axes);
        for i in 0..g.axes {
            (g.change[i], g.curvature[i]) = f(i);
        }
        g
    }
}

/// Covers the rounding of a few additions.
const ROUND_UP: f64 = 1.0 + 8.0 * f64::EPSILON;

impl Add for Enclosure {
    type Output = Self;
    fn add(self, g: Self) -> Self {
        let part = |i: usize| (self.change[i] + g.change[i], self.curvature[i] + g.curvature[i]);
        self.zip(&g, self.value + g.value, part)
    }
}

impl Sub for Enclosure {
    type Output = Self;
    fn sub(self, g: Self) -> Self {
        self + -g
    }
}

impl Neg for Enclosure {
    type Output = Self;
    fn neg(self) -> Self {
        self.zip(&self, -self.value, |i| (-self.change[i], -self.curvature[i]))
    }
}

impl Mul for Enclosure {
    type Output = Self;
    fn mul(self, g: Self) -> Self {
        self.product(&g)
    }
}

impl Mul<Bracket> for Enclosure {
    type Output = Self;
    fn mul(self, c: Bracket) -> Self {
        self * Self::bounded(c)
    }
}

impl Add<f64> for Enclosure {
    type Output = Self;
    fn add(self, c: f64) -> Self {
        self + Self::constant(c)
    }
}

impl Sub<f64> for Enclosure {
    type Output = Self;
    fn sub(self, c: f64) -> Self {
        self + Self::constant(-c)
    }
}

impl Mul<f64> for Enclosure {
    type Output = Self;
    fn mul(self, c: f64) -> Self {
        self.zip(&self, self.value * c, |i| (self.change[i] * c, self.curvature[i] * c))
    }
}
