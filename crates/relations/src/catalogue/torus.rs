//! Translation-invariant relations `r(x, y) = f(x - y)` on the circle `[0, 1)`: the eigenvalues are
//! the Fourier coefficients `c_m` of `f`, with `c_m` and `c_{-m}` for `m >= 1`; the singular values
//! are `|c_m|`.

use super::series::{algebraic, geometric, split_tail};
use super::tails::{eigenspace_tails, pair_tails};
use super::{Formula, antisymmetric, asymmetric, check, kernel, on_line, on_line_too, pi};
use crate::enclosure::{Bracket, Enclosure};
use crate::fourier::{FourierForm, FourierSign};
use crate::function::FnRelation;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Torus;
use crate::special::{bessel_i, hurwitz_zeta};
use crate::spectrum::{Progression, Spectrum, SpectrumKind};
use std::f64::consts::{PI, SQRT_2};

/// Von Mises kernel `exp(kappa cos 2 pi (x - y))`, `kappa > 0` (at most 300). Eigenvalues: Bessel
/// functions `I_m(kappa)`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `0 < kappa <= 300`.
pub fn von_mises(kappa: f64) -> Result<FnRelation, RelationError> {
    check("von-mises", "kappa", &kappa, kappa > 0.0 && kappa <= 300.0, "in (0, 300]")?;
    // The slope 2 pi kappa sin u exp(kappa cos u) is steepest where kappa sin^2 u = cos u.
    let c = ((1.0 + 4.0 * kappa * kappa).sqrt() - 1.0) / (2.0 * kappa);
    let lipschitz = SQRT_2 * 2.0 * PI * kappa * (1.0 - c * c).sqrt() * (kappa * c).exp();
    let r = on_line(Torus::circle(), Torus::circle(), move |x, y| (kappa * (2.0 * PI * (x - y)).cos()).exp());
    Ok(r.named(format!("von-mises(kappa={kappa})"))
        .of_formula(Formula::VonMises, &[kappa])
        .with_fourier(Some(FourierForm::von_mises(kappa)))
        .with_tails(move |most| eigenspace_tails(&von_mises_pairs(kappa), 0.0, most))
        .enclosed_by(on_line_too(move |x, y| (((x - y) * pi(2.0)).cos() * kappa).exp()))
        .with_facts(kernel(Regularity::Smooth, lipschitz))
        .with_closed_form(move || {
            let pairs = von_mises_pairs(kappa);
            let values: Vec<f64> = pairs.into_iter().flat_map(|(v, copies)| vec![v; copies]).collect();
            let (listed, rest) = split_tail(&values);
            Spectrum::eigenvalues(listed, rest, 0.0).ok()
        }))
}

/// Bessel functions of orders 0, 1, .., down to `1e-40` of the first, and how often each occurs.
fn von_mises_pairs(kappa: f64) -> Vec<(f64, usize)> {
    let first = bessel_i(0.0, kappa);
    let pairs = (1..).map(|m| bessel_i(f64::from(m), kappa)).take_while(|v| *v > 1e-40 * first);
    std::iter::once((first, 1)).chain(pairs.map(|v| (v, 2))).collect()
}

/// Poisson kernel `(1 - a^2) / (1 - 2 a cos 2 pi (x - y) + a^2)`, `0 < a < 1`. Eigenvalues:
/// `a^|m|`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `0 < a < 1`.
pub fn poisson(a: f64) -> Result<FnRelation, RelationError> {
    check("poisson", "a", &a, a > 0.0 && a < 1.0, "in (0, 1)")?;
    let f = move |t: f64| (1.0 - a * a) / ((1.0 - a) * (1.0 - a) + 4.0 * a * (PI * t).sin().powi(2));
    // |f'| = 4 pi a (1 - a^2) sin u / (1 - 2 a cos u + a^2)^2, steepest where 2 a cos^2 u + (1 + a^2) cos u = 4 a.
    let b = 1.0 + a * a;
    let c = ((b * b + 32.0 * a * a).sqrt() - b) / (4.0 * a);
    let slope = 4.0 * PI * a * (1.0 - a * a) * (1.0 - c * c).sqrt() / (b - 2.0 * a * c).powi(2);
    let r = on_line(Torus::circle(), Torus::circle(), move |x, y| f(x - y));
    // sum_m m a^m = a / (1 - a)^2 and sum_m m^2 a^m = a (1 + a) / (1 - a)^3, twice each.
    let (own, first) = ((1.0 + a) / (1.0 - a), 4.0 * PI * a / (1.0 - a).powi(2));
    let second = 8.0 * PI * PI * a * (1.0 + a) / (1.0 - a).powi(3);
    let fourier = FourierForm::of_difference(own, Some(first), Some(second), FourierSign::Nonnegative);
    Ok(r.named(format!("poisson(a={a})"))
        .of_formula(Formula::Poisson, &[a])
        .with_fourier(Some(fourier))
        // After the pairs up to m, 2 a^(m + 1) / (1 - a) is left.
        .with_tails(move |most| Some(pair_tails(own, |m| 2.0 * a.powi(m as i32 + 1) / (1.0 - a), most)))
        .enclosed_by(on_line_too(move |x, y| {
            // 1 - 2 a cos 2 pi t + a^2 = (1 - a)^2 + 4 a sin^2(pi t).
            let s = ((x - y) * pi(1.0)).sin().square() * (4.0 * a);
            let a = Bracket::point(a);
            let one = Bracket::point(1.0);
            (s + Enclosure::bounded((one - a).square())).recip() * (one - a.square())
        }))
        .with_facts(kernel(Regularity::Smooth, SQRT_2 * slope))
        .with_closed_form(move || {
            // Waves `m >= 1`, twice each, and the constant.
            let half = geometric(SpectrumKind::Eigenvalues, a, a)?;
            let values: Vec<f64> = half.values().iter().flat_map(|v| [*v, *v]).chain([1.0]).collect();
            let first = a * a.powi(i32::try_from(half.values().len()).ok()?);
            let rest = Progression::Geometric { first, ratio: a, copies: 2 };
            Spectrum::continued(SpectrumKind::Eigenvalues, values, vec![rest], Vec::new()).ok()
        }))
}

/// Periodic Sobolev kernel of order `s` in `{1, 2, 3}`,
/// `1 + (-1)^(s-1) (2 pi)^(2s) B_{2s}({x - y}) / (2s)!` with Bernoulli polynomials (Wahba 1990).
/// Eigenvalues: 1 and `m^-2s` twice.
///
/// # Errors
/// [`RelationError::Parameter`] for another order.
pub fn periodic_sobolev(order: u32) -> Result<FnRelation, RelationError> {
    check("periodic-sobolev", "order", &order, (1..=3).contains(&order), "1, 2 or 3")?;
    let f = move |t: f64| {
        let u = t * (1.0 - t);
        match order {
            1 => 1.0 + 2.0 * PI * PI * (1.0 / 6.0 - u),
            2 => 1.0 + (2.0 * PI).powi(4) / 24.0 * (1.0 / 30.0 - u * u),
            _ => 1.0 + (2.0 * PI).powi(6) / 720.0 * (1.0 / 42.0 - u * u * (0.5 + u)),
        }
    };
    // |f'| = (2 pi)^(2s) |B_{2s-1}(t)| / (2s - 1)!, and |B_{2s-1}| is at most 1/2, sqrt(3)/36, and
    // below 0.02446 for B_5.
    let slope = match order {
        1 => 2.0 * PI * PI,
        2 => (2.0 * PI).powi(4) / 6.0 * 3f64.sqrt() / 36.0,
        _ => (2.0 * PI).powi(6) / 120.0 * 0.024_46,
    };
    let r = on_line(Torus::circle(), Torus::circle(), move |x, y| f((x - y).rem_euclid(1.0)));
    // Coefficients 1 and m^-2s, twice, at the frequencies 2 pi m.
    let zeta = |s: u32| hurwitz_zeta(f64::from(s), 1.0);
    let own = 1.0 + 2.0 * zeta(2 * order);
    let first = (order > 1).then(|| 4.0 * PI * zeta(2 * order - 1));
    let second = (order > 1).then(|| 8.0 * PI * PI * zeta(2 * order - 2));
    let fourier = FourierForm::of_difference(own, first, second, FourierSign::Nonnegative);
    let power = 2.0 * f64::from(order);
    // The first pair has the eigenvalue 1 of the constant: one eigenspace of three dimensions.
    let left = move |m: usize| if m == 0 { own } else { 2.0 * hurwitz_zeta(power, m as f64 + 1.0) };
    Ok(r.named(format!("periodic-sobolev(s={order})"))
        .of_formula(Formula::PeriodicSobolev, &[f64::from(order)])
        .with_fourier(Some(fourier))
        .with_tails(move |most| Some(pair_tails(own, left, most)))
        .enclosed_by(on_line_too(move |x, y| enclose_sobolev(order, x - y)))
        .with_facts(kernel(Regularity::Kink, SQRT_2 * slope))
        .with_closed_form(move || {
            let (mut values, rest) = algebraic(1.0, 1.0, 2.0 * f64::from(order), 2);
            values.push(1.0);
            Spectrum::continued(SpectrumKind::Eigenvalues, values, vec![rest], Vec::new()).ok()
        }))
}

/// As a function of `|t|` for `|t| <= 1`, symmetric about 1/2. Orders 2 and 3 have no kink at 0:
/// with `t` in place of `|t|` only their third or fifth derivative changes sign, so that the second
/// derivative is that of the polynomial at `|t|`.
fn enclose_sobolev(order: u32, t: Enclosure) -> Enclosure {
    let a = t.abs();
    let u = a * (-a + 1.0);
    let square = pi(2.0).square();
    let (constant, scale) = match order {
        1 => (Bracket::point(6.0).recip(), square * 0.5),
        2 => (Bracket::point(30.0).recip(), square.square() * Bracket::point(24.0).recip()),
        _ => (Bracket::point(42.0).recip(), square.powi(3) * Bracket::point(720.0).recip()),
    };
    if order == 1 {
        return (Enclosure::bounded(constant) - u) * scale + 1.0;
    }
    // g = u^2 or u^2 / 2 + u^3, u = v (1 - v), v = |t|: g' = g_u (1 - 2 v) sign t, g'' = g_uu (1 -
    // 2 v)^2 - 2 g_u.
    let (v, w) = (a.value(), u.value());
    let slope = Bracket::point(1.0) - v * 2.0;
    let (g, g1, g2) = if order == 2 {
        (w.square(), w * 2.0, Bracket::point(2.0))
    } else {
        (w.square() * (Bracket::point(0.5) + w), w + w.square() * 3.0, Bracket::point(1.0) + w * 6.0)
    };
    let sign = match t.value() {
        v if v.low() >= 0.0 => Bracket::point(1.0),
        v if v.high() <= 0.0 => Bracket::point(-1.0),
        _ => Bracket::new(-1.0, 1.0),
    };
    let composed = t.compose(g, g1 * slope * sign, g2 * slope.square() - g1 * 2.0);
    (Enclosure::bounded(constant) - composed) * scale + 1.0
}

/// Change and curvature where nothing is known.
const ANYTHING: (Bracket, Bracket) = (Bracket::LINE, Bracket::LINE);

/// Directed distance `(y - x) mod 1`, the way from `x` forward to `y`; 1/2 at `x = y`. Singular
/// values: 1/2 and `1 / (2 pi m)` twice.
pub fn directed_distance() -> FnRelation {
    let f = |t: f64| if t == 0.0 || t >= 1.0 { 0.5 } else { t };
    let r = on_line(Torus::circle(), Torus::circle(), move |x, y| f((y - x).rem_euclid(1.0)));
    // (y - x) mod 1 is y - x, plus 1 where that is negative; only at x = y mod 1 itself it is 1/2.
    r.named("directed-distance")
        .of_formula(Formula::DirectedDistance, &[])
        .enclosed_by(on_line_too(|x, y| {
            let t = y - x;
            let whole = t.value().low() <= -1.0 || t.value().high() >= 1.0;
            let value = t + (-t).step();
            if whole { Enclosure::from_parts(Bracket::new(0.0, 1.0), &[ANYTHING, ANYTHING]) } else { value }
        }))
        .with_facts(asymmetric(Regularity::Jump { size: 1.0 }, None))
        .with_closed_form(|| {
            let (mut values, rest) = algebraic(0.5 / PI, 1.0, 1.0, 2);
            values.push(0.5);
            Spectrum::continued(SpectrumKind::SingularValues, values, vec![rest], Vec::new()).ok()
        })
}

/// `sin(2 pi (x - y) + phase)`, of rank 2. Singular values: 1/2 twice.
///
/// # Errors
/// [`RelationError::Parameter`] if the phase is not finite.
pub fn shifted_sine(phase: f64) -> Result<FnRelation, RelationError> {
    check("shifted-sine", "phase", &phase, phase.is_finite(), "finite")?;
    let known = if phase == 0.0 { antisymmetric } else { asymmetric };
    let r = on_line(Torus::circle(), Torus::circle(), move |x, y| (2.0 * PI * (x - y) + phase).sin());
    // Two waves of the frequency 2 pi, of weight 1/2 each.
    let (first, second) = (Some(2.0 * PI), Some(4.0 * PI * PI));
    let fourier = FourierForm::of_difference(1.0, first, second, FourierSign::Complex);
    Ok(r.named(format!("shifted-sine(phase={phase})"))
        .of_formula(Formula::ShiftedSine, &[phase])
        .with_fourier(Some(fourier))
        .enclosed_by(on_line_too(move |x, y| ((x - y) * pi(2.0) + phase).sin()))
        .with_facts(known(Regularity::Smooth, Some(2.0 * PI * SQRT_2)))
        .with_closed_form(|| Spectrum::singular_values(vec![0.5, 0.5], 0.0).ok()))
}
