//! Recovery against all vertices, against its own proof, and against the median.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use relata_relations::{Points, Seed};
use relata_tasks::*;

fn objective(s: &Points, a: &[f64], u: &[f64]) -> f64 {
    (0..a.len()).map(|j| (a[j] - s.row(j).iter().zip(u).map(|(s, u)| s * u).sum::<f64>()).abs()).sum()
}

/// The least objective over all points that fit two measurements exactly.
fn over_all_pairs(s: &Points, a: &[f64]) -> f64 {
    let mut best = f64::INFINITY;
    for i in 0..a.len() {
        for j in i + 1..a.len() {
            let (p, q) = (s.row(i), s.row(j));
            let det = p[0] * q[1] - p[1] * q[0];
            if det.abs() > 1e-12 {
                let u = [(a[i] * q[1] - a[j] * p[1]) / det, (p[0] * a[j] - q[0] * a[i]) / det];
                best = best.min(objective(s, a, &u));
            }
        }
    }
    best
}

proptest! {
    #[test]
    fn nothing_fits_better(seed in any::<u64>(), d in 3usize..14) {
        let mut stream = Seed(seed).stream("data");
        let s = gaussian_objects(d, 2, &mut stream).unwrap();
        let a: Vec<f64> = (0..d).map(|_| 3.0 * stream.normal()).collect();
        let found = recover(&s, &a).unwrap();
        let best = over_all_pairs(&s, &a);
        prop_assert!((found.objective - best).abs() < 1e-9 * (1.0 + best), "{} {best}", found.objective);
        prop_assert!((found.objective - objective(&s, &a, &found.relations)).abs() < 1e-9 * (1.0 + best));
        prop_assert!(found.objective - found.bound < 1e-7 * (1.0 + best), "{} {}", found.objective, found.bound);
    }

    #[test]
    fn its_proof_holds_in_many_dimensions(seed in any::<u64>(), m in 1usize..20, extra in 0usize..60) {
        let mut stream = Seed(seed).stream("data");
        let s = gaussian_objects(m + extra, m, &mut stream).unwrap();
        let a: Vec<f64> = (0..m + extra).map(|_| stream.normal()).collect();
        let found = recover(&s, &a).unwrap();
        prop_assert!(found.objective >= found.bound - 1e-7);
        prop_assert!(found.objective - found.bound < 1e-6 * (1.0 + found.objective));
    }
}

#[test]
fn a_few_corruptions_are_corrected_exactly_and_many_are_not() {
    let recovered = |share: f64| -> usize {
        let params = CorruptedParams { symbols: 8, dim: 64, objects: 20, share, size: 30.0 };
        let task = CorruptedSymbols::draw(&params, Seed(5)).unwrap();
        let exact = |i: &usize| {
            let found = recover(&task.symbols, task.measured.row(*i)).unwrap();
            found.relations.iter().zip(task.relations.row(*i)).all(|(u, r)| (u - r).abs() < 1e-8)
        };
        (0..20).filter(exact).count()
    };
    assert_eq!([recovered(0.0), recovered(0.1), recovered(0.9)], [20, 20, 0]);
}

#[test]
fn measurements_that_are_exact_but_for_a_few_are_proved_optimal_in_few_moves() {
    // All vertices that fit exact measurements are one point.
    for (share, symbols, dim) in [(0.0, 8, 64), (0.05, 8, 64), (0.1, 16, 64), (0.3, 16, 256), (0.6, 4, 40)] {
        let params = CorruptedParams { symbols, dim, objects: 10, share, size: 20.0 };
        let task = CorruptedSymbols::draw(&params, Seed(9)).unwrap();
        for a in task.measured.rows() {
            let found = recover(&task.symbols, a).unwrap();
            let gap = found.objective - found.bound;
            assert!(gap < 1e-7 * (1.0 + found.objective), "{share} {symbols} {dim}: {found:?}");
            assert!(found.moves < 10 * dim, "{}", found.moves);
        }
    }
}

#[test]
fn what_cannot_be_recovered_is_refused() {
    let s = Points::new(2, vec![1.0, 2.0, 2.0, 4.0, -1.0, -2.0]).unwrap();
    let text = recover(&s, &[1.0, 2.0, 3.0]).unwrap_err().to_string();
    assert!(text.contains("rank of the symbols is 1"), "{text}");
    let s = Points::line(vec![1.0, 1.0]).unwrap();
    assert!(recover(&s, &[1.0]).is_err() && recover(&s, &[1.0, f64::NAN]).is_err());
    let s = Points::new(3, vec![1.0, 2.0, 2.0]).unwrap();
    assert!(recover(&s, &[1.0]).unwrap_err().to_string().contains("symbols is 3"));
}

#[test]
fn a_recovery_is_proved_optimal_where_most_measurements_are_exact() {
    // The vertices of such a problem lie on one another, in numbers that grow with the measurements.
    for (dim, share, seed) in [(128, 0.1, 1), (128, 0.25, 2), (256, 0.05, 3), (256, 0.4, 4)] {
        let params = CorruptedParams { symbols: 16, dim, objects: 60, share, size: 20.0 };
        let task = CorruptedSymbols::draw(&params, Seed(seed)).unwrap();
        for (object, a) in task.measured.rows().enumerate() {
            let found = recover(&task.symbols, a).unwrap();
            let gap = (found.objective - found.bound) / found.objective;
            assert!(gap < 1e-9, "object {object} of {dim} measurements: {gap} after {} moves", found.moves);
        }
    }
}
