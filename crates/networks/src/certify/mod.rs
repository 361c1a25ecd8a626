//! Certificates: numbers that provably bound `sup |r - <phi, psi>|` over a compact domain.
//!
//! [`certify`] does branch and bound over pairs of cells, one of each encoder's space, up to
//! [`MAX_AXES`](relata_relations::MAX_AXES) parameters in all. On a pair the error is the
//! multilinear interpolation of its values at the corners plus what relation and encoders bend in
//! between ([`Enclosure`](relata_relations::Enclosure)); values, curvatures and kinks are intervals
//! that are rounded outwards, and sums of products come with a-priori bounds of their rounding
//! (Higham 2002, ch. 3). So the bound holds for the real-valued function that the f64 weights
//! define, and for its evaluation in f64 as well.
//!
//! [`certify_factors`] is for more dimensions: each factor's error against an [`Expansion`] is
//! bounded in its own space, and the inner product adds them up ([`compose`]).

mod activations;
mod branch;
mod compose;
mod encode;
mod expansion;
mod factors;
mod find;
mod grid;
mod pair;
pub(crate) mod rounding;
mod side;
mod square;
mod start;
mod sup;
mod wires;

pub use compose::{FactorErrors, compose};
pub use expansion::{Expansion, FeatureMap};
pub use factors::certify_factors;
pub use square::{L2Certificate, certify_l2};

use crate::mlp::Mlp;
use crate::relation_net::RelationNet;
use branch::{Search, Target};
use relata_relations::{MAX_AXES, PointsError, Regularity, Relation, RelationError, Space};
use side::Side;
use thiserror::Error;

/// A certified sup norm.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    upper: f64,
    lower: f64,
    witness: (Vec<f64>, Vec<f64>),
    method: Method,
    pairs: usize,
}

/// How a bound was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Branch and bound over pairs of cells.
    BranchAndBound,
    /// Errors of the factors, each in its own space, added up.
    Composition,
}

impl Certificate {
    pub(crate) fn new(
        upper: f64,
        lower: f64,
        witness: (Vec<f64>, Vec<f64>),
        method: Method,
        pairs: usize,
    ) -> Self {
        Self { upper, lower, witness, method, pairs }
    }

    /// The certificate of a network that differs by at most `change` everywhere.
    pub(crate) fn loosened(&self, change: f64) -> Self {
        Self { upper: self.upper + change, lower: (self.lower - change).max(0.0), ..self.clone() }
    }

    /// `sup |r - <phi, psi>|` is at most this.
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

    /// `upper / lower`, at least 1; infinite if no error was found.
    #[must_use]
    pub fn looseness(&self) -> f64 {
        self.upper / self.lower
    }

    /// Where the largest error was found: `x` and `y`; empty if none was.
    #[must_use]
    pub fn witness(&self) -> (&[f64], &[f64]) {
        (&self.witness.0, &self.witness.1)
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
}

/// When branch and bound stops.
#[derive(Clone, Debug, PartialEq)]
pub struct CertifyParams {
    /// The upper bound shall be within this part of the lower one.
    pub tolerance: f64,
    /// Stop as soon as the upper bound is at most this, or the lower bound above it.
    pub goal: Option<f64>,
    /// Bound at most about this many pairs of cells; the certificate is loose if they do not
    /// suffice.
    pub most_pairs: usize,
    /// Cells of each axis to start from, at least; kinks of a first ReLU layer in one dimension are
    /// cut at as well.
    pub cells: usize,
}

impl Default for CertifyParams {
    fn default() -> Self {
        Self { tolerance: 0.02, goal: None, most_pairs: 20_000_000, cells: 16 }
    }
}

/// Why nothing could be certified.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CertifyError {
    /// No chart: an unbounded space, or a finite one.
    #[error(
        "{space} has no compact chart, so that no sup norm over it can be certified; restrict the relation to a compact part, or measure an L2 error"
    )]
    NoChart {
        /// The space.
        space: String,
    },
    /// Too many dimensions for branch and bound.
    #[error(
        "the spaces have {found} dimensions in all, branch and bound is for at most {MAX_AXES}; bound each factor in its own space and compose them with `certify_factors`, or measure the error on points"
    )]
    TooManyDimensions {
        /// Dimensions in all.
        found: usize,
    },
    /// Too many dimensions on one side for the composition of factors.
    #[error(
        "{space} has {found} dimensions, a factor is bounded in at most {MAX_AXES}; measure the error on points (`relata_relations::measure`), or, for a tensor product, certify \
         each of its factors"
    )]
    FactorDimensions {
        /// The space.
        space: String,
        /// Its dimension.
        found: usize,
    },
    /// An expansion with another number of features than the network.
    #[error("the encoder of {side} has {network} features, those of the expansion are {expansion}")]
    Features {
        /// `x` or `y`.
        side: &'static str,
        /// Features of the network.
        network: usize,
        /// Features of the expansion.
        expansion: usize,
    },
    /// An expansion of a kernel for what is no kernel.
    #[error(
        "columns expand a positive semidefinite kernel for a network with one encoder; {relation} or its network is none: give features and a tail bound with `Expansion::new`"
    )]
    NotKernel {
        /// The relation.
        relation: String,
    },
    /// Nothing is known on boxes.
    #[error("{relation} has no enclosure; declare one with `with_enclosure`")]
    NoEnclosure {
        /// The relation.
        relation: String,
    },
    /// A matrix iteration did not converge.
    #[error("the {what} did not converge")]
    Iteration {
        /// Of what.
        what: &'static str,
    },
    /// Neither an enclosure nor a Lipschitz constant.
    #[error(
        "{relation} has neither an enclosure nor a Lipschitz constant; declare one with `with_enclosure` or `with_lipschitz`"
    )]
    NoBounds {
        /// The relation.
        relation: String,
    },
    /// A discontinuous relation.
    #[error("{relation} jumps by {size}: no continuous function is closer than {} in sup norm", size / 2.0)]
    Jump {
        /// The relation.
        relation: String,
        /// Its largest jump.
        size: f64,
    },
    /// The network does not fit the spaces.
    #[error("the encoder of {side} takes {inputs} inputs, the points of {space} have {dim} coordinates")]
    Inputs {
        /// `x` or `y`.
        side: &'static str,
        /// Inputs of the encoder.
        inputs: usize,
        /// The space.
        space: String,
        /// Its dimension.
        dim: usize,
    },
    /// A parameter out of its range.
    #[error("{parameter} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A chart led to no points.
    #[error(transparent)]
    Points(#[from] PointsError),
}

/// Certifies `sup |r - <phi, psi>|` by branch and bound.
///
/// ```
/// use relata_networks::{Activation, CertifyParams, MlpConfig, RelationNet, certify};
/// use relata_relations::{Seed, catalogue::relation};
/// let config = MlpConfig::new(1, 2).with_width(8).with_depth(1).with_activation(Activation::Tanh);
/// let net = RelationNet::asymmetric(config.init(Seed(0), "phi")?, config.init(Seed(0), "psi")?)?;
/// let certificate = certify(&relation("tanh")?, &net, &CertifyParams::default())?;
/// assert!(certificate.lower() <= certificate.upper() && certificate.looseness() < 1.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CertifyError`]
pub fn certify(
    r: &dyn Relation,
    net: &RelationNet,
    params: &CertifyParams,
) -> Result<Certificate, CertifyError> {
    if let Regularity::Jump { size } = r.regularity() {
        return Err(CertifyError::Jump { relation: r.name(), size });
    }
    let [mut x, mut y] = sides(r, net, params)?;
    let target = Target::new(r, [&x, &y])?;
    let found = Search::new(target, &mut x, &mut y).run(params)?;
    Ok(Certificate::new(found.upper, found.lower, found.at, Method::BranchAndBound, found.pairs))
}

/// Both encoders on the cells from which a search starts.
fn sides<'a>(
    r: &'a dyn Relation,
    net: &'a RelationNet,
    params: &CertifyParams,
) -> Result<[Side<'a>; 2], CertifyError> {
    check_parameters(params)?;
    let (x, y) = r.spaces();
    check_space("x", x, net.phi_net())?;
    check_space("y", y, net.psi_net())?;
    let found = x.axes() + y.axes();
    if found > MAX_AXES {
        return Err(CertifyError::TooManyDimensions { found });
    }
    let signs = match net {
        RelationNet::Indefinite(_, s) => Some(s.as_slice()),
        _ => None,
    };
    let (phi, psi) = (net.phi_net(), net.psi_net());
    let (of_x, of_y) = (grid::grid(x, phi, params.cells)?, grid::grid(y, psi, params.cells)?);
    Ok([Side::new(x, phi, None, 0, &of_x), Side::new(y, psi, signs, x.axes(), &of_y)])
}

fn check_parameters(params: &CertifyParams) -> Result<(), CertifyError> {
    for (parameter, value) in [("tolerance", params.tolerance), ("cells", params.cells as f64)] {
        if !(value > 0.0 && value.is_finite()) {
            let expected = "positive and finite";
            return Err(CertifyError::Parameter { parameter, value: value.to_string(), expected });
        }
    }
    Ok(())
}

/// A side has a compact chart, and its encoder takes its points.
fn check_space(side: &'static str, space: &dyn Space, mlp: &Mlp) -> Result<(), CertifyError> {
    if space.parameters().is_none() {
        return Err(CertifyError::NoChart { space: space.name() });
    }
    if space.dim() != mlp.inputs() {
        let (space, dim) = (space.name(), space.dim());
        return Err(CertifyError::Inputs { side, inputs: mlp.inputs(), space, dim });
    }
    Ok(())
}
