//! A matrix of values at nodes as an inner product of rows.

use super::{ConstructError, ConstructRoute};
use faer::{Mat, MatRef, Side};
use relata_relations::spectral::{SymmetricEigen, symmetric_eigen};
use relata_relations::{Definiteness, Symmetry, settle_vector_unit};

/// `M = A B^T` up to an error in every entry.
pub(super) enum Factored {
    /// `A A^T`.
    Shared(Mat<f64>),
    /// `A diag(signs) A^T`.
    Signed(Mat<f64>, Vec<f64>),
    /// `A B^T`.
    Separate(Mat<f64>, Mat<f64>),
}

impl Factored {
    /// `A` and `B`.
    pub(super) fn rows(&self) -> [Mat<f64>; 2] {
        match self {
            Self::Shared(a) => [a.clone(), a.clone()],
            Self::Signed(a, signs) => {
                [a.clone(), Mat::from_fn(a.nrows(), a.ncols(), |i, k| a[(i, k)] * signs[k])]
            }
            Self::Separate(a, b) => [a.clone(), b.clone()],
        }
    }

    /// Which proof this step belongs to, of a matrix whose smaller side is `whole`.
    pub(super) fn route(&self, whole: usize) -> ConstructRoute {
        match self {
            Self::Shared(_) => ConstructRoute::Mercer,
            Self::Signed(..) => ConstructRoute::Signed,
            Self::Separate(a, _) if a.ncols() < whole => ConstructRoute::Schmidt,
            Self::Separate(..) => ConstructRoute::PartitionOfUnity,
        }
    }
}

/// The factorisation that suits the relation, with an error of at most `tolerance` in every entry.
///
/// Kernels by Cholesky with complete pivoting, whose error is the largest diagonal entry that
/// remains; symmetric ones by their eigenvalues; others by cross approximation with complete
/// pivoting. A matrix whose rank comes out above half of its size is not compressed: then one
/// factor is the matrix and the other the identity.
///
/// # Errors
/// [`ConstructError::Factorisation`] if an iteration does not converge.
pub(super) fn factor(
    m: Mat<f64>,
    symmetry: Symmetry,
    definiteness: Definiteness,
    tolerance: f64,
) -> Result<Factored, ConstructError> {
    let n = m.nrows();
    if definiteness == Definiteness::PositiveSemidefinite && n == m.ncols() {
        let most = if n <= SMALL {
            n
        } else if n <= MAX_EIGEN {
            n / 2
        } else {
            FEW
        };
        if let Some(a) = pivoted_cholesky(m.as_ref(), tolerance, most) {
            return Ok(Factored::Shared(a));
        }
        if let Ok(c) = m.llt(Side::Lower) {
            let l = c.L().to_owned();
            settle_vector_unit();
            return Ok(Factored::Shared(l));
        }
        settle_vector_unit();
    }
    if symmetry == Symmetry::Symmetric && n == m.ncols() && n <= MAX_EIGEN {
        return signed(m.as_ref(), tolerance);
    }
    let most = n.min(m.ncols()) / 2;
    let affordable = MAX_UPDATES / (n * m.ncols()).max(1);
    match cross(&m, tolerance, most.min(affordable)) {
        Some((a, b)) => Ok(Factored::Separate(a, b)),
        None => {
            let d = m.ncols();
            Ok(Factored::Separate(m, Mat::identity(d, d)))
        }
    }
}

/// Matrices up to this size are factored by Cholesky with pivots to full rank.
const SMALL: usize = 400;

/// Larger matrices that have more pivots than this above the tolerance are factored by blocks, to
/// full rank.
const FEW: usize = 200;

/// Symmetric matrices up to this size are factored by their eigenvalues.
const MAX_EIGEN: usize = 1200;

/// Entries that crosses update at most: one that is still above the tolerance then is taken to have
/// no low rank.
const MAX_UPDATES: usize = 1 << 32;

/// `A` with `M - A A^T` positive semidefinite and no diagonal entry above the tolerance; `None` if
/// that takes more than `most` columns or a pivot is not positive.
fn pivoted_cholesky(m: MatRef<'_, f64>, tolerance: f64, most: usize) -> Option<Mat<f64>> {
    let n = m.nrows();
    let mut rest: Vec<f64> = (0..n).map(|i| m[(i, i)]).collect();
    let mut columns: Vec<Vec<f64>> = vec![];
    loop {
        let (p, &largest) = rest.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        if rest.iter().any(|v| *v < -tolerance) {
            return None;
        }
        if largest <= tolerance && !columns.is_empty() {
            return Some(Mat::from_fn(n, columns.len(), |i, k| columns[k][i]));
        }
        if columns.len() == most || largest <= 0.0 {
            return None;
        }
        let mut column: Vec<f64> = (0..n).map(|i| m[(i, p)]).collect();
        for c in &columns {
            let at = c[p];
            column.iter_mut().zip(c).for_each(|(v, w)| *v -= at * w);
        }
        let root = largest.sqrt();
        for (v, r) in column.iter_mut().zip(&mut rest) {
            *v /= root;
            *r -= *v * *v;
        }
        columns.push(column);
    }
}

/// Eigenvectors times square roots of eigenvalues; the smallest are dropped while `sum |l| max v^2`
/// stays below the tolerance.
fn signed(m: MatRef<'_, f64>, tolerance: f64) -> Result<Factored, ConstructError> {
    let eigen = symmetric_eigen(m).map_err(|_| ConstructError::Factorisation("eigenvalues"))?;
    settle_vector_unit();
    let SymmetricEigen { values, vectors: u } = eigen;
    let n = m.nrows();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| values[*b].abs().total_cmp(&values[*a].abs()));
    let weight = |k: usize| values[k].abs() * u.col(k).iter().fold(0.0f64, |m, v| m.max(v * v));
    let mut lost = 0.0;
    while let Some(k) = order.last().filter(|_| order.len() > 1) {
        lost += weight(*k);
        if lost > tolerance {
            break;
        }
        order.pop();
    }
    let a = Mat::from_fn(n, order.len(), |i, k| u[(i, order[k])] * values[order[k]].abs().sqrt());
    Ok(Factored::Signed(a, order.iter().map(|k| if values[*k] < 0.0 { -1.0 } else { 1.0 }).collect()))
}

/// Gaussian elimination with complete pivoting until no entry of the remainder is above the
/// tolerance; `None` beyond `most` steps.
pub(super) fn cross(m: &Mat<f64>, tolerance: f64, most: usize) -> Option<(Mat<f64>, Mat<f64>)> {
    let mut rest = m.clone();
    let (mut left, mut right): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (vec![], vec![]);
    loop {
        let (mut at, mut largest) = ((0, 0), 0.0);
        for j in 0..rest.ncols() {
            for i in 0..rest.nrows() {
                let v: f64 = rest[(i, j)].abs();
                if v > largest {
                    (at, largest) = ((i, j), v);
                }
            }
        }
        if largest <= tolerance && !left.is_empty() {
            let a = Mat::from_fn(m.nrows(), left.len(), |i, k| left[k][i]);
            let b = Mat::from_fn(m.ncols(), right.len(), |j, k| right[k][j]);
            return Some((a, b));
        }
        if left.len() >= most.max(1) {
            return None;
        }
        // Both factors carry the square root of the pivot.
        let pivot: f64 = if largest > 0.0 { rest[at] } else { 1.0 };
        let root = pivot.abs().sqrt();
        let a: Vec<f64> = (0..m.nrows()).map(|i| rest[(i, at.1)] / root).collect();
        let b: Vec<f64> = (0..m.ncols()).map(|j| rest[(at.0, j)] / root * pivot.signum()).collect();
        for j in 0..rest.ncols() {
            let v = b[j];
            rest.col_mut(j).iter_mut().zip(&a).for_each(|(r, u)| *r -= u * v);
        }
        left.push(a);
        right.push(b);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn product(f: &Factored) -> Mat<f64> {
        match f {
            Factored::Shared(a) => a * a.transpose(),
            Factored::Signed(a, s) => {
                let b = Mat::from_fn(a.nrows(), a.ncols(), |i, k| a[(i, k)] * s[k]);
                a * b.transpose()
            }
            Factored::Separate(a, b) => a * b.transpose(),
        }
    }

    fn check(symmetry: Symmetry, definiteness: Definiteness, most: usize, f: impl Fn(usize, usize) -> f64) {
        let m = Mat::from_fn(41, 41, f);
        let factored = factor(m.clone(), symmetry, definiteness, 1e-6).unwrap();
        assert!((product(&factored) - &m).norm_max() <= 1.0001e-6);
        let rank = factored.rows()[0].ncols();
        assert!(rank <= most, "{rank}");
    }

    #[test]
    fn every_entry_is_within_the_tolerance() {
        use Definiteness::{Asymmetric as Any, Indefinite, PositiveSemidefinite as Psd};
        let t = |i: usize| i as f64 / 40.0;
        check(Symmetry::Symmetric, Psd, 9, |i, j| (-(t(i) - t(j)).powi(2) * 4.0).exp());
        check(Symmetry::Symmetric, Indefinite, 9, |i, j| (t(i) * t(j) * 3.0 - 1.0).tanh());
        check(Symmetry::Asymmetric, Any, 2, |i, j| (t(i) - 0.3 * t(j)).sin());
        check(Symmetry::Asymmetric, Any, 41, |i, j| f64::from(u8::from(i > j)));
    }
}
