//! Sums, products and multiples.

use super::{SpaceOf, check_same_spaces, multiply_symmetry, rougher, sup_bound, unknown_sign};
use crate::enclosure::Enclosure;
use crate::function::{Facts, FnRelation, relation_blocks};
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry};
use faer::{Mat, MatMut, MatRef};
use std::sync::Arc;

/// `a(x, y) + b(x, y)`.
///
/// # Errors
/// [`RelationError::Combination`] if the spaces differ.
pub fn sum(a: impl Relation + 'static, b: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    check_same_spaces("sum", &a, &b)?;
    let (fa, fb) = (Facts::of(&a), Facts::of(&b));
    let evidence = fa.evidence.and(fb.evidence);
    let symmetry = if fa.symmetry == fb.symmetry { fa.symmetry } else { Symmetry::Asymmetric };
    let both = |d: Definiteness| fa.definiteness == d && fb.definiteness == d;
    let definiteness = [Definiteness::PositiveSemidefinite, Definiteness::ConditionallyNegative]
        .into_iter()
        .find(|d| both(*d))
        .unwrap_or(unknown_sign(symmetry));
    let regularity = match (fa.regularity, fb.regularity) {
        (Regularity::Jump { size }, Regularity::Smooth | Regularity::Kink)
        | (Regularity::Smooth | Regularity::Kink, Regularity::Jump { size }) => Regularity::Jump { size },
        (a, b) => rougher(a, b),
    };
    let lipschitz = fa.lipschitz.zip(fb.lipschitz).map(|(l, m)| l + m);
    let name = format!("{} + {}", a.name(), b.name());
    let r = merged(a, b, |mut v, w| v += w, |a, b| a + b);
    Ok(r.named(name).with_facts(Facts { symmetry, definiteness, regularity, lipschitz, evidence }))
}

/// `a(x, y) b(x, y)`.
///
/// # Errors
/// [`RelationError::Combination`] if the spaces differ.
pub fn pointwise_product(
    a: impl Relation + 'static,
    b: impl Relation + 'static,
) -> Result<FnRelation, RelationError> {
    check_same_spaces("pointwise product", &a, &b)?;
    let (fa, fb) = (Facts::of(&a), Facts::of(&b));
    let evidence = fa.evidence.and(fb.evidence);
    let symmetry = multiply_symmetry(fa.symmetry, fb.symmetry);
    let kernels = [fa, fb].iter().all(|f| f.definiteness == Definiteness::PositiveSemidefinite);
    let definiteness = if kernels { Definiteness::PositiveSemidefinite } else { unknown_sign(symmetry) };
    // |a b - a' b'| <= |a - a'| sup |b| + |b - b'| sup |a|
    let lipschitz = fa.lipschitz.zip(fb.lipschitz).zip(sup_bound(&a).zip(sup_bound(&b)));
    let lipschitz = lipschitz.map(|((la, lb), (sa, sb))| la * sb + lb * sa);
    let regularity = rougher(fa.regularity, fb.regularity);
    let name = format!("({}) * ({})", a.name(), b.name());
    let multiply =
        |v: MatMut<'_, f64>, w: MatRef<'_, f64>| faer::zip!(v, w).for_each(|faer::unzip!(v, w)| *v *= *w);
    let r = merged(a, b, multiply, |a, b| a * b);
    Ok(r.named(name).with_facts(Facts { symmetry, definiteness, regularity, lipschitz, evidence }))
}

/// `c a(x, y)`.
///
/// # Errors
/// [`RelationError::Combination`] if `c` is not finite.
pub fn scale(c: f64, a: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    if !c.is_finite() {
        let reason = format!("the factor is {c}; it must be finite");
        return Err(RelationError::Combination { operation: "scale", reason });
    }
    let mut facts = Facts::of(&a);
    if c < 0.0 {
        facts.definiteness = unknown_sign(facts.symmetry);
    }
    facts.lipschitz = facts.lipschitz.map(|l| l * c.abs());
    facts.regularity = match facts.regularity {
        Regularity::Jump { size } => Regularity::Jump { size: size * c.abs() },
        other => other,
    };
    let name = format!("{c} * ({})", a.name());
    let a: Arc<dyn Relation> = Arc::new(a);
    let (x, y) = SpaceOf::both(&a);
    let (spectrum_of, enclosed, tails) = (Arc::clone(&a), Arc::clone(&a), Arc::clone(&a));
    let fourier = a.fourier().map(|f| f.scaled(c));
    let r = relation_blocks(x, y, move |x, y, mut out| {
        a.eval_into(x, y, out.as_mut())?;
        out *= faer::Scale(c);
        Ok(())
    });
    let r = r.named(name).with_facts(facts).with_fourier(fourier);
    // Mercer's expansion is that of a positive semidefinite relation.
    let r = r.with_tails(move |most| {
        let tails = tails.mercer_tails(most).filter(|_| c >= 0.0)?;
        Some(tails.into_iter().map(|t| t * c).collect())
    });
    let r = r.enclosed_by(move |x, y| Some(enclosed.enclose(x, y)? * c));
    Ok(r.with_spectrum_of(move || {
        Ok(spectrum_of.checked_spectrum()?.and_then(|spectrum| spectrum.scaled(c).ok()))
    }))
}

/// The values of both relations on each block, merged into those of the first.
fn merged(
    a: impl Relation + 'static,
    b: impl Relation + 'static,
    merge: impl Fn(MatMut<'_, f64>, MatRef<'_, f64>) + Send + Sync + 'static,
    enclosed: impl Fn(Enclosure, Enclosure) -> Enclosure + Send + Sync + 'static,
) -> FnRelation {
    let (a, b): (Arc<dyn Relation>, Arc<dyn Relation>) = (Arc::new(a), Arc::new(b));
    let (x, y) = SpaceOf::both(&a);
    let (u, v) = (Arc::clone(&a), Arc::clone(&b));
    relation_blocks(x, y, move |x, y, mut out| {
        a.eval_into(x, y, out.as_mut())?;
        let mut other = Mat::<f64>::zeros(x.len(), y.len());
        b.eval_into(x, y, other.as_mut())?;
        merge(out, other.as_ref());
        Ok(())
    })
    .enclosed_by(move |x, y| Some(enclosed(u.enclose(x, y)?, v.enclose(x, y)?)))
}
