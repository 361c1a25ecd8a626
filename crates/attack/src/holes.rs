//! Matrices with holes: a planted matrix is never better than what no matrix can be, and the errors
//! of what was found are those that its factors have.

use crate::{Draw, Ledger};
use relata_kernels::completion::{
    CompletionParams, PartialMatrix, complete, partial_limits, partial_sup_rank,
};
use relata_relations::faer::Mat;
use relata_relations::weighted_norm2;

/// A matrix of low rank, with noise, holes and weights, in any unit.
pub(crate) fn completions(draw: &mut Draw, ledger: &mut Ledger) {
    const LIMITS: &str = "relata_kernels::completion::partial_limits";
    const COMPLETE: &str = "relata_kernels::completion::complete";
    const SUP: &str = "relata_kernels::completion::partial_sup_rank";
    let (n, m) = (draw.whole(2, 9), draw.whole(2, 9));
    let rank = draw.whole(0, n.min(m) - 1);
    let (unit, noise) = (draw.unit(), draw.magnitude(1e-8, 1.0));
    let planted =
        if rank == 0 { Mat::zeros(n, m) } else { &draw.matrix(n, rank) * draw.matrix(m, rank).transpose() };
    let off = draw.matrix(n, m);
    let a = Mat::from_fn(n, m, |i, j| unit * (planted[(i, j)] + noise * off[(i, j)]));
    let (share, weighted) = (draw.between(0.3, 1.0), draw.chance(0.5));
    let mut weights = Mat::zeros(n, m);
    for i in 0..n {
        for j in 0..m {
            if draw.chance(share) {
                weights[(i, j)] = if weighted { draw.magnitude(1e-3, 1.0) } else { 1.0 };
            }
        }
    }
    let p = match PartialMatrix::weighted(a.as_ref(), weights.as_ref()) {
        Ok(p) => p,
        Err(_) => return ledger.refused(LIMITS),
    };
    // The library divides weights by the largest.
    let largest = weights.norm_max();
    let distance = |b: &dyn Fn(usize, usize) -> f64| {
        let mut pairs = Vec::new();
        for i in 0..n {
            for j in 0..m {
                pairs.push((weights[(i, j)] / largest, a[(i, j)] - b(i, j)));
            }
        }
        weighted_norm2(pairs)
    };
    let error = distance(&|i, j| unit * planted[(i, j)]);
    let params = CompletionParams { restarts: 1, sweeps: 60, ..CompletionParams::default() };
    let case = || format!("{n} x {m}, rank {rank}, times {unit:e}, noise {noise:e}, {} known", p.known());
    if let Some(limits) = ledger.accept(LIMITS, partial_limits(&p, rank, params)) {
        let at = &limits[rank];
        ledger
            .check(LIMITS, at.lower <= error * (1.0 + 1e-10), || format!("{}: {at:?} and {error:e}", case()));
        ledger.check(LIMITS, at.lower <= at.upper * (1.0 + 1e-10), || format!("{}: {at:?}", case()));
        let falls = limits.windows(2).all(|l| l[1].upper <= l[0].upper);
        ledger.check(LIMITS, falls, || format!("{}: {limits:?}", case()));
    }
    if let Some(found) = ledger.accept(COMPLETE, complete(&p, rank, params)) {
        let known =
            distance(&|i, j| (0..found.left.ncols()).map(|k| found.left[(i, k)] * found.right[(j, k)]).sum());
        let same = (known - found.error).abs() <= 1e-9 * known.max(p.norm());
        ledger.check(COMPLETE, same, || format!("{}: error {:e}, not {known:e}", case(), found.error));
    }
    let mut eps = 0.0f64;
    for i in 0..n {
        for j in (0..m).filter(|j| weights[(i, *j)] > 0.0) {
            eps = eps.max((a[(i, j)] - unit * planted[(i, j)]).abs());
        }
    }
    if let Some(bracket) = ledger.accept(SUP, partial_sup_rank(&p, eps * 1.01, params)) {
        ledger.check(SUP, bracket.lower <= rank, || format!("{}: {bracket:?} at {eps:e}", case()));
        ledger.check(SUP, bracket.lower <= bracket.upper, || format!("{}: {bracket:?}", case()));
    }
}
