//! Tensor products and their spectra.

use super::{SpaceOf, multiply_symmetry, rougher, sup_bound, unknown_sign};
use crate::enclosure::Enclosure;
use crate::evidence::EvidenceTable;
use crate::function::{Facts, FnRelation, relation_blocks};
use crate::points::Points;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry};
use crate::scale::norm2;
use crate::space::Space;
use crate::spaces::Product;
use crate::spectrum::{Spectrum, SpectrumError, SpectrumKind};
use faer::{Mat, MatMut};
use std::sync::Arc;

/// `r(x, y) = r_1(x_1, y_1) .. r_k(x_k, y_k)` on the product spaces.
///
/// Its singular values are the products of those of the factors ([`tensor_spectrum`]).
///
/// # Errors
/// [`RelationError::Combination`] if there is no factor.
pub fn tensor_product(factors: Vec<Arc<dyn Relation>>) -> Result<FnRelation, RelationError> {
    let sides: Vec<(SpaceOf, SpaceOf)> = factors.iter().map(SpaceOf::both).collect();
    let (xs, ys): (Vec<_>, Vec<_>) = sides
        .into_iter()
        .map(|(x, y)| (Arc::new(x) as Arc<dyn Space>, Arc::new(y) as Arc<dyn Space>))
        .unzip();
    let product = |spaces| {
        Product::of(spaces)
            .map_err(|e| RelationError::Combination { operation: "tensor product", reason: e.to_string() })
    };
    let (x, y) = (product(xs)?, product(ys)?);
    let name = factors.iter().map(|f| f.name()).collect::<Vec<_>>().join(" (x) ");
    let parts = factors.clone();
    let r = relation_blocks(x, y, move |x, y, out| multiply_factors(&parts, x, y, out));
    let facts = tensor_facts(&factors);
    let enclosed = factors.clone();
    let r = r.enclosed_by(move |x, y| enclose_factors(&enclosed, x, y));
    let spectrum_of = factors.clone();
    let r = r.named(name).with_facts(facts).with_factors(Some(factors));
    Ok(r.with_closed_form(move || spectrum_from(&spectrum_of)))
}

/// Values of a product spectrum that are listed by default.
pub const MAX_TENSOR_VALUES: usize = 20_000;

/// The spectrum of a tensor product from those of its factors: the `limit` largest products of
/// listed values, exactly ordered, and the sum of squares of all others, from the norms.
/// Eigenvalues if all factors have eigenvalues, otherwise singular values.
///
/// A product is listed only if none that involves an unlisted value of a factor can exceed it. The
/// remainder is a difference of sums of squares, accurate to about `1e-16` times the squared norm.
/// Complexity: `O(k limit log^2 limit)`.
///
/// # Errors
/// [`SpectrumError`] if a product overflows.
pub fn tensor_spectrum(factors: &[Spectrum], limit: usize) -> Result<Spectrum, SpectrumError> {
    let signed = factors.iter().all(|s| s.kind() == SpectrumKind::Eigenvalues);
    let mut products = vec![1.0f64];
    // Sums of squares of all positive and all negative products.
    let (mut positive, mut negative) = (1.0f64, 0.0f64);
    for s in factors {
        products = largest_products(&products, s.values(), limit);
        let (p, n) = square_sums(s);
        (positive, negative) = (positive * p + negative * n, positive * n + negative * p);
    }
    // No product with an unlisted factor value exceeds this.
    let largest = |s: &Spectrum| s.values().first().map_or(unlisted_bound(s), |v| v.abs());
    let threshold = (0..factors.len()).map(|j| {
        let others = factors.iter().enumerate().filter(|(i, _)| *i != j).map(|(_, s)| largest(s));
        unlisted_bound(&factors[j]) * others.product::<f64>()
    });
    let threshold = threshold.fold(0.0, f64::max);
    products.retain(|v| v.abs() >= threshold);
    let listed =
        |keep: fn(&f64) -> bool| products.iter().rev().filter(|v| keep(v)).map(|v| v * v).sum::<f64>();
    let (p, n) = (listed(|v| *v > 0.0), listed(|v| *v < 0.0));
    if signed {
        return Spectrum::eigenvalues(products, (positive - p).max(0.0), (negative - n).max(0.0));
    }
    let remainder = (positive + negative - p - n).max(0.0);
    Spectrum::singular_values(products.into_iter().map(f64::abs).collect(), remainder)
}

pub(crate) fn spectrum_from(factors: &[Arc<dyn Relation>]) -> Option<Spectrum> {
    let spectra = factors.iter().map(|f| f.spectrum()).collect::<Option<Vec<_>>>()?;
    tensor_spectrum(&spectra, MAX_TENSOR_VALUES).ok()
}

/// What follows for a tensor product from its factors.
pub(crate) fn tensor_facts(factors: &[Arc<dyn Relation>]) -> Facts {
    let symmetry = factors.iter().map(|f| f.symmetry()).fold(Symmetry::Symmetric, multiply_symmetry);
    let kernels = factors.iter().all(|f| f.definiteness() == Definiteness::PositiveSemidefinite);
    let definiteness = if kernels { Definiteness::PositiveSemidefinite } else { unknown_sign(symmetry) };
    let regularity = factors.iter().map(|f| f.regularity()).fold(Regularity::Smooth, rougher);
    let evidence =
        factors.iter().map(|f| Facts::of(f).evidence).fold(EvidenceTable::THEOREMS, EvidenceTable::and);
    Facts { symmetry, definiteness, regularity, lipschitz: tensor_lipschitz(factors), evidence }
}

/// `sqrt(sum_j (L_j prod_{i != j} sup |r_i|)^2)`, by telescoping and Cauchy-Schwarz.
fn tensor_lipschitz(factors: &[Arc<dyn Relation>]) -> Option<f64> {
    let bounds = factors.iter().map(|f| f.lipschitz().zip(sup_bound(f))).collect::<Option<Vec<_>>>()?;
    let term = |j: usize| {
        let sups = bounds.iter().enumerate().filter(|(i, _)| *i != j).map(|(_, (_, s))| s);
        bounds[j].0 * sups.product::<f64>()
    };
    Some(norm2((0..bounds.len()).map(term)))
}

fn multiply_factors(
    factors: &[Arc<dyn Relation>],
    x: &Points,
    y: &Points,
    mut out: MatMut<'_, f64>,
) -> Result<(), RelationError> {
    let (mut a, mut b) = (0, 0);
    out.fill(1.0);
    let mut block = Mat::<f64>::zeros(x.len(), y.len());
    for f in factors {
        let (p, q) = (f.spaces().0.dim(), f.spaces().1.dim());
        let (Some(fx), Some(fy)) = (x.coordinates(a..a + p), y.coordinates(b..b + q)) else {
            let reason = format!("points of dimension {} and {} are too short", x.dim(), y.dim());
            return Err(RelationError::Combination { operation: "tensor product", reason });
        };
        f.eval_into(&fx, &fy, block.as_mut())?;
        faer::zip!(out.as_mut(), &block).for_each(|faer::unzip!(v, w)| *v *= *w);
        a += p;
        b += q;
    }
    Ok(())
}

fn enclose_factors(factors: &[Arc<dyn Relation>], x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
    let (mut x, mut y) = (x, y);
    let mut product = Enclosure::constant(1.0);
    for f in factors {
        let (p, q) = (f.spaces().0.dim(), f.spaces().1.dim());
        let ((fx, rx), (fy, ry)) = (x.split_at_checked(p)?, y.split_at_checked(q)?);
        product = product * f.enclose(fx, fy)?;
        (x, y) = (rx, ry);
    }
    Some(product)
}

/// The largest `limit` products in magnitude of two lists that are ordered by magnitude. The
/// product of number `i` and number `j` is behind `(i + 1) (j + 1) - 1` others, so only few pairs
/// can be among them.
fn largest_products(a: &[f64], b: &[f64], limit: usize) -> Vec<f64> {
    let mut products = Vec::new();
    for (i, u) in a.iter().enumerate() {
        let reach = limit.div_ceil(i + 1).min(b.len());
        products.extend(b[..reach].iter().map(|v| u * v));
    }
    products.sort_by(|x, y| y.abs().total_cmp(&x.abs()).then(y.total_cmp(x)));
    products.truncate(limit);
    products
}

/// Sums of squares of the positive and of the negative values, unlisted ones included.
fn square_sums(s: &Spectrum) -> (f64, f64) {
    let sum =
        |keep: fn(&f64) -> bool| s.values().iter().rev().filter(|v| keep(v)).map(|v| v * v).sum::<f64>();
    let (p, n) = s.remainders();
    (sum(|v| *v > 0.0) + p, sum(|v| *v < 0.0) + n)
}

/// An upper bound of the magnitude of any unlisted value.
fn unlisted_bound(s: &Spectrum) -> f64 {
    let (p, n) = s.remainders();
    let by_norm = p.max(n).sqrt();
    s.values().last().map_or(by_norm, |v| v.abs().min(by_norm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_are_listed_in_order_and_nothing_is_lost() {
        // 1, 1/2, 1/4, .. squared: the product value 2^-k has multiplicity k + 1.
        let values: Vec<f64> = (0..30).map(|k| 0.5f64.powi(k)).collect();
        let remainder = 0.25f64.powi(30) / 0.75;
        let s = Spectrum::eigenvalues(values, remainder, 0.0).unwrap();
        let t = tensor_spectrum(&[s.clone(), s.clone()], 1000).unwrap();
        let mut want = (0..60).flat_map(|k| std::iter::repeat_n(0.5f64.powi(k), k as usize + 1));
        // The first unlisted factor value is at most 2^-29: products below that cannot be trusted
        // to be complete.
        assert!(t.values().len() >= 29 * 30 / 2 && t.values().len() <= 30 * 31 / 2, "{}", t.values().len());
        for v in t.values() {
            assert_eq!(v.to_bits(), want.next().unwrap().to_bits());
        }
        assert!((t.norm() - s.norm() * s.norm()).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn finite_spectra_multiply(a in prop::collection::vec(-2.0f64..2.0, 1..6), b in prop::collection::vec(-2.0f64..2.0, 1..6)) {
            let (s, t) = (Spectrum::eigenvalues(a.clone(), 0.0, 0.0).unwrap(), Spectrum::eigenvalues(b.clone(), 0.0, 0.0).unwrap());
            let product = tensor_spectrum(&[s, t], 100).unwrap();
            let mut all: Vec<f64> = a.iter().flat_map(|u| b.iter().map(move |v| u * v)).collect();
            all.sort_by(|x, y| y.abs().total_cmp(&x.abs()).then(y.total_cmp(x)));
            prop_assert_eq!(product.values().len(), all.len());
            for (u, v) in product.values().iter().zip(&all) {
                prop_assert!((u - v).abs() < 1e-14);
            }
        }
    }
}
