//! Leading eigenvalues of a symmetric matrix that is known by its products, with brackets of what
//! inner products of one encoder leave.

use super::leading::{LeftOver, deflated, finite};
use super::subspace::{Subspace, rest_bound, squares_at_most};
use super::{KrylovError, LeadingParams, SquareBracket};
use crate::lowrank::MatrixSource;
use crate::matrix;
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::RelationError;

/// Leading eigenvalues of a symmetric matrix by magnitude, and how much is beside them.
#[derive(Clone, Debug)]
pub struct LeadingEigen {
    /// Ritz values, largest magnitude first. The `k`-th positive one is at most the `k`-th positive
    /// eigenvalue, and the `k`-th negative one at least the `k`-th negative eigenvalue.
    pub values: Vec<f64>,
    /// Orthonormal Ritz vectors, `n x count`.
    pub vectors: Mat<f64>,
    /// `|S u_k - l_k u_k|`: some eigenvalue is that near to `l_k`.
    pub residuals: Vec<f64>,
    /// No eigenvalue of what is beside these vectors is larger in magnitude, with the doubt that was
    /// allowed.
    pub rest: f64,
    indefinite: Vec<SquareBracket>,
    shared: Vec<SquareBracket>,
    positive: SquareBracket,
    negative: SquareBracket,
    unit: Unit,
}

/// The symmetric part of a square matrix that is known by its products.
pub struct SymmetricPart<'a>(pub &'a dyn MatrixSource);

impl SymmetricPart<'_> {
    fn multiply(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        let both = self.0.multiply(v)? + self.0.multiply_transposed(v)?;
        Ok(both * faer::Scale(0.5))
    }
}

/// Seeks the leading eigenvalues of the symmetric part of a square matrix, of Frobenius norm `norm`,
/// by Rayleigh and Ritz on a block Krylov space; as [`super::leading`], with the same complexity.
///
/// ```
/// use relata_kernels::krylov::{LeadingParams, SymmetricPart, leading_eigen};
/// use relata_kernels::lowrank::Dense;
/// use relata_relations::Seed;
/// use faer::Mat;
/// // A path: eigenvalues 2 cos(pi k / 201), positive and negative alike.
/// let a = Mat::from_fn(200, 200, |i, j| f64::from(u8::from(i.abs_diff(j) == 1)));
/// let dense = Dense::new(a.as_ref())?;
/// let params = LeadingParams::new(4, Seed(0)).with_dimension(200);
/// let e = leading_eigen(&SymmetricPart(&dense), a.norm_l2(), params)?;
/// assert!((e.values[0].abs() - 2.0 * (std::f64::consts::PI / 201.0).cos()).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`KrylovError`] if the matrix is not square, no value is wanted, more are than there are, or a
/// product fails or is not finite.
pub fn leading_eigen(
    a: &SymmetricPart<'_>,
    norm: f64,
    params: LeadingParams,
) -> Result<LeadingEigen, KrylovError> {
    let (n, m) = a.0.shape();
    if n != m {
        return Err(matrix::MatrixError::NotSquare { rows: n, columns: m }.into());
    }
    params.check(n)?;
    let unit = Unit::near(norm);
    let norm = unit.divide(norm);
    let times = |v: MatRef<'_, f64>| Ok::<_, KrylovError>(unit.divide_mat(finite(a.multiply(v)?)?.as_ref()));
    let mut space = Subspace::new(n, params.dimension.min(n));
    let mut next = params.random(n, params.block.min(n));
    let mut images = Mat::<f64>::zeros(n, 0);
    loop {
        let block = space.extend(next);
        if block.ncols() == 0 {
            break;
        }
        next = times(block.as_ref())?;
        images = super::leading::beside(images.as_ref(), next.as_ref());
        // The part of the images outside of the space tells what is coupled to it.
        if space.is_full() || norm * norm - images.squared_norm_l2() <= params.revealed() * norm * norm {
            break;
        }
    }
    if images.ncols() == 0 {
        return Err(KrylovError::TooMany { wanted: params.count, dimension: 0, size: n });
    }
    let core = matrix::symmetric_part((space.basis().transpose() * &images).as_ref())?;
    let (ritz, w) = matrix::eigh(core.as_ref())?;
    let mut order: Vec<usize> = (0..ritz.len()).collect();
    order.sort_by(|&i, &j| ritz[j].abs().total_cmp(&ritz[i].abs()));
    let all: Vec<f64> = order.iter().map(|&k| ritz[k]).collect();
    let caught: f64 = all.iter().rev().map(|v| v * v).sum();
    let all_caught = norm * norm - caught <= params.revealed() * norm * norm;
    let positive = all.iter().take_while(|v| v.abs() > 1e-15 * norm).count();
    let count = if all_caught { positive } else { params.count.min(positive) }.max(1);
    let chosen = Mat::from_fn(w.nrows(), count, |i, k| w[(i, order[k])]);
    let vectors = space.basis() * &chosen;
    let values = all[..count].to_vec();
    let residual = &images * &chosen - Mat::from_fn(n, count, |i, k| vectors[(i, k)] * values[k]);
    let residuals: Vec<f64> = (0..count).map(|k| residual.col(k).norm_l2()).collect();
    let rest = rest_bound(n, &params, |v| {
        let inside = deflated(v.to_owned(), &vectors);
        let once = deflated(times(inside.as_ref())?, &vectors);
        Ok(deflated(times(once.as_ref())?, &vectors))
    })?
    .sqrt();
    let found = if all_caught { count } else { all.len() };
    let brackets = Brackets::new((norm * norm, n), &all[..found], &values, &residuals, rest);
    Ok(LeadingEigen {
        values: unit.restore_all("the eigenvalues", &values)?,
        residuals: unit.restore_all("the residuals", &residuals)?,
        rest: unit.multiply(rest),
        vectors,
        indefinite: brackets.indefinite,
        shared: brackets.shared,
        positive: brackets.positive,
        negative: brackets.negative,
        unit,
    })
}

/// What of the square of the norm the parts have, and what every rank leaves of it.
struct Brackets {
    indefinite: Vec<SquareBracket>,
    shared: Vec<SquareBracket>,
    positive: SquareBracket,
    negative: SquareBracket,
}

impl Brackets {
    /// From the square of the norm and the size, all Ritz values, those that are kept with their
    /// residuals, and the bound of the rest.
    fn new((total, n): (f64, usize), all: &[f64], values: &[f64], residuals: &[f64], rest: f64) -> Self {
        /// Rounding of sums of squares, relative to the total.
        const ROUNDING: f64 = 1e-13;
        let squares: Vec<f64> = all.iter().map(|v| v * v).collect();
        let cross = residuals.iter().map(|r| r * r).sum::<f64>().sqrt();
        // S^2 in the kept vectors and beside them: [[L^2 + C C^T, L C + C D], [.., C^T C + D^2]].
        let of_squares =
            values.iter().zip(residuals).map(|(v, r)| (v * r).powi(2)).sum::<f64>().sqrt() + cross * rest;
        let square_rest = rest * rest + cross * cross;
        let kept: Vec<f64> = squares[..values.len()].iter().map(|v| v + cross * cross).collect();
        let most = squares_at_most(&kept, of_squares, square_rest);
        // |S|^2 = |L|^2 + 2 |C|^2 + |D|^2.
        let beside = 2.0 * cross * cross + rest * rest * n as f64;
        let indefinite = SquareBracket::tails(total, &squares, &most, beside);
        // One encoder: the positive ones alone, the others are left whatever the rank.
        let of_sign = |sign: f64| -> Vec<f64> {
            let mut v: Vec<f64> = all.iter().map(|v| v * sign).filter(|v| *v > 0.0).collect();
            v.sort_by(|a, b| b.total_cmp(a));
            v
        };
        let (positive, negative) = (of_sign(1.0), of_sign(-1.0));
        let sum = |v: &[f64]| v.iter().rev().map(|v| v * v).sum::<f64>();
        let found = values.iter().filter(|v| **v > 0.0).count();
        let at_most: Vec<f64> = squares_at_most(&positive[..found.min(positive.len())], cross, rest)
            .into_iter()
            .map(|v| v * v)
            .collect();
        let outside = (total - sum(&positive) - sum(&negative)).max(0.0) + ROUNDING * total;
        let outside = if all.len() == values.len() { outside.min(beside) } else { outside };
        let shared = (0..=at_most.len())
            .map(|k| {
                let later = sum(&positive[k..]) + sum(&negative);
                let captured: f64 = at_most[..k].iter().sum();
                let lower = later.max(total - captured - ROUNDING * total);
                let upper = (later + outside).min(total);
                SquareBracket { lower: lower.max(0.0), upper }
            })
            .collect();
        let part = |own: &[f64]| SquareBracket { lower: sum(own), upper: sum(own) + outside };
        Self { indefinite, shared, positive: part(&positive), negative: part(&negative) }
    }
}

impl LeadingEigen {
    /// What the best `<phi(x), J phi(y)>` of some rank leaves of the symmetric matrix; none above the
    /// number of values.
    #[must_use]
    pub fn left_over_indefinite(&self, rank: usize) -> Option<LeftOver> {
        self.indefinite.get(rank).map(|t| t.restored(self.unit))
    }

    /// What the best `<phi(x), phi(y)>` of some rank leaves of the symmetric matrix. Beyond the
    /// positive eigenvalues found it is that of their number, from above.
    #[must_use]
    pub fn left_over_shared(&self, rank: usize) -> Option<LeftOver> {
        self.shared.get(rank).map(|t| t.restored(self.unit))
    }

    /// The Frobenius norm of the positive part of the matrix.
    #[must_use]
    pub fn positive_part(&self) -> LeftOver {
        self.positive.restored(self.unit)
    }

    /// The Frobenius norm of the negative part of the matrix.
    #[must_use]
    pub fn negative_part(&self) -> LeftOver {
        self.negative.restored(self.unit)
    }
}
