//! Normal equations: the half of a Gram matrix that is needed, and the solution.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};
use relata_relations::settle_vector_unit;

/// Solves `A x = b` for a positive definite `A`, which is overwritten; `None` where it is not
/// definite.
pub(crate) fn solve_definite(mut a: Mat<f64>, b: &[f64]) -> Option<Vec<f64>> {
    let n = a.nrows();
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default())
        .or(llt::solve::solve_in_place_scratch::<f64>(n, 1, Par::Seq));
    let mut memory = MemBuffer::new(scratch);
    let done = llt::factor::cholesky_in_place(
        a.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    );
    if done.is_err() {
        settle_vector_unit();
        return None;
    }
    let mut x = Mat::from_fn(n, 1, |i, _| b[i]);
    llt::solve::solve_in_place(a.as_ref(), x.as_mut(), Par::Seq, MemStack::new(&mut memory));
    settle_vector_unit();
    let x: Vec<f64> = x.col(0).iter().copied().collect();
    x.iter().all(|v| v.is_finite()).then_some(x)
}

/// The lower half of `A' A`, at half the cost of a product; the upper half is zero.
pub(crate) fn lower_gram(a: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.ncols(), a.ncols());
    triangular::matmul(
        out.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        a.transpose(),
        BlockStructure::Rectangular,
        a,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    settle_vector_unit();
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use relata_relations::Seed;

    fn random(n: usize, m: usize) -> Mat<f64> {
        let mut s = Seed(11).stream("one-thread");
        Mat::from_fn(n, m, |_, _| s.normal())
    }

    #[test]
    fn the_lower_half_of_a_gram_matrix_is_that_of_the_product() {
        for (n, m) in [(7, 3), (3, 7), (40, 40), (90, 33)] {
            let a = random(n, m);
            let lower = lower_gram(a.as_ref());
            let whole = a.transpose() * &a;
            for j in 0..m {
                for i in 0..m {
                    let wanted = if i >= j { whole[(i, j)] } else { 0.0 };
                    assert!((lower[(i, j)] - wanted).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_definite_system_is_solved_and_another_is_refused() {
        let a = random(30, 12);
        let b: Vec<f64> = (0..12).map(f64::from).collect();
        // The lower half is enough.
        let x = solve_definite(lower_gram(a.as_ref()), &b).unwrap();
        let back = a.transpose() * (&a * Mat::from_fn(12, 1, |i, _| x[i]));
        assert!((0..12).all(|i| (back[(i, 0)] - b[i]).abs() < 1e-9));
        assert!(
            solve_definite(Mat::from_fn(2, 2, |i, j| if i == j { -1.0 } else { 0.0 }), &[1.0, 1.0]).is_none()
        );
    }
}
