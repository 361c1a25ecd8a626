//! What a symmetric network learns of its kernel, by the number of steps it was trained.

use crate::CellContext;
use crate::experiments::spaces::Learning;
use crate::fitting::rule;
use relata_kernels::{Encoders, LearnedKernel, Mercer, compare_learned, learned_mercer, mercer};
use relata_relations::faer::Mat;
use relata_relations::{Factors, HeldOut, Quadrature, measure};
use relata_runs::Row;

/// The kernels that are learned: analytic, once differentiable, and not differentiable at `x = y`.
pub(super) const RELATIONS: [&str; 3] = ["gaussian", "matern-32", "brownian"];

/// Features of the network.
const RANK: usize = 12;
/// Eigenpairs compared.
const COMPARED: usize = 6;
/// Nodes on which everything is measured.
const NODES: usize = 200;
/// Eigenfunctions whose eigenvalue is a smaller share of the largest are not determined in double
/// precision.
const DETERMINED: f64 = 1e-11;

/// Rows of `learned`, `learned_spectrum` and `learned_norm`.
pub(super) fn rows(l: &Learning, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
    let (r, net) = l.run("rkhs", Encoders::Shared, RANK, cx)?;
    let r = r.as_ref();
    let (x, _) = r.spaces();
    let q = rule(x, NODES)?;
    let (phi, target) = (net.phi(q.nodes()), mercer(r, &q)?);
    let learned = learned_mercer(phi.as_ref(), &q)?;
    let LearnedKernel { eigenvalue_errors, angles, alignment } =
        compare_learned(&learned, &target, &q, COMPARED)?;
    let report = measure(r, &net, &HeldOut::Quadrature { x: rule(x, NODES + 1)?, y: rule(x, NODES + 2)? })?;
    let mut rows =
        vec![l.row("learned").with("relative_l2", report.relative_l2).with("alignment", alignment)];
    for k in 0..COMPARED {
        rows.push(
            l.row("learned_spectrum")
                .with("index", k + 1)
                .with("target", target.values[k])
                .with("learned", learned.values[k])
                .with("relative_error", eigenvalue_errors[k])
                .with("angle", angles[k]),
        );
    }
    for (modes, squares) in squared_norms(&phi, &target, &q) {
        rows.push(
            l.row("learned_norm")
                .with("modes", modes)
                .with("squared_norms", squares)
                .with("exact_features", modes.min(RANK)),
        );
    }
    Ok(rows)
}

/// `sum_k |P_m phi_k|^2` in the kernel's own space for `m = 1, 2, 4, ..` leading eigenfunctions:
/// with coefficients `c_ik` of feature `k`, `sum_ik c_ik^2 / l_i`. It grows with `m` to the sum of
/// the squared norms of the features, which is finite iff they all lie in the space. The exact
/// features `sqrt(l_i) f_i` have `min(m, d)`.
fn squared_norms(phi: &Mat<f64>, target: &Mercer, q: &Quadrature) -> Vec<(usize, f64)> {
    let determined = target.values.iter().take_while(|l| **l > DETERMINED * target.values[0]).count();
    let w = q.weights();
    let weighted = Mat::from_fn(phi.nrows(), phi.ncols(), |i, k| w[i] * phi[(i, k)]);
    let coefficients = target.functions.subcols(0, determined).transpose() * weighted;
    let (mut rows, mut sum) = (Vec::new(), 0.0);
    for (i, l) in target.values[..determined].iter().enumerate() {
        sum += coefficients.row(i).squared_norm_l2() / l;
        // Half of the rule's nodes at most: functions that oscillate faster are not resolved.
        if (i + 1).is_power_of_two() && 2 * (i + 1) <= q.len()
            || i + 1 == determined && 2 * determined <= q.len()
        {
            rows.push((i + 1, sum));
        }
    }
    rows
}
