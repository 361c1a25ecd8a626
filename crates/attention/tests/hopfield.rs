//! Associative memory: bounds and capacity.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic, missing_docs)]

use proptest::prelude::*;
use relata_attention::InverseTemperature;
use relata_attention::hopfield::{Hopfield, capacity_base, recall};
use relata_relations::{Points, Seed};

#[test]
fn the_published_capacities() {
    // Both values in the statement of the theorem.
    assert!((capacity_base(1.0, 3.0, 20, 0.001).unwrap() - 3.1546).abs() < 1e-4);
    assert!((capacity_base(1.0, 1.0, 75, 0.001).unwrap() - 1.3718).abs() < 1e-4);
    assert!(capacity_base(1.0, 1.0, 1, 0.5).is_err() && capacity_base(0.0, 1.0, 9, 0.5).is_err());
}

#[test]
fn many_patterns_are_recalled_in_high_dimension_and_none_when_hot() {
    let b = |v| InverseTemperature::new(v).unwrap();
    let radius = 3.0 * 19f64.sqrt();
    let few = recall([400, 20], radius, 0.5, 1e-3, b(1.0), Seed(1)).unwrap();
    let hot = recall([400, 20], radius, 0.5, 1e-3, b(0.01), Seed(1)).unwrap();
    assert!(few > 0.99 && hot < 0.01, "{few} {hot}");
    assert!(recall([0, 3], 1.0, 0.0, 0.1, b(1.0), Seed(0)).is_err());
    let memory = Hopfield::new(Points::line(vec![1.0]).unwrap(), b(1.0));
    assert!(memory.step(&[1.0, 2.0]).is_err() && memory.step(&[f64::NAN]).is_err());
    assert_eq!(memory.step_bound(0, 10.0).unwrap(), 0.0);
}

proptest! {
    #[test]
    fn a_step_stays_within_both_bounds(
        n in 2usize..12, d in 1usize..6, seed in 0u64..10_000, noise in 0.0..1.0f64, beta in 0.0..10.0f64,
    ) {
        let mut s = Seed(seed).stream("memory");
        let patterns = Points::new(d, (0..n * d).map(|_| 2.0 * s.normal()).collect()).unwrap();
        let memory = Hopfield::new(patterns.clone(), InverseTemperature::new(beta).unwrap());
        let i = s.below(n);
        let e: Vec<f64> = (0..d).map(|_| s.normal()).collect();
        let norm = e.iter().map(|v| v * v).sum::<f64>().sqrt();
        let state: Vec<f64> = patterns.row(i).iter().zip(&e).map(|(x, e)| x + noise * e / norm).collect();
        let out = memory.step(&state).unwrap();
        let error = out.iter().zip(patterns.row(i)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let ours = memory.step_bound(i, noise).unwrap();
        prop_assert!(error <= ours + 1e-12, "{error} {ours}");
        prop_assert!(ours <= memory.published_bound(i, noise).unwrap() * (1.0 + 1e-12));
    }
}
