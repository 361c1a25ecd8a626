//! What is asked of a fit, checked before anything is computed, and how its parts are put together.

use super::FitError;
use super::nodes::OnNodes;
use super::params::{Checked, FitParams};
use super::projected::MAX_DERIVATIVES;
use super::start::Shape;
use crate::mlp::Mlp;
use crate::relation_net::RelationNet;
use relata_kernels::Encoders;
use relata_relations::{Quadrature, Relation};

/// # Errors
/// [`FitError::Rank`], [`FitError::Width`], [`FitError::MoreNeuronsThanNodes`],
/// [`FitError::TooLarge`].
pub(super) fn check(
    r: &dyn Relation,
    on: &OnNodes,
    q: [&Quadrature; 2],
    rank: usize,
    params: &Checked,
) -> Result<(), FitError> {
    let FitParams { width, depth, .. } = **params;
    let nodes = on.nodes(0).min(on.nodes(1));
    if rank == 0 || rank > on.most {
        let (relation, most) = (r.name(), on.most);
        return Err(FitError::Rank { relation, rank, most, nodes, encoders: on.encoders });
    }
    if rank > width + 1 {
        return Err(FitError::Width { rank, width });
    }
    for (side, name) in ["x", "y"].into_iter().enumerate() {
        let nodes = on.nodes(side);
        if width + 1 >= nodes {
            return Err(FitError::MoreNeuronsThanNodes { side: name, neurons: width, nodes });
        }
        let weights = (depth - 1) * (width + 1) * width + width * (q[side].nodes().dim() + 1);
        let numbers = nodes * rank * weights;
        if depth > 1 && numbers > MAX_DERIVATIVES {
            return Err(FitError::TooLarge { depth, width, nodes, numbers, most: MAX_DERIVATIVES });
        }
    }
    Ok(())
}

/// The layers of one encoder.
pub(super) fn shape(r: &dyn Relation, side: usize, rank: usize, params: &Checked) -> Shape {
    let (x, y) = r.spaces();
    let axes = if side == 0 { x.axes() } else { y.axes() };
    let FitParams { width, depth, activation, .. } = **params;
    Shape { width, depth, activation, axes, functions: rank }
}

/// The inner product of one or two encoders; the signs of an indefinite form are solved later.
pub(super) fn encoders_of(encoders: Encoders, mut mlps: Vec<Mlp>) -> Result<RelationNet, FitError> {
    let psi = mlps.pop();
    let phi = mlps.pop();
    Ok(match (encoders, phi, psi) {
        (Encoders::Separate, Some(phi), Some(psi)) => RelationNet::asymmetric(phi, psi)?,
        (Encoders::Indefinite, _, Some(phi)) => {
            let signs = vec![1.0; phi.outputs()];
            RelationNet::indefinite(phi, signs)?
        }
        (_, _, Some(phi)) => RelationNet::symmetric(phi),
        (_, _, None) => return Err(FitError::NoConvergence("search for encoders")),
    })
}
