//! Leading singular values of a matrix that is known by its products, with a bracket of what every
//! rank leaves.

use super::subspace::{Subspace, rest_bound, squares_at_most};
use super::{KrylovError, LeadingParams, SquareBracket};
use crate::lowrank::MatrixSource;
use crate::matrix;
use crate::unit::Unit;
use faer::{Mat, MatRef};

/// Leading singular values and vectors, and how much of the matrix is beside them.
#[derive(Clone, Debug)]
pub struct Leading {
    /// Approximate singular values, largest first. The `k`-th is at most the `k`-th singular value.
    pub values: Vec<f64>,
    /// Orthonormal left vectors `U`, `n x count`.
    pub left: Mat<f64>,
    /// Orthonormal right vectors `V`, `m x count`, with `A^T u_k = s_k v_k`.
    pub right: Mat<f64>,
    /// `|A v_k - s_k u_k|`: some singular value is that near to `s_k`.
    pub residuals: Vec<f64>,
    /// `|A - U U^T A|_2` is at most this, with the doubt that was allowed.
    pub rest: f64,
    /// Columns of products that were made.
    pub products: usize,
    /// Brackets of the squares that ranks 0, 1, .. leave, in the unit of the matrix.
    tails: Vec<SquareBracket>,
    unit: Unit,
}

/// Seeks the leading singular values of a matrix of Frobenius norm `norm`, by Rayleigh and Ritz on a
/// block Krylov space with full orthogonalisation (Golub and Kahan 1965; Musco and Musco 2015).
///
/// What is found is bracketed, whatever the spectrum. *Above*: the error of the rank-`k` matrix
/// `U_k U_k^T A`, from its Pythagorean identity. *Below*: the `k` largest squares add up to at most
/// what the residuals (quadratically, Li and Li 2005) and the norm of the rest allow, and what a
/// later value has is left. The norm of the rest is bounded by the Lanczos iteration from a random
/// vector, which misses it with probability at most `doubt` (Kuczynski and Wozniakowski 1992,
/// theorem 4.2). Complexity: `dimension` products with the matrix and with its transpose, and
/// `(n + m) dimension^2`.
///
/// ```
/// use relata_kernels::krylov::{LeadingParams, leading};
/// use relata_kernels::lowrank::Dense;
/// use relata_relations::Seed;
/// use faer::Mat;
/// // The harmonic matrix: singular values fall fast.
/// let a = Mat::from_fn(300, 200, |i, j| (1.0 + i as f64 + j as f64).recip());
/// let l = leading(&Dense::new(a.as_ref())?, a.norm_l2(), LeadingParams::new(6, Seed(0)))?;
/// let tail = l.left_over(6).ok_or("a bracket")?;
/// assert!(tail.lower <= tail.upper && tail.upper <= tail.lower * (1.0 + 1e-6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`KrylovError`] if no value is wanted, more are than there are, or a product fails or is not
/// finite.
pub fn leading(a: &dyn MatrixSource, norm: f64, params: LeadingParams) -> Result<Leading, KrylovError> {
    let (n, m) = a.shape();
    let most = n.min(m);
    params.check(most)?;
    let unit = Unit::near(norm);
    let norm = unit.divide(norm);
    let times = |v: MatRef<'_, f64>| Ok::<_, KrylovError>(unit.divide_mat(finite(a.multiply(v)?)?.as_ref()));
    let back = |v: MatRef<'_, f64>| {
        Ok::<_, KrylovError>(unit.divide_mat(finite(a.multiply_transposed(v)?)?.as_ref()))
    };
    let mut space = Subspace::new(n, params.dimension.min(most));
    let omega = params.random(m, params.block.min(most));
    let mut next = times(omega.as_ref())?;
    let mut products = omega.ncols();
    let mut mirrored = Mat::<f64>::zeros(m, 0);
    loop {
        let block = space.extend(next);
        if block.ncols() == 0 {
            break;
        }
        let z = back(block.as_ref())?;
        products += z.ncols();
        mirrored = beside(mirrored.as_ref(), z.as_ref());
        let caught = mirrored.squared_norm_l2();
        if space.is_full() || norm * norm - caught <= params.revealed() * norm * norm {
            break;
        }
        let p = crate::lowrank::thin_qr(z.as_ref()).0;
        next = times(p.as_ref())?;
        products += p.ncols();
    }
    // B^T = A^T Q = P diag(s) W^T, so that U = Q W.
    if mirrored.ncols() == 0 {
        return Err(KrylovError::TooMany { wanted: params.count, dimension: 0, size: most });
    }
    let d = matrix::svd(mirrored.as_ref())?;
    let caught: f64 = d.s.iter().rev().map(|s| s * s).sum();
    let all_caught = norm * norm - caught <= params.revealed() * norm * norm;
    let positive = d.s.iter().take_while(|s| **s > 1e-15 * norm).count();
    let count = if all_caught { positive } else { params.count.min(positive) }.max(1);
    let left = space.basis() * d.v.subcols(0, count);
    let right = d.u.subcols(0, count).to_owned();
    let residual = times(right.as_ref())? - Mat::from_fn(n, count, |i, k| left[(i, k)] * d.s[k]);
    products += count;
    let residuals: Vec<f64> = (0..count).map(|k| residual.col(k).norm_l2()).collect();
    let rest = rest_bound(m, &params, |v| {
        let w = deflated(times(v)?, &left);
        back(deflated(w, &left).as_ref())
    })?
    .sqrt();
    // Products that the bound of the rest took.
    products += 2 * params.steps();
    let cross = (0..count).map(|k| (d.s[k] * residuals[k]).powi(2)).sum::<f64>().sqrt();
    // What is beside a matrix of which all is caught is in the bound of the rest.
    let found = if all_caught { count } else { d.s.len() };
    let squares: Vec<f64> = d.s[..found].iter().map(|s| s * s).collect();
    let at_most = squares_at_most(&squares[..count], cross, rest * rest);
    let tails = SquareBracket::tails(norm * norm, &squares, &at_most, rest * rest * most as f64);
    let restored = |v: &[f64]| unit.restore_all("the singular values", v);
    Ok(Leading {
        values: restored(&d.s[..count])?,
        residuals: restored(&residuals)?,
        rest: unit.multiply(rest),
        left,
        right,
        products,
        tails,
        unit,
    })
}

/// What the best matrix of some rank leaves, from below and from above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOver {
    /// No matrix of that rank leaves less.
    pub lower: f64,
    /// Some matrix of that rank leaves no more.
    pub upper: f64,
}

impl Leading {
    /// The bracket of the least Frobenius error of a rank; none above the number of values.
    #[must_use]
    pub fn left_over(&self, rank: usize) -> Option<LeftOver> {
        self.tails.get(rank).map(|t| t.restored(self.unit))
    }
}

/// `(I - U U^T) W`.
pub(super) fn deflated(w: Mat<f64>, u: &Mat<f64>) -> Mat<f64> {
    let inside = u.transpose() * &w;
    w - u * inside
}

/// Two matrices side by side.
pub(super) fn beside(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let (n, p) = (b.nrows(), a.ncols());
    let mut out = Mat::zeros(n, p + b.ncols());
    out.subcols_mut(0, p).copy_from(a);
    out.subcols_mut(p, b.ncols()).copy_from(b);
    out
}

/// A product of finite matrices, which may have overflowed.
pub(super) fn finite(product: Mat<f64>) -> Result<Mat<f64>, KrylovError> {
    matrix::check(product.as_ref())?;
    Ok(product)
}
