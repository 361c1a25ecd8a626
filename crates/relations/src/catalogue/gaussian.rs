//! Gaussian kernels, and Mehler's.

use super::series::geometric;
use super::{
    Formula, asymmetric, check, check_positive, indefinite, kernel, on_line, on_line_too, squared_distance,
};
use crate::combine::{spectrum_from, squared_distances};
use crate::fourier::{FourierForm, FourierSign};
use crate::function::{FnRelation, relation_blocks};
use crate::pair_form::PairForm;
use crate::relation::{Regularity, Relation, RelationError};
use crate::spaces::{Cube, Gaussian, Interval};
use crate::spectrum::SpectrumKind;
use faer::MatMut;
use std::f64::consts::SQRT_2;
use std::sync::Arc;

/// Gaussian kernel `exp(-|x - y|^2 / (2 l^2))` on `[-1, 1]^p` with the uniform probability: the
/// `p`-fold tensor product of its one-dimensional self.
///
/// # Errors
/// [`RelationError::Parameter`] unless `l` and its square are positive and finite; [`RelationError::Space`] if `p`
/// is 0.
pub fn gaussian(p: usize, l: f64) -> Result<FnRelation, RelationError> {
    check_square("gaussian", "length scale", l)?;
    let r = gaussian_blocks(Cube::new(p, -1.0, 1.0)?, l).named(format!("gaussian(p={p}, l={l})"));
    let r = r.with_facts(kernel(Regularity::Smooth, gaussian_slope(l)));
    if p == 1 {
        return Ok(r);
    }
    let factor: Arc<dyn Relation> = Arc::new(gaussian(1, l)?);
    Ok(r.with_factors(Some(vec![factor; p])))
}

/// Gaussian kernel `exp(-|x - y|^2 / (2 l^2))` on `R^p` with `N(0, sd^2 I)`. Eigenvalues in one
/// dimension: `sqrt(2a/A) (b/A)^n` with `a = 1/(4 sd^2)`, `b = 1/(2 l^2)`,
/// `A = a + b + sqrt(a^2 + 2ab)` (Zhu et al. 1998; Rasmussen and Williams 2006, 4.3.1).
///
/// # Errors
/// [`RelationError::Parameter`] unless `l` and its square are positive and finite; [`RelationError::Space`] if `p`
/// is 0 or `sd` is out of range.
pub fn gaussian_measure(p: usize, l: f64, sd: f64) -> Result<FnRelation, RelationError> {
    check_square("gaussian-measure", "length scale", l)?;
    let r = gaussian_blocks(Gaussian::with_sd(p, sd)?, l)
        .named(format!("gaussian-measure(p={p}, l={l}, sd={sd})"));
    let r = r.with_facts(kernel(Regularity::Smooth, gaussian_slope(l)));
    if p == 1 {
        let (a, b) = (0.25 / (sd * sd), 0.5 / (l * l));
        let total = a + b + (a * a + 2.0 * a * b).sqrt();
        return Ok(r.with_closed_form(move || {
            geometric(SpectrumKind::Eigenvalues, (2.0 * a / total).sqrt(), b / total)
        }));
    }
    let factor: Arc<dyn Relation> = Arc::new(gaussian_measure(1, l, sd)?);
    let factors = vec![factor; p];
    Ok(r.with_factors(Some(factors.clone())).with_closed_form(move || spectrum_from(&factors)))
}

/// Mehler's kernel `(1 - q^2)^(-1/2) exp(-(q^2 (x^2 + y^2) - 2 q x y) / (2 (1 - q^2)))`,
/// `0 < |q| < 1`, against `N(0, 1)`. Eigenvalues: `q^n`, with Hermite polynomials; for `q < 0`
/// symmetric but indefinite.
///
/// # Errors
/// [`RelationError::Parameter`] unless `0 < |q| < 1`.
pub fn mehler(q: f64) -> Result<FnRelation, RelationError> {
    check("mehler", "q", &q, q != 0.0 && q.abs() < 1.0, "in (-1, 1), and not 0")?;
    let space = Gaussian::new(1)?;
    let s = 1.0 - q * q;
    let f = move |x: f64, y: f64| (-(q * q * (x * x + y * y) - 2.0 * q * x * y) / (2.0 * s)).exp() / s.sqrt();
    let known = if q > 0.0 { kernel } else { indefinite };
    Ok(on_line(space.clone(), space, f)
        .named(format!("mehler(q={q})"))
        .of_formula(Formula::Mehler, &[q])
        .with_facts(known(Regularity::Smooth, None))
        .with_closed_form(move || geometric(SpectrumKind::Eigenvalues, 1.0, q)))
}

/// `exp(-rate (x - y + shift)^2)` on `[-1, 1]`: a smooth asymmetric relation, most similar when `y`
/// is `shift` beyond `x`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `rate` is positive and finite and `shift` is finite and not
/// 0.
pub fn gaussian_shifted(rate: f64, shift: f64) -> Result<FnRelation, RelationError> {
    check_positive("gaussian-shifted", "rate", rate)?;
    check("gaussian-shifted", "shift", &shift, shift.is_finite() && shift != 0.0, "finite and not 0")?;
    let space = Interval::new(-1.0, 1.0)?;
    let f = move |x: f64, y: f64| (-rate * (x - y + shift) * (x - y + shift)).exp();
    // exp(-rate t^2) is the Gaussian of length scale 1 / sqrt(2 rate).
    let length = (0.5 / rate).sqrt();
    let lipschitz = gaussian_slope(length);
    Ok(on_line(space.clone(), space, f)
        .named(format!("gaussian-shifted(rate={rate}, shift={shift})"))
        .of_formula(Formula::GaussianShifted, &[rate, shift])
        .with_fourier(Some(FourierForm::gaussian(length, 1, FourierSign::Complex)))
        .enclosed_by(on_line_too(move |x, y| ((x - y + shift).square() * -rate).exp()))
        .with_facts(asymmetric(Regularity::Smooth, lipschitz)))
}

/// Refuses a length whose square is not an ordinary number.
fn check_square(relation: &'static str, parameter: &'static str, l: f64) -> Result<(), RelationError> {
    check(
        relation,
        parameter,
        &l,
        l > 0.0 && (l * l).is_normal(),
        "positive and finite, and its square as well",
    )
}

/// The steepest slope of `exp(-t^2 / (2 l^2))` is `exp(-1/2) / l` at `t = l`, and `|x - y|` has the
/// Lipschitz constant `sqrt 2`.
fn gaussian_slope(l: f64) -> f64 {
    SQRT_2 * (-0.5f64).exp() / l
}

fn gaussian_blocks(space: impl crate::Space + Clone + 'static, l: f64) -> FnRelation {
    let (rate, p) = (-0.5 / (l * l), space.dim());
    relation_blocks(space.clone(), space, move |x, y, mut out: MatMut<'_, f64>| {
        squared_distances(x, y, out.as_mut());
        faer::zip!(out).for_each(|faer::unzip!(v)| *v = (rate * *v).exp());
        Ok(())
    })
    .enclosed_by(move |x, y| Some((squared_distance(x, y) * rate).exp()))
    .of_formula(Formula::Gaussian, &[l])
    .with_pair_form(PairForm::Gaussian { length: l })
    .with_fourier(Some(FourierForm::gaussian(l, p, FourierSign::Nonnegative)))
}
