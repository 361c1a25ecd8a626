//! How many ridge functions a mixture of waves needs: Maurey's argument with its constants.
//!
//! Let `Phi: X -> R^d` be `Re integral of exp(i w.x) Phi^(w) dw` on a domain of half diagonal `R`,
//! with `C_m = integral of |w|^m |Phi^(w)|_2 dw`. Around the centre of the domain each wave is
//! `cos(w.x) a(w) - sin(w.x) b(w)` with `|a| + |b| <= sqrt(2) |Phi^|`. An average of `N`
//! independent draws from a mixture of vectors of norm at most `b` has mean squared error at most
//! `b^2 / N` in any Hilbert space (Maurey, in Pisier 1981; Barron 1993), so that some draw is as
//! good. Units and their `b` (derived):
//!
//! * steps: a wave of slope at most `|w|` on `|w.x| <= |w| R` is a mixture of steps of total weight
//!   `2 R |w|`: `b = 2 sqrt(2) R C_1`;
//! * ReLU: after its affine part, of total weight `R^2 |w|^2` in ReLU of size 1:
//!   `b = sqrt(2) R^2 C_2`, and `2 p` units for the affine part;
//! * waves: `b = sqrt(2) C_0`.
//!
//! In sup norm an average of `N` such draws is off by `t` at a point with probability at most
//! `2 exp(-N t^2 / (8 b^2))` (Pinelis 1994), so at one of `M` points of a net with at most `M`
//! times that; between the points of the net both sides change by their Lipschitz constant times
//! its radius.

use super::choice::{BoundRoute, ErrorNorm, Units};
use super::count::ceil;
use super::domain::Around;
use super::error::BoundError;
use super::params::BoundParams;

/// Norms of vector-valued features: `C_0`, `C_1` and, where it is finite, `C_2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waves {
    pub(super) mass: f64,
    pub(super) first: f64,
    pub(super) second: Option<f64>,
}

impl Waves {
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self { mass: self.mass * by, first: self.first * by, second: self.second.map(|s| s * by) }
    }
}

/// Hidden units of one layer that approximate the features within `error` (in `L2` of a measure of
/// mass `measure`, or in sup norm).
///
/// # Errors
/// [`BoundError::Units`] for steps in sup norm.
pub(super) fn ridges(
    waves: &Waves,
    around: &Around,
    measure: f64,
    error: f64,
    route: BoundRoute,
    params: &BoundParams,
) -> Result<u128, BoundError> {
    let (radius, p) = (around.radius, around.edges.len());
    let root = std::f64::consts::SQRT_2;
    let affine = 2 * p as u128;
    let draws = |b: f64| ceil((b / error).powi(2) * measure).max(1);
    match (params.norm, params.units) {
        (ErrorNorm::L2, Units::Sine) => Ok(draws(root * waves.mass)),
        (ErrorNorm::L2, units) => {
            // A steep ReLU is half a step, a steep hyperbolic tangent a whole one; one per
            // cent of the error is left for their steepness.
            let steps = draws(2.0 * root * radius * waves.first / 0.99);
            if units == Units::Tanh {
                return Ok(steps);
            }
            let slack = units.spline_share();
            let bends =
                waves.second.map(|c| draws(root * radius * radius * c / slack).saturating_add(affine));
            Ok(bends.map_or(steps.saturating_mul(2), |b| b.min(steps.saturating_mul(2))))
        }
        (ErrorNorm::Sup, Units::Tanh) => Err(BoundError::Units {
            route,
            units: Units::Tanh,
            instead: "use relu, gelu or sine units in sup norm",
        }),
        (ErrorNorm::Sup, Units::Sine) => {
            // Half of all draws have twice the mean slope at most.
            let lipschitz = 4.0 * waves.first;
            Ok(netted(root * waves.mass, lipschitz, radius, p, error, 4.0))
        }
        (ErrorNorm::Sup, _) => {
            // Drawn in proportion to the second derivative, so that all units have one slope.
            let Some(second) = waves.second else { return Ok(u128::MAX) };
            let b = 2.0 * root * radius * radius * second;
            let slack = params.units.spline_share();
            Ok(netted(b, 2.0 * b / radius, radius, p, error * slack, 2.0).saturating_add(affine))
        }
    }
}

/// Draws of size `b` whose average is within `error` everywhere: half for the net, half for the way
/// to it, on which the difference changes by at most `lipschitz` per unit of length.
fn netted(b: f64, lipschitz: f64, radius: f64, p: usize, error: f64, failures: f64) -> u128 {
    let cells = (2.0 * lipschitz * radius / error).ceil().max(1.0);
    let log = failures.ln() + p as f64 * cells.ln();
    ceil(32.0 * (b / error).powi(2) * log.max(0.0)).saturating_add(1)
}
