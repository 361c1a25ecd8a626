//! Tails of closed-form spectra beyond their lists, against sums and closed forms written anew.
#![allow(clippy::unwrap_used)] // helpers of tests

use proptest::prelude::*;
use relata_relations::catalogue::{self, ArcCosineOrder, MaternOrder, relation};
use relata_relations::{Relation, Spectrum, scale, tensor_spectrum};
use std::f64::consts::PI;

/// `sum_{k >= 0} (k + a)^-s`: 200 000 terms, smallest first, and the rest by the trapezoid rule
/// with its first correction, which leaves a relative `(1e5)^-4`.
fn series(s: f64, a: f64) -> f64 {
    const TERMS: u32 = 200_000;
    let end = a + f64::from(TERMS);
    let rest = end.powf(1.0 - s) / (s - 1.0) + 0.5 * end.powf(-s) + s / 12.0 * end.powf(-s - 1.0);
    (0..TERMS).rev().fold(rest, |sum, k| sum + (a + f64::from(k)).powf(-s))
}

const RANKS: [usize; 9] = [0, 1, 7, 999, 1001, 2001, 4097, 30_000, 100_000];

fn spectrum(name: &str) -> Spectrum {
    relation(name).unwrap().spectrum().unwrap()
}

/// The bracket holds the root of `square` and is narrow, and the value is in it.
fn check(s: &Spectrum, name: &str, rank: usize, square: f64) {
    let ((low, high), exact) = (s.tail_bracket(rank), square.sqrt());
    assert!(low <= exact && exact <= high, "{name} rank {rank}: {exact:e} not in [{low:e}, {high:e}]");
    assert!(high - low <= 1e-12 * exact, "{name} rank {rank}: {low:e} {high:e}");
    assert!(low <= s.tail(rank) && s.tail(rank) <= high);
}

#[test]
fn algebraic_tails_go_on_beyond_the_list() {
    for rank in RANKS {
        let d = rank as f64;
        check(&spectrum("volterra"), "volterra", rank, series(2.0, d + 0.5) / (PI * PI));
        check(&spectrum("brownian"), "brownian", rank, series(4.0, d + 0.5) / PI.powi(4));
        check(&spectrum("bridge"), "bridge", rank, series(4.0, d + 1.0) / PI.powi(4));
        // Pairs: one of a pair is left where the rank is odd.
        let (pairs, odd) = ((rank / 2) as f64, (rank % 2) as f64);
        let value = (pairs + 0.5).powi(-2) / (PI * PI);
        let sign = 2.0 * series(2.0, pairs + 0.5) / (PI * PI) - odd * value;
        check(&spectrum("sign"), "sign", rank, sign);
        if rank > 0 {
            // The mean first, then pairs.
            let (pairs, odd) = (((rank - 1) / 2) as f64, ((rank - 1) % 2) as f64);
            let wave = |power: f64| 2.0 * series(power, pairs + 1.0) - odd * (pairs + 1.0).powf(-power);
            check(&spectrum("directed-distance"), "directed-distance", rank, wave(2.0) / (4.0 * PI * PI));
            for (name, order) in [("periodic-sobolev", 1.0), ("periodic-sobolev-2", 2.0)] {
                check(&spectrum(name), name, rank, wave(4.0 * order));
            }
        }
    }
}

/// The eigenvalues of `|x - y|` one by one: `-2 / w^2` with `w = (2k - 1) pi` and with the roots of
/// `2 + w tan(w/2) = 0` by Newton's method.
#[test]
fn both_sequences_of_the_distance_go_on() {
    const PAIRS: usize = 200_000;
    let mut squares = Vec::new();
    for k in 1..=PAIRS {
        let odd = (2.0 * k as f64 - 1.0) * PI;
        let mut v = k as f64 * PI;
        for _ in 0..4 {
            // f = cos v + v sin v, f' = v cos v.
            v -= (v.cos() + v * v.sin()) / (v * v.cos());
        }
        squares.extend([4.0 * odd.powi(-4), 0.25 * v.powi(-4)]);
    }
    // What is left: 4 / w^4 with w about pi k, k > 2 PAIRS.
    let mut left = 4.0 / PI.powi(4) * (2.0 * PAIRS as f64 + 0.5).powi(-3) / 3.0;
    let mut tails = vec![left];
    for s in squares.iter().rev() {
        left += s;
        tails.push(left);
    }
    tails.reverse();
    let s = spectrum("abs-difference");
    for rank in [1, 2, 500, 2001, 2002, 5000, 100_001] {
        check(&s, "abs-difference", rank, tails[rank - 1]);
    }
    // One positive eigenvalue: the positive tail is all of the negative ones beyond rank 0.
    let (low, high) = s.positive_tail_bracket(50_000);
    assert!(low <= tails[0].sqrt() && tails[0].sqrt() <= high);
}

#[test]
fn geometric_tails_go_on_beyond_the_list() {
    let poisson = spectrum("poisson");
    let mehler = spectrum("mehler");
    for rank in [1usize, 2, 91, 180, 181, 182, 400, 401] {
        let (pairs, odd) = ((rank - 1) as i32 / 2, (rank - 1) % 2);
        let next = 0.36f64.powi(pairs + 1);
        let square = 2.0 * next / 0.64 - odd as f64 * next;
        check(&poisson, "poisson", rank, square);
        check(&mehler, "mehler", rank, 0.25f64.powi(rank as i32) / 0.75);
        // Positive eigenvalues 1, 1/4, 1/16, ..; negative ones add up to 4/15.
        let (low, high) = mehler.positive_tail_bracket(rank);
        let exact = (4.0 / 15.0 + 0.0625f64.powi(rank as i32) / (1.0 - 0.0625)).sqrt();
        assert!(low <= exact && exact <= high && high - low < 1e-12);
    }
}

#[test]
fn arc_cosines_on_the_circle_go_on_beyond_the_list() {
    for (order, first) in [(ArcCosineOrder::Zero, 1usize), (ArcCosineOrder::One, 2)] {
        let s = catalogue::arc_cosine(order, 2).unwrap().spectrum().unwrap();
        let loose = if first == 1 { 1 } else { 3 };
        let value = |m: f64| match order {
            ArcCosineOrder::Zero => 2.0 / (PI * m).powi(2),
            ArcCosineOrder::One => 4.0 / (PI * (m * m - 1.0)).powi(2),
        };
        for groups in [2_999, 3_000, 3_001, 20_000] {
            let terms = (groups..groups + 100_000).rev().map(|j| 2.0 * value((first + 2 * j) as f64).powi(2));
            let square: f64 = terms.sum();
            let (low, high) = s.tail_bracket(loose + 2 * groups);
            let exact = square.sqrt();
            assert!(
                low <= exact * (1.0 + 1e-2) && exact <= high && high < 1.02 * exact,
                "{low:e} {exact:e} {high:e}"
            );
        }
    }
}

/// For order 1/2 the frequencies on `[-1, 1]` are `w = j pi / 2 + arctan(c / w)`, here one by one.
#[test]
fn matern_remainders_are_within_their_brackets() {
    let (c, count) = (1.4f64, 60_000);
    let mut squares: Vec<f64> = Vec::with_capacity(count);
    for j in 0..count {
        let mut w = j as f64 * PI / 2.0 + 0.5;
        for _ in 0..60 {
            w = j as f64 * PI / 2.0 + (c / w).atan();
        }
        squares.push((2.0 * c / (w * w + c * c)).powi(2));
    }
    // The iteration converges slowly for j = 0 only; that value is not needed here.
    let s = catalogue::matern(MaternOrder::Half, c, 1.0).unwrap().spectrum().unwrap();
    for rank in [499, 500, 501, 3000, 20_000] {
        let left = 4.0 * c * c * (PI / 2.0).powi(-4) / 3.0 * (count as f64 - 0.5).powi(-3);
        let exact = squares[rank..].iter().rev().fold(left, |sum, v| sum + v).sqrt();
        let (low, high) = s.tail_bracket(rank);
        assert!(low <= exact && exact <= high, "{rank}: {low:e} {exact:e} {high:e}");
        assert!(high - low < 1e-4 * exact);
    }
}

#[test]
fn without_a_law_the_remainder_is_bracketed() {
    // 1, 1/2, .., and nothing said of the law: what is left after two more values of at most 1/8
    // each is between R - 2/64 and R.
    let s = Spectrum::singular_values(vec![1.0, 0.5, 0.25, 0.125], 0.04).unwrap();
    let (low, high) = s.tail_bracket(6);
    assert!((low - (0.04f64 - 2.0 / 64.0).sqrt()).abs() < 1e-12 && (high - 0.2).abs() < 1e-12);
    assert!((s.tail(6) - 0.2).abs() < 1e-15);
    assert!(s.tail_bracket(7).0 <= 0.0);
    assert!(Spectrum::singular_values(Vec::new(), 0.04).unwrap().tail_bracket(1).0 <= 0.0);
}

#[test]
fn sums_of_squares_survive_extreme_values() {
    for c in [1e-300, 1e-160, 1e160, 1e300] {
        for name in ["volterra", "abs-difference", "mehler", "matern-12", "polynomial"] {
            let (one, s) = (spectrum(name), scale(c, relation(name).unwrap()).unwrap().spectrum().unwrap());
            for rank in [0, 1, 40, 2500] {
                // Below 1e-307 numbers lose digits, whatever is computed.
                let close = |a: f64, b: f64| (a / c - b).abs() <= 1e-12 * b || b * c < 1e-307;
                assert!(close(s.tail(rank), one.tail(rank)), "{name} {c:e} {rank}: {:e}", s.tail(rank));
                assert!(close(s.positive_tail(rank), one.positive_tail(rank)), "{name} {c:e} {rank}");
            }
        }
        let pair = Spectrum::eigenvalues(vec![3.0 * c, -4.0 * c], 0.0, 0.0).unwrap();
        assert!((pair.norm() / c - 5.0).abs() < 1e-12 && (pair.positive_tail(1) / c - 4.0).abs() < 1e-12);
        let inverse = Spectrum::eigenvalues(vec![0.5 / c], 0.0, 0.0).unwrap();
        let product = tensor_spectrum(&[pair.clone(), inverse], 10).unwrap();
        assert!((product.norm() - 2.5).abs() < 1e-12, "{product:?}");
    }
    let huge = Spectrum::singular_values(vec![1e300], 0.0).unwrap();
    assert!(huge.scaled(1e300).is_err() && tensor_spectrum(&[huge.clone(), huge], 10).is_err());
}

proptest! {
    /// Cutting a list short and leaving the rest to the remainder never loses the truth.
    #[test]
    fn brackets_hold_whatever_is_not_listed(
        mut values in prop::collection::vec(1e-3f64..1.0, 3..30),
        listed in 1usize..10,
        rank in 0usize..30,
    ) {
        values.sort_by(|a, b| b.total_cmp(a));
        let listed = listed.min(values.len());
        let square = |v: &[f64]| v.iter().rev().map(|v| v * v).sum::<f64>();
        let s = Spectrum::singular_values(values[..listed].to_vec(), square(&values[listed..])).unwrap();
        let exact = square(&values[rank.min(values.len())..]).sqrt();
        let (low, high) = s.tail_bracket(rank);
        prop_assert!(low <= exact + 1e-13 && exact <= high + 1e-13, "{low} {exact} {high}");
    }

    /// Products of cut lists: the norm and every tail, against all products.
    #[test]
    fn products_of_cut_lists_hold_the_truth(
        mut a in prop::collection::vec(-1.0f64..1.0, 4..12),
        mut b in prop::collection::vec(-1.0f64..1.0, 4..12),
        keep in (1usize..12, 1usize..12, 1usize..40),
        rank in 0usize..40,
    ) {
        let cut = |v: &mut Vec<f64>, keep: usize| {
            v.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
            let keep = keep.min(v.len());
            let rest = |f: fn(&f64) -> bool| v[keep..].iter().filter(|v| f(v)).map(|v| v * v).sum();
            Spectrum::eigenvalues(v[..keep].to_vec(), rest(|v| *v > 0.0), rest(|v| *v < 0.0)).unwrap()
        };
        let s = tensor_spectrum(&[cut(&mut a, keep.0), cut(&mut b, keep.1)], keep.2).unwrap();
        let mut all: Vec<f64> = a.iter().flat_map(|u| b.iter().map(move |v| u * v)).collect();
        all.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
        let square = |v: &[f64]| v.iter().rev().map(|v| v * v).sum::<f64>();
        let exact = square(&all[rank.min(all.len())..]).sqrt();
        let (low, high) = s.tail_bracket(rank);
        prop_assert!(low <= exact + 1e-13 && exact <= high + 1e-13, "{low} {exact} {high}");
        let negative: f64 = all.iter().filter(|v| **v < 0.0).map(|v| v * v).sum();
        let positive: Vec<f64> = all.iter().copied().filter(|v| *v > 0.0).collect();
        let exact = (negative + square(&positive[rank.min(positive.len())..])).sqrt();
        let (low, high) = s.positive_tail_bracket(rank);
        prop_assert!(low <= exact + 1e-13 && exact <= high + 1e-13, "{low} {exact} {high}");
    }
}
