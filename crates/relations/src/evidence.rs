//! How what is known of a relation is known.
//!
//! Certificates rest on facts: that a relation is symmetric, that its enclosure encloses. A
//! constructor of the catalogue and a combinator give theorems; a user declares, and what a
//! declaration can be held against is stated here, so that whoever rests on a fact can say how much
//! of it was proved ([`unproved`]).

use crate::relation::Relation;
use std::fmt;

/// A fact about a relation that theorems rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// [`Relation::symmetry`].
    Symmetry,
    /// [`Relation::definiteness`].
    Definiteness,
    /// [`Relation::regularity`].
    Regularity,
    /// [`Relation::lipschitz`].
    Lipschitz,
    /// [`Relation::enclose`].
    Enclosure,
    /// [`Relation::ridges`].
    Ridges,
    /// [`Relation::spectrum`].
    Spectrum,
}

/// How a fact is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// It follows from the formula, by a theorem that the constructor or combinator cites.
    Theorem,
    /// The values violate it by at most `within` anywhere, by enclosures of the whole domain.
    Enclosed {
        /// The largest violation possible, in the unit of the values.
        within: f64,
    },
    /// It was declared, and held at so many points, pairs of points or boxes.
    Compared {
        /// How many.
        points: usize,
    },
    /// It was declared, and there was nothing to hold it against.
    Believed,
}

/// A fact that a result rests on and that is not proved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unproved {
    /// Which fact.
    pub fact: Fact,
    /// What speaks for it.
    pub evidence: Evidence,
}

/// Those of the facts that are not proved of a relation, in that order: for certificates to print.
///
/// ```
/// use relata_relations::{Fact, Interval, catalogue::brownian, relation_fn, unproved};
/// let own = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].min(y[0])).positive_semidefinite()?;
/// let open = unproved(&own, &[Fact::Symmetry, Fact::Definiteness]);
/// assert_eq!(open.len(), 2);
/// assert!(open[1].to_string().starts_with("definiteness: held at"));
/// assert!(unproved(&brownian(), &[Fact::Symmetry, Fact::Definiteness]).is_empty());
/// # Ok::<(), relata_relations::RelationError>(())
/// ```
#[must_use]
pub fn unproved(r: &dyn Relation, facts: &[Fact]) -> Vec<Unproved> {
    let each = facts.iter().map(|&fact| Unproved { fact, evidence: r.evidence(fact) });
    each.filter(|u| !u.evidence.is_proof()).collect()
}

impl Evidence {
    /// Whether nothing is left to be believed.
    #[must_use]
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Theorem) || self == Self::Enclosed { within: 0.0 }
    }

    /// What is left of both: a conclusion from two facts is as good as the worse.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        use Evidence::{Believed, Compared, Enclosed, Theorem};
        match (self, other) {
            (Theorem, e) | (e, Theorem) => e,
            (Enclosed { within: a }, Enclosed { within: b }) => Enclosed { within: a + b },
            (Compared { points: a }, Compared { points: b }) => Compared { points: a.min(b) },
            (Believed, _) | (_, Believed) => Believed,
            (Compared { points }, _) | (_, Compared { points }) => Compared { points },
        }
    }
}

/// The evidence for each fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EvidenceTable([Evidence; Self::LEN]);

impl EvidenceTable {
    const LEN: usize = Fact::Spectrum as usize + 1;

    /// Theorems all, or nothing that is claimed.
    pub(crate) const THEOREMS: Self = Self([Evidence::Theorem; Self::LEN]);

    pub(crate) fn of(r: &dyn Relation) -> Self {
        use Fact::{Definiteness, Enclosure, Lipschitz, Regularity, Ridges, Spectrum, Symmetry};
        let mut table = Self::THEOREMS;
        for fact in [Symmetry, Definiteness, Regularity, Lipschitz, Enclosure, Ridges, Spectrum] {
            table.set(fact, r.evidence(fact));
        }
        table
    }

    pub(crate) fn get(&self, fact: Fact) -> Evidence {
        self.0[fact as usize]
    }

    pub(crate) fn set(&mut self, fact: Fact, evidence: Evidence) {
        self.0[fact as usize] = evidence;
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let mut both = self;
        both.0.iter_mut().zip(other.0).for_each(|(a, b)| *a = a.and(b));
        both
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Symmetry => "symmetry",
            Self::Definiteness => "definiteness",
            Self::Regularity => "regularity",
            Self::Lipschitz => "Lipschitz constant",
            Self::Enclosure => "enclosure",
            Self::Ridges => "ridge functions",
            Self::Spectrum => "spectrum",
        })
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Theorem => f.write_str("a theorem"),
            Self::Enclosed { within } => write!(f, "holds within {within:.3e} by enclosures"),
            Self::Compared { points } => write!(f, "held at {points} points"),
            Self::Believed => f.write_str("declared and not checked"),
        }
    }
}

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fact, self.evidence)
    }
}
