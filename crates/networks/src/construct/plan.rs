//! What the theorem allows.

use super::ConstructError;
use relata_kernels::Encoders;
use relata_kernels::cost::{BoundError, Interpolation, Smoothness};
use relata_relations::Relation;

/// The bound of a construction, computed by `relata_kernels::cost` before anything is built: meshes
/// that certainly suffice, or waves, with their hidden units.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// The error asked for.
    pub eps: f64,
    /// Pieces of the two meshes, on each axis; where waves are drawn, how many.
    pub pieces: [usize; 2],
    /// Neurons of both encoders, of one where it is shared.
    pub neurons: usize,
    /// The rank is at most this.
    pub rank: usize,
    /// What each step may cost in sup norm, in words and numbers; they add up to `eps`.
    pub terms: Vec<(&'static str, f64)>,
    /// What the counts follow from.
    pub theorem: Theorem,
    /// What the two interpolations cost at most on these meshes.
    pub(super) errors: [f64; 2],
}

/// Why so many neurons are enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Theorem {
    /// Interpolation in both arguments ([`Interpolation`]).
    Interpolation(Smoothness),
    /// Splines of the ridge functions that the relation declares
    /// ([`RidgeSplines`](relata_kernels::cost::RidgeSplines)).
    Ridges,
    /// Waves drawn from the Fourier transform
    /// ([`AsymmetricBound::fourier_maurey`](relata_kernels::cost::AsymmetricBound::fourier_maurey)).
    Waves {
        /// The mass of the Fourier transform.
        mass: f64,
    },
}

/// The part of `eps` that rounding the matrix of values to low rank may cost.
pub(super) const LOW_RANK_SHARE: f64 = 0.02;

/// The part that is left unused, for the looseness of the certificate.
pub(super) const MARGIN: f64 = 0.02;

/// Pieces beyond which no network is built: its heads would not fit into memory.
pub(super) const MAX_PIECES: usize = 8192;

/// Both meshes by theorem, for two encoders or as symmetry allows.
///
/// # Errors
/// [`ConstructError::NoBounds`] if neither curvature nor Lipschitz constant is known.
pub(super) fn plan(r: &dyn Relation, eps: f64, encoders: Encoders) -> Result<Budget, ConstructError> {
    let mut all = Interpolation::of(r, eps).map_err(|e| match e {
        BoundError::NoModulus(relation) => ConstructError::NoBounds { relation },
        BoundError::BelowRounding { eps, floor } => ConstructError::BelowRounding { eps, least: floor },
        other => ConstructError::Bound(other),
    })?;
    all.shared &= encoders != Encoders::Separate;
    let count = |n: u128| usize::try_from(n).unwrap_or(usize::MAX);
    let [x, y] = all.errors;
    let terms = vec![
        ("interpolation in x", x),
        ("interpolation in y", y),
        ("looseness of the certificate", eps - x - y),
    ];
    Ok(Budget {
        eps,
        pieces: all.pieces().map(count),
        neurons: count(all.neurons()),
        rank: count(all.rank()),
        terms,
        theorem: Theorem::Interpolation(all.smoothness),
        errors: all.errors,
    })
}
