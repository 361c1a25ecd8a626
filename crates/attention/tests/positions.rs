//! Heads with positions against dense least squares, closed forms and laws of large numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(missing_docs)]

use proptest::prelude::*;
use relata_attention::head::{
    Gaps, Head, HeadError, Observed, QueryRetrieval, RotaryHead, VarianceDesign, Visibility, retrieval,
    selection_kinds,
};
use relata_relations::faer::{Mat, MatRef};
use relata_relations::{Seed, Stream};

fn normal(rows: usize, columns: usize, s: &mut Stream) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| s.normal())
}

/// What the columns explain of a vector, by orthogonalisation.
fn explained(columns: &[Vec<f64>], y: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let mut v = column.clone();
        let size = dot(&v, &v).sqrt();
        for _ in 0..2 {
            for b in &basis {
                let c = dot(b, &v);
                v.iter_mut().zip(b).for_each(|(x, b)| *x -= c * b);
            }
        }
        let left = dot(&v, &v).sqrt();
        if left > 1e-8 * size {
            v.iter_mut().for_each(|x| *x /= left);
            basis.push(v);
        }
    }
    basis.iter().map(|b| dot(b, y).powi(2)).sum()
}

/// The shares with every indicator written out.
fn dense_shares(scores: MatRef<'_, f64>, visibility: Visibility) -> [f64; 3] {
    let n = scores.nrows();
    let pairs: Vec<(usize, usize)> =
        (0..n).flat_map(|i| (0..visibility.keys(i, n)).map(move |j| (i, j))).collect();
    let y: Vec<f64> = pairs.iter().map(|p| scores[*p]).collect();
    let indicator = |of: &dyn Fn(usize, usize) -> bool| -> Vec<f64> {
        pairs.iter().map(|(i, j)| if of(*i, *j) { 1.0 } else { 0.0 }).collect()
    };
    let queries: Vec<Vec<f64>> = (0..n).map(|q| indicator(&|i, _| i == q)).collect();
    let keys: Vec<Vec<f64>> = (0..n).map(|k| indicator(&|_, j| j == k)).collect();
    let offsets: Vec<Vec<f64>> = (0..2 * n - 1).map(|t| indicator(&|i, j| i + n - 1 - j == t)).collect();
    let with = |more: &[&[Vec<f64>]]| {
        let mut all = queries.clone();
        all.extend(more.iter().flat_map(|m| m.iter().cloned()));
        explained(&all, &y)
    };
    let (none, u, f, both) = (with(&[]), with(&[&keys]), with(&[&offsets]), with(&[&keys, &offsets]));
    let total = y.iter().map(|v| v * v).sum::<f64>() - none;
    [0.5 * (u - none + both - f) / total, 0.5 * (f - none + both - u) / total, 1.0 - (both - none) / total]
}

#[test]
fn shares_are_those_of_dense_least_squares() {
    for visibility in [Visibility::Causal, Visibility::All] {
        for n in [2, 3, 5, 9] {
            let mut s = Seed(2).stream(&format!("shares/{visibility:?}/{n}"));
            let (noise, u, f) = (normal(n, n, &mut s), normal(n, 1, &mut s), normal(2 * n, 1, &mut s));
            let scores = Mat::from_fn(n, n, |i, j| 0.5 * noise[(i, j)] + 2.0 * u[(j, 0)] + f[(i + n - j, 0)]);
            let found = VarianceDesign::new(n, visibility)
                .unwrap()
                .shares(&Observed::new(scores.as_ref(), visibility).unwrap())
                .unwrap();
            let expected = dense_shares(scores.as_ref(), visibility);
            for (a, b) in [found.key, found.offset, found.rest].iter().zip(expected) {
                assert!((a - b).abs() < 1e-9, "{visibility:?} {n}: {found:?} and {expected:?}");
            }
        }
    }
}

#[test]
fn pure_scores_have_pure_shares() {
    let n = 12;
    for visibility in [Visibility::Causal, Visibility::All] {
        let design = VarianceDesign::new(n, visibility).unwrap();
        let of = |f: &dyn Fn(usize, usize) -> f64| {
            let m = Mat::from_fn(n, n, f);
            design.shares(&Observed::new(m.as_ref(), visibility).unwrap())
        };
        let by_key = of(&|i, j| (j as f64 * 1.7).sin() + 3.0 * i as f64).unwrap();
        assert!((by_key.key_alone - 1.0).abs() < 1e-9 && by_key.rest < 1e-12, "{by_key:?}");
        let by_offset = of(&|i, j| ((i as f64 - j as f64) * 2.3).sin()).unwrap();
        assert!((by_offset.offset_alone - 1.0).abs() < 1e-9 && by_offset.rest < 1e-12, "{by_offset:?}");
        assert!(by_offset.offset > 0.7 && by_key.key > 0.7, "{by_offset:?} {by_key:?}");
        assert!(matches!(of(&|i, _| i as f64), Err(HeadError::NoPreference)));
    }
    assert!(matches!(VarianceDesign::new(1, Visibility::All), Err(HeadError::EmptyContext)));
    let other = Observed::new(Mat::identity(3, 3).as_ref(), Visibility::All).unwrap();
    let design = VarianceDesign::new(4, Visibility::All).unwrap();
    assert!(matches!(design.shares(&other), Err(HeadError::Shape { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn shares_add_to_one_and_do_not_see_the_query(seed in 0u64..1000, n in 2usize..60, size in -30i32..30) {
        let mut s = Seed(seed).stream("shares/sum");
        let scores = normal(n, n, &mut s) * relata_relations::faer::Scale(10f64.powi(size));
        for visibility in [Visibility::Causal, Visibility::All] {
            let design = VarianceDesign::new(n, visibility).unwrap();
            let of = |m: &Mat<f64>| design.shares(&Observed::new(m.as_ref(), visibility).unwrap()).unwrap();
            let a = of(&scores);
            prop_assert!((a.key + a.offset + a.rest - 1.0).abs() < 1e-9, "{a:?}");
            prop_assert!(a.rest >= 0.0 && a.key_alone <= 1.0 + 1e-9 && a.offset_alone <= 1.0 + 1e-9);
            let shift: Vec<f64> = (0..n).map(|_| s.normal() * 10f64.powi(size)).collect();
            let b = of(&Mat::from_fn(n, n, |i, j| scores[(i, j)] + shift[i]));
            prop_assert!((a.key - b.key).abs() < 1e-8 && (a.offset - b.offset).abs() < 1e-8);
        }
    }

    #[test]
    fn at_the_critical_temperature_half_the_weight_is_on_the_best(seed in 0u64..1000, n in 3usize..200) {
        let mut s = Seed(seed).stream("gaps");
        let scores: Vec<f64> = (0..n).map(|_| 3.0 * s.normal()).collect();
        let beta = Gaps::of(&scores).unwrap().critical().unwrap();
        // A softmax of its own.
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|v| (beta * (v - best)).exp()).sum();
        prop_assert!((1.0 / sum - 0.5).abs() < 1e-9, "{beta} {sum}");
    }
}

#[test]
fn equal_cosines_select_at_log_n_over_one_less_rho() {
    for (n, rho) in [(10usize, 0.2), (1000, 0.5), (100_000, 0.9)] {
        let mut scores = vec![rho; n];
        scores[n / 2] = 1.0;
        let gaps = Gaps::of(&scores).unwrap();
        let expected = ((n - 1) as f64).ln() / (1.0 - rho);
        assert!((gaps.critical().unwrap() / expected - 1.0).abs() < 1e-10);
        assert_eq!((gaps.within(0.99 * (1.0 - rho)), gaps.within(1.01 * (1.0 - rho))), (0, n - 1));
        // A phase transition: a tenth beside it the weight is nearly nothing or nearly all.
        if n == 100_000 {
            let [below, above] = [0.5, 1.5].map(|f| gaps.best_weight(f * expected));
            assert!(below < 0.01 && above > 0.99, "{below} {above}");
        }
    }
    assert_eq!(Gaps::of(&[1.0, 3.0, 3.0]).unwrap().critical(), None);
    assert_eq!(Gaps::of(&[1.0]).unwrap().critical(), Some(0.0));
    assert_eq!(Gaps::of(&[1.0, 4.0]).unwrap().critical(), Some(0.0));
    assert!(Gaps::of(&[]).is_err() && Gaps::of(&[f64::NAN]).is_err());
    assert!(matches!(Gaps::of(&[f64::MAX, -f64::MAX]), Err(HeadError::Range(_))));
}

/// The inverse temperature at which the best key has half the weight in the mean over contexts of
/// `n` keys uniform on the sphere of `R^d`.
fn mean_half(n: usize, d: usize) -> f64 {
    let mut s = Seed(7).stream(&format!("sphere/{n}/{d}"));
    let contexts: Vec<Gaps> = (0..500)
        .map(|_| {
            let cosine = |s: &mut Stream| {
                let v: Vec<f64> = (0..d).map(|_| s.normal()).collect();
                v[0] / v.iter().map(|x| x * x).sum::<f64>().sqrt()
            };
            Gaps::of(&(0..n).map(|_| cosine(&mut s)).collect::<Vec<_>>()).unwrap()
        })
        .collect();
    let (mut low, mut high) = (0.0, 1e5);
    for _ in 0..30 {
        let beta = 0.5 * (low + high);
        let mean = contexts.iter().map(|c| c.best_weight(beta)).sum::<f64>() / contexts.len() as f64;
        *(if mean < 0.5 { &mut low } else { &mut high }) = beta;
    }
    high
}

#[test]
fn keys_on_a_sphere_select_at_a_power_of_their_number() {
    for d in [4, 5] {
        let (few, many) = (mean_half(256, d), mean_half(4096, d));
        let found = (many / few).ln() / 16f64.ln();
        let law = 2.0 / (d as f64 - 1.0);
        assert!((found - law).abs() < 0.08, "d = {d}: {found} and {law}");
        println!("d = {d}: {found:.3}");
    }
}

#[test]
fn the_form_at_an_offset_scores_turned_queries_and_keys() {
    let mut s = Seed(3).stream("rotary");
    let (d, h) = (7, 6);
    let (q, k, x) = (normal(d, h, &mut s), normal(d, h, &mut s), normal(9, d, &mut s));
    let biases: Vec<Vec<f64>> = (0..2).map(|_| (0..h).map(|_| s.normal()).collect()).collect();
    let frequencies = vec![0.9, 0.2];
    let head = Head::with_biases(q.clone(), k.clone(), biases[0].clone(), biases[1].clone(), 0.4).unwrap();
    let rotary = RotaryHead::new(head, frequencies.clone()).unwrap();
    // Complex numbers turn by multiplication: planes (0, 2) and (1, 3), the last two stay.
    let row = |w: &Mat<f64>, b: &[f64], i: usize, turn: f64| -> Vec<f64> {
        let plain: Vec<f64> =
            (0..h).map(|c| b[c] + (0..d).map(|m| x[(i, m)] * w[(m, c)]).sum::<f64>()).collect();
        let mut out = plain.clone();
        for (p, f) in frequencies.iter().enumerate() {
            let (re, im) = ((turn * f).cos(), (turn * f).sin());
            out[p] = plain[p] * re - plain[p + 2] * im;
            out[p + 2] = plain[p] * im + plain[p + 2] * re;
        }
        out
    };
    for (i, j) in [(5usize, 1usize), (8, 8), (2, 7)] {
        let (a, b) = (row(&q, &biases[0], i, i as f64), row(&k, &biases[1], j, j as f64));
        let expected = 0.4 * a.iter().zip(&b).map(|(u, v)| u * v).sum::<f64>();
        let at = rotary.at(i as i64 - j as i64).unwrap();
        let found = at.scores(x.as_ref()).unwrap()[(i, j)];
        assert!((found - expected).abs() < 1e-10, "({i}, {j}): {found} and {expected}");
    }
    assert!(RotaryHead::new(rotary.at(0).unwrap(), vec![1.0; 4]).is_err());
}

#[test]
fn planes_carry_the_mean_square_over_all_offsets() {
    // Frequencies of period 16: the mean over one period is that over all offsets.
    let mut s = Seed(4).stream("planes");
    let step = std::f64::consts::TAU / 16.0;
    let all = [1.0, 3.0, 6.0].map(|k| k * step);
    let (q, k) = (normal(9, 8, &mut s), normal(9, 8, &mut s));
    let mean = |q: &Mat<f64>, k: &Mat<f64>| {
        let head = RotaryHead::new(Head::new(q.clone(), k.clone(), 1.0).unwrap(), all.to_vec()).unwrap();
        let norm = |t: i64| head.at(t).unwrap().form().map_or(0.0, |f| f.norm.powi(2));
        (0..16).map(norm).sum::<f64>() / 16.0
    };
    let total = mean(&q, &k);
    let head = RotaryHead::new(Head::new(q.clone(), k.clone(), 1.0).unwrap(), all.to_vec()).unwrap();
    let energy = head.plane_energy().unwrap();
    let only = |columns: &[usize]| {
        let keep =
            |m: &Mat<f64>| Mat::from_fn(9, 8, |i, j| if columns.contains(&j) { m[(i, j)] } else { 0.0 });
        mean(&keep(&q), &keep(&k)) / total
    };
    for (p, share) in energy.planes.iter().enumerate() {
        assert!((share - only(&[p, p + 3])).abs() < 1e-12);
    }
    assert!((energy.still - only(&[6, 7])).abs() < 1e-12);
    assert!((energy.planes.iter().sum::<f64>() + energy.still - 1.0).abs() < 1e-12);
}

#[test]
fn selections_are_named() {
    let tokens = [7, 3, 7, 3, 5, 7];
    let select = |f: &dyn Fn(usize) -> usize| -> Vec<QueryRetrieval> {
        let scores = Mat::from_fn(6, 6, |i, j| if j == f(i) { 5.0 } else { 0.0 });
        retrieval(&Observed::new(scores.as_ref(), Visibility::Causal).unwrap()).unwrap().queries
    };
    let previous = selection_kinds(&select(&|i| i.saturating_sub(1)), &tokens);
    assert_eq!((previous.previous, previous.first, previous.own), (1.0, 0.2, 0.0));
    // The last copy of the query's token before it, or the first token.
    let copy = |i: usize| (0..i).rev().find(|j| tokens[*j] == tokens[i]);
    let duplicate = selection_kinds(&select(&|i| copy(i).unwrap_or(0)), &tokens);
    assert_eq!((duplicate.duplicate, duplicate.after_duplicate), (Some(1.0), Some(0.0)));
    let induction = selection_kinds(&select(&|i| copy(i).map_or(0, |j| j + 1)), &tokens);
    assert_eq!(induction.after_duplicate, Some(1.0));
    assert_eq!(selection_kinds(&select(&|_| 0), &[1, 2, 3, 4, 5, 6]).duplicate, None);
}
