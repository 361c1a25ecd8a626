use super::*;
use crate::fast::{KernelProfile, ProfileKernel};
use crate::psd_test;
use proptest::prelude::*;
use relata_relations::{Cube, Factors, Points, Seed, Space, relation_fn};
use std::num::NonZeroUsize;

const SEED: Seed = Seed(11);

fn cloud(n: usize, dim: usize) -> Points {
    let cube = Cube::new(dim, 0.0, 1.0).unwrap();
    cube.sample(NonZeroUsize::new(n).unwrap(), &mut SEED.stream("cloud"))
}

fn gaussian(dim: usize, length: f64) -> ProfileKernel {
    ProfileKernel::new(KernelProfile::gaussian(length).unwrap(), Cube::new(dim, 0.0, 1.0).unwrap())
}

fn every_choice() -> [Landmarks; 5] {
    [
        Landmarks::Uniform { seed: SEED },
        Landmarks::Leverage { ridge: 1e-3, seed: SEED },
        Landmarks::KMeansPlusPlus { seed: SEED },
        Landmarks::Greedy,
        Landmarks::RandomPivots { seed: SEED },
    ]
}

#[test]
fn every_method_reproduces_the_matrix_at_full_rank() {
    let (kernel, x) = (
        ProfileKernel::new(KernelProfile::exponential(0.5).unwrap(), Cube::new(2, 0.0, 1.0).unwrap()),
        cloud(40, 2),
    );
    let k = KernelMatrix::square(&kernel, &x);
    let exact = crate::gram(&kernel, &x).unwrap();
    let near = |f: &LowRank, what: &str| {
        let e = (f.to_mat() - &exact).norm_max();
        assert!(e < 1e-10, "{what}: {e:e}");
    };
    for how in every_choice() {
        let chosen = landmarks(&k, 40, how).unwrap();
        let f = nystrom(&k, &chosen).unwrap();
        near(&f.factors, &format!("{how:?}"));
        assert!(f.sup_bound() < 1e-10);
    }
    for pivoting in [Pivoting::Greedy, Pivoting::Random { seed: SEED }] {
        near(&pivoted_cholesky(&k, 40, 0.0, pivoting).unwrap().factors, "Cholesky");
    }
    near(&randomized_svd(&k, 40, Sketch::new(SEED)).unwrap(), "SVD");
    near(&randomized_nystrom(&k, 40, Sketch::new(SEED)).unwrap(), "randomised Nystrom");
    near(&adaptive_cross(&k, 40, 0.0, SEED).unwrap().factors, "crosses");
    let all: Vec<usize> = (0..40).collect();
    near(&asymmetric_nystrom(&k, &all, &all, 0.0).unwrap().factors, "asymmetric Nystrom");
}

#[test]
fn nystrom_grows_with_its_landmarks_and_stays_below() {
    let (kernel, x) = (gaussian(2, 0.4), cloud(120, 2));
    let k = KernelMatrix::square(&kernel, &x);
    let exact = crate::gram(&kernel, &x).unwrap();
    for how in every_choice() {
        let chosen = landmarks(&k, 24, how).unwrap();
        let mut previous: Option<Mat<f64>> = None;
        for m in [6, 12, 24] {
            let f = nystrom(&k, &chosen[..m]).unwrap();
            let a = f.factors.to_mat();
            // K - A is positive semidefinite, and so is A minus the approximation from fewer
            // landmarks.
            let slack = |d: Mat<f64>| {
                let symmetric = crate::symmetric_part(d.as_ref()).unwrap();
                let least = *matrix::eigenvalues(symmetric.as_ref()).unwrap().last().unwrap();
                assert!(least > -1e-8, "{how:?} {m}: {least:e}");
            };
            slack(&exact - &a);
            assert!((&exact - &a).norm_max() <= f.sup_bound() + 1e-9);
            if let Some(p) = previous {
                slack(&a - p);
            }
            previous = Some(a);
        }
    }
}

#[test]
fn randomised_decompositions_are_near_the_limit() {
    let (kernel, x) = (gaussian(3, 0.5), cloud(300, 3));
    let k = KernelMatrix::square(&kernel, &x);
    for rank in [5, 20] {
        let two = Sketch { power: 2, ..Sketch::new(SEED) };
        for f in [randomized_svd(&k, rank, two).unwrap(), randomized_nystrom(&k, rank, two).unwrap()] {
            let a = assess(&k, &f, Effort::Exact).unwrap();
            assert!(a.ratio > 1.0 - 1e-9 && a.ratio < 1.01, "{a:?}");
            // The probes agree within their standard error, and their limit is an upper estimate.
            let p = assess(&k, &f, Effort::Probes { probes: 40, seed: SEED }).unwrap();
            let se = p.standard_error.unwrap();
            assert!((p.relative - a.relative).abs() < 4.0 * se + 1e-12, "{a:?} {p:?}");
            assert!((p.limit / a.limit - 1.0).abs() < 0.25, "{a:?} {p:?}");
        }
    }
}

#[test]
fn oversampled_and_truncated_beats_plain() {
    let (kernel, x) = (gaussian(3, 0.5), cloud(400, 3));
    let k = KernelMatrix::square(&kernel, &x);
    let chosen = landmarks(&k, 40, Landmarks::Uniform { seed: SEED }).unwrap();
    let plain = assess(&k, &nystrom(&k, &chosen[..20]).unwrap().factors, Effort::Exact).unwrap();
    let truncated = nystrom(&k, &chosen).unwrap().factors.truncated(20).unwrap();
    let better = assess(&k, &truncated, Effort::Exact).unwrap();
    assert!(truncated.rank() == 20 && better.error < 0.5 * plain.error, "{plain:?} {better:?}");
    assert!(better.ratio >= 1.0 - 1e-9);
}

#[test]
fn greedy_pivots_certify_the_sup_error() {
    // Brownian motion on a grid: L is known, and greedy pivots start at the right end, where the
    // variance is largest.
    let grid = Points::line((1..=64).map(|i| f64::from(i) / 64.0).collect()).unwrap();
    let unit = relata_relations::Interval::unit();
    let brownian = relation_fn(unit.clone(), unit, |x, y| x[0].min(y[0]));
    let exact = relata_relations::evaluate(&brownian, &grid, &grid).unwrap();
    let f = pivoted_cholesky(&Dense::new(exact.as_ref()).unwrap(), 5, 0.0, Pivoting::Greedy).unwrap();
    assert_eq!(&f.pivots[..2], &[63, 31]);
    let worst = (exact - f.factors.to_mat()).norm_max();
    assert!((worst - f.sup_bound()).abs() < 1e-14);
    // Between the pivots a Brownian bridge remains, whose variance is a quarter of the gap at its
    // middle.
    assert!((f.sup_bound() - 0.25 / 4.0).abs() < 1e-14 || f.sup_bound() < 0.25 / 4.0);
}

#[test]
fn leverage_scores_are_exact_with_a_full_sketch() {
    let (kernel, x) = (gaussian(2, 0.3), cloud(60, 2));
    let k = crate::gram(&kernel, &x).unwrap();
    let ridge = 0.05;
    let scores = ridge_leverage_scores(&Dense::new(k.as_ref()).unwrap(), ridge, 60, SEED).unwrap();
    let (values, vectors) = matrix::eigh(k.as_ref()).unwrap();
    for i in 0..60 {
        let exact: f64 = (0..60).map(|j| vectors[(i, j)].powi(2) * values[j] / (values[j] + ridge)).sum();
        assert!((scores[i] - exact).abs() < 1e-8, "{i}");
    }
    let estimated = ridge_leverage_scores(&Dense::new(k.as_ref()).unwrap(), ridge, 30, SEED).unwrap();
    let (sum, total) =
        (estimated.iter().zip(&scores).map(|(u, s)| (u - s).abs()).sum::<f64>(), scores.iter().sum::<f64>());
    assert!(sum < 0.1 * total, "{sum} {total}");
}

#[test]
fn crosses_of_an_asymmetric_relation() {
    let cube = Cube::new(2, 0.0, 1.0).unwrap();
    let r = relation_fn(cube.clone(), cube, |x, y| (1.0 + x[0] + 0.3 * x[1] * y[1] + 2.0 * y[0]).recip());
    let (x, y) = (cloud(90, 2), cloud(70, 2));
    let a = KernelMatrix::new(&r, &x, &y);
    let f = adaptive_cross(&a, 20, 1e-9, SEED).unwrap();
    let report = assess(&a, &f.factors, Effort::Exact).unwrap();
    assert!(report.relative < 1e-8, "{report:?} {}", f.estimate);
    // The same rows and columns give a Nystrom approximation as good.
    let g = asymmetric_nystrom(&a, &f.rows, &f.columns, 0.0).unwrap();
    let dense = a.columns(&(0..70).collect::<Vec<_>>()).unwrap();
    assert!((g.factors.to_mat() - &dense).norm_max() < 1e-7);
    // New points: features from values against the landmarks reproduce unseen entries.
    let new = cloud(95, 2).select(&(90..95).collect::<Vec<_>>()).unwrap();
    let landmarks = y.select(&f.columns).unwrap();
    let left = g.extend_left(relata_relations::evaluate(&r, &new, &landmarks).unwrap().as_ref()).unwrap();
    let unseen = relata_relations::evaluate(&r, &new, &y).unwrap();
    assert!((left * g.factors.right().transpose() - unseen).norm_max() < 1e-6);
    assert!(matches!(g.extend_left(dense.as_ref()), Err(MatrixError::Size { .. })));
}

#[test]
fn a_block_diagonal_matrix_does_not_fool_the_crosses() {
    let a = Mat::from_fn(
        30,
        30,
        |i, j| if i / 15 == j / 15 { 1.0 + 0.1 * ((i / 5 + j / 5) as f64) } else { 0.0 },
    );
    let f = adaptive_cross(&Dense::new(a.as_ref()).unwrap(), 30, 1e-10, SEED).unwrap();
    assert!((f.factors.to_mat() - &a).norm_max() < 1e-12);
}

#[test]
fn random_features_are_unbiased_and_orthogonal_ones_less_noisy() {
    let x = cloud(40, 6);
    for profile in [
        KernelProfile::gaussian(0.8).unwrap(),
        KernelProfile::matern32(0.8).unwrap(),
        KernelProfile::exponential(1.5).unwrap(),
    ] {
        let kernel = ProfileKernel::new(profile, Cube::new(6, 0.0, 1.0).unwrap());
        let exact = crate::gram(&kernel, &x).unwrap();
        let rms = |spread: Spread, count: usize| {
            let errors: Vec<f64> = (0..12)
                .map(|s| {
                    let f = RandomFeatures::new(&profile, 6, count, spread, Seed(s)).unwrap();
                    let phi = f.phi(&x);
                    assert_eq!((phi.ncols(), f.rank()), (count, count));
                    (&phi * phi.transpose() - &exact).norm_l2() / 40.0
                })
                .collect();
            (errors.iter().map(|e| e * e).sum::<f64>() / 12.0).sqrt()
        };
        let (few, many) = (rms(Spread::Independent, 200), rms(Spread::Independent, 3200));
        assert!((few / many - 4.0).abs() < 1.5, "{profile}: {few} {many}");
        if profile.gaussian_length().is_some() {
            assert!(rms(Spread::Orthogonal, 200) < 0.9 * few, "{profile}");
        }
    }
    let odd = RandomFeatures::new(&KernelProfile::gaussian(1.0).unwrap(), 2, 7, Spread::Independent, SEED);
    assert!(matches!(odd, Err(FeatureError::Odd(7))));
}

#[test]
fn bad_input_is_named() {
    let (kernel, x) = (gaussian(2, 0.3), cloud(10, 2));
    let k = KernelMatrix::square(&kernel, &x);
    assert!(matches!(nystrom(&k, &[]), Err(LowRankError::Rank { found: 0, .. })));
    assert!(matches!(nystrom(&k, &[1, 2, 1]), Err(LowRankError::Landmark { position: 2, index: 1, n: 10 })));
    assert!(matches!(nystrom(&k, &[10]), Err(LowRankError::Landmark { position: 0, index: 10, n: 10 })));
    assert!(matches!(
        randomized_svd(&k, 11, Sketch::new(SEED)),
        Err(LowRankError::Rank { found: 11, most: 10, .. })
    ));
    let y = cloud(7, 2);
    let rectangular = KernelMatrix::new(&kernel, &x, &y);
    assert!(matches!(
        pivoted_cholesky(&rectangular, 3, 0.0, Pivoting::Greedy),
        Err(LowRankError::NotSymmetric)
    ));
    let negative = Mat::from_fn(3, 3, |i, j| if i == j { -1.0 } else { 0.0 });
    let e = pivoted_cholesky(&Dense::new(negative.as_ref()).unwrap(), 2, 0.0, Pivoting::Greedy);
    assert!(matches!(e, Err(LowRankError::NotPositive { index: 0, .. })));
    let bad = landmarks(&k, 3, Landmarks::Leverage { ridge: 0.0, seed: SEED });
    assert!(matches!(bad, Err(LowRankError::Ridge(_))));
    let nan = Mat::from_fn(2, 2, |_, _| f64::NAN);
    assert!(matches!(Dense::new(nan.as_ref()), Err(MatrixError::NonFinite { row: 0, column: 0, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn truncation_is_the_best_of_the_product(values in prop::collection::vec(-1.0f64..1.0, 4 * (9 + 7)), rank in 1usize..4) {
        let left = Mat::from_fn(9, 4, |i, k| values[4 * i + k]);
        let right = Mat::from_fn(7, 4, |j, k| values[36 + 4 * j + k]);
        let f = LowRank::new(left.clone(), right).unwrap();
        let product = f.to_mat();
        let s = matrix::singular_values(product.as_ref()).unwrap();
        let error = (f.truncated(rank).unwrap().to_mat() - &product).norm_l2();
        prop_assert!((error - root_sum(&s[rank..])).abs() < 1e-10);
        let g = LowRank::symmetric(left).unwrap();
        let product = g.to_mat();
        let s = matrix::singular_values(product.as_ref()).unwrap();
        let cut = g.truncated(rank).unwrap().to_mat();
        prop_assert!(((&cut - &product).norm_l2() - root_sum(&s[rank..])).abs() < 1e-10);
        prop_assert!(psd_test(crate::symmetric_part(cut.as_ref()).unwrap().as_ref()).unwrap().holds());
    }
}

fn root_sum(v: &[f64]) -> f64 {
    v.iter().map(|s| s * s).sum::<f64>().sqrt()
}
