//! Completion by a matrix of low rank: `min sum_{train} (R_ij - <u_i, v_j>)^2 + l (|U|^2 + |V|^2)`
//! by alternating least squares.
//!
//! The ridge `l` acts like a soft threshold on the singular values (Mazumder, Hastie and Tibshirani
//! 2010), so candidates are fractions of the largest. What comes out is an inner product of rank
//! `d` without features: the held-out companion of the Eckart-Young limit.

use super::splits::Split;
use super::{Mask, Prediction};
use crate::experiments::analyse::decomposed::decompose;
use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Ranks tried.
const RANKS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// Candidates for the ridge, as fractions of the largest singular value.
const RIDGES: [f64; 5] = [0.01, 0.03, 0.1, 0.2, 0.4];
const SWEEPS: usize = 25;
/// The relative change of the factors after which a sweep is the last.
const SETTLED: f64 = 1e-3;

/// The best completion of every rank.
pub(super) fn completions(a: &Mat<f64>, split: &Split) -> anyhow::Result<Vec<Prediction>> {
    let mut out = Vec::new();
    for rank in RANKS.into_iter().filter(|r| *r < a.nrows().min(a.ncols())) {
        let mut best = (f64::INFINITY, RIDGES[0]);
        for ridge in RIDGES {
            let b = complete(a, &split.fit, rank, ridge)?;
            let error: f64 = split.validation.entries().map(|(i, j)| (a[(i, j)] - b[(i, j)]).powi(2)).sum();
            if error < best.0 {
                best = (error, ridge);
            }
        }
        let values = complete(a, &split.train, rank, best.1)?;
        out.push(Prediction { values, rank: Some(rank), chosen: Some(best.1) });
    }
    Ok(out)
}

fn complete(a: &Mat<f64>, known: &Mask, rank: usize, ridge: f64) -> anyhow::Result<Mat<f64>> {
    let (n, m) = (a.nrows(), a.ncols());
    let share = known.count() as f64 / (n * m) as f64;
    // Unknown entries as 0 shrink every singular value by about the share of the known ones.
    let filled = Mat::from_fn(n, m, |i, j| if known.has(i, j) { a[(i, j)] / share } else { 0.0 });
    let svd = decompose(filled.as_ref())?;
    let ridge = ridge * svd.values[0] * share;
    let mut u = Mat::from_fn(n, rank, |i, k| svd.left[(i, k)] * svd.values[k].sqrt());
    let mut v = Mat::from_fn(m, rank, |j, k| svd.right[(j, k)] * svd.values[k].sqrt());
    for _ in 0..SWEEPS {
        let before = u;
        u = solve(n, m, rank, ridge, &v, |i, j| known.has(i, j).then(|| a[(i, j)]))?;
        v = solve(m, n, rank, ridge, &u, |j, i| known.has(i, j).then(|| a[(i, j)]))?;
        if (&u - before).norm_l2() <= SETTLED * u.norm_l2() {
            break;
        }
    }
    Ok(&u * v.transpose())
}

/// For each `i` the ridge regression of `value(i, .)` on the rows of `other`.
fn solve(
    n: usize,
    m: usize,
    rank: usize,
    ridge: f64,
    other: &Mat<f64>,
    value: impl Fn(usize, usize) -> Option<f64>,
) -> anyhow::Result<Mat<f64>> {
    let mut out = Mat::zeros(n, rank);
    for i in 0..n {
        let mut gram = Mat::from_fn(rank, rank, |p, q| if p == q { ridge } else { 0.0 });
        let mut right = Mat::<f64>::zeros(rank, 1);
        for j in 0..m {
            if let Some(r) = value(i, j) {
                for p in 0..rank {
                    right[(p, 0)] += r * other[(j, p)];
                    for q in 0..=p {
                        gram[(p, q)] += other[(j, p)] * other[(j, q)];
                    }
                }
            }
        }
        let llt = gram
            .llt(Side::Lower)
            .map_err(|_| anyhow::anyhow!("a regression of the completion is singular"))?;
        let x = llt.solve(&right);
        (0..rank).for_each(|k| out[(i, k)] = x[(k, 0)]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::Setting;
    use super::super::splits::splits;
    use super::*;
    use relata_relations::Seed;

    #[test]
    fn a_matrix_of_low_rank_is_completed_at_its_rank() {
        let a = Mat::from_fn(40, 30, |i, j| {
            (i as f64 * 0.3).sin() * (j as f64 * 0.2).cos()
                + 0.5 * (i as f64 - 20.0) / 20.0 * (j as f64 / 30.0)
        });
        let split =
            &splits(Setting::Entries, &Mask::new(40, 30, |_, _| true), false, 5, &mut Seed(0).stream("s"))[0];
        let (_, test) = &split.test[0];
        let errors: Vec<f64> = completions(&a, split)
            .unwrap()
            .iter()
            .map(|p| {
                let error: f64 = test.entries().map(|(i, j)| (a[(i, j)] - p.values[(i, j)]).powi(2)).sum();
                (error / test.entries().map(|(i, j)| a[(i, j)].powi(2)).sum::<f64>()).sqrt()
            })
            .collect();
        assert!(errors[0] > 0.2 && errors[1] < 0.05, "{errors:?}");
    }
}
