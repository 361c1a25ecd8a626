//! Asymmetric matrices from some of their rows and columns.

use super::{LowRank, LowRankError, MatrixSource, check_landmarks, check_rank};
use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::Seed;

/// An approximation by crosses.
#[derive(Clone, Debug)]
pub struct AdaptiveCross {
    /// The factors.
    pub factors: LowRank,
    /// The rows read, in order.
    pub rows: Vec<usize>,
    /// The columns read, in order.
    pub columns: Vec<usize>,
    /// Norm of the last cross relative to that of the approximation: the usual estimate of the
    /// relative error. It can be fooled by a block that no cross has met; [`super::assess`] with
    /// probes cannot.
    pub estimate: f64,
}

/// Adaptive cross approximation with partial pivoting (Bebendorf 2000): each step subtracts the
/// cross of the largest entry of a row of what is left. Stops at `rank`, or when a cross is below
/// `tolerance` of the whole in three steps running. Complexity: `(n + m) r` entries.
///
/// ```
/// use relata_kernels::lowrank::{KernelMatrix, adaptive_cross};
/// use relata_relations::{Interval, Points, Seed, relation_fn};
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - 2.0 * y[0]).sin());
/// let x = Points::line((0..500).map(|i| f64::from(i) / 499.0).collect())?;
/// let y = Points::line((0..300).map(|i| f64::from(i) / 299.0).collect())?;
/// // sin(a - b) has rank 2: a few rows and columns of 500 x 300 entries are enough.
/// let f = adaptive_cross(&KernelMatrix::new(&r, &x, &y), 10, 1e-12, Seed(0))?;
/// assert!(f.rows.len() <= 5 && f.estimate < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if `rank` is 0 or above the smaller side, or an entry cannot be evaluated.
pub fn adaptive_cross(
    a: &dyn MatrixSource,
    rank: usize,
    tolerance: f64,
    seed: Seed,
) -> Result<AdaptiveCross, LowRankError> {
    let (n, m) = a.shape();
    check_rank("the rank", rank, n.min(m), (n, m))?;
    let (all_rows, all_columns): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
    let mut stream = seed.stream("kernels/cross");
    let (mut us, mut vs): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    let mut free: Vec<usize> = stream.permutation(n);
    let (mut next, mut norm2, mut estimate, mut small) = (free.pop(), 0.0f64, 1.0, 0);
    let (mut scale, mut largest, mut unit) = (0.0f64, 0.0f64, Unit::ONE);
    while let Some(i) = next {
        let mut row: Vec<f64> = a.block(&[i], &all_columns)?.row(0).iter().copied().collect();
        scale = scale.max(row.iter().fold(0.0, |s, v| s.max(v.abs())));
        for (u, v) in us.iter().zip(&vs) {
            row.iter_mut().zip(v).for_each(|(r, v)| *r -= u[i] * v);
        }
        let j = (0..m).fold(0, |b, j| if row[j].abs() > row[b].abs() { j } else { b });
        if row[j].abs() <= f64::EPSILON * scale * m as f64 {
            // Nothing left in this row: a cross of norm zero, and another row to look at.
            if !us.is_empty() {
                (estimate, small) = (0.0, small + 1);
            }
            if small == 3 {
                break;
            }
            next = free.pop();
            continue;
        }
        let mut column: Vec<f64> = a.block(&all_rows, &[j])?.col(0).iter().copied().collect();
        for (u, v) in us.iter().zip(&vs) {
            column.iter_mut().zip(u).for_each(|(c, u)| *c -= u * v[j]);
        }
        let pivot = row[j];
        row.iter_mut().for_each(|r| *r /= pivot);
        // Squared norms are kept in units of the square of the largest entry so far.
        largest = column.iter().fold(largest.max(scale), |m, c| c.abs().max(m));
        let shrink = unit.times(Unit::near(largest).inverse());
        norm2 = shrink.multiply(shrink.multiply(norm2));
        unit = Unit::near(largest);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let crossed = |u: &[f64], column: &[f64]| -> f64 {
            u.iter().zip(column).map(|(u, c)| unit.divide(*u) * unit.divide(*c)).sum()
        };
        let cross2 = crossed(&column, &column) * dot(&row, &row);
        norm2 +=
            cross2 + 2.0 * us.iter().zip(&vs).map(|(u, v)| crossed(u, &column) * dot(v, &row)).sum::<f64>();
        estimate = (cross2 / norm2.max(f64::MIN_POSITIVE)).sqrt();
        us.push(column);
        vs.push(row);
        rows.push(i);
        columns.push(j);
        free.retain(|k| *k != i);
        small = if estimate <= tolerance { small + 1 } else { 0 };
        if us.len() == rank || small == 3 {
            break;
        }
        let last = &us[us.len() - 1];
        // The largest entry of the column among rows not read; after a small cross a random row,
        // which another block may be in.
        next = if small > 0 {
            free.pop()
        } else {
            free.iter().copied().max_by(|p, q| last[*p].abs().total_cmp(&last[*q].abs()))
        };
        free.retain(|k| Some(*k) != next);
    }
    if us.is_empty() {
        let zero = LowRank::new(Mat::zeros(n, 1), Mat::zeros(m, 1))?;
        return Ok(AdaptiveCross { factors: zero, rows, columns, estimate: 0.0 });
    }
    let left = Mat::from_fn(n, us.len(), |i, k| us[k][i]);
    let right = Mat::from_fn(m, vs.len(), |j, k| vs[k][j]);
    Ok(AdaptiveCross { factors: LowRank::new(left, right)?, rows, columns, estimate })
}

/// The Nystrom approximation of an asymmetric matrix, and its singular functions.
#[derive(Clone, Debug)]
pub struct AsymmetricNystrom {
    /// `A ~ A_{:J} (A_{IJ})^+ A_{I:}`.
    pub factors: LowRank,
    /// Singular values of `A_{IJ}`, those kept.
    pub core: Vec<f64>,
    /// From values against the landmark columns to left features: `|J| x r`.
    pub left_map: Mat<f64>,
    /// From values against the landmark rows to right features: `|I| x r`.
    pub right_map: Mat<f64>,
}

/// Approximates from landmark rows `I` and landmark columns `J`: with `A_{IJ} = U S V^T`, the left
/// features are `A_{:J} V S^{-1/2}` and the right ones `A_{I:}^T U S^{-1/2}`, which extend the
/// singular vectors of the core to all points as the Nystrom method extends eigenvectors (coupled
/// covariances: Tao, Tonin, Patrinos and Suykens 2024). Directions of singular value below `cutoff`
/// times the largest are dropped; with one side oversampled (`|I| > |J|`) the result is stable.
///
/// # Errors
/// [`LowRankError`] if there are no landmarks, one is not a row or column or is named twice, or an
/// entry cannot be evaluated.
pub fn asymmetric_nystrom(
    a: &dyn MatrixSource,
    rows: &[usize],
    columns: &[usize],
    cutoff: f64,
) -> Result<AsymmetricNystrom, LowRankError> {
    let (n, m) = a.shape();
    check_landmarks("the number of landmark rows", rows, n, (n, m))?;
    check_landmarks("the number of landmark columns", columns, m, (n, m))?;
    let all: Vec<usize> = (0..m).collect();
    let (c, r) = (a.columns(columns)?, a.block(rows, &all)?);
    let unit = Unit::near(c.norm_max().max(r.norm_max()));
    let (c, r) = (unit.divide_mat(c.as_ref()), unit.divide_mat(r.as_ref()));
    let w = Mat::from_fn(rows.len(), columns.len(), |i, j| c[(rows[i], j)]);
    let d = matrix::svd(w.as_ref())?;
    let floor = d.s[0] * cutoff.max(rows.len().max(columns.len()) as f64 * f64::EPSILON);
    let rank = d.s.iter().take_while(|s| **s > floor).count();
    // A core of rank 0 has the inverse 0, which is one zero feature.
    let scaled = |m: &Mat<f64>| {
        Mat::from_fn(m.nrows(), rank.max(1), |i, k| if k < rank { m[(i, k)] / d.s[k].sqrt() } else { 0.0 })
    };
    let (left_map, right_map) = (scaled(&d.v), scaled(&d.u));
    let root = unit.root();
    Ok(AsymmetricNystrom {
        factors: LowRank::new(
            root.restore_mat("the left factor", &c * &left_map)?,
            root.restore_mat("the right factor", r.transpose() * &right_map)?,
        )?,
        core: unit.restore_all("the singular values", &d.s[..rank])?,
        left_map: root.inverse().restore_mat("the left map", left_map)?,
        right_map: root.inverse().restore_mat("the right map", right_map)?,
    })
}

impl AsymmetricNystrom {
    /// Left features of new `x` points from their values against the landmark columns. Shape:
    /// `k x |J|` to `k x r`.
    ///
    /// # Errors
    /// [`MatrixError::Size`] if the columns are not the landmark columns.
    pub fn extend_left(&self, against_columns: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
        extend("the values against the landmark columns", against_columns, &self.left_map)
    }

    /// Right features of new `y` points from their values against the landmark rows, a point a row.
    /// Shape: `k x |I|` to `k x r`.
    ///
    /// # Errors
    /// [`MatrixError::Size`] if the columns are not the landmark rows.
    pub fn extend_right(&self, against_rows: MatRef<'_, f64>) -> Result<Mat<f64>, MatrixError> {
        extend("the values against the landmark rows", against_rows, &self.right_map)
    }
}

fn extend(what: &'static str, values: MatRef<'_, f64>, map: &Mat<f64>) -> Result<Mat<f64>, MatrixError> {
    if values.ncols() != map.nrows() {
        return Err(MatrixError::Size { what, expected: map.nrows(), found: values.ncols() });
    }
    Ok(values * map)
}
