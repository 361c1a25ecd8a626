//! Distances between samples, between kernels, and between subspaces.

use super::RkhsError;
use super::function::{check_kernel, root_of_form};
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use crate::{cross_gram, gram};
use faer::{Mat, MatRef};
use relata_relations::{Points, Relation};

/// The maximum mean discrepancy of two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmd {
    /// `|mean k(., x_i) - mean k(., y_j)|`, the distance of the empirical mean embeddings (biased
    /// upwards).
    pub biased: f64,
    /// The unbiased estimate of the *squared* discrepancy of the distributions; may be negative.
    pub unbiased_squared: f64,
    /// Standard error of `unbiased_squared` from the spread of its rows, away from equality of the
    /// distributions.
    pub standard_error: f64,
}

/// Compares two samples (Gretton, Borgwardt, Rasch, Schoelkopf and Smola 2012). Complexity:
/// `(n + m)^2` evaluations.
///
/// ```
/// use relata_kernels::fast::{KernelProfile, ProfileKernel};
/// use relata_kernels::rkhs::mmd;
/// use relata_relations::{Interval, Points};
/// let k = ProfileKernel::new(KernelProfile::gaussian(1.0)?, Interval::unit());
/// let at = |t: f64| Points::line(vec![t; 3]);
/// // Point masses at 0 and 1: |k(., 0) - k(., 1)|^2 = 2 - 2 exp(-1/2).
/// let m = mmd(&k, &at(0.0)?, &at(1.0)?)?;
/// assert!((m.biased.powi(2) - (2.0 - 2.0 * (-0.5f64).exp())).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RkhsError`] if the kernel is not symmetric or cannot be evaluated, the samples show that it is
/// not positive semidefinite, or a sample has fewer than 2 points.
pub fn mmd(kernel: &dyn Relation, x: &Points, y: &Points) -> Result<Mmd, RkhsError> {
    check_kernel(kernel)?;
    for p in [x, y] {
        if p.len() < 2 {
            return Err(RkhsError::TooFew { what: "the discrepancy", least: 2, found: p.len() });
        }
    }
    let (kx, ky, kxy) = (gram(kernel, x)?, gram(kernel, y)?, cross_gram(kernel, x, y)?);
    let unit = Unit::near(kx.norm_max().max(ky.norm_max()).max(kxy.norm_max()));
    let [kx, ky, kxy] = [kx, ky, kxy].map(|k| unit.divide_mat(k.as_ref()));
    let (n, m) = (x.len() as f64, y.len() as f64);
    let rows = |k: &Mat<f64>| -> Vec<f64> { (0..k.nrows()).map(|i| k.row(i).iter().sum()).collect() };
    let (sx, sy, sxy) = (rows(&kx), rows(&ky), rows(&kxy));
    let syx: Vec<f64> = (0..y.len()).map(|j| kxy.col(j).iter().sum()).collect();
    let total = |v: &[f64]| v.iter().sum::<f64>();
    let trace = |k: &Mat<f64>| (0..k.nrows()).map(|i| k[(i, i)]).sum::<f64>();
    let biased = total(&sx) / (n * n) + total(&sy) / (m * m) - 2.0 * total(&sxy) / (n * m);
    let unbiased_squared = (total(&sx) - trace(&kx)) / (n * (n - 1.0))
        + (total(&sy) - trace(&ky)) / (m * (m - 1.0))
        - 2.0 * total(&sxy) / (n * m);
    // First-order variance of the two-sample U-statistic: 4 var(h_1) / n for each sample.
    let spread = |own: &[f64], k: &Mat<f64>, other: &[f64], n: f64, m: f64| {
        let h: Vec<f64> = (0..own.len()).map(|i| (own[i] - k[(i, i)]) / (n - 1.0) - other[i] / m).collect();
        let mean = h.iter().sum::<f64>() / n;
        4.0 * h.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
    };
    let variance = spread(&sx, &kx, &sxy, n, m) + spread(&sy, &ky, &syx, m, n);
    // Three means of numbers near 1 at most, each off by its roundings.
    let rounding = 4.0 * (n + m) * f64::EPSILON * kx.norm_max().max(ky.norm_max()).max(kxy.norm_max());
    Ok(Mmd {
        biased: unit.root().multiply(root_of_form(biased, rounding, unit)?),
        unbiased_squared: unit.restore("the discrepancy", unbiased_squared)?,
        standard_error: unit.multiply(variance.sqrt()),
    })
}

/// Centred alignment `<HKH, HLH>_F / (|HKH|_F |HLH|_F)` with `H = I - 11^T / n` (Cortes, Mohri and
/// Rostamizadeh 2012): 1 for kernels that agree up to scale and constants, 0 for kernels that see
/// independent things.
///
/// # Errors
/// [`MatrixError`] if a matrix is not square, finite and of the other's size, or is constant.
pub fn centred_alignment(k: MatRef<'_, f64>, l: MatRef<'_, f64>) -> Result<f64, MatrixError> {
    matrix::check_square(k)?;
    matrix::check_square(l)?;
    if k.nrows() != l.nrows() {
        return Err(MatrixError::Size { what: "the second matrix", expected: k.nrows(), found: l.nrows() });
    }
    let [k, l] = [k, l].map(|m| Unit::of_mat(m).divide_mat(m));
    let (a, b) = (centred(k.as_ref()), centred(l.as_ref()));
    let (na, nb) = (a.norm_l2(), b.norm_l2());
    let floor = |m: MatRef<'_, f64>| k.nrows() as f64 * f64::EPSILON * m.norm_l2();
    for (name, norm, m) in [("first", na, k.as_ref()), ("second", nb, l.as_ref())] {
        if norm <= floor(m) {
            return Err(MatrixError::Constant(name));
        }
    }
    let mut product = 0.0;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            product += a[(i, j)] * b[(i, j)];
        }
    }
    Ok(product / (na * nb))
}

/// Principal angles between the spans of the columns of two matrices, smallest first, in radians.
/// Columns need not be orthonormal.
///
/// Small angles come from sines, large ones from cosines, so that both are accurate (Bjorck and
/// Golub 1973).
///
/// # Errors
/// [`MatrixError`] if a matrix is empty or not finite, or the heights differ.
pub fn subspace_angles(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Result<Vec<f64>, MatrixError> {
    matrix::check(a)?;
    matrix::check(b)?;
    if a.nrows() != b.nrows() {
        return Err(MatrixError::Size { what: "the second matrix", expected: a.nrows(), found: b.nrows() });
    }
    let (mut qa, mut qb) = (orthonormal(a)?, orthonormal(b)?);
    if qa.ncols() < qb.ncols() {
        std::mem::swap(&mut qa, &mut qb);
    }
    let inside = qa.transpose() * &qb;
    let cosines = matrix::singular_values(inside.as_ref())?;
    let mut sines = matrix::singular_values((&qb - &qa * &inside).as_ref())?;
    sines.reverse();
    Ok(cosines
        .iter()
        .zip(&sines)
        // Either is well conditioned near 45 degrees, where they meet.
        .map(|(c, s)| if *s < 0.7 { s.min(1.0).asin() } else { c.min(1.0).acos() })
        .collect())
}

fn orthonormal(a: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
    let d = matrix::svd(a)?;
    let floor = d.s[0] * a.nrows().max(a.ncols()) as f64 * f64::EPSILON;
    let rank = d.s.iter().take_while(|s| **s > floor).count().max(1);
    Ok(d.u.subcols(0, rank).to_owned())
}

fn centred(k: MatRef<'_, f64>) -> Mat<f64> {
    let n = k.nrows();
    let size = n as f64;
    let rows: Vec<f64> = (0..n).map(|i| k.row(i).iter().sum::<f64>() / size).collect();
    let columns: Vec<f64> = (0..n).map(|j| k.col(j).iter().sum::<f64>() / size).collect();
    let mean = rows.iter().sum::<f64>() / size;
    Mat::from_fn(n, n, |i, j| k[(i, j)] - rows[i] - columns[j] + mean)
}
