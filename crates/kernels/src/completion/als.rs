//! Alternating least squares from several starts.

use super::partial::{Lines, PartialMatrix};
use crate::krylov::{KrylovError, LeadingParams, leading as leading_values};
use crate::lowrank::SparseMatrix;
use crate::matrix::{self, MatrixError};
use faer::Mat;
use relata_relations::Seed;

/// How long and how often factors are sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompletionParams {
    /// Starts from random factors, beside the one from singular vectors.
    pub restarts: usize,
    /// The most sweeps of one start; each solves for both factors.
    pub sweeps: usize,
    /// The fraction of its error that a sweep must take away to be followed by another one.
    pub progress: f64,
    /// The seed of the random starts.
    pub seed: Seed,
}

impl Default for CompletionParams {
    fn default() -> Self {
        // Matrices of exact low rank with a third of holes are recovered to rounding within some
        // hundred sweeps; noisy ones settle within some dozen.
        Self { restarts: 12, sweeps: 400, progress: 1e-6, seed: Seed(0) }
    }
}

/// A matrix of low rank near the known entries of another.
#[derive(Clone, Debug)]
pub struct Completion {
    /// Left factors `X`, `n x rank`.
    pub left: Mat<f64>,
    /// Right factors `Y`, `m x rank`: the matrix is `X Y^T`.
    pub right: Mat<f64>,
    /// `sqrt(sum w (a - <x, y>)^2)` over the known entries, computed from the factors: the least
    /// error of that rank is at most this.
    pub error: f64,
}

impl Completion {
    /// An entry of the matrix.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> f64 {
        (0..self.left.ncols()).map(|k| self.left[(row, k)] * self.right[(column, k)]).sum()
    }

    /// The weighted distance on the known entries.
    fn distance(&self, a: &PartialMatrix) -> f64 {
        let rank = self.left.ncols();
        let (left, right) = (row_major(&self.left), row_major(&self.right));
        a.distance(|i, j| {
            let (x, y) = (&left[i * rank..(i + 1) * rank], &right[j * rank..(j + 1) * rank]);
            x.iter().zip(y).map(|(x, y)| x * y).sum()
        })
    }
}

/// Seeks the matrix of rank `rank` that is nearest to the known entries. What is found is an upper
/// bound of the least error, not the least error: the problem has local minima.
///
/// Each start alternates between exact least squares for the rows and for the columns; a factor is
/// made orthonormal before the other is solved for, and a ridge at the level of rounding keeps rows
/// with fewer known entries than `rank` in place. The best of all starts is kept. Complexity: per
/// sweep `known rank^2 + (n + m) rank^3`.
///
/// ```
/// use relata_kernels::completion::{CompletionParams, PartialMatrix, complete};
/// use faer::Mat;
/// // A product of one feature, of which a third is not known.
/// let a = Mat::from_fn(8, 6, |i, j| (1.0 + i as f64) * (2.0 - j as f64 / 3.0));
/// let p = PartialMatrix::new(a.as_ref(), |i, j| (i + j) % 3 != 0)?;
/// let c = complete(&p, 1, CompletionParams::default())?;
/// assert!((c.at(3, 3) - a[(3, 3)]).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MatrixError`] if a decomposition does not converge.
pub fn complete(a: &PartialMatrix, rank: usize, params: CompletionParams) -> Result<Completion, MatrixError> {
    let (n, m) = (a.nrows(), a.ncols());
    let unit = a.unit();
    let b = a.divided(unit);
    let rank = rank.min(n.min(m));
    if rank == 0 {
        return Ok(Completion { left: Mat::zeros(n, 0), right: Mat::zeros(m, 0), error: a.norm() });
    }
    let mut best: Option<Completion> = None;
    let small = 1e-14 * b.norm();
    for start in 0..=params.restarts {
        let right = match start {
            0 => leading(&b, rank, params.seed)?,
            _ => {
                let mut stream = params.seed.stream(&format!("completion/{rank}/{start}"));
                Mat::from_fn(m, rank, |_, _| stream.normal())
            }
        };
        let found = descend(&b, right, params)?;
        if best.as_ref().is_none_or(|best| found.error < best.error) {
            best = Some(found);
        }
        if best.as_ref().is_some_and(|best| best.error <= small) {
            break;
        }
    }
    let Some(best) = best else {
        return Ok(Completion { left: Mat::zeros(n, 0), right: Mat::zeros(m, 0), error: a.norm() });
    };
    let left = Mat::from_fn(n, rank, |i, k| unit.multiply(best.left[(i, k)]));
    let found = Completion { left, right: best.right, error: 0.0 };
    let error = found.distance(a);
    Ok(Completion { error, ..found })
}

/// Right singular vectors of the matrix with 0 in its holes.
fn leading(a: &PartialMatrix, rank: usize, seed: Seed) -> Result<Mat<f64>, MatrixError> {
    /// Entries, known or not, up to which the whole matrix is decomposed.
    const WHOLE: usize = 1_000_000;
    let (n, m) = (a.nrows(), a.ncols());
    if n * m <= WHOLE {
        let mut filled = Mat::zeros(n, m);
        a.entries().for_each(|e| filled[(e.row, e.column)] = e.weight * e.value);
        let svd = matrix::svd(filled.as_ref())?;
        return Ok(Mat::from_fn(m, rank, |j, k| svd.v[(j, k)]));
    }
    let filled =
        SparseMatrix::new(n, m, a.entries().map(|e| (e.row, e.column, e.weight * e.value)).collect())?;
    let params = LeadingParams { block: rank.max(8), ..LeadingParams::new(rank, seed) };
    let mut stream = seed.stream("completion/leading");
    match leading_values(&filled, filled.norm(), params) {
        // A matrix of smaller rank leaves the rest to chance.
        Ok(l) => {
            Ok(Mat::from_fn(
                m,
                rank,
                |j, k| {
                    if k < l.right.ncols() { l.right[(j, k)] } else { stream.normal() }
                },
            ))
        }
        Err(KrylovError::Matrix(e)) => Err(e),
        Err(_) => Ok(Mat::from_fn(m, rank, |_, _| stream.normal())),
    }
}

/// One start, from right factors.
fn descend(a: &PartialMatrix, right: Mat<f64>, params: CompletionParams) -> Result<Completion, MatrixError> {
    let mut found = Completion { left: Mat::zeros(a.nrows(), right.ncols()), right, error: f64::INFINITY };
    for sweep in 0..params.sweeps.max(1) {
        let right = orthonormal(&found.right);
        let left = orthonormal(&solve(a.by_row(), &right));
        let right = solve(a.by_column(), &left);
        let next = Completion { left, right, error: 0.0 };
        let error = next.distance(a);
        let before = found.error;
        if error < before {
            found = Completion { error, ..next };
        }
        // Progress is slow at first where the start is far: some sweeps are always made.
        const LEAST: usize = 10;
        let progresses = error < before * (1.0 - params.progress);
        if sweep >= LEAST && !progresses {
            break;
        }
    }
    Ok(found)
}

/// Columns made orthonormal, by Gram and Schmidt twice; a column that depends on the others is
/// left as 0.
fn orthonormal(x: &Mat<f64>) -> Mat<f64> {
    let mut q = x.clone();
    for k in 0..q.ncols() {
        let before = q.col(k).norm_l2();
        for _ in 0..2 {
            for l in 0..k {
                let dot: f64 = (0..q.nrows()).map(|i| q[(i, k)] * q[(i, l)]).sum();
                (0..q.nrows()).for_each(|i| q[(i, k)] -= dot * q[(i, l)]);
            }
        }
        let norm = q.col(k).norm_l2();
        let scale = if norm > 1e-14 * before && norm > 0.0 { 1.0 / norm } else { 0.0 };
        (0..q.nrows()).for_each(|i| q[(i, k)] *= scale);
    }
    q
}

/// For each line the weighted least squares of its known entries on the rows of `basis`, whose
/// columns are orthonormal.
fn solve(lines: &Lines, basis: &Mat<f64>) -> Mat<f64> {
    /// In units of the columns of the basis, whose squares add to 1: above the rounding of the
    /// sums, far below any of them that matters.
    const RIDGE: f64 = 1e-14;
    let rank = basis.ncols();
    let rows = row_major(basis);
    let mut out = Mat::zeros(lines.len(), rank);
    let (mut gram, mut x) = (vec![0.0; rank * rank], vec![0.0; rank]);
    for i in 0..lines.len() {
        gram.fill(0.0);
        x.fill(0.0);
        for (j, value, weight) in lines.line(i) {
            let b = &rows[j * rank..(j + 1) * rank];
            for p in 0..rank {
                let w = weight * b[p];
                x[p] += w * value;
                gram[p * rank..=p * rank + p].iter_mut().zip(b).for_each(|(g, b)| *g += w * b);
            }
        }
        (0..rank).for_each(|p| gram[p * rank + p] += RIDGE);
        cholesky_solve(&mut gram, &mut x);
        (0..rank).for_each(|k| out[(i, k)] = x[k]);
    }
    out
}

/// Rows one after the other, as sums over few columns read them.
fn row_major(a: &Mat<f64>) -> Vec<f64> {
    (0..a.nrows()).flat_map(|i| (0..a.ncols()).map(move |k| a[(i, k)])).collect()
}

/// Solves with a positive definite matrix, of which the lower half is given and overwritten.
fn cholesky_solve(gram: &mut [f64], x: &mut [f64]) {
    let n = x.len();
    for p in 0..n {
        for q in 0..=p {
            let dot: f64 = (0..q).map(|k| gram[p * n + k] * gram[q * n + k]).sum();
            let rest = gram[p * n + q] - dot;
            gram[p * n + q] =
                if p == q { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / gram[q * n + q] };
        }
    }
    for p in 0..n {
        let dot: f64 = (0..p).map(|k| gram[p * n + k] * x[k]).sum();
        x[p] = (x[p] - dot) / gram[p * n + p];
    }
    for p in (0..n).rev() {
        let dot: f64 = (p + 1..n).map(|k| gram[k * n + p] * x[k]).sum();
        x[p] = (x[p] - dot) / gram[p * n + p];
    }
}
