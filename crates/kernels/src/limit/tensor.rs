//! Spectra of tensor products from the spectra of their factors, with what is not known of them.
//!
//! At each rank the limit is the least sum of squares over all ways to leave out that many products
//! of values; so it grows with each value. The products of the least and of the largest values that
//! the factors can have are therefore a bracket, without any cancellation.

use super::rules::Rules;
use super::types::{FactorSource, LimitError, LimitParams};
use crate::encoders::Encoders;
use relata_relations::{
    MAX_TENSOR_VALUES, Relation, Spectrum, SpectrumError, Symmetry, tensor_spectrum as product_spectrum,
};
use std::sync::Arc;

/// A spectrum between two others: value by value, and in what is not listed.
#[derive(Clone)]
pub(crate) struct SpectrumRange {
    pub(crate) low: Spectrum,
    pub(crate) value: Spectrum,
    pub(crate) high: Spectrum,
}

/// The spectrum of the tensor product of the factors; `None` where a factor has several dimensions
/// and no closed form. Cost: that of [`Rules::gather`] for each different factor without a
/// closed form, and `k 20_000 log^2 20_000` for `k` factors.
pub(crate) fn tensor_spectrum(
    factors: &[Arc<dyn Relation>],
    params: &LimitParams,
) -> Result<Option<(SpectrumRange, FactorSource)>, LimitError> {
    let mut source = FactorSource::ClosedForm;
    let mut found: Vec<SpectrumRange> = Vec::with_capacity(factors.len());
    for (k, f) in factors.iter().enumerate() {
        if let Some(same) = factors[..k].iter().position(|g| Arc::ptr_eq(f, g)) {
            found.push(found[same].clone());
            continue;
        }
        let (x, y) = f.spaces();
        if let Some(value) = f.spectrum() {
            let (low, high) = value.bounds();
            found.push(SpectrumRange { low, value, high });
        } else if x.axes() <= 1 && y.axes() <= 1 {
            let (range, nodes) = computed(f.as_ref(), params)?;
            found.push(range);
            let most = if let FactorSource::Quadrature(n) = source { n.max(nodes) } else { nodes };
            source = FactorSource::Quadrature(most);
        } else {
            return Ok(None);
        }
    }
    let product = |of: fn(&SpectrumRange) -> &Spectrum| {
        let spectra: Vec<Spectrum> = found.iter().map(|r| of(r).clone()).collect();
        product_spectrum(&spectra, MAX_TENSOR_VALUES)
    };
    let (low, value, high) = (product(|r| &r.low)?, product(|r| &r.value)?, product(|r| &r.high)?);
    Ok(Some((SpectrumRange { low, value, high }, source)))
}

/// The spectrum of a factor on nodes, and how many.
fn computed(f: &dyn Relation, params: &LimitParams) -> Result<(SpectrumRange, usize), LimitError> {
    /// Nodes that do for smooth factors of the length scales in use, tried first, and a step on the
    /// way to the whole budget.
    const FIRST: [usize; 2] = [120, 400];
    let signed = f.symmetry() == Symmetry::Symmetric;
    let e = if signed { Encoders::Indefinite } else { Encoders::Separate };
    let rules = Rules::gather(f, e, usize::MAX, (&FIRST, params.nodes.get()), params.seed)?;
    let fine = rules.fine();
    let rounding = rules.rounding;
    let mut parts = [Part::default(), Part::default(), Part::default()];
    for sign in if signed { &[1.0, -1.0][..] } else { &[1.0] } {
        add_part(&mut parts, &rules, *sign, rounding);
    }
    let [low, value, high] = parts;
    let make = |p: Part| p.spectrum(signed, fine.unit);
    let nodes = fine.nodes[0].max(fine.nodes[1]);
    Ok((SpectrumRange { low: make(low)?, value: make(value)?, high: make(high)? }, nodes))
}

/// Listed values and the sums of squares of the others, positive and negative, in units.
#[derive(Default)]
struct Part {
    values: Vec<f64>,
    rest: [f64; 2],
}

impl Part {
    fn spectrum(self, signed: bool, unit: f64) -> Result<Spectrum, SpectrumError> {
        let [p, n] = self.rest;
        let ordinary = if signed {
            Spectrum::eigenvalues(self.values, p, n)
        } else {
            Spectrum::singular_values(self.values, p)
        };
        ordinary?.scaled(unit)
    }
}

/// The values of one sign, by magnitude: each is compared with that of its number on the other
/// rules, which is what perturbations of an operator change the least (Weyl 1912).
fn add_part(parts: &mut [Part; 3], rules: &Rules, sign: f64, rounding: f64) {
    let side = usize::from(sign < 0.0);
    let lists: Vec<Vec<f64>> =
        rules.each(|d| d.values.iter().map(|v| v * sign).filter(|v| *v > 0.0).collect());
    let listed = lists.last().map_or(0, Vec::len);
    let count = listed.min(rules.reach);
    let value_at =
        |i: usize| -> Vec<f64> { lists.iter().map(|l| l.get(i).copied().unwrap_or(0.0)).collect() };
    let each: Vec<_> = (0..count).map(|i| rules.refined(i, &value_at(i))).collect();
    let squares = |l: &Vec<f64>| l.iter().skip(count).rev().map(|v| v * v).sum::<f64>();
    let rest = rules.refined(count, &lists.iter().map(squares).collect::<Vec<_>>());
    let noise = rounding * rounding * listed as f64;
    let [low, value, high] = parts;
    high.values.extend(each.iter().map(|v| sign * (v.high + rounding)));
    high.rest[side] += rest.high.max(0.0) + rules.doubt + noise;
    low.rest[side] += (rest.low - rules.doubt - noise).max(0.0);
    // Those that may be below the largest of the rest are part of it. What the sample finds too
    // much may be part of any.
    let bound = each.last().map_or(0.0, |v| v.high + rounding);
    let bound = bound.min((rest.high.max(0.0) + rules.doubt + noise).sqrt());
    let sure = |v: f64| (v * v - rules.doubt).max(0.0).sqrt();
    for least in each.iter().map(|v| sure((v.low - rounding).max(0.0))) {
        if least >= bound {
            low.values.push(sign * least);
        } else {
            low.rest[side] += least * least;
        }
    }
    if rules.agreed() {
        value.values.extend(lists.last().into_iter().flatten().map(|v| sign * v));
    } else {
        value.values.extend(each.iter().map(|v| sign * v.value.max(0.0)));
        value.rest[side] += rest.value.max(0.0);
    }
}
