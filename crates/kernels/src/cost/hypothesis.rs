//! What a bound or a certificate rests on without proof.

use relata_relations::{Fact, Relation, unproved};
use std::fmt;

/// A hypothesis that a bound rests on and that was not proved.
#[derive(Clone, Debug, PartialEq)]
pub enum Hypothesis {
    /// The relation was declared positive semidefinite.
    PositiveSemidefinite,
    /// The relation has the Lipschitz constant that it declares.
    Lipschitz {
        /// The constant.
        constant: f64,
    },
    /// The relation is as regular as it declares.
    Regularity,
    /// Eigenpairs or singular functions are those of the relation on a rule.
    Eigenpairs {
        /// Nodes of the rule.
        nodes: usize,
    },
    /// A supremum is a maximum over a grid.
    Supremum {
        /// Of what.
        of: &'static str,
        /// Points of the grid.
        points: usize,
    },
    /// Norms of the Fourier transform are given or numerical.
    FourierNorms {
        /// Their relative error, as estimated.
        uncertainty: f64,
    },
    /// The relation is the sum of ridge functions that it declares.
    Ridges,
    /// The values of the relation lie in the enclosure that it declares, everywhere.
    Enclosure,
    /// The relation is the product of the factors that it declares.
    TensorFactors,
    /// An expansion is as near to the relation as its author says.
    Tail {
        /// The distance that was given.
        bound: f64,
    },
    /// The relation has the spectrum that it declares.
    Spectrum,
    /// The relation is symmetric or antisymmetric, as it declares.
    Symmetry,
    /// The relation is continued from its domain to a box around it with the same Lipschitz
    /// constant (McShane 1934).
    Continued,
}

/// Those of the facts that the relation declares and no theorem proves, as hypotheses.
pub(super) fn declared(r: &dyn Relation, facts: &[Fact]) -> Vec<Hypothesis> {
    let hypothesis = |fact: Fact| match fact {
        Fact::Symmetry => Some(Hypothesis::Symmetry),
        Fact::Definiteness => Some(Hypothesis::PositiveSemidefinite),
        Fact::Regularity => Some(Hypothesis::Regularity),
        Fact::Lipschitz => r.lipschitz().map(|constant| Hypothesis::Lipschitz { constant }),
        Fact::Enclosure => Some(Hypothesis::Enclosure),
        Fact::Ridges => Some(Hypothesis::Ridges),
        Fact::Spectrum => Some(Hypothesis::Spectrum),
    };
    unproved(r, facts).into_iter().filter_map(|open| hypothesis(open.fact)).collect()
}

impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PositiveSemidefinite => {
                f.write_str("the relation is positive semidefinite, as it declares")
            }
            Self::Lipschitz { constant } => {
                write!(f, "the relation has the Lipschitz constant {constant} that it declares")
            }
            Self::Regularity => f.write_str("the relation is as regular as it declares"),
            Self::Eigenpairs { nodes } => {
                write!(f, "singular functions are those of the relation on {nodes} nodes")
            }
            Self::Supremum { of, points } => {
                write!(f, "the supremum of {of} is the maximum over {points} points")
            }
            Self::FourierNorms { uncertainty } => {
                write!(f, "norms of the Fourier transform are right within {:.1e}", uncertainty)
            }
            Self::Ridges => f.write_str("the relation is the sum of ridge functions that it declares"),
            Self::Enclosure => {
                f.write_str("the relation lies in its enclosure everywhere, which was compared at points")
            }
            Self::TensorFactors => {
                f.write_str("the relation is the product of its factors, which was compared at points")
            }
            Self::Tail { bound } => {
                write!(f, "the expansion is within {bound} of the relation, as was given")
            }
            Self::Spectrum => f.write_str("the relation has the spectrum that it declares"),
            Self::Symmetry => f.write_str("the relation is symmetric or antisymmetric, as it declares"),
            Self::Continued => {
                f.write_str("the relation is continued to a box around its domain (McShane 1934)")
            }
        }
    }
}
