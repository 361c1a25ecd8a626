//! Inner products that approximate a utility everywhere, up to query-only terms.

use super::anchor::{anchored, lower_rank_when_anchored};
use super::error::DesignError;
use super::side_by_side::{Placed, beside};
use relata_networks::{Affine, Mlp, RelationNet, construct_low_rank};
use relata_relations::Relation;
use relata_relations::faer::Mat;
use std::sync::Arc;

/// Two perceptrons whose inner product is within `delta` of a utility, up to terms of the query
/// alone.
#[derive(Clone, Debug)]
pub struct Scorer {
    /// The networks.
    pub net: RelationNet,
    /// `|<phi(x), psi(y)> - u(x, y) - c(x)| <= delta` for all `x`, `y`, with some function `c`.
    pub delta: f64,
    /// What `delta` rests on.
    pub source: ScoreSource,
    /// Hidden units that the cost theorem allows for `delta` ([`Budget`](relata_networks::Budget));
    /// the networks have no more.
    pub allowed: usize,
}

/// What a sup error rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScoreSource {
    /// An identity: the error is rounding.
    Exact,
    /// Certificates of constructed networks ([`relata_networks::certify`]).
    Certified,
}

impl ScoreSource {
    /// A word for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Certified => "certified",
        }
    }
}

/// A summand `r(x_i, y_j)` of a utility: it sees one coordinate of the query and one of the key.
#[derive(Clone, Debug)]
pub struct Term {
    coordinates: [usize; 2],
    relation: Arc<dyn Relation>,
}

impl Term {
    /// `relation(x_i, y_j)` for `[i, j] = coordinates`, counted from 0; the relation's spaces have
    /// one coordinate each.
    #[must_use]
    pub fn new(coordinates: [usize; 2], relation: Arc<dyn Relation>) -> Self {
        Self { coordinates, relation }
    }
}

/// `<A x + a, B y + b>`: the scores are the utility. `reach` bounds the magnitude of every
/// coordinate, `delta` is rounding alone.
///
/// ```
/// use relata_attention::design::{ScoreSource, affine_scorer};
/// use relata_networks::Affine;
/// use relata_relations::faer::Mat;
/// // The largest key: 1 * y.
/// let one = Affine::new(Mat::zeros(1, 1), vec![1.0]);
/// let key = Affine::new(Mat::identity(1, 1), vec![0.0]);
/// let scorer = affine_scorer(one, key, 1.0)?;
/// assert!(scorer.delta < 1e-12 && scorer.source == ScoreSource::Exact && scorer.net.neurons() == 0);
/// # Ok::<(), relata_attention::design::DesignError>(())
/// ```
///
/// # Errors
/// [`DesignError::Network`] if the maps have different numbers of outputs or are not finite.
pub fn affine_scorer(phi: Affine, psi: Affine, reach: f64) -> Result<Scorer, DesignError> {
    let net = RelationNet::asymmetric(Mlp::new(Vec::new(), phi)?, Mlp::new(Vec::new(), psi)?)?;
    Ok(Scorer { delta: rounding(&net, reach), net, source: ScoreSource::Exact, allowed: 0 })
}

/// The network that the cost theorem describes ([`construct_low_rank`]) for the utility or, where
/// that lowers the rank, for the utility less its value at one key, which is the same for softmax
/// ([`anchored`](super::anchored)). `delta` is its certificate.
///
/// ```
/// use relata_attention::design::constructed_scorer;
/// use relata_relations::catalogue::negative_squared_distance;
/// use std::sync::Arc;
/// // -(x - y)^2 has rank 3, but 2 x y - y^2 is as good.
/// let scorer = constructed_scorer(Arc::new(negative_squared_distance(1)?), 1e-3)?;
/// assert_eq!(scorer.net.phi_net().outputs(), 2);
/// assert!(scorer.delta <= 1e-3 && scorer.net.neurons() <= scorer.allowed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DesignError::Construct`] says what was missing, such as an enclosure of the utility, or that
/// `delta` is too small.
pub fn constructed_scorer(u: Arc<dyn Relation>, delta: f64) -> Result<Scorer, DesignError> {
    let same = if lower_rank_when_anchored(&u, delta)? { Arc::new(anchored(u)?) } else { u };
    let built = construct_low_rank(same.as_ref(), delta)?;
    let (delta, allowed) = (built.certificate().upper(), built.budget().neurons);
    Ok(Scorer { net: built.into_net(), delta, source: ScoreSource::Certified, allowed })
}

/// A scorer for `sum_t r_t(x_i, y_j)` of queries with `dims[0]` and keys with `dims[1]`
/// coordinates: each term is constructed, the encoders stand side by side, and errors add up. Terms
/// that need nothing of `delta`, because they are piecewise linear, leave their share to the
/// others.
///
/// The rank is at most one more than the hidden units of either side: features are taken from the
/// side that has fewer.
///
/// `reach` bounds the magnitude of every coordinate, for rounding.
///
/// # Errors
/// [`DesignError::Terms`] if there are none or one sees a coordinate that is not there,
/// [`DesignError::Construct`] as [`constructed_scorer`].
pub fn additive_scorer(
    dims: [usize; 2],
    terms: &[Term],
    reach: f64,
    delta: f64,
) -> Result<Scorer, DesignError> {
    if terms.is_empty() || terms.iter().any(|t| t.coordinates[0] >= dims[0] || t.coordinates[1] >= dims[1]) {
        let coordinates = terms.iter().map(|t| t.coordinates).collect();
        return Err(DesignError::Terms { dims, coordinates });
    }
    /// Errors below this part of a share count as none.
    const NONE: f64 = 1e-3;
    let share = delta / terms.len() as f64;
    let build = |t: &Term, delta: f64| constructed_scorer(t.relation.clone(), delta);
    // Rounding of the sum gets a part of each share.
    let mut built =
        terms.iter().map(|t| build(t, 0.99 * share)).collect::<Result<Vec<Scorer>, DesignError>>()?;
    let (free, rest): (Vec<usize>, Vec<usize>) =
        (0..terms.len()).partition(|&t| built[t].delta <= NONE * share);
    if !free.is_empty() && !rest.is_empty() {
        let left = delta - free.iter().map(|&t| built[t].delta).sum::<f64>();
        for &t in &rest {
            built[t] = build(&terms[t], 0.99 * left / rest.len() as f64)?;
        }
    }
    let side = |side: usize| {
        let placed = terms.iter().zip(&built).map(|(t, s)| {
            let net = if side == 0 { s.net.phi_net() } else { s.net.psi_net() };
            Placed { net, coordinate: t.coordinates[side] }
        });
        beside(dims[side], &placed.collect::<Vec<_>>())
    };
    let net = narrowed(side(0)?, side(1)?)?;
    let delta = built.iter().map(|s| s.delta).sum::<f64>() + rounding(&net, reach);
    let allowed = built.iter().map(|s| s.allowed).sum();
    Ok(Scorer { net, delta, source: ScoreSource::Certified, allowed })
}

impl Scorer {
    /// Scores 0 for queries and keys of these dimensions, which says nothing of any utility.
    pub(super) fn of_zeros(dims: [usize; 2]) -> Result<Self, DesignError> {
        let [phi, psi] = dims.map(|d| Mlp::new(Vec::new(), Affine::new(Mat::zeros(d, 1), vec![0.0])));
        let net = RelationNet::asymmetric(phi?, psi?)?;
        Ok(Self { net, delta: f64::INFINITY, source: ScoreSource::Exact, allowed: 0 })
    }
}

/// Two encoders of their own, whatever the relation's symmetry: a head scales one of them.
pub(super) fn separate(net: RelationNet) -> Result<RelationNet, DesignError> {
    Ok(match net {
        RelationNet::Symmetric(phi) => RelationNet::asymmetric(phi.clone(), phi)?,
        RelationNet::Asymmetric(..) => net,
        RelationNet::Indefinite(phi, signs) => {
            let head = phi.head();
            let weight = Mat::from_fn(head.inputs(), head.outputs(), |i, k| head.weight()[(i, k)] * signs[k]);
            let bias = head.bias().iter().zip(&signs).map(|(b, s)| b * s).collect();
            let psi = phi.with_head(Affine::new(weight, bias))?;
            RelationNet::asymmetric(phi, psi)?
        }
    })
}

/// The same inner product by the hidden units of one side and a constant, if these are fewer than
/// the features: with `phi = (1, h) F` it is `<(1, h), F psi>`.
fn narrowed(phi: Mlp, psi: Mlp) -> Result<RelationNet, DesignError> {
    let (p, q, rank) = (phi.width() + 1, psi.width() + 1, phi.outputs());
    if p.min(q) >= rank {
        return Ok(RelationNet::asymmetric(phi, psi)?);
    }
    let fold =
        |from: &Mlp, into: &Mlp| -> Result<[Mlp; 2], DesignError> {
            let width = from.width();
            let units = Affine::new(
                Mat::from_fn(width, width + 1, |i, k| if i + 1 == k { 1.0 } else { 0.0 }),
                (0..=width).map(|k| if k == 0 { 1.0 } else { 0.0 }).collect(),
            );
            // Row 0 of F is the bias.
            let (head, other) = (from.head(), into.head());
            let f = Mat::from_fn(rank, width + 1, |d, k| {
                if k == 0 { head.bias()[d] } else { head.weight()[(k - 1, d)] }
            });
            let bias = (0..=width).map(|k| other.bias().iter().enumerate().map(|(d, b)| b * f[(d, k)]).sum());
            let folded = Affine::new(other.weight() * &f, bias.collect());
            Ok([from.with_head(units)?, into.with_head(folded)?])
        };
    let [phi, psi] = if p <= q {
        fold(&phi, &psi)?
    } else {
        let [psi, phi] = fold(&psi, &phi)?;
        [phi, psi]
    };
    Ok(RelationNet::asymmetric(phi, psi)?)
}

/// What rounding may add to scores of points whose coordinates are at most `reach`: sums of `n`
/// products are off by at most `n eps` times the sum of magnitudes (Higham 2002, section 3.1), in
/// each layer and in the inner product.
fn rounding(net: &RelationNet, reach: f64) -> f64 {
    let (phi, psi) = (magnitudes(net.phi_net(), reach), magnitudes(net.psi_net(), reach));
    let size: f64 = phi.iter().zip(&psi).map(|(a, b)| a * b).sum();
    let sums = |n: &Mlp| n.blocks().iter().map(|b| b.affine.inputs() + 2).sum::<usize>() + n.width() + 2;
    let n = sums(net.phi_net()) + sums(net.psi_net()) + phi.len();
    2.0 * f64::EPSILON * n as f64 * (1.0 + size)
}

/// Sums of magnitudes at each output: `|x| |W| + |b|` from layer to layer, which ReLU does not
/// increase.
fn magnitudes(net: &Mlp, reach: f64) -> Vec<f64> {
    let through = |a: &Affine, h: &[f64]| -> Vec<f64> {
        let sum = |k: usize| (0..a.inputs()).map(|i| h[i] * a.weight()[(i, k)].abs()).sum::<f64>();
        (0..a.outputs()).map(|k| sum(k) + a.bias()[k].abs()).collect()
    };
    let first = vec![reach.abs(); net.inputs()];
    let hidden = net.blocks().iter().fold(first, |h, b| through(&b.affine, &h));
    through(net.head(), &hidden)
}
