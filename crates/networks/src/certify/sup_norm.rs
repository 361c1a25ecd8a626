//! Certified sup norms by branch and bound over pairs of cells.

use super::CertifyError;
use super::branch::Search;
use super::certificate::{Certificate, Claim, Method};
use super::find::{Found, find};
use super::grid;
use super::params::{CertifyParams, Checked};
use super::side::Side;
use super::target::Target;
use super::units::Units;
use crate::mlp::Mlp;
use crate::relation_net::RelationNet;
use relata_kernels::cost::ErrorNorm;
use relata_relations::{MAX_AXES, Regularity, Relation, Space};

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
/// The certificate rests on the relation's enclosure (or, where it has none, on its Lipschitz
/// constant), which is compared with the relation at some 150 000 pairs of points and from the
/// worst of them on; an error above the bound there is refused as a contradiction.
///
/// Time: each pair of cells takes as many operations as the network has outputs, each cell as many
/// as the network has weights; `params.most_pairs` bounds both.
///
/// # Errors
/// [`CertifyError`]: no chart, no bounds, a jump, too many dimensions, parameters out of range, a
/// relation or network without finite values, or a false declaration.
pub fn certify(
    r: &dyn Relation,
    net: &RelationNet,
    params: &CertifyParams,
) -> Result<Certificate, CertifyError> {
    let params = params.checked()?;
    no_jump(r)?;
    let mut start = Start::new(r, net, params)?;
    let (back, goal) = (start.units.back(), params.goal().map(|g| start.units.relation.size_of(g)));
    let lower = start.units.relation.down(start.found.certain);
    let [x, y] = &mut start.sides;
    let search = Search::new(start.target, x, y, lower);
    let unchecked = search.target.rests_on();
    let done = search.run(params, goal)?;
    let found = start.found.or_else(back.down(done.lower), done.at);
    let claim = Claim {
        upper: back.up(done.upper),
        norm: ErrorNorm::Sup,
        method: Method::BranchAndBound,
        pairs: done.pairs,
        unchecked,
    };
    Certificate::new(r, claim, &found)
}

/// What a search over pairs of cells starts from.
pub(super) struct Start<'a> {
    pub(super) target: Target<'a>,
    /// Both encoders on their initial cells.
    pub(super) sides: [Side<'a>; 2],
    pub(super) units: Units,
    /// The largest error that was found at points.
    pub(super) found: Found,
}

impl<'a> Start<'a> {
    pub(super) fn new(
        r: &'a dyn Relation,
        net: &'a RelationNet,
        params: Checked,
    ) -> Result<Self, CertifyError> {
        let (x, y) = r.spaces();
        check_space("x", x, net.phi_net())?;
        check_space("y", y, net.psi_net())?;
        let dimensions = x.axes() + y.axes();
        if dimensions > MAX_AXES {
            return Err(CertifyError::TooManyDimensions { found: dimensions });
        }
        let found = find(r, net)?;
        let units = Units::of(net, &found.sizes);
        let (phi, psi) = (net.phi_net(), net.psi_net());
        let (of_x, of_y) = (grid::grid(x, phi, params.cells())?, grid::grid(y, psi, params.cells())?);
        let sides = [Side::new(x, phi, &units.phi, 0, &of_x), Side::new(y, psi, &units.psi, x.axes(), &of_y)];
        let target = Target::new(r, [&sides[0], &sides[1]], (units.relation, found.sizes.relation))?;
        Ok(Self { target, sides, units, found })
    }
}

/// # Errors
/// [`CertifyError::Jump`] if the relation declares one: no sup norm is small.
pub(super) fn no_jump(r: &dyn Relation) -> Result<(), CertifyError> {
    match r.regularity() {
        Regularity::Jump { size } => Err(CertifyError::Jump { relation: r.name(), size }),
        Regularity::Smooth | Regularity::Kink | Regularity::Unknown => Ok(()),
    }
}

/// A side has a compact chart, and its encoder takes its points.
pub(super) fn check_space(side: &'static str, space: &dyn Space, mlp: &Mlp) -> Result<(), CertifyError> {
    if space.parameters().is_none() {
        return Err(CertifyError::NoChart { space: space.name() });
    }
    if space.dim() != mlp.inputs() {
        let (space, dim) = (space.name(), space.dim());
        return Err(CertifyError::Inputs { side, inputs: mlp.inputs(), space, dim });
    }
    Ok(())
}
