//! The kernels that trained encoders have learned: spectra, functions, and how they lie to those of
//! the target.
//!
//! Everything takes feature matrices on quadrature nodes, whatever network they came from.

use crate::decompose::{Mercer, Schmidt};
use crate::lowrank::thin_qr;
use crate::matrix::{self, MatrixError};
use crate::rkhs::{centred_alignment, subspace_angles};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::Quadrature;

/// The Mercer expansion of `<phi, phi>` on the nodes of a rule, from features `n x d`, without
/// forming the Gram matrix: eigenvalues (at most `d` nonzero) and eigenfunctions `n x d`,
/// orthonormal under the weights. Complexity: `O(n d^2)`.
///
/// ```
/// use relata_kernels::learned_mercer;
/// use relata_relations::{Interval, Space};
/// use std::num::NonZeroUsize;
/// use faer::Mat;
/// let q = Interval::new(-1.0, 1.0)?.quadrature(NonZeroUsize::new(10).ok_or("zero")?)?;
/// // One feature, phi(x) = 3 x: the kernel 9 x y has the one eigenvalue 9 * mean(x^2) = 3.
/// let phi = Mat::from_fn(10, 1, |i, _| 3.0 * q.nodes().row(i)[0]);
/// assert!((learned_mercer(phi.as_ref(), &q)?.values[0] - 3.0).abs() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if the features are empty, not finite, or not one row a node.
pub fn learned_mercer(phi: MatRef<'_, f64>, q: &Quadrature) -> Result<Mercer, MatrixError> {
    let w = weighted("the features", phi, q)?;
    let unit = Unit::of_mat(w.as_ref());
    let d = matrix::svd(unit.divide_mat(w.as_ref()).as_ref())?;
    let squares: Vec<f64> = d.s.iter().map(|s| s * s).collect();
    let values = product_of(unit, unit, &squares)?;
    Ok(Mercer { values, functions: unweighted(&d.u, q) })
}

/// The Schmidt decomposition of `<phi, psi>` on the nodes of two rules, from features `n x d` and
/// `m x d`. Complexity: `O((n + m) d^2)`.
///
/// # Errors
/// [`MatrixError`] if the features are empty, not finite, not one row a node, or of different
/// numbers.
pub fn learned_schmidt(
    phi: MatRef<'_, f64>,
    psi: MatRef<'_, f64>,
    q: [&Quadrature; 2],
) -> Result<Schmidt, MatrixError> {
    if phi.ncols() != psi.ncols() {
        return Err(MatrixError::Size {
            what: "the right features",
            expected: phi.ncols(),
            found: psi.ncols(),
        });
    }
    let (a, b) = (weighted("the left features", phi, q[0])?, weighted("the right features", psi, q[1])?);
    let units = (Unit::of_mat(a.as_ref()), Unit::of_mat(b.as_ref()));
    let (a, b) = (units.0.divide_mat(a.as_ref()), units.1.divide_mat(b.as_ref()));
    let ((qa, ra), (qb, rb)) = (thin_qr(a.as_ref()), thin_qr(b.as_ref()));
    let core = matrix::svd((&ra * rb.transpose()).as_ref())?;
    let mut left = &qa * &core.u;
    let mut right = &qb * &core.v;
    for k in 0..left.ncols() {
        let sign = matrix::canonical_sign(left.col(k).iter());
        left.col_mut(k).iter_mut().for_each(|v| *v *= sign);
        right.col_mut(k).iter_mut().for_each(|v| *v *= sign);
    }
    let values = product_of(units.0, units.1, &core.s)?;
    Ok(Schmidt { values, left: unweighted(&left, q[0]), right: unweighted(&right, q[1]) })
}

/// Values of products of features in two units.
fn product_of(a: Unit, b: Unit, values: &[f64]) -> Result<Vec<f64>, MatrixError> {
    let unit = a.times(b);
    unit.fits("the spectrum of the kernel", values.iter().copied().fold(0.0, f64::max))?;
    Ok(values.iter().map(|v| unit.multiply(*v)).collect())
}

/// How a learned kernel lies to its target.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedKernel {
    /// Relative errors of the leading eigenvalues.
    pub eigenvalue_errors: Vec<f64>,
    /// Principal angles, smallest first and in radians, between the spans of the leading
    /// eigenfunctions of the two under the weights.
    pub angles: Vec<f64>,
    /// Centred alignment of the two Gram matrices on the nodes.
    pub alignment: f64,
}

/// Compares the first `count` eigenpairs of a learned kernel with those of the target on the same
/// rule, and the Gram matrices.
///
/// # Errors
/// [`MatrixError`] if a decomposition has fewer pairs or other nodes, an eigenvalue of the target is
/// 0, or a kernel is constant.
pub fn compare_learned(
    learned: &Mercer,
    target: &Mercer,
    q: &Quadrature,
    count: usize,
) -> Result<LearnedKernel, MatrixError> {
    for m in [learned, target] {
        for (what, expected, found) in [
            ("the eigenfunctions", q.len(), m.functions.nrows()),
            ("the expansion", count, m.values.len().min(count)),
        ] {
            if expected != found || count == 0 {
                return Err(MatrixError::Size { what, expected: expected.max(1), found });
            }
        }
    }
    let leading = |m: &Mercer| weighted("the eigenfunctions", m.functions.subcols(0, count), q);
    let whole = |m: &Mercer| {
        let f = &m.functions;
        let unit = Unit::of(&m.values);
        let scaled = Mat::from_fn(f.nrows(), f.ncols(), |i, k| f[(i, k)] * unit.divide(m.values[k]));
        scaled * f.transpose()
    };
    if let Some(index) = target.values[..count].iter().position(|v| *v == 0.0) {
        return Err(MatrixError::ZeroEigenvalue { what: "the target", index });
    }
    let relative = |k: usize| ((learned.values[k] - target.values[k]) / target.values[k]).abs();
    Ok(LearnedKernel {
        eigenvalue_errors: (0..count).map(relative).collect(),
        angles: subspace_angles(leading(learned)?.as_ref(), leading(target)?.as_ref())?,
        alignment: centred_alignment(whole(learned).as_ref(), whole(target).as_ref())?,
    })
}

fn weighted(what: &'static str, f: MatRef<'_, f64>, q: &Quadrature) -> Result<Mat<f64>, MatrixError> {
    matrix::check(f)?;
    if f.nrows() != q.len() {
        return Err(MatrixError::Size { what, expected: q.len(), found: f.nrows() });
    }
    let w = q.sqrt_weights();
    Ok(Mat::from_fn(f.nrows(), f.ncols(), |i, k| w[i] * f[(i, k)]))
}

fn unweighted(f: &Mat<f64>, q: &Quadrature) -> Mat<f64> {
    let w = q.sqrt_weights();
    Mat::from_fn(f.nrows(), f.ncols(), |i, k| f[(i, k)] / w[i])
}
