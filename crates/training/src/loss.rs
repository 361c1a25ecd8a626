//! Losses of an inner product against a relation.
//!
//! A batch of `n` points `x_i` and `m` points `y_j` gives `n m` pairs from `n + m` encoder passes:
//! `(1 / n m) sum_ij (<phi(x_i), psi(y_j)> - r_ij)^2`. On quadratures `mu = sum u_i delta(x_i)`,
//! `nu = sum v_j delta(y_j)` the loss is the squared `L2(mu x nu)` distance itself,
//! `|U^{1/2} (Phi Psi^T - R) V^{1/2}|_F^2`. Where `U^{1/2} R V^{1/2} = A B^T` has few columns, no
//! `n x m` matrix is needed, because with `P = U^{1/2} Phi`, `Q = V^{1/2} Psi`
//! `|P Q^T - A B^T|_F^2 = <P^T P, Q^T Q> - 2 <A^T P, B^T Q> + <A^T A, B^T B>`.

use burn::tensor::Tensor;

/// The mean over all pairs of the squared error.
///
/// # Shapes
/// `phi`: `[n, d]`, `psi`: `[m, d]`, `target`: `[n, m]`; the result `[1]`.
#[must_use]
pub fn all_pairs_loss(phi: Tensor<2>, psi: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let [n, m] = target.dims();
    let error = phi.matmul(psi.transpose()) - target;
    total(error.square()) / (n * m) as f64
}

/// The squared `L2(mu x nu)` distance on quadrature nodes.
///
/// # Shapes
/// `phi`: `[n, d]`, `psi`: `[m, d]`, square roots of the weights `[n]` and `[m]`,
/// `weighted_target`: `[n, m]`, the relation already multiplied by both roots; the result `[1]`.
#[must_use]
pub fn weighted_loss(
    (phi, sqrt_u): (Tensor<2>, Tensor<1>),
    (psi, sqrt_v): (Tensor<2>, Tensor<1>),
    weighted_target: Tensor<2>,
) -> Tensor<1> {
    let p = phi * sqrt_u.unsqueeze_dim::<2>(1);
    let q = psi * sqrt_v.unsqueeze_dim::<2>(1);
    total((p.matmul(q.transpose()) - weighted_target).square())
}

/// [`weighted_loss`] for a weighted relation `A B^T` of low rank, by Gram matrices alone.
///
/// Cost: `(n + m)(d + k)^2` instead of `n m d`. The three terms cancel: the result is accurate to
/// about the precision's epsilon times `|A B^T|^2`, so use f64 for relative errors below `1e-3`.
///
/// # Shapes
/// `phi`: `[n, d]`, `psi`: `[m, d]`, square roots of the weights `[n]` and `[m]`, `a`: `[n, k]`,
/// `b`: `[m, k]`; the result `[1]`.
#[must_use]
pub fn low_rank_loss(
    (phi, sqrt_u): (Tensor<2>, Tensor<1>),
    (psi, sqrt_v): (Tensor<2>, Tensor<1>),
    (a, b): (&Tensor<2>, &Tensor<2>),
) -> Tensor<1> {
    let p = phi * sqrt_u.unsqueeze_dim::<2>(1);
    let q = psi * sqrt_v.unsqueeze_dim::<2>(1);
    let own = total(gram(&p, &p) * gram(&q, &q));
    let cross = total(gram(a, &p) * gram(b, &q));
    let target = total(gram(a, a) * gram(b, b));
    own - cross * 2.0 + target
}

/// `S^T T`.
fn gram(s: &Tensor<2>, t: &Tensor<2>) -> Tensor<2> {
    s.clone().transpose().matmul(t.clone())
}

/// The sum of all entries, axis by axis: a full reduction is not bit-stable on some backends.
pub(crate) fn total(t: Tensor<2>) -> Tensor<1> {
    t.sum_dim(0).sum_dim(1).reshape([1])
}
