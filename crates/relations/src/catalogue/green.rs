//! Covariances of Brownian motion and of the Brownian bridge: Green's functions of `-u''` on
//! `[0, 1]`.

use super::series::algebraic;
use super::tails::{bridge_tails, brownian_tails};
use super::{Formula, kernel, on_line, on_line_too};
use crate::function::FnRelation;
use crate::relation::Regularity;
use crate::spaces::Interval;
use crate::spectrum::{Spectrum, SpectrumKind};
use std::f64::consts::PI;

/// Brownian motion `min(x, y)` on `[0, 1]`. Eigenvalues `((k - 1/2) pi)^-2`, eigenfunctions
/// `sqrt(2) sin((k - 1/2) pi x)`.
pub fn brownian() -> FnRelation {
    on_line(Interval::unit(), Interval::unit(), f64::min)
        .named("brownian")
        .of_formula(Formula::Brownian, &[])
        .with_tails(|most| Some(brownian_tails(most)))
        .enclosed_by(on_line_too(|x, y| x.min(&y)))
        .with_facts(kernel(Regularity::Kink, 1.0))
        .with_closed_form(|| inverse_squares(0.5))
}

/// Brownian bridge `min(x, y) - x y` on `[0, 1]`. Eigenvalues `(k pi)^-2`, eigenfunctions
/// `sqrt(2) sin(k pi x)`.
pub fn bridge() -> FnRelation {
    // For x < y the gradient is (1 - y, -x), of length at most 1.
    on_line(Interval::unit(), Interval::unit(), |x, y| x.min(y) - x * y)
        .named("bridge")
        .of_formula(Formula::Bridge, &[])
        .with_tails(|most| Some(bridge_tails(most)))
        .enclosed_by(on_line_too(|x, y| x.min(&y) - x * y))
        .with_facts(kernel(Regularity::Kink, 1.0))
        .with_closed_form(|| inverse_squares(1.0))
}

fn inverse_squares(shift: f64) -> Option<Spectrum> {
    let (values, rest) = algebraic(1.0 / (PI * PI), shift, 2.0, 1);
    Spectrum::continued(SpectrumKind::Eigenvalues, values, vec![rest], Vec::new()).ok()
}
