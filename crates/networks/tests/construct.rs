//! Construction without training: the error asked for, no more neurons than the theorem allows, and
//! typed refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_networks::{
    ConstructError, ConstructRoute, Constructed, construct, construct_l2, inner_product_network,
    product_network, squaring_network,
};
use relata_relations::catalogue::{catalogue, directed_distance, relation, sign, volterra};
use relata_relations::{
    Definiteness, Factors, Interval, Points, Regularity, Relation, Seed, Space, Symmetry, evaluate,
    relation_fn,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The largest error at random points, improved by a pattern search from the worst ones.
fn largest_error(r: &dyn Relation, net: &dyn Factors, samples: usize) -> f64 {
    let (sx, sy) = r.spaces();
    let side = NonZeroUsize::new((samples as f64).sqrt() as usize).unwrap();
    let (x, y) =
        (sx.sample(side, &mut Seed(3).stream("sup/x")), sy.sample(side, &mut Seed(3).stream("sup/y")));
    let error = |x: &Points, y: &Points| {
        let (a, b) = (evaluate(r, x, y).unwrap(), net.phi(x) * net.psi(y).transpose());
        (a - b).map(|v| v.abs())
    };
    let all = error(&x, &y);
    let (mut worst, mut at) = (0.0, (0, 0));
    for j in 0..y.len() {
        for i in 0..x.len() {
            if all[(i, j)] > worst {
                (worst, at) = (all[(i, j)], (i, j));
            }
        }
    }
    if sx.dim() > 1 {
        return worst;
    }
    let (mut u, mut v) = (x.row(at.0)[0], y.row(at.1)[0]);
    let mut step = 1e-2;
    for _ in 0..300 {
        let near = |c: f64, s: &dyn Space| -> Vec<f64> {
            [c - step, c, c + step].into_iter().filter(|t| s.contains(&[*t])).collect()
        };
        let (xs, ys) = (near(u, sx), near(v, sy));
        let e = error(&Points::line(xs.clone()).unwrap(), &Points::line(ys.clone()).unwrap());
        let mut moved = false;
        for (i, a) in xs.iter().enumerate() {
            for (j, b) in ys.iter().enumerate() {
                // `contains` allows for rounding at the ends.
                let (low, high) = (sx.parameters().unwrap()[0], sy.parameters().unwrap()[0]);
                let inside = low.0 <= *a && *a <= low.1 && high.0 <= *b && *b <= high.1;
                if inside && e[(i, j)] > worst {
                    (worst, u, v, moved) = (e[(i, j)], *a, *b, true);
                }
            }
        }
        if !moved {
            step *= 0.5;
        }
    }
    worst
}

fn holds(r: &dyn Relation, c: &Constructed, eps: f64) {
    let certificate = c.certificate();
    assert!(certificate.upper() <= eps, "{} at {eps}: {}", r.name(), certificate.upper());
    let found = largest_error(r, c.net(), 40_000);
    assert!(found <= certificate.upper(), "{} at {eps}: {found} above {}", r.name(), certificate.upper());
    if certificate.lower() > 1e-3 * eps {
        assert!(certificate.looseness() <= 1.05, "{} at {eps}: {}", r.name(), certificate.looseness());
    }
    assert!(c.net().neurons() <= c.budget().neurons, "{} at {eps}", r.name());
    assert!(c.net().rank() <= c.budget().rank, "{} at {eps}", r.name());
    let sum: f64 = c.budget().terms.iter().map(|t| t.1).sum();
    assert!((sum / eps - 1.0).abs() < 1e-12 && c.budget().terms.iter().all(|t| t.1 >= -1e-12 * eps));
}

/// All continuous relations of the catalogue between two compact spaces of one dimension.
fn one_dimensional() -> Vec<Arc<dyn Relation>> {
    let all: Vec<Arc<dyn Relation>> = catalogue()
        .iter()
        .map(|entry| entry.build().unwrap())
        .filter(|r| {
            let (x, y) = r.spaces();
            let one = |s: &dyn Space| s.axes() == 1 && s.parameters().is_some();
            one(x) && one(y) && !matches!(r.regularity(), Regularity::Jump { .. })
        })
        .collect();
    assert!(all.len() >= 20, "{}", all.len());
    all
}

/// Relations whose kinks need thousands of pieces for an error of a thousandth.
const SLOW: [&str; 2] = ["periodic-sobolev", "arc-cosine-0"];

#[test]
fn every_continuous_relation_of_one_dimension_is_constructed() {
    for r in one_dimensional() {
        for eps in [1e-1, 1e-2] {
            holds(&r, &construct(&r, eps).unwrap(), eps);
        }
    }
}

#[test]
fn small_errors_are_reached() {
    for name in
        ["brownian", "gaussian", "exp-bilinear", "tanh", "abs-difference", "arc-cosine-1", "smooth-order"]
    {
        let r = relation(name).unwrap();
        holds(&r, &construct(&r, 1e-3).unwrap(), 1e-3);
    }
    let r = relation("polynomial").unwrap();
    holds(&r, &construct(&r, 1e-5).unwrap(), 1e-5);
}

#[test]
#[ignore = "minutes"]
fn every_continuous_relation_of_one_dimension_to_a_thousandth() {
    for r in one_dimensional() {
        if SLOW.contains(&r.name().as_str()) {
            continue;
        }
        let start = std::time::Instant::now();
        let c = construct(&r, 1e-3).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("{}: {} of {} neurons, {seconds:.1} s", r.name(), c.net().neurons(), c.budget().neurons);
        holds(&r, &c, 1e-3);
    }
}

#[test]
#[ignore = "minutes, and gigabytes"]
fn strong_kinks_to_a_thousandth() {
    for name in SLOW {
        let r = relation(name).unwrap();
        let start = std::time::Instant::now();
        let c = construct(&r, 1e-3).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("{name}: {} of {} neurons, {seconds:.1} s", c.net().neurons(), c.budget().neurons);
        holds(&r, &c, 1e-3);
    }
}

#[test]
fn no_construction_takes_more_than_the_bound_of_its_theorem() {
    use relata_kernels::cost::{AsymmetricBound, BoundParams, SymmetricBound};
    for r in one_dimensional() {
        for eps in [1e-1, 1e-2] {
            // The bound counts before anything is built, and the budget repeats it.
            let params = BoundParams::default();
            let shared = r.definiteness() == Definiteness::PositiveSemidefinite;
            let bound = if shared {
                SymmetricBound::covering(&r, eps, &params)
            } else {
                AsymmetricBound::covering(&r, eps, &params)
            };
            let bound = bound.unwrap();
            let c = construct(&r, eps).unwrap();
            assert!(c.net().neurons() as u128 <= bound.neurons, "{} at {eps}: {bound:?}", r.name());
            let halves = if shared || r.symmetry() != Symmetry::Symmetric { 1 } else { 2 };
            assert_eq!(c.budget().neurons as u128 * halves, bound.neurons, "{} at {eps}", r.name());
        }
    }
}

#[test]
fn routes_follow_symmetry() {
    let route = |name: &str| construct(&relation(name).unwrap(), 2e-2).unwrap().route();
    assert_eq!(route("gaussian"), ConstructRoute::Mercer);
    assert_eq!(route("abs-difference"), ConstructRoute::Signed);
    assert_eq!(route("exp-bilinear"), ConstructRoute::Schmidt);
    assert_eq!(route("positive-part"), ConstructRoute::PartitionOfUnity);
    // A relation that is its own interpolation: rank two, two neurons, no error but rounding.
    let exact = construct(&relation("difference").unwrap(), 1e-6).unwrap();
    assert!(exact.net().neurons() == 2 && exact.net().rank() == 2 && exact.certificate().upper() < 1e-13);
}

#[test]
fn relations_of_ones_own() {
    // Without an enclosure, by the Lipschitz constant.
    let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (2.0 * x[0] - y[0]).sin())
        .with_lipschitz(5f64.sqrt())
        .unwrap();
    holds(&r, &construct(&r, 0.05).unwrap(), 0.05);
    // With one.
    let r = relation_fn(Interval::unit(), Interval::new(-2.0, 1.0).unwrap(), |x, y| (x[0] * y[0]).cos())
        .with_enclosure(|x, y| (x[0] * y[0]).cos())
        .unwrap();
    holds(&r, &construct(&r, 1e-3).unwrap(), 1e-3);
    // With neither.
    let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]);
    assert!(matches!(construct(&r, 0.1), Err(ConstructError::NoBounds { .. })));
}

#[test]
fn what_cannot_be_is_refused() {
    let gaussian = relation("gaussian").unwrap();
    for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(construct(&gaussian, eps), Err(ConstructError::Eps { .. })), "{eps}");
    }
    assert!(matches!(construct(&gaussian, 1e-13), Err(ConstructError::BelowRounding { .. })));
    for (r, jump) in [(volterra(), 1.0), (sign(), 2.0), (directed_distance(), 1.0)] {
        let Err(ConstructError::Jump { size, .. }) = construct(&r, 0.1) else { panic!("{}", r.name()) };
        assert!((size - jump).abs() < 1e-15);
        assert!(construct(&r, 0.1).unwrap_err().to_string().contains(&format!("{}", jump / 2.0)));
    }
    let unbounded = construct(&relation("gaussian-measure").unwrap(), 0.1);
    assert!(matches!(unbounded, Err(ConstructError::Unbounded { .. })));
    let high = construct(&relation("gaussian-8d").unwrap(), 0.1).unwrap_err();
    assert!(
        matches!(high, ConstructError::Dimension { found: 8, .. }) && high.to_string().contains("compose")
    );
    let huge = construct(&relation("periodic-sobolev").unwrap(), 1e-6);
    assert!(matches!(huge, Err(ConstructError::TooLarge { .. })), "{huge:?}");
}

#[test]
fn jumps_are_approximated_in_l2() {
    for name in ["volterra", "sign", "directed-distance", "brownian"] {
        let r = relation(name).unwrap();
        for eps in [0.2, 0.1] {
            let (net, c) = construct_l2(&r, eps).unwrap();
            assert!(c.lower() <= c.upper() && c.upper() <= eps, "{name} {eps} {c:?}");
            assert!(c.upper() < 1.06 * c.lower(), "{name} {eps} {c:?}");
            // Midpoints of a fine grid that has no point on the jump.
            let n = NonZeroUsize::new(701).unwrap();
            let (x, y) = (
                r.spaces().0.covering(n).unwrap().points,
                r.spaces().1.covering(NonZeroUsize::new(700).unwrap()).unwrap().points,
            );
            let e = evaluate(&r, &x, &y).unwrap() - net.evaluate(&x, &y);
            let mean = (e.squared_norm_l2() / (701.0 * 700.0)).sqrt();
            assert!((mean / c.upper() - 1.0).abs() < 0.1, "{name} {eps}: {mean} {c:?}");
            // No inner product of its rank can be better.
            let limit = r.spectrum().map(|s| s.tail(net.rank()));
            assert!(limit.is_none_or(|l| l <= c.upper()));
        }
    }
}

#[test]
fn export_to_f32_reports_its_cost() {
    let r = relation("brownian").unwrap();
    let c = construct(&r, 1e-2).unwrap();
    let (net, certificate) = c.rounded_to_f32(&r).unwrap();
    let change = (certificate.upper() - c.certificate().upper()).abs();
    assert!(change < 1e-3 && net != *c.net());
    assert!(largest_error(&r, &net, 10_000) <= certificate.upper());
}

#[test]
fn the_squaring_network_errs_by_exactly_a_power_of_four() {
    for m in 1..=10 {
        let net = squaring_network(m).unwrap();
        assert_eq!(net.neurons(), 3 * m - 1);
        let pieces = 1usize << m;
        let middles: Vec<f64> = (0..pieces).map(|i| (i as f64 + 0.5) / pieces as f64).collect();
        let nodes: Vec<f64> = (0..=pieces).map(|i| i as f64 / pieces as f64).collect();
        let at = net.forward(&Points::line(middles.clone()).unwrap());
        let want = 2f64.powi(-2 * m as i32 - 2);
        for (i, t) in middles.iter().enumerate() {
            assert_eq!((at[(i, 0)] - t * t).to_bits(), want.to_bits(), "m = {m}, t = {t}");
        }
        let at = net.forward(&Points::line(nodes.clone()).unwrap());
        assert!(nodes.iter().enumerate().all(|(i, t)| (at[(i, 0)] - t * t).abs() <= 0.0));
        // Nowhere more.
        let random: Vec<f64> = {
            let mut s = Seed(m as u64).stream("square");
            (0..2000).map(|_| s.uniform()).collect()
        };
        let at = net.forward(&Points::line(random.clone()).unwrap());
        assert!(
            random
                .iter()
                .enumerate()
                .all(|(i, t)| (0.0..=want * (1.0 + 1e-12)).contains(&(at[(i, 0)] - t * t + 1e-16)))
        );
    }
    assert!(squaring_network(0).is_err());
}

#[test]
fn products_and_inner_products_are_within_their_bounds() {
    let mut s = Seed(5).stream("products");
    for (d, bound, m) in [(1, 1.0, 4), (3, 2.0, 6), (5, 0.7, 5)] {
        let net =
            if d == 1 { product_network(bound, m) } else { inner_product_network(d, bound, m) }.unwrap();
        let data: Vec<f64> = (0..400 * 2 * d).map(|_| s.uniform_in(-bound, bound)).collect();
        let points = Points::new(2 * d, data).unwrap();
        let out = net.forward(&points);
        let limit = d as f64 * bound * bound * 0.25f64.powi(m as i32);
        let mut worst = 0.0f64;
        for (i, z) in points.rows().enumerate() {
            let exact: f64 = (0..d).map(|k| z[k] * z[d + k]).sum();
            worst = worst.max((out[(i, 0)] - exact).abs());
        }
        assert!(worst <= limit && worst > 0.1 * limit, "{worst} against {limit}");
        // Zero times anything is zero.
        let zero = Points::new(2 * d, (0..2 * d).map(|k| if k < d { 0.0 } else { 0.3 }).collect()).unwrap();
        assert!(net.forward(&zero)[(0, 0)].abs() < 1e-15);
    }
}
