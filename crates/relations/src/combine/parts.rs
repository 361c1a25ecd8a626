//! Transposes, symmetric and antisymmetric parts.

use super::{SpaceOf, check_one_space};
use crate::evidence::{Evidence, Fact};
use crate::fourier::FourierForm;
use crate::function::{Facts, FnRelation, relation_blocks};
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry};
use crate::spectrum::Spectrum;
use faer::Mat;
use std::sync::Arc;

/// The relation `(y, x) -> r(x, y)` on the spaces exchanged.
pub fn transpose(r: impl Relation + 'static) -> FnRelation {
    let (facts, name) = (Facts::of(&r), format!("transpose({})", r.name()));
    let factors = r
        .tensor_factors()
        .map(|f| f.into_iter().map(|f| Arc::new(transpose(f)) as Arc<dyn Relation>).collect());
    let r: Arc<dyn Relation> = Arc::new(r);
    let (x, y) = SpaceOf::both(&r);
    let (spectrum_of, enclosed, tails) = (Arc::clone(&r), Arc::clone(&r), Arc::clone(&r));
    let fourier = r.fourier().map(FourierForm::transposed);
    let t = relation_blocks(y, x, move |x, y, out| r.eval_into(y, x, out.transpose_mut()));
    let t = t.enclosed_by(move |x, y| enclosed.enclose(y, x)).with_fourier(fourier);
    let t = t.with_tails(move |most| tails.mercer_tails(most));
    t.named(name)
        .with_facts(facts)
        .with_factors(factors)
        .with_spectrum_of(move || spectrum_of.checked_spectrum())
}

/// `(r(x, y) + r(y, x)) / 2`: all of `r` that a shared encoder can see.
///
/// # Errors
/// [`RelationError::Combination`] if `r` relates two different spaces.
pub fn symmetric_part(r: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    check_one_space("symmetric part", &r)?;
    let mut facts = Facts::of(&r);
    if facts.symmetry != Symmetry::Symmetric {
        facts.symmetry = Symmetry::Symmetric;
        facts.definiteness = Definiteness::Indefinite;
    }
    Ok(part(r, 0.5, Symmetry::Symmetric, facts))
}

/// `(r(x, y) - r(y, x)) / 2`: lost on every shared encoder.
///
/// # Errors
/// [`RelationError::Combination`] if `r` relates two different spaces.
pub fn antisymmetric_part(r: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    check_one_space("antisymmetric part", &r)?;
    let mut facts = Facts::of(&r);
    facts.symmetry = Symmetry::Antisymmetric;
    facts.definiteness = Definiteness::Asymmetric;
    Ok(part(r, -0.5, Symmetry::Antisymmetric, facts))
}

/// `r / 2 + mirror r^T`; its spectrum is known if `r` is all of the part, or has none of it.
fn part(r: impl Relation + 'static, mirror: f64, kept: Symmetry, mut facts: Facts) -> FnRelation {
    let given = r.symmetry();
    // Of a part the symmetry needs no proof, and the definiteness is that of r if r is all of it.
    facts.evidence.set(Fact::Symmetry, Evidence::Theorem);
    // Mirroring moves a jump to other places: sizes and cancellations are unknown unless the part
    // is all of r.
    if given != kept && matches!(facts.regularity, Regularity::Jump { .. }) {
        facts.regularity = Regularity::Unknown;
    }
    let word = if kept == Symmetry::Symmetric { "symmetric" } else { "antisymmetric" };
    let name = format!("{word} part({})", r.name());
    let r: Arc<dyn Relation> = Arc::new(r);
    let (x, y) = SpaceOf::both(&r);
    let (spectrum_of, enclosed) = (Arc::clone(&r), Arc::clone(&r));
    let p = relation_blocks(x, y, move |x, y, mut out| {
        r.eval_into(x, y, out.as_mut())?;
        let mut back = Mat::<f64>::zeros(y.len(), x.len());
        r.eval_into(y, x, back.as_mut())?;
        faer::zip!(out, back.transpose()).for_each(|faer::unzip!(v, w)| *v = 0.5 * *v + mirror * *w);
        Ok(())
    });
    let p = p.enclosed_by(move |x, y| Some(enclosed.enclose(x, y)? * 0.5 + enclosed.enclose(y, x)? * mirror));
    p.named(name).with_facts(facts).with_spectrum_of(move || match given {
        g if g == kept => spectrum_of.checked_spectrum(),
        Symmetry::Asymmetric => Ok(None),
        Symmetry::Symmetric | Symmetry::Antisymmetric => Ok(Spectrum::singular_values(Vec::new(), 0.0).ok()),
    })
}
