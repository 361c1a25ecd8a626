//! Exponentials of bilinear forms, `exp(x' M y)`: the un-normalised softmax kernel of attention.

use super::series::geometric;
use super::{Formula, asymmetric, check, check_positive, dot, facts, kernel, on_line, on_line_too};
use crate::combine::{MAX_TENSOR_VALUES, bilinear_form, cross, tensor_spectrum};
use crate::function::{FnRelation, relation_blocks};
use crate::identity::same_space;
use crate::pair_form::PairForm;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry};
use crate::space::Space;
use crate::spaces::{Cube, Gaussian, Interval};
use crate::spectral;
use crate::spectrum::{Spectrum, SpectrumKind};
use faer::{Mat, MatMut};
use std::sync::Arc;

/// `exp(c x y)` for `x` and `y` on intervals.
///
/// # Errors
/// [`RelationError::Parameter`] if `c` is not finite, or the values overflow.
pub fn exp_bilinear(c: f64, x: Interval, y: Interval) -> Result<FnRelation, RelationError> {
    let largest = |i: &Interval| i.ends().0.abs().max(i.ends().1.abs());
    let (u, v) = (largest(&x), largest(&y));
    check(
        "exp-bilinear",
        "c",
        &c,
        c.is_finite() && (c * u * v).abs() <= 700.0,
        "finite, with |c x y| <= 700",
    )?;
    let lipschitz = c.abs() * u.hypot(v) * (c.abs() * u * v).exp();
    let known = match (same_space(&x, &y), c >= 0.0) {
        (true, true) => kernel(Regularity::Smooth, lipschitz),
        (true, false) => super::indefinite(Regularity::Smooth, lipschitz),
        (false, _) => asymmetric(Regularity::Smooth, lipschitz),
    };
    let r =
        on_line(x, y, move |x, y| (c * x * y).exp()).enclosed_by(on_line_too(move |x, y| (x * y * c).exp()));
    Ok(r.named(format!("exp-bilinear(c={c})")).of_formula(Formula::ExpBilinear, &[c]).with_facts(known))
}

/// `exp(scale x'y)` on `[-1, 1]^p`, positive semidefinite: the `p`-fold tensor product of its
/// one-dimensional self.
///
/// # Errors
/// [`RelationError::Parameter`] unless `scale` is positive with `scale p <= 700`;
/// [`RelationError::Space`] if `p` is 0.
pub fn exp_bilinear_cube(p: usize, scale: f64) -> Result<FnRelation, RelationError> {
    check_positive("exp-bilinear", "scale", scale)?;
    let d = p as f64;
    check("exp-bilinear", "scale", &scale, scale * d <= 700.0, "at most 700 / p")?;
    let space = Cube::new(p, -1.0, 1.0)?;
    let r = relation_blocks(space.clone(), space, move |x, y, mut out: MatMut<'_, f64>| {
        cross(x, y, out.as_mut());
        faer::zip!(out).for_each(|faer::unzip!(v)| *v = (scale * *v).exp());
        Ok(())
    });
    // The gradient is scale exp(scale x'y) (y, x).
    let lipschitz = scale * (2.0 * d).sqrt() * (scale * d).exp();
    let r = r
        .named(format!("exp-bilinear(p={p}, scale={scale})"))
        .of_formula(Formula::ExpBilinearCube, &[scale])
        .with_pair_form(PairForm::ExpDot { scale })
        .enclosed_by(move |x, y| Some((dot(x, y) * scale).exp()))
        .with_facts(kernel(Regularity::Smooth, lipschitz));
    if p == 1 {
        return Ok(r);
    }
    let factor: Arc<dyn Relation> = Arc::new(exp_bilinear_cube(1, scale)?);
    Ok(r.with_factors(Some(vec![factor; p])))
}

/// `exp(x' M y)` for `x ~ N(0, sd_x^2 I)` in `R^p` and `y ~ N(0, sd_y^2 I)` in `R^q`; `M` is
/// `p x q`.
///
/// With the singular values `m_i` of `sd_x sd_y M`, all below 1/2 (otherwise `r` is not in `L2`),
/// the singular values of `r` are the products of `l_i q_i^n`,
/// `q_i = (1 - sqrt(1 - 4 m_i^2)) / (2 m_i)`, `l_i = (1 - q_i) / sqrt(1 - 2 m_i)` (Mehler 1866,
/// after a change of measure). Eigenvalues, signed, where `r` is symmetric.
///
/// # Errors
/// [`RelationError::Parameter`] if `M` is empty, not finite or too large; [`RelationError::Space`]
/// for the deviations.
pub fn exp_bilinear_gaussian(m: Mat<f64>, sd_x: f64, sd_y: f64) -> Result<FnRelation, RelationError> {
    let name = "exp-bilinear-gaussian";
    let shape = format!("{} x {}", m.nrows(), m.ncols());
    let finite = (0..m.ncols()).all(|j| (0..m.nrows()).all(|i| m[(i, j)].is_finite()));
    check(name, "matrix", &shape, m.nrows() > 0 && m.ncols() > 0 && finite, "finite and not empty")?;
    let (x, y) = (Gaussian::with_sd(m.nrows(), sd_x)?, Gaussian::with_sd(m.ncols(), sd_y)?);
    let mirrored = m.nrows() == m.ncols()
        && (0..m.ncols()).all(|j| (0..j).all(|i| (m[(i, j)] - m[(j, i)]).abs() <= 0.0));
    let symmetric = mirrored && same_space(&x, &y);
    let scale = faer::Scale(sd_x * sd_y);
    let failed = |_| RelationError::Parameter {
        relation: name,
        parameter: "matrix",
        value: shape.clone(),
        expected: "a matrix whose singular values can be computed",
    };
    let strengths = if symmetric {
        spectral::symmetric_eigenvalues((scale * &m).as_ref()).map_err(|_| failed(()))?
    } else {
        spectral::singular_values((scale * &m).as_ref()).map_err(|_| failed(()))?
    };
    let largest = strengths.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    check(
        name,
        "largest singular value of sd_x sd_y M",
        &largest,
        largest < 0.5,
        "below 1/2: otherwise r is not in L2",
    )?;
    let known = match (symmetric, strengths.iter().all(|s| *s >= 0.0)) {
        (true, true) => kernel(Regularity::Smooth, None),
        (true, false) => facts(Symmetry::Symmetric, Definiteness::Indefinite, Regularity::Smooth, None),
        _ => asymmetric(Regularity::Smooth, None),
    };
    let entries: Vec<f64> =
        (0..m.ncols()).flat_map(|j| m.col(j).iter().copied().collect::<Vec<_>>()).collect();
    let label = format!("{name}({} on {} x {})", shape, x.name(), y.name());
    let r = relation_blocks(x, y, move |x, y, mut out: MatMut<'_, f64>| {
        bilinear_form(x, &m, y, out.as_mut());
        faer::zip!(out).for_each(|faer::unzip!(v)| *v = v.exp());
        Ok(())
    });
    let kind = if symmetric { SpectrumKind::Eigenvalues } else { SpectrumKind::SingularValues };
    let r = r.of_formula(Formula::ExpBilinearGaussian, &entries);
    Ok(r.named(label).with_facts(known).with_closed_form(move || {
        let parts = strengths.iter().map(|c| line_spectrum(kind, *c)).collect::<Option<Vec<_>>>()?;
        tensor_spectrum(&parts, MAX_TENSOR_VALUES).ok()
    }))
}

/// The spectrum of `exp(c x y)` against `N(0, 1)`.
fn line_spectrum(kind: SpectrumKind, c: f64) -> Option<Spectrum> {
    // (1 - sqrt(1 - 4 c^2)) / (2 c), without cancellation.
    let ratio = 2.0 * c / (1.0 + (1.0 - 4.0 * c * c).sqrt());
    geometric(kind, (1.0 - ratio) / (1.0 - 2.0 * c).sqrt(), ratio)
}
