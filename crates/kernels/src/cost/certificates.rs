//! Low-rank approximations that certify their own sup error on the whole space, without eigenpairs.
//!
//! On the nodes of a covering the largest entry of what is missing is known: for pivoted Cholesky
//! on the diagonal, for crosses by looking at all pairs. Between the nodes a modulus of continuity
//! takes over (derived):
//! * what a kernel misses is `p(x)^2 = |k_x - projection|^2` on the diagonal, and `p` changes by at
//!   most `|k_x - k_z| <= sqrt(2 L |x - z|)`;
//! * a skeleton `r(x, J) M r(I, y)` changes in `x` by at most `L |x - x'|` times the sum of
//!   magnitudes of `M r(I, y)`, and likewise in `y`.

use super::domain::per_axis;
use super::error::BoundError;
use crate::gram::cross_gram;
use crate::lowrank::{KernelMatrix, Pivoting, adaptive_cross, pivoted_cholesky};
use faer::Mat;
use faer::linalg::solvers::Solve;
use relata_relations::{Definiteness, Points, Regularity, Relation, Seed, Space, SpaceError};
use std::num::NonZeroUsize;

/// A kernel approximated from some of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct CholeskyCertificate {
    /// The pivots: `k(x, Z) k(Z, Z)^{-1} k(Z, y)` is the approximation.
    pub pivots: Points,
    /// The largest error at a node of the covering.
    pub on_nodes: f64,
    /// A bound of the error of every pair of points of the space; `None` without a Lipschitz
    /// constant.
    pub upper: Option<f64>,
}

/// A relation approximated from some of its rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossCertificate {
    /// The rows `I`, points of `x`.
    pub rows: Points,
    /// The columns `J`, points of `y`.
    pub columns: Points,
    /// The largest error of a pair of nodes.
    pub on_nodes: f64,
    /// A bound of the error of every pair of points; `None` without a Lipschitz constant.
    pub upper: Option<f64>,
}

/// Pivoted Cholesky on a covering of about `nodes` points, until the largest error at a node is at
/// most `eps` or `most` columns are used.
///
/// ```
/// use relata_kernels::cost::cholesky_certificate;
/// use std::num::NonZeroUsize;
/// let brownian = relata_relations::catalogue::relation("brownian")?;
/// let nodes = NonZeroUsize::new(2000).ok_or("positive")?;
/// let c = cholesky_certificate(&*brownian, 1e-2, 200, nodes)?;
/// assert!(c.on_nodes <= 1e-2 && c.upper.is_some_and(|u| u < 3e-2) && c.pivots.len() < 40);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BoundError::Eps`], [`BoundError::NotPositive`], [`BoundError::Unbounded`],
/// [`BoundError::LowRank`].
pub fn cholesky_certificate(
    k: &dyn Relation,
    eps: f64,
    most: usize,
    nodes: NonZeroUsize,
) -> Result<CholeskyCertificate, BoundError> {
    if k.definiteness() != Definiteness::PositiveSemidefinite {
        return Err(BoundError::NotPositive(k.name()));
    }
    let (cover, radius) = covering(k, eps, k.spaces().0, nodes)?;
    let source = KernelMatrix::square(k, &cover);
    let largest = super::domain::diagonal(k, &cover)?.into_iter().fold(0.0, f64::max);
    let found = pivoted_cholesky(&source, most.clamp(1, cover.len()), eps / largest, Pivoting::Greedy)?;
    let on_nodes = found.sup_bound();
    let upper = k.lipschitz().map(|l| (on_nodes.sqrt() + (2.0 * l * radius).sqrt()).powi(2));
    let pivots = cover.select(&found.pivots).unwrap_or(cover);
    Ok(CholeskyCertificate { pivots, on_nodes, upper })
}

/// Adaptive crosses on coverings of about `nodes` points a side, until the largest error of a pair
/// of nodes is at most `eps` or `most` crosses are used. Cost: all pairs of nodes, once for every
/// cross.
///
/// # Errors
/// [`BoundError::Eps`], [`BoundError::Unbounded`], [`BoundError::Jump`] (between nodes there is no
/// bound), [`BoundError::LowRank`].
pub fn cross_certificate(
    r: &dyn Relation,
    eps: f64,
    most: usize,
    nodes: NonZeroUsize,
    seed: Seed,
) -> Result<CrossCertificate, BoundError> {
    if let Regularity::Jump { size } = r.regularity() {
        return Err(BoundError::Jump { relation: r.name(), size });
    }
    let (x, y) = r.spaces();
    let ((cx, rx), (cy, ry)) = (covering(r, eps, x, nodes)?, covering(r, eps, y, nodes)?);
    let source = KernelMatrix::new(r, &cx, &cy);
    let most = most.clamp(1, cx.len().min(cy.len()));
    let found = adaptive_cross(&source, most, 0.0, seed)?;
    let exact = cross_gram(r, &cx, &cy)?;
    let mut missing = exact.clone();
    let (u, v) = (found.factors.left(), found.factors.right());
    let mut rank = 0;
    while rank < found.rows.len() && (rank == 0 || missing.norm_max() > eps) {
        missing -= u.col(rank) * v.col(rank).transpose();
        rank += 1;
    }
    let on_nodes = missing.norm_max();
    let (rows, columns) = (&found.rows[..rank], &found.columns[..rank]);
    let (pi, pj) =
        (cx.select(rows).unwrap_or_else(|| cx.clone()), cy.select(columns).unwrap_or_else(|| cy.clone()));
    let upper = match r.lipschitz() {
        Some(l) => {
            let core = cross_gram(r, &pi, &pj)?;
            let inverse = core.full_piv_lu().solve(Mat::identity(rank, rank));
            // Coefficients on the columns for each y node, and on the rows for each x node.
            let of_y = &inverse * cross_gram(r, &pi, &cy)?;
            let of_x = cross_gram(r, &cx, &pj)? * &inverse;
            let largest = |sums: Vec<f64>| sums.into_iter().fold(0.0, f64::max);
            let for_y = largest(of_y.col_iter().map(|c| c.norm_l1()).collect());
            let for_x = largest(of_x.row_iter().map(|c| c.norm_l1()).collect());
            let moved: f64 = inverse.col_iter().map(|c| c.norm_l1()).sum::<f64>() * l * ry;
            Some(on_nodes + l * rx * (1.0 + for_y + moved) + l * ry * (1.0 + for_x))
        }
        None => None,
    };
    Ok(CrossCertificate { rows: pi, columns: pj, on_nodes, upper })
}

fn covering(
    r: &dyn Relation,
    eps: f64,
    space: &dyn Space,
    nodes: NonZeroUsize,
) -> Result<(Points, f64), BoundError> {
    if !(eps.is_finite() && eps > 0.0) {
        return Err(BoundError::Eps(eps));
    }
    match space.covering(per_axis(nodes.get(), space.axes())) {
        Ok(c) => Ok((c.points, c.radius)),
        Err(SpaceError::NotCompact { space }) => Err(BoundError::Unbounded { relation: r.name(), space }),
        Err(e) => Err(e.into()),
    }
}
