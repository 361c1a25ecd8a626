//! Matern kernels of half-integer smoothness on an interval with Lebesgue measure.
//!
//! The spectral density of the kernel is `S(w) = C / (w^2 + c^2)^m`, `m` = 1, 2, 3. So an
//! eigenfunction with eigenvalue `S(w)` solves `(c^2 - D^2)^m u = (c^2 + w^2)^m u` with
//! `D^i (D + c)^m u (a) = 0` for `i < m` at the right end, and mirrored at the left; the
//! frequencies `w` are the zeros of `m x m` determinants, one for even and one for odd
//! eigenfunctions. For `m = 1` these are the equations `c cos wa = w sin wa` and
//! `w cos wa = -c sin wa` of the Ornstein-Uhlenbeck process.

use super::series::root;
use super::{Formula, check_positive, kernel, on_line, on_line_too};
use crate::enclosure::{Bracket, Enclosure};
use crate::fourier::{FourierForm, FourierSign};
use crate::function::FnRelation;
use crate::pair_form::PairForm;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Interval;
use crate::spectrum::{Progression, Spectrum, SpectrumKind};
use faer::c64;
use std::f64::consts::{PI, SQRT_2};

/// Smoothness of a Matern kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaternOrder {
    /// `exp(-c t)`, the exponential kernel.
    Half,
    /// `(1 + c t) exp(-c t)`.
    ThreeHalves,
    /// `(1 + c t + (c t)^2 / 3) exp(-c t)`.
    FiveHalves,
}

impl MaternOrder {
    fn name(self) -> &'static str {
        match self {
            Self::Half => "matern-12",
            Self::ThreeHalves => "matern-32",
            Self::FiveHalves => "matern-52",
        }
    }

    fn formula(self) -> Formula {
        match self {
            Self::Half => Formula::MaternHalf,
            Self::ThreeHalves => Formula::MaternThreeHalves,
            Self::FiveHalves => Formula::MaternFiveHalves,
        }
    }

    /// The moments of the density `C / (w^2 + c^2)^m / (2 pi)`, of mass 1.
    fn fourier(self, c: f64) -> FourierForm {
        let (first, second) = match self {
            Self::Half => (None, None),
            Self::ThreeHalves => (Some(2.0 * c / PI), Some(c * c)),
            Self::FiveHalves => (Some(4.0 * c / (3.0 * PI)), Some(c * c / 3.0)),
        };
        FourierForm::of_difference(1.0, first, second, FourierSign::Nonnegative)
    }

    /// `2 nu`, twice the smoothness: 1, 3 or 5.
    #[must_use]
    pub fn twice_nu(self) -> usize {
        2 * self.power() - 1
    }

    /// `m`: the spectral density is `C / (w^2 + c^2)^m`.
    fn power(self) -> usize {
        match self {
            Self::Half => 1,
            Self::ThreeHalves => 2,
            Self::FiveHalves => 3,
        }
    }

    /// `C`.
    fn density_constant(self, c: f64) -> f64 {
        match self {
            Self::Half => 2.0 * c,
            Self::ThreeHalves => 4.0 * c.powi(3),
            Self::FiveHalves => 16.0 / 3.0 * c.powi(5),
        }
    }

    fn value(self, u: f64) -> f64 {
        match self {
            Self::Half => (-u).exp(),
            Self::ThreeHalves => (1.0 + u) * (-u).exp(),
            Self::FiveHalves => (1.0 + u + u * u / 3.0) * (-u).exp(),
        }
    }

    /// The value at `|u|`. The smoother two have no kink at 0, but a formula in `|u|` would: with
    /// `e = exp(-|u|)` the first and second derivatives are `-u e`, `(|u| - 1) e`, and
    /// `-u (1 + |u|) e / 3`, `(u^2 - |u| - 1) e / 3`.
    fn enclose(self, u: Enclosure) -> Enclosure {
        let v = u.value();
        let a = v.abs();
        let (e, one) = ((-a).exp(), Bracket::point(1.0));
        let third = Bracket::point(3.0).recip();
        // Values fall with |u|.
        let falling =
            |f: &dyn Fn(Bracket) -> Bracket| f(Bracket::point(a.low())).hull(f(Bracket::point(a.high())));
        match self {
            Self::Half => (-u.abs()).exp(),
            Self::ThreeHalves => {
                let value = falling(&|a| (one + a) * (-a).exp());
                u.compose(value, -v * e, (a - one) * e)
            }
            Self::FiveHalves => {
                let value = falling(&|a| (one + a + a.square() * third) * (-a).exp());
                u.compose(value, -v * (one + a) * e * third, (a.square() - a - one) * e * third)
            }
        }
    }

    /// Largest slope in `u = c t`: at `u` = 0, 1, and the golden ratio.
    #[must_use]
    pub fn steepest(self) -> f64 {
        let golden = 0.5 * (1.0 + 5f64.sqrt());
        match self {
            Self::Half => 1.0,
            Self::ThreeHalves => (-1.0f64).exp(),
            Self::FiveHalves => golden * (1.0 + golden) * (-golden).exp() / 3.0,
        }
    }
}

/// Matern kernel of `t = |x - y|` with rate `c` on `[-a, a]` with Lebesgue measure (Rasmussen and
/// Williams 2006, 4.2.1, where `c = sqrt(2 nu) / l`). Eigenvalues by root finding: 500 are listed;
/// the remainder has a bracket, of about `1e-5` relative.
///
/// # Errors
/// [`RelationError::Parameter`] unless `c` and `a` are positive and finite and `c a <= 100`.
pub fn matern(order: MaternOrder, c: f64, a: f64) -> Result<FnRelation, RelationError> {
    check_positive(order.name(), "rate", c)?;
    check_positive(order.name(), "half width", a)?;
    super::check(order.name(), "rate times half width", &(c * a), c * a <= 100.0, "at most 100")?;
    let space = Interval::lebesgue(-a, a)?;
    Ok(on_line(space.clone(), space, move |x, y| order.value(c * (x - y).abs()))
        .named(format!("{}(c={c}, a={a})", order.name()))
        .of_formula(order.formula(), &[c])
        .with_pair_form(PairForm::Matern { order, rate: c })
        .with_fourier(Some(order.fourier(c)))
        .enclosed_by(on_line_too(move |x, y| order.enclose((x - y) * c)))
        .with_facts(kernel(Regularity::Kink, SQRT_2 * c * order.steepest()))
        .with_closed_form(move || eigenvalues(order, c, a)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parity {
    Even,
    Odd,
}

fn eigenvalues(order: MaternOrder, c: f64, a: f64) -> Option<Spectrum> {
    /// Eigenvalues of each parity.
    const EACH: usize = 250;
    let mut frequencies = zeros(order, c, a, Parity::Even, EACH);
    frequencies.extend(zeros(order, c, a, Parity::Odd, EACH));
    frequencies.sort_by(f64::total_cmp);
    let (constant, m) = (order.density_constant(c), order.power() as i32);
    let values = frequencies.iter().map(|w| constant / (w * w + c * c).powi(m)).collect();
    // Beyond, the frequencies advance by nearly pi / (2 a): w a differs from a multiple of pi / 2
    // by a phase that falls to 0 (for m = 1 it is arctan(c / w)). The least sum and the most are
    // those in which all of the phase is kept and in which it is lost at once.
    let spacing = PI / (2.0 * a);
    let last = *frequencies.last()?;
    let phase = last - (last / spacing).round() * spacing;
    let fast = (last + (-phase).max(0.0)).hypot(c);
    let excess = ((fast + spacing) / (last - phase.max(0.0) + spacing)).powi(4 * m) - 1.0;
    let rest = Progression::Algebraic {
        scale: constant * spacing.powi(-2 * m),
        shift: fast / spacing + 1.0,
        power: f64::from(2 * m),
        copies: 1,
        correction: 0.0,
        excess,
    };
    Spectrum::continued(SpectrumKind::Eigenvalues, values, vec![rest], Vec::new()).ok()
}

/// The first `count` positive zeros of the determinant; they lie about `pi / a` apart.
fn zeros(order: MaternOrder, c: f64, a: f64, parity: Parity, count: usize) -> Vec<f64> {
    let f = |w: f64| determinant(order.power(), c, a, w, parity);
    let step = PI / (32.0 * a);
    let mut found = Vec::with_capacity(count);
    let mut left = 1e-7 / a;
    let mut at_left = f(left);
    // Twice the number of steps that the asymptotic spacing needs.
    for i in 1..=(64 * (count + 4)) {
        let right = i as f64 * step;
        let at_right = f(right);
        if (at_left < 0.0) != (at_right < 0.0) {
            found.push(root(left, right, f));
            if found.len() == count {
                break;
            }
        }
        (left, at_left) = (right, at_right);
    }
    found
}

/// The determinant of the end conditions on the even or odd solutions. Columns and rows carry
/// positive scales only, so that its zeros are those of the unscaled one.
fn determinant(m: usize, c: f64, a: f64, w: f64, parity: Parity) -> f64 {
    let sign = if parity == Parity::Even { 1.0 } else { -1.0 };
    let size = w + c;
    // Row i of the column of the solution with exponents +-s, divided by exp(s a) and powers of the
    // size.
    let end = |s: c64, i: usize| {
        let scaled = |s: c64| (s / size).powu(i as u32) * ((s + c) / size).powu(m as u32);
        scaled(s) + sign * scaled(-s) * (-2.0 * s * a).exp()
    };
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(m);
    let wave = c64::new(0.0, w);
    let turn = (wave * a).exp();
    // For s = i w the two exponentials are conjugate: twice the real, or the imaginary part.
    columns.push(
        (0..m)
            .map(|i| {
                let v = (wave / size).powu(i as u32) * ((wave + c) / size).powu(m as u32) * turn;
                if parity == Parity::Even { v.re } else { v.im }
            })
            .collect(),
    );
    // The other exponents: s^2 = c^2 - (c^2 + w^2) z with z an m-th root of 1, z != 1.
    let square = c * c + w * w;
    match m {
        2 => {
            let s = c64::new((c * c + square).sqrt(), 0.0);
            columns.push((0..m).map(|i| end(s, i).re).collect());
        }
        3 => {
            let z = c64::new(-0.5, 0.75f64.sqrt());
            let s = (c64::new(c * c, 0.0) - z * square).sqrt();
            columns.push((0..m).map(|i| end(s, i).re).collect());
            columns.push((0..m).map(|i| end(s, i).im).collect());
        }
        _ => {}
    }
    small_determinant(&columns)
}

fn small_determinant(q: &[Vec<f64>]) -> f64 {
    match q {
        [u] => u[0],
        [u, v] => u[0] * v[1] - u[1] * v[0],
        [u, v, w] => {
            u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0])
                + u[2] * (v[0] * w[1] - v[1] * w[0])
        }
        _ => f64::NAN,
    }
}
