//! The first rank that is enough in `L2`, within a budget.
//!
//! The smallest error of any rank is a tail of singular values or eigenvalues
//! ([`limits`](crate::limits)). Closed forms of it are cheap at any rank, decompositions on nodes
//! determine as many ranks as there are nodes, and Monte Carlo pays for each rank it is asked for.
//! Most answers are small numbers, so the ranks are looked at in growing batches.

use super::error::BoundError;
use crate::encoders::Encoders;
use crate::limit::{LimitError, LimitParams, LimitSource, Limits, limits};
use relata_relations::Relation;
use std::num::NonZeroUsize;

/// The last rank of each batch, where tails are closed forms or come from nodes. The last batch
/// covers errors down to `1e-5` of a relation that jumps, whose tails fall only like `d^(-1/2)`
/// times a constant of about `1 / pi`, and takes less than a second.
const BATCHES: [usize; 4] = [32, 512, 4096, 1 << 16];

/// The same by Monte Carlo. All of a batch is computed anew, and most of its cost is in the values
/// of the relation, whatever the rank: a batch between these would cost more than it saves.
const SAMPLED: [usize; 2] = [32, 256];

/// Samples on each side. All pairs are evaluated some six times, which is `3e7` values and takes
/// seconds; the uncertainty of about `1 / sqrt(n)`, 2 %, is part of every answer.
const SAMPLES: NonZeroUsize = NonZeroUsize::new(2048).unwrap();

/// What is known of the smallest rank with an error of at most what was wanted.
#[derive(Clone, Debug)]
pub(super) struct FirstRanks {
    /// All smaller ranks are certainly too small.
    pub(super) possible: usize,
    /// The first rank that is certainly enough, and the most that it leaves; `None` if none of the
    /// ranks that were looked at is.
    pub(super) enough: Option<(usize, f64)>,
    /// The largest rank that was looked at.
    pub(super) most: usize,
    /// What it leaves, at least and at most.
    pub(super) left: [f64; 2],
    /// Whether larger ranks leave as much: they are all determined.
    pub(super) exhausted: bool,
    /// Where the tails came from.
    pub(super) source: LimitSource,
}

/// The first ranks with an error of at most `wanted` in `L2`, absolute. Cost: decompositions of
/// matrices of the size of [`LimitParams::nodes`], or by Monte Carlo `2048^2 d` operations for
/// ranks `d` up to 256.
///
/// # Errors
/// As [`limits`].
pub(super) fn first_ranks(
    r: &dyn Relation,
    encoders: Encoders,
    wanted: f64,
) -> Result<FirstRanks, LimitError> {
    let params = LimitParams { samples: SAMPLES, ..LimitParams::default() };
    let mut found = in_batch(r, encoders, wanted, BATCHES[0], &params)?;
    let batches =
        if matches!(found.source, LimitSource::MonteCarlo { .. }) { &SAMPLED[..] } else { &BATCHES };
    for most in &batches[1..] {
        if found.enough.is_some() || found.exhausted {
            break;
        }
        found = in_batch(r, encoders, wanted, *most, &params)?;
    }
    Ok(found)
}

/// The first rank that certainly leaves at most `wanted` in `L2`, and the most that it leaves.
///
/// # Errors
/// [`BoundError::RankBudget`] if none of the ranks that are looked at is enough; as [`limits`].
pub(super) fn l2_rank(r: &dyn Relation, encoders: Encoders, wanted: f64) -> Result<(usize, f64), BoundError> {
    let found = first_ranks(r, encoders, wanted)?;
    found.enough.ok_or_else(|| BoundError::RankBudget {
        relation: r.name(),
        most: found.most,
        limits: found.source.to_string(),
        left: found.left[1],
        wanted,
    })
}

fn in_batch(
    r: &dyn Relation,
    encoders: Encoders,
    wanted: f64,
    most: usize,
    params: &LimitParams,
) -> Result<FirstRanks, LimitError> {
    let all = limits(r, encoders, most, params)?;
    let mut possible = most + 1;
    let mut enough = None;
    for rank in 0..=most {
        let [low, high] = bracket(&all, rank)?;
        if low <= wanted {
            possible = possible.min(rank);
        }
        if high <= wanted {
            enough = Some((rank, high));
            break;
        }
    }
    let exhausted = match all.source() {
        LimitSource::Quadrature { nodes } => most >= nodes[0].min(nodes[1]),
        LimitSource::Matrix => most >= r.spaces().0.quadrature(NonZeroUsize::MIN)?.len(),
        LimitSource::ClosedForm | LimitSource::TensorProduct { .. } | LimitSource::MonteCarlo { .. } => false,
    };
    Ok(FirstRanks {
        possible,
        enough,
        most,
        left: bracket(&all, most)?,
        exhausted,
        source: all.source().clone(),
    })
}

/// The limit at a rank, at least and at most.
fn bracket(all: &Limits, rank: usize) -> Result<[f64; 2], LimitError> {
    let at = all.at(rank)?;
    Ok([at.lower, at.upper])
}
