//! Decompositions of dense matrices that are checked before anybody reads them.
//!
//! The algorithms are those of faer. They report when they do not converge, but not always: on some
//! matrices of zeros and ones of order 801 the small singular values of faer 0.24 are NaN, without
//! an error. So every decomposition is held against two things that it must keep, the sum of the
//! squares of the entries and (for eigenvalues) the trace. Where it does not keep them it is done
//! again on the same problem in another guise, transposed or scaled or in reverse order, and if
//! that fails too there is an error.
//!
//! These are the only decompositions that the workspace uses; a test of xtask looks for others.

use crate::scale::PowerOfTwo;
use faer::{Mat, MatRef, Scale, Side};
use thiserror::Error;

/// A decomposition that could not be computed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the {what} of a {rows} x {columns} matrix could not be computed")]
pub struct SpectralError {
    /// What was to be computed.
    pub what: &'static str,
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub columns: usize,
}

/// `A = U diag(s) V^T` with `k = min(n, m)` columns in `U` (`n x k`) and `V` (`m x k`).
#[derive(Clone, Debug)]
pub struct ThinSvd {
    /// `U`: left singular vectors in the columns.
    pub left: Mat<f64>,
    /// `s`: singular values, largest first.
    pub values: Vec<f64>,
    /// `V`: right singular vectors in the columns.
    pub right: Mat<f64>,
}

/// `A = U diag(l) U^T` of a symmetric matrix.
#[derive(Clone, Debug)]
pub struct SymmetricEigen {
    /// `l`: eigenvalues, smallest first.
    pub values: Vec<f64>,
    /// `U`: eigenvectors in the columns.
    pub vectors: Mat<f64>,
}

/// The thin singular value decomposition of a finite matrix `(n, m)`. Cost: `n m min(n, m)`.
///
/// # Errors
/// [`SpectralError`] if it does not converge in any guise, or the matrix is not finite.
///
/// ```
/// use relata_relations::faer::mat;
/// use relata_relations::spectral::thin_svd;
/// let d = thin_svd(mat![[3.0, 0.0], [0.0, -4.0], [0.0, 0.0f64]].as_ref())?;
/// assert!((d.values[0] - 4.0).abs() < 1e-15 && (d.values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), relata_relations::spectral::SpectralError>(())
/// ```
pub fn thin_svd(a: MatRef<'_, f64>) -> Result<ThinSvd, SpectralError> {
    if let Some((near_one, unit)) = in_range(a) {
        return thin_svd(near_one.as_ref()).map(|d| ThinSvd { values: restored(d.values, unit), ..d });
    }
    let of = |a: MatRef<'_, f64>, scale: f64| -> Option<ThinSvd> {
        let d = a.thin_svd().ok()?;
        let values = d.S().column_vector().iter().map(|s| s / scale).collect();
        let found = ThinSvd { left: d.U().to_owned(), values, right: d.V().to_owned() };
        let finite = is_finite(found.left.as_ref()) && is_finite(found.right.as_ref());
        finite.then_some(found)
    };
    let swapped = |d: ThinSvd| ThinSvd { left: d.right, values: d.values, right: d.left };
    let keeps = |d: &ThinSvd| keeps_squares(a, &d.values);
    of(a, 1.0)
        .filter(keeps)
        .or_else(|| of(a.transpose().to_owned().as_ref(), 1.0).map(swapped).filter(keeps))
        .or_else(|| of((a * Scale(GUISE)).as_ref(), GUISE).filter(keeps))
        .ok_or(error("singular value decomposition", a))
}

/// The singular values of a finite matrix `(n, m)`, largest first. Cost: `n m min(n, m)`, about a
/// quarter of [`thin_svd`].
///
/// # Errors
/// As [`thin_svd`].
pub fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, SpectralError> {
    if let Some((near_one, unit)) = in_range(a) {
        return singular_values(near_one.as_ref()).map(|values| restored(values, unit));
    }
    let keeps = |s: &Vec<f64>| keeps_squares(a, s);
    let fast = a.singular_values().ok().filter(keeps);
    fast.or_else(|| a.transpose().to_owned().singular_values().ok().filter(keeps))
        .map_or_else(|| thin_svd(a).map(|d| d.values), Ok)
        .map_err(|_| error("singular values", a))
}

/// The eigenvalues and eigenvectors of a finite symmetric matrix `(n, n)`, of which the lower half
/// is read. Cost: `n^3`.
///
/// # Errors
/// [`SpectralError`] if it does not converge in any guise, or the matrix is not square or not
/// finite.
pub fn symmetric_eigen(a: MatRef<'_, f64>) -> Result<SymmetricEigen, SpectralError> {
    let failed = error("eigenvalue decomposition", a);
    if a.nrows() != a.ncols() {
        return Err(failed);
    }
    if let Some((near_one, unit)) = in_range(a) {
        return symmetric_eigen(near_one.as_ref())
            .map(|d| SymmetricEigen { values: restored(d.values, unit), ..d });
    }
    let of = |a: MatRef<'_, f64>, scale: f64| -> Option<SymmetricEigen> {
        let d = a.self_adjoint_eigen(Side::Lower).ok()?;
        let values = d.S().column_vector().iter().map(|s| s / scale).collect();
        is_finite(d.U()).then(|| SymmetricEigen { values, vectors: d.U().to_owned() })
    };
    let keeps = |d: &SymmetricEigen| keeps_trace(a, &d.values);
    of(a, 1.0)
        .filter(keeps)
        .or_else(|| of((a * Scale(GUISE)).as_ref(), GUISE).filter(keeps))
        .or_else(|| {
            let d = of(reversed(a).as_ref(), 1.0)?;
            Some(SymmetricEigen { values: d.values, vectors: d.vectors.reverse_rows().to_owned() })
                .filter(keeps)
        })
        .ok_or(failed)
}

/// The eigenvalues of a finite symmetric matrix `(n, n)`, smallest first; the lower half is read.
/// Cost: `n^3`, about a quarter of [`symmetric_eigen`].
///
/// # Errors
/// As [`symmetric_eigen`].
pub fn symmetric_eigenvalues(a: MatRef<'_, f64>) -> Result<Vec<f64>, SpectralError> {
    if a.nrows() != a.ncols() {
        return Err(error("eigenvalues", a));
    }
    if let Some((near_one, unit)) = in_range(a) {
        return symmetric_eigenvalues(near_one.as_ref()).map(|values| restored(values, unit));
    }
    let keeps = |l: &Vec<f64>| keeps_trace(a, l);
    let fast = a.self_adjoint_eigenvalues(Side::Lower).ok().filter(keeps);
    fast.map_or_else(|| symmetric_eigen(a).map(|d| d.values), Ok).map_err(|_| error("eigenvalues", a))
}

/// A factor that changes every rounding.
const GUISE: f64 = 0.7;

/// What the invariants may be off by, relative to the sum of the squares: rounding of `n^3`
/// operations stays below `n` units in the last place, which for 10 000 rows is 1e-12; a value that
/// is wrong matters from far above that.
const SLACK: f64 = 1e-9;

/// Sums of squares below this lose digits, and those above overflow: such a matrix is scaled before
/// it is decomposed.
const IN_RANGE: std::ops::RangeInclusive<f64> = 1e-280..=1e280;

/// A matrix whose squares would lose digits or overflow, divided by a power of two, which is exact;
/// none where nothing has to be done.
fn in_range(a: MatRef<'_, f64>) -> Option<(Mat<f64>, PowerOfTwo)> {
    if IN_RANGE.contains(&a.squared_norm_l2()) {
        return None;
    }
    let unit = PowerOfTwo::of(a.col_iter().flat_map(|c| c.iter().copied()));
    let scaled = || Mat::from_fn(a.nrows(), a.ncols(), |i, j| unit.divide(a[(i, j)]));
    (unit != PowerOfTwo::ONE).then(|| (scaled(), unit))
}

fn restored(values: Vec<f64>, unit: PowerOfTwo) -> Vec<f64> {
    values.into_iter().map(|v| unit.multiply(v)).collect()
}

fn keeps_squares(a: MatRef<'_, f64>, values: &[f64]) -> bool {
    let (found, wanted) = (values.iter().map(|v| v * v).sum::<f64>(), a.squared_norm_l2());
    let held = !IN_RANGE.contains(&wanted) || (found - wanted).abs() <= SLACK * wanted;
    held && values.iter().all(|v| v.is_finite())
}

fn keeps_trace(a: MatRef<'_, f64>, values: &[f64]) -> bool {
    let n = a.nrows();
    let diagonal = (0..n).map(|i| a[(i, i)]);
    let below: f64 = (0..n).map(|j| (j + 1..n).map(|i| a[(i, j)] * a[(i, j)]).sum::<f64>()).sum();
    let wanted = 2.0 * below + diagonal.clone().map(|v| v * v).sum::<f64>();
    let (found, trace) = (values.iter().map(|v| v * v).sum::<f64>(), diagonal.sum::<f64>());
    // `|sum l - tr A| <= slack |A|_F sqrt(n)`, as the values are off by `slack |A|_F` together.
    let gap = (values.iter().sum::<f64>() - trace).abs();
    let held = !IN_RANGE.contains(&wanted)
        || ((found - wanted).abs() <= SLACK * wanted && gap <= SLACK * (wanted * n as f64).sqrt());
    held && values.iter().all(|v| v.is_finite())
}

fn is_finite(a: MatRef<'_, f64>) -> bool {
    a.col_iter().all(|c| c.iter().all(|v| v.is_finite()))
}

/// The symmetric matrix with rows and columns in reverse order, from its lower half.
fn reversed(a: MatRef<'_, f64>) -> Mat<f64> {
    let n = a.nrows();
    Mat::from_fn(n, n, |i, j| {
        let (i, j) = (n - 1 - i, n - 1 - j);
        if i >= j { a[(i, j)] } else { a[(j, i)] }
    })
}

fn error(what: &'static str, a: MatRef<'_, f64>) -> SpectralError {
    SpectralError { what, rows: a.nrows(), columns: a.ncols() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interval, Space};
    use std::num::NonZeroUsize;

    /// `1[y < frac(2x + c)]` on a rule of the unit interval, as the limits weigh it.
    fn sawtooth_order(n: usize, c: f64) -> Mat<f64> {
        let q = Interval::unit().quadrature(NonZeroUsize::new(n).unwrap()).unwrap();
        let w = q.sqrt_weights();
        let at = |i: usize| q.nodes().row(i)[0];
        Mat::from_fn(n, n, |i, j| if at(j) < (2.0 * at(i) + c).fract() { w[i] * w[j] } else { 0.0 })
    }

    #[test]
    fn a_matrix_on_which_faer_says_nan_is_decomposed() {
        let a = sawtooth_order(801, 0.792_236_526_405_259);
        let plain = a.singular_values().unwrap();
        assert!(plain.iter().any(|v| v.is_nan()), "faer has been mended: this module may do less");
        let s = singular_values(a.as_ref()).unwrap();
        assert!((s.iter().map(|v| v * v).sum::<f64>() - a.squared_norm_l2()).abs() < 1e-13);
        // Near the singular values 1 / (pi (k - 1/2)) of the order itself, whose place the
        // sawtooth changes and nothing else.
        for k in 1..6 {
            assert!(
                (s[k - 1] * std::f64::consts::PI * (k as f64 - 0.5) - 1.0).abs() < 5e-3,
                "{k}: {}",
                s[k - 1]
            );
        }
        let d = thin_svd(a.as_ref()).unwrap();
        let back = Mat::from_fn(801, 801, |i, k| d.left[(i, k)] * d.values[k]) * d.right.transpose();
        assert!((back - a).norm_max() < 1e-14);
    }

    #[test]
    fn every_guise_is_the_same_decomposition() {
        let mut stream = crate::Seed(3).stream("spectral");
        let a = Mat::from_fn(7, 7, |_, _| stream.normal());
        let s = &a + a.transpose();
        let e = symmetric_eigen(s.as_ref()).unwrap();
        let r = symmetric_eigen(reversed(s.as_ref()).as_ref()).unwrap();
        for k in 0..7 {
            assert!((e.values[k] - r.values[k]).abs() < 1e-13);
            let residual = &s * e.vectors.col(k) - e.vectors.col(k) * Scale(e.values[k]);
            assert!(residual.norm_l2() < 1e-13);
        }
    }

    #[test]
    fn what_is_not_finite_or_not_square_is_an_error() {
        let nan = Mat::from_fn(3, 3, |i, j| if i == j { f64::NAN } else { 1.0 });
        assert!(thin_svd(nan.as_ref()).is_err() && singular_values(nan.as_ref()).is_err());
        assert!(symmetric_eigen(nan.as_ref()).is_err() && symmetric_eigenvalues(nan.as_ref()).is_err());
        assert!(symmetric_eigen(Mat::<f64>::zeros(2, 3).as_ref()).is_err());
        assert_eq!(singular_values(Mat::zeros(2, 3).as_ref()).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn the_scale_of_a_matrix_changes_no_digit() {
        let a = Mat::from_fn(26, 26, |i, j| ((3 * i + 7 * j * j + 1) as f64).sin() / (1.0 + (i * j) as f64));
        let s = &a + a.transpose();
        for exponent in [-1000, -540, -300, 300, 540, 1000] {
            let unit = PowerOfTwo::new(exponent);
            let scaled = |a: &Mat<f64>| Mat::from_fn(26, 26, |i, j| unit.multiply(a[(i, j)]));
            let near = |found: &[f64], plain: &[f64]| {
                for (f, p) in found.iter().zip(plain) {
                    assert!((unit.divide(*f) - p).abs() <= 1e-13, "2^{exponent}: {f:e}, {p:e} by itself");
                }
            };
            let (of, plain) = (scaled(&a), singular_values(a.as_ref()).unwrap());
            near(&singular_values(of.as_ref()).unwrap(), &plain);
            near(&thin_svd(of.as_ref()).unwrap().values, &plain);
            let (of, plain) = (scaled(&s), symmetric_eigenvalues(s.as_ref()).unwrap());
            near(&symmetric_eigenvalues(of.as_ref()).unwrap(), &plain);
            near(&symmetric_eigen(of.as_ref()).unwrap().values, &plain);
        }
    }
}
