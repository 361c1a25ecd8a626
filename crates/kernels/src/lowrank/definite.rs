//! Methods for positive semidefinite matrices find out whether they were given one.
//!
//! Their error bounds rest on it: what an approximation from some columns leaves of a positive
//! semidefinite matrix is positive semidefinite, so that its diagonal bounds every entry. A matrix
//! that is not leaves a negative diagonal entry, an entry too large for its diagonal, or a block
//! with a negative eigenvalue. These are looked for in all that fits a budget, and what was not
//! looked at is said.

use super::{LowRankError, MatrixSource};
use crate::matrix::{self, UNIT_ROUNDOFF};
use crate::unit::Unit;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};
use relata_relations::Seed;
use std::fmt;

/// What is known of the definiteness of a symmetric matrix before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownDefiniteness {
    /// Positive semidefinite by a theorem.
    Proved,
    /// Somebody said that it is positive semidefinite.
    Declared,
    /// Nothing is known.
    Unknown,
    /// It says itself that it is not positive semidefinite.
    Refuted {
        /// Its name.
        name: String,
    },
}

/// What an error bound takes for granted: that the rest of the matrix is positive semidefinite, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// The rows whose block of the matrix was found positive semidefinite.
    pub rows: usize,
    /// The rows there are.
    pub of: usize,
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, of } = self;
        write!(f, "that the matrix is positive semidefinite beyond the block of {rows} of its {of} rows")
    }
}

/// Rows of the block that is looked at where entries must be evaluated: 65 536 entries, as many as
/// a few dozen columns of a matrix of some thousand rows.
const SAMPLE: usize = 256;

/// Rows up to which a matrix in memory is factorised whole, which takes a tenth of a second there.
const FACTORISED: usize = 1024;

/// Relative noise that a kernel which declares itself positive semidefinite may have.
pub(super) const DECLARED_NOISE: f64 = 6e-8;

/// What is left of a matrix after an approximation `F F^T` from some of its columns, in a unit near
/// its largest diagonal entry.
pub(super) struct Residual<'a> {
    pub(super) source: &'a dyn MatrixSource,
    pub(super) unit: Unit,
    /// The features `F`, `n x r`.
    pub(super) features: MatRef<'a, f64>,
    /// The diagonal of the matrix.
    pub(super) own: Vec<f64>,
    /// `k_ii - |f_i|^2`, as computed.
    pub(super) diagonal: Vec<f64>,
    /// What rounding of the columns is relative to: their entries, or the norm of their block.
    pub(super) scale: f64,
    /// `|w_i|^2` for the weights `w_i` with which the columns reproduce row `i`: how much of the
    /// rounding of the columns arrives there.
    pub(super) amplification: Vec<f64>,
}

/// What the look at a residual gave, in its unit.
pub(super) struct Checked {
    /// The diagonal of what is missing, with what rounding may add to it.
    pub(super) missing: Vec<f64>,
    /// What was not looked at.
    pub(super) unchecked: Option<Unchecked>,
}

/// Refuses a matrix that says itself that it is not positive semidefinite.
pub(super) fn refuse_declared(source: &dyn MatrixSource) -> Result<(), LowRankError> {
    match source.definiteness() {
        KnownDefiniteness::Refuted { name } => Err(LowRankError::Declared { name }),
        KnownDefiniteness::Proved | KnownDefiniteness::Declared | KnownDefiniteness::Unknown => Ok(()),
    }
}

impl Residual<'_> {
    /// Looks for evidence against definiteness.
    pub(super) fn check(self) -> Result<Checked, LowRankError> {
        let (n, known) = (self.diagonal.len(), self.source.definiteness());
        let entries = match known {
            // A kernel of a distance with a kink at 0 is known to the root of the rounding where a
            // distance from matrix multiplication is near 0.
            KnownDefiniteness::Proved | KnownDefiniteness::Declared => DECLARED_NOISE,
            // A few dozen roundings an entry, and n of them where the entry is a sum of products.
            KnownDefiniteness::Unknown | KnownDefiniteness::Refuted { .. } => {
                (n as f64 + 64.0) * f64::EPSILON
            }
        };
        let noise = self.arriving(entries, entries);
        // Sums of as many products as there are features, once for the diagonal and once where the
        // factors are multiplied.
        let features = self.features.ncols() as f64;
        let rounding =
            self.arriving((2.0 * features + 2.0) * UNIT_ROUNDOFF, (features + 2.0) * UNIT_ROUNDOFF);
        let mut above = 0.0f64;
        for (index, (d, t)) in self.diagonal.iter().zip(&noise).enumerate() {
            // Of a kernel that is positive semidefinite by a theorem a negative entry is rounding.
            if known != KnownDefiniteness::Proved && (d.is_nan() || *d < -t) {
                return Err(LowRankError::NotPositive { index, value: self.unit.multiply(*d) });
            }
            above = above.max(-d - rounding[index]);
        }
        let missing = |above: f64| -> Vec<f64> {
            self.diagonal.iter().zip(&rounding).map(|(d, t)| d.max(0.0) + t + above).collect()
        };
        if known == KnownDefiniteness::Proved {
            return Ok(Checked { missing: missing(above), unchecked: None });
        }
        if let Some(a) = self.source.in_memory() {
            let all: Vec<usize> = (0..n).collect();
            for columns in all.chunks(SAMPLE) {
                let block = a.subcols(columns[0], columns.len());
                let left = self.left_of(block, &all, columns);
                above = above.max(self.compare(&left, &all, columns, &noise)?);
            }
        }
        let most = if self.source.in_memory().is_some() { FACTORISED } else { SAMPLE };
        let rows = if n <= most {
            (0..n).collect()
        } else {
            let mut rows = Seed(0).stream("kernels/definiteness").permutation(n);
            rows.truncate(SAMPLE);
            rows
        };
        let mut left = self.left_of(self.source.block(&rows, &rows)?.as_ref(), &rows, &rows);
        above = above.max(self.compare(&left, &rows, &rows, &noise)?);
        // Noise below sqrt(t_i t_j) in entry (i, j) is dominated by m diag(t).
        let size = rows.len() as f64;
        rows.iter().enumerate().for_each(|(k, &i)| left[(k, k)] += size * noise[i]);
        if left.llt(Side::Lower).is_err() {
            let smallest = matrix::eigenvalues(left.as_ref())?[rows.len() - 1];
            if smallest < 0.0 {
                return Err(LowRankError::NegativeBlock {
                    rows: rows.len(),
                    eigenvalue: self.unit.multiply(smallest),
                });
            }
        }
        let unchecked = (rows.len() < n).then_some(Unchecked { rows: rows.len(), of: n });
        Ok(Checked { missing: missing(above), unchecked })
    }

    /// What relative rounding does to the diagonal of the residual, in its unit: that of an entry of
    /// its own row, and that of the columns.
    fn arriving(&self, own: f64, columns: f64) -> Vec<f64> {
        let rows = self.own.iter().zip(&self.amplification);
        rows.map(|(d, g)| own * d.abs() + columns * self.scale * g).collect()
    }

    /// A block of the matrix less that of the approximation.
    fn left_of(&self, block: MatRef<'_, f64>, rows: &[usize], columns: &[usize]) -> Mat<f64> {
        let pick =
            |of: &[usize]| Mat::from_fn(of.len(), self.features.ncols(), |i, k| self.features[(of[i], k)]);
        let mut left = self.unit.divide_mat(block);
        matmul(left.as_mut(), Accum::Add, &pick(rows), pick(columns).transpose(), -1.0, Par::Seq);
        left
    }

    /// Compares entries with their diagonal; what they are above it by rounding alone.
    fn compare(
        &self,
        left: &Mat<f64>,
        rows: &[usize],
        columns: &[usize],
        noise: &[f64],
    ) -> Result<f64, LowRankError> {
        let mut above = 0.0f64;
        let own = |i: usize| self.diagonal[i].max(0.0);
        for (q, &j) in columns.iter().enumerate() {
            for (p, &i) in rows.iter().enumerate() {
                let (value, most) = (left[(p, q)], (own(i) * own(j)).sqrt());
                if i == j || value.abs() <= most {
                    continue;
                }
                let allowed = ((own(i) + noise[i]) * (own(j) + noise[j])).sqrt();
                if value.is_nan() || value.abs() > allowed {
                    let (value, most) = (self.unit.multiply(value), self.unit.multiply(most));
                    return Err(LowRankError::TooLarge { row: i, column: j, value, most });
                }
                above = above.max(value.abs() - most);
            }
        }
        Ok(above)
    }
}
