//! Margins of codes, distances to hulls and counts of orders, against solved cases and brute force.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic, missing_docs)]

use proptest::prelude::*;
use relata_attention::width::{
    Code, Objective, OptimiseParams, aligned_upper, best_known, cross_polytope, distance_to_hull, free_upper,
    induced_orders, known_codes, optimise, polygon, simplex,
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
        assert!((aligned_upper(n, n - 1) - margin).abs() < 1e-15);
    }
    assert!((cross_polytope(8, 4).unwrap().aligned_margin() - 1.0).abs() < 1e-15);
    assert!(simplex(5, 3).is_err() && cross_polytope(7, 3).is_err() && polygon(1).is_err());
}

#[test]
fn optimised_codes_reach_the_solved_cases() {
    for known in known_codes() {
        let code = optimise(
            known.keys,
            3,
            Objective::Aligned,
            &OptimiseParams { restarts: 24, ..OptimiseParams::default() },
        )
        .unwrap();
        let margin = code.aligned_margin();
        // Nothing is above the optimum, and the search comes close.
        assert!(margin <= known.margin * (1.0 + 1e-7), "{known:?} {margin}");
        assert!(margin >= known.margin * 0.99, "{known:?} {margin}");
    }
}

#[test]
fn upper_bounds_are_above_and_sharp_where_they_should_be() {
    for known in known_codes() {
        let (n, w) = (known.keys, std::f64::consts::PI / 6.0 * known.keys as f64 / (known.keys - 2) as f64);
        let triangle = 1.0 - 0.5 * (1.0 / w.tan().powi(2) - 1.0);
        assert!(known.margin <= triangle + 1e-9, "{known:?}");
        if [3, 4, 6, 12].contains(&n) {
            assert!((known.margin - triangle).abs() < 1e-9, "{known:?}");
        }
    }
    for (n, d, seed) in [(20, 3, 1), (9, 4, 2), (30, 5, 3), (17, 8, 4), (100, 6, 5)] {
        let code = random_code(n, d, seed);
        assert!(code.aligned_margin() <= aligned_upper(n, d) && code.free_margin().upper <= free_upper(n, d));
    }
    // The icosahedron in three dimensions has a free margin above its aligned one.
    let code = optimise(12, 3, Objective::Aligned, &OptimiseParams::default()).unwrap();
    let (aligned, free) = (code.aligned_margin(), code.free_margin());
    assert!((aligned - (1.0 - 0.2f64.sqrt())).abs() < 1e-4);
    assert!(free.lower >= aligned - 1e-12);
    let better =
        optimise(10, 4, Objective::Free, &OptimiseParams { restarts: 2, ..OptimiseParams::default() })
            .unwrap();
    let tammes =
        optimise(10, 4, Objective::Aligned, &OptimiseParams { restarts: 2, ..OptimiseParams::default() })
            .unwrap();
    assert!(better.free_margin().lower >= tammes.free_margin().lower - 1e-9);
    assert!(better.free_margin().lower <= free_upper(10, 4));
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
    assert!(optimise(1, 3, Objective::Aligned, &OptimiseParams::default()).is_err());
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
