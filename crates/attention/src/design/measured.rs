//! Heads on fresh contexts.

use super::certificate::HeadCertificate;
use super::contexts::{Contexts, scores};
use super::error::DesignError;
use super::families::Family;
use super::head::DesignedHead;
use crate::bounds::miss_bound;
use crate::margin::margin_of;
use crate::scores::Scores;
use crate::temperature::InverseTemperature;
use relata_networks::RelationNet;
use relata_relations::{Points, Seed, norm2};

/// A head on fresh contexts.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredHead {
    /// Contexts drawn.
    pub contexts: usize,
    /// Share of contexts whose output is farther from the best key than promised (0 where nothing
    /// is): at most one less the promised probability.
    pub share_above: f64,
    /// Contexts with at least the certificate's margin whose output is farther from the best key
    /// than promised: 0, by the theorem.
    pub broken: usize,
    /// Contexts on which the weight or the output misses the best key by more than its bound
    /// (beyond `1e-12`): 0, by the theorem.
    pub violations: usize,
    /// Mean distance from the best key, as a share of the diameter.
    pub mean_error: f64,
    /// The mean of the bounds of the contexts at their own margins, as a share of the diameter: not
    /// below `mean_error`.
    pub mean_bound: f64,
    /// The largest distance, as a share of the diameter.
    pub worst_error: f64,
    /// Share of contexts in which the largest score is that of the best key.
    pub selected: f64,
}

/// Measures a head on fresh contexts of its own length.
///
/// # Errors
/// [`DesignError`]
pub fn measure_head(
    head: &DesignedHead,
    family: &Family,
    contexts: usize,
    seed: Seed,
) -> Result<MeasuredHead, DesignError> {
    let c = head.certificate();
    head.measure_at(family, c.keys, c.inverse_temperature, contexts, seed)
}

/// Measures any inner product as the scores of a head for a family, without a promise; bounds are
/// those at the margin that the scores give to the best key, which may be negative.
///
/// # Errors
/// [`DesignError`]
pub fn measure_scores(
    net: &RelationNet,
    family: &Family,
    keys: usize,
    b: InverseTemperature,
    contexts: usize,
    seed: Seed,
) -> Result<MeasuredHead, DesignError> {
    measure(net, None, family, keys, b, contexts, seed)
}

impl DesignedHead {
    /// Measures the head's networks at any context length and inverse temperature, against the
    /// certificate's error; bounds are those at the margin of the utility less what the scores may
    /// be off.
    ///
    /// # Errors
    /// [`DesignError`]
    pub fn measure_at(
        &self,
        family: &Family,
        keys: usize,
        b: InverseTemperature,
        contexts: usize,
        seed: Seed,
    ) -> Result<MeasuredHead, DesignError> {
        measure(self.net(), Some(self.certificate()), family, keys, b, contexts, seed)
    }
}

fn measure(
    net: &RelationNet,
    promise: Option<&HeadCertificate>,
    family: &Family,
    keys: usize,
    b: InverseTemperature,
    contexts: usize,
    seed: Seed,
) -> Result<MeasuredHead, DesignError> {
    let diameter = family.diameter();
    let mut sampler = Contexts::new(family, keys, seed.child("fresh"))?;
    let (mut above, mut broken, mut violations, mut selected) = (0usize, 0, 0, 0);
    let (mut sum, mut bounds, mut worst) = (0.0, 0.0, 0.0f64);
    for _ in 0..contexts {
        let context = sampler.draw()?;
        let margin = Scores::new(&context.utilities)?.margin();
        let values = scores(net, &context.query, &context.keys);
        let scores = Scores::new(&values)?;
        let error = distance_from(&context.keys, margin.best, &scores.softmax(b));
        let known = match promise {
            Some(c) => margin.value - 2.0 * c.delta,
            None => margin_of(&values, margin.best)?,
        };
        let bound = miss_bound(keys, known, b);
        if let Some(c) = promise {
            // Rounding of outputs, relative to the keys' size.
            let over = error > c.error + 1e-12 * diameter;
            above += usize::from(over);
            broken += usize::from(over && margin.value >= c.margin);
        }
        let missed = scores.miss(margin.best, b);
        violations += usize::from(missed > bound + 1e-12 || error > diameter * (bound + 1e-12));
        selected += usize::from(scores.margin().best == margin.best);
        sum += error / diameter;
        bounds += bound;
        worst = worst.max(error / diameter);
    }
    let n = contexts.max(1) as f64;
    Ok(MeasuredHead {
        contexts,
        share_above: above as f64 / n,
        broken,
        violations,
        mean_error: sum / n,
        mean_bound: bounds / n,
        worst_error: worst,
        selected: selected as f64 / n,
    })
}

/// `|sum_i a_i y_i - y_best|`, from differences.
fn distance_from(keys: &Points, best: usize, weights: &[f64]) -> f64 {
    let mut off = vec![0.0; keys.dim()];
    for (y, w) in keys.rows().zip(weights) {
        for ((o, a), b) in off.iter_mut().zip(y).zip(keys.row(best)) {
            *o += w * (a - b);
        }
    }
    norm2(off)
}
