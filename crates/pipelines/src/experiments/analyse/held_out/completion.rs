//! Completion by a matrix of low rank: `min sum_{train} (R_ij - <u_i, v_j>)^2 + l (|U|^2 + |V|^2)`
//! by alternating least squares. Where entries count differently, so do their squares.
//!
//! The ridge `l` acts like a soft threshold on the singular values (Mazumder, Hastie and Tibshirani
//! 2010), so candidates are fractions of the largest. What comes out is an inner product of rank
//! `d` without features: the held-out companion of the Eckart-Young limit.

use super::splits::Split;
use super::{Mask, Prediction};
use crate::experiments::analyse::decomposed::{Decomposed, decompose};
use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Ranks tried.
const RANKS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// Candidates for the ridge, as fractions of the largest singular value.
const RIDGES: [f64; 5] = [0.01, 0.03, 0.1, 0.2, 0.4];
const SWEEPS: usize = 25;
/// The relative change of the factors after which a sweep is the last.
const SETTLED: f64 = 1e-3;

/// The best completion of every rank. `weights` say how much an entry counts; none where all count
/// alike.
pub(super) fn completions(
    a: &Mat<f64>,
    split: &Split,
    weights: Option<&Mat<f64>>,
) -> anyhow::Result<Vec<Prediction>> {
    let weight = |i: usize, j: usize| weights.map_or(1.0, |w| w[(i, j)]);
    let (fit, train) = (Problem::new(a, &split.fit, &weight)?, Problem::new(a, &split.train, &weight)?);
    let mut out = Vec::new();
    for rank in RANKS.into_iter().filter(|r| *r < a.nrows().min(a.ncols())) {
        let mut best = (f64::INFINITY, RIDGES[0]);
        for ridge in RIDGES {
            let b = fit.complete(rank, ridge)?;
            let off = |(i, j): (usize, usize)| weight(i, j) * (a[(i, j)] - b[(i, j)]).powi(2);
            let error: f64 = split.validation.entries().map(off).sum();
            if error < best.0 {
                best = (error, ridge);
            }
        }
        let values = train.complete(rank, best.1)?;
        out.push(Prediction { values, rank: Some(rank), chosen: Some(best.1) });
    }
    Ok(out)
}

/// The known entries of a matrix, and the singular vectors at which every fit starts.
struct Problem {
    by_row: Lines,
    by_column: Lines,
    share: f64,
    start: Decomposed,
}

/// For each line its known entries: place, value, weight.
struct Lines(Vec<Vec<(usize, f64, f64)>>);

impl Problem {
    fn new(a: &Mat<f64>, known: &Mask, weight: &dyn Fn(usize, usize) -> f64) -> anyhow::Result<Self> {
        let (n, m) = (a.nrows(), a.ncols());
        let share = known.count() as f64 / (n * m) as f64;
        // Unknown entries as 0 shrink every singular value by about the share of the known ones.
        let filled = Mat::from_fn(n, m, |i, j| if known.has(i, j) { a[(i, j)] / share } else { 0.0 });
        let (mut by_row, mut by_column) = (vec![Vec::new(); n], vec![Vec::new(); m]);
        for (i, j) in known.entries() {
            by_row[i].push((j, a[(i, j)], weight(i, j)));
            by_column[j].push((i, a[(i, j)], weight(i, j)));
        }
        let start = decompose(filled.as_ref())?;
        Ok(Self { by_row: Lines(by_row), by_column: Lines(by_column), share, start })
    }

    fn complete(&self, rank: usize, ridge: f64) -> anyhow::Result<Mat<f64>> {
        let svd = &self.start;
        let ridge = ridge * svd.values[0] * self.share;
        let scaled = |m: &Mat<f64>| Mat::from_fn(m.nrows(), rank, |i, k| m[(i, k)] * svd.values[k].sqrt());
        let (mut u, mut v) = (scaled(&svd.left), scaled(&svd.right));
        for _ in 0..SWEEPS {
            let before = u;
            u = self.by_row.solve(rank, ridge, &v)?;
            v = self.by_column.solve(rank, ridge, &u)?;
            if (&u - before).norm_l2() <= SETTLED * u.norm_l2() {
                break;
            }
        }
        Ok(&u * v.transpose())
    }
}

impl Lines {
    /// For each line the ridge regression of its values on the rows of `other`.
    fn solve(&self, rank: usize, ridge: f64, other: &Mat<f64>) -> anyhow::Result<Mat<f64>> {
        match rank {
            1 => self.solve_at::<1>(ridge, other),
            2 => self.solve_at::<2>(ridge, other),
            3 => self.solve_at::<3>(ridge, other),
            4 => self.solve_at::<4>(ridge, other),
            5 => self.solve_at::<5>(ridge, other),
            6 => self.solve_at::<6>(ridge, other),
            7 => self.solve_at::<7>(ridge, other),
            8 => self.solve_at::<8>(ridge, other),
            rank => Err(anyhow::anyhow!("completions are of rank 1 to 8, not {rank}")),
        }
    }

    /// The same at a rank that the compiler knows, whose sums then stay in registers: nearly all the
    /// time of a completion goes into them.
    fn solve_at<const RANK: usize>(&self, ridge: f64, other: &Mat<f64>) -> anyhow::Result<Mat<f64>> {
        let rows: Vec<[f64; RANK]> =
            (0..other.nrows()).map(|j| std::array::from_fn(|k| other[(j, k)])).collect();
        let mut out = Mat::zeros(self.0.len(), RANK);
        for (i, line) in self.0.iter().enumerate() {
            let (mut gram, mut right) = ([[0.0; RANK]; RANK], [0.0; RANK]);
            (0..RANK).for_each(|p| gram[p][p] = ridge);
            for &(j, value, weight) in line {
                let row = rows[j];
                for p in 0..RANK {
                    let x = weight * row[p];
                    right[p] += value * x;
                    for q in 0..RANK {
                        gram[p][q] += x * row[q];
                    }
                }
            }
            let gram = Mat::from_fn(RANK, RANK, |p, q| gram[p][q]);
            let llt = gram
                .llt(Side::Lower)
                .map_err(|_| anyhow::anyhow!("a regression of the completion is singular"))?;
            let x = llt.solve(&Mat::from_fn(RANK, 1, |p, _| right[p]));
            (0..RANK).for_each(|k| out[(i, k)] = x[(k, 0)]);
        }
        Ok(out)
    }
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
        let errors: Vec<f64> = completions(&a, split, None)
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
