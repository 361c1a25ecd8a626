//! Spectral readout: features fixed, the last linear maps of both encoders in closed form.
//!
//! The features are the hidden ones, whose heads are solved ([`solve_readout`]), or the outputs of
//! a trained network, which are mixed by one more linear map ([`distill`]). Let `H` (`n x N`) be
//! those of one encoder at the nodes of a quadrature, with a constant appended, and `R` the
//! relation on the nodes. With `A = W_mu^{1/2} H_x = U S V^T` (rank-revealing: directions with
//! `s_i <= tol s_1` are dropped) and likewise `B` for the other encoder, every head gives a
//! relation of the form `A C B^T` on the weighted nodes, and
//! `|W_mu^{1/2} R W_nu^{1/2} - A C B^T|_F` over `C` of rank `d` is smallest for the truncated SVD
//! of the projection `U_x^T W_mu^{1/2} R W_nu^{1/2} U_y` (Eckart and Young 1936; the projection
//! part is orthogonal to all choices of `C`). For one shared encoder the projection of the
//! symmetric part is truncated to its `d` largest positive eigenvalues; for an indefinite form to
//! its `d` largest in magnitude. All in f64. Cost: `n N^2` for the bases and `n m` evaluations of
//! `r`.

use crate::mlp::{Affine, Mlp, NetworkError};
use crate::relation_net::RelationNet;
use faer::{Accum, Mat, MatRef};
use relata_kernels::Encoders;
use relata_relations::spectral::{symmetric_eigen, thin_svd};
use relata_relations::{
    Points, PowerOfTwo, Quadrature, Relation, RelationError, evaluate_into, multiply, settle_vector_unit,
};
use thiserror::Error;

/// Which directions of the feature span count as numerically zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadoutParams {
    /// Relative threshold on the singular values of the weighted feature matrix, between 0 and 1.
    pub tolerance: f64,
}

impl Default for ReadoutParams {
    fn default() -> Self {
        Self { tolerance: 1e-11 }
    }
}

/// A tolerance that was checked.
struct Tolerance(f64);

impl ReadoutParams {
    fn checked(self) -> Result<Tolerance, ReadoutError> {
        if (0.0..1.0).contains(&self.tolerance) {
            Ok(Tolerance(self.tolerance))
        } else {
            Err(ReadoutError::Tolerance(self.tolerance))
        }
    }
}

/// Why no readout could be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ReadoutError {
    /// The relation could not be evaluated on the nodes.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The heads do not fit the encoders.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A rank that the features cannot give.
    #[error(
        "rank {rank} was asked for, the encoders have {width} features and a constant; it must be between 1 and {most}"
    )]
    Rank {
        /// The rank.
        rank: usize,
        /// The smaller number of features.
        width: usize,
        /// The largest rank there is.
        most: usize,
    },
    /// The tolerance is not in `[0, 1)`.
    #[error("the readout's tolerance is {0}; it must be at least 0 and below 1")]
    Tolerance(f64),
    /// Shared encoders need one set of nodes.
    #[error("a shared encoder is read out on one quadrature; the nodes or weights of x and y differ")]
    DifferentNodes,
    /// A feature is not finite at a node.
    #[error("feature {feature} of {map} is not finite at node {node}")]
    Feature {
        /// `phi` or `psi`.
        map: &'static str,
        /// Which feature.
        feature: usize,
        /// Which node.
        node: usize,
    },
    /// An eigenvalue or singular value iteration did not converge.
    #[error("the {0} did not converge")]
    NoConvergence(&'static str),
}

/// The solved readout of a network: the best heads of every rank.
#[derive(Clone, Debug)]
pub struct Readout {
    net: RelationNet,
    features: Features,
    /// Coefficients of the components on `[features, 1]`, best first: `(N + 1) x k`.
    left: Mat<f64>,
    right: Mat<f64>,
    /// Signed weight of each component, best first.
    values: Vec<f64>,
}

/// The network with the hidden layers of `hidden` and the best heads of rank `rank` for `r` on the
/// given nodes.
///
/// # Errors
/// [`ReadoutError`]
pub fn readout(
    hidden: &RelationNet,
    r: &dyn Relation,
    q: [&Quadrature; 2],
    rank: usize,
) -> Result<RelationNet, ReadoutError> {
    solve_readout(hidden, r, q, ReadoutParams::default())?.at_rank(rank)
}

/// Solves the readout on the hidden features once for all ranks. The heads of `hidden` play no
/// part.
///
/// # Errors
/// [`ReadoutError`]
pub fn solve_readout(
    hidden: &RelationNet,
    r: &dyn Relation,
    q: [&Quadrature; 2],
    params: ReadoutParams,
) -> Result<Readout, ReadoutError> {
    solve(hidden, Features::Hidden, r, q, params)
}

/// Solves the readout within the span of the *outputs* of a trained network: its `D` feature maps
/// and a constant, mixed by one more linear map that joins the heads, so that the network keeps its
/// shape.
///
/// On a sample of `n` points the heads of [`solve_readout`] also fit the part of the relation
/// outside the span of the `N` hidden features, with a variance that grows like `N^2 / n`; here it
/// is `D^2 / n`. So where points are random and the tail of the spectrum is heavy (several
/// dimensions), train at a rank somewhat above the wanted ones and distil; on quadratures in one
/// dimension read out all hidden features. Outputs of a trained network nearly coincide, so a
/// tolerance of about `1e-7` suits them.
///
/// ```
/// use relata_networks::{MlpConfig, ReadoutParams, RelationNet, distill, solve_readout};
/// use relata_relations::{Factors, Interval, Seed, Space, relation_fn};
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
/// let net = RelationNet::symmetric(MlpConfig::new(1, 5).with_width(32).init(Seed(0), "phi")?);
/// let q = Interval::unit().quadrature(40.try_into()?)?;
/// let all = solve_readout(&net, &r, [&q, &q], ReadoutParams::default())?;
/// let own = distill(&net, &r, [&q, &q], ReadoutParams { tolerance: 1e-7 })?;
/// assert!(own.values()[0] <= all.values()[0] * (1.0 + 1e-9)); // five outputs span less than 32 features
/// assert_eq!(own.at_rank(3)?.rank(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReadoutError`]
pub fn distill(
    net: &RelationNet,
    r: &dyn Relation,
    q: [&Quadrature; 2],
    params: ReadoutParams,
) -> Result<Readout, ReadoutError> {
    solve(net, Features::Outputs, r, q, params)
}

fn solve(
    net: &RelationNet,
    features: Features,
    r: &dyn Relation,
    q: [&Quadrature; 2],
    params: ReadoutParams,
) -> Result<Readout, ReadoutError> {
    let Tolerance(tolerance) = params.checked()?;
    let encoders = net.encoders();
    if encoders != Encoders::Separate && q[0] != q[1] {
        return Err(ReadoutError::DifferentNodes);
    }
    let x = basis("phi", &features.of(net.phi_net(), q[0].nodes()), q[0], tolerance)?;
    if encoders == Encoders::Separate {
        let y = basis("psi", &features.of(net.psi_net(), q[1].nodes()), q[1], tolerance)?;
        let core = project(r, q, x.nodes.as_ref(), y.nodes.as_ref())?;
        return Readout::of_core(net, features, [&x, &y], &core);
    }
    let core = project(r, q, x.nodes.as_ref(), x.nodes.as_ref())?;
    Readout::of_core(net, features, [&x, &x], &core)
}

impl Readout {
    /// The components of `U_x C U_y^T`, for encoders that are not separate of its symmetric part, with
    /// `U` the bases of both sides.
    pub(crate) fn of_core(
        net: &RelationNet,
        features: Features,
        [x, y]: [&Basis; 2],
        core: &Mat<f64>,
    ) -> Result<Self, ReadoutError> {
        let (net, unit) = (net.clone(), unit_of(core));
        if net.encoders() == Encoders::Separate {
            let core = core.map(|v| unit.divide(*v));
            let svd = thin_svd(core.as_ref())
                .map_err(|_| ReadoutError::NoConvergence("singular value decomposition"))?;
            let values = svd.values.iter().map(|v| unit.multiply(*v)).collect();
            let (left, right) = (&x.coefficients * svd.left, &y.coefficients * svd.right);
            return Ok(Self { net, features, left, right, values });
        }
        let part = |i: usize, j: usize| 0.5 * unit.divide(core[(i, j)]) + 0.5 * unit.divide(core[(j, i)]);
        let symmetric = Mat::from_fn(core.nrows(), core.ncols(), part);
        let eig = symmetric_eigen(symmetric.as_ref())
            .map_err(|_| ReadoutError::NoConvergence("eigenvalue decomposition"))?;
        let all: Vec<f64> = eig.values.iter().map(|v| unit.multiply(*v)).collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        if net.encoders() == Encoders::Shared {
            order.retain(|&i| all[i] > 0.0);
        }
        order.sort_by(|&i, &j| all[j].abs().total_cmp(&all[i].abs()));
        let u = Mat::from_fn(all.len(), order.len(), |i, k| eig.vectors[(i, order[k])]);
        let left = &x.coefficients * u;
        let values = order.iter().map(|&i| all[i]).collect();
        Ok(Self { net, features, right: left.clone(), left, values })
    }

    /// The weights of the components, best first: estimates of the singular values (separate
    /// encoders), positive eigenvalues (shared) or eigenvalues (indefinite) of the relation within
    /// the span of the features.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The network with the best heads of rank `rank`. Where the features span fewer directions,
    /// the others are 0.
    ///
    /// # Errors
    /// [`ReadoutError::Rank`] if `rank` is 0 or above the number of features and the constant.
    pub fn at_rank(&self, rank: usize) -> Result<RelationNet, ReadoutError> {
        let (phi, psi) = (self.net.phi_net(), self.net.psi_net());
        let width = self.features.count(phi).min(self.features.count(psi));
        let most = width + 1;
        if rank == 0 || rank > most {
            return Err(ReadoutError::Rank { rank, width, most });
        }
        let left = phi.with_head(self.head(phi, &self.left, rank))?;
        Ok(match &self.net {
            RelationNet::Symmetric(_) => RelationNet::symmetric(left),
            RelationNet::Asymmetric(..) => {
                RelationNet::asymmetric(left, psi.with_head(self.head(psi, &self.right, rank))?)?
            }
            RelationNet::Indefinite(..) => {
                let sign = |k: usize| if self.values.get(k).is_some_and(|v| *v < 0.0) { -1.0 } else { 1.0 };
                RelationNet::indefinite(left, (0..rank).map(sign).collect())?
            }
        })
    }

    /// Balanced factors: each side carries the square root of the component's weight.
    fn head(&self, mlp: &Mlp, coefficients: &Mat<f64>, rank: usize) -> Affine {
        let width = coefficients.nrows() - 1;
        let entry =
            |i: usize, k: usize| self.values.get(k).map_or(0.0, |v| coefficients[(i, k)] * v.abs().sqrt());
        let map = Affine::new(
            Mat::from_fn(width, rank, entry),
            (0..rank).map(|k| entry(width, k)).collect::<Vec<_>>(),
        );
        match self.features {
            Features::Hidden => map,
            Features::Outputs => mlp.head().then(&map),
        }
    }
}

/// Which features of an encoder are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Features {
    Hidden,
    Outputs,
}

impl Features {
    fn count(self, mlp: &Mlp) -> usize {
        match self {
            Self::Hidden => mlp.width(),
            Self::Outputs => mlp.outputs(),
        }
    }

    fn of(self, mlp: &Mlp, x: &Points) -> Mat<f64> {
        match self {
            Self::Hidden => mlp.hidden(x),
            Self::Outputs => mlp.forward(x),
        }
    }
}

/// An orthonormal basis of the span of the weighted features and the constant.
pub(crate) struct Basis {
    /// The basis on the nodes, `n x k`.
    pub(crate) nodes: Mat<f64>,
    /// Its coefficients on `[features, 1]`, `(N + 1) x k`.
    coefficients: Mat<f64>,
}

pub(crate) fn basis(
    map: &'static str,
    h: &Mat<f64>,
    q: &Quadrature,
    tolerance: f64,
) -> Result<Basis, ReadoutError> {
    let (n, width) = (h.nrows(), h.ncols());
    for feature in 0..width {
        if let Some(node) = (0..n).find(|&i| !h[(i, feature)].is_finite()) {
            return Err(ReadoutError::Feature { map, feature, node });
        }
    }
    let sw = q.sqrt_weights();
    let unit = unit_of(h);
    let a = Mat::from_fn(n, width + 1, |i, k| sw[i] * if k < width { unit.divide(h[(i, k)]) } else { 1.0 });
    let svd =
        thin_svd(a.as_ref()).map_err(|_| ReadoutError::NoConvergence("singular value decomposition"))?;
    settle_vector_unit();
    let s = svd.values;
    let rank = s.iter().take_while(|v| **v > tolerance * s[0] && **v > 0.0).count();
    let nodes = svd.left.subcols(0, rank).to_owned();
    let coefficients = Mat::from_fn(width + 1, rank, |i, k| {
        let c = svd.right[(i, k)] / s[k];
        if i < width { unit.divide(c) } else { c }
    });
    Ok(Basis { nodes, coefficients })
}

/// Matrices whose largest entry is between `2^-USUAL` and `2^USUAL` are decomposed as they are: their
/// squares are far from the ends of the range.
const USUAL: i32 = 256;

/// The unit in which a matrix is decomposed.
fn unit_of(m: &Mat<f64>) -> PowerOfTwo {
    let unit = PowerOfTwo::of(m.col_iter().flat_map(|c| c.iter().copied()));
    if unit.exponent().abs() > USUAL { unit } else { PowerOfTwo::ONE }
}

/// `U_x^T W_mu^{1/2} R W_nu^{1/2} U_y`, by blocks of rows so that `R` is never held whole.
fn project(
    r: &dyn Relation,
    q: [&Quadrature; 2],
    ux: MatRef<'_, f64>,
    uy: MatRef<'_, f64>,
) -> Result<Mat<f64>, ReadoutError> {
    const BLOCK_VALUES: usize = 1 << 22;
    let (sx, sy) = (q[0].sqrt_weights(), q[1].sqrt_weights());
    let y: &Points = q[1].nodes();
    let weighted_uy = Mat::from_fn(uy.nrows(), uy.ncols(), |j, k| sy[j] * uy[(j, k)]);
    let mut core = Mat::<f64>::zeros(ux.ncols(), uy.ncols());
    let mut start = 0;
    for xs in q[0].nodes().blocks((BLOCK_VALUES / y.len()).max(1)) {
        let mut block = Mat::zeros(xs.len(), y.len());
        evaluate_into(r, &xs, y, block.as_mut())?;
        let mut right = Mat::zeros(xs.len(), uy.ncols());
        multiply(right.as_mut(), Accum::Replace, block.as_ref(), weighted_uy.as_ref(), 1.0);
        let left = Mat::from_fn(xs.len(), ux.ncols(), |i, k| sx[start + i] * ux[(start + i, k)]);
        multiply(core.as_mut(), Accum::Add, left.transpose(), right.as_ref(), 1.0);
        start += xs.len();
    }
    Ok(core)
}
