//! Mercer expansions and Schmidt decompositions on quadrature nodes.
//!
//! On rules with nodes `x_i`, `y_j` and weights `w_i`, `v_j` the relation becomes the matrix
//! `W^{1/2} R V^{1/2}`. Its singular value decomposition is the Schmidt decomposition
//! `r(x, y) = sum_k s_k u_k(x) v_k(y)` of the discretised relation, with functions orthonormal in
//! the discretised `L2(mu)`, `L2(nu)` (Schmidt 1907); for a symmetric relation its
//! eigendecomposition is the Mercer expansion `sum_k l_k f_k(x) f_k(y)`, with signs where the
//! relation is indefinite. Eigenvalues converge with the rule: for analytic relations and Gauss
//! rules to rounding, with a kink at `x = y` like `n^-2`.

use faer::{Mat, MatRef, Side};
use relata_relations::{PowerOfTwo, Quadrature, Relation, RelationError, Symmetry, evaluate};
use thiserror::Error;

/// Why a decomposition could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DecomposeError {
    /// The relation could not be evaluated on the nodes.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A Mercer expansion was asked of a relation that is not symmetric.
    #[error("{relation} is not symmetric: it has no Mercer expansion; use the Schmidt decomposition")]
    NotSymmetric {
        /// The relation.
        relation: String,
    },
    /// An iteration did not converge.
    #[error("the {what} of a {rows} x {columns} matrix did not converge")]
    NoConvergence {
        /// Which decomposition.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
}

/// A Schmidt decomposition on nodes.
#[derive(Clone, Debug)]
pub struct Schmidt {
    /// Singular values, largest first.
    pub values: Vec<f64>,
    /// Left singular functions at the `x` nodes: `n x k`, orthonormal under the weights.
    pub left: Mat<f64>,
    /// Right singular functions at the `y` nodes: `m x k`, orthonormal under the weights.
    pub right: Mat<f64>,
}

/// A Mercer expansion on nodes.
#[derive(Clone, Debug)]
pub struct Mercer {
    /// Eigenvalues, largest magnitude first, signed.
    pub values: Vec<f64>,
    /// Eigenfunctions at the nodes: `n x n`, orthonormal under the weights.
    pub functions: Mat<f64>,
}

/// The Schmidt decomposition of `r` on two rules. Cost: `n m min(n, m)`.
///
/// Signs are canonical: the entry of largest magnitude of each left function is positive.
///
/// # Errors
/// [`DecomposeError`]
///
/// ```
/// use relata_kernels::schmidt;
/// use relata_relations::{Points, Quadrature, relation_fn, Interval};
/// // x - y on [0, 1] has rank 2, both singular values 1/sqrt(12).
/// let r = relation_fn(Interval::new(0.0, 1.0)?, Interval::new(0.0, 1.0)?, |x, y| x[0] - y[0]);
/// let q = relata_relations::Space::quadrature(&Interval::new(0.0, 1.0)?, std::num::NonZeroUsize::new(8).unwrap())?;
/// let s = schmidt(&r, [&q, &q])?;
/// assert!((s.values[0] - 12f64.sqrt().recip()).abs() < 1e-14 && s.values[2] < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn schmidt(r: &dyn Relation, q: [&Quadrature; 2]) -> Result<Schmidt, DecomposeError> {
    let (a, unit) = near_one(weighted(r, q)?.as_ref());
    let svd = a.thin_svd().map_err(|_| no_convergence("singular value decomposition", a.as_ref()))?;
    let values: Vec<f64> = svd.S().column_vector().iter().map(|s| unit.multiply(*s)).collect();
    let signs: Vec<f64> = (0..values.len()).map(|k| canonical_sign(svd.U(), k)).collect();
    let unweight = |m: MatRef<'_, f64>, w: &[f64]| {
        Mat::from_fn(m.nrows(), values.len(), |i, k| signs[k] * m[(i, k)] / w[i].sqrt())
    };
    Ok(Schmidt { left: unweight(svd.U(), q[0].weights()), right: unweight(svd.V(), q[1].weights()), values })
}

/// The Mercer expansion of a symmetric `r` on a rule (signed where `r` is indefinite). Cost: `n^3`.
///
/// # Errors
/// [`DecomposeError::NotSymmetric`] and as [`schmidt`].
pub fn mercer(r: &dyn Relation, q: &Quadrature) -> Result<Mercer, DecomposeError> {
    if r.symmetry() != Symmetry::Symmetric {
        return Err(DecomposeError::NotSymmetric { relation: r.name() });
    }
    let (values, vectors) = symmetric_part_eigen(weighted(r, [q, q])?.as_ref())?;
    let w = q.weights();
    let functions = Mat::from_fn(vectors.nrows(), values.len(), |i, k| vectors[(i, k)] / w[i].sqrt());
    Ok(Mercer { values, functions })
}

/// `W^{1/2} R V^{1/2}`, `n x m`.
pub(crate) fn weighted(r: &dyn Relation, q: [&Quadrature; 2]) -> Result<Mat<f64>, RelationError> {
    let mut a = evaluate(r, q[0].nodes(), q[1].nodes())?;
    let (sx, sy) = (q[0].sqrt_weights(), q[1].sqrt_weights());
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            a[(i, j)] *= sx[i] * sy[j];
        }
    }
    Ok(a)
}

/// Singular values, largest first.
pub(crate) fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, DecomposeError> {
    let (a, unit) = near_one(a);
    let values =
        a.singular_values().map_err(|_| no_convergence("singular value decomposition", a.as_ref()))?;
    Ok(values.into_iter().map(|s| unit.multiply(s)).collect())
}

/// Eigenvalues of `(A + A^T) / 2`, largest magnitude first.
pub(crate) fn symmetric_part_eigenvalues(a: MatRef<'_, f64>) -> Result<Vec<f64>, DecomposeError> {
    let (a, unit) = near_one(a);
    let mut values = symmetric_part(a.as_ref())
        .self_adjoint_eigenvalues(Side::Lower)
        .map_err(|_| no_convergence("eigenvalue decomposition", a.as_ref()))?;
    values.iter_mut().for_each(|v| *v = unit.multiply(*v));
    values.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(b.total_cmp(a)));
    Ok(values)
}

/// Eigenvalues and orthonormal eigenvectors of `(A + A^T) / 2`, largest magnitude first, canonical
/// signs.
fn symmetric_part_eigen(a: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>), DecomposeError> {
    let (a, unit) = near_one(a);
    let eig = symmetric_part(a.as_ref())
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| no_convergence("eigenvalue decomposition", a.as_ref()))?;
    let all: Vec<f64> = eig.S().column_vector().iter().map(|l| unit.multiply(*l)).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&i, &j| all[j].abs().total_cmp(&all[i].abs()).then(all[j].total_cmp(&all[i])));
    let signs: Vec<f64> = order.iter().map(|&k| canonical_sign(eig.U(), k)).collect();
    let vectors = Mat::from_fn(all.len(), all.len(), |i, k| signs[k] * eig.U()[(i, order[k])]);
    Ok((order.iter().map(|&k| all[k]).collect(), vectors))
}

/// The matrix over a power of two near its largest entry: decompositions square entries, and none of
/// these squares overflows or vanishes. Division and the way back are exact.
fn near_one(a: MatRef<'_, f64>) -> (Mat<f64>, PowerOfTwo) {
    let unit = PowerOfTwo::of([a.norm_max()]);
    (Mat::from_fn(a.nrows(), a.ncols(), |i, j| unit.divide(a[(i, j)])), unit)
}

fn symmetric_part(a: MatRef<'_, f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| 0.5 * (a[(i, j)] + a[(j, i)]))
}

/// 1 or -1, so that the entry of largest magnitude (the first among equals up to rounding) becomes
/// positive.
fn canonical_sign(m: MatRef<'_, f64>, k: usize) -> f64 {
    let top = m.col(k).iter().map(|v| v.abs()).fold(0.0, f64::max);
    let first = m.col(k).iter().find(|v| v.abs() >= top * (1.0 - 1e-9));
    if first.is_some_and(|v| *v < 0.0) { -1.0 } else { 1.0 }
}

fn no_convergence(what: &'static str, a: MatRef<'_, f64>) -> DecomposeError {
    DecomposeError::NoConvergence { what, rows: a.nrows(), columns: a.ncols() }
}
