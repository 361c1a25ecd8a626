//! What a bound says: counts, and where the error goes.

use super::choice::{BoundRoute, ErrorNorm, Units};
use super::error::BoundError;
use super::hypothesis::{Hypothesis, declared};
use super::params::BoundParams;
use crate::encoders::Encoders;
use relata_relations::{Fact, Relation};

/// A network that is certain to be large enough: what the construction of a proof uses, and where
/// its error goes.
///
/// Counts are `u128` and saturate: coverings of eight dimensions need more neurons than there are
/// memory cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Which construction.
    pub route: BoundRoute,
    /// One encoder or two.
    pub encoders: Encoders,
    /// In which norm the error is at most `eps`.
    pub norm: ErrorNorm,
    /// The hidden units.
    pub units: Units,
    /// The error asked for, absolute.
    pub eps: f64,
    /// Rank of the inner product.
    pub rank: u128,
    /// Hidden units of the widest layer of the encoders of `x` and of `y` (of the one encoder
    /// twice, where it is shared).
    pub widths: [u128; 2],
    /// Hidden layers.
    pub depth: usize,
    /// Hidden units in all, of the one encoder or of both.
    pub neurons: u128,
    /// Weights and biases in all, those that are 0 included only within the layers that the
    /// construction has.
    pub weights: u128,
    /// Where the error goes; the terms add up to at most `eps`.
    pub budget: Vec<BudgetTerm>,
    /// What the counts were computed from.
    pub constants: Vec<Constant>,
    /// Hypotheses of the theorem that were not checked, or only on finitely many points.
    pub unchecked: Vec<Hypothesis>,
}

/// A part of the error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetTerm {
    /// What it is.
    pub name: &'static str,
    /// Its bound.
    pub value: f64,
}

/// A number that a count depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    /// What it is.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

impl Bound {
    /// A bound without counts. One encoder makes `<phi, phi>`, which is positive semidefinite, so
    /// that the relation has to be.
    pub(super) fn empty(
        (r, eps, params): (&dyn Relation, f64, &BoundParams),
        encoders: Encoders,
        route: BoundRoute,
    ) -> Self {
        let unchecked = match encoders {
            Encoders::Shared => declared(r, &[Fact::Definiteness]),
            Encoders::Separate | Encoders::Indefinite => Vec::new(),
        };
        Self {
            route,
            encoders,
            norm: params.norm,
            units: params.units,
            eps,
            rank: 0,
            widths: [0; 2],
            depth: 1,
            neurons: 0,
            weights: 0,
            budget: Vec::new(),
            constants: Vec::new(),
            unchecked,
        }
    }

    /// The sum of the terms of the budget: at most `eps`, up to `1e-12` of it by rounding (of
    /// counts that come out whole).
    #[must_use]
    pub fn budgeted(&self) -> f64 {
        self.budget.iter().map(|t| t.value).sum()
    }

    /// The constant of that name, if the counts depend on it.
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<f64> {
        self.constants.iter().find(|c| c.name == name).map(|c| c.value)
    }
}

/// A route: the bound of one construction for a relation and an error.
type Route = fn(&dyn Relation, f64, &BoundParams) -> Result<Bound, BoundError>;

/// The cheapest of the routes that apply, by neurons and then by rank.
///
/// # Errors
/// That of the first route, if none applies.
pub(super) fn cheapest(
    (r, eps, params): (&dyn Relation, f64, &BoundParams),
    routes: &[Route],
) -> Result<Bound, BoundError> {
    let mut first = None;
    let mut best: Option<Bound> = None;
    for route in routes {
        match route(r, eps, params) {
            Ok(b) if best.as_ref().is_none_or(|best| (b.neurons, b.rank) < (best.neurons, best.rank)) => {
                best = Some(b);
            }
            Ok(_) => {}
            Err(e) => first = first.or(Some(e)),
        }
    }
    best.ok_or_else(|| first.unwrap_or_else(|| BoundError::NoModulus(r.name())))
}

pub(super) fn term(name: &'static str, value: f64) -> BudgetTerm {
    BudgetTerm { name, value }
}

pub(super) fn constant(name: &'static str, value: f64) -> Constant {
    Constant { name, value }
}
