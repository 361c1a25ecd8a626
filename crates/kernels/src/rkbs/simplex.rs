//! `min |v|_1` subject to `Q v = b`, by the simplex method.
//!
//! Splitting `v` into positive and negative parts, any `r` independent columns are a feasible
//! basis: each basic variable takes the sign it needs. So there is no first phase. The dual vector
//! `y = B^{-T} s` of the signs proves optimality once `|Q^T y|_inf <= 1`.

use crate::matrix::MatrixError;
use faer::linalg::solvers::Solve;
use faer::{Col, Mat, MatRef};

/// A basic solution with its dual.
pub(super) struct Basic {
    /// The minimiser, with at most `r` nonzero entries.
    pub(super) v: Vec<f64>,
    /// `|Q^T y|_inf <= 1` up to rounding, `b^T y = |v|_1`.
    pub(super) y: Vec<f64>,
}

/// Solves for `q` of full row rank, `r x N`.
pub(super) fn least_l1(q: MatRef<'_, f64>, b: &[f64]) -> Result<Basic, MatrixError> {
    /// How far beyond 1 a dual constraint counts as violated: some ten thousand roundings, since
    /// bases may be ill conditioned, and far below what the certificate of the result asks for.
    const SLACK: f64 = 1e-11;
    /// The smallest entry of a direction that counts as moving its variable; rows of `q` have norms
    /// near 1.
    const PIVOT: f64 = 1e-13;
    let (r, n) = (q.nrows(), q.ncols());
    let mut basis = independent_columns(q);
    // A slight tilt of the right-hand side, different in every row, keeps the method from cycling
    // where basic variables vanish. The final dual does not depend on it.
    let scale = b.iter().fold(0.0f64, |m, x| m.max(x.abs())).max(f64::MIN_POSITIVE);
    let golden = 0.618_033_988_749_894_9;
    let tilted = Col::from_fn(r, |i| b[i] + scale * 1e-10 * (0.5 + (golden * (i as f64 + 1.0)).fract()));
    let limit = 50 * (r + n) + 1000;
    for _ in 0..limit {
        let lu = Mat::from_fn(r, r, |i, k| q[(i, basis[k])]).partial_piv_lu();
        let values = lu.solve(&tilted);
        let signs = Col::from_fn(r, |k| if values[k] < 0.0 { -1.0 } else { 1.0 });
        let y = Mat::from_fn(r, r, |k, i| q[(i, basis[k])]).partial_piv_lu().solve(&signs);
        let prices = q.transpose() * &y;
        let entering = (0..n).fold(0, |best, j| if prices[j].abs() > prices[best].abs() { j } else { best });
        if prices[entering].abs() <= 1.0 + SLACK {
            let exact = lu.solve(&Col::from_fn(r, |i| b[i]));
            let mut v = vec![0.0; n];
            basis.iter().enumerate().for_each(|(k, &j)| v[j] = exact[k]);
            return Ok(Basic { v, y: y.iter().copied().collect() });
        }
        let direction = lu.solve(&Col::from_fn(r, |i| q[(i, entering)] * prices[entering].signum()));
        // The first basic variable to reach zero leaves.
        let leaving = (0..r).filter(|&k| direction[k] * signs[k] > PIVOT).min_by(|&k, &l| {
            (values[k].abs() / direction[k].abs()).total_cmp(&(values[l].abs() / direction[l].abs()))
        });
        match leaving {
            Some(k) => basis[k] = entering,
            None => break,
        }
    }
    Err(MatrixError::NoConvergence("simplex method"))
}

/// As many independent columns as there are rows, by Gaussian elimination with the largest
/// remaining column first.
fn independent_columns(q: MatRef<'_, f64>) -> Vec<usize> {
    let (r, n) = (q.nrows(), q.ncols());
    let mut rest = q.to_owned();
    let mut chosen = Vec::with_capacity(r);
    for _ in 0..r {
        let norms: Vec<f64> =
            (0..n).map(|j| if chosen.contains(&j) { -1.0 } else { rest.col(j).norm_l2() }).collect();
        let best = (0..n).fold(0, |b, j| if norms[j] > norms[b] { j } else { b });
        chosen.push(best);
        let unit: Vec<f64> = rest.col(best).iter().map(|x| x / norms[best].max(f64::MIN_POSITIVE)).collect();
        for j in 0..n {
            let c: f64 = (0..r).map(|i| unit[i] * rest[(i, j)]).sum();
            (0..r).for_each(|i| rest[(i, j)] -= c * unit[i]);
        }
    }
    chosen
}
