//! What is known of an error, and the one way to say so.

use super::CertifyError;
use super::find::Found;
use relata_kernels::cost::{ErrorNorm, Hypothesis};
use relata_relations::{Fact, Relation};
use std::fmt;

/// Proved bounds of an error `r - <phi, psi>` in some norm.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    upper: f64,
    lower: f64,
    witness: (Vec<f64>, Vec<f64>),
    norm: ErrorNorm,
    method: Method,
    pairs: usize,
    unchecked: Vec<Hypothesis>,
}

/// How a bound was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Branch and bound over pairs of cells.
    BranchAndBound,
    /// Errors of the factors, each in its own space, added up.
    Composition,
}

/// What is claimed of an error, before it meets what was found.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The error is proved to be at most this.
    pub(crate) upper: f64,
    pub(crate) norm: ErrorNorm,
    pub(crate) method: Method,
    /// Pairs of cells that were bounded.
    pub(crate) pairs: usize,
    /// What the proof rests on and does not prove.
    pub(crate) unchecked: Vec<Hypothesis>,
}

impl Certificate {
    /// The only way to a certificate: a claim that what was found does not contradict.
    ///
    /// # Errors
    /// [`CertifyError::Contradiction`] if an error above the claim was found, beyond rounding;
    /// [`CertifyError::Unproved`] if the claim is not a finite number.
    pub(crate) fn new(r: &dyn Relation, claim: Claim, found: &Found) -> Result<Self, CertifyError> {
        let Claim { upper, norm, method, pairs, unchecked } = claim;
        let at = || (found.at.0.clone(), found.at.1.clone());
        if !(upper >= 0.0 && upper.is_finite()) {
            return Err(CertifyError::Unproved { relation: r.name(), bound: upper, at: at() });
        }
        if found.certain > upper {
            return Err(found.contradicts(r, upper, unchecked));
        }
        let unchecked = unchecked.into_iter().filter(|h| !proved(r, h)).collect();
        Ok(Self { upper, lower: found.certain, witness: at(), norm, method, pairs, unchecked })
    }

    /// What was claimed, for another claim that builds on it.
    pub(crate) fn claim(&self) -> Claim {
        let Self { upper, norm, method, pairs, .. } = *self;
        Claim { upper, norm, method, pairs, unchecked: self.unchecked.clone() }
    }

    /// The error is at most this.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// It is at least this: the largest error found, with its rounding taken off.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// `upper - lower`.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.upper - self.lower
    }

    /// `upper / lower`, at least 1; 1 if both are 0, infinite if no error was found.
    #[must_use]
    pub fn looseness(&self) -> f64 {
        if self.upper > 0.0 { self.upper / self.lower } else { 1.0 }
    }

    /// Where the largest error was found: `x` and `y`; empty if none was.
    #[must_use]
    pub fn witness(&self) -> (&[f64], &[f64]) {
        (&self.witness.0, &self.witness.1)
    }

    /// In which norm the error is bounded.
    #[must_use]
    pub fn norm(&self) -> ErrorNorm {
        self.norm
    }

    /// How the bound was proved.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Pairs of cells that were bounded.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Declarations of the relation that the bound rests on and that could only be compared with
    /// the relation at points.
    #[must_use]
    pub fn unchecked(&self) -> &[Hypothesis] {
        &self.unchecked
    }
}

/// Whether the relation has a proof of what a bound rests on.
fn proved(r: &dyn Relation, h: &Hypothesis) -> bool {
    let fact = match h {
        Hypothesis::Enclosure => Fact::Enclosure,
        Hypothesis::Lipschitz { .. } => Fact::Lipschitz,
        Hypothesis::Regularity => Fact::Regularity,
        Hypothesis::Ridges => Fact::Ridges,
        Hypothesis::PositiveSemidefinite => Fact::Definiteness,
        Hypothesis::Spectrum => Fact::Spectrum,
        Hypothesis::Symmetry => Fact::Symmetry,
        Hypothesis::Eigenpairs { .. }
        | Hypothesis::Supremum { .. }
        | Hypothesis::FourierNorms { .. }
        | Hypothesis::TensorFactors
        | Hypothesis::Tail { .. }
        | Hypothesis::Continued => return false,
    };
    r.evidence(fact).is_proof()
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BranchAndBound => "branch and bound",
            Self::Composition => "the errors of the factors",
        })
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { upper, lower, norm, method, .. } = self;
        write!(f, "the {norm} error is between {lower:e} and {upper:e}, by {method}")?;
        for (i, h) in self.unchecked.iter().enumerate() {
            write!(f, "{} {h}", if i == 0 { ", provided that" } else { ", and" })?;
        }
        Ok(())
    }
}
