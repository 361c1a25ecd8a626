//! Lower bounds at their edges: ranks that no list of values reaches, and relations times 1e-300 and
//! 1e300.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_kernels::Encoders;
use relata_kernels::cost::{ErrorNorm, LowerBound, Obstacle, lower_bound};
use relata_relations::catalogue::{brownian, relation};
use relata_relations::special::trigamma;
use relata_relations::{Relation, relation_fn, scale};
use std::f64::consts::PI;
use std::sync::Arc;

const FACTORS: [f64; 4] = [1e-300, 1e-160, 1e160, 1e300];

/// Equal up to rounding.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

#[test]
fn lower_bounds_are_homogeneous() {
    for name in ["volterra", "brownian", "tanh", "kl-divergence", "negative-squared-distance"] {
        let r: Arc<dyn Relation> = relation(name).unwrap();
        for encoders in [Encoders::Separate, Encoders::Shared] {
            for norm in [ErrorNorm::Sup, ErrorNorm::L2] {
                let Ok(a) = lower_bound(&r, 0.05, encoders, norm) else { continue };
                for c in FACTORS {
                    let b = lower_bound(&scale(c, r.clone()).unwrap(), 0.05 * c, encoders, norm).unwrap();
                    let ranks = |l: &LowerBound| (l.rank, l.enough, l.neurons, l.trace_rank);
                    assert_eq!(ranks(&a), ranks(&b), "{name} {encoders} {norm} {c:e}");
                    match (a.by, b.by) {
                        (Obstacle::NotPositive { floor: a }, Obstacle::NotPositive { floor: b }) => {
                            assert!((a * c / b - 1.0).abs() < 1e-9, "{name} {c:e}: {a} {b}");
                        }
                        (Obstacle::Jump { size: a }, Obstacle::Jump { size: b }) => assert!(same(a * c, b)),
                        (a, b) => assert_eq!(a, b),
                    }
                }
            }
        }
    }
}

#[test]
fn a_rank_that_exists_is_never_denied() {
    // The tail of the strict order at rank d is sqrt(psi'(d + 1/2)) / pi.
    let tail = |d: usize| trigamma(d as f64 + 0.5).sqrt() / PI;
    let volterra = relation("volterra").unwrap();
    for eps in [0.3, 0.02, 0.0101, 0.009, 0.004, 0.0015] {
        let first = (1..).find(|d| tail(*d) <= eps).unwrap();
        let b = lower_bound(&volterra, eps, Encoders::Separate, ErrorNorm::L2).unwrap();
        assert!(b.rank.unwrap() <= first, "{eps}: {b:?}, {first} is enough");
        assert_eq!((b.rank, b.enough), (Some(first), Some(first)), "{eps}");
    }
    // The tail of the Brownian kernel is the root of the sum of ((k - 1/2) pi)^-4.
    let tail = |d: usize| {
        let ahead: f64 = (d + 1..d + 100_000).rev().map(|k| ((k as f64 - 0.5) * PI).powi(-4)).sum();
        ahead.sqrt()
    };
    for eps in [1e-4, 1e-6] {
        for encoders in [Encoders::Separate, Encoders::Shared] {
            let b = lower_bound(&brownian(), eps, encoders, ErrorNorm::L2).unwrap();
            let first = b.rank.unwrap();
            assert!(
                tail(first) <= eps * (1.0 + 1e-6) && tail(first - 1) > eps * (1.0 - 1e-6),
                "{eps}: {b:?}"
            );
            assert_eq!(b.enough, b.rank);
        }
    }
    // Nothing that is only out of reach of the search is called impossible.
    let far = lower_bound(&volterra, 1e-4, Encoders::Separate, ErrorNorm::L2).unwrap();
    assert!(far.rank.unwrap() > 60_000 && far.enough.is_none() && far.by == Obstacle::SchmidtTail);
}

#[test]
fn samples_of_many_dimensions_bracket_the_rank() {
    // A bilinear form of rank 5 that declares nothing is seen by Monte Carlo alone.
    let cube = relata_relations::Cube::new(5, -1.0, 1.0).unwrap();
    let form = relation_fn(cube.clone(), cube, |x, y| {
        (0..5).map(|i| x[i] * y[i] * (1.0 + i as f64)).sum::<f64>() / 15.0
    });
    let b = lower_bound(&form, 1e-6, Encoders::Separate, ErrorNorm::L2).unwrap();
    assert!(b.rank.unwrap() <= 5 && b.enough.is_none_or(|e| e >= 5), "{b:?}");
}
