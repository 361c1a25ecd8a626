//! Limits from exact spectra, and a check of those that are believed.

use super::nodes::Discrete;
use super::tensor::SpectrumRange;
use super::types::LimitError;
use super::witness::Witness;
use crate::encoders::Encoders;
use relata_relations::{Definiteness, Relation, Seed, Spectrum, SpectrumKind, Symmetry, Tail};

/// The norm and the limits at the ranks `0..=most` from a spectrum between two others; `None` where
/// it does not determine them.
pub(super) fn from_spectra(
    s: &SpectrumRange,
    r: &dyn Relation,
    e: Encoders,
    most: usize,
) -> Option<(Tail, Vec<Tail>)> {
    let signed = s.value.kind() == SpectrumKind::Eigenvalues;
    let psd = r.definiteness() == Definiteness::PositiveSemidefinite;
    let norm = join(&s.low.tails(0), &s.value.tails(0), &s.high.tails(0)).pop()?;
    let tails: fn(&Spectrum, usize) -> Vec<Tail> = match (e, r.symmetry()) {
        (Encoders::Separate, _) | (Encoders::Indefinite, Symmetry::Symmetric) => Spectrum::tails,
        (_, Symmetry::Antisymmetric) => return Some((norm, vec![norm; most + 1])),
        (Encoders::Shared, Symmetry::Symmetric) if signed => Spectrum::positive_tails,
        (Encoders::Shared, Symmetry::Symmetric) if psd => Spectrum::tails,
        _ => return None,
    };
    let mut values = join(&tails(&s.low, most), &tails(&s.value, most), &tails(&s.high, most));
    // Values that come out of a decomposition are good to rounding of the largest.
    let rounding = 4.0 * f64::EPSILON * norm.high;
    for t in &mut values {
        (t.low, t.high) = ((t.low - rounding).max(0.0), t.high + rounding);
    }
    Some((norm, values))
}

fn join(low: &[Tail], value: &[Tail], high: &[Tail]) -> Vec<Tail> {
    let all = low.iter().zip(value).zip(high);
    all.map(|((l, v), h)| Tail { low: l.low, value: v.value, high: h.high }).collect()
}

/// Refuses a spectrum that two small rules and a random sample contradict. What differs between the
/// rules, or between them and the sample, says nothing, nor do more than two dimensions a side.
/// Cost: about a millisecond.
pub(super) fn check_believed(s: &Spectrum, r: &dyn Relation, seed: Seed) -> Result<(), LimitError> {
    /// Nodes per axis of two rules, by the number of axes.
    const RULES: [[usize; 2]; 3] = [[1, 1], [33, 25], [11, 9]];
    /// Matrices of finite sets of more points are not decomposed for a check.
    const MOST: usize = 200;
    /// Values compared.
    const LEADING: usize = 4;
    /// Differences below this share of the norm are not spoken of.
    const SHARE: f64 = 1e-3;
    /// A value on the finer rule is off by at most so many times what the rules differ by, for
    /// jumps and kinks as well: with 33 and 25 nodes, 3.1 times for errors like 1/n.
    const TIMES: f64 = 8.0;
    let (x, y) = r.spaces();
    let axes = x.axes().max(y.axes());
    let Some(rules) = RULES.get(axes) else { return Ok(()) };
    let [fine, coarse] = rules.map(|n| [n, n]);
    let large = |space: &dyn relata_relations::Space| {
        std::num::NonZeroUsize::new(1)
            .is_some_and(|n| space.axes() == 0 && space.quadrature(n).is_ok_and(|q| q.len() > MOST))
    };
    if large(x) || large(y) {
        return Ok(());
    }
    let e = if s.kind() == SpectrumKind::Eigenvalues { Encoders::Indefinite } else { Encoders::Separate };
    let fine = Discrete::on_rules(r, e, fine, None)?;
    let coarse = Discrete::on_rules(r, e, coarse, Some(fine.unit))?;
    let doubt = TIMES * (fine.norm2 - coarse.norm2).abs();
    let sample = Witness::draw(r, seed, fine.unit)?;
    if sample.contradicts(&fine, doubt).is_some() {
        return Ok(());
    }
    let slack = SHARE * fine.norm2.sqrt();
    let refuse = |what: String, declared: f64, found: f64| {
        let (declared, found, nodes) = (declared * fine.unit, found * fine.unit, fine.nodes[0]);
        Err(LimitError::Declared { relation: r.name(), what, declared, found, nodes })
    };
    let (declared, found) = (s.norm() / fine.unit, fine.norm2.sqrt());
    if (declared - found).abs() > slack + TIMES * (found - coarse.norm2.sqrt()).abs() {
        return refuse("the norm".into(), declared, found);
    }
    for k in 0..LEADING {
        let at = |v: &[f64]| v.get(k).copied().unwrap_or(0.0).abs();
        let (declared, found, other) = (at(s.values()) / fine.unit, at(&fine.values), at(&coarse.values));
        // A value that the spectrum does not list is part of its remainder.
        let listed = k < s.values().len() || s.tail(k) <= 0.0;
        if listed && (declared - found).abs() > slack + TIMES * (found - other).abs() {
            return refuse(format!("value {} of magnitude", k + 1), declared, found);
        }
    }
    Ok(())
}
