//! Several relations as one inner-product network.

use relata_networks::{Affine, Block, Mlp, NetworkError, RelationNet};
use relata_relations::faer::Mat;
use relata_relations::{Factors, Points};
use std::ops::Range;
use thiserror::Error;

/// Why networks cannot stand side by side.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SeveralError {
    /// No network.
    #[error("there is no network; at least 1 is needed")]
    None,
    /// A network of another class, depth, activation or number of inputs than the first.
    #[error("network {index} has {what} than the first; all must agree")]
    Different {
        /// Its place in the list.
        index: usize,
        /// What it has.
        what: &'static str,
    },
    /// Layers that do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// A relation with values in `R^k`, `r = (r_1, .., r_k)`, as one inner-product network: network `i`
/// has the coordinates [`Self::block`]`(i)` of both feature maps to itself, and `r_i` is the inner
/// product over them. What a [`RelationTensor`](crate::RelationTensor) is on a device, for ranks that
/// need not be equal.
///
/// **One network for all loses nothing** (as used, without constants, in arXiv:2402.08856 and
/// arXiv:2304.00195; here by construction). If network `i` is within `eps` of `r_i` everywhere, the
/// union is within `eps` of `r` in the largest coordinate; it takes the neurons of all, and where all
/// have the same hidden layers, those of one: heads on a trunk. So what bounds the neurons of one
/// relation bounds those of `k` relations `k` times over.
#[derive(Clone, Debug, PartialEq)]
pub struct Several {
    net: RelationNet,
    blocks: Vec<Range<usize>>,
}

impl Several {
    /// Networks side by side. Hidden layers that are the same in all are there once.
    ///
    /// ```
    /// use relata_networks::{MlpConfig, RelationNet};
    /// use relata_relations::Seed;
    /// use relata_systems::Several;
    /// let net = |seed| -> Result<_, Box<dyn std::error::Error>> {
    ///     Ok(RelationNet::symmetric(MlpConfig::new(2, 3).with_width(8).init(Seed(seed), "phi")?))
    /// };
    /// let union = Several::of(&[net(0)?, net(1)?])?;
    /// assert_eq!(union.net().neurons(), net(0)?.neurons() + net(1)?.neurons());
    /// assert_eq!(union.block(1), 3..6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SeveralError`] unless there is a network and all have the inputs, the class, the depth, the
    /// activations and the skips of the first.
    pub fn of(nets: &[RelationNet]) -> Result<Self, SeveralError> {
        let first = nets.first().ok_or(SeveralError::None)?;
        if let Some(index) = nets.iter().position(|n| n.encoders() != first.encoders()) {
            return Err(SeveralError::Different { index, what: "other encoders" });
        }
        let phi = beside(&nets.iter().map(RelationNet::phi_net).collect::<Vec<_>>())?;
        let net = match first {
            RelationNet::Symmetric(_) => RelationNet::symmetric(phi),
            RelationNet::Asymmetric(..) => {
                let psi = beside(&nets.iter().map(RelationNet::psi_net).collect::<Vec<_>>())?;
                RelationNet::asymmetric(phi, psi)?
            }
            RelationNet::Indefinite(..) => {
                let signs = nets.iter().flat_map(|n| match n {
                    RelationNet::Indefinite(_, signs) => signs.clone(),
                    _ => Vec::new(),
                });
                RelationNet::indefinite(phi, signs.collect())?
            }
        };
        let mut start = 0;
        let blocks = nets.iter().map(|n| {
            start += n.rank();
            start - n.rank()..start
        });
        Ok(Self { net, blocks: blocks.collect() })
    }

    /// The network whose coordinates belong to the relations.
    #[must_use]
    pub fn net(&self) -> &RelationNet {
        &self.net
    }

    /// The coordinates of relation `k`, counted from 0; none for a relation that there is not.
    #[must_use]
    pub fn block(&self, k: usize) -> Range<usize> {
        self.blocks.get(k).cloned().unwrap_or(0..0)
    }

    /// The number of relations.
    #[must_use]
    pub fn relations(&self) -> usize {
        self.blocks.len()
    }

    /// The values of every relation. Shape: for each of them `n x m`.
    #[must_use]
    pub fn evaluate(&self, x: &Points, y: &Points) -> Vec<Mat<f64>> {
        let (phi, psi) = (self.net.phi(x), self.net.psi(y));
        let part =
            |b: &Range<usize>| phi.subcols(b.start, b.len()) * psi.subcols(b.start, b.len()).transpose();
        self.blocks.iter().map(part).collect()
    }
}

/// Perceptrons of the same input side by side, outputs in the order of the list.
fn beside(nets: &[&Mlp]) -> Result<Mlp, SeveralError> {
    let first = nets[0];
    for (index, net) in nets.iter().enumerate() {
        let alike = |a: &Block, b: &Block| a.activation == b.activation && a.skip == b.skip;
        let what = if net.inputs() != first.inputs() {
            "another number of inputs"
        } else if net.blocks().len() != first.blocks().len() {
            "another number of hidden layers"
        } else if !net.blocks().iter().zip(first.blocks()).all(|(a, b)| alike(a, b)) {
            "other activations or skips"
        } else {
            continue;
        };
        return Err(SeveralError::Different { index, what });
    }
    let heads: Vec<&Affine> = nets.iter().map(|n| n.head()).collect();
    if nets.iter().all(|n| n.blocks() == first.blocks()) {
        return Ok(Mlp::new(first.blocks().to_vec(), joined(&heads, Inputs::Shared))?);
    }
    let layer = |l: usize| {
        let affines: Vec<&Affine> = nets.iter().map(|n| &n.blocks()[l].affine).collect();
        let inputs = if l == 0 { Inputs::Shared } else { Inputs::Own };
        Block { affine: joined(&affines, inputs), ..first.blocks()[l].clone() }
    };
    let blocks: Vec<Block> = (0..first.blocks().len()).map(layer).collect();
    Ok(Mlp::new(blocks, joined(&heads, Inputs::Own))?)
}

/// What maps that stand side by side are given.
#[derive(Clone, Copy, PartialEq)]
enum Inputs {
    /// All the same.
    Shared,
    /// Each its own, one after the other.
    Own,
}

fn joined(maps: &[&Affine], inputs: Inputs) -> Affine {
    let outputs = maps.iter().map(|m| m.outputs()).sum();
    let rows = match inputs {
        Inputs::Shared => maps[0].inputs(),
        Inputs::Own => maps.iter().map(|m| m.inputs()).sum(),
    };
    let mut weight = Mat::zeros(rows, outputs);
    let (mut row, mut column) = (0, 0);
    for m in maps {
        let (n, d) = (m.inputs(), m.outputs());
        weight.submatrix_mut(row, column, n, d).copy_from(m.weight());
        column += d;
        row += if inputs == Inputs::Own { n } else { 0 };
    }
    Affine::new(weight, maps.iter().flat_map(|m| m.bias().to_vec()).collect())
}
