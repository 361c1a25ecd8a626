//! What a bound or a certificate rests on without proof.

use relata_relations::{Fact, Relation, Unproved, unproved};
use std::fmt;

/// A hypothesis that a bound rests on and that was not proved.
#[derive(Clone, Debug, PartialEq)]
pub enum Hypothesis {
    /// A fact that the relation declares, and how far the declaration was compared with its values.
    /// What a relation of the catalogue knows by a theorem is not listed.
    Declared(Unproved),
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
    /// The relation is continued from its domain to a box around it with the same Lipschitz
    /// constant (McShane 1934).
    Continued,
}

/// Those of the facts that the relation declares and that are not proved.
pub(super) fn declared(r: &dyn Relation, facts: &[Fact]) -> Vec<Hypothesis> {
    unproved(r, facts).into_iter().map(Hypothesis::Declared).collect()
}

impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(fact) => write!(f, "what the relation declares: {fact}"),
            Self::Eigenpairs { nodes } => {
                write!(f, "singular functions are those of the relation on {nodes} nodes")
            }
            Self::Supremum { of, points } => {
                write!(f, "the supremum of {of} is the maximum over {points} points")
            }
            Self::FourierNorms { uncertainty } => {
                write!(f, "norms of the Fourier transform are right within {uncertainty:.1e}")
            }
            Self::Continued => {
                f.write_str("the relation is continued to a box around its domain (McShane 1934)")
            }
        }
    }
}
