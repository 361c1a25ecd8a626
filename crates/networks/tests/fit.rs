//! Fitted networks against closed forms, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{
    Activation, Features, FitError, FitParams, Fitter, RelationNet, Samples, StartOutcome, fit, fit_samples,
};
use relata_relations::catalogue::relation;
use relata_relations::faer::Mat;
use relata_relations::{
    Cube, Factors, Gaussian, HeldOut, Interval, Points, Quadrature, Relation, Seed, Space, evaluate, measure,
    relation_fn,
};
use std::num::NonZeroUsize;

fn rule(space: &dyn Space, n: usize) -> Quadrature {
    space.quadrature(NonZeroUsize::new(n).unwrap()).unwrap()
}

fn unit() -> Interval {
    Interval::unit()
}

/// The relative error on nodes that the fit has not seen, over the limit.
fn ratio(r: &dyn Relation, encoders: Encoders, net: &RelationNet, n: usize) -> f64 {
    let (x, y) = r.spaces();
    let at = HeldOut::Quadrature { x: rule(x, n), y: rule(y, n + 1) };
    let limit = limits(r, encoders, net.rank(), &LimitParams::default()).unwrap().at(net.rank()).unwrap();
    measure(r, net, &at).unwrap().relative_l2 / limit.relative
}

#[test]
fn two_neurons_per_rank_reach_the_limit_with_every_activation() {
    for (name, rank) in [("gaussian", 4), ("brownian", 6), ("smooth-order", 5), ("volterra", 3)] {
        let r = relation(name).unwrap();
        let shared = ["gaussian", "brownian"].contains(&name);
        let encoders = if shared { Encoders::Shared } else { Encoders::Separate };
        let (x, y) = r.spaces();
        let q = [rule(x, 240), if shared { rule(x, 240) } else { rule(y, 241) }];
        for (activation, within) in [
            (Activation::Tanh, 1e-3),
            (Activation::Gelu, 1e-3),
            (Activation::Sine, 1e-3),
            // Broken lines with so few kinks are only of second order.
            (Activation::Relu, 0.6),
        ] {
            let params = FitParams::new(2 * rank).with_activation(activation);
            let fitted = fit(&*r, encoders, rank, [&q[0], &q[1]], &params).unwrap();
            let found = ratio(&*r, encoders, fitted.net(), 801);
            assert!(found > 0.999 && found < 1.0 + within, "{name}, {activation}: {found}");
            assert!(fitted.error() <= fitted.random());
            assert!(fitted.error() >= fitted.limit() * (1.0 - 1e-9));
            assert_eq!(fitted.net().neurons(), if shared { 2 * rank } else { 4 * rank });
        }
    }
}

#[test]
fn as_many_sines_as_the_rank_are_the_eigenfunctions_of_brownian_motion() {
    // sqrt(2) sin((k - 1/2) pi x): the frequencies are found to all digits.
    let r = relation("brownian").unwrap();
    let q = rule(&unit(), 300);
    let params = FitParams::new(5).with_activation(Activation::Sine);
    let fitted = fit(&*r, Encoders::Shared, 5, [&q, &q], &params).unwrap();
    let w = fitted.net().phi_net().blocks()[0].affine.weight();
    let mut found: Vec<f64> = (0..5).map(|k| w[(0, k)].abs() / std::f64::consts::PI).collect();
    found.sort_by(f64::total_cmp);
    for (k, f) in found.iter().enumerate() {
        assert!((f - (k as f64 + 0.5)).abs() < 1e-3, "{found:?}");
    }
}

#[test]
fn indefinite_encoders_represent_both_signs() {
    // |x - y| has one positive eigenvalue and many negative ones.
    let r = relation("abs-difference").unwrap();
    let q = rule(&unit(), 300);
    let fitted = fit(&*r, Encoders::Indefinite, 4, [&q, &q], &FitParams::new(8)).unwrap();
    let RelationNet::Indefinite(_, signs) = fitted.net() else { panic!("not indefinite") };
    assert_eq!(signs.iter().filter(|s| **s > 0.0).count(), 1);
    let found = ratio(&*r, Encoders::Indefinite, fitted.net(), 801);
    assert!((found - 1.0).abs() < 1e-3, "{found}");
    // A shared encoder represents the positive one alone.
    let fitter = Fitter::new(&*r, Encoders::Shared, [&q, &q]).unwrap();
    assert_eq!(fitter.most(), 1);
    let one = fitter.fit(1, &FitParams::new(4)).unwrap();
    assert!((ratio(&*r, Encoders::Shared, one.net(), 801) - 1.0).abs() < 1e-4);
    let refused = fitter.fit(2, &FitParams::new(4)).unwrap_err();
    assert!(matches!(refused, FitError::Rank { rank: 2, most: 1, .. }), "{refused}");
}

#[test]
fn four_neurons_per_rank_reach_the_limit_on_the_square() {
    let r = relation("smooth-asymmetric-2d").unwrap();
    let (x, y) = r.spaces();
    let q = [rule(x, 22), rule(y, 23)];
    let fitted = fit(&*r, Encoders::Separate, 4, [&q[0], &q[1]], &FitParams::new(16)).unwrap();
    let found = ratio(&*r, Encoders::Separate, fitted.net(), 31);
    assert!((found - 1.0).abs() < 1e-3, "{found}");
}

#[test]
fn two_hidden_layers_are_fitted_as_well() {
    let r = relation("gaussian").unwrap();
    let q = rule(r.spaces().0, 100);
    for activation in [Activation::Tanh, Activation::Gelu] {
        let params = FitParams::new(5).with_depth(2).with_activation(activation).with_starts(2);
        let fitted = fit(&*r, Encoders::Shared, 4, [&q, &q], &params).unwrap();
        assert_eq!(fitted.net().phi_net().blocks().len(), 2);
        let found = ratio(&*r, Encoders::Shared, fitted.net(), 401);
        assert!((found - 1.0).abs() < 0.02, "{activation}: {found}");
        assert!(fitted.error() <= fitted.random());
    }
}

#[test]
fn samples_in_several_dimensions_have_an_error_that_was_measured_off_them() {
    let cube = Cube::new(4, -1.0, 1.0).unwrap();
    let square = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let r =
        relation_fn(cube.clone(), cube.clone(), move |x, y| (-0.5 * square(x, y)).exp()).symmetric().unwrap();
    let draw = |n: usize, name: &str| cube.sample(NonZeroUsize::new(n).unwrap(), &mut Seed(2).stream(name));
    let (x, u, v) = (draw(600, "x"), draw(500, "u"), draw(500, "v"));
    let samples = Samples { fit: [&x, &x], left_out: [&u, &v] };
    let params = FitParams::new(30).with_starts(1);
    let fitted = fit_samples(&r, Encoders::Shared, 5, &samples, &params).unwrap();
    assert_eq!(fitted.features(), Features::Fitted);
    assert!(fitted.left_out().relative_l2 <= fitted.random());
    // Fresh points agree with those left out, which chose little.
    let at = HeldOut::Sample { x: draw(700, "fresh x"), y: draw(700, "fresh y") };
    let fresh = measure(&r, fitted.net(), &at).unwrap();
    let off = 5.0 * fresh.standard_error.unwrap() + 5.0 * fitted.left_out().standard_error.unwrap();
    assert!((fresh.relative_l2 - fitted.left_out().relative_l2).abs() < off);
    // The limit is a product of factors in one dimension.
    let exact = limits(
        &relata_relations::catalogue::gaussian(4, 1.0).unwrap(),
        Encoders::Shared,
        5,
        &LimitParams::default(),
    )
    .unwrap()
    .at(5)
    .unwrap();
    let over = fresh.relative_l2 / exact.relative;
    assert!(over > 1.0 - off / exact.relative && over < 1.1, "{over}");
}

#[test]
fn a_fit_is_the_same_for_a_seed_whatever_the_threads() {
    let r = relation("matern-32").unwrap();
    let q = rule(r.spaces().0, 120);
    let with = |seed: u64| {
        let params = FitParams::new(6).with_seed(Seed(seed)).with_starts(3);
        let fitted = fit(&*r, Encoders::Shared, 6, [&q, &q], &params).unwrap();
        (fitted.starts().to_vec(), fitted.into_net())
    };
    let first = with(5);
    std::thread::scope(|s| {
        let busy = s.spawn(|| with(5));
        assert_eq!(first, with(5));
        assert_eq!(first, busy.join().unwrap());
    });
    // The first start is even whatever the seed, the others are random.
    let other = with(6);
    assert_eq!(first.0[0], other.0[0]);
    assert!(first.0[1..].iter().zip(&other.0[1..]).all(|(a, b)| a != b));
}

#[test]
fn a_fit_goes_with_the_units_of_points_and_values() {
    // The same relation in other units has the same fit to rounding, and tiny or huge values fit as
    // any others do.
    let wave = |x: f64, y: f64| (-(x - 0.8 * y).powi(2)).exp() + x;
    let plain = relation_fn(unit(), unit(), move |x, y| wave(x[0], y[0]));
    let error = |r: &dyn Relation| {
        let (x, y) = r.spaces();
        let q = [rule(x, 60), rule(y, 61)];
        fit(r, Encoders::Separate, 3, [&q[0], &q[1]], &FitParams::new(6)).unwrap().error()
    };
    let wanted = error(&plain);
    for (length, size) in [(1e9, 1.0), (1.0, 1e200), (1e-7, 1e-250)] {
        let line = Interval::new(0.0, length).unwrap();
        let scaled = relation_fn(line.clone(), line, move |x, y| size * wave(x[0] / length, y[0] / length));
        let found = error(&scaled);
        assert!((found / wanted - 1.0).abs() < 1e-3, "{length} {size}: {found} against {wanted}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_with_what_would_be_right() {
    let smooth = relation_fn(unit(), unit(), |x, y| (x[0] * y[0]).exp());
    let q = rule(&unit(), 20);
    let q = [&q, &q];
    let at = |rank: usize, params: FitParams| fit(&smooth, Encoders::Separate, rank, q, &params).unwrap_err();
    assert!(matches!(at(2, FitParams::new(0)), FitError::Parameter { parameter: "width", .. }));
    assert!(matches!(at(2, FitParams::new(4).with_depth(9)), FitError::Parameter { parameter: "depth", .. }));
    assert!(matches!(
        at(2, FitParams::new(4).with_starts(0)),
        FitError::Parameter { parameter: "starts", .. }
    ));
    assert!(matches!(at(2, FitParams::new(4).with_steps(0)), FitError::Parameter { parameter: "steps", .. }));
    let many = at(2, FitParams::new(19));
    assert!(matches!(many, FitError::MoreNeuronsThanNodes { side: "x", neurons: 19, nodes: 20 }));
    assert!(many.to_string().contains("at most 18 neurons"), "{many}");
    assert!(matches!(at(0, FitParams::new(4)), FitError::Rank { rank: 0, .. }));
    // exp(x y) on twenty nodes has some ten functions above rounding.
    let FitError::Rank { most, .. } = at(16, FitParams::new(17)) else { panic!("not a rank") };
    assert!((8..=12).contains(&most), "{most}");
    assert!(fit(&smooth, Encoders::Separate, most, q, &FitParams::new(most + 2)).is_ok());
    assert!(matches!(at(6, FitParams::new(4)), FitError::Width { rank: 6, width: 4 }));
    // Three layers of 150 units on 200 nodes: 9 million derivatives per function.
    let fine = rule(&unit(), 200);
    let deep = FitParams::new(150).with_depth(3);
    let large = fit(&smooth, Encoders::Separate, 8, [&fine, &fine], &deep).unwrap_err();
    assert!(matches!(large, FitError::TooLarge { depth: 3, width: 150, nodes: 200, .. }), "{large}");

    let zero = relation_fn(unit(), unit(), |_, _| 0.0);
    let refused = fit(&zero, Encoders::Separate, 1, q, &FitParams::new(3)).unwrap_err();
    assert!(matches!(refused, FitError::Zero { .. }), "{refused}");
    let odd = relation_fn(unit(), unit(), |x, y| x[0] - y[0]);
    let refused = fit(&odd, Encoders::Shared, 1, q, &FitParams::new(3)).unwrap_err();
    assert!(matches!(refused, FitError::Zero { .. }), "{refused}");
    let other = rule(&unit(), 21);
    let refused = fit(&smooth, Encoders::Shared, 1, [q[0], &other], &FitParams::new(3)).unwrap_err();
    assert_eq!(refused, FitError::DifferentNodes(Encoders::Shared));
    let bad = relation_fn(unit(), unit(), |x, _| if x[0] > 0.5 { f64::NAN } else { 0.0 });
    let refused = fit(&bad, Encoders::Separate, 1, q, &FitParams::new(3)).unwrap_err();
    assert!(matches!(refused, FitError::Relation(_)), "{refused}");
}

#[test]
fn a_relation_without_a_second_moment_is_refused() {
    // E exp(2 c x y) is infinite for standard normal x and y from c = 1/2 on.
    let line = Gaussian::new(1).unwrap();
    let grows = |c: f64| {
        let line = line.clone();
        relation_fn(line.clone(), line, move |x, y| (c * x[0] * y[0]).exp())
    };
    let q = rule(&line, 60);
    let refused = fit(&grows(0.8), Encoders::Separate, 2, [&q, &q], &FitParams::new(4)).unwrap_err();
    assert!(matches!(refused, FitError::SecondMoment { nodes: 60, found: 1..=6, .. }), "{refused}");
    assert!(fit(&grows(0.3), Encoders::Separate, 2, [&q, &q], &FitParams::new(4)).is_ok());
}

#[test]
fn every_start_is_accounted_for() {
    let r = relation("smooth-order").unwrap();
    let (x, y) = r.spaces();
    let q = [rule(x, 80), rule(y, 81)];
    let params = FitParams::new(4).with_starts(3).with_steps(12);
    let fitted = fit(&*r, Encoders::Separate, 4, [&q[0], &q[1]], &params).unwrap();
    let named: Vec<(&str, usize)> = fitted.starts().iter().map(|s| (s.encoder, s.number)).collect();
    assert_eq!(named, [("phi", 0), ("phi", 1), ("phi", 2), ("psi", 0), ("psi", 1), ("psi", 2)]);
    for s in fitted.starts() {
        let StartOutcome::Followed { steps, first, last } = s.outcome else { panic!("{s:?}") };
        assert!(steps <= 12 && last <= first && last > 0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A relation that is an inner product of such networks is found to be one, or comes near.
    #[test]
    fn never_below_the_limit_and_never_worse_than_the_start(
        seed in 0u64..1000,
        width in 3usize..9,
        rank in 1usize..4,
        kind in 0usize..4,
    ) {
        let mut s = Seed(seed).stream("relation");
        let c: Vec<f64> = (0..6).map(|_| s.uniform_in(-2.0, 2.0)).collect();
        let r = relation_fn(unit(), unit(), move |x, y| {
            (c[0] * x[0] * y[0] + c[1] * x[0]).sin() + (c[2] * (x[0] - y[0]) + c[3]).tanh() + c[4] * (x[0] - c[5] * y[0]).abs()
        });
        let q = [rule(&unit(), 60), rule(&unit(), 61)];
        let params = FitParams::new(width)
            .with_activation(Activation::ALL[kind])
            .with_seed(Seed(seed))
            .with_starts(2)
            .with_steps(60);
        let fitted = fit(&r, Encoders::Separate, rank, [&q[0], &q[1]], &params).unwrap();
        // Eckart and Young on the nodes, from the matrix itself.
        let values = evaluate(&r, q[0].nodes(), q[1].nodes()).unwrap();
        let (a, b) = (q[0].sqrt_weights(), q[1].sqrt_weights());
        let weighted = Mat::from_fn(60, 61, |i, j| values[(i, j)] * a[i] * b[j]);
        let svd = weighted.singular_values().unwrap();
        let tail = svd[rank..].iter().map(|s| s * s).sum::<f64>().sqrt();
        let limit = tail / weighted.norm_l2();
        prop_assert!((fitted.limit() - limit).abs() < 1e-9);
        prop_assert!(fitted.error() >= limit * (1.0 - 1e-6) - 1e-12);
        prop_assert!(fitted.error() <= fitted.random() * (1.0 + 1e-12));
        let points = Points::line(vec![0.0, 0.5, 1.0]).unwrap();
        prop_assert!(fitted.net().evaluate(&points, &points).is_all_finite());
    }
}
