//! The factorisation norm `gamma_2`.

use crate::matrix::{self, MatrixError};
use crate::unit::Unit;
use faer::{Mat, MatRef};
use thiserror::Error;

/// A bracket of `gamma_2(A) = min { max_i |x_i| max_j |y_j| : A_ij = <x_i, y_j> }`.
#[derive(Clone, Debug)]
pub struct Gamma2 {
    /// `gamma_2(A)` is at least this: the trace norm of `diag(p)^{1/2} A diag(q)^{1/2}`.
    pub lower: f64,
    /// `gamma_2(A)` is at most this: the factors, and the rounding with which they reproduce `A`.
    pub upper: f64,
    /// Left factors `X`, `n x r`, rows of norm at most `sqrt(upper)`.
    pub left: Mat<f64>,
    /// Right factors `Y`, `m x r`, rows of norm at most `sqrt(upper)`.
    pub right: Mat<f64>,
    /// Dual weights of the rows, a probability vector.
    pub row_weights: Vec<f64>,
    /// Dual weights of the columns, a probability vector.
    pub column_weights: Vec<f64>,
    /// Singular value decompositions made.
    pub iterations: usize,
}

/// Why there is no bracket.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Gamma2Error {
    /// A matrix that cannot be used.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A tolerance that is not positive.
    #[error("the relative gap asked for is {0}; it must be positive and finite")]
    Gap(f64),
}

/// Brackets `gamma_2` until `upper <= (1 + gap) lower` or `max_iterations` singular value
/// decompositions are done.
///
/// By duality `gamma_2(A) = max_{p, q} |diag(p)^{1/2} A diag(q)^{1/2}|_tr` over probability vectors
/// (Lee, Shraibman and Spalek 2008), a concave problem. With the decomposition `U S V^T` of that
/// matrix, `x_i = p_i^{-1/2} S^{1/2} U_i`, `y_j = q_j^{-1/2} S^{1/2} V_j` are factors of `A`, so
/// that each step has a bound from above, too; weights move in proportion to `|x_i|^2` and
/// `|y_j|^2`, a gradient step in the geometry of the simplex that stops where all norms are equal.
/// Complexity: `O(n m min(n, m))` an iteration, so for matrices of up to a few hundred rows.
///
/// Scores `<x_i, y_j>` with `|x_i|, |y_j| <= B` can be `A` exactly iff `B^2 >= gamma_2(A)`.
///
/// ```
/// use relata_kernels::rank::gamma2;
/// use faer::Mat;
/// // The pattern +1 on the diagonal, -1 elsewhere: 3 - 4 / n.
/// let a = Mat::from_fn(8, 8, |i, j| if i == j { 1.0 } else { -1.0 });
/// let g = gamma2(a.as_ref(), 1e-6, 500)?;
/// assert!(g.lower <= 2.5 + 1e-9 && 2.5 - 1e-9 <= g.upper && g.upper - g.lower < 1e-5);
/// # Ok::<(), relata_kernels::rank::Gamma2Error>(())
/// ```
///
/// # Errors
/// [`Gamma2Error`] if the matrix is empty or not finite, or `gap` is not positive.
pub fn gamma2(a: MatRef<'_, f64>, gap: f64, max_iterations: usize) -> Result<Gamma2, Gamma2Error> {
    matrix::check(a)?;
    if !(gap.is_finite() && gap > 0.0) {
        return Err(Gamma2Error::Gap(gap));
    }
    let unit = Unit::of_mat(a);
    let mut g = near_one(unit.divide_mat(a).as_ref(), gap, max_iterations)?;
    g.lower = unit.multiply(g.lower);
    g.upper = unit.restore("gamma_2", g.upper)?;
    g.left = unit.root().restore_mat("the left factors", g.left)?;
    g.right = unit.root().restore_mat("the right factors", g.right)?;
    Ok(g)
}

/// The bracket for a matrix whose largest entry is near 1.
fn near_one(a: MatRef<'_, f64>, gap: f64, max_iterations: usize) -> Result<Gamma2, MatrixError> {
    let (n, m) = (a.nrows(), a.ncols());
    let (mut p, mut q) = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
    let mut best = Gamma2 {
        lower: 0.0,
        upper: f64::INFINITY,
        left: Mat::zeros(n, 0),
        right: Mat::zeros(m, 0),
        row_weights: p.clone(),
        column_weights: q.clone(),
        iterations: 0,
    };
    if a.norm_max() == 0.0 {
        best.upper = 0.0;
        return Ok(best);
    }
    for iteration in 1..=max_iterations.max(1) {
        best.iterations = iteration;
        let weighted = Mat::from_fn(n, m, |i, j| (p[i] * q[j]).sqrt() * a[(i, j)]);
        let d = matrix::svd(weighted.as_ref())?;
        // Directions within some 50 roundings of zero: what they carry is in the residual below.
        let kept = d.s.iter().take_while(|s| **s > 1e-14 * d.s[0]).count();
        let trace: f64 = d.s.iter().rev().sum();
        let lower = trace * (1.0 - n.max(m) as f64 * f64::EPSILON * d.s.len() as f64);
        if lower > best.lower {
            best.lower = lower;
            (best.row_weights, best.column_weights) = (p.clone(), q.clone());
        }
        let mut x = factor(a, &q, d.v.subcols(0, kept), (d.u.subcols(0, kept), &p), &d.s);
        let mut y = factor(a.transpose(), &p, d.u.subcols(0, kept), (d.v.subcols(0, kept), &q), &d.s);
        let (nx, ny) = (row_squares(&x), row_squares(&y));
        let (tx, ty) = (maximum(&nx), maximum(&ny));
        // The factors reproduce A up to a residual E, and gamma_2(E) <= max row norm of E.
        let residual = a - &x * y.transpose();
        let excess = maximum(&row_squares(&residual)).sqrt();
        let upper = (tx * ty).sqrt() + excess;
        if upper < best.upper {
            let balance = (ty / tx).sqrt().sqrt();
            x *= faer::Scale(balance);
            y *= faer::Scale(1.0 / balance);
            (best.upper, best.left, best.right) = (upper, x, y);
        }
        if best.upper <= (1.0 + gap) * best.lower {
            break;
        }
        reweight(&mut p, &nx);
        reweight(&mut q, &ny);
    }
    Ok(best)
}

/// `p_i^{-1/2} U_i S^{1/2}`, which is `A_i diag(q)^{1/2} V S^{-1/2}`. The first divides rounding by
/// the root of a weight, the second by that of a singular value: for each entry the one that
/// divides by more is taken.
fn factor(
    a: MatRef<'_, f64>,
    q: &[f64],
    v: MatRef<'_, f64>,
    (u, p): (MatRef<'_, f64>, &[f64]),
    s: &[f64],
) -> Mat<f64> {
    let image = a * Mat::from_fn(v.nrows(), v.ncols(), |j, k| q[j].sqrt() * v[(j, k)]);
    Mat::from_fn(u.nrows(), u.ncols(), |i, k| {
        if s[k] * s[k] > p[i] { image[(i, k)] / s[k].sqrt() } else { u[(i, k)] * (s[k] / p[i]).sqrt() }
    })
}

/// Weights times squared norms, normalised; a floor, a billionth of the mean, keeps every row in
/// play and costs the lower bound as little.
fn reweight(weights: &mut [f64], squares: &[f64]) {
    let mut total = 0.0;
    for (w, s) in weights.iter_mut().zip(squares) {
        *w *= s;
        total += *w;
    }
    let floor = 1e-9 / weights.len() as f64;
    let mut sum = 0.0;
    for w in weights.iter_mut() {
        *w = (*w / total).max(floor);
        sum += *w;
    }
    weights.iter_mut().for_each(|w| *w /= sum);
}

fn row_squares(a: &Mat<f64>) -> Vec<f64> {
    (0..a.nrows()).map(|i| a.row(i).squared_norm_l2()).collect()
}

fn maximum(v: &[f64]) -> f64 {
    v.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    fn close(g: &Gamma2, exact: f64, gap: f64) {
        assert!(
            g.lower <= exact * (1.0 + 1e-9) && exact <= g.upper * (1.0 + 1e-9),
            "{} {} {exact}",
            g.lower,
            g.upper
        );
        assert!(g.upper - g.lower <= gap * exact, "{} {}", g.lower, g.upper);
    }

    #[test]
    fn closed_forms() {
        let of = |a: &Mat<f64>| gamma2(a.as_ref(), 1e-7, 3000).unwrap();
        close(&of(&Mat::identity(6, 6)), 1.0, 1e-6);
        close(&of(&Mat::from_fn(4, 7, |_, _| -2.0)), 2.0, 1e-6);
        // Hadamard matrices: sqrt(n).
        let hadamard = Mat::from_fn(16, 16, |i, j| if (i & j).count_ones() % 2 == 0 { 1.0 } else { -1.0 });
        close(&of(&hadamard), 4.0, 1e-6);
        // Positive semidefinite matrices: the largest diagonal entry.
        let psd = Mat::from_fn(9, 9, |i, j| (1.0 + i.min(j) as f64) / 9.0);
        close(&of(&psd), 1.0, 1e-3);
        // Rank one: |u|_inf |v|_inf.
        close(&of(&Mat::from_fn(5, 4, |i, j| (i as f64 - 1.0) * (2.0 - j as f64))), 6.0, 1e-5);
        // The sign matrix sgn(j - i) with +1 on the diagonal is skew-circulant, so uniform weights
        // are optimal: the mean of its singular values |cot((2k - 1) pi / 2n)|'s counterparts 1 /
        // |sin((2k - 1) pi / 2n)|.
        let n = 12;
        let sign = Mat::from_fn(n, n, |i, j| if j >= i { 1.0 } else { -1.0 });
        let exact =
            (1..=n).map(|k| 1.0 / ((2 * k - 1) as f64 * PI / (2 * n) as f64).sin().abs()).sum::<f64>()
                / n as f64;
        close(&of(&sign), exact, 1e-6);
    }

    #[test]
    fn the_zero_matrix_costs_nothing() {
        let g = gamma2(Mat::zeros(3, 2).as_ref(), 1e-3, 10).unwrap();
        assert!(g.upper == 0.0 && g.lower == 0.0);
        assert!(matches!(gamma2(Mat::zeros(3, 2).as_ref(), 0.0, 10), Err(Gamma2Error::Gap(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn factors_and_bounds_hold(values in prop::collection::vec(-1.0f64..1.0, 30), c in -3.0f64..3.0) {
            let a = Mat::from_fn(6, 5, |i, j| values[5 * i + j]);
            let g = gamma2(a.as_ref(), 1e-3, 400).unwrap();
            prop_assert!(g.lower <= g.upper && g.upper <= 1.02 * g.lower, "{} {}", g.lower, g.upper);
            let product = &g.left * g.right.transpose();
            prop_assert!((&product - &a).norm_max() <= 1e-7 * g.upper);
            for m in [&g.left, &g.right] {
                prop_assert!(row_squares(m).iter().all(|s| *s <= g.upper * (1.0 + 1e-9)));
            }
            // max |A_ij| <= gamma_2 <= sqrt(rank) max |A_ij|.
            let largest = a.norm_max();
            prop_assert!(largest <= g.upper * (1.0 + 1e-9) && g.lower <= 5f64.sqrt() * largest * (1.0 + 1e-9));
            // A norm: homogeneous, and invariant under transposition.
            let scaled = gamma2((faer::Scale(c) * &a).as_ref(), 1e-3, 400).unwrap();
            prop_assert!(scaled.lower <= c.abs() * g.upper * (1.0 + 1e-9) && c.abs() * g.lower <= scaled.upper * (1.0 + 1e-9));
            let transposed = gamma2(a.transpose(), 1e-3, 400).unwrap();
            prop_assert!(transposed.lower <= g.upper * (1.0 + 1e-9) && g.lower <= transposed.upper * (1.0 + 1e-9));
        }
    }
}
