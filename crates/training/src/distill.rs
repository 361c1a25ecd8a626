//! Spectral readout in the span of trained outputs.
//!
//! A network trained at rank `D` has feature maps `phi, psi: -> R^D` that a further linear map can mix. With `F = [phi, 1]`,
//! `G = [psi, 1]` at the nodes of quadratures, weighted by the roots `U^{1/2}`, `V^{1/2}`, orthonormal bases `P`, `Q` of their columns and
//! the projected relation `P^T U^{1/2} R V^{1/2} Q`, the best rank-`d` network in those spans is its truncated SVD; for one shared
//! encoder the largest positive eigenvalues of its symmetric part; for an indefinite form the largest in magnitude.
//! The mixing joins the heads, so the network keeps its shape.
//!
//! [`relata_networks::solve_readout`] does the same in the span of all `N` hidden features. On a sample of `n` points its heads also fit
//! the part of the relation outside the span, with a variance that grows like `N^2 / n`; here it is `D^2 / n`. So where points are
//! random and the tail of the spectrum is heavy (several dimensions), train at a rank somewhat above the wanted ones and read
//! out here; on quadratures in one dimension use all hidden features.

use crate::error::TrainError;
use faer::{Accum, Mat, MatRef, Side};
use relata_kernels::Encoders;
use relata_networks::{Affine, Mlp, ReadoutError, RelationNet};
use relata_relations::{Quadrature, Relation, evaluate, multiply};

/// The best networks of every rank up to that of the trained one, in the span of its outputs.
#[derive(Clone, Debug)]
pub struct Distilled {
    net: RelationNet,
    /// Coefficients on `[phi, 1]`, best component first: `(D + 1) x k`.
    left: Mat<f64>,
    right: Mat<f64>,
    values: Vec<f64>,
}

/// Directions of the span below this share of the largest count as zero.
const TOLERANCE: f64 = 1e-7;

/// Solves the readout in the span of the outputs of `net` on the given nodes.
///
/// Cost: `n m` values of the relation and `n m D` multiplications.
///
/// # Errors
/// [`TrainError::Readout`] if the nodes of a shared encoder differ, a feature is not finite or a decomposition does not
/// converge; [`TrainError::Relation`] if the relation cannot be evaluated.
pub fn distill(net: &RelationNet, r: &dyn Relation, q: [&Quadrature; 2]) -> Result<Distilled, TrainError> {
    let encoders = net.encoders();
    if encoders != Encoders::Separate && q[0] != q[1] {
        return Err(ReadoutError::DifferentNodes.into());
    }
    let x = span("phi", net.phi_net(), q[0])?;
    if encoders == Encoders::Separate {
        let y = span("psi", net.psi_net(), q[1])?;
        let core = project(r, q, x.nodes.as_ref(), y.nodes.as_ref())?;
        let svd = core.thin_svd().map_err(|_| ReadoutError::NoConvergence("singular value decomposition"))?;
        let values = svd.S().column_vector().iter().copied().collect();
        let (left, right) = (&x.coefficients * svd.U(), &y.coefficients * svd.V());
        return Ok(Distilled { net: net.clone(), left, right, values });
    }
    let core = project(r, q, x.nodes.as_ref(), x.nodes.as_ref())?;
    let symmetric = Mat::from_fn(core.nrows(), core.ncols(), |i, j| 0.5 * (core[(i, j)] + core[(j, i)]));
    let eig = symmetric
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| ReadoutError::NoConvergence("eigenvalue decomposition"))?;
    let all: Vec<f64> = eig.S().column_vector().iter().copied().collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    if encoders == Encoders::Shared {
        order.retain(|&i| all[i] > 0.0);
    }
    order.sort_by(|&i, &j| all[j].abs().total_cmp(&all[i].abs()));
    let u = Mat::from_fn(all.len(), order.len(), |i, k| eig.U()[(i, order[k])]);
    let left = &x.coefficients * u;
    let values = order.iter().map(|&i| all[i]).collect();
    Ok(Distilled { net: net.clone(), right: left.clone(), left, values })
}

impl Distilled {
    /// The weights of the components, best first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The network with the best heads of rank `rank`. Where the outputs span fewer directions, the others are 0.
    ///
    /// # Errors
    /// [`ReadoutError::Rank`] if `rank` is 0 or above the trained rank plus one.
    pub fn at_rank(&self, rank: usize) -> Result<RelationNet, ReadoutError> {
        let (phi, psi) = (self.net.phi_net(), self.net.psi_net());
        let width = phi.outputs();
        if rank == 0 || rank > width + 1 {
            return Err(ReadoutError::Rank { rank, width, most: width + 1 });
        }
        let left = self.head(phi, &self.left, rank);
        Ok(match &self.net {
            RelationNet::Symmetric(_) => RelationNet::symmetric(phi.with_head(left)?),
            RelationNet::Asymmetric(..) => {
                let right = self.head(psi, &self.right, rank);
                RelationNet::asymmetric(phi.with_head(left)?, psi.with_head(right)?)?
            }
            RelationNet::Indefinite(..) => {
                let sign = |k: usize| if self.values.get(k).is_some_and(|v| *v < 0.0) { -1.0 } else { 1.0 };
                RelationNet::indefinite(phi.with_head(left)?, (0..rank).map(sign).collect())?
            }
        })
    }

    /// The old head followed by the mixing, each side with the root of the component's weight.
    fn head(&self, mlp: &Mlp, coefficients: &Mat<f64>, rank: usize) -> Affine {
        let width = mlp.outputs();
        let entry =
            |i: usize, k: usize| self.values.get(k).map_or(0.0, |v| coefficients[(i, k)] * v.abs().sqrt());
        let mixing = Mat::from_fn(width, rank, entry);
        let old = mlp.head();
        let bias = (0..rank).map(|k| {
            let mixed: f64 = old.bias().iter().enumerate().map(|(i, b)| b * mixing[(i, k)]).sum();
            mixed + entry(width, k)
        });
        Affine::new(old.weight() * &mixing, bias.collect())
    }
}

/// An orthonormal basis of the weighted outputs and the constant.
struct Span {
    nodes: Mat<f64>,
    coefficients: Mat<f64>,
}

fn span(map: &'static str, mlp: &Mlp, q: &Quadrature) -> Result<Span, TrainError> {
    let f = mlp.forward(q.nodes());
    let (n, width) = (f.nrows(), f.ncols());
    for feature in 0..width {
        if let Some(node) = (0..n).find(|&i| !f[(i, feature)].is_finite()) {
            return Err(ReadoutError::Feature { map, feature, node }.into());
        }
    }
    let roots = q.sqrt_weights();
    let a = Mat::from_fn(n, width + 1, |i, k| roots[i] * if k < width { f[(i, k)] } else { 1.0 });
    let svd = a.thin_svd().map_err(|_| ReadoutError::NoConvergence("singular value decomposition"))?;
    let s: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let rank = s.iter().take_while(|v| **v > TOLERANCE * s[0] && **v > 0.0).count();
    let coefficients = Mat::from_fn(width + 1, rank, |i, k| svd.V()[(i, k)] / s[k]);
    Ok(Span { nodes: svd.U().subcols(0, rank).to_owned(), coefficients })
}

/// `P^T U^{1/2} R V^{1/2} Q`, by blocks of rows.
fn project(
    r: &dyn Relation,
    q: [&Quadrature; 2],
    p: MatRef<'_, f64>,
    w: MatRef<'_, f64>,
) -> Result<Mat<f64>, TrainError> {
    const BLOCK_VALUES: usize = 1 << 20;
    let (u, v) = (q[0].sqrt_weights(), q[1].sqrt_weights());
    let y = q[1].nodes();
    let right = Mat::from_fn(w.nrows(), w.ncols(), |j, k| v[j] * w[(j, k)]);
    let left = Mat::from_fn(p.nrows(), p.ncols(), |i, k| u[i] * p[(i, k)]);
    let mut core = Mat::<f64>::zeros(p.ncols(), w.ncols());
    let mut start = 0;
    for xs in q[0].nodes().blocks((BLOCK_VALUES / y.len()).max(1)) {
        let values = evaluate(r, &xs, y)?;
        let mut mixed = Mat::zeros(xs.len(), right.ncols());
        multiply(mixed.as_mut(), Accum::Replace, values.as_ref(), right.as_ref(), 1.0);
        let rows = left.subrows(start, xs.len());
        multiply(core.as_mut(), Accum::Add, rows.transpose(), mixed.as_ref(), 1.0);
        start += xs.len();
    }
    Ok(core)
}
