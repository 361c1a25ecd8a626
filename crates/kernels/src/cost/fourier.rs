//! Norms of Fourier transforms (spectral Barron norms) of relations.
//!
//! If `r(x, y) = integral of exp(i (w.x + v.y)) dF(w, v)` on the domain, for a complex measure `F`
//! of an extension of `r` to the whole space, then waves drawn from `|F|` approximate `r` at a rate
//! that does not depend on the dimension (Barron 1993). The norms are the mass `|F|` and its
//! moments; each is that of a *stated* extension and thus an upper bound of the smallest over all
//! extensions. A finite first moment makes `r` continuously differentiable and a finite mass makes
//! it continuous, so that kinks and jumps have infinite ones: that is an answer, not an error.

use super::choice::ErrorNorm;
use super::domain::{Around, check};
use super::error::BoundError;
use super::fourier_numeric::windowed;
use super::moments::{Extension, FourierNorms, Moment};
use super::params::BoundParams;
use relata_relations::{FourierForm, FourierSign, Points, Regularity, Relation, evaluate};

/// The norms of a relation: those that it knows in closed form ([`Relation::fourier`]), products for
/// tensor products, else the discrete transform of a windowed extension, refined once for an error
/// estimate, in up to two dimensions on each side. For that the formula is evaluated outside of its
/// domain. Cost: at most some matrix products of size 600.
///
/// ```
/// use relata_kernels::cost::{Moment, fourier_norms};
/// use relata_relations::catalogue::relation;
/// // The Gaussian kernel of length 1/2: mass 1, second moment 1 / l^2.
/// let f = fourier_norms(&*relation("gaussian")?)?;
/// assert_eq!((f.mass, f.second[0].finite()), (Moment::Finite(1.0), Some(4.0)));
/// // |x - y| is not a mixture of waves with a finite first moment.
/// assert!(matches!(fourier_norms(&*relation("abs-difference")?)?.first[0], Moment::Infinite { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BoundError::NoFourier`] where nothing is known and the transform cannot be computed;
/// [`BoundError::Relation`].
pub fn fourier_norms(r: &dyn Relation) -> Result<FourierNorms, BoundError> {
    if let Some(known) = r.fourier() {
        return Ok(stated(known));
    }
    if let Some(factors) = r.tensor_factors() {
        let each = factors.iter().map(|f| fourier_norms(f.as_ref())).collect::<Result<Vec<_>, _>>()?;
        return Ok(product(&each));
    }
    if let Regularity::Jump { size } = r.regularity() {
        let because = format!("the relation jumps by {size}, and a finite mass makes it continuous");
        let all = || Moment::Infinite { because: because.clone() };
        let norms = [all(), all()];
        return Ok(FourierNorms {
            mass: all(),
            first: norms.clone(),
            second: norms,
            extension: Extension::Formula,
            uncertainty: 0.0,
        });
    }
    let mut norms = windowed(r)?;
    if let Some(size) = kink(r)? {
        let because = format!(
            "the slope jumps by {size:.3} at x = y, and a finite first moment makes the relation continuously differentiable"
        );
        let all = || Moment::Infinite { because: because.clone() };
        norms.first = [all(), all()];
        norms.second = [all(), all()];
    }
    Ok(norms)
}

/// The norms that a bound uses: those given, or computed.
pub(super) fn norms_for(r: &dyn Relation, params: &BoundParams) -> Result<FourierNorms, BoundError> {
    match &params.fourier {
        Some(given) => Ok(given.clone()),
        None => fourier_norms(r),
    }
}

/// The norms that the relation itself states.
fn stated(form: FourierForm) -> FourierNorms {
    let moment = |m: Option<f64>| match m {
        Some(v) => Moment::Finite(v),
        None => Moment::Infinite { because: "its Fourier transform decays too slowly".into() },
    };
    FourierNorms {
        mass: Moment::Finite(form.mass),
        first: form.first.map(moment),
        second: form.second.map(moment),
        extension: match form.sign {
            FourierSign::Nonnegative => Extension::Bochner,
            FourierSign::Complex => Extension::Formula,
        },
        uncertainty: 0.0,
    }
}

/// Masses multiply; `|w| <= sum_i |w_i|` and `|w|^2 = sum_i |w_i|^2`.
fn product(each: &[FourierNorms]) -> FourierNorms {
    let infinite = |m: &Moment| matches!(m, Moment::Infinite { .. });
    let masses: Vec<Moment> = each.iter().map(|f| f.mass.clone()).collect();
    let mass = match masses.iter().find(|m| infinite(m)) {
        Some(m) => m.clone(),
        None => Moment::Finite(masses.iter().filter_map(Moment::finite).product()),
    };
    let moments = |of: &dyn Fn(&FourierNorms) -> Moment| {
        let own: Vec<Moment> = each.iter().map(of).collect();
        if let Some(m) = own.iter().chain([&mass]).find(|m| infinite(m)) {
            return m.clone();
        }
        let whole = mass.finite().unwrap_or(0.0);
        let share = |(m, f): (&Moment, &FourierNorms)| Some(m.finite()? / f.mass.finite()? * whole);
        Moment::Finite(own.iter().zip(each).filter_map(share).sum())
    };
    let bochner = each.iter().all(|f| f.extension == Extension::Bochner);
    FourierNorms {
        first: [moments(&|f| f.first[0].clone()), moments(&|f| f.first[1].clone())],
        second: [moments(&|f| f.second[0].clone()), moments(&|f| f.second[1].clone())],
        extension: if bochner { Extension::Bochner } else { Extension::Product },
        uncertainty: each.iter().map(|f| f.uncertainty).sum(),
        mass,
    }
}

/// The jump of the slope across `x = y`, if there is one: second differences that grow like the
/// inverse of the step.
fn kink(r: &dyn Relation) -> Result<Option<f64>, BoundError> {
    let (x, y) = r.spaces();
    if r.regularity() != Regularity::Kink || x.dim() != 1 || y.dim() != 1 {
        return Ok(None);
    }
    let edge = Around::of(x)?.edges.first().copied().unwrap_or(1.0);
    // Seven points, of which three are off the simple fractions at which a formula may change.
    let at = x.covering(std::num::NonZeroUsize::MIN.saturating_add(6))?.points;
    // The largest change of slope over a step, and the largest value.
    let jump = |h: f64| -> Result<(f64, f64), BoundError> {
        let (mut worst, mut size) = (0.0f64, 0.0f64);
        for t in at.rows().map(|p| p[0]) {
            let Ok(three) = Points::line(vec![t - h, t, t + h]) else { continue };
            let Some(own) = three.select(&[1]) else { continue };
            let v = evaluate(r, &three, &own)?;
            worst = worst.max(((v[(0, 0)] - 2.0 * v[(1, 0)] + v[(2, 0)]) / h).abs());
            size = size.max(v.norm_max());
        }
        Ok((worst, size))
    };
    let ((coarse, _), (fine, size)) = (jump(1e-3 * edge)?, jump(1e-4 * edge)?);
    // Where the slope is continuous the quotient falls with the step, by a factor of ten. What is
    // below a millionth of the mean slope is rounding.
    Ok((fine > 0.5 * coarse && fine * edge > 1e-6 * size).then_some(fine))
}

/// Checks what every use of the norms in `L2` or sup needs.
pub(super) fn checked(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<FourierNorms, BoundError> {
    check(r, eps, params)?;
    let norms = norms_for(r, params)?;
    if params.norm == ErrorNorm::Sup {
        for (moment, what) in norms.first.iter().zip(["Barron's norm in x", "Barron's norm in y"]) {
            moment.or_refuse(r, what)?;
        }
    }
    Ok(norms)
}
