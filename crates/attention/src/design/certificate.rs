//! What is promised of a head, and the one way to such a promise.

use super::contexts::{drawn, scores};
use super::error::DesignError;
use super::families::Family;
use super::scorer::{ScoreSource, Scorer};
use super::target::CheckedTarget;
use crate::bounds::{miss_bound, perturbed_margin};
use crate::temperature::InverseTemperature;
use relata_relations::{Seed, evaluate};

/// What is promised of a head, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadCertificate {
    /// Keys in a context.
    pub keys: usize,
    /// The rank of the inner product.
    pub rank: usize,
    /// Hidden units of the encoders of queries and keys.
    pub widths: [usize; 2],
    /// Hidden units that the cost theorem allows for that sup error; not fewer than there are.
    pub allowed: usize,
    /// Sup error of the scores, up to query-only terms; infinite for a head over one key, whose
    /// scores do not matter.
    pub delta: f64,
    /// The largest error found at drawn queries and keys, not above `delta`.
    pub found: f64,
    /// What `delta` rests on.
    pub source: ScoreSource,
    /// Every context with at least this margin of the utility is retrieved within the error;
    /// infinite for one key.
    pub margin: f64,
    /// The margin that inexact scores leave.
    pub effective_margin: f64,
    /// The inverse temperature.
    pub inverse_temperature: InverseTemperature,
    /// Largest `1 - a_max` on those contexts.
    pub miss: f64,
    /// Largest distance of the output from the best key on those contexts.
    pub error: f64,
    /// A fresh context has that margin with at least this probability ..
    pub probability: f64,
    /// .. unless the calibration sample was one of this share of unlucky ones.
    pub doubt: f64,
}

impl HeadCertificate {
    /// What follows from a scorer at a margin. The scorer's claim is tried at drawn queries and
    /// keys; one that is found to be off by more is refused.
    pub(super) fn new(
        family: &Family,
        scorer: &Scorer,
        target: &CheckedTarget,
        margin: f64,
    ) -> Result<Self, DesignError> {
        let found = largest_error(family, scorer)?;
        let net = &scorer.net;
        let effective_margin = perturbed_margin(margin, scorer.delta)?;
        let b = target.inverse_temperature(effective_margin, family.diameter())?;
        let asked = target.target();
        Ok(Self {
            keys: asked.keys,
            rank: net.phi_net().outputs(),
            widths: [net.phi_net().neurons(), net.psi_net().neurons()],
            allowed: scorer.allowed,
            delta: scorer.delta,
            found,
            source: scorer.source,
            margin,
            effective_margin,
            inverse_temperature: b,
            miss: miss_bound(asked.keys, effective_margin, b),
            error: asked.error * family.diameter(),
            probability: asked.probability,
            doubt: asked.doubt,
        })
    }

    /// Of a head over one key: it retrieves that key whatever its scores.
    pub(super) fn of_one_key(scorer: &Scorer, target: &CheckedTarget) -> Self {
        let asked = target.target();
        Self {
            keys: 1,
            rank: scorer.net.phi_net().outputs(),
            widths: [0, 0],
            allowed: 0,
            delta: scorer.delta,
            found: 0.0,
            source: scorer.source,
            margin: f64::INFINITY,
            effective_margin: f64::INFINITY,
            inverse_temperature: InverseTemperature::ONE,
            miss: 0.0,
            error: 0.0,
            probability: asked.probability,
            doubt: asked.doubt,
        }
    }
}

/// Half of what the errors of the scores of two keys differ by, at most, over drawn queries: no term
/// of the query alone makes it less.
fn largest_error(family: &Family, scorer: &Scorer) -> Result<f64, DesignError> {
    // 4096 pairs are a small part of what a construction evaluates.
    const POINTS: usize = 64;
    let (queries, keys) = drawn(family, [POINTS; 2], Seed(0).child("scorer"))?;
    let expected = [queries.dim(), keys.dim()];
    let inputs = [scorer.net.phi_net().inputs(), scorer.net.psi_net().inputs()];
    if inputs != expected {
        return Err(DesignError::Inputs { found: inputs, expected });
    }
    let u = evaluate(family.utility().as_ref(), &queries, &keys)?;
    let mut worst = 0.0f64;
    for (i, query) in queries.rows().enumerate() {
        let one = queries.select(&[i]).unwrap_or_else(|| queries.clone());
        let found = scores(&scorer.net, &one, &keys);
        let (mut low, mut high, mut size) = (f64::INFINITY, f64::NEG_INFINITY, 0.0f64);
        for (j, s) in found.iter().enumerate() {
            let off = s - u[(i, j)];
            (low, high) = (low.min(off), high.max(off));
            size = size.max(s.abs()).max(u[(i, j)].abs());
        }
        let error = 0.5 * (high - low);
        // The utility's own values are rounded too.
        let rounding = 8.0 * f64::EPSILON * size;
        if error.is_nan() || error > scorer.delta + rounding {
            return Err(DesignError::Broken { claimed: scorer.delta, found: error, query: query.to_vec() });
        }
        worst = worst.max(error);
    }
    Ok(worst)
}
