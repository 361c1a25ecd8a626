//! Kernel ridge regression by conjugate gradients, without the matrix.

use anyhow::Context as _;
use relata_kernels::fast::{KernelOperator, KernelProfile, ProfileKernel};
use relata_kernels::gram;
use relata_kernels::krylov::{CgParams, CgSolution, KrylovError, NystromPreconditioner, conjugate_gradient};
use relata_kernels::lowrank::{Pivoting, pivoted_cholesky};
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use relata_relations::{Cube, Points, Seed, Space};
use relata_runs::Row;
use std::cell::RefCell;
use std::num::NonZeroUsize;

/// The ridge `l` of `K + l I`.
const RIDGE: f64 = 1e-4;
/// Residual asked for, relative to the data.
const TOLERANCE: f64 = 1e-8;
/// Products allowed without a preconditioner, which does not get there.
const WITHOUT: usize = 200;
/// Up to this size a dense Cholesky solve stands beside.
const DENSE: usize = 5000;

/// Rows of `ridge` (one) and `ridge_history`.
pub(super) fn rows(n: usize, rank: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let cube = Cube::new(3, 0.0, 1.0)?;
    let count = NonZeroUsize::new(n).context("a regression on no points")?;
    let x = cube.sample(count, &mut seed.stream("rkhs/ridge"));
    let y: Vec<f64> = x.rows().map(|r| (5.0 * r[0]).sin() + r[1] * r[2]).collect();
    let profile = KernelProfile::matern32(0.5)?;
    let kernel = ProfileKernel::new(profile, cube);
    let name = if rank > 0 { format!("Nystrom preconditioner, rank {rank}") } else { "none".to_owned() };
    let (solved, history) = solve(&kernel, &x, &y, rank, seed)?;
    let mut rows = vec![match solved {
        Ok(s) => {
            let dense = if n <= DENSE { Some(dense_difference(&kernel, &x, &y, &s.solution)?) } else { None };
            row(n, rank, &name, s.iterations, s.residual, dense)
        }
        // Without a preconditioner the budget ends first: what was reached is the result.
        Err(KrylovError::NotConverged { iterations, residual, .. }) if rank == 0 => {
            row(n, rank, &name, iterations, residual, None)
        }
        Err(e) => return Err(e.into()),
    }];
    for (iteration, residual) in history.iter().enumerate() {
        rows.push(
            Row::new("ridge_history")
                .with("n", n)
                .with("rank", rank)
                .with("iteration", iteration)
                .with("residual", *residual),
        );
    }
    Ok(rows)
}

fn row(n: usize, rank: usize, name: &str, iterations: usize, residual: f64, dense: Option<f64>) -> Row {
    Row::new("ridge")
        .with("n", n)
        .with("rank", rank)
        .with("preconditioner", name)
        .with("ridge", RIDGE)
        .with("iterations", iterations)
        .with("residual", residual)
        .with("difference_from_cholesky", dense)
}

/// The solution, and the residual before each step relative to the data.
fn solve(
    kernel: &ProfileKernel,
    x: &Points,
    y: &[f64],
    rank: usize,
    seed: Seed,
) -> anyhow::Result<(Result<CgSolution, KrylovError>, Vec<f64>)> {
    let k = KernelOperator::<f64>::square(*kernel.profile(), x);
    let product = |v: &[f64]| -> Result<Vec<f64>, KrylovError> {
        let mut out = k.apply_vec(v)?;
        out.iter_mut().zip(v).for_each(|(o, v)| *o += RIDGE * v);
        Ok(out)
    };
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let (size, history) = (norm(y), RefCell::new(Vec::new()));
    let watch = |r: &[f64]| history.borrow_mut().push(norm(r) / size);
    let solution = if rank == 0 {
        let watched = |r: &[f64]| {
            watch(r);
            r.to_vec()
        };
        conjugate_gradient(product, y, watched, CgParams { tolerance: TOLERANCE, iterations: WITHOUT })
    } else {
        let pivoting = Pivoting::Random { seed: seed.child("preconditioner") };
        let p = NystromPreconditioner::new(&pivoted_cholesky(&k, rank, 0.0, pivoting)?.factors, RIDGE)?;
        let watched = |r: &[f64]| {
            watch(r);
            p.apply(r)
        };
        conjugate_gradient(product, y, watched, CgParams { tolerance: TOLERANCE, iterations: 1000 })
    };
    Ok((solution, history.into_inner()))
}

/// Relative difference of the fitted values from those of a dense Cholesky solve.
fn dense_difference(kernel: &ProfileKernel, x: &Points, y: &[f64], a: &[f64]) -> anyhow::Result<f64> {
    let n = x.len();
    let mut k = gram(kernel, x)?;
    (0..n).for_each(|i| k[(i, i)] += RIDGE);
    let llt = k.llt(Side::Lower).map_err(|_| anyhow::anyhow!("K + l I is not positive definite"))?;
    let exact = llt.solve(&Mat::from_fn(n, 1, |i, _| y[i]));
    // K a = y - l a: fits differ by l times the difference of the coefficients.
    let (mut off, mut size) = (0.0, 0.0);
    for i in 0..n {
        off += (RIDGE * (exact[(i, 0)] - a[i])).powi(2);
        size += (y[i] - RIDGE * exact[(i, 0)]).powi(2);
    }
    Ok((off / size).sqrt())
}
