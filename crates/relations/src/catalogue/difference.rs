//! Relations of the difference `x - y` on intervals and cubes.

use super::series::{LISTED, root};
use super::{Formula, antisymmetric, asymmetric, facts, indefinite, on_line, on_line_too, squared_distance};
use crate::combine::squared_distances;
use crate::enclosure::Enclosure;
use crate::function::{FnRelation, relation_blocks};
use crate::relation::{Definiteness, Regularity, RelationError, Symmetry};
use crate::spaces::{Cube, Interval};
use crate::spectrum::{Progression, Spectrum, SpectrumKind};
use faer::MatMut;
use std::f64::consts::{PI, SQRT_2};

/// `|x - y|` on `[0, 1]`: conditionally negative definite. One positive eigenvalue `2 / q^2` with
/// `q tanh(q/2) = 2`; negative ones `-2 / w^2` with `w = (2k - 1) pi`, or `2 + w tan(w/2) = 0`.
pub fn abs_difference() -> FnRelation {
    let known = facts(Symmetry::Symmetric, Definiteness::ConditionallyNegative, Regularity::Kink, SQRT_2);
    on_line(Interval::unit(), Interval::unit(), |x, y| (x - y).abs())
        .named("abs-difference")
        .of_formula(Formula::AbsDifference, &[])
        .enclosed_by(on_line_too(|x, y| (x - y).abs()))
        .with_facts(known)
        .with_closed_form(abs_difference_spectrum)
}

/// `(x - y)_+ = max(x - y, 0)` on `[0, 1]`. Singular values `1 / w^2` with `1 + cos w cosh w = 0`,
/// the frequencies of a clamped beam.
pub fn positive_part() -> FnRelation {
    on_line(Interval::unit(), Interval::unit(), |x, y| (x - y).max(0.0))
        .named("positive-part")
        .of_formula(Formula::PositivePart, &[])
        .enclosed_by(on_line_too(|x, y| (x - y).max(&Enclosure::constant(0.0))))
        .with_facts(asymmetric(Regularity::Kink, SQRT_2))
        .with_closed_form(positive_part_spectrum)
}

/// `x - y` on `[a, b]` with the uniform probability, of rank 2. Singular values: the standard
/// deviation `(b - a) / sqrt(12)`, twice.
///
/// # Errors
/// [`RelationError::Space`] unless `a < b`.
pub fn difference(a: f64, b: f64) -> Result<FnRelation, RelationError> {
    let space = Interval::new(a, b)?;
    Ok(on_line(space.clone(), space, |x, y| x - y)
        .named(format!("difference([{a}, {b}])"))
        .of_formula(Formula::Difference, &[])
        .enclosed_by(on_line_too(|x, y| x - y))
        .with_facts(antisymmetric(Regularity::Smooth, SQRT_2))
        .with_closed_form(move || Spectrum::singular_values(vec![(b - a) / 12f64.sqrt(); 2], 0.0).ok()))
}

/// `-|x - y|^2` on `[-1, 1]^p` with the uniform probability, of rank `p + 2`: conditionally
/// *positive* definite, so that it is indefinite. Eigenvalues: 2/3 (`p` times) and
/// `-p/3 +- sqrt(p (1/5 - 1/9) + p^2/9)`.
///
/// # Errors
/// [`RelationError::Space`] if `p` is 0.
pub fn negative_squared_distance(p: usize) -> Result<FnRelation, RelationError> {
    let space = Cube::new(p, -1.0, 1.0)?;
    let r = relation_blocks(space.clone(), space, |x, y, mut out: MatMut<'_, f64>| {
        squared_distances(x, y, out.as_mut());
        faer::zip!(out).for_each(|faer::unzip!(v)| *v = -*v);
        Ok(())
    });
    let d = p as f64;
    // The gradient is 2 (y - x, x - y), of length 2 sqrt(2) |x - y| <= 4 sqrt(2 p).
    Ok(r.named(format!("negative-squared-distance(p={p})"))
        .of_formula(Formula::NegativeSquaredDistance, &[])
        .enclosed_by(|x, y| Some(-squared_distance(x, y)))
        .with_facts(indefinite(Regularity::Smooth, 4.0 * (2.0 * d).sqrt()))
        .with_closed_form(move || {
            // On the span of 1 and |x|^2 the eigenvalues are -(E |x|^2 +- sqrt(E |x|^4)); the
            // coordinates give 2 E x_i^2 each.
            let (mean, root) = (d / 3.0, (d * (1.0 / 5.0 - 1.0 / 9.0) + d * d / 9.0).sqrt());
            let mut values = vec![2.0 / 3.0; p];
            values.extend([-mean - root, root - mean]);
            Spectrum::eigenvalues(values, 0.0, 0.0).ok()
        }))
}

fn abs_difference_spectrum() -> Option<Spectrum> {
    let q = root(1.0, 4.0, |q| q * (q / 2.0).tanh() - 2.0);
    let mut values = vec![2.0 / (q * q)];
    for k in 1..=LISTED {
        let k = k as f64;
        // With w = 2 v: cos v + v sin v = 0 for one v between (k - 1/2) pi and k pi.
        let v = root((k - 0.5) * PI, k * PI, |v| v.cos() + v * v.sin());
        let w = (2.0 * k - 1.0) * PI;
        values.extend([-2.0 / (w * w), -0.5 / (v * v)]);
    }
    // Beyond, w = 2 pi (k - 1/2); and w = 2 v, v = k pi - arctan(1 / v), so that with n = k pi
    // v^-4 = n^-4 (1 + 4 n^-2 + 12.7 n^-4 + ..).
    let next = LISTED as f64 + 1.0;
    let scale = 0.5 / (PI * PI);
    let even = Progression::Algebraic {
        scale,
        shift: next,
        power: 2.0,
        copies: 1,
        correction: 4.0 / (PI * PI),
        excess: 14.0 / (next * PI).powi(4),
    };
    let odd = Progression::algebraic(scale, next - 0.5, 2.0, 1);
    Spectrum::continued(SpectrumKind::Eigenvalues, values, Vec::new(), vec![odd, even]).ok()
}

fn positive_part_spectrum() -> Option<Spectrum> {
    let frequency = |k: usize| {
        let middle = (k as f64 - 0.5) * PI;
        // Beyond a dozen, cos w = -1 / cosh w differs from 0 by less than 1e-16.
        if k > 12 { middle } else { root(middle - 0.4, middle + 0.4, |w| 1.0 / w.cosh() + w.cos()) }
    };
    let values = (1..=LISTED).map(|k| frequency(k).powi(-2)).collect();
    let rest = Progression::algebraic(1.0 / (PI * PI), LISTED as f64 + 0.5, 2.0, 1);
    Spectrum::continued(SpectrumKind::SingularValues, values, vec![rest], Vec::new()).ok()
}
