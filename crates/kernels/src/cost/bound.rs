//! What a bound says, and what it is asked for.

use super::error::BoundError;
use super::fourier::FourierNorms;
use crate::encoders::Encoders;
use relata_relations::Relation;
use std::fmt;
use std::num::NonZeroUsize;

/// A network that is certain to be large enough: what the construction of a proof uses, and where
/// its error goes.
///
/// Counts are `u128` and saturate: coverings of eight dimensions need more neurons than there are
/// memory cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Which construction.
    pub route: Route,
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

/// The construction behind a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// Mercer features, truncated, interpolated by splines on a grid.
    MercerSplines,
    /// The values on a grid, interpolated by hats in both arguments: a partition of unity.
    Covering,
    /// Features that the relation knows, sums of functions of one number, by splines.
    RidgeSplines,
    /// Mercer features, truncated, each a mixture of few ridge functions.
    MercerBarron,
    /// Schmidt features, truncated, interpolated by splines on a grid.
    SchmidtSplines,
    /// Waves drawn from the Fourier transform of the relation.
    FourierMaurey,
    /// Schmidt features, truncated, each a mixture of few ridge functions.
    SchmidtBarron,
}

/// The norm of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorNorm {
    /// The largest error of any pair.
    Sup,
    /// In `L2(mu x nu)`.
    L2,
}

/// Hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Units {
    /// `max(t, 0)`.
    Relu,
    /// `t P(N <= t)`: at large slopes a rectifier, to within `0.17 / slope`, so that its counts are
    /// those of the rectifier.
    Gelu,
    /// `tanh t`: at large slopes a step.
    Tanh,
    /// `sin t`: waves are exact.
    Sine,
}

/// Whether the features of one encoder share their hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HiddenLayers {
    /// All features are read from one hidden layer.
    Shared,
    /// Every feature has hidden units of its own.
    Separate,
}

/// What a bound is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundParams {
    /// The norm of the error.
    pub norm: ErrorNorm,
    /// The hidden units.
    pub units: Units,
    /// Whether features share hidden units.
    pub hidden: HiddenLayers,
    /// The share of `eps` that truncation may use, between 0 and 1.
    pub truncation_share: f64,
    /// Nodes of a rule on each space, in all, where eigenpairs are computed.
    pub nodes: NonZeroUsize,
    /// Points at which suprema are taken, in all.
    pub grid: NonZeroUsize,
    /// Norms of the Fourier transform, where they are known and [`super::fourier_norms`] does not
    /// know them.
    pub fourier: Option<FourierNorms>,
}

impl Default for BoundParams {
    fn default() -> Self {
        const NODES: NonZeroUsize = NonZeroUsize::new(480).unwrap();
        const GRID: NonZeroUsize = NonZeroUsize::new(2000).unwrap();
        Self {
            norm: ErrorNorm::Sup,
            units: Units::Relu,
            hidden: HiddenLayers::Shared,
            truncation_share: 0.5,
            nodes: NODES,
            grid: GRID,
            fourier: None,
        }
    }
}

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
    /// The relation is continued from its domain to a box around it with the same Lipschitz
    /// constant (McShane 1934).
    Continued,
}

impl Bound {
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

/// The cheapest of the routes that apply, by neurons and then rank.
///
/// # Errors
/// That of the first route, if none applies.
pub(super) fn cheapest(
    r: &dyn Relation,
    routes: impl IntoIterator<Item = Result<Bound, BoundError>>,
) -> Result<Bound, BoundError> {
    let mut first = None;
    let mut best: Option<Bound> = None;
    for route in routes {
        match route {
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

/// `ceil(x)` as a count, saturating; a relative excess of `1e-12` over a whole number is rounding.
pub(super) fn ceil(x: f64) -> u128 {
    let whole = (x * (1.0 - 1e-12)).ceil().max(0.0);
    if whole >= 3.4e38 { u128::MAX } else { whole as u128 }
}

/// Weights of `hidden layers of these widths, then a head`, for one encoder.
pub(super) fn layered(inputs: usize, widths: &[u128], outputs: u128) -> u128 {
    let mut before = inputs as u128;
    let mut sum = 0u128;
    for width in widths.iter().chain([&outputs]) {
        sum = sum.saturating_add(before.saturating_add(1).saturating_mul(*width));
        before = *width;
    }
    sum
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MercerSplines => "mercer-splines",
            Self::Covering => "covering",
            Self::RidgeSplines => "ridge-splines",
            Self::MercerBarron => "mercer-barron",
            Self::SchmidtSplines => "schmidt-splines",
            Self::FourierMaurey => "fourier-maurey",
            Self::SchmidtBarron => "schmidt-barron",
        })
    }
}

impl fmt::Display for ErrorNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sup => "sup",
            Self::L2 => "L2",
        })
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "relu",
            Self::Gelu => "gelu",
            Self::Tanh => "tanh",
            Self::Sine => "sine",
        })
    }
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
            Self::Tail { bound } => write!(f, "the expansion is within {bound} of the relation, as was given"),
            Self::Continued => {
                f.write_str("the relation is continued to a box around its domain (McShane 1934)")
            }
        }
    }
}
