//! Piecewise linear interpolation in both arguments.

use super::centre::{centred, worst};
use super::constructed::Export;
use super::factor::{Factored, factor};
use super::mesh::{Mesh, Shape};
use super::plan::{Budget, LOW_RANK_SHARE, MARGIN, MAX_PIECES, Theorem, plan};
use super::{ConstructError, ConstructRoute, Constructed};
use crate::certify::{Certificate, CertifyParams, certify};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::Encoders;
use relata_kernels::cost::Smoothness;
use relata_relations::{Definiteness, Relation, Symmetry, evaluate, same_space};

/// The network of the coarsest mesh found whose certificate is at most `eps`.
pub(super) fn construct(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    let (sx, sy) = r.spaces();
    let (Some(x), Some(y)) = (Shape::of(sx), Shape::of(sy)) else {
        return Err(ConstructError::Spaces {
            x: sx.name(),
            y: sy.name(),
            instead: "meshes are for intervals and the circle; train a network and certify it",
        });
    };
    let symmetric = r.symmetry() == Symmetry::Symmetric && same_space(sx, sy);
    let budget = plan(r, eps, if symmetric { Encoders::Shared } else { Encoders::Separate })?;
    let builder = Builder { r, shapes: [x, y], symmetric, budget: &budget, eps };
    let mut share = builder.share_by_probes()?;
    let mut rest = 1.0;
    loop {
        let (net, route) = builder.network(share, rest * LOW_RANK_SHARE * eps)?;
        let params = CertifyParams { tolerance: rest * MARGIN / 2.0, ..CertifyParams::default() };
        let certificate: Certificate = certify(r, &net, &params)?;
        if certificate.upper() <= eps {
            return Ok(Constructed { net, certificate, route, budget, export: Export::Search });
        }
        if share >= 1.0 {
            // The meshes of the theorem may need all of eps themselves.
            if rest < 1.0 {
                let relation = r.name();
                return Err(ConstructError::NotCertified { relation, eps, upper: certificate.upper() });
            }
            rest = 0.01;
        }
        share = (share * (certificate.upper() / eps).clamp(1.02, 1.5)).min(1.0);
    }
}

struct Builder<'a> {
    r: &'a dyn Relation,
    shapes: [Shape; 2],
    symmetric: bool,
    budget: &'a Budget,
    eps: f64,
}

impl Builder<'_> {
    fn smooth(&self) -> bool {
        matches!(self.budget.theorem, Theorem::Interpolation(Smoothness::Curvature { .. }))
    }

    /// Both meshes at a share of the pieces that the theorem asks for.
    fn meshes(&self, share: f64) -> Result<[Mesh; 2], ConstructError> {
        let pieces = self.budget.pieces.map(|n| ((n as f64 * share).ceil() as usize).clamp(1, n));
        if let Some(&pieces) = pieces.iter().find(|n| **n > MAX_PIECES) {
            let (relation, eps) = (self.r.name(), self.eps);
            return Err(ConstructError::TooLarge { relation, eps, pieces, most: MAX_PIECES });
        }
        Ok([self.shapes[0].mesh(pieces[0]), self.shapes[1].mesh(pieces[1])])
    }

    /// The values at the nodes, centred where that helps.
    fn values(&self, meshes: [&Mesh; 2]) -> Result<(Mat<f64>, f64), ConstructError> {
        let plain = evaluate(self.r, &meshes[0].nodes()?, &meshes[1].nodes()?)?;
        let before = worst(self.r, meshes, &plain)?;
        if self.smooth() && self.r.definiteness() == Definiteness::PositiveSemidefinite {
            // Shifted values of a kernel of fast decay are no kernel any more.
            return Ok((plain, before));
        }
        let shifted = centred(self.r, meshes, &plain)?;
        let after = worst(self.r, meshes, &shifted)?;
        Ok(if after < before { (shifted, after) } else { (plain, before) })
    }

    /// The smallest share whose error at the probes leaves room for low rank and certificate.
    fn share_by_probes(&self) -> Result<f64, ConstructError> {
        let target = self.eps * (1.0 - LOW_RANK_SHARE - MARGIN);
        let least = self.budget.pieces.iter().fold(1.0f64, |m, n| m.min(1.0 / *n as f64));
        let error = |share: f64| -> Result<f64, ConstructError> {
            let [x, y] = self.meshes(share)?;
            Ok(self.values([&x, &y])?.1)
        };
        let order = if self.smooth() { 0.5 } else { 1.0 };
        let mut share = (least * 12.0).min(1.0);
        let mut best = None;
        for _ in 0..8 {
            let e = error(share)?;
            if e <= target {
                best = Some(best.map_or(share, |b: f64| b.min(share)));
                if e > 0.93 * target || share <= least {
                    break;
                }
            }
            if e <= 0.0 {
                share = least;
                continue;
            }
            // Errors fall like a power of the pieces; a little more than that is tried.
            let next = (share * (e / target).powf(order) * 1.01).clamp(least, 1.0);
            if best.is_some_and(|b| next >= b) || (next - share).abs() < 0.002 * share {
                break;
            }
            share = next;
        }
        Ok(best.unwrap_or(1.0))
    }

    fn network(&self, share: f64, tolerance: f64) -> Result<(RelationNet, ConstructRoute), ConstructError> {
        let [x, y] = self.meshes(share)?;
        let (values, _) = self.values([&x, &y])?;
        let (symmetry, definiteness) = if self.symmetric {
            (Symmetry::Symmetric, self.r.definiteness())
        } else {
            (Symmetry::Asymmetric, Definiteness::Asymmetric)
        };
        let whole = values.nrows().min(values.ncols());
        let factored = factor(values, symmetry, definiteness, tolerance)?;
        let route = factored.route(whole);
        let net = match factored {
            Factored::Shared(a) => RelationNet::symmetric(x.network(a.as_ref())?),
            Factored::Signed(a, signs) => RelationNet::indefinite(x.network(a.as_ref())?, signs)?,
            Factored::Separate(a, b) => {
                RelationNet::asymmetric(x.network(a.as_ref())?, y.network(b.as_ref())?)?
            }
        };
        Ok((net, route))
    }
}
