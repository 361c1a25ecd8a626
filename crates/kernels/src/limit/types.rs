//! What a limit is, where it came from, and why there may be none.

use crate::decompose::DecomposeError;
use crate::encoders::Encoders;
use crate::matrix::MatrixError;
use relata_relations::{RelationError, Seed, SpaceError, SpectrumError, Tail};
use std::fmt;
use std::num::NonZeroUsize;
use thiserror::Error;

/// The smallest `L2` error of a class of inner products at one rank.
///
/// An error is compared with an end of the bracket: one that is measured below `lower` (or
/// `relative_lower`) is a measurement error; a rank certainly suffices for an accuracy where
/// `upper` is within it.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The smallest error in `L2(mu x nu)`; 0 where it is within the rounding of what was computed.
    pub value: f64,
    /// The lower end of the bracket of `value`.
    pub lower: f64,
    /// The upper end of the bracket of `value`.
    pub upper: f64,
    /// `value / |r|`; 0 where `r` vanishes.
    pub relative: f64,
    /// The lower end of the bracket of `relative`.
    pub relative_lower: f64,
    /// The upper end of the bracket of `relative`, at most 1.
    pub relative_upper: f64,
    /// How far `relative`, and `value / |r|`, may be off: the largest distance from an end of their
    /// brackets.
    pub uncertainty: f64,
    /// Where the value came from.
    pub source: LimitSource,
}

/// Where a limit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitSource {
    /// A closed-form spectrum.
    ClosedForm,
    /// The products of the spectra of the factors of a tensor product.
    TensorProduct {
        /// Whether each factor's spectrum is a closed form.
        factors: FactorSource,
    },
    /// The matrix of a relation on finite sets.
    Matrix,
    /// Quadratures, refined to estimate their error.
    Quadrature {
        /// Nodes of the finest rule for `x` and `y`.
        nodes: [usize; 2],
    },
    /// Random samples, in-sample and held out.
    MonteCarlo {
        /// Points a side.
        points: usize,
    },
}

/// Where the spectra of the factors of a tensor product came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorSource {
    /// Closed forms.
    ClosedForm,
    /// Quadratures with this many nodes, the most of any factor.
    Quadrature(usize),
}

/// The limits of one class of inner products at every rank up to a largest.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    encoders: Encoders,
    norm: Tail,
    values: Vec<Tail>,
    /// Relative to the norm.
    relative: Vec<Tail>,
    source: LimitSource,
}

/// How hard to work where no closed form is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitParams {
    /// Nodes of the finest quadrature of each space, in all. Half of them are tried first.
    pub nodes: NonZeroUsize,
    /// Points a side for Monte Carlo, at most; fewer at high ranks ([`limits`](super::limits)).
    pub samples: NonZeroUsize,
    /// Seed of the samples.
    pub seed: Seed,
}

impl Default for LimitParams {
    fn default() -> Self {
        const NODES: NonZeroUsize = NonZeroUsize::new(800).unwrap();
        const SAMPLES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
        Self { nodes: NODES, samples: SAMPLES, seed: Seed(0) }
    }
}

/// Why a limit could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LimitError {
    /// A shared encoder needs one space.
    #[error("{relation} lives on two different spaces ({x} and {y}); a {encoders} encoder needs one")]
    DifferentSpaces {
        /// The relation.
        relation: String,
        /// Its first space.
        x: String,
        /// Its second space.
        y: String,
        /// The class asked for.
        encoders: Encoders,
    },
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A space has no rule.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A decomposition did not converge.
    #[error(transparent)]
    Decompose(#[from] DecomposeError),
    /// The matrix is empty or not finite.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The computed spectrum is not finite.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// The limits are too large for f64.
    #[error("the norm of {relation} is above {:e}, the largest f64; scale the relation down", f64::MAX)]
    Overflow {
        /// The relation.
        relation: String,
    },
    /// The spectrum that a relation of one's own gives is not that of its values.
    #[error(
        "the spectrum of {relation} has {what} {declared:e}; on quadratures of {nodes} nodes and on a random \
         sample it is {found:e}; give the spectrum of this relation, or none"
    )]
    Declared {
        /// The relation.
        relation: String,
        /// What was compared.
        what: String,
        /// What the spectrum says.
        declared: f64,
        /// What was found.
        found: f64,
        /// Nodes of the finer rule.
        nodes: usize,
    },
    /// A rank beyond the one the limits were computed for.
    #[error("rank {rank} was asked for, the limits were computed up to rank {most}")]
    Rank {
        /// The rank.
        rank: usize,
        /// The largest there is.
        most: usize,
    },
    /// Monte Carlo would take too long at this rank.
    #[error(
        "{samples} samples a side, which rank {rank} needs, are beyond the budget of Monte Carlo; ask for rank \
         {most} at most"
    )]
    Budget {
        /// The largest rank asked for.
        rank: usize,
        /// Samples a side that it needs.
        samples: usize,
        /// The largest rank within the budget.
        most: usize,
    },
    /// Too few samples for the rank.
    #[error("{samples} samples a side are too few for rank {rank}; use at least {least}")]
    Samples {
        /// Samples a side.
        samples: usize,
        /// The largest rank.
        rank: usize,
        /// What would do.
        least: usize,
    },
}

impl Limits {
    /// From a bracket of the norm and of the value at each rank from 0.
    pub(super) fn new(
        relation: &str,
        encoders: Encoders,
        norm: Tail,
        values: Vec<Tail>,
        source: LimitSource,
    ) -> Result<Self, LimitError> {
        let over = |v: f64, norm: f64| if norm > 0.0 { v / norm } else { 0.0 };
        // A norm that may be 0 leaves everything open.
        let open = norm.low <= 0.0;
        let relative = |t: &Tail| Tail {
            low: over(t.low, norm.high),
            value: over(t.value, norm.value),
            high: if open && t.high > 0.0 { 1.0 } else { over(t.high, norm.low) },
        };
        let relative = values.iter().map(relative).collect();
        Self::checked(relation, Self { encoders, norm, values, relative, source })
    }

    /// From a bracket of the norm, and of the value relative to it at each rank from 0.
    pub(super) fn from_relative(
        relation: &str,
        encoders: Encoders,
        norm: Tail,
        relative: Vec<Tail>,
        source: LimitSource,
    ) -> Result<Self, LimitError> {
        let absolute =
            |t: &Tail| Tail { low: t.low * norm.low, value: t.value * norm.value, high: t.high * norm.high };
        let values = relative.iter().map(absolute).collect();
        Self::checked(relation, Self { encoders, norm, values, relative, source })
    }

    fn checked(relation: &str, mut limits: Self) -> Result<Self, LimitError> {
        if !(limits.norm.high.is_finite() && limits.values.iter().all(|t| t.high.is_finite())) {
            return Err(LimitError::Overflow { relation: relation.into() });
        }
        fall(&mut limits.values);
        fall(&mut limits.relative);
        Ok(limits)
    }

    /// The limit at `rank`; rank 0 is the norm.
    ///
    /// # Errors
    /// [`LimitError::Rank`] beyond the rank that was computed.
    pub fn at(&self, rank: usize) -> Result<Limit, LimitError> {
        let most = self.values.len().saturating_sub(1);
        let &Tail { low, value, high } = self.values.get(rank).ok_or(LimitError::Rank { rank, most })?;
        let over = self.relative[rank];
        // At rank 0 it is 1 whatever the norm, and nothing is above.
        let (relative_lower, relative_upper) = match rank {
            0 => (over.value, over.value),
            _ => (over.low, over.high.min(1.0).max(over.value)),
        };
        let off = if self.norm.value > 0.0 { (value - low).max(high - value) / self.norm.value } else { 0.0 };
        Ok(Limit {
            value,
            lower: low,
            upper: high,
            relative: over.value,
            relative_lower,
            relative_upper,
            uncertainty: [over.value - relative_lower, relative_upper - over.value, off]
                .into_iter()
                .fold(0.0, f64::max),
            source: self.source.clone(),
        })
    }

    /// Which class of inner products these are the limits of.
    #[must_use]
    pub fn encoders(&self) -> Encoders {
        self.encoders
    }

    /// `|r|` in `L2(mu x nu)`.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.norm.value
    }

    /// The ends between which `|r|` lies.
    #[must_use]
    pub fn norm_bracket(&self) -> (f64, f64) {
        (self.norm.low, self.norm.high)
    }

    /// Where the values came from.
    #[must_use]
    pub fn source(&self) -> &LimitSource {
        &self.source
    }

    /// The smallest rank whose relative limit is certainly at most `eps` (the upper end of its
    /// bracket is), among those computed.
    #[must_use]
    pub fn rank_for(&self, eps: f64) -> Option<usize> {
        (0..self.values.len()).find(|d| self.at(*d).is_ok_and(|l| l.relative_upper <= eps))
    }
}

/// Limits fall with the rank, so that the upper end of a rank holds for all later ones and the
/// lower end for all earlier ones. Ranks that contradict each other leave open what they disagree
/// about.
fn fall(tails: &mut [Tail]) {
    let mut high = f64::INFINITY;
    for t in tails.iter_mut() {
        high = high.min(t.high);
        t.high = high;
    }
    let mut low = 0.0f64;
    for t in tails.iter_mut().rev() {
        low = low.max(t.low);
        (t.low, t.high) = (low.min(t.high), low.max(t.high));
        t.value = t.value.clamp(t.low, t.high);
    }
}

impl fmt::Display for LimitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedForm => f.write_str("closed form"),
            Self::TensorProduct { factors: FactorSource::ClosedForm } => {
                f.write_str("tensor product of closed forms")
            }
            Self::TensorProduct { factors: FactorSource::Quadrature(n) } => {
                write!(f, "tensor product of spectra at {n} nodes")
            }
            Self::Matrix => f.write_str("matrix"),
            Self::Quadrature { nodes: [n, m] } => write!(f, "quadrature at {n} x {m} nodes"),
            Self::MonteCarlo { points } => write!(f, "Monte Carlo at {points} points a side"),
        }
    }
}
