//! Low-rank approximations that certify their own sup error on the whole space, without eigenpairs.
//!
//! On the nodes of a covering the largest entry of what is missing is known: for pivoted Cholesky
//! on the diagonal, for crosses by looking at all pairs. Between the nodes a modulus of continuity
//! takes over (derived):
//! * what a kernel misses is `p(x)^2 = |k_x - projection|^2` on the diagonal, and `p` changes by at
//!   most `|k_x - k_z| <= sqrt(2 L |x - z|)`;
//! * a skeleton `r(x, J) M r(I, y)` changes in `x` by at most `L |x - x'|` times the sum of
//!   magnitudes of `M r(I, y)`, and likewise in `y`.
//!
//! Both rest on what the relation declares. Declarations are compared with values at the nodes and
//! at fresh points, and a contradiction is an error that names the points.

use super::domain::{compact, per_axis};
use super::error::BoundError;
use super::evidence::{check_lipschitz, check_semidefinite, fresh, upheld};
use super::hypothesis::{Hypothesis, declared};
use crate::gram::cross_gram;
use crate::lowrank::{KernelMatrix, LowRankError, Pivoting, adaptive_cross, pivoted_cholesky};
use faer::linalg::solvers::Solve;
use faer::{Mat, MatRef};
use relata_relations::{
    Definiteness, Fact, Points, Regularity, Relation, Seed, Space, evaluate, evaluate_diagonal,
};
use std::num::NonZeroUsize;

/// A kernel approximated from some of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct CholeskyCertificate {
    /// The pivots `Z`: `k(x, Z) k(Z, Z)^{-1} k(Z, y)` is the approximation; `None` if it is 0, for
    /// a relation that vanishes on the nodes.
    pub pivots: Option<Points>,
    /// The largest error at a node of the covering.
    pub on_nodes: f64,
    /// A bound of the error of every pair of points of the space; `None` without a Lipschitz
    /// constant.
    pub upper: Option<f64>,
    /// The largest error of a pair of fresh points, never above `upper`.
    pub found: f64,
    /// What the bound rests on: it was compared with values at points, and not proved.
    pub unchecked: Vec<Hypothesis>,
}

/// A relation approximated from some of its rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossCertificate {
    /// The rows `I`, points of `x`; `None` if the approximation is 0, for a relation that vanishes
    /// on the nodes.
    pub rows: Option<Points>,
    /// The columns `J`, points of `y`, as many as rows.
    pub columns: Option<Points>,
    /// The largest error of a pair of nodes.
    pub on_nodes: f64,
    /// A bound of the error of every pair of points; `None` without a Lipschitz constant.
    pub upper: Option<f64>,
    /// The largest error of a pair of fresh points, never above `upper`.
    pub found: f64,
    /// What the bound rests on: it was compared with values at points, and not proved.
    pub unchecked: Vec<Hypothesis>,
}

/// Pivoted Cholesky on a covering of about `nodes` points, until the largest error at a node is at
/// most `eps` or `most` columns are used. Cost: `nodes most` values and `O(nodes most^2)`.
///
/// ```
/// use relata_kernels::cost::cholesky_certificate;
/// use std::num::NonZeroUsize;
/// let brownian = relata_relations::catalogue::relation("brownian")?;
/// let nodes = NonZeroUsize::new(2000).ok_or("positive")?;
/// let c = cholesky_certificate(&*brownian, 1e-2, 200, nodes)?;
/// assert!(c.on_nodes <= 1e-2 && c.upper.is_some_and(|u| u < 3e-2));
/// assert!(c.pivots.is_some_and(|z| z.len() < 40));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BoundError::Eps`], [`BoundError::NotPositive`], [`BoundError::Unbounded`],
/// [`BoundError::LowRank`]; [`BoundError::NotSemidefinite`], [`BoundError::Steeper`] or
/// [`BoundError::Contradicted`] if values contradict what the relation declares.
pub fn cholesky_certificate(
    k: &dyn Relation,
    eps: f64,
    most: usize,
    nodes: NonZeroUsize,
) -> Result<CholeskyCertificate, BoundError> {
    if k.definiteness() != Definiteness::PositiveSemidefinite {
        return Err(BoundError::NotPositive(k.name()));
    }
    let space = k.spaces().0;
    let (cover, radius) = covering(k, eps, space, nodes)?;
    let own = evaluate_diagonal(k, &cover)?;
    let negative = |index: usize, value: f64| {
        let x = cover.row(index).to_vec();
        BoundError::NotSemidefinite { relation: k.name(), y: x.clone(), x, value, most: 0.0 }
    };
    if let Some(i) = own.iter().position(|v| *v < 0.0) {
        return Err(negative(i, own[i]));
    }
    let largest = own.iter().copied().fold(0.0, f64::max);
    let source = KernelMatrix::square(k, &cover);
    let tolerance = if largest > 0.0 { (eps / largest).min(1.0) } else { 1.0 };
    let found = match pivoted_cholesky(&source, most.clamp(1, cover.len()), tolerance, Pivoting::Greedy) {
        Err(LowRankError::NotPositive { index, value }) => return Err(negative(index, value)),
        other => other?,
    };
    let pivots = cover.select(&found.pivots);
    let features = found.factors.left().subcols(0, found.pivots.len());
    // Each of the `r` steps rounds entries of at most this size.
    let slack = 32.0 * (found.pivots.len() + 1) as f64 * f64::EPSILON * largest;
    let left: Vec<f64> = own.iter().zip(features.row_iter()).map(|(v, f)| v - f.squared_norm_l2()).collect();
    if let Some(i) = left.iter().position(|v| *v < -slack) {
        return Err(negative(i, left[i]));
    }
    let on_nodes = left.into_iter().fold(0.0, f64::max);
    let upper = k.lipschitz().map(|l| ((on_nodes + slack).sqrt() + (2.0 * l * radius).sqrt()).powi(2));
    let at = fresh(space, "x");
    let values = evaluate(k, &at, &at)?;
    let triangle =
        Mat::from_fn(found.pivots.len(), found.pivots.len(), |i, c| features[(found.pivots[i], c)]);
    let mut left = values.clone();
    if let Some(pivots) = &pivots {
        let features = solved(triangle.as_ref(), evaluate(k, &at, pivots)?);
        left -= &features * features.transpose();
    }
    check_semidefinite(k, &left, &at, slack)?;
    check_lipschitz(k, values.as_ref(), (&at, &at))?;
    let found = upheld(k, upper, left.as_ref(), (&at, &at), slack)?;
    let unchecked = declared(k, &[Fact::Definiteness, Fact::Lipschitz]);
    Ok(CholeskyCertificate { pivots, on_nodes, upper, found, unchecked })
}

/// Rows `f` with `f L^T = v` for each row `v`, by forward substitution.
fn solved(triangle: MatRef<'_, f64>, mut values: Mat<f64>) -> Mat<f64> {
    for c in 0..triangle.ncols() {
        for i in 0..values.nrows() {
            let known: f64 = (0..c).map(|k| values[(i, k)] * triangle[(c, k)]).sum();
            values[(i, c)] = (values[(i, c)] - known) / triangle[(c, c)];
        }
    }
    values
}

/// Adaptive crosses on coverings of about `nodes` points on each side, until the largest error of a
/// pair of nodes is at most `eps` or `most` crosses are used. Cost: all pairs of nodes are evaluated
/// once and updated once for every cross, `O(nodes^2 most)`.
///
/// # Errors
/// [`BoundError::Eps`], [`BoundError::Unbounded`], [`BoundError::Jump`] (between nodes there is no
/// bound), [`BoundError::LowRank`]; [`BoundError::Steeper`] or [`BoundError::Contradicted`] if
/// values contradict the declared Lipschitz constant.
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
    let crosses = adaptive_cross(&source, most.clamp(1, cx.len().min(cy.len())), 0.0, seed)?;
    let exact = cross_gram(r, &cx, &cy)?;
    let mut missing = exact.clone();
    let (u, v) = (crosses.factors.left(), crosses.factors.right());
    let mut rank = 0;
    while rank < crosses.rows.len() && (rank == 0 || missing.norm_max() > eps) {
        missing -= u.col(rank) * v.col(rank).transpose();
        rank += 1;
    }
    let (fx, fy) = (fresh(x, "x"), fresh(y, "y"));
    let values = evaluate(r, &fx, &fy)?;
    check_lipschitz(r, values.as_ref(), (&fx, &fy))?;
    let constant = r.lipschitz();
    let unchecked = declared(r, &[Fact::Lipschitz]);
    let slack = 32.0 * (rank + 1) as f64 * f64::EPSILON * exact.norm_max();
    let chosen = cx.select(&crosses.rows[..rank]).zip(cy.select(&crosses.columns[..rank]));
    let Some((rows, columns)) = chosen else {
        // 0 on all nodes: 0 is the approximation.
        let on_nodes = exact.norm_max();
        let upper = constant.map(|l| on_nodes + l * (rx + ry));
        let found = upheld(r, upper, values.as_ref(), (&fx, &fy), slack)?;
        return Ok(CrossCertificate { rows: None, columns: None, on_nodes, upper, found, unchecked });
    };
    let core = cross_gram(r, &rows, &columns)?;
    // Scaled to entries of order 1, so that the inverse neither overflows nor vanishes.
    let size = core.norm_max();
    let lu = (core * (1.0 / size)).full_piv_lu();
    let against = |own: &Points, others: &Points| -> Result<Mat<f64>, BoundError> {
        Ok(cross_gram(r, own, others)? * (1.0 / size))
    };
    // Coefficients on the columns for each y node, and the values of the columns at each x node.
    let of_y = lu.solve(against(&rows, &cy)?);
    let at_x = cross_gram(r, &cx, &columns)?;
    let on_nodes = (&exact - &at_x * &of_y).norm_max();
    let upper = constant.map(|l| {
        let inverse = lu.solve(Mat::<f64>::identity(rank, rank));
        let of_x = (&at_x * &inverse) * (1.0 / size);
        let largest = |sums: Vec<f64>| sums.into_iter().fold(0.0, f64::max);
        let for_y = largest(of_y.col_iter().map(|c| c.norm_l1()).collect());
        let for_x = largest(of_x.row_iter().map(|c| c.norm_l1()).collect());
        let moved = inverse.col_iter().map(|c| c.norm_l1()).sum::<f64>() * (l * ry / size);
        on_nodes + l * rx * (1.0 + for_y + moved) + l * ry * (1.0 + for_x)
    });
    let skeleton = cross_gram(r, &fx, &columns)? * lu.solve(against(&rows, &fy)?);
    let found = upheld(r, upper, (&values - skeleton).as_ref(), (&fx, &fy), slack)?;
    Ok(CrossCertificate { rows: Some(rows), columns: Some(columns), on_nodes, upper, found, unchecked })
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
    compact(r, space)?;
    let covering = space.covering(per_axis(nodes.get(), space.axes()))?;
    Ok((covering.points, covering.radius))
}
