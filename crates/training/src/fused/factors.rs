//! The loss against a weighted relation `A B^T` of low rank, by Gram matrices alone.
//!
//! With the weighed features `P` (`d x n`) and `Q` (`d x m`),
//! `|P^T Q - A B^T|_F^2 = <P P^T, Q Q^T> - 2 <P A, Q B> + <A^T A, B^T B>`; the gradient in `P` is
//! `2 ((Q Q^T) P - (Q B) A^T)`, and likewise in `Q`.

use super::share::Share;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Both factors of one relation in single precision, and the last term of the loss.
pub(super) struct Factors {
    a: Mat<f32>,
    b: Mat<f32>,
    constant: f64,
}

impl Factors {
    /// Of `A` and `B`, `n x k` and `m x k`.
    pub(super) fn new(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Self {
        let single = |f: MatRef<'_, f64>| Mat::from_fn(f.nrows(), f.ncols(), |i, j| f[(i, j)] as f32);
        let (a, b) = (single(a), single(b));
        let constant = inner(&product(a.transpose(), a.as_ref()), &product(b.transpose(), b.as_ref()));
        Self { a, b, constant }
    }
}

/// The mean of the losses of all heads. The gradients are left in the shares of both sides.
pub(super) fn factored_loss(x: &mut [Share], y: &mut [Share], factors: &[Factors], rank: usize) -> f64 {
    let height = factors.len() * rank;
    let [p, q] = [&*x, &*y].map(|side| gather(side, height));
    let mut gradients = [&p, &q].map(|f| Mat::<f32>::zeros(height, f.ncols()));
    let mut loss = 0.0;
    let share = 1.0 / factors.len() as f64;
    for (t, f) in factors.iter().enumerate() {
        let (p, q) = (p.subrows(t * rank, rank), q.subrows(t * rank, rank));
        let (gram_p, gram_q) = (product(p, p.transpose()), product(q, q.transpose()));
        let (cross_p, cross_q) = (product(p, f.a.as_ref()), product(q, f.b.as_ref()));
        loss += share * (inner(&gram_p, &gram_q) - 2.0 * inner(&cross_p, &cross_q) + f.constant);
        let twice = (2.0 * share) as f32;
        let [in_p, in_q] = &mut gradients;
        for (out, gram, features, cross, factor) in
            [(in_p, &gram_q, p, &cross_q, &f.a), (in_q, &gram_p, q, &cross_p, &f.b)]
        {
            let mut out = out.subrows_mut(t * rank, rank);
            matmul(out.as_mut(), Accum::Replace, gram, features, twice, Par::Seq);
            matmul(out, Accum::Add, cross, factor.transpose(), -twice, Par::Seq);
        }
    }
    for (side, gradient) in [x, y].into_iter().zip(&gradients) {
        for share in side {
            let n = share.points.len();
            MatMut::from_column_major_slice_mut(&mut share.features_gradient, height, n)
                .copy_from(gradient.subcols(share.points.start, n));
        }
    }
    loss
}

fn gather(side: &[Share], height: usize) -> Mat<f32> {
    let n = side.iter().map(|s| s.points.len()).sum();
    let mut all = Mat::zeros(height, n);
    for s in side {
        let own = MatRef::from_column_major_slice(&s.features, height, s.points.len());
        all.as_mut().subcols_mut(s.points.start, s.points.len()).copy_from(own);
    }
    all
}

/// `A B`, summed in one order whatever the number of threads.
fn product(a: MatRef<'_, f32>, b: MatRef<'_, f32>) -> Mat<f32> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    out
}

/// The sum of the products of all entries, in f64.
fn inner(a: &Mat<f32>, b: &Mat<f32>) -> f64 {
    let columns = a.col_iter().zip(b.col_iter());
    columns
        .map(|(a, b)| a.iter().zip(b.iter()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>())
        .sum()
}
