//! Spectra of tensor products from the spectra of their factors, with what is not known of them.
//!
//! At each rank the limit is the least sum of squares over all ways to leave out that many products
//! of values; so it grows with each value. The products of the least and of the largest values that
//! the factors can have are therefore a bracket, without any cancellation.

use super::evidence::Evidence;
use super::nodes::Discrete;
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
/// and no closed form. Cost: that of [`Evidence::gather`] for each different factor without a
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
    let evidence = Evidence::gather(f, e, usize::MAX, (&FIRST, params.nodes.get()), params.seed)?;
    let [nx, ny] = evidence.fine.nodes;
    let top = evidence.fine.values.first().map_or(0.0, |v| v.abs());
    let rounding = evidence.fine.rounding() * top;
    let mut parts = [Part::default(), Part::default(), Part::default()];
    for sign in if signed { &[1.0, -1.0][..] } else { &[1.0] } {
        add_part(&mut parts, &evidence, *sign, rounding);
    }
    let unit = evidence.fine.unit;
    let [low, value, high] = parts;
    let make = |p: Part| p.spectrum(signed, unit);
    Ok((SpectrumRange { low: make(low)?, value: make(value)?, high: make(high)? }, nx.max(ny)))
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
fn add_part(parts: &mut [Part; 3], evidence: &Evidence, sign: f64, rounding: f64) {
    let side = usize::from(sign < 0.0);
    let of = |d: &Discrete| -> Vec<f64> {
        d.values.iter().map(|v| v * sign).filter(|v| *v > 0.0).collect()
    };
    let (fine, middle, coarse) = (of(&evidence.fine), of(&evidence.middle), evidence.coarse.as_ref().map(of));
    let count = fine.len().min(evidence.reach);
    let at = |v: &[f64], i: usize| v.get(i).copied().unwrap_or(0.0);
    let refined: Vec<_> = (0..count)
        .map(|i| evidence.refined(i, fine[i], at(&middle, i), coarse.as_ref().map(|c| at(c, i))))
        .collect();
    let squares = |v: &[f64]| v.iter().skip(count).rev().map(|v| v * v).sum::<f64>();
    let rest = evidence.refined(count, squares(&fine), squares(&middle), coarse.as_deref().map(squares));
    let [low, value, high] = parts;
    high.values.extend(refined.iter().map(|r| sign * (r.high + rounding)));
    let noise = rounding * rounding * fine.len() as f64;
    high.rest[side] += rest.high.max(0.0) + evidence.doubt + noise;
    // No value of the rest is above the last listed one, even where all of these are least.
    let bound = refined.last().map_or(0.0, |r| r.high + rounding);
    let least = refined.iter().map(|r| (r.low - rounding).max(0.0));
    low.rest[side] += (rest.low - evidence.doubt - noise).max(0.0);
    for v in least {
        if v >= bound {
            low.values.push(sign * v);
        } else {
            low.rest[side] += v * v;
        }
    }
    if evidence.coarse.is_none() {
        value.values.extend(fine.iter().map(|v| sign * v));
    } else {
        value.values.extend(refined.iter().map(|r| sign * r.value.max(0.0)));
        value.rest[side] += rest.value.max(0.0);
    }
}
