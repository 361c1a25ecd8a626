//! Eigenfunctions and singular functions away from the nodes, and what truncation costs there.

use crate::decompose::{Mercer, Schmidt};
use crate::gram::cross_gram;
use crate::matrix::root_sum_squares;
use faer::{Mat, MatRef};
use relata_relations::{
    Definiteness, Points, PowerOfTwo, Quadrature, Relation, RelationError, evaluate_diagonal,
};
use thiserror::Error;

/// Why an expansion cannot be extended.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// More functions than the decomposition determines.
    #[error(
        "{count} functions were asked for; {determined} have eigenvalues above rounding (1e-13 of the largest)"
    )]
    Count {
        /// The number asked for.
        count: usize,
        /// The number that can be had.
        determined: usize,
    },
    /// A decomposition on other nodes.
    #[error("the decomposition has {functions} nodes, the rule {nodes}; they must be the same")]
    Nodes {
        /// Nodes of the decomposition.
        functions: usize,
        /// Nodes of the rule.
        nodes: usize,
    },
    /// A sup error by the diagonal needs a positive semidefinite kernel.
    #[error(
        "{0} is not known to be positive semidefinite: its truncation error does not peak on the diagonal; use schmidt_truncation"
    )]
    NotPositive(String),
    /// A kernel that is declared positive semidefinite and has a negative eigenvalue.
    #[error(
        "{relation} is declared positive semidefinite and is not: it has the eigenvalue {value:e} on the nodes, beside a largest of {largest:e}; use schmidt_truncation"
    )]
    NegativeEigenvalue {
        /// The relation.
        relation: String,
        /// The most negative eigenvalue.
        value: f64,
        /// The largest one.
        largest: f64,
    },
}

/// The first `count` eigenfunctions at new points, `f_i(x) = l_i^{-1} sum_j w_j k(x, z_j) f_i(z_j)`
/// (Nystrom 1930). At the nodes this reproduces the decomposition. Shape: `n x count`.
///
/// ```
/// use relata_kernels::fast::{KernelProfile, ProfileKernel};
/// use relata_kernels::{extend_eigenfunctions, mercer};
/// use relata_relations::{Interval, Points, Space};
/// use std::num::NonZeroUsize;
/// let unit = Interval::unit();
/// let q = unit.quadrature(NonZeroUsize::new(40).ok_or("zero")?)?;
/// let kernel = ProfileKernel::new(KernelProfile::gaussian(0.5)?, unit);
/// let m = mercer(&kernel, &q)?;
/// let f = extend_eigenfunctions(&kernel, &q, &m, 4, &Points::line(vec![0.123])?)?;
/// assert_eq!((f.nrows(), f.ncols()), (1, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ExtensionError`] if the decomposition is of other nodes or determines fewer functions, or the
/// kernel cannot be evaluated.
pub fn extend_eigenfunctions(
    k: &dyn Relation,
    q: &Quadrature,
    m: &Mercer,
    count: usize,
    x: &Points,
) -> Result<Mat<f64>, ExtensionError> {
    check(count, &m.values, m.functions.nrows(), q)?;
    Ok(extended(&cross_gram(k, x, q.nodes())?, q, m.functions.as_ref(), &m.values, count))
}

/// The first `count` left singular functions at new points,
/// `u_i(x) = s_i^{-1} sum_j w_j r(x, y_j) v_i(y_j)`: the asymmetric Nystrom extension. Shape:
/// `n x count`. `q` is the rule of the `y` nodes.
///
/// # Errors
/// As [`extend_eigenfunctions`].
pub fn extend_left_functions(
    r: &dyn Relation,
    q: &Quadrature,
    s: &Schmidt,
    count: usize,
    x: &Points,
) -> Result<Mat<f64>, ExtensionError> {
    check(count, &s.values, s.right.nrows(), q)?;
    Ok(extended(&cross_gram(r, x, q.nodes())?, q, s.right.as_ref(), &s.values, count))
}

/// The first `count` right singular functions at new points,
/// `v_i(y) = s_i^{-1} sum_j w_j r(x_j, y) u_i(x_j)`. Shape: `m x count`. `q` is the rule of the `x`
/// nodes.
///
/// # Errors
/// As [`extend_eigenfunctions`].
pub fn extend_right_functions(
    r: &dyn Relation,
    q: &Quadrature,
    s: &Schmidt,
    count: usize,
    y: &Points,
) -> Result<Mat<f64>, ExtensionError> {
    check(count, &s.values, s.left.nrows(), q)?;
    let values = cross_gram(r, q.nodes(), y)?.transpose().to_owned();
    Ok(extended(&values, q, s.left.as_ref(), &s.values, count))
}

/// What is lost by keeping `rank` terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// In `L2(mu x nu)`: the root of the sum of the squares dropped.
    pub l2: f64,
    /// In the sup norm, over the points given: for a positive semidefinite kernel
    /// `max_x [k(x, x) - sum_i l_i f_i(x)^2]`, which bounds all pairs of these points and is
    /// attained on the diagonal; else the largest error of a pair.
    pub sup: f64,
}

/// Truncation errors of a Mercer expansion; the sup error on the diagonal over `at`.
///
/// # Errors
/// [`ExtensionError::NotPositive`] if the kernel is not known to be positive semidefinite,
/// [`ExtensionError::NegativeEigenvalue`] if it is not, and as [`extend_eigenfunctions`].
pub fn mercer_truncation(
    k: &dyn Relation,
    q: &Quadrature,
    m: &Mercer,
    rank: usize,
    at: &Points,
) -> Result<Truncation, ExtensionError> {
    if k.definiteness() != Definiteness::PositiveSemidefinite {
        return Err(ExtensionError::NotPositive(k.name()));
    }
    // Some formulas lose half of their digits on the diagonal, such as an arc cosine near 1; more
    // than that is not rounding.
    let largest = m.values.iter().copied().fold(0.0, f64::max);
    if let Some(value) = m.values.iter().copied().find(|v| *v < -1e-9 * largest) {
        return Err(ExtensionError::NegativeEigenvalue { relation: k.name(), value, largest });
    }
    let f = extend_eigenfunctions(k, q, m, rank, at)?;
    let mut sup = 0.0f64;
    for (i, own) in evaluate_diagonal(k, at)?.into_iter().enumerate() {
        sup = sup.max(own - (0..rank).map(|c| m.values[c] * f[(i, c)].powi(2)).sum::<f64>());
    }
    Ok(Truncation { l2: root_sum_squares(&m.values[rank..]), sup })
}

/// Truncation errors of a Schmidt expansion; the sup error over all pairs of `x` and `y`.
///
/// # Errors
/// As [`extend_eigenfunctions`].
pub fn schmidt_truncation(
    r: &dyn Relation,
    q: [&Quadrature; 2],
    s: &Schmidt,
    rank: usize,
    at: [&Points; 2],
) -> Result<Truncation, ExtensionError> {
    let u = extend_left_functions(r, q[1], s, rank, at[0])?;
    let v = extend_right_functions(r, q[0], s, rank, at[1])?;
    let scaled = Mat::from_fn(u.nrows(), rank, |i, k| u[(i, k)] * s.values[k]);
    let residual = cross_gram(r, at[0], at[1])? - scaled * v.transpose();
    Ok(Truncation { l2: root_sum_squares(&s.values[rank..]), sup: residual.norm_max() })
}

fn check(count: usize, values: &[f64], functions: usize, q: &Quadrature) -> Result<(), ExtensionError> {
    if functions != q.len() {
        return Err(ExtensionError::Nodes { functions, nodes: q.len() });
    }
    let largest = values.first().map_or(0.0, |v| v.abs());
    let determined = values.iter().take_while(|v| v.abs() > 1e-13 * largest).count();
    if count > determined { Err(ExtensionError::Count { count, determined }) } else { Ok(()) }
}

fn extended(
    values: &Mat<f64>,
    q: &Quadrature,
    functions: MatRef<'_, f64>,
    scale: &[f64],
    count: usize,
) -> Mat<f64> {
    // In a unit near the largest value, so that quotients by small ones do not overflow.
    let unit = PowerOfTwo::of(scale.first().copied());
    let w = q.weights();
    let values = Mat::from_fn(values.nrows(), values.ncols(), |i, j| unit.divide(values[(i, j)]));
    values * Mat::from_fn(w.len(), count, |j, k| w[j] * functions[(j, k)] / unit.divide(scale[k]))
}
