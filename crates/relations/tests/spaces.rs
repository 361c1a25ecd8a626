//! Rules, samples, Sobol points and coverings against moments and distances that are known.

#![allow(clippy::unwrap_used)] // helpers of tests

use proptest::prelude::*;
use relata_relations::{
    Cube, FiniteSet, Gaussian, Interval, Points, Product, Quadrature, Seed, Simplex, Space, SpaceError,
    Sphere, Torus, catalogue, evaluate,
};
use std::f64::consts::PI;
use std::num::NonZeroUsize;
use std::sync::Arc;

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn two_by_three() -> Product {
    Product::new(Arc::new(Interval::new(-1.0, 2.0).unwrap()), Arc::new(Sphere::new(3).unwrap()))
}

fn weighted_points() -> FiniteSet {
    let points = Points::from_rows(&[[0.0, 1.0], [2.0, -1.0], [3.0, 0.5]]).unwrap();
    FiniteSet::new(points, vec![0.2, 0.5, 0.3]).unwrap()
}

/// One of each space, with a size for its rule.
fn spaces() -> Vec<(Arc<dyn Space>, usize)> {
    vec![
        (Arc::new(Interval::new(-1.0, 3.0).unwrap()), 20),
        (Arc::new(Interval::lebesgue(-1.0, 3.0).unwrap()), 20),
        (Arc::new(Cube::new(3, -1.0, 1.0).unwrap()), 6),
        (Arc::new(Torus::new(2).unwrap()), 12),
        (Arc::new(Sphere::new(2).unwrap()), 15),
        (Arc::new(Sphere::new(3).unwrap()), 12),
        (Arc::new(Sphere::new(5).unwrap()), 6),
        (Arc::new(Simplex::new(4).unwrap()), 5),
        (Arc::new(Simplex::truncated(3, 0.05).unwrap()), 8),
        (Arc::new(Gaussian::with_sd(2, 1.5).unwrap()), 10),
        (Arc::new(weighted_points()), 1),
        (Arc::new(two_by_three()), 6),
    ]
}

#[test]
fn rules_have_the_mass_and_lie_in_the_space() {
    for (space, n) in spaces() {
        let rule = space.quadrature(size(n)).unwrap();
        assert!((rule.mass() - space.mass()).abs() < 1e-13 * space.mass(), "{}", space.name());
        assert!(rule.nodes().rows().all(|x| space.contains(x)), "{}", space.name());
        assert_eq!(rule.nodes().dim(), space.dim());
    }
}

#[test]
fn samples_and_sobol_points_have_the_moments_of_the_rule() {
    const N: usize = 40_000;
    for (space, n) in spaces() {
        let rule = space.quadrature(size(n)).unwrap();
        let sample = space.sample(size(N), &mut Seed(3).stream("moments"));
        let sobol = space.sobol(size(1 << 14), 5).unwrap();
        assert!(sample.rows().chain(sobol.rows()).all(|x| space.contains(x)), "{}", space.name());
        let p = space.dim();
        // The trapezoid rule of the torus is for periodic functions.
        let periodic = space.name().starts_with("torus");
        let c = move |v: f64| if periodic { (2.0 * PI * v).cos() + (4.0 * PI * v).sin() } else { v };
        for (a, b) in (0..p).flat_map(|a| (a..p).map(move |b| (a, b))) {
            for f in [
                Box::new(move |x: &[f64]| c(x[a])) as Box<dyn Fn(&[f64]) -> f64>,
                Box::new(move |x: &[f64]| c(x[a]) * c(x[b])),
                Box::new(move |x: &[f64]| c(x[a]) * c(x[a]) * c(x[b])),
            ] {
                let mean = rule.integrate(&f) / rule.mass();
                let square = rule.integrate(|x| f(x) * f(x)) / rule.mass();
                let deviation = (square - mean * mean).max(0.0).sqrt();
                let average = |p: &Points| p.rows().map(&f).sum::<f64>() / p.len() as f64;
                // Five standard errors; quasi-random points are an order of magnitude better.
                let error = (average(&sample) - mean).abs();
                assert!(
                    error <= 5.0 * deviation / (N as f64).sqrt() + 1e-12,
                    "{} sample: {error}",
                    space.name()
                );
                let error = (average(&sobol) - mean).abs();
                assert!(
                    error <= deviation / 1000.0 + 1e-12,
                    "{} Sobol: {error} of {deviation}",
                    space.name()
                );
            }
        }
    }
}

#[test]
fn coverings_cover() {
    for (space, _) in spaces() {
        for n in [1, 2, 5, 8] {
            let Ok(cover) = space.covering(size(n)) else { continue };
            assert!(cover.points.rows().all(|x| space.contains(x)), "{}", space.name());
            let sample = space.sample(size(2000), &mut Seed(4).stream("cover"));
            let corners = space.covering(size(2 * n + 1)).unwrap().points;
            for x in sample.rows().chain(corners.rows()) {
                let square = |c: &[f64]| c.iter().zip(x).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
                let nearest = cover.points.rows().map(square).fold(f64::INFINITY, f64::min).sqrt();
                assert!(nearest <= cover.radius, "{} n = {n}: {nearest} > {}", space.name(), cover.radius);
            }
        }
    }
}

/// The radius is not only an upper bound: some point of the space is nearly as far away.
#[test]
fn covering_radii_are_sharp() {
    let radius = |s: &dyn Space, n| s.covering(size(n)).unwrap().radius;
    assert!((radius(&Interval::new(0.0, 2.0).unwrap(), 10) - 0.1).abs() < 1e-9);
    assert!((radius(&Cube::new(4, 0.0, 1.0).unwrap(), 5) - 0.2).abs() < 1e-9);
    assert!((radius(&Sphere::new(2).unwrap(), 4) - 2.0 * (PI / 8.0).sin()).abs() < 1e-9);
    // Three categories: the centre of a triangle with vertices (1, 0, 0) / steps is sqrt(2/3) /
    // steps away.
    assert!((radius(&Simplex::new(3).unwrap(), 11) - (2.0f64 / 3.0).sqrt() / 10.0).abs() < 1e-9);
    assert!(radius(&weighted_points(), 7).abs() < 1e-300);
}

#[test]
fn covering_sizes_are_about_n_per_axis() {
    let count = |s: &dyn Space, n| s.covering(size(n)).unwrap().points.len();
    assert_eq!(count(&Simplex::new(3).unwrap(), 11), 66);
    assert_eq!(count(&two_by_three(), 4), 4 * count(&Sphere::new(3).unwrap(), 4));
    assert!(count(&Sphere::new(3).unwrap(), 20) <= 800);
}

#[test]
fn sphere_rules_are_exact_for_harmonics() {
    // The moments of the uniform distribution: E x^(2a) y^(2b) .. = Gamma(D/2) prod Gamma(a_i +
    // 1/2) / (pi^(D/2) Gamma(D/2 + sum a)).
    let double = |k: u32| (1..=k).map(|i| f64::from(2 * i - 1)).product::<f64>();
    for ambient in [2usize, 3, 4, 6] {
        let rule = Sphere::new(ambient).unwrap().quadrature(size(9)).unwrap();
        let d = ambient as f64;
        for (i, j) in [(0, 1), (ambient - 2, ambient - 1), (0, ambient - 1)] {
            for (a, b) in [(1u32, 0u32), (1, 1), (2, 1), (2, 2), (4, 0)] {
                let total = a + b;
                let want =
                    double(a) * double(b) / (0..total).map(|k| d + 2.0 * f64::from(k)).product::<f64>();
                let got = rule.integrate(|x| x[i].powi(2 * a as i32) * x[j].powi(2 * b as i32));
                assert!((got - want).abs() < 1e-14, "S^{}: {got} {want}", ambient - 1);
                let odd = rule.integrate(|x| x[i].powi(2 * a as i32 - 1) * x[j].powi(2 * b as i32));
                assert!(odd.abs() < 1e-14);
            }
        }
    }
}

#[test]
fn simplex_rules_are_exact_for_dirichlet_moments() {
    // E prod p_i^{a_i} = (k - 1)! prod a_i! / (k - 1 + sum a)! for the uniform distribution.
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    for k in [2usize, 3, 5] {
        let rule = Simplex::new(k).unwrap().quadrature(size(4)).unwrap();
        for powers in [[1, 0], [2, 0], [1, 1], [3, 2], [0, 4], [0, 7]] {
            let got = rule.integrate(|p| p[0].powi(powers[0]) * p[k - 1].powi(powers[1]));
            let (a, b) = (powers[0] as usize, powers[1] as usize);
            let want = factorial(k - 1) * factorial(a) * factorial(b) / factorial(k - 1 + a + b);
            assert!((got / want - 1.0).abs() < 1e-12, "{k} {powers:?}: {got} {want}");
        }
    }
    let floor = 0.07;
    let truncated = Simplex::truncated(3, floor).unwrap().quadrature(size(3)).unwrap();
    let (scale, mean) = (1.0 - 3.0 * floor, 1.0 / 3.0);
    let variance = truncated.integrate(|p| (p[1] - mean) * (p[1] - mean));
    assert!((variance - scale * scale / 18.0).abs() < 1e-14);
}

#[test]
fn shifted_torus_rules_are_exact_for_trigonometric_polynomials() {
    let torus = Torus::new(2).unwrap();
    for offset in [0.0, 0.3, 0.5] {
        let rule = torus.shifted_quadrature(size(8), offset).unwrap();
        for (k, l) in [(1.0, 0.0), (7.0, 0.0), (3.0, 5.0), (7.0, -7.0)] {
            let got = rule.integrate(|x| (2.0 * PI * (k * x[0] + l * x[1]) + 0.4).cos());
            assert!(got.abs() < 1e-14, "{k} {l} {got}");
        }
    }
    assert!(matches!(
        torus.shifted_quadrature(size(3), 1.0),
        Err(SpaceError::Parameter { parameter: "offset", .. })
    ));
}

#[test]
fn bad_parameters_are_typed_errors() {
    let parameter = |e: SpaceError| match e {
        SpaceError::Parameter { parameter, .. } => parameter,
        other => panic!("{other}"),
    };
    assert_eq!(parameter(Interval::new(1.0, 1.0).unwrap_err()), "ends");
    assert_eq!(parameter(Interval::new(0.0, f64::NAN).unwrap_err()), "ends");
    assert_eq!(parameter(Interval::new(-f64::MAX, f64::MAX).unwrap_err()), "ends");
    assert_eq!(parameter(Cube::new(0, 0.0, 1.0).unwrap_err()), "dimension");
    assert_eq!(parameter(Torus::new(0).unwrap_err()), "dimension");
    assert_eq!(parameter(Sphere::new(1).unwrap_err()), "ambient dimension");
    assert_eq!(parameter(Simplex::new(1).unwrap_err()), "categories");
    assert_eq!(parameter(Simplex::truncated(4, 0.25).unwrap_err()), "floor");
    assert_eq!(parameter(Simplex::truncated(4, f64::NAN).unwrap_err()), "floor");
    assert_eq!(parameter(Gaussian::with_sd(1, 0.0).unwrap_err()), "standard deviation");
    assert_eq!(parameter(FiniteSet::indices(0).unwrap_err()), "number of points");
    assert_eq!(parameter(Product::of(Vec::new()).unwrap_err()), "number of factors");
    let points = Points::line(vec![0.0, 1.0]).unwrap();
    assert!(matches!(FiniteSet::new(points, vec![1.0, -1.0]), Err(SpaceError::Quadrature(_))));
}

#[test]
fn what_a_space_cannot_do_is_a_typed_error() {
    let n = size(200);
    assert!(matches!(
        Cube::new(8, 0.0, 1.0).unwrap().quadrature(n),
        Err(SpaceError::TooManyNodes { axes: 8, .. })
    ));
    assert!(matches!(Cube::new(8, 0.0, 1.0).unwrap().covering(n), Err(SpaceError::TooManyNodes { .. })));
    assert!(matches!(Simplex::new(9).unwrap().covering(n), Err(SpaceError::TooManyNodes { .. })));
    assert!(matches!(Sphere::new(9).unwrap().quadrature(n), Err(SpaceError::TooManyNodes { .. })));
    assert!(matches!(Sphere::new(4).unwrap().covering(n), Err(SpaceError::NoCovering { .. })));
    assert!(matches!(Gaussian::new(1).unwrap().covering(n), Err(SpaceError::NotCompact { .. })));
    assert!(matches!(Interval::unit().sobol(size(70_000), 0), Err(SpaceError::NoSobol { .. })));
    assert!(matches!(Cube::new(300, 0.0, 1.0).unwrap().sobol(n, 0), Err(SpaceError::NoSobol { .. })));
    assert!(matches!(Interval::unit().quadrature(size(1 << 15)), Err(SpaceError::Gauss(_))));
    let huge = Product::of(vec![Arc::new(Cube::new(3, 0.0, 1.0).unwrap()) as Arc<dyn Space>; 3]).unwrap();
    assert!(matches!(huge.quadrature(size(100)), Err(SpaceError::TooManyNodes { .. })));
}

#[test]
fn streams_and_scrambles_decide_the_points() {
    for (space, _) in spaces() {
        let draw = |seed| space.sample(size(50), &mut Seed(seed).stream("s"));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2), "{}", space.name());
        assert_eq!(space.sobol(size(50), 9).unwrap(), space.sobol(size(50), 9).unwrap());
        assert_ne!(space.sobol(size(50), 9).unwrap(), space.sobol(size(50), 10).unwrap(), "{}", space.name());
    }
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |s, c| s * x + c)
}

#[test]
fn large_gaussian_rules_have_no_nodes_without_weight() {
    // E exp(t x) = exp(t^2 / 2). A node at 50 that weighed the smallest number instead of e^-1250
    // would make it infinite.
    let rule = Gaussian::new(1).unwrap().quadrature(size(800)).unwrap();
    for t in [0.0f64, 1.0, 8.0, 16.0] {
        let got = rule.integrate(|x| (t * x[0]).exp());
        assert!((got / (t * t / 2.0).exp() - 1.0).abs() < 1e-10, "{t}: {got}");
    }
    // Relations that grow are finite at what is left.
    let r = catalogue::relation("mehler").unwrap();
    let q = r.spaces().0.quadrature(size(800)).unwrap();
    assert!(evaluate(r.as_ref(), q.nodes(), q.nodes()).is_ok());
}

proptest! {
    #[test]
    fn interval_rules_integrate_polynomials(
        a in -3.0f64..0.0, width in 0.1f64..4.0, coefficients in prop::collection::vec(-1.0f64..1.0, 1..12),
    ) {
        let (b, n) = (a + width, coefficients.len().div_ceil(2));
        let rule = Interval::lebesgue(a, b).unwrap().quadrature(size(n)).unwrap();
        let antiderivative = |x: f64| {
            coefficients.iter().enumerate().map(|(k, c)| c * x.powi(k as i32 + 1) / (k + 1) as f64).sum::<f64>()
        };
        let want = antiderivative(b) - antiderivative(a);
        let scale = rule.integrate(|x| coefficients.iter().enumerate().map(|(k, c)| (c * x[0].powi(k as i32)).abs()).sum());
        prop_assert!((rule.integrate(|x| polynomial(&coefficients, x[0])) - want).abs() < 1e-12 * (1.0 + scale));
    }

    #[test]
    fn gaussian_rules_integrate_polynomials(sd in 0.2f64..3.0, k in 0i32..7) {
        let rule = Gaussian::with_sd(1, sd).unwrap().quadrature(size(7)).unwrap();
        let want = sd.powi(2 * k) * (1..=k).map(|i| f64::from(2 * i - 1)).product::<f64>();
        prop_assert!((rule.integrate(|x| x[0].powi(2 * k)) / want - 1.0).abs() < 1e-11);
    }

    #[test]
    fn tensor_rules_are_products(n in 1usize..6, p in 1usize..4) {
        let rule = Cube::new(p, -1.0, 1.0).unwrap().quadrature(size(n)).unwrap();
        let line = Interval::new(-1.0, 1.0).unwrap().quadrature(size(n)).unwrap();
        let one = line.integrate(|x| (0.7 * x[0]).exp());
        let all = rule.integrate(|x| (0.7 * x.iter().sum::<f64>()).exp());
        prop_assert_eq!(rule.len(), n.pow(p as u32));
        prop_assert!((all / one.powi(p as i32) - 1.0).abs() < 1e-13);
    }

    #[test]
    fn finite_sets_draw_by_weight(w in prop::collection::vec(0.01f64..1.0, 2..6)) {
        let n = w.len();
        let points = Points::line((0..n).map(|i| i as f64).collect()).unwrap();
        let set = FiniteSet::new(points, w.clone()).unwrap();
        let drawn = set.sobol(size(1 << 12), 1).unwrap();
        let total: f64 = w.iter().sum();
        for (i, weight) in w.iter().enumerate() {
            let share = drawn.rows().filter(|p| p[0] as usize == i).count() as f64 / 4096.0;
            prop_assert!((share - weight / total).abs() < 2e-3);
        }
    }
}

#[test]
fn quadrature_rejects_bad_weights() {
    let points = Points::line(vec![0.0, 1.0]).unwrap();
    assert!(Quadrature::new(points.clone(), vec![1.0]).is_err());
    assert!(Quadrature::equal_weights(points, f64::INFINITY).is_err());
}
