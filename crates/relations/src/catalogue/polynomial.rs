//! Functions of the product `x y` on `[-1, 1]`.

use super::{Formula, check, check_positive, indefinite, kernel, on_line, on_line_too};
use crate::function::FnRelation;
use crate::pair_form::PairForm;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Interval;
use crate::spectral::symmetric_eigenvalues;
use crate::spectrum::Spectrum;
use faer::Mat;
use std::f64::consts::SQRT_2;

/// Polynomial kernel `(1 + x y)^degree` on `[-1, 1]`, of rank `degree + 1`. Eigenvalues: those of
/// its matrix on the monomials; for degree 2 they are 2/3 and `3/5 +- sqrt(9/25 - 4/45)`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `1 <= degree <= 20`.
pub fn polynomial(degree: u32) -> Result<FnRelation, RelationError> {
    check("polynomial", "degree", &degree, (1..=20).contains(&degree), "from 1 to 20")?;
    let space = Interval::new(-1.0, 1.0)?;
    let power = degree as i32;
    // The gradient is degree (1 + x y)^(degree - 1) (y, x).
    let lipschitz = f64::from(degree) * 2f64.powi(power - 1) * SQRT_2;
    Ok(on_line(space.clone(), space, move |x, y| (1.0 + x * y).powi(power))
        .named(format!("polynomial(degree={degree})"))
        .of_formula(Formula::Polynomial, &[f64::from(degree)])
        .with_pair_form(PairForm::Polynomial { degree, offset: 1.0 })
        .enclosed_by(on_line_too(move |x, y| (x * y + 1.0).powi(degree)))
        .with_facts(kernel(Regularity::Smooth, lipschitz))
        .with_closed_form(move || polynomial_spectrum(degree as usize)))
}

/// Sigmoid kernel `tanh(a x y + b)` on `[-1, 1]`, symmetric but not positive semidefinite (Lin and
/// Lin 2003).
///
/// # Errors
/// [`RelationError::Parameter`] unless `a` is positive and finite and `b` is finite.
pub fn tanh(a: f64, b: f64) -> Result<FnRelation, RelationError> {
    check_positive("tanh", "slope", a)?;
    check("tanh", "offset", &b, b.is_finite(), "finite")?;
    let space = Interval::new(-1.0, 1.0)?;
    Ok(on_line(space.clone(), space, move |x, y| (a * x * y + b).tanh())
        .named(format!("tanh(a={a}, b={b})"))
        .of_formula(Formula::Tanh, &[a, b])
        .enclosed_by(on_line_too(move |x, y| (x * y * a + b).tanh()))
        .with_facts(indefinite(Regularity::Smooth, a * SQRT_2)))
}

/// The kernel is `sum_k binomial(n, k) x^k y^k`, so that its eigenvalues are those of
/// `B^(1/2) G B^(1/2)` with the moments `G_kl = E x^(k + l)`.
fn polynomial_spectrum(n: usize) -> Option<Spectrum> {
    let mut binomials = vec![1.0f64];
    for k in 0..n {
        binomials.push(binomials[k] * (n - k) as f64 / (k + 1) as f64);
    }
    let moment = |k: usize| if k.is_multiple_of(2) { 1.0 / (k + 1) as f64 } else { 0.0 };
    let gram = Mat::from_fn(n + 1, n + 1, |k, l| (binomials[k] * binomials[l]).sqrt() * moment(k + l));
    Spectrum::eigenvalues(symmetric_eigenvalues(gram.as_ref()).ok()?, 0.0, 0.0).ok()
}
