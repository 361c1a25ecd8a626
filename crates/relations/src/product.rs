//! Matrix products that leave the processor as scalar code expects it.
//!
//! faer's product kernels for AVX-512 return without clearing the upper halves of the vector
//! registers (private-gemm-x86 0.1.22), after which every scalar `exp`, `tanh` or `sin` of the C
//! library stalls: measured 0.65 instead of 0.03 microseconds a call, until some vectorised
//! function clears them. Kernels, activations and losses are exactly that, a product and then a
//! scalar function.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par, mat};

/// `out = alpha a b`, or `out += alpha a b`, on this thread alone. Shapes: `n x k`, `k x m`,
/// `n x m`; other shapes panic, as in faer.
///
/// Use it, or [`settle_vector_unit`] after faer's own products, wherever scalar functions follow.
pub fn multiply(out: MatMut<'_, f64>, accum: Accum, a: MatRef<'_, f64>, b: MatRef<'_, f64>, alpha: f64) {
    matmul(out, accum, a, b, alpha, Par::Seq);
    settle_vector_unit();
}

/// Clears the upper halves of the vector registers of this thread, by way of a vectorised function
/// that does so on return. Costs nanoseconds.
pub fn settle_vector_unit() {
    std::hint::black_box(std::hint::black_box(mat![[1.0f64]]).norm_l2());
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;
    use std::time::{Duration, Instant};

    fn time_of_exponentials() -> Duration {
        let started = Instant::now();
        let sum: f64 = (0..20_000).map(|i| (-1e-4 * f64::from(std::hint::black_box(i))).exp()).sum();
        std::hint::black_box(sum);
        started.elapsed()
    }

    /// The best of several runs is compared, and a factor of 5 allowed, where the stall costs 20.
    #[test]
    fn scalar_functions_are_fast_after_a_product() {
        let best = |mut prepare: Box<dyn FnMut()>| {
            let times = (0..7).map(|_| {
                prepare();
                time_of_exponentials()
            });
            times.min().unwrap()
        };
        let before = best(Box::new(settle_vector_unit));
        let (a, b) = (Mat::<f64>::identity(300, 8), Mat::<f64>::identity(8, 300));
        let mut out = Mat::<f64>::zeros(300, 300);
        let after =
            best(Box::new(move || multiply(out.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0)));
        assert!(after < 5 * before, "{before:?} {after:?}");
    }
}
