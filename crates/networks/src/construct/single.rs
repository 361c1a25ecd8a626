//! Weights in single precision.

use super::ConstructError;
use crate::mlp::{Affine, Block, Mlp};
use crate::relation_net::RelationNet;
use faer::Mat;

/// What a weight loses at most when it leaves the normal numbers of f32, where devices may take it
/// for 0.
pub(super) const LOST: f64 = f32::MIN_POSITIVE as f64;

/// A network with its weights rounded to f32, and the first weight that lost digits because it is
/// too small, in the hidden layers and in the heads.
pub(super) struct Rounded {
    pub(super) net: RelationNet,
    pub(super) hidden: Option<ConstructError>,
    pub(super) head: Option<ConstructError>,
}

impl Rounded {
    /// # Errors
    /// [`ConstructError::Single`] for a weight that is too large.
    pub(super) fn of(net: &RelationNet) -> Result<Self, ConstructError> {
        let (mut hidden, mut head) = (None, None);
        let mut encoder = |mlp: &Mlp| -> Result<Mlp, ConstructError> {
            let mut blocks = vec![];
            for (layer, b) in mlp.blocks().iter().enumerate() {
                blocks.push(Block { affine: affine(&b.affine, layer, &mut hidden)?, ..b.clone() });
            }
            Ok(Mlp::new(blocks, affine(mlp.head(), mlp.blocks().len(), &mut head)?)?)
        };
        let net = match net {
            RelationNet::Symmetric(phi) => RelationNet::symmetric(encoder(phi)?),
            RelationNet::Asymmetric(phi, psi) => RelationNet::asymmetric(encoder(phi)?, encoder(psi)?)?,
            RelationNet::Indefinite(phi, signs) => RelationNet::indefinite(encoder(phi)?, signs.clone())?,
        };
        Ok(Self { net, hidden, head })
    }
}

fn affine(a: &Affine, layer: usize, lossy: &mut Option<ConstructError>) -> Result<Affine, ConstructError> {
    let mut too_large = None;
    let mut round = |v: f64| {
        let w = v as f32;
        let problem = || ConstructError::Single { layer, value: v };
        if w.is_infinite() {
            too_large = too_large.take().or_else(|| Some(problem()));
        } else if v != 0.0 && w.abs() < f32::MIN_POSITIVE {
            *lossy = lossy.take().or_else(|| Some(problem()));
        }
        f64::from(w)
    };
    let w = a.weight();
    let weight = Mat::from_fn(w.nrows(), w.ncols(), |i, j| round(w[(i, j)]));
    let bias = a.bias().iter().map(|b| round(*b)).collect();
    too_large.map_or(Ok(Affine::new(weight, bias)), Err)
}
