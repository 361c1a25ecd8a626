//! Singular values and vectors of a matrix, and orders of its rows and columns.

use anyhow::anyhow;
use faer::{Mat, MatRef};
use relata_relations::spectral;

/// A thin singular value decomposition, largest value first. The entry of largest magnitude of each
/// left vector is positive.
pub(super) struct Decomposed {
    pub(super) values: Vec<f64>,
    pub(super) left: Mat<f64>,
    pub(super) right: Mat<f64>,
}

pub(super) fn decompose(a: MatRef<'_, f64>) -> anyhow::Result<Decomposed> {
    let svd = spectral::thin_svd(a).map_err(|_| no_convergence("singular value", a))?;
    let values = svd.values;
    let signs: Vec<f64> = (0..values.len()).map(|k| sign(svd.left.as_ref(), k)).collect();
    let signed = |m: MatRef<'_, f64>| Mat::from_fn(m.nrows(), values.len(), |i, k| signs[k] * m[(i, k)]);
    Ok(Decomposed { left: signed(svd.left.as_ref()), right: signed(svd.right.as_ref()), values })
}

/// Eigenvalues of a symmetric matrix, largest first.
pub(super) fn eigenvalues(a: MatRef<'_, f64>) -> anyhow::Result<Vec<f64>> {
    let mut values = spectral::symmetric_eigenvalues(a).map_err(|_| no_convergence("eigenvalue", a))?;
    values.reverse();
    Ok(values)
}

impl Decomposed {
    /// The number of singular values above the rounding of the largest: `max(n, m) eps s_1`.
    pub(super) fn rank(&self) -> usize {
        let size = self.left.nrows().max(self.right.nrows()) as f64;
        let least = size * f64::EPSILON * self.values.first().copied().unwrap_or(0.0);
        self.values.iter().take_while(|s| **s > least).count()
    }

    /// Rows in falling order of a left singular vector, or columns of a right one; ties, up to
    /// rounding, as they came.
    pub(super) fn order(vectors: &Mat<f64>, component: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..vectors.nrows()).collect();
        if component < vectors.ncols() {
            let key = |i: usize| (vectors[(i, component)] * 1e10).round();
            order.sort_by(|&i, &j| key(j).total_cmp(&key(i)).then(i.cmp(&j)));
        }
        order
    }
}

fn sign(m: MatRef<'_, f64>, k: usize) -> f64 {
    let top = m.col(k).iter().map(|v| v.abs()).fold(0.0, f64::max);
    // Among entries equal up to rounding the first decides, whatever the machine.
    let first = m.col(k).iter().find(|v| v.abs() >= top * (1.0 - 1e-9));
    if first.is_some_and(|v| *v < 0.0) { -1.0 } else { 1.0 }
}

fn no_convergence(what: &str, a: MatRef<'_, f64>) -> anyhow::Error {
    anyhow!("the {what} decomposition of the {} x {} matrix did not converge", a.nrows(), a.ncols())
}
