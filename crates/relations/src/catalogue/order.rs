//! Orders on `[0, 1]`: strict, signed and smooth.
//!
//! Their spectra decay like `1/k`, so that an inner product needs many features to be close in
//! `L2`; yet two features decide every comparison, `<(-x, 1), (1, y)> = y - x`.

use super::series::algebraic;
use super::{Formula, antisymmetric, asymmetric, check_positive, on_line, on_line_too};
use crate::enclosure::Bracket;
use crate::function::FnRelation;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Interval;
use crate::spectrum::{Spectrum, SpectrumKind};
use std::f64::consts::{PI, SQRT_2};

/// Strict order `1[y < x]`, the kernel of Volterra's integral operator; 1/2 at `x = y`. Singular
/// values `1 / ((k - 1/2) pi)`, with `sqrt(2) sin((k - 1/2) pi x)` and
/// `sqrt(2) cos((k - 1/2) pi y)`.
pub fn volterra() -> FnRelation {
    on_line(Interval::unit(), Interval::unit(), |x, y| 0.5 * (1.0 + sign_of(x - y)))
        .named("volterra")
        .of_formula(Formula::Volterra, &[])
        .enclosed_by(on_line_too(|x, y| (x - y).step()))
        .with_facts(asymmetric(Regularity::Jump { size: 1.0 }, None))
        .with_closed_form(|| order_spectrum(1))
}

/// Signed order `sgn(y - x)`; 0 at `x = y`. Singular values `1 / ((k - 1/2) pi)`, each twice.
pub fn sign() -> FnRelation {
    on_line(Interval::unit(), Interval::unit(), |x, y| sign_of(y - x))
        .named("sign")
        .of_formula(Formula::Sign, &[])
        .enclosed_by(on_line_too(|x, y| (y - x).step() * 2.0 - 1.0))
        .with_facts(antisymmetric(Regularity::Jump { size: 2.0 }, None))
        .with_closed_form(|| order_spectrum(2))
}

/// Smooth order `1 / (1 + exp(-(y - x) / s))`: the probability that `y` beats `x` (Bradley and
/// Terry 1952).
///
/// # Errors
/// [`RelationError::Parameter`] unless `s` is positive and finite.
pub fn smooth_order(s: f64) -> Result<FnRelation, RelationError> {
    check_positive("smooth-order", "scale", s)?;
    Ok(on_line(Interval::unit(), Interval::unit(), move |x, y| 1.0 / (1.0 + ((x - y) / s).exp()))
        .named(format!("smooth-order(s={s})"))
        .of_formula(Formula::SmoothOrder, &[s])
        .enclosed_by(on_line_too(move |x, y| ((y - x) * Bracket::point(s).recip()).logistic()))
        .with_facts(asymmetric(Regularity::Smooth, SQRT_2 / (4.0 * s))))
}

fn sign_of(t: f64) -> f64 {
    f64::from(i8::from(t > 0.0) - i8::from(t < 0.0))
}

fn order_spectrum(copies: usize) -> Option<Spectrum> {
    let (values, rest) = algebraic(1.0 / PI, 0.5, 1.0, copies);
    Spectrum::continued(SpectrumKind::SingularValues, values, vec![rest], Vec::new()).ok()
}
