//! Constructions in L2, for relations that jump.

use super::ConstructError;
use super::conditions::check_eps;
use super::mesh::Shape;
use super::plan::MAX_PIECES;
use crate::certify::{Certificate, CertifyParams, certify_l2};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_relations::{Relation, evaluate};

/// A network within `eps` of the relation in `L2(mu x nu)`, jumps included, with its certificate:
/// the partition of unity `sum_j r(x, y_j) h_j(y)` between hats on both sides, on intervals and
/// tori of one dimension.
///
/// A jump of size `s` along a curve costs about `s sqrt(h / 5)` on pieces of length `h` of the unit
/// interval; no inner product of rank `d` is below `1 / (pi sqrt d)` for `1[y < x]`.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use relata_networks::{construct, construct_l2};
/// let order = relata_relations::catalogue::relation("volterra")?;
/// assert!(construct(&order, 0.1).is_err()); // it jumps by 1
/// let (net, certificate) = construct_l2(&order, 0.1)?;
/// assert!(certificate.upper() <= 0.1 && net.neurons() < 100);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`] for eps out of range, other spaces, or networks that would be too large.
pub fn construct_l2(r: &dyn Relation, eps: f64) -> Result<(RelationNet, Certificate), ConstructError> {
    check_eps(r, eps)?;
    let (sx, sy) = r.spaces();
    let shapes = [Shape::of(sx), Shape::of(sy)];
    let [Some(x @ Shape::Interval(..)), Some(y @ Shape::Interval(..))] = shapes else {
        return Err(ConstructError::Spaces {
            x: sx.name(),
            y: sy.name(),
            instead: "L2 constructions are for intervals; in more dimensions read out random features",
        });
    };
    let mut pieces = 4;
    loop {
        let meshes = [x.mesh(pieces), y.mesh(pieces)];
        let values = evaluate(r, &meshes[0].nodes()?, &meshes[1].nodes()?)?;
        let hats = Mat::<f64>::identity(pieces + 1, pieces + 1);
        let net =
            RelationNet::asymmetric(meshes[0].network(values.as_ref())?, meshes[1].network(hats.as_ref())?)?;
        let certificate = certify_l2(r, &net, &CertifyParams { cells: 1, ..CertifyParams::default() })?;
        if certificate.upper() <= eps {
            return Ok((net, certificate));
        }
        // Errors fall like the square root of the length at a jump, faster elsewhere.
        let growth = ((certificate.upper() / eps).powi(2) * 1.03).clamp(1.08, 8.0);
        let wanted = (pieces as f64 * growth).ceil() as usize;
        if wanted > MAX_PIECES {
            let (relation, most) = (r.name(), MAX_PIECES);
            return Err(ConstructError::TooLarge { relation, eps, pieces: wanted, most });
        }
        pieces = wanted;
    }
}
