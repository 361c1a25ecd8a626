//! Matrices with holes: recovery, brackets that contain the truth, weights and units.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::{Mat, MatRef};
use proptest::prelude::*;
use relata_kernels::completion::{
    CompletionParams, PartialMatrix, PartialMatrixError, complete, known_blocks, known_principal_block,
    partial_limits, partial_sup_rank,
};
use relata_relations::{Seed, Stream};

fn random(n: usize, m: usize, stream: &mut Stream) -> Mat<f64> {
    Mat::from_fn(n, m, |_, _| stream.normal())
}

fn of_rank(n: usize, m: usize, rank: usize, stream: &mut Stream) -> Mat<f64> {
    let (x, y) = (random(n, rank, stream), random(m, rank, stream));
    &x * y.transpose()
}

/// Which entries stay, each with the same chance.
fn mask(n: usize, m: usize, share: f64, stream: &mut Stream) -> Vec<bool> {
    (0..n * m).map(|_| stream.uniform() < share).collect()
}

fn partial(a: MatRef<'_, f64>, known: &[bool]) -> PartialMatrix {
    let m = a.ncols();
    PartialMatrix::new(a, |i, j| known[i * m + j]).unwrap()
}

#[test]
fn a_matrix_of_rank_three_with_thirty_percent_of_holes_is_recovered() {
    for seed in 0..5 {
        let mut stream = Seed(seed).stream("recover");
        let (n, m) = (30, 24);
        let a = of_rank(n, m, 3, &mut stream);
        let known = mask(n, m, 0.7, &mut stream);
        let found = complete(&partial(a.as_ref(), &known), 3, CompletionParams::default()).unwrap();
        let off = (0..n * m).map(|k| (found.at(k / m, k % m) - a[(k / m, k % m)]).abs()).fold(0.0, f64::max);
        assert!(off < 1e-8, "seed {seed}: off by {off:e}, error on known entries {:e}", found.error);
        // One rank less does not do.
        assert!(complete(&partial(a.as_ref(), &known), 2, CompletionParams::default()).unwrap().error > 0.1);
    }
}

#[test]
fn the_bracket_contains_the_truth_on_a_hundred_random_cases() {
    // The truth is known where the matrix is a rank-d matrix plus noise on a block structure with a
    // closed form: with every entry known it is the tail of the singular values; with holes, any
    // matrix of that rank gives an upper end of the truth, and the truth on fewer entries a lower.
    let mut informative = 0;
    for seed in 0..100 {
        let mut stream = Seed(seed).stream("bracket");
        let (n, m) = (4 + stream.below(8), 4 + stream.below(8));
        let rank = 1 + stream.below(2);
        let noise = random(n, m, &mut stream);
        let exact = of_rank(n, m, rank, &mut stream);
        let a = &exact + 0.3 * &noise;
        let known = mask(n, m, 0.8, &mut stream);
        if !known.contains(&true) {
            continue;
        }
        let p = partial(a.as_ref(), &known);
        let limits = partial_limits(&p, rank, CompletionParams::default()).unwrap();
        let found = &limits[rank];
        // The least error is at most that of the matrix before the noise, and of the truncated
        // matrix without holes.
        let planted: f64 = (0..n * m)
            .filter(|k| known[*k])
            .map(|k| (a[(k / m, k % m)] - exact[(k / m, k % m)]).powi(2))
            .sum::<f64>()
            .sqrt();
        let tail = |a: MatRef<'_, f64>| {
            let s = a.singular_values().unwrap();
            s.iter().skip(rank).map(|v| v * v).sum::<f64>().sqrt()
        };
        assert!(found.lower <= planted.min(tail(a.as_ref())), "seed {seed}: {found:?}, planted {planted}");
        assert!(found.lower <= found.upper, "seed {seed}: {found:?}");
        // A search from sixty other starts is a truth that the lower end must not pass, and the
        // upper end should be near.
        let long = CompletionParams { restarts: 60, seed: Seed(1000 + seed), ..CompletionParams::default() };
        let best = complete(&p, rank, long).unwrap().error;
        assert!(found.lower <= best, "seed {seed}: {} above {best}", found.lower);
        assert!(found.upper <= best * 1.3 + 1e-6, "seed {seed}: {} far above {best}", found.upper);
        // Every wholly known block gives a lower end, found here by brute force over pairs of rows.
        if rank == 1 {
            for i in 0..n {
                for j in 0..i {
                    let both: Vec<usize> = (0..m).filter(|c| known[i * m + c] && known[j * m + c]).collect();
                    if both.len() >= 2 {
                        let b = Mat::from_fn(2, both.len(), |r, c| a[(if r == 0 { i } else { j }, both[c])]);
                        assert!(found.upper >= tail(b.as_ref()) - 1e-9);
                    }
                }
            }
        }
        informative += usize::from(found.lower > 0.0);
    }
    assert!(informative > 50, "the lower bound says something in {informative} cases only");
}

#[test]
fn without_holes_both_ends_are_the_eckart_young_limit() {
    let mut stream = Seed(5).stream("whole");
    let a = random(9, 7, &mut stream);
    let s = a.singular_values().unwrap();
    for l in partial_limits(&partial(a.as_ref(), &[true; 63]), 7, CompletionParams::default()).unwrap() {
        let tail = s.iter().skip(l.rank).map(|v| v * v).sum::<f64>().sqrt();
        assert!((l.lower - tail).abs() < 1e-10 && (l.upper - tail).abs() < 1e-6, "{l:?}, {tail}");
    }
}

#[test]
fn weights_count_and_their_unit_does_not() {
    let mut stream = Seed(6).stream("weights");
    let a = random(8, 6, &mut stream);
    // Weights p_i q_j have a closed form: the singular values of the scaled matrix.
    let (p, q): (Vec<f64>, Vec<f64>) =
        ((0..8).map(|_| 0.2 + stream.uniform()).collect(), (0..6).map(|_| 0.2 + stream.uniform()).collect());
    let w = Mat::from_fn(8, 6, |i, j| p[i] * q[j]);
    let largest = w.norm_max();
    let scaled = Mat::from_fn(8, 6, |i, j| (w[(i, j)] / largest).sqrt() * a[(i, j)]);
    let s = scaled.singular_values().unwrap();
    let limits = |unit: f64| {
        let w = Mat::from_fn(8, 6, |i, j| unit * w[(i, j)]);
        let p = PartialMatrix::weighted(a.as_ref(), w.as_ref()).unwrap();
        partial_limits(&p, 3, CompletionParams::default()).unwrap()
    };
    for l in limits(1.0) {
        let tail = s.iter().skip(l.rank).map(|v| v * v).sum::<f64>().sqrt();
        assert!(l.lower <= tail + 1e-9 && (l.upper - tail).abs() < 1e-5, "{l:?}, {tail}");
    }
    for (x, y) in limits(1.0).iter().zip(&limits(2f64.powi(40))) {
        assert_eq!((x.lower, x.upper), (y.lower, y.upper));
    }
    // A weight of 0 is a hole.
    let zeroed = Mat::from_fn(8, 6, |i, j| if i == j { 0.0 } else { 1.0 });
    let weighted = PartialMatrix::weighted(a.as_ref(), zeroed.as_ref()).unwrap();
    assert_eq!(weighted, PartialMatrix::new(a.as_ref(), |i, j| i != j).unwrap());
}

#[test]
fn no_unit_is_out_of_range() {
    let mut stream = Seed(7).stream("units");
    let a = random(7, 7, &mut stream);
    let limits = |factor: f64| {
        let p = PartialMatrix::new((factor * &a).as_ref(), |i, j| (i + 2 * j) % 5 != 0).unwrap();
        let sup = partial_sup_rank(&p, 0.1 * factor, CompletionParams::default()).unwrap();
        (partial_limits(&p, 3, CompletionParams::default()).unwrap(), sup)
    };
    let (plain, sup) = limits(1.0);
    for exponent in [-660, 530] {
        let unit = 2f64.powi(exponent);
        let (other, other_sup) = limits(unit);
        assert_eq!(sup, other_sup);
        for (x, y) in plain.iter().zip(&other) {
            assert_eq!((x.lower * unit, x.upper * unit), (y.lower, y.upper));
        }
    }
}

#[test]
fn blocks_are_known_and_disjoint() {
    let mut stream = Seed(8).stream("blocks");
    for _ in 0..20 {
        let (n, m) = (3 + stream.below(10), 3 + stream.below(10));
        let known = mask(n, m, 0.75, &mut stream);
        if !known.contains(&true) {
            continue;
        }
        let p = partial(Mat::<f64>::ones(n, m).as_ref(), &known);
        for packing in known_blocks(&p) {
            let mut seen = vec![false; n * m];
            for block in packing {
                for &i in &block.rows {
                    for &j in &block.columns {
                        assert!(known[i * m + j] && !seen[i * m + j]);
                        seen[i * m + j] = true;
                    }
                }
            }
        }
        if n == m {
            let kept = known_principal_block(&p);
            assert!(kept.iter().all(|&i| kept.iter().all(|&j| known[i * m + j])));
        }
    }
    // A whole square is its own block.
    assert_eq!(known_principal_block(&partial(Mat::<f64>::ones(5, 5).as_ref(), &[true; 25])).len(), 5);
}

#[test]
fn the_sup_rank_of_known_entries_is_bracketed() {
    let mut stream = Seed(9).stream("sup");
    let a = of_rank(12, 10, 2, &mut stream);
    let known = mask(12, 10, 0.75, &mut stream);
    let p = partial(a.as_ref(), &known);
    let bracket = partial_sup_rank(&p, 1e-6, CompletionParams::default()).unwrap();
    assert!(bracket.lower <= 2 && bracket.upper == 2, "{bracket:?}");
    let large = partial_sup_rank(&p, 100.0, CompletionParams::default()).unwrap();
    assert_eq!((large.lower, large.upper), (0, 0));
    // The identity is not near rank 1 in any entry, holes or not.
    let i = Mat::<f64>::identity(10, 10);
    let p = PartialMatrix::new(i.as_ref(), |i, j| (i, j) != (2, 7)).unwrap();
    let bracket = partial_sup_rank(&p, 0.1, CompletionParams::default()).unwrap();
    assert!(bracket.lower >= 2 && bracket.upper <= 10, "{bracket:?}");
    assert!(partial_sup_rank(&p, -1.0, CompletionParams::default()).is_err());
}

#[test]
fn what_cannot_be_used_is_named() {
    let a = Mat::from_fn(2, 2, |i, j| if (i, j) == (1, 0) { f64::NAN } else { 1.0 });
    assert_eq!(PartialMatrix::new(a.as_ref(), |_, _| false).unwrap_err(), PartialMatrixError::Empty);
    assert!(PartialMatrix::new(a.as_ref(), |i, j| (i, j) != (1, 0)).is_ok());
    let error = PartialMatrix::new(a.as_ref(), |_, _| true).unwrap_err();
    assert!(matches!(error, PartialMatrixError::NotFinite { row: 1, column: 0, .. }));
    let w = Mat::from_fn(2, 2, |i, _| -(i as f64));
    let error = PartialMatrix::weighted(Mat::<f64>::ones(2, 2).as_ref(), w.as_ref()).unwrap_err();
    assert!(matches!(error, PartialMatrixError::Weight { row: 1, .. }));
    assert!(PartialMatrix::weighted(a.as_ref(), Mat::<f64>::ones(2, 3).as_ref()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// More known entries never lower the least error, and a transposed matrix has the same.
    #[test]
    fn more_entries_and_transposes(seed in 0u64..1000) {
        let mut stream = Seed(seed).stream("more");
        let (n, m) = (3 + stream.below(5), 3 + stream.below(5));
        let a = random(n, m, &mut stream);
        let fewer = mask(n, m, 0.6, &mut stream);
        prop_assume!(fewer.contains(&true));
        let p = partial(a.as_ref(), &fewer);
        let less = partial_limits(&p, 2, CompletionParams::default()).unwrap();
        let all = partial_limits(&partial(a.as_ref(), &vec![true; n * m]), 2, CompletionParams::default()).unwrap();
        let t = PartialMatrix::new(a.transpose(), |j, i| fewer[i * m + j]).unwrap();
        let transposed = partial_limits(&t, 2, CompletionParams::default()).unwrap();
        for rank in 0..=2 {
            prop_assert!(less[rank].lower <= all[rank].upper + 1e-9);
            prop_assert!(transposed[rank].lower <= less[rank].upper + 1e-9);
            prop_assert!(less[rank].lower <= transposed[rank].upper + 1e-9);
        }
    }
}
