//! The sinc kernel and its prolate spheroidal spectrum.

use super::series::split_tail;
use super::{Formula, check, kernel, on_line, on_line_too, over_pi};
use crate::enclosure::Bracket;
use crate::fourier::{FourierForm, FourierSign};
use crate::function::FnRelation;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Interval;
use crate::spectral::symmetric_eigen;
use crate::spectrum::Spectrum;
use faer::Mat;
use std::f64::consts::{PI, SQRT_2};

/// Sinc kernel `sin(c (x - y)) / (pi (x - y))` on `[-1, 1]` with Lebesgue measure: time- and
/// band-limiting. Its eigenfunctions are the prolate spheroidal wave functions (Slepian and Pollak
/// 1961); about `2 c / pi` eigenvalues are near 1, then they collapse.
///
/// # Errors
/// [`RelationError::Parameter`] unless `0 < c <= 200`.
pub fn sinc(c: f64) -> Result<FnRelation, RelationError> {
    check("sinc", "bandwidth", &c, c > 0.0 && c <= 200.0, "in (0, 200]")?;
    let space = Interval::lebesgue(-1.0, 1.0)?;
    let f = move |x: f64, y: f64| {
        let u = c * (x - y);
        let series = 1.0 - u * u / 6.0;
        c / PI * if u.abs() < 1e-4 { series } else { u.sin() / u }
    };
    // The density is 1 / (2 pi) on [-c, c].
    let (first, second) = (c * c / (2.0 * PI), c.powi(3) / (3.0 * PI));
    let flat = FourierForm::of_difference(c / PI, Some(first), Some(second), FourierSign::Nonnegative);
    // sin(u)/u is the mean of cos(u s) over s in [-1, 1], so that its slope is at most the mean of
    // |s|.
    Ok(on_line(space.clone(), space, f)
        .named(format!("sinc(c={c})"))
        .of_formula(Formula::Sinc, &[c])
        .with_fourier(Some(flat))
        .enclosed_by(on_line_too(move |x, y| ((x - y) * c).sinc() * (Bracket::point(c) * over_pi())))
        .with_facts(kernel(Regularity::Smooth, SQRT_2 * c * c / PI * 0.5))
        .with_closed_form(move || prolate(c)))
}

/// Eigenvalues by the differential operator that commutes with the kernel, tridiagonal on
/// normalised Legendre polynomials of each parity (Xiao, Rokhlin and Yarvin 2001).
///
/// With `F u(x) = integral of exp(i c x t) u(t)`, whose eigenvalues are `mu`, the kernel is
/// `c / (2 pi) F* F`. An even eigenfunction has `mu u(0) = integral of u`, an odd one
/// `mu u'(0) = i c integral of t u(t)`.
fn prolate(c: f64) -> Option<Spectrum> {
    let size = 40 + c as usize;
    let mut values = Vec::new();
    for parity in 0..2 {
        let degree = |i: usize| (2 * i + parity) as f64;
        let operator = Mat::from_fn(size, size, |i, j| {
            let k = degree(i.min(j));
            match i.abs_diff(j) {
                0 => {
                    k * (k + 1.0) + (2.0 * k * (k + 1.0) - 1.0) / ((2.0 * k + 3.0) * (2.0 * k - 1.0)) * c * c
                }
                1 => {
                    (k + 2.0) * (k + 1.0) / ((2.0 * k + 3.0) * ((2.0 * k + 1.0) * (2.0 * k + 5.0)).sqrt())
                        * c
                        * c
                }
                _ => 0.0,
            }
        });
        let at_zero = at_zero(size, parity);
        let vectors = symmetric_eigen(operator.as_ref()).ok()?.vectors;
        for n in 0..size / 2 {
            let b = vectors.col(n);
            let value: f64 = (0..size).map(|i| b[i] * at_zero[i]).sum();
            let integral = if parity == 0 { SQRT_2 * b[0] } else { c * (2f64 / 3.0).sqrt() * b[0] };
            let mu = integral / value;
            values.push(c / (2.0 * PI) * mu * mu);
        }
    }
    values.sort_by(|a, b| b.total_cmp(a));
    let (listed, rest) = split_tail(&values);
    Spectrum::eigenvalues(listed, rest, 0.0).ok()
}

/// Values (even degrees) or slopes (odd degrees) at 0 of the normalised Legendre polynomials
/// `sqrt(k + 1/2) P_k`.
fn at_zero(size: usize, parity: usize) -> Vec<f64> {
    // P_{k+2}(0) = -(k + 1) / (k + 2) P_k(0) and P_k'(0) = k P_{k-1}(0).
    let mut even = 1.0;
    let mut list = Vec::with_capacity(size);
    for i in 0..size {
        let k = (2 * i + parity) as f64;
        list.push((k + 0.5).sqrt() * if parity == 0 { even } else { k * even });
        let even_degree = 2.0 * i as f64;
        even *= -(even_degree + 1.0) / (even_degree + 2.0);
    }
    list
}
