//! The exact sup error of a truncated Mercer expansion.
//!
//! For a continuous positive semidefinite `k` on a compact space what is left after `d` terms is
//! positive semidefinite, so that it is largest on the diagonal (derived from Mercer 1909 and
//! Cauchy-Schwarz): `tau_d = max_x k(x, x) - sum_{i <= d} l_i f_i(x)^2`. It decreases to 0 (Dini).

use super::domain::compact;
use super::error::BoundError;
use super::features::{MercerFeatures, diagonal_tails};
use super::hypothesis::{Hypothesis, declared};
use super::params::BoundParams;
use relata_relations::{Definiteness, Fact, Relation};
use std::num::NonZeroUsize;

/// Sup errors of truncated Mercer expansions at the ranks from 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct SupTails {
    values: Vec<f64>,
    source: TailSource,
    relation: String,
    nodes: usize,
    grid: usize,
    declared: Vec<Hypothesis>,
}

/// Where sup errors of truncation came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TailSource {
    /// A closed form.
    ClosedForm,
    /// Eigenpairs from a rule, and a grid on the diagonal.
    Quadrature,
}

/// `tau_d` for `d` from 0 to `most` (or to the last rank that the eigenpairs determine).
///
/// A closed form where the relation knows it ([`Relation::mercer_tails`]), else eigenpairs on
/// [`BoundParams::nodes`] nodes and suprema over [`BoundParams::grid`] points. Cost: at most
/// `O(most^2)` for a closed form, else `O(nodes^3 + grid nodes^2)`.
///
/// ```
/// use relata_kernels::cost::{BoundParams, sup_tails};
/// use relata_relations::special::trigamma;
/// let brownian = relata_relations::catalogue::relation("brownian")?;
/// let tails = sup_tails(&*brownian, 100, &BoundParams::default())?;
/// assert!((tails.at(10)? - 2.0 * trigamma(10.5) / std::f64::consts::PI.powi(2)).abs() < 1e-14);
/// assert_eq!(tails.rank_for(0.01)?, 21);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BoundError::NotPositive`], [`BoundError::Unbounded`] (there `tau_d` need not fall at all), and
/// as [`MercerFeatures::of`].
pub fn sup_tails(k: &dyn Relation, most: usize, params: &BoundParams) -> Result<SupTails, BoundError> {
    if k.definiteness() != Definiteness::PositiveSemidefinite {
        return Err(BoundError::NotPositive(k.name()));
    }
    compact(k, k.spaces().0)?;
    if let Some(values) = k.mercer_tails(most) {
        let (source, relation) = (TailSource::ClosedForm, k.name());
        let declared = declared(k, &[Fact::Definiteness]);
        return Ok(SupTails { values, source, relation, nodes: 0, grid: 0, declared });
    }
    of_features(k, &MercerFeatures::of(k, params.nodes)?, most, params.grid)
}

/// The same from features that are there.
pub(super) fn of_features(
    k: &dyn Relation,
    f: &MercerFeatures,
    most: usize,
    grid: NonZeroUsize,
) -> Result<SupTails, BoundError> {
    let (mut values, points) = diagonal_tails(k, f, grid)?;
    values.truncate(most.saturating_add(1));
    Ok(SupTails {
        values,
        source: TailSource::Quadrature,
        relation: k.name(),
        nodes: f.nodes(),
        grid: points,
        declared: declared(k, &[Fact::Definiteness]),
    })
}

/// The tails as far as the first that is at most `wanted`, with features that are there or not yet.
///
/// # Errors
/// As [`sup_tails`].
pub(super) fn tails_within(
    k: &dyn Relation,
    wanted: f64,
    params: &BoundParams,
    features: Option<&MercerFeatures>,
) -> Result<SupTails, BoundError> {
    /// A closed form may cost `O(d)` for each rank `d`; most answers are in the first batch.
    const BATCHES: [usize; 3] = [64, 512, 4096];
    let closed = k.mercer_tails(0).is_some();
    if let (Some(f), false) = (features, closed) {
        return of_features(k, f, BATCHES[2], params.grid);
    }
    let mut found = sup_tails(k, BATCHES[0], params)?;
    for most in &BATCHES[1..] {
        if !closed || found.values.iter().any(|v| *v <= wanted) {
            break;
        }
        found = sup_tails(k, *most, params)?;
    }
    Ok(found)
}

impl SupTails {
    /// `tau_d`.
    ///
    /// # Errors
    /// [`BoundError::Resolution`] or [`BoundError::RankBudget`] beyond the last rank that was
    /// computed.
    pub fn at(&self, rank: usize) -> Result<f64, BoundError> {
        self.values.get(rank).copied().ok_or_else(|| self.unresolved(0.0))
    }

    /// `d_k(eps)`: the smallest rank with `tau_d <= eps`.
    ///
    /// # Errors
    /// [`BoundError::Eps`] unless `eps` is positive; [`BoundError::Resolution`] or
    /// [`BoundError::RankBudget`] if no computed rank reaches it.
    pub fn rank_for(&self, eps: f64) -> Result<usize, BoundError> {
        if !(eps.is_finite() && eps > 0.0) {
            return Err(BoundError::Eps(eps));
        }
        self.values.iter().position(|v| *v <= eps).ok_or_else(|| self.unresolved(eps))
    }

    /// All values, from rank 0.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Where they came from.
    #[must_use]
    pub fn source(&self) -> TailSource {
        self.source
    }

    /// What they rest on.
    #[must_use]
    pub fn unchecked(&self) -> Vec<Hypothesis> {
        match self.source {
            TailSource::ClosedForm => self.declared.clone(),
            TailSource::Quadrature => {
                let mut all = self.declared.clone();
                all.push(Hypothesis::Eigenpairs { nodes: self.nodes });
                all.push(Hypothesis::Supremum { of: "the residual diagonal", points: self.grid });
                all
            }
        }
    }

    fn unresolved(&self, wanted: f64) -> BoundError {
        let rank = self.values.len().saturating_sub(1);
        let left = self.values.last().copied().unwrap_or(0.0);
        let relation = self.relation.clone();
        match self.source {
            TailSource::ClosedForm => {
                BoundError::RankBudget { relation, most: rank, limits: "closed form".into(), left, wanted }
            }
            TailSource::Quadrature => {
                BoundError::Resolution { relation, rank, nodes: self.nodes, left, wanted }
            }
        }
    }
}
