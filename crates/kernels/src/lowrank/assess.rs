//! How good an approximation is, and how good any could be.

use super::randomized::{Sketch, finite, randomized_svd};
use super::{LowRank, LowRankError, MatrixSource};
use crate::matrix::{self, MatrixError, root_sum_squares};
use crate::unit::Unit;
use faer::Mat;
use relata_relations::Seed;

/// How much to spend on an assessment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effort {
    /// The matrix is formed: exact error, exact limit. `O(n m min(n, m))`.
    Exact,
    /// Products with that many Gaussian vectors: an unbiased estimate of the squared error with its
    /// standard error, and an upper estimate of the limit from a randomised decomposition.
    /// `O(n m (probes + rank))`.
    Probes {
        /// Number of vectors, at least 2.
        probes: usize,
        /// Where they come from.
        seed: Seed,
    },
}

/// An error beside its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assessment {
    /// `|A - left right^T|_F`.
    pub error: f64,
    /// `error / |A|_F` (0 if both vanish).
    pub relative: f64,
    /// Standard error of `relative`; `None` if the error is exact.
    pub standard_error: Option<f64>,
    /// The smallest relative error of any matrix of that rank. With [`Effort::Probes`] an upper
    /// estimate of it, tight to a few per cent where the spectrum decays.
    pub limit: f64,
    /// `relative / limit`, at least 1 if exact; infinite if the limit is 0 and the error is not, 1
    /// if both are.
    pub ratio: f64,
}

/// Assesses an approximation.
///
/// ```
/// use relata_kernels::lowrank::{Dense, Effort, LowRank, assess};
/// use faer::mat;
/// // diag(3, 4) by its smaller entry: 4 of 5 are lost, where losing 3 would do.
/// let (a, f) = (mat![[3.0, 0.0], [0.0, 4.0]], LowRank::symmetric(mat![[3f64.sqrt()], [0.0]])?);
/// let found = assess(&Dense::new(a.as_ref())?, &f, Effort::Exact)?;
/// assert!((found.relative - 0.8).abs() < 1e-14 && (found.limit - 0.6).abs() < 1e-14);
/// # Ok::<(), relata_kernels::lowrank::LowRankError>(())
/// ```
///
/// # Errors
/// [`LowRankError`] if the shapes do not fit, there are fewer than 2 probes, or an entry cannot be
/// evaluated.
pub fn assess(a: &dyn MatrixSource, f: &LowRank, effort: Effort) -> Result<Assessment, LowRankError> {
    let (n, m) = a.shape();
    for (what, expected, found) in
        [("the left factor", n, f.left().nrows()), ("the right factor", m, f.right().nrows())]
    {
        if expected != found {
            return Err(MatrixError::Size { what, expected, found }.into());
        }
    }
    match effort {
        Effort::Exact => {
            let full = a.columns(&(0..m).collect::<Vec<_>>())?;
            let spectrum = if a.is_symmetric() {
                let mut values: Vec<f64> =
                    matrix::eigenvalues(full.as_ref())?.iter().map(|v| v.abs()).collect();
                values.sort_by(|x, y| y.total_cmp(x));
                values
            } else {
                matrix::singular_values(full.as_ref())?
            };
            let missing = finite(&full - f.to_mat())?;
            let unit = Unit::near(full.norm_max().max(missing.norm_max()));
            let size = |m: &Mat<f64>| unit.divide_mat(m.as_ref()).norm_l2();
            let tail = unit.divide(root_sum_squares(spectrum.get(f.rank()..).unwrap_or(&[])));
            report(unit, size(&missing), size(&full), None, tail)
        }
        Effort::Probes { probes, seed } => {
            if probes < 2 {
                let (rows, columns) = (n, m);
                return Err(LowRankError::Rank {
                    what: "the number of probes",
                    found: probes,
                    most: usize::MAX,
                    rows,
                    columns,
                });
            }
            let mut stream = seed.stream("kernels/assess");
            let omega = Mat::from_fn(m, probes, |_, _| stream.normal());
            let image = finite(a.multiply(omega.as_ref())?)?;
            let residual = &image - f.left() * (f.right().transpose() * &omega);
            let unit = Unit::near(image.norm_max().max(residual.norm_max()));
            let (image, residual) = (unit.divide_mat(image.as_ref()), unit.divide_mat(residual.as_ref()));
            let squares =
                |v: &Mat<f64>| -> Vec<f64> { (0..probes).map(|k| v.col(k).squared_norm_l2()).collect() };
            let (e, k) = (squares(&residual), probes as f64);
            let mean = |v: &[f64]| v.iter().sum::<f64>() / k;
            let (error2, norm2) = (mean(&e), mean(&squares(&image)));
            let variance = e.iter().map(|v| (v - error2).powi(2)).sum::<f64>() / (k - 1.0) / k;
            let standard_error = if error2 > 0.0 { 0.5 * (variance / error2 / norm2).sqrt() } else { 0.0 };
            let rank = f.rank().min(n.min(m));
            let sketch = Sketch { oversampling: 10, power: 1, seed: seed.child("limit") };
            let best = randomized_svd(a, rank, sketch)?;
            let approximated = best.left() * (best.right().transpose() * &omega);
            let captured = &image - unit.divide_mat(approximated.as_ref());
            let tail = mean(&squares(&captured)).sqrt();
            report(unit, error2.sqrt(), norm2.sqrt(), Some(standard_error), tail)
        }
    }
}

/// The report on numbers in a unit.
fn report(
    unit: Unit,
    error: f64,
    norm: f64,
    standard_error: Option<f64>,
    tail: f64,
) -> Result<Assessment, LowRankError> {
    let relative = |v: f64| if norm > 0.0 { v / norm } else { 0.0 };
    let ratio = match (error > 0.0, tail > 0.0) {
        (_, true) => error / tail,
        (true, false) => f64::INFINITY,
        (false, false) => 1.0,
    };
    let (relative, limit) = (relative(error), relative(tail));
    Ok(Assessment { error: unit.restore("the error", error)?, relative, standard_error, limit, ratio })
}
