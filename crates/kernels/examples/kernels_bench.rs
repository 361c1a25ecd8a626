//! The measurements behind the benchmark tables of kernels: `benches/peers_kernels.py` runs them
//! beside scikit-learn and numpy.
//!
//! `kernels_bench digits`, `kernels_bench product N DIM f64|f32 REPEATS`,
//! `kernels_bench ridge N RANK RIDGE`, `kernels_bench compare N RANK RIDGE`: lines `name value ..`
//! on standard output. `kernels_bench points N DIM FILE` writes the points that these use, row by row
//! as f64 of little-endian bytes. Threads by `RAYON_NUM_THREADS`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::Mat;
use faer::linalg::solvers::Solve;
use relata_kernels::fast::{KernelOperator, KernelProfile, ProfileKernel, Real};
use relata_kernels::krylov::{CgParams, KrylovError, NystromPreconditioner, conjugate_gradient};
use relata_kernels::lowrank::{
    Dense, Landmarks, LowRank, LowRankError, Pivoting, RandomFeatures, Sketch, Spread, adaptive_cross,
    asymmetric_nystrom, landmarks, nystrom, pivoted_cholesky, randomized_nystrom, randomized_svd,
};
use relata_kernels::{DIGITS_GAMMA, gram};
use relata_relations::{Cube, Factors, Points, Seed, Space};
use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var("RAYON_NUM_THREADS").as_deref() == Ok("1") {
        faer::set_global_parallelism(faer::Par::Seq);
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["digits"] => digits()?,
        ["product", n, dim, "f64", repeats] => product::<f64>(n.parse()?, dim.parse()?, repeats.parse()?)?,
        ["product", n, dim, "f32", repeats] => product::<f32>(n.parse()?, dim.parse()?, repeats.parse()?)?,
        ["ridge", n, rank, ridge] => regression(n.parse()?, rank.parse()?, ridge.parse()?)?,
        ["compare", n, rank, ridge] => compare(n.parse()?, rank.parse()?, ridge.parse()?)?,
        ["points", n, dim, file] => {
            let (_, x) = cloud(n.parse()?, dim.parse()?)?;
            std::fs::write(file, x.rows().flatten().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
        }
        _ => {
            return Err(
                "digits | product N DIM f64|f32 REPEATS | ridge N RANK RIDGE | compare N RANK RIDGE | points N DIM FILE"
                    .into()
            );
        }
    }
    println!("peak_kib {}", peak_memory());
    Ok(())
}

/// Every low-rank method on the Gram matrix of scikit-learn's digits at rank 64:
/// `method seconds relative_error` for each of several seeds.
fn digits() -> Result<(), Box<dyn Error>> {
    const RANK: usize = 64;
    let x = relata_kernels::digits()?.images;
    let profile = KernelProfile::rbf(DIGITS_GAMMA)?;
    let kernel = ProfileKernel::new(profile, Cube::new(64, 0.0, 1.0)?);
    let exact = gram(&kernel, &x)?;
    let norm = exact.norm_l2();
    let started = Instant::now();
    let spectrum = exact.self_adjoint_eigenvalues(faer::Side::Lower).map_err(|_| "no convergence")?;
    let tail = spectrum[..spectrum.len() - RANK].iter().map(|l| l * l).sum::<f64>().sqrt();
    println!("limit {} {}", started.elapsed().as_secs_f64(), tail / norm);
    let time =
        |name: &str, make: &dyn Fn(Seed) -> Result<LowRank, LowRankError>| -> Result<(), Box<dyn Error>> {
            make(Seed(99))?;
            for seed in 0..7 {
                let started = Instant::now();
                let f = make(Seed(seed))?;
                let seconds = started.elapsed().as_secs_f64();
                println!("{name} {seconds} {}", (&exact - f.to_mat()).norm_l2() / norm);
            }
            Ok(())
        };
    // Preparing the points belongs to the cost.
    let matrix = || KernelOperator::<f64>::square(profile, &x);
    let chosen = |how: Landmarks, m: usize| -> Result<LowRank, LowRankError> {
        let a = matrix();
        let f = nystrom(&a, &landmarks(&a, m, how)?)?.factors;
        if f.rank() > RANK { f.truncated(RANK) } else { Ok(f) }
    };
    time("nystrom_uniform", &|seed| chosen(Landmarks::Uniform { seed }, RANK))?;
    for m in [72, 80, 96, 128, 256, 384, 512] {
        let uniform = |seed| chosen(Landmarks::Uniform { seed }, m);
        time(&format!("nystrom_uniform_{m}_truncated"), &uniform)?;
    }
    time("nystrom_leverage", &|seed| chosen(Landmarks::Leverage { ridge: 1.0, seed }, RANK))?;
    time("nystrom_kmeans_plus_plus", &|seed| chosen(Landmarks::KMeansPlusPlus { seed }, RANK))?;
    let pivoted = |pivoting| -> Result<_, LowRankError> {
        Ok(pivoted_cholesky(&matrix(), RANK, 0.0, pivoting)?.factors)
    };
    time("cholesky_greedy", &|_| pivoted(Pivoting::Greedy))?;
    time("cholesky_random", &|seed| pivoted(Pivoting::Random { seed }))?;
    time("cross", &|seed| Ok(adaptive_cross(&matrix(), RANK, 0.0, seed)?.factors))?;
    time("asymmetric_nystrom_192_128_truncated", &|seed| {
        let a = matrix();
        let rows = landmarks(&a, 192, Landmarks::Uniform { seed: seed.child("rows") })?;
        let columns = landmarks(&a, 128, Landmarks::Uniform { seed: seed.child("columns") })?;
        asymmetric_nystrom(&a, &rows, &columns, 1e-10)?.factors.truncated(RANK)
    })?;
    for power in [0, 1, 2] {
        let sketch = |seed| Sketch { oversampling: 10, power, seed };
        // The Gram matrix is made anew each time: it belongs to the cost.
        let dense = || gram(&kernel, &x);
        time(&format!("randomized_svd_power_{power}"), &|seed| {
            randomized_svd(&Dense::new(dense()?.as_ref())?, RANK, sketch(seed))
        })?;
        time(&format!("randomized_nystrom_power_{power}"), &|seed| {
            randomized_nystrom(&Dense::new(dense()?.as_ref())?, RANK, sketch(seed))
        })?;
    }
    for (name, spread) in [("random_fourier", Spread::Independent), ("orthogonal_random", Spread::Orthogonal)]
    {
        time(name, &|seed| {
            let f = RandomFeatures::new(&profile, 64, RANK, spread, seed)
                .map_err(|_| LowRankError::NotSymmetric)?;
            Ok(LowRank::symmetric(f.phi(&x))?)
        })?;
    }
    Ok(())
}

fn cloud(n: usize, dim: usize) -> Result<(Cube, Points), Box<dyn Error>> {
    let cube = Cube::new(dim, 0.0, 1.0)?;
    let x = cube.sample(NonZeroUsize::new(n).ok_or("n is 0")?, &mut Seed(1).stream("bench/points"));
    Ok((cube, x))
}

/// `K v`: `product seconds checksum`.
fn product<T: Real>(n: usize, dim: usize, repeats: usize) -> Result<(), Box<dyn Error>> {
    let (_, x) = cloud(n, dim)?;
    let k = KernelOperator::<T>::square(KernelProfile::gaussian(0.3 * (dim as f64).sqrt())?, &x);
    let v: Vec<T> = (0..n).map(|i| T::from_f64((i as f64).sin())).collect();
    println!("operator_kib {}", k.bytes() / 1024);
    for _ in 0..repeats {
        let started = Instant::now();
        let out = k.apply_vec(&v)?;
        let seconds = started.elapsed().as_secs_f64();
        println!("product {seconds} {}", out.iter().map(|v| v.to_f64()).sum::<f64>());
    }
    Ok(())
}

fn target(x: &Points) -> Vec<f64> {
    x.rows().map(|r| (5.0 * r[0]).sin() + r[1] * r[2]).collect()
}

#[allow(clippy::type_complexity)] // printed at once
fn solve(
    n: usize,
    rank: usize,
    ridge: f64,
    tolerance: f64,
) -> Result<(Vec<f64>, f64, usize, f64, f64), Box<dyn Error>> {
    let (_, x) = cloud(n, 3)?;
    let profile = KernelProfile::matern32(0.5)?;
    let k = KernelOperator::<f64>::square(profile, &x);
    let product = |v: &[f64]| -> Result<Vec<f64>, KrylovError> {
        let mut out = k.apply_vec(v)?;
        out.iter_mut().zip(v).for_each(|(o, v)| *o += ridge * v);
        Ok(out)
    };
    let started = Instant::now();
    // Random pivots save a few iterations and cost more than those: their updates stream through
    // memory one by one.
    let f = nystrom(&k, &landmarks(&k, rank, Landmarks::Uniform { seed: Seed(3) })?)?;
    let p = NystromPreconditioner::new(&f.factors, ridge)?;
    let prepared = started.elapsed().as_secs_f64();
    let s =
        conjugate_gradient(product, &target(&x), |v| p.apply(v), CgParams { tolerance, iterations: 300 })?;
    Ok((s.solution, s.residual, s.iterations, prepared, started.elapsed().as_secs_f64()))
}

/// Kernel ridge regression: `ridge seconds preparation iterations residual`.
fn regression(n: usize, rank: usize, ridge: f64) -> Result<(), Box<dyn Error>> {
    let (_, residual, iterations, prepared, seconds) = solve(n, rank, ridge, 1e-8)?;
    println!("ridge {seconds} {prepared} {iterations} {residual:e}");
    Ok(())
}

/// The same to a smaller residual, which is the condition number nearer to the coefficients, beside
/// a dense Cholesky solve:
/// `compare seconds dense_seconds relative_difference_of_fits relative_difference_of_coefficients residual energy`,
/// where the energy is the inner product of the coefficients and the data.
fn compare(n: usize, rank: usize, ridge: f64) -> Result<(), Box<dyn Error>> {
    let (a, residual, _, _, seconds) = solve(n, rank, ridge, 1e-11)?;
    let (cube, x) = cloud(n, 3)?;
    let started = Instant::now();
    let mut k = gram(&ProfileKernel::new(KernelProfile::matern32(0.5)?, cube), &x)?;
    (0..n).for_each(|i| k[(i, i)] += ridge);
    let y = target(&x);
    let b = Mat::from_fn(n, 1, |i, _| y[i]);
    let exact = k.llt(faer::Side::Lower).map_err(|_| "not definite")?.solve(&b);
    let dense = started.elapsed().as_secs_f64();
    let error = Mat::from_fn(n, 1, |i, _| a[i]) - &exact;
    let fit = (0..n).map(|i| (y[i] - ridge * exact[(i, 0)]).powi(2)).sum::<f64>().sqrt();
    // K a = y - ridge a, so the fits differ by ridge times the difference of the coefficients.
    println!(
        "compare {seconds} {dense} {:e} {:e} {residual:e} {:e}",
        ridge * error.norm_l2() / fit,
        error.norm_l2() / exact.norm_l2(),
        a.iter().zip(&y).map(|(a, y)| a * y).sum::<f64>()
    );
    Ok(())
}

/// The most memory the process has held, in KiB, where the system says so.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|w| w.parse().ok()).unwrap_or(0)
}
