//! The Kullback-Leibler divergence.

use super::{Formula, asymmetric, check};
use crate::combine::cross;
use crate::enclosure::{Bracket, Enclosure};
use crate::function::{FnRelation, relation_blocks};
use crate::points::Points;
use crate::relation::{Regularity, RelationError};
use crate::ridges::{RidgeFeatures, Ridges};
use crate::spaces::Simplex;
use faer::MatMut;
use std::sync::Arc;

/// Kullback-Leibler divergence `sum_i p_i log(p_i / q_i)` between categorical distributions of `k`
/// categories, on the simplex truncated at `p_i >= floor`. It has rank at most `k + 1`:
/// `(sum_i p_i log p_i, -p_1, .., -p_k)` times `(1, log q_1, .., log q_k)`.
///
/// # Errors
/// [`RelationError::Parameter`] unless `floor > 0`; [`RelationError::Space`] unless `k >= 2` and
/// `floor < 1/k`.
pub fn kl_divergence(k: usize, floor: f64) -> Result<FnRelation, RelationError> {
    check(
        "kl-divergence",
        "floor",
        &floor,
        floor > 0.0,
        "positive: the divergence is unbounded at the boundary",
    )?;
    let space = Simplex::truncated(k, floor)?;
    let r = relation_blocks(space.clone(), space, move |p, q, mut out: MatMut<'_, f64>| {
        if let Some(bad) = p.rows().chain(q.rows()).find(|r| r.iter().any(|v| *v <= 0.0)) {
            return Err(RelationError::Domain {
                relation: "kl-divergence".into(),
                point: bad.to_vec(),
                expected: "all probabilities positive",
            });
        }
        let logs = Points::from_finite(q.dim(), q.as_slice().iter().map(|v| v.ln()).collect());
        cross(p, &logs, out.as_mut());
        let negative_entropies: Vec<f64> = p.rows().map(|r| r.iter().map(|v| v * v.ln()).sum()).collect();
        for j in 0..q.len() {
            for (i, h) in negative_entropies.iter().enumerate() {
                // Gibbs: it is nonnegative, up to the rounding of the difference.
                out[(i, j)] = (h - out[(i, j)]).max(0.0);
            }
        }
        Ok(())
    });
    // Along the simplex the gradient in p is (log(p_i / q_i)) and in q it is (-p_i / q_i).
    let (n, largest) = (k as f64, 1.0 - (k as f64 - 1.0) * floor);
    let in_p = n * (largest / floor).ln().powi(2);
    let in_q = (largest * largest + (n - 1.0) * floor * floor) / (floor * floor);
    Ok(r.named(format!("kl-divergence(k={k}, floor={floor})"))
        .of_formula(Formula::KlDivergence, &[floor])
        .enclosed_by(|p, q| {
            let terms = p.iter().zip(q).map(|(p, q)| *p * (p.ln() - q.ln()));
            Some(terms.fold(Enclosure::constant(0.0), |s, t| s + t))
        })
        .ridged_by(move |_| ridges(k, floor, largest).ok())
        .with_facts(asymmetric(Regularity::Smooth, (in_p + in_q).sqrt())))
}

/// `sum_i p_i (-log q_i) + (sum_i p_i log p_i) 1`, exactly.
fn ridges(k: usize, floor: f64, largest: f64) -> Result<Ridges, RelationError> {
    let range = (floor, largest * (1.0 + 4.0 * f64::EPSILON));
    let (mut p, mut q) =
        (RidgeFeatures::new(vec![0.0; k + 1]), RidgeFeatures::new([vec![0.0; k], vec![1.0]].concat()));
    for i in 0..k {
        let axis = (0..k).map(|j| f64::from(u8::from(i == j))).collect::<Vec<_>>();
        let entropy = |t: Enclosure| {
            // (t ln t)' = 1 + ln t, (t ln t)'' = 1 / t
            let v = t.value();
            t.compose(v * v.ln(), v.ln() + Bracket::point(1.0), v.recip())
        };
        p = p.with(axis.clone(), range, vec![(i, Arc::new(|t| t)), (k, Arc::new(entropy))])?;
        q = q.with(axis, range, vec![(i, Arc::new(|t: Enclosure| -t.ln()))])?;
    }
    // |p| <= 1, and the entropy is at most log k.
    let norm = (1.0 + (k as f64).ln().powi(2)).sqrt() * (1.0 + 1e-12);
    Ridges::separate(p.within(norm)?, q, 0.0)
}
