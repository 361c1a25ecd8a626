//! Mercer expansions and Schmidt decompositions on quadrature nodes.
//!
//! On rules with nodes `x_i`, `y_j` and weights `w_i`, `v_j` the relation becomes the matrix
//! `W^{1/2} R V^{1/2}`. Its singular value decomposition is the Schmidt decomposition
//! `r(x, y) = sum_k s_k u_k(x) v_k(y)` of the discretised relation, with functions orthonormal in
//! the discretised `L2(mu)`, `L2(nu)` (Schmidt 1907); for a symmetric relation its
//! eigendecomposition is the Mercer expansion `sum_k l_k f_k(x) f_k(y)`, with signs where the
//! relation is indefinite. Eigenvalues converge with the rule: for analytic relations and Gauss
//! rules to rounding, with a kink at `x = y` like `n^-2`.

use crate::matrix::{self, MatrixError, ThinSvd};
use faer::{Mat, MatRef};
use relata_relations::{PowerOfTwo, Quadrature, Relation, RelationError, Symmetry, evaluate};
use thiserror::Error;

/// Why a decomposition could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
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
    /// The matrix on the nodes could not be decomposed.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
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
    let ThinSvd { u, s, v } = matrix::svd(a.as_ref())?;
    let values = s.into_iter().map(|s| unit.multiply(s)).collect();
    let unweight =
        |m: &Mat<f64>, w: &[f64]| Mat::from_fn(m.nrows(), m.ncols(), |i, k| m[(i, k)] / w[i].sqrt());
    Ok(Schmidt { left: unweight(&u, q[0].weights()), right: unweight(&v, q[1].weights()), values })
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
    Ok(matrix::singular_values(a.as_ref())?.into_iter().map(|s| unit.multiply(s)).collect())
}

/// Eigenvalues of `(A + A^T) / 2`, largest magnitude first.
pub(crate) fn symmetric_part_eigenvalues(a: MatRef<'_, f64>) -> Result<Vec<f64>, DecomposeError> {
    let (a, unit) = near_one(a);
    let values = matrix::eigenvalues(matrix::symmetric_part(a.as_ref())?.as_ref())?;
    Ok(by_magnitude(&values).into_iter().map(|k| unit.multiply(values[k])).collect())
}

/// Eigenvalues and orthonormal eigenvectors of `(A + A^T) / 2`, largest magnitude first, canonical
/// signs.
pub(crate) fn symmetric_part_eigen(a: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>), DecomposeError> {
    let (a, unit) = near_one(a);
    let (values, u) = matrix::eigh(matrix::symmetric_part(a.as_ref())?.as_ref())?;
    let order = by_magnitude(&values);
    let vectors = Mat::from_fn(u.nrows(), order.len(), |i, k| u[(i, order[k])]);
    Ok((order.iter().map(|&k| unit.multiply(values[k])).collect(), vectors))
}

/// Numbers of the values, largest magnitude first, positive before negative among equals.
fn by_magnitude(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[j].abs().total_cmp(&values[i].abs()).then(values[j].total_cmp(&values[i])));
    order
}

/// The matrix over a power of two near its largest entry: decompositions square entries, and none of
/// these squares overflows or vanishes. Division and the way back are exact.
fn near_one(a: MatRef<'_, f64>) -> (Mat<f64>, PowerOfTwo) {
    let unit = PowerOfTwo::of([a.norm_max()]);
    (Mat::from_fn(a.nrows(), a.ncols(), |i, j| unit.divide(a[(i, j)])), unit)
}
