//! The exact sup error of a truncated Mercer expansion.
//!
//! For a continuous positive semidefinite `k` on a compact space what is left after `d` terms is
//! positive semidefinite, so that it is largest on the diagonal (derived from Mercer 1909 and
//! Cauchy-Schwarz): `tau_d = max_x k(x, x) - sum_{i <= d} l_i f_i(x)^2`. It decreases to 0 (Dini).

use super::domain::diagonal;
use super::error::BoundError;
use super::features::{MercerFeatures, diagonal_tails};
use super::hypothesis::Hypothesis;
use super::params::BoundParams;
use relata_relations::special::trigamma;
use relata_relations::{Definiteness, Points, Relation, SpaceError, SpectrumKind, evaluate};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

/// Sup errors of truncated Mercer expansions at the ranks from 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct SupTails {
    values: Vec<f64>,
    source: TailSource,
    relation: String,
    nodes: usize,
    grid: usize,
}

/// Where sup errors of truncation came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailSource {
    /// A closed form.
    ClosedForm,
    /// Eigenpairs from a rule, and a grid on the diagonal.
    Quadrature,
}

/// `tau_d` for `d` from 0 to `most` (or to the last rank that the eigenpairs determine).
///
/// Closed forms: `2 psi'(d + 1/2) / pi^2` for `min(x, y)`; the maximum of a known function for the
/// bridge; the trace of what is left for kernels that are invariant under the motions of a circle
/// or sphere, whose diagonal is constant over complete eigenspaces (inside one of more than two
/// dimensions, the value before it, an upper bound).
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
    if let Err(SpaceError::NotCompact { space }) = k.spaces().0.covering(NonZeroUsize::MIN) {
        return Err(BoundError::Unbounded { relation: k.name(), space });
    }
    if let Some(values) = closed_form(k, most)? {
        let (source, relation) = (TailSource::ClosedForm, k.name());
        return Ok(SupTails { values, source, relation, nodes: 0, grid: 0 });
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
    })
}

/// Where [`sup_tails`] would take its values from.
pub(super) fn source(k: &dyn Relation) -> Result<TailSource, BoundError> {
    Ok(if closed_form(k, 0)?.is_some() { TailSource::ClosedForm } else { TailSource::Quadrature })
}

impl SupTails {
    /// `tau_d`.
    ///
    /// # Errors
    /// [`BoundError::Resolution`] beyond the last rank that was computed.
    pub fn at(&self, rank: usize) -> Result<f64, BoundError> {
        self.values.get(rank).copied().ok_or_else(|| self.unresolved(0.0))
    }

    /// `d_k(eps)`: the smallest rank with `tau_d <= eps`.
    ///
    /// # Errors
    /// [`BoundError::Eps`] unless `eps` is positive; [`BoundError::Resolution`] if no computed rank
    /// reaches it.
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
            TailSource::ClosedForm => vec![Hypothesis::PositiveSemidefinite],
            TailSource::Quadrature => vec![
                Hypothesis::PositiveSemidefinite,
                Hypothesis::Eigenpairs { nodes: self.nodes },
                Hypothesis::Supremum { of: "the residual diagonal", points: self.grid },
            ],
        }
    }

    fn unresolved(&self, wanted: f64) -> BoundError {
        let rank = self.values.len().saturating_sub(1);
        let left = self.values.last().copied().unwrap_or(0.0);
        BoundError::Resolution { relation: self.relation.clone(), rank, nodes: self.nodes, left, wanted }
    }
}

/// A closed form, if the relation is one that has it: recognised by its name and checked at points.
fn closed_form(k: &dyn Relation, most: usize) -> Result<Option<Vec<f64>>, BoundError> {
    let name = k.name();
    let known = name.split('(').next().unwrap_or_default();
    let is = |f: fn(f64, f64) -> f64| -> Result<bool, BoundError> {
        let Ok(at) = Points::line(vec![0.0, 0.171, 0.5, 0.83, 1.0]) else { return Ok(false) };
        let values = evaluate(k, &at, &at)?;
        let all = (0..5).flat_map(|i| (0..5).map(move |j| (i, j)));
        let same =
            all.into_iter().all(|(i, j)| (values[(i, j)] - f(at.row(i)[0], at.row(j)[0])).abs() < 1e-15);
        Ok(same && k.spaces().0.name() == "[0, 1]")
    };
    match known {
        "brownian" if is(f64::min)? => {
            Ok(Some((0..=most).map(|d| 2.0 * trigamma(d as f64 + 0.5) / (PI * PI)).collect()))
        }
        "bridge" if is(|x, y| x.min(y) - x * y)? => Ok(Some((0..=most).map(bridge).collect())),
        "von-mises" | "poisson" | "periodic-sobolev" | "periodic-sobolev-2" | "zonal-exp"
        | "arc-cosine-0" | "arc-cosine-1" => invariant(k, most),
        _ => Ok(None),
    }
}

/// `max_x x (1 - x) - sum_{k <= d} 2 sin^2(k pi x) / (k pi)^2`, by a grid that resolves every wave
/// and golden sections around its maximum.
fn bridge(d: usize) -> f64 {
    let left = |x: f64| {
        let kept = |k: usize| 2.0 * ((k as f64 * PI * x).sin() / (k as f64 * PI)).powi(2);
        x * (1.0 - x) - (1..=d).rev().map(kept).sum::<f64>()
    };
    let n = 8 * (d + 1);
    let at = |i: usize| 0.5 * i as f64 / n as f64;
    let mut tops: Vec<usize> = (0..=n).collect();
    tops.sort_by(|a, b| left(at(*b)).total_cmp(&left(at(*a))));
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let climb = |i: usize| {
        let (mut a, mut b) = (at(i.saturating_sub(1)), at((i + 1).min(n)));
        for _ in 0..60 {
            let (u, v) = (b - golden * (b - a), a + golden * (b - a));
            if left(u) < left(v) { a = u } else { b = v }
        }
        left(0.5 * (a + b))
    };
    tops.iter().take(4).map(|i| climb(*i)).fold(0.0, f64::max)
}

/// Invariant kernels: over complete eigenspaces the kept part of the diagonal is constant.
fn invariant(k: &dyn Relation, most: usize) -> Result<Option<Vec<f64>>, BoundError> {
    let Some(s) = k.spectrum().filter(|s| s.kind() == SpectrumKind::Eigenvalues) else { return Ok(None) };
    let name = k.spaces().0.name();
    let probes = k.spaces().0.quadrature(NonZeroUsize::MIN.saturating_add(4))?;
    let own = diagonal(k, probes.nodes())?;
    let constant = own.iter().all(|v| (v - own[0]).abs() <= 1e-12 * own[0].abs());
    if !(constant && (name == "torus" || name.starts_with("S^"))) {
        return Ok(None);
    }
    let values = s.values();
    // What is not listed; where that is rounding, small tails are summed from their small end.
    let listed: f64 = values.iter().rev().sum();
    let missing = own[0] - listed;
    let beyond = if missing.abs() <= 1e-12 * own[0] { 0.0 } else { missing };
    let mut sums = vec![beyond; values.len() + 1];
    for i in (0..values.len()).rev() {
        sums[i] = sums[i + 1] + values[i];
    }
    let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    let mut tails = vec![sums[0]];
    for d in 1..=most.min(values.len()) {
        // Complete where the next eigenvalue differs; the last listed may be half of a pair.
        let complete =
            d < values.len() && !same(values[d - 1], values[d]) || d == values.len() && beyond <= 0.0;
        tails.push(if complete { sums[d] } else { tails[d - 1] });
    }
    Ok(Some(tails))
}
