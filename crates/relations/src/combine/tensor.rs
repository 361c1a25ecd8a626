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
use crate::spectrum::{Spectrum, SpectrumError, SpectrumKind, Squares};
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
/// remainder is a sum of squares without cancellation: for each product that is kept so far, those
/// of the next factor's values with which it is not, and what was left before times the whole next
/// factor. Complexity: `O(k limit log^2 limit)`.
///
/// # Errors
/// [`SpectrumError`] if a product overflows.
pub fn tensor_spectrum(factors: &[Spectrum], limit: usize) -> Result<Spectrum, SpectrumError> {
    let factors: Vec<Factor> = factors.iter().map(Factor::new).collect();
    let signed = factors.iter().all(|f| f.signed);
    let unit: f64 = factors.iter().map(|f| f.unit).product();
    let mut products = vec![1.0f64];
    let mut rest = [Squares::default(); 2];
    for f in &factors {
        let (kept, counts) = largest_products(&products, &f.values, limit);
        let whole = f.tail(0);
        let [p, n] = rest;
        rest = [p * whole[0] + n * whole[1], p * whole[1] + n * whole[0]];
        // Smallest first, so that small remainders do not drown.
        for (u, count) in products.iter().zip(counts).rev() {
            let lost = f.tail(count).map(|s| s * Squares::exact(u * u));
            let [same, other] = if *u < 0.0 { [1, 0] } else { [0, 1] };
            rest[same] = rest[same] + lost[0];
            rest[other] = rest[other] + lost[1];
        }
        products = kept;
    }
    // No product with an unlisted factor value exceeds this.
    let threshold = (0..factors.len()).map(|j| {
        let others = factors.iter().enumerate().filter(|(i, _)| *i != j).map(|(_, f)| f.largest());
        factors[j].unlisted() * others.product::<f64>()
    });
    let threshold = threshold.fold(0.0, f64::max);
    let cut = products.partition_point(|v| v.abs() >= threshold);
    for v in products.drain(cut..).rev() {
        let sign = usize::from(v < 0.0);
        rest[sign] = rest[sign] + Squares::exact(v * v);
    }
    let values = products.into_iter().map(|v| if signed { v } else { v.abs() } * unit).collect();
    let (kind, rest) = if signed {
        (SpectrumKind::Eigenvalues, rest)
    } else {
        (SpectrumKind::SingularValues, [rest[0] + rest[1], Squares::default()])
    };
    Spectrum::with_rest(kind, values, unit, rest)
}

/// A factor's values and sums of squares, divided by a power of two so that the largest value is
/// near 1.
struct Factor {
    signed: bool,
    unit: f64,
    values: Vec<f64>,
    /// Sums of squares of the positive and of the negative values from each number on, unlisted
    /// ones included.
    tails: Vec<[Squares; 2]>,
}

impl Factor {
    fn new(s: &Spectrum) -> Self {
        let (unit, mut tail) = s.rest();
        let values: Vec<f64> = s.values().iter().map(|v| v / unit).collect();
        let mut tails = vec![tail];
        for v in values.iter().rev() {
            let sign = usize::from(*v < 0.0);
            tail[sign] = tail[sign] + Squares::exact(v * v);
            tails.push(tail);
        }
        tails.reverse();
        Self { signed: s.kind() == SpectrumKind::Eigenvalues, unit, values, tails }
    }

    /// Sums of squares of all but the first `count` values, positive and negative.
    fn tail(&self, count: usize) -> [Squares; 2] {
        self.tails[count.min(self.values.len())]
    }

    /// An upper bound of the magnitude of any unlisted value.
    fn unlisted(&self) -> f64 {
        let [p, n] = self.tail(self.values.len());
        let by_norm = p.high.max(n.high).sqrt();
        self.values.last().map_or(by_norm, |v| v.abs().min(by_norm))
    }

    /// The largest magnitude.
    fn largest(&self) -> f64 {
        self.values.first().map_or(self.unlisted(), |v| v.abs())
    }
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
/// can be among them. Also returned: with how many of `b`, always the first ones, each of `a` is
/// kept.
fn largest_products(a: &[f64], b: &[f64], limit: usize) -> (Vec<f64>, Vec<usize>) {
    let mut products = Vec::new();
    for (i, u) in a.iter().enumerate() {
        let reach = limit.div_ceil(i + 1).min(b.len());
        products.extend(b[..reach].iter().map(|v| (u * v, i)));
    }
    // Stable: among equals the order of a and b is kept, so that the kept ones are the first.
    products.sort_by(|(x, _), (y, _)| y.abs().total_cmp(&x.abs()));
    products.truncate(limit);
    let mut counts = vec![0; a.len()];
    products.iter().for_each(|(_, i)| counts[*i] += 1);
    (products.into_iter().map(|(v, _)| v).collect(), counts)
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
