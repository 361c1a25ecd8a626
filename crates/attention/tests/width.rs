//! Margins of codes, distances to hulls and counts of orders, against solved cases and brute force.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic, missing_docs)]

use proptest::prelude::*;
use relata_attention::width::{
    Code, OptimiseParams, best_known, cross_polytope, distance_to_hull, induced_orders, known_codes,
    margin_upper, optimise, polygon, simplex,
};
use relata_kernels::rank::linear_orders;
use relata_relations::{Points, Seed, Space, Sphere};
use std::num::NonZeroUsize;

fn random_code(n: usize, d: usize, seed: u64) -> Code {
    let keys = Sphere::new(d).unwrap().sample(NonZeroUsize::new(n).unwrap(), &mut Seed(seed).stream("keys"));
    Code::new(&keys).unwrap()
}

#[test]
fn regular_codes_have_their_margins() {
    for (n, margin) in [(8, 0.292893), (16, 0.0761205), (64, 0.00481527), (1024, 1.88247e-5)] {
        let code = polygon(n).unwrap();
        assert!((code.aligned_margin() / margin - 1.0).abs() < 3e-6);
        let exact = 2.0 * (std::f64::consts::PI / n as f64).sin().powi(2);
        assert!((code.aligned_margin() / exact - 1.0).abs() < 1e-10, "{n}");
        if n <= 64 {
            let free = code.free_margin();
            assert!((free.lower - exact).abs() < 1e-13 && (free.upper - exact).abs() < 1e-13, "{n} {free:?}");
        }
    }
    for n in 2..12 {
        let code = simplex(n, n + 1).unwrap();
        let margin = n as f64 / (n - 1) as f64;
        assert!((code.aligned_margin() - margin).abs() < 1e-13);
        let free = code.free_margin();
        assert!((free.lower - margin).abs() < 1e-13 && (free.upper - margin).abs() < 1e-13);
        assert!((margin_upper(n, n - 1) - margin).abs() < 1e-15);
    }
    assert!((cross_polytope(8, 4).unwrap().aligned_margin() - 1.0).abs() < 1e-15);
    assert!(simplex(5, 3).is_err() && cross_polytope(7, 3).is_err() && polygon(1).is_err());
}

#[test]
fn optimised_codes_reach_the_solved_cases() {
    for known in known_codes() {
        let code =
            optimise(known.keys, known.dim, &OptimiseParams { restarts: 24, ..OptimiseParams::default() })
                .unwrap();
        let margin = code.aligned_margin();
        // Nothing is above the optimum, and the search comes close.
        assert!(margin <= known.margin * (1.0 + 1e-7), "{known:?} {margin}");
        assert!(margin >= known.margin * 0.99, "{known:?} {margin}");
    }
}

#[test]
fn upper_bounds_are_above_and_sharp_where_they_should_be() {
    for known in known_codes().iter().filter(|k| k.dim == 3) {
        let (n, w) = (known.keys, std::f64::consts::PI / 6.0 * known.keys as f64 / (known.keys - 2) as f64);
        let triangle = 1.0 - 0.5 * (1.0 / w.tan().powi(2) - 1.0);
        assert!(known.margin <= triangle + 1e-9, "{known:?}");
        if [3, 4, 6, 12].contains(&n) {
            assert!((known.margin - triangle).abs() < 1e-9, "{known:?}");
        }
    }
    // Levenshtein's bound is sharp for 56 keys in 7 dimensions (Gosset), 240 in 8 (roots of E8),
    // 162 in 21, 100 in 22, 275 in 22 (McLaughlin).
    for (n, d, cosine) in [
        (56, 7, 1.0 / 3.0),
        (240, 8, 0.5),
        (162, 21, 1.0 / 7.0),
        (100, 22, 1.0 / 11.0),
        (275, 22, 1.0 / 6.0),
        (891, 22, 0.25),
        (4600, 23, 1.0 / 3.0),
        (196_560, 24, 0.5),
    ] {
        let margin = margin_upper(n, d);
        assert!((margin - (1.0 - cosine)).abs() < 1e-9, "{n} in {d}: {margin}");
    }
    // More keys, less margin; more dimensions, more.
    for d in 3..14 {
        let bounds: Vec<f64> = (2..400).map(|n| margin_upper(n, d)).collect();
        assert!(bounds.windows(2).all(|w| w[1] <= w[0] + 1e-9), "{d}");
        assert!((20..400).all(|n| margin_upper(n, d) <= margin_upper(n, d + 1) + 1e-9), "{d}");
    }
    for (n, d, seed) in [(20, 3, 1), (9, 4, 2), (30, 5, 3), (17, 8, 4), (100, 6, 5)] {
        let code = random_code(n, d, seed);
        assert!(
            code.aligned_margin() <= margin_upper(n, d) && code.free_margin().upper <= margin_upper(n, d)
        );
    }
}

#[test]
fn orders_of_keys_by_brute_force_are_covers_count() {
    for n in 2..=6 {
        for d in 1..=4 {
            let mut s = Seed(11).stream(&format!("{n}/{d}"));
            let keys = Points::new(d, (0..n * d).map(|_| s.normal()).collect()).unwrap();
            let count = induced_orders(&keys).unwrap();
            assert_eq!(Some(count.induced), linear_orders(n, d), "{n} keys in {d} dimensions");
        }
    }
    // A trapezium has one pair of parallel sides: one order and its reverse are lost.
    let trapezium = Points::from_rows(&[[0.0, 0.0], [4.0, 0.0], [1.0, 1.0], [2.5, 1.0]]).unwrap();
    assert_eq!(induced_orders(&trapezium).unwrap().induced, 10);
    assert!(induced_orders(&Points::new(1, vec![0.0; 9]).unwrap()).is_err());
    // Two equal keys are in no strict order.
    assert_eq!(induced_orders(&Points::line(vec![1.0, 1.0]).unwrap()).unwrap().induced, 0);
}

#[test]
fn bad_codes_are_named() {
    let zero = Points::from_rows(&[[1.0, 0.0], [0.0, 0.0]]).unwrap();
    assert!(Code::new(&zero).unwrap_err().to_string().contains("key 1 is 0"));
    assert!(Code::new(&Points::line(vec![1.0]).unwrap()).is_err());
    assert!(distance_to_hull(&[1.0], &zero).unwrap_err().to_string().contains("1 coordinates"));
    assert!(distance_to_hull(&[f64::NAN, 0.0], &zero).is_err());
    assert!(optimise(1, 3, &OptimiseParams::default()).is_err());
    assert!(best_known(1, 3).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn free_is_at_least_aligned(n in 2usize..14, d in 2usize..7, seed in 0u64..10_000) {
        let code = random_code(n, d, seed);
        let free = code.free_margins();
        for (aligned, (f, query)) in code.aligned_margins().iter().zip(&free) {
            prop_assert!(f.upper >= *aligned - 1e-12 && f.lower >= *aligned - 1e-9, "{aligned} {f:?}");
            // The bracket is tight, and the query has length 1.
            prop_assert!(f.upper - f.lower < 1e-9, "{f:?}");
            prop_assert!((query.iter().map(|q| q * q).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn bisectors_of_keys_and_queries_keep_the_free_margin(n in 2usize..14, d in 2usize..7, seed in 0u64..10_000, tilt in 0.0f64..4.0, pair in 0.05f64..1.0) {
        // Random keys, keys in a half space, and close pairs, whose free margins are far above
        // their aligned ones.
        let mut s = Seed(seed).stream("tilted");
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for i in 0..n {
            let fresh: Vec<f64> = (0..d).map(|k| s.normal() + if k == 0 { tilt } else { 0.0 }).collect();
            let row = match rows.last() {
                Some(last) if seed % 3 == 0 && i % 2 == 1 => last.iter().zip(&fresh).map(|(a, b)| a + pair * b).collect(),
                _ => fresh,
            };
            rows.push(row);
        }
        let code = Code::new(&Points::new(d, rows.concat()).unwrap()).unwrap();
        let (free, bisected) = (code.free_margin(), code.bisected());
        prop_assert!(bisected.aligned_margin() >= free.lower - 1e-9, "{} {free:?}", bisected.aligned_margin());
        prop_assert!(free.upper <= margin_upper(n, d) + 1e-9);
    }

    #[test]
    fn the_hull_distance_moves_with_the_points(n in 1usize..12, d in 1usize..6, seed in 0u64..10_000) {
        let mut s = Seed(seed).stream("hull");
        let others = Points::new(d, (0..n * d).map(|_| s.normal()).collect()).unwrap();
        let point: Vec<f64> = (0..d).map(|_| 2.0 * s.normal()).collect();
        let h = distance_to_hull(&point, &others).unwrap();
        // Weights are convex and give the upper bound.
        prop_assert!((h.weights.iter().sum::<f64>() - 1.0).abs() < 1e-10 && h.weights.iter().all(|w| *w >= 0.0));
        let at: Vec<f64> = (0..d).map(|k| point[k] - h.weights.iter().enumerate().map(|(i, w)| w * others.row(i)[k]).sum::<f64>()).collect();
        prop_assert!((at.iter().map(|v| v * v).sum::<f64>().sqrt() - h.upper).abs() < 1e-9);
        prop_assert!(h.upper - h.lower.max(0.0) < 1e-7, "{h:?}");
        // A random convex combination is no nearer.
        let mut w: Vec<f64> = (0..n).map(|_| s.uniform()).collect();
        let total: f64 = w.iter().sum();
        w.iter_mut().for_each(|w| *w /= total);
        let other: f64 = (0..d).map(|k| (point[k] - w.iter().enumerate().map(|(i, w)| w * others.row(i)[k]).sum::<f64>()).powi(2)).sum();
        prop_assert!(other.sqrt() >= h.lower - 1e-12);
        // Scaling scales.
        let twice = Points::new(d, others.as_slice().iter().map(|v| 2.0 * v).collect()).unwrap();
        let doubled: Vec<f64> = point.iter().map(|v| 2.0 * v).collect();
        prop_assert!((distance_to_hull(&doubled, &twice).unwrap().upper - 2.0 * h.upper).abs() < 1e-7);
    }
}
