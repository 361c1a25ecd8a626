//! Relations that are too large to be decomposed whole: their leading singular values, from products,
//! with a bracket of what every rank leaves.
//!
//! A matrix that is held whole is decomposed whole where that is cheap. Above, [`leading`] finds the
//! largest singular values and bounds what is beside them; a matrix whose rank it reveals is known
//! as well as by a whole decomposition. A list whose matrix would not fit is kept as its entries, of
//! which the others are 0 (here) or not known (see [`super::partial`]).

mod ranks;
mod stored;
mod structure;
mod views;

pub(super) use ranks::ranks;
pub(super) use stored::{Known, SparseRelation, Stored};
pub(super) use structure::structure;
pub(super) use views::{Averaged, listed, views};

use super::measured::About;
use relata_kernels::krylov::{Leading, LeadingEigen, LeadingParams, SymmetricPart, leading, leading_eigen};
use relata_relations::Seed;

/// Entries of a whole matrix up to which it is decomposed whole at once.
const SMALL: usize = 1_000_000;
/// `n m min(n, m)` up to which it is decomposed whole where leading values do not settle it: with the
/// ranks that follow, within some minutes.
const CHEAP: f64 = 1.5e10;
/// Singular values that are sought.
pub(super) const VALUES: usize = 32;
/// Dimensions of the space in which they are sought, for each value.
const DIMENSIONS: usize = 6;
/// Vectors of a block: small blocks make for more powers of the matrix in the same space.
const BLOCK: usize = 16;
/// Bytes of the bases of that space: of rows, of columns, and a copy while they grow.
const MAX_BASIS: usize = 2_000_000_000;

/// Whether a relation that is held whole is decomposed whole at once.
pub(super) fn is_small(n: usize, m: usize) -> bool {
    n * m <= SMALL
}

/// How long the analysis of a whole decomposition may take, in words, where one would wonder.
pub(super) fn forecast(n: usize, m: usize) -> String {
    /// `n m min(n, m)` per second of a processor, measured at 2000 x 2000 of full rank: most of it
    /// for the ranks that signs and single entries need.
    const PER_SECOND: f64 = 3e7;
    let seconds = n as f64 * m as f64 * n.min(m) as f64 / PER_SECOND;
    if seconds < 2.0 { String::new() } else { format!("; the analysis takes about {seconds:.0} s or less") }
}

/// What products tell of a relation.
pub(super) struct Lead {
    pub(super) leading: Leading,
    /// Of the symmetric part, on one space.
    pub(super) eigen: Option<LeadingEigen>,
    /// The Frobenius norm.
    pub(super) norm: f64,
    /// That of the antisymmetric part, on one space.
    pub(super) antisymmetric: f64,
    /// The magnitude of the largest entry.
    pub(super) largest: f64,
    /// What rounding of the entries may have added to the norm, relative to it.
    pub(super) relative_rounding: f64,
    /// The rank up to rounding of the entries, if it is small enough to be seen.
    pub(super) rank: Option<usize>,
}

impl Lead {
    /// How a relation that is held whole is analysed: by this, or (none) by a whole decomposition.
    pub(super) fn instead_of_whole(stored: &Stored<'_>, about: &About<'_>) -> anyhow::Result<Option<Self>> {
        let (n, m) = stored.shape();
        if is_small(n, m) {
            return Ok(None);
        }
        let lead = Self::of(stored, about)?;
        let cheap = n as f64 * m as f64 * n.min(m) as f64 <= CHEAP;
        Ok((lead.rank.is_some() || !cheap).then_some(lead))
    }

    pub(super) fn of(stored: &Stored<'_>, about: &About<'_>) -> anyhow::Result<Self> {
        let (n, m) = stored.shape();
        let (norm, largest) = stored.norms();
        let room = (MAX_BASIS / (24 * (n + m))).clamp(DIMENSIONS, VALUES * DIMENSIONS);
        let count = (room / DIMENSIONS).min(n.min(m));
        // Not the run's seed: what is measured does not change with it.
        let params = LeadingParams { block: BLOCK.min(count), ..LeadingParams::new(count, Seed(0)) };
        let params = params.with_dimension(room);
        let source = stored.source()?;
        let found = leading(source.as_ref(), norm, params)?;
        let antisymmetric = if about.one_space() { stored.antisymmetric() } else { 0.0 };
        let symmetric = (norm - antisymmetric).max(0.0).sqrt() * (norm + antisymmetric).sqrt();
        let eigen = (about.one_space() && symmetric > 0.0)
            .then(|| leading_eigen(&SymmetricPart(source.as_ref()), symmetric, params))
            .transpose()?;
        let relative_rounding = about.carried.relative_of([n, m], largest, norm, 1.0);
        let floor = n.max(m) as f64 * f64::EPSILON * found.values[0] + relative_rounding * norm;
        let rank = (found.rest <= floor).then(|| found.values.iter().filter(|s| **s > floor).count());
        Ok(Self { leading: found, eigen, norm, antisymmetric, largest, relative_rounding, rank })
    }

    /// The largest rank of which something is said.
    pub(super) fn most(&self) -> usize {
        self.leading.values.len()
    }
}
