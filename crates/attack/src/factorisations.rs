//! Low-rank methods: what they say of their own error, against the error.

use crate::matrices::norms;
use crate::{Draw, Ledger};
use relata_kernels::lowrank::{
    Dense, Effort, KernelMatrix, LowRank, Pivoting, Sketch, adaptive_cross, assess, nystrom,
    pivoted_cholesky, randomized_svd,
};
use relata_kernels::rkbs::{Exponent, min_norm};
use relata_kernels::rkhs::{Law, Membership, membership};
use relata_relations::catalogue::relation;
use relata_relations::evaluate;
use relata_relations::faer::Mat;
use relata_relations::special::hurwitz_zeta;
use std::num::NonZeroUsize;

/// Symmetric matrices of every kind: Gram matrices, with one entry or one block made wrong, far from
/// the pivots or near.
fn symmetric(draw: &mut Draw, n: usize) -> Mat<f64> {
    let d = draw.whole(1, n);
    let f = draw.matrix(n, d);
    let mut a = &f * f.transpose();
    match draw.whole(0, 4) {
        0 => {}
        1 => {
            // One pair of entries too large for its diagonal.
            let (i, j) = (draw.whole(0, n - 1), draw.whole(0, n - 1));
            let v = draw.between(1.01, 3.0) * (a[(i, i)] * a[(j, j)]).sqrt();
            a[(i, j)] = v;
            a[(j, i)] = v;
        }
        2 => {
            let i = draw.whole(0, n - 1);
            a[(i, i)] = -draw.magnitude(1e-3, 1.0);
        }
        3 => {
            // Zeros on the diagonal and none beside it.
            for i in 0..n / 2 {
                a[(i, i)] = 0.0;
            }
        }
        _ => {
            let g = draw.matrix(n, n);
            a = Mat::from_fn(n, n, |i, j| g[(i, j)] + g[(j, i)]);
        }
    }
    a
}

/// Cholesky and Nystrom on matrices that may not be semidefinite.
pub(crate) fn semidefinite(draw: &mut Draw, ledger: &mut Ledger) {
    const CHOLESKY: &str = "relata_kernels::lowrank::pivoted_cholesky";
    const NYSTROM: &str = "relata_kernels::lowrank::nystrom";
    let n = draw.whole(1, 9);
    let (a, unit) = (symmetric(draw, n), draw.unit());
    let a = Mat::from_fn(n, n, |i, j| unit * a[(i, j)]);
    let Some(dense) = ledger.accept(CHOLESKY, Dense::new(a.as_ref())) else { return };
    let slack = 1e-12 * norms(&a).0;
    let rank = draw.whole(1, n);
    let pivoting = if draw.chance(0.5) { Pivoting::Greedy } else { Pivoting::Random { seed: draw.seed() } };
    if let Some(c) = ledger.accept(CHOLESKY, pivoted_cholesky(&dense, rank, 0.0, pivoting)) {
        let error = (&a - c.factors.to_mat()).norm_max();
        ledger.check(CHOLESKY, error <= c.sup_bound() + slack, || {
            format!("rank {rank} of {a:?}: bound {:e}, error {error:e}", c.sup_bound())
        });
    }
    let mut chosen = draw.stream().permutation(n);
    chosen.truncate(rank);
    if let Some(c) = ledger.accept(NYSTROM, nystrom(&dense, &chosen)) {
        let error = (&a - c.factors.to_mat()).norm_max();
        // The core is inverted: its condition is spent on digits.
        ledger.check(NYSTROM, error <= c.sup_bound() + 1e-6 * norms(&a).0, || {
            format!("landmarks {chosen:?} of {a:?}: bound {:e}, error {error:e}", c.sup_bound())
        });
    }
}

/// Relations of the catalogue on random points, semidefinite or not.
pub(crate) fn kernels(draw: &mut Draw, ledger: &mut Ledger) {
    const CHOLESKY: &str = "relata_kernels::lowrank::pivoted_cholesky";
    const NAMES: [&str; 9] = [
        "gaussian",
        "brownian",
        "bridge",
        "abs-difference",
        "sign",
        "matern-32",
        "tanh",
        "volterra",
        "smooth-order",
    ];
    let name = draw.choose(&NAMES);
    let Some(r) = ledger.accept(CHOLESKY, relation(name)) else { return };
    let Some(n) = NonZeroUsize::new(draw.whole(2, 25)) else { return };
    let x = r.spaces().0.sample(n, draw.stream());
    let Some(full) = ledger.accept(CHOLESKY, evaluate(&r, &x, &x)) else { return };
    let source = KernelMatrix::square(&*r, &x);
    let rank = draw.whole(1, n.get());
    if let Some(c) = ledger.accept(CHOLESKY, pivoted_cholesky(&source, rank, 0.0, Pivoting::Greedy)) {
        let error = (&full - c.factors.to_mat()).norm_max();
        ledger.check(CHOLESKY, error <= c.sup_bound() + 1e-12 * full.norm_max(), || {
            format!("{name} at {n} points, rank {rank}: bound {:e}, error {error:e}", c.sup_bound())
        });
    }
}

/// The assessment of a factorisation against the matrix.
pub(crate) fn assessed(draw: &mut Draw, ledger: &mut Ledger) {
    const ASSESS: &str = "relata_kernels::lowrank::assess";
    let (n, m) = (draw.whole(2, 12), draw.whole(2, 12));
    let (a, unit) = (draw.matrix(n, m), draw.unit());
    let a = Mat::from_fn(n, m, |i, j| unit * a[(i, j)]);
    let Some(dense) = ledger.accept(ASSESS, Dense::new(a.as_ref())) else { return };
    let rank = draw.whole(1, n.min(m));
    let factors: Option<LowRank> = if draw.chance(0.5) {
        adaptive_cross(&dense, rank, 0.0, draw.seed()).ok().map(|c| c.factors)
    } else {
        randomized_svd(&dense, rank, Sketch::new(draw.seed())).ok()
    };
    let Some(factors) = factors else { return ledger.refused(ASSESS) };
    let Some(found) = ledger.accept(ASSESS, assess(&dense, &factors, Effort::Exact)) else { return };
    let error = norms(&(&a - factors.to_mat())).1;
    let size = norms(&a).1;
    let close = (found.error - error).abs() <= 1e-9 * size && found.limit * size <= error + 1e-12 * size;
    ledger.check(ASSESS, close, || format!("error {error:e} of {size:e}, times {unit:e}: {found:?}"));
}

/// Least norms against a planted solution.
pub(crate) fn least_norms(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_kernels::rkbs::min_norm";
    let n = draw.whole(1, 5);
    let m = n + draw.whole(0, 5);
    let (a, v) = (draw.matrix(n, m), draw.normals(m));
    let unit = draw.choose(&[1.0, 1.0, 1e-160, 1e160]);
    let b: Vec<f64> = (0..n).map(|i| (0..m).map(|j| a[(i, j)] * v[j]).sum::<f64>() * unit).collect();
    let Some(p) = ledger.accept(NAME, Exponent::new(draw.choose(&[1.0, 1.5, 2.0, 4.0, f64::INFINITY])))
    else {
        return;
    };
    let Some(found) = ledger.accept(NAME, min_norm(a.as_ref(), &b, p)) else { return };
    let planted = p.norm(&v) * unit;
    let right = found.lower <= planted * (1.0 + 1e-9) && found.lower <= found.norm * (1.0 + 1e-9);
    ledger.check(NAME, right, || format!("{found:?} beside {planted:e}, p = {}", p.get()));
    let scale = b.iter().fold(0.0f64, |t, x| t.max(x.abs()));
    let rest = (0..n)
        .map(|i| ((0..m).map(|j| a[(i, j)] * found.v[j]).sum::<f64>() - b[i]).abs())
        .fold(0.0, f64::max);
    ledger.check(NAME, rest <= 1e-6 * scale, || format!("misses its values by {rest:e} of {scale:e}"));
}

/// Series whose sum is a zeta function, or diverges.
pub(crate) fn series(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_kernels::rkhs::membership";
    let (a, b) = (draw.between(0.0, 4.0), draw.between(0.0, 6.0));
    let listed = draw.whole(0, 50);
    let power = |e: f64| (1..=listed).map(|i| (i as f64).powf(-e)).collect::<Vec<f64>>();
    let law = |e: f64| Law::Power { constant: 1.0, exponent: e };
    let excess = 2.0 * a - b - 1.0;
    if excess.abs() < 1e-6 {
        return;
    }
    let Some(found) = ledger.accept(NAME, membership(&power(a), law(a), &power(b), law(b))) else { return };
    match found {
        Membership::In { lower, upper, listed } => {
            let exact = if excess > 0.0 { hurwitz_zeta(1.0 + excess, 1.0).sqrt() } else { f64::INFINITY };
            // The zeta function itself is known to its rounding.
            let (least, most) = (exact * (1.0 - 1e-12), exact * (1.0 + 1e-12));
            let right = excess > 0.0 && listed <= most && lower <= most && least <= upper;
            ledger.check(NAME, right, || {
                format!("i^-{a} in i^-{b}: {exact} is said to lie between {lower} and {upper}")
            });
        }
        Membership::Out { .. } => {
            ledger.check(NAME, excess < 0.0, || format!("i^-{a} in i^-{b} is called out"));
        }
        Membership::Undecided { .. } => ledger.refused(NAME),
    }
}
