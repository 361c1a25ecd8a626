//! What no network reaches: ranks, and with them neurons, that are too few.
//!
//! Any inner product of rank `d`, neural or not, is off by at least the Schmidt tail in
//! `L2(mu x nu)` (Schmidt 1907; Eckart and Young 1936; Mirsky 1960), and the sup norm is at least
//! the `L2` norm over the root of the mass. The tail is also the mean-square Kolmogorov width of
//! the functions `r(., y)`: the best `d`-dimensional space of features is that far from them on
//! average. An encoder of `N` hidden units before its head has features in a space of dimension
//! `N + 1`, so that rank `d` takes `d - 1` units a side.

use super::choice::ErrorNorm;
use super::error::BoundError;
use crate::encoders::Encoders;
use crate::limit::{LimitError, LimitParams, LimitSource, limits};
use relata_relations::{Definiteness, Regularity, Relation};
use std::num::NonZeroUsize;

/// Ranks and neurons below which `eps` is impossible.
#[derive(Clone, Debug, PartialEq)]
pub struct LowerBound {
    /// The smallest rank that is not excluded; `None` if every rank up to [`LowerBound::MAX`] is.
    pub rank: Option<usize>,
    /// Hidden units that this rank takes: `rank - 1` for a shared encoder, twice that for two.
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

impl LowerBound {
    /// The largest rank looked at.
    pub const MAX: usize = 4096;
}

/// The lower bound for a relation.
///
/// ```
/// use relata_kernels::Encoders;
/// use relata_kernels::cost::{ErrorNorm, lower_bound};
/// // The strict order: squared error psi'(d + 1/2) / pi^2 at rank d, about 1 / (pi^2 d).
/// let volterra = relata_relations::catalogue::relation("volterra")?;
/// let b = lower_bound(&*volterra, 0.05, Encoders::Separate, ErrorNorm::L2)?;
/// assert_eq!((b.rank, b.neurons), (Some(41), Some(80)));
/// assert_eq!(lower_bound(&*volterra, 0.05, Encoders::Separate, ErrorNorm::Sup)?.rank, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cost: that of [`limits`] at rank [`LowerBound::MAX`]; where limits are sampled (more than two
/// dimensions a side without a closed form) a few seconds, for ranks up to 256.
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
    let never = |by| LowerBound { rank: None, neurons: None, by, source: None, trace_rank: None };
    if norm == ErrorNorm::Sup
        && let Regularity::Jump { size } = r.regularity()
        && size > 2.0 * eps
    {
        return Ok(never(Obstacle::Jump { size }));
    }
    /// Ranks looked at where limits are sampled, and points a side.
    const SAMPLED_RANKS: usize = 256;
    const SAMPLES: NonZeroUsize = NonZeroUsize::new(4_000).unwrap();
    let sampled = LimitParams { samples: SAMPLES, ..LimitParams::default() };
    let measure = if norm == ErrorNorm::Sup { (x.mass() * y.mass()).sqrt() } else { 1.0 };
    let all = match limits(r, encoders, LowerBound::MAX, &LimitParams::default()) {
        // Monte Carlo has no such ranks within its budget; these take a few seconds.
        Err(LimitError::Budget { .. }) => limits(r, encoders, SAMPLED_RANKS, &sampled)?,
        other => other?,
    };
    // What is uncertain speaks for the network.
    let certain = |d: usize| all.at(d).map_or(0.0, |l| l.lower);
    let rank = (0..=LowerBound::MAX).find(|d| certain(*d) <= eps * measure);
    let Some(rank) = rank else {
        let floor = certain(LowerBound::MAX) / measure;
        let by = if encoders == Encoders::Separate {
            Obstacle::SchmidtTail
        } else {
            Obstacle::NotPositive { floor }
        };
        return Ok(LowerBound { source: Some(all.source().clone()), ..never(by) });
    };
    let sides = if encoders == Encoders::Separate { 2 } else { 1 };
    let trace_rank = if norm == ErrorNorm::Sup && r.definiteness() == Definiteness::PositiveSemidefinite {
        r.spectrum().and_then(|s| {
            // Eigenvalues that are not listed are left out, which speaks for the network.
            let mut left: f64 = s.values().iter().rev().sum();
            (0..=s.values().len()).find(|d| {
                let fits = left <= eps * x.mass();
                left -= s.values().get(*d).copied().unwrap_or(0.0);
                fits
            })
        })
    } else {
        None
    };
    Ok(LowerBound {
        rank: Some(rank),
        neurons: Some(sides * rank.saturating_sub(1)),
        by: Obstacle::SchmidtTail,
        source: Some(all.source().clone()),
        trace_rank,
    })
}
