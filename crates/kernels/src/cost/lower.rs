//! What no network reaches: ranks that are too small, and with them too few neurons.
//!
//! Any inner product of rank `d`, neural or not, is off by at least the Schmidt tail in
//! `L2(mu x nu)` (Schmidt 1907; Eckart and Young 1936; Mirsky 1960), and the sup norm is at least
//! the `L2` norm over the root of the mass. The tail is also the mean-square Kolmogorov width of
//! the functions `r(., y)`: the best `d`-dimensional space of features is that far from them on
//! average. An encoder of `N` hidden units before its head has features in a space of dimension
//! `N + 1`, so that rank `d` takes `d - 1` units in each encoder.

use super::choice::ErrorNorm;
use super::error::BoundError;
use super::ranks::{FirstRanks, first_ranks};
use crate::encoders::Encoders;
use crate::limit::{LimitParams, LimitSource, limits};
use relata_relations::{Definiteness, Regularity, Relation, SpectrumKind, Symmetry};

/// Ranks and neurons below which `eps` is impossible.
///
/// `rank` and `enough` are a bracket: below `rank` everything is proved impossible, and at `enough`
/// an inner product within `eps` exists in `L2`. They are equal where tails are known to rounding.
#[derive(Clone, Debug, PartialEq)]
pub struct LowerBound {
    /// Every smaller rank is impossible. `None` if no rank at all reaches `eps`, which is proved
    /// and never only for want of looking further.
    pub rank: Option<usize>,
    /// The first rank at which some inner product, of whatever features, is certainly within `eps`
    /// in `L2`. `None` in sup norm, where the tail excludes ranks and promises nothing, and where
    /// no rank that was looked at is certainly enough (65 536 ranks of closed forms, all ranks of a
    /// rule, 256 by Monte Carlo).
    pub enough: Option<usize>,
    /// Hidden units that `rank` takes: `rank - 1` for a shared encoder, twice that for two.
    pub neurons: Option<usize>,
    /// What excludes smaller ranks.
    pub by: Obstacle,
    /// Where the singular values came from.
    pub source: Option<LimitSource>,
    /// The smallest rank at which a *truncation* `<phi, phi>` that leaves a positive semidefinite
    /// rest could reach `eps` in sup norm: its largest diagonal entry is at least the mean, the sum
    /// of the eigenvalues left over the mass. `None` where no such statement is made.
    pub trace_rank: Option<usize>,
}

/// What excludes a rank.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The Schmidt tail of that rank is above `eps`.
    SchmidtTail,
    /// The relation jumps by more than twice `eps`: no continuous function is near in sup norm, at
    /// any rank.
    Jump {
        /// The jump.
        size: f64,
    },
    /// A shared encoder: the nearest positive semidefinite relation is further than `eps`, at any
    /// rank.
    NotPositive {
        /// Its distance.
        floor: f64,
    },
}

/// The lower bound for a relation.
///
/// Cost: that of a closed-form spectrum at up to 65 536 ranks, else of at most three decompositions
/// on 800 nodes, else (beyond two axes) of Monte Carlo with 2048 samples on each side and ranks up
/// to 256. What is uncertain speaks for the network.
///
/// ```
/// use relata_kernels::Encoders;
/// use relata_kernels::cost::{ErrorNorm, lower_bound};
/// // The strict order: squared error psi'(d + 1/2) / pi^2 at rank d, about 1 / (pi^2 d).
/// let volterra = relata_relations::catalogue::relation("volterra")?;
/// let b = lower_bound(&*volterra, 0.05, Encoders::Separate, ErrorNorm::L2)?;
/// assert_eq!((b.rank, b.enough, b.neurons), (Some(41), Some(41), Some(80)));
/// assert_eq!(lower_bound(&*volterra, 0.05, Encoders::Separate, ErrorNorm::Sup)?.rank, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BoundError::Eps`], and as [`limits`].
pub fn lower_bound(
    r: &dyn Relation,
    eps: f64,
    encoders: Encoders,
    norm: ErrorNorm,
) -> Result<LowerBound, BoundError> {
    if !(eps.is_finite() && eps > 0.0) {
        return Err(BoundError::Eps(eps));
    }
    let (x, y) = r.spaces();
    let never =
        |by| LowerBound { rank: None, enough: None, neurons: None, by, source: None, trace_rank: None };
    if norm == ErrorNorm::Sup
        && let Regularity::Jump { size } = r.regularity()
        && size > 2.0 * eps
    {
        return Ok(never(Obstacle::Jump { size }));
    }
    let measure = if norm == ErrorNorm::Sup { (x.mass() * y.mass()).sqrt() } else { 1.0 };
    let found = first_ranks(r, encoders, eps * measure)?;
    let floor = floor(r, encoders, &found)?;
    if floor > eps * measure {
        let by = Obstacle::NotPositive { floor: floor / measure };
        return Ok(LowerBound { source: Some(found.source), ..never(by) });
    }
    let sides = if encoders == Encoders::Separate { 2 } else { 1 };
    let in_l2 = norm == ErrorNorm::L2;
    Ok(LowerBound {
        rank: Some(found.possible),
        enough: found.enough.filter(|_| in_l2).map(|(rank, _)| rank),
        neurons: Some(sides * found.possible.saturating_sub(1)),
        by: Obstacle::SchmidtTail,
        source: Some(found.source),
        trace_rank: if in_l2 { None } else { trace_rank(r, eps) },
    })
}

/// How far every inner product of this class is from the relation, whatever its rank: what is not
/// symmetric, and for one shared encoder the negative eigenvalues. 0 where it is not known.
fn floor(r: &dyn Relation, encoders: Encoders, found: &FirstRanks) -> Result<f64, BoundError> {
    if encoders == Encoders::Separate || found.enough.is_some() {
        return Ok(0.0);
    }
    if r.symmetry() == Symmetry::Antisymmetric {
        return Ok(limits(r, encoders, 0, &LimitParams::default())?.norm());
    }
    if r.symmetry() == Symmetry::Symmetric
        && (encoders == Encoders::Indefinite || r.definiteness() == Definiteness::PositiveSemidefinite)
    {
        return Ok(0.0);
    }
    if found.exhausted {
        return Ok(found.left[0]);
    }
    match r.spectrum().filter(|s| s.kind() == SpectrumKind::Eigenvalues) {
        Some(s) => Ok(s.negative_norm()),
        None => Ok(0.0),
    }
}

/// The first rank that leaves eigenvalues of a small enough sum.
fn trace_rank(r: &dyn Relation, eps: f64) -> Option<usize> {
    let spectrum = r.spectrum().filter(|_| r.definiteness() == Definiteness::PositiveSemidefinite)?;
    // Eigenvalues that are not listed are left out, which speaks for the network.
    let mut left: f64 = spectrum.values().iter().rev().sum();
    let values = spectrum.values();
    (0..=values.len()).find(|d| {
        let fits = left <= eps * r.spaces().0.mass();
        left -= values.get(*d).copied().unwrap_or(0.0);
        fits
    })
}
