//! Zonal kernels `kappa(<x, y>)` on spheres with the uniform probability: one eigenvalue for each
//! degree `l`, on the spherical harmonics of that degree (Funk 1916, Hecke 1918).

use super::series::split_tail;
use super::tails::eigenspace_tails;
use super::zonal_ridges::zonal_ridges;
use super::{Formula, check, dot, kernel, over_pi, pi};
use crate::combine::cross;
use crate::enclosure::{Bracket, Enclosure};
use crate::function::{FnRelation, relation_blocks};
use crate::pair_form::PairForm;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Sphere;
use crate::special::{bessel_i, hurwitz_zeta};
use crate::spectrum::{Progression, Spectrum, SpectrumKind, Squares};
use faer::MatMut;
use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// `exp(s <x, y>)` on the unit sphere of `R^D`: the un-normalised attention weight of unit vectors.
/// Eigenvalues `Gamma(D/2) (2/s)^(D/2 - 1) I_{l + D/2 - 1}(s)`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `0 < s <= 300`; [`RelationError::Space`] unless `D >= 2`.
pub fn zonal_exp(ambient: usize, s: f64) -> Result<FnRelation, RelationError> {
    check("zonal-exp", "s", &s, s > 0.0 && s <= 300.0, "in (0, 300]")?;
    let space = Sphere::new(ambient)?;
    let r = zonal(&space, move |t| (s * t).exp());
    // The gradient s exp(s t) (y, x), on the ball as well.
    Ok(r.named(format!("zonal-exp(D={ambient}, s={s})"))
        .of_formula(Formula::ZonalExp, &[s])
        .with_pair_form(PairForm::ExpDot { scale: s })
        .with_tails(move |most| eigenspace_tails(&exp_degrees(ambient, s)?, 0.0, most))
        .enclosed_by(move |x, y| Some((dot(x, y) * s).exp()))
        .with_facts(kernel(Regularity::Smooth, SQRT_2 * s * s.exp()))
        .ridged_by(move |tail| {
            let degrees = exp_degrees(ambient, s)?;
            let terms: Vec<(f64, f64)> = degrees.into_iter().map(|(v, copies)| (v, copies as f64)).collect();
            zonal_ridges(ambient, &terms, s.exp(), tail)
        })
        .with_closed_form(move || {
            let (mut values, mut rest, mut largest) = (Vec::new(), Vec::new(), 0.0f64);
            for l in 0..10_000 {
                let value = exp_eigenvalue(ambient, s, l);
                let copies = multiplicity(ambient, l);
                let term = copies * value * value;
                largest = largest.max(term);
                if rest.is_empty() && values.len() as f64 + copies <= MAX_VALUES as f64 {
                    values.extend(std::iter::repeat_n(value, copies as usize));
                } else {
                    rest.push(term);
                }
                // Beyond degree s the eigenvalues fall faster than geometrically, with a ratio
                // below 1/2.
                if l as f64 > s && term < 1e-40 * largest {
                    let (listed, small) = split_tail(&values);
                    let rest = rest.iter().rev().fold(small, |sum, t| sum + t);
                    return Spectrum::eigenvalues(listed, rest, 0.0).ok();
                }
            }
            None
        }))
}

/// Eigenvalues and multiplicities of [`zonal_exp`] by degree, up to one beyond which nothing is
/// left: beyond degree `s` they fall faster than geometrically.
fn exp_degrees(ambient: usize, s: f64) -> Option<Vec<(f64, usize)>> {
    let term = |l: usize| (exp_eigenvalue(ambient, s, l), multiplicity(ambient, l));
    let last = (0..10_000).find(|l| {
        let (value, copies) = term(*l);
        *l as f64 > s && value * copies < 1e-18 * s.exp()
    })?;
    Some((0..=last + 1).map(term).map(|(value, copies)| (value, copies as usize)).collect())
}

/// The eigenvalue of degree `l` of [`zonal_exp`].
fn exp_eigenvalue(ambient: usize, s: f64, l: usize) -> f64 {
    let half = ambient as f64 / 2.0;
    libm::tgamma(half) * (2.0 / s).powf(half - 1.0) * bessel_i(l as f64 + half - 1.0, s)
}

/// Which arc-cosine kernel (Cho and Saul 2009).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArcCosineOrder {
    /// `1 - arccos(t) / pi`: random features with the step function.
    Zero,
    /// `(sqrt(1 - t^2) + t (pi - arccos t)) / pi`: random features with the ReLU.
    One,
}

/// Arc-cosine kernel on the unit sphere of `R^D`: infinitely wide random networks of one hidden
/// layer. Eigenvalues `2 a_l^2` and `2 D a_l^2`, where `a_l` are the coefficients of step and
/// ReLU (Bach 2017).
///
/// # Errors
/// [`RelationError::Space`] unless `D >= 2`; [`RelationError::Parameter`] if `D > 64`.
pub fn arc_cosine(order: ArcCosineOrder, ambient: usize) -> Result<FnRelation, RelationError> {
    let space = Sphere::new(ambient)?;
    let (name, formula, kappa, lipschitz): (_, _, fn(f64) -> f64, _) = match order {
        // Angles are 1/2 pi-Lipschitz in chords: |difference| <= (|dx| + |dy|) / 2.
        ArcCosineOrder::Zero => ("arc-cosine-0", Formula::ArcCosineZero, |a| 1.0 - a / PI, FRAC_1_SQRT_2),
        // The derivative in t is 1 - arccos(t)/pi, at most 1, and |dt| <= |dx| + |dy|.
        ArcCosineOrder::One => {
            ("arc-cosine-1", Formula::ArcCosineOne, |a| (a.sin() + a.cos() * (PI - a)) / PI, SQRT_2)
        }
    };
    check(name, "ambient dimension", &ambient, ambient <= 64, "at most 64")?;
    let r = relation_blocks(space.clone(), space.clone(), move |x, y, mut out: MatMut<'_, f64>| {
        cross(x, y, out.as_mut());
        for (j, b) in y.rows().enumerate() {
            for (i, a) in x.rows().enumerate() {
                out[(i, j)] = kappa(angle(out[(i, j)], a, b));
            }
        }
        Ok(())
    });
    Ok(r.named(format!("{name}(D={ambient})"))
        .of_formula(formula, &[])
        .with_tails(move |most| arc_cosine_tails(order, ambient, most))
        .enclosed_by(move |x, y| enclose_arc_cosine(order, x, y))
        .with_facts(kernel(Regularity::Kink, lipschitz))
        .with_closed_form(move || arc_cosine_spectrum(order, ambient)))
}

/// The angle between unit vectors with the inner product `t`. Near 0 and pi the arccosine loses
/// half of the digits of `t`; there the chord to the one vector or to its opposite keeps them.
fn angle(t: f64, a: &[f64], b: &[f64]) -> f64 {
    let chord = |sign: f64| -> f64 {
        let square: f64 = a.iter().zip(b).map(|(a, b)| (a - sign * b) * (a - sign * b)).sum();
        2.0 * (0.5 * square.sqrt()).min(1.0).asin()
    };
    if t > 0.8 {
        chord(1.0)
    } else if t < -0.8 {
        PI - chord(-1.0)
    } else {
        t.acos()
    }
}

/// On the circle, by the angle `a` from `x` to `y`: near 0 it is the arcsine of the cross product,
/// with a sign, which the arccosine of the inner product is not. `None` in higher dimensions near
/// the poles of `y`.
fn enclose_arc_cosine(order: ArcCosineOrder, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
    let t = dot(x, y);
    let near = t.value().magnitude() > 0.8;
    let angle = match (x, y) {
        ([a, b], [c, d]) if near => {
            let cross = (*a * *d - *b * *c).asin();
            if t.value().low() > 0.0 {
                cross
            } else if t.value().high() < 0.0 {
                // Beyond a right angle: pi - |arcsin|, with the sign left out; both kernels have a
                // kink here or are flat.
                -cross.abs() + Enclosure::bounded(pi(1.0))
            } else {
                return None;
            }
        }
        _ if near => return None,
        _ => t.acos(),
    };
    let size = angle.abs();
    match order {
        ArcCosineOrder::Zero => Some(size * -over_pi() + 1.0),
        ArcCosineOrder::One => {
            // f = (sin|a| + (pi - |a|) cos a) / pi, f' = -(pi - |a|) sin a / pi, f'' = (sin|a| -
            // (pi - |a|) cos a) / pi.
            let (a, s) = (angle.value(), size.value());
            let rest = pi(1.0) - s;
            let falling = |v: f64| {
                let v = Bracket::point(v);
                (v.sin() + (pi(1.0) - v) * v.cos()) * over_pi()
            };
            let value = falling(s.low()).hull(falling(s.high()));
            let first = -(rest * a.sin()) * over_pi();
            let second = (s.sin() - rest * a.cos()) * over_pi();
            Some(angle.compose(value, first, second))
        }
    }
}

/// Eigenvalues listed of a zonal kernel, multiplicities included.
const MAX_VALUES: usize = 20_000;

fn zonal(space: &Sphere, kappa: impl Fn(f64) -> f64 + Send + Sync + 'static) -> FnRelation {
    relation_blocks(space.clone(), space.clone(), move |x, y, mut out: MatMut<'_, f64>| {
        cross(x, y, out.as_mut());
        faer::zip!(out).for_each(|faer::unzip!(v)| *v = kappa(v.clamp(-1.0, 1.0)));
        Ok(())
    })
}

/// Dimension of the spherical harmonics of degree `l` in `R^D`.
fn multiplicity(ambient: usize, l: usize) -> f64 {
    let (d, l) = (ambient as f64, l as f64);
    if l == 0.0 {
        return 1.0;
    }
    // (2 l + D - 2) / l * binomial(l + D - 3, l - 1), and binomial(l + D - 3, D - 2) as a product
    // of D - 2 ratios.
    let binomial: f64 = (1..=ambient - 2).map(|i| (l - 1.0 + i as f64) / i as f64).product();
    ((2.0 * l + d - 2.0) / l * binomial).round()
}

/// Eigenvalues and multiplicities by degree, in decreasing order, with gaps where they are 0.
fn arc_cosine_degrees(order: ArcCosineOrder, ambient: usize) -> Vec<(f64, f64, usize)> {
    /// Degrees summed one by one.
    const DEGREES: usize = 6000;
    let d = ambient as f64;
    let gamma = libm::tgamma(d / 2.0) / PI.sqrt();
    // a_l of the degrees outside the recurrence, then the first of it, its degree, and a_{l+2} /
    // |a_l|.
    let (loose, mut a, first, factor) = match order {
        ArcCosineOrder::Zero => (vec![(0, 0.5)], gamma / (2.0 * libm::tgamma((d + 1.0) / 2.0)), 1, 2.0),
        ArcCosineOrder::One => {
            let zero = gamma / (2.0 * libm::tgamma((d + 1.0) / 2.0));
            (vec![(0, zero), (1, 0.5 / d)], gamma / (4.0 * libm::tgamma((d + 3.0) / 2.0)), 2, 2.0 * d)
        }
    };
    let ratio = |l: f64| match order {
        ArcCosineOrder::Zero => l / (l + d),
        ArcCosineOrder::One => (l - 1.0) / (l + d + 1.0),
    };
    let degree = |l: usize, a: f64| (factor * a * a, multiplicity(ambient, l), l);
    let mut degrees: Vec<_> = loose.into_iter().map(|(l, a)| degree(l, a)).collect();
    for l in (first..first + DEGREES).step_by(2) {
        degrees.push(degree(l, a));
        a *= ratio(l as f64);
    }
    degrees
}

fn arc_cosine_tails(order: ArcCosineOrder, ambient: usize, most: usize) -> Option<Vec<f64>> {
    let degrees = arc_cosine_degrees(order, ambient);
    // Both kernels are 1 on the diagonal, the trace.
    let beyond = 1.0 - degrees.iter().rev().map(|(value, copies, _)| value * copies).sum::<f64>();
    let spaces: Vec<_> = degrees.into_iter().map(|(value, copies, _)| (value, copies as usize)).collect();
    eigenspace_tails(&spaces, beyond.max(0.0), most)
}

fn arc_cosine_spectrum(order: ArcCosineOrder, ambient: usize) -> Option<Spectrum> {
    let mut values = Vec::new();
    let mut rest = Vec::new();
    let (mut term, mut last) = (0.0, 0);
    for (value, copies, l) in arc_cosine_degrees(order, ambient) {
        (term, last) = (copies * value * value, l);
        if rest.is_empty() && values.len() as f64 + copies <= MAX_VALUES as f64 {
            values.extend(std::iter::repeat_n(value, copies as usize));
        } else {
            rest.push(term);
        }
    }
    if ambient == 2 {
        let rest = circle_rest(order, last.div_ceil(2));
        return Spectrum::continued(SpectrumKind::Eigenvalues, values, vec![rest], Vec::new()).ok();
    }
    // Beyond, the terms fall like (l + (D-2)/2)^-q: eigenvalues like l^(-D - 2 alpha) with order
    // l^(D-2) copies.
    let d = ambient as f64;
    let q = d + 2.0 + if order == ArcCosineOrder::One { 4.0 } else { 0.0 };
    let last = (last as f64 + d / 2.0 - 1.0) / 2.0;
    let beyond = term * last.powf(q) * hurwitz_zeta(q, last + 1.0);
    // The expansions of coefficients and multiplicities about l + (D-2)/2 are even in it, with
    // second terms of at most about D^3 / 6.
    let share = (d.powi(3) / (last * last)).min(1.0);
    let beyond = Squares { low: beyond * (1.0 - share), value: beyond, high: beyond * (1.0 + share) };
    let rest = rest.iter().rev().fold(beyond, |s, t| s + Squares::exact(*t));
    Spectrum::with_rest(SpectrumKind::Eigenvalues, values, 1.0, [rest, Squares::default()]).ok()
}

/// The eigenvalues on the circle beyond the first `groups` pairs: `2 / (pi m)^2` for odd `m`, and
/// `4 / (pi (m^2 - 1))^2` for even ones.
fn circle_rest(order: ArcCosineOrder, groups: usize) -> Progression {
    let j = groups as f64;
    match order {
        ArcCosineOrder::Zero => Progression::algebraic(0.5 / (PI * PI), j + 0.5, 2.0, 2),
        // With m = 2 j the square is j^-8 (1 - 1 / (4 j^2))^-4 = j^-8 (1 + j^-2 + 5/8 j^-4 + ..)
        // times a constant.
        ArcCosineOrder::One => Progression::Algebraic {
            scale: 0.25 / (PI * PI),
            shift: j + 1.0,
            power: 4.0,
            copies: 2,
            correction: 1.0,
            excess: (j + 1.0).powi(-4),
        },
    }
}
