//! Spectra by quadrature, with an estimate of their error.

use crate::decompose::{DecomposeError, singular_values, symmetric_part_eigenvalues, weighted};
use relata_relations::{Quadrature, Regularity, Relation, RelationError, Space, Symmetry};
use std::num::NonZeroUsize;

/// Leading values and how far they may be off.
#[derive(Clone, Debug, PartialEq)]
pub struct NumericalSpectrum {
    /// Eigenvalues of a symmetric relation (largest magnitude first, signed), singular values of
    /// another.
    pub values: Vec<f64>,
    /// Estimated error of each: the difference from what the next coarser rules give, and rounding
    /// of the decomposition. How exactly the relation itself is evaluated it cannot know.
    pub errors: Vec<f64>,
}

/// What rules of `3 n / 4` and `n` nodes differ by, times this, covers the error where a relation is
/// not as smooth as it says: errors like `1/n` are three times the difference, and those of mixed
/// orders more where the rules happen to be near each other.
const ROUGH: f64 = 10.0;

/// Ratios of differences at which errors fall like `h^2` from one halving to the next.
const QUARTER: std::ops::RangeInclusive<f64> = 0.15..=0.35;

/// The `count` leading values of a relation on its spaces, from rules of at most `nodes` nodes per
/// axis.
///
/// A smooth relation is decomposed on the spaces' own rules, which for analytic relations converge
/// to rounding. At kinks and jumps those converge like a power of the mesh only; there midpoints
/// with `nodes / 4`, `nodes / 2` and `nodes` nodes are extrapolated twice, which removes the terms
/// `h^2` and `h^4` of the expansion of the error in even powers (Richardson 1911; for eigenvalues
/// of integral operators Baker, *The Numerical Treatment of Integral Equations*, 1977, 3.4).
/// Complexity: `n^3` for `n` nodes in all.
///
/// ```
/// use relata_kernels::numerical_spectrum;
/// use relata_relations::catalogue::brownian;
/// let s = numerical_spectrum(&brownian(), 200, 3)?;
/// // ((k - 1/2) pi)^-2.
/// let exact = |k: f64| ((k - 0.5) * std::f64::consts::PI).powi(-2);
/// assert!((s.values[2] / exact(3.0) - 1.0).abs() < 1e-8 && s.errors[2] < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DecomposeError`] if the relation cannot be evaluated, a space has no rule of that size (or, at
/// kinks, no covering), or a decomposition fails.
pub fn numerical_spectrum(
    r: &dyn Relation,
    nodes: usize,
    count: usize,
) -> Result<NumericalSpectrum, DecomposeError> {
    let rounding = |values: &[f64]| {
        let largest = values.first().map_or(0.0, |v| v.abs());
        f64::EPSILON * nodes as f64 * largest
    };
    if r.regularity() == Regularity::Smooth {
        let at = |n: usize| leading(r, count, |s| Ok(s.quadrature(size(n))?));
        let (coarse, fine) = (at(nodes - nodes / 4)?, at(nodes)?);
        let floor = rounding(&fine);
        let errors = fine.iter().zip(&coarse).map(|(f, c)| ROUGH * (f - c).abs() + floor).collect();
        return Ok(NumericalSpectrum { values: fine, errors });
    }
    let at = |n: usize| leading(r, count, |s| midpoints(s, n));
    let (a, b, c) = (at(nodes / 4)?, at(nodes / 2)?, at(nodes)?);
    let refine = |coarse: f64, fine: f64, power: f64| fine + (fine - coarse) / (power - 1.0);
    let mut out = NumericalSpectrum { values: Vec::new(), errors: Vec::new() };
    let floor = rounding(&c);
    for ((a, b), c) in a.into_iter().zip(b).zip(c) {
        let (coarse, fine) = (refine(a, b, 4.0), refine(b, c, 4.0));
        let value = refine(coarse, fine, 16.0);
        out.values.push(value);
        // Where differences do not fall by a fourth, the extrapolation is not that of this value.
        let (early, late) = ((b - a).abs(), (c - b).abs());
        let steady = QUARTER.contains(&(late / early));
        let off = if steady { (value - fine).abs() } else { 3.0 * late.max(0.5 * early) };
        out.errors.push(off + floor);
    }
    Ok(out)
}

fn leading(
    r: &dyn Relation,
    count: usize,
    rule: impl Fn(&dyn Space) -> Result<Quadrature, RelationError>,
) -> Result<Vec<f64>, DecomposeError> {
    let (x, y) = r.spaces();
    let a = weighted(r, [&rule(x)?, &rule(y)?])?;
    let mut values = if r.symmetry() == Symmetry::Symmetric {
        symmetric_part_eigenvalues(a.as_ref())?
    } else {
        singular_values(a.as_ref())?
    };
    values.resize(count, 0.0);
    Ok(values)
}

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN)
}

fn midpoints(space: &dyn Space, n: usize) -> Result<Quadrature, RelationError> {
    let covering = space.covering(size(n))?;
    Ok(Quadrature::equal_weights(covering.points, space.mass())
        .map_err(relata_relations::SpaceError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::catalogue::{catalogue, relation};

    #[test]
    fn estimates_cover_the_errors_and_extrapolation_gains_digits() {
        let mut seen = 0;
        for entry in catalogue() {
            let r = relation(entry.name).unwrap();
            let (Some(exact), 1) = (r.spectrum(), r.spaces().0.axes()) else { continue };
            let s = numerical_spectrum(r.as_ref(), 160, 6).unwrap();
            for ((value, error), exact) in s.values.iter().zip(&s.errors).zip(exact.values()) {
                let (off, leading) = ((value - exact).abs(), exact.abs());
                assert!(off <= 2.0 * error + 1e-13, "{}: {value} {exact} {error:e}", entry.name);
                assert!(off <= 2e-5 * leading + 1e-13, "{}: {value} {exact}", entry.name);
            }
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }
    #[test]
    fn errors_hold_for_other_orders_of_convergence_than_declared() {
        use relata_relations::{Interval, relation_fn};
        let exact = relation("volterra").unwrap().spectrum().unwrap();
        for regularity in [Regularity::Unknown, Regularity::Smooth, Regularity::Kink] {
            let step = |x: &[f64], y: &[f64]| if y[0] < x[0] { 1.0 } else { 0.0 };
            let r = relation_fn(Interval::unit(), Interval::unit(), step).with_regularity(regularity);
            let s = numerical_spectrum(&r, 160, 6).unwrap();
            for ((value, error), exact) in s.values.iter().zip(&s.errors).zip(exact.values()) {
                assert!((value - exact).abs() <= *error, "{regularity:?}: {value} {exact} {error:e}");
            }
        }
    }
}
