//! Constructions of small rank.

use super::centre::worst;
use super::conditions::check;
use super::constructed::Export;
use super::factor::cross;
use super::mesh::{Mesh, Shape};
use super::plan::{MAX_PIECES, plan};
use super::{ConstructError, ConstructRoute, Constructed};
use crate::certify::{CertifyParams, certify};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::Encoders;
use relata_relations::{Relation, evaluate};

/// The part of eps that rounding the matrix of values to low rank may cost, and what is left for
/// the looseness of the certificate.
const SHARES: [f64; 2] = [0.2, 0.04];

/// As [`construct`](super::construct()), with two encoders of the smallest rank found rather than
/// of the fewest neurons: where features are more expensive than hidden units, as the key dimension of an
/// attention head is. Intervals and circles on both sides.
///
/// Values at the nodes stay those of the relation, so that a relation of finite rank is met with
/// that rank, and a fifth of `eps` goes to cross approximation; the meshes are those of the theorem
/// for the rest, or coarser.
///
/// ```
/// use relata_networks::{construct, construct_low_rank};
/// use relata_relations::{Interval, relation_fn};
/// let unit = Interval::unit();
/// let wave = relation_fn(unit.clone(), unit, |x, y| (6.0 * (x[0] - y[0])).cos())
///     .with_enclosure(|x, y| ((x[0] - y[0]) * 6.0).cos())?;
/// let small = construct_low_rank(&wave, 1e-3)?;
/// assert_eq!(small.net().phi_net().outputs(), 2); // cos cos + sin sin
/// assert!(small.certificate().upper() <= 1e-3);
/// assert!(small.net().neurons() <= small.budget().neurons);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ConstructError`] as [`construct`](super::construct()).
pub fn construct_low_rank(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    check(r, eps)?;
    let (sx, sy) = r.spaces();
    let (Some(x), Some(y)) = (Shape::of(sx), Shape::of(sy)) else {
        return Err(ConstructError::Spaces {
            x: sx.name(),
            y: sy.name(),
            instead: "meshes are for intervals and the circle; train a network and certify it",
        });
    };
    let [low_rank, loose] = SHARES;
    let budget = plan(r, eps * (1.0 - low_rank - loose), Encoders::Separate)?;
    if let Some(&pieces) = budget.pieces.iter().find(|n| **n > MAX_PIECES) {
        return Err(ConstructError::TooLarge { relation: r.name(), eps, pieces, most: MAX_PIECES });
    }
    let meshes = |share: f64| -> [Mesh; 2] {
        let [p, q] = budget.pieces.map(|n| ((n as f64 * share).ceil() as usize).clamp(1, n));
        [x.mesh(p), y.mesh(q)]
    };
    let values = |[x, y]: &[Mesh; 2]| -> Result<Mat<f64>, ConstructError> {
        Ok(evaluate(r, &x.nodes()?, &y.nodes()?)?)
    };
    let build = |share: f64| -> Result<Constructed, ConstructError> {
        let m = meshes(share);
        let values = values(&m)?;
        let whole = values.nrows().min(values.ncols());
        let Some((a, b)) = cross(&values, low_rank * eps, whole) else {
            return Err(ConstructError::Factorisation("cross approximation"));
        };
        let route =
            if a.ncols() < whole { ConstructRoute::Schmidt } else { ConstructRoute::PartitionOfUnity };
        let net = RelationNet::asymmetric(m[0].network(a.as_ref())?, m[1].network(b.as_ref())?)?;
        let params = CertifyParams { tolerance: 0.5 * loose, ..CertifyParams::default() };
        let certificate = certify(r, &net, &params)?;
        Ok(Constructed { net, certificate, route, budget: budget.clone(), export: Export::Search })
    };
    // The theorem takes the largest curvature for all of it, so that coarser meshes may do: errors
    // fall like the square of the pieces, or slower.
    let mut share = 1.0;
    for _ in 0..4 {
        let m = meshes(share);
        let error = worst(r, [&m[0], &m[1]], &values(&m)?)?;
        let next: f64 = share * (error / budget.eps).sqrt() * 1.005;
        if next < 0.99 * share || error > budget.eps {
            share = next.clamp(1e-4, 1.0);
        } else {
            break;
        }
    }
    loop {
        let built = build(share)?;
        if built.certificate.upper() <= eps {
            return Ok(built);
        }
        if share >= 1.0 {
            let (relation, upper) = (r.name(), built.certificate.upper());
            return Err(ConstructError::NotCertified { relation, eps, upper });
        }
        share = (share * 1.05).min(1.0);
    }
}
