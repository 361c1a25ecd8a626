//! Elementary functions of enclosures.

use super::bracket::Bracket;
use super::function::Enclosure;

impl Enclosure {
    /// `f^2`.
    #[must_use]
    pub fn square(&self) -> Self {
        let v = self.value();
        self.compose(v.square(), v * 2.0, Bracket::point(2.0))
    }

    /// `f^n`.
    #[must_use]
    pub fn powi(&self, n: u32) -> Self {
        let (v, c) = (self.value(), f64::from(n));
        match n {
            0 => Self::constant(1.0),
            1 => *self,
            _ => self.compose(v.powi(n), v.powi(n - 1) * c, v.powi(n - 2) * (c * (c - 1.0))),
        }
    }

    /// `exp f`.
    #[must_use]
    pub fn exp(&self) -> Self {
        let e = self.value().exp();
        self.compose(e, e, e)
    }

    /// `ln f`; unbounded where `f` is not known to be positive.
    #[must_use]
    pub fn ln(&self) -> Self {
        let v = self.value();
        let d = if v.low() > 0.0 { v.recip() } else { Bracket::LINE };
        self.compose(v.ln(), d, -d.square())
    }

    /// `1 / f`; unbounded where `f` may be 0.
    #[must_use]
    pub fn recip(&self) -> Self {
        let r = self.value().recip();
        self.compose(r, -r.square(), r.powi(3) * 2.0)
    }

    /// `sqrt f`; unbounded slopes where `f` may be 0.
    #[must_use]
    pub fn sqrt(&self) -> Self {
        let s = self.value().sqrt();
        let d = s.recip() * 0.5;
        let d2 = if s.low() > 0.0 { -(s.recip().powi(3)) * 0.25 } else { Bracket::LINE };
        self.compose(s, d, d2)
    }

    /// `sin f`.
    #[must_use]
    pub fn sin(&self) -> Self {
        let (s, c) = (self.value().sin(), self.value().cos());
        self.compose(s, c, -s)
    }

    /// `cos f`.
    #[must_use]
    pub fn cos(&self) -> Self {
        let (s, c) = (self.value().sin(), self.value().cos());
        self.compose(c, -s, -c)
    }

    /// `tanh f`.
    #[must_use]
    pub fn tanh(&self) -> Self {
        let t = self.value().tanh();
        let d = Bracket::point(1.0) - t.square();
        // -2 t (1 - t^2) falls, rises, falls: extremes -+ 4 / (3 sqrt 3) at t = +-1 / sqrt 3.
        let bend = |v: f64| Bracket::point(v) * (Bracket::point(1.0) - Bracket::point(v).square()) * -2.0;
        let mut d2 = bend(t.low()).hull(bend(t.high()));
        for (at, value) in [(TANH_BEND_AT, -TANH_BEND), (-TANH_BEND_AT, TANH_BEND)] {
            // Both constants are good to 1e-15.
            if t.low() - 1e-12 <= at && at <= t.high() + 1e-12 {
                d2 = d2.hull(Bracket::around(value, 1e-15));
            }
        }
        self.compose(t, d, d2)
    }

    /// `1 / (1 + exp(-f))`.
    #[must_use]
    pub fn logistic(&self) -> Self {
        ((*self * 0.5).tanh() + 1.0) * 0.5
    }

    /// `arcsin f`; slopes unbounded at the ends.
    #[must_use]
    pub fn asin(&self) -> Self {
        let v = self.value();
        // (1 - t^2)^(-1/2) and t (1 - t^2)^(-3/2).
        let d = (Bracket::point(1.0) - v.square()).sqrt().recip();
        let d2 = if v.magnitude() < 1.0 { v * d.powi(3) } else { Bracket::LINE };
        self.compose(v.asin(), d, d2)
    }

    /// `arccos f`; slopes unbounded at the ends.
    #[must_use]
    pub fn acos(&self) -> Self {
        let mut f = -self.asin();
        // pi/2 - arcsin: the rounding of pi/2 is within the widening of arccos.
        let half = Bracket::point(std::f64::consts::FRAC_PI_2).increasing(|v| v);
        f = f + Self::bounded(half);
        f
    }

    /// `sin(f) / f`, 1 at 0. Its derivatives are means of `s^k` times sines or cosines of `s f`
    /// over `0 <= s <= 1`, so that the derivative of order `k` is at most `1 / (k + 1)`.
    #[must_use]
    pub fn sinc(&self) -> Self {
        let v = self.value();
        let (Some(m), r) = (v.middle(), v.radius()) else {
            let all = |b: f64| Bracket::new(-b, b.next_up());
            return self.compose(all(1.0), all(0.5), all(1.0 / 3.0));
        };
        let [s, s1, s2] = sinc_derivatives(m);
        // Each is computed to 1e-14 and changes by at most the bound of the next times the radius.
        let near = |value: f64, next: f64| Bracket::around(value, (r * next + 1e-14) * (1.0 + 1e-15));
        self.compose(near(s, 0.5), near(s1, 1.0 / 3.0), near(s2, 0.25))
    }
}

const TANH_BEND: f64 = 0.769_800_358_919_502;
const TANH_BEND_AT: f64 = 0.577_350_269_189_625_8;

/// Value, first and second derivative of `sin(u) / u`, to 1e-14.
fn sinc_derivatives(u: f64) -> [f64; 3] {
    if u.abs() > 1.0 {
        let (s, c) = (u.sin(), u.cos());
        let first = (c - s / u) / u;
        return [s / u, first, -(s + 2.0 * first) / u];
    }
    // sum_k (-1)^k u^2k / (2k + 1)!, differentiated term by term; ten terms are good to 1e-19.
    let mut out = [0.0; 3];
    let mut factorial = 1.0;
    for k in 0..10 {
        let n = 2.0 * f64::from(k);
        if k > 0 {
            factorial *= -n * (n + 1.0);
        }
        out[0] += u.powi(2 * k) / factorial;
        if k > 0 {
            out[1] += n * u.powi(2 * k - 1) / factorial;
            out[2] += n * (n - 1.0) * u.powi(2 * k - 2) / factorial;
        }
    }
    out
}
