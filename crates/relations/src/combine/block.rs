//! Blocks of distances and products of points.

use crate::points::Points;
use crate::product::multiply;
use faer::{Accum, Mat, MatMut};

/// `out[i, j] = |x_i - y_j|^2`, column by column; differences are formed before they are squared,
/// so that nothing cancels.
pub(crate) fn squared_distances(x: &Points, y: &Points, mut out: MatMut<'_, f64>) {
    // Coordinates of x, one contiguous column each.
    let columns: Vec<Vec<f64>> = (0..x.dim()).map(|k| x.rows().map(|r| r[k]).collect()).collect();
    let mut sums = vec![0.0; x.len()];
    for (j, b) in y.rows().enumerate() {
        sums.fill(0.0);
        for (column, c) in columns.iter().zip(b) {
            for (s, a) in sums.iter_mut().zip(column) {
                *s += (a - c) * (a - c);
            }
        }
        for (i, s) in sums.iter().enumerate() {
            out[(i, j)] = *s;
        }
    }
}

/// `out[i, j] = <x_i, y_j>`.
pub(crate) fn cross(x: &Points, y: &Points, out: MatMut<'_, f64>) {
    multiply(out, Accum::Replace, x.as_mat(), y.as_mat().transpose(), 1.0);
}

/// `out[i, j] = x_i' M y_j`.
pub(crate) fn bilinear_form(x: &Points, m: &Mat<f64>, y: &Points, out: MatMut<'_, f64>) {
    let mut left = Mat::<f64>::zeros(x.len(), m.ncols());
    multiply(left.as_mut(), Accum::Replace, x.as_mat(), m.as_ref(), 1.0);
    multiply(out, Accum::Replace, left.as_ref(), y.as_mat().transpose(), 1.0);
}
