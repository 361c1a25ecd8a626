//! Spectral readout against closed forms, and its symmetries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{
    Activation, Affine, Block, Mlp, ReadoutError, ReadoutParams, RelationNet, Skip, Trainable,
    random_features, readout, solve_readout,
};
use relata_relations::faer::Mat;
use relata_relations::{
    Factors, HeldOut, Interval, Points, Quadrature, Relation, Seed, Space, evaluate, measure, relation_fn,
    transpose,
};
use std::num::NonZeroUsize;

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn unit() -> Interval {
    Interval::new(0.0, 1.0).unwrap()
}

fn features(space: &dyn Space, width: usize, name: &str) -> Mlp {
    features_of_slope(30.0, space, width, name)
}

/// Gentle slopes suit analytic relations, steep ones kinks.
fn features_of_slope(slope: f64, space: &dyn Space, width: usize, name: &str) -> Mlp {
    let mut s = Seed(1).stream(name);
    let centres = space.sample(n(width), &mut s);
    random_features(&centres, width, Activation::Tanh, slope, &mut s).unwrap()
}

fn separate(width: usize) -> RelationNet {
    RelationNet::asymmetric(features(&unit(), width, "phi"), features(&unit(), width, "psi")).unwrap()
}

fn rule(k: usize) -> Quadrature {
    unit().quadrature(n(k)).unwrap()
}

#[test]
fn reaches_the_limit_of_brownian_motion_with_a_shared_encoder() {
    // Relative tails of min(x, y): sqrt(psi'''-type sums); published values at ranks 1, 4, 16.
    let r = relation_fn(unit(), unit(), |x, y| x[0].min(y[0])).symmetric().unwrap();
    let net = RelationNet::symmetric(features(&unit(), 128, "phi"));
    let q = rule(400);
    let solved = solve_readout(&net, &r, [&q, &q], ReadoutParams::default()).unwrap();
    let at = HeldOut::Quadrature { x: rule(1600), y: rule(1601) };
    for (rank, exact) in [(1, 0.120_273), (4, 0.017_643_4), (16, 0.002_236_72)] {
        let found = measure(&r, &solved.at_rank(rank).unwrap(), &at).unwrap().relative_l2;
        assert!((found / exact - 1.0).abs() < 5e-4, "rank {rank}: {found} against {exact}");
    }
}

#[test]
fn a_shared_encoder_loses_an_antisymmetric_relation_whole_and_separate_ones_represent_it() {
    let r = relation_fn(unit(), unit(), |x, y| x[0] - y[0]);
    let q = rule(200);
    let at = HeldOut::Quadrature { x: rule(401), y: rule(402) };
    let shared = readout(&RelationNet::symmetric(features(&unit(), 40, "phi")), &r, [&q, &q], 4).unwrap();
    let shared = measure(&r, &shared, &at).unwrap().relative_l2;
    assert!((shared - 1.0).abs() < 1e-8, "{shared}");
    let gentle = |name: &str| features_of_slope(3.0, &unit(), 40, name);
    let both = RelationNet::asymmetric(gentle("phi"), gentle("psi")).unwrap();
    let both = measure(&r, &readout(&both, &r, [&q, &q], 2).unwrap(), &at).unwrap().relative_l2;
    assert!(both < 1e-8, "{both}");
}

#[test]
fn an_indefinite_form_represents_what_a_shared_encoder_cannot() {
    // -(x-y)^2 on [-1, 1] has eigenvalues of both signs and rank 3.
    let space = || Interval::new(-1.0, 1.0).unwrap();
    let r = relation_fn(space(), space(), |x, y| -(x[0] - y[0]).powi(2)).symmetric().unwrap();
    let q = space().quadrature(n(200)).unwrap();
    let at = HeldOut::Quadrature {
        x: space().quadrature(n(401)).unwrap(),
        y: space().quadrature(n(402)).unwrap(),
    };
    let phi = features_of_slope(3.0, &space(), 60, "phi");
    let net = RelationNet::indefinite(phi.clone(), vec![1.0]).unwrap();
    let three = readout(&net, &r, [&q, &q], 3).unwrap();
    let found = measure(&r, &three, &at).unwrap().relative_l2;
    assert!(found < 1e-7, "{found}");
    let RelationNet::Indefinite(_, signs) = &three else { panic!("another class") };
    assert_eq!(signs.iter().filter(|s| **s < 0.0).count(), 1);
    let shared = readout(&RelationNet::symmetric(phi), &r, [&q, &q], 3).unwrap();
    let floor = limits(&r, Encoders::Shared, 3, &LimitParams::default()).unwrap().at(3).unwrap().relative;
    let found = measure(&r, &shared, &at).unwrap().relative_l2;
    assert!((found / floor - 1.0).abs() < 1e-6 && floor > 0.5, "{found} {floor}");
}

#[test]
fn transposing_the_relation_swaps_the_encoders() {
    let r = relation_fn(unit(), unit(), |x, y| (2.0 * x[0] - y[0] * y[0]).sin());
    let t = transpose(relation_fn(unit(), unit(), |x, y| (2.0 * x[0] - y[0] * y[0]).sin()));
    let (phi, psi) = (features(&unit(), 24, "phi"), features(&unit(), 24, "psi"));
    let q = [&rule(50), &rule(51)];
    let a = readout(&RelationNet::asymmetric(phi.clone(), psi.clone()).unwrap(), &r, q, 3).unwrap();
    let b = readout(&RelationNet::asymmetric(psi, phi).unwrap(), &t, [q[1], q[0]], 3).unwrap();
    let x = Points::line(vec![0.11, 0.52, 0.93]).unwrap();
    let gap = (a.evaluate(&x, &x) - b.evaluate(&x, &x).transpose()).norm_max();
    assert!(gap < 1e-9, "{gap}");
}

#[test]
fn duplicated_features_do_no_harm() {
    // Two equal neurons make the feature matrix singular; the readout drops the direction.
    let once = features(&unit(), 16, "phi");
    let block = &once.blocks()[0];
    let w = block.affine.weight();
    let weight = Mat::from_fn(1, 32, |i, j| w[(i, j % 16)]);
    let bias = [block.affine.bias(), block.affine.bias()].concat();
    let twice = Mlp::new(
        vec![Block {
            affine: Affine::new(weight, bias),
            activation: Activation::Tanh,
            skip: Skip::None,
            training: Trainable::Free,
        }],
        Affine::new(Mat::zeros(32, 1), vec![0.0]),
    )
    .unwrap();
    let r = relation_fn(unit(), unit(), |x, y| (x[0] * y[0]).exp());
    let q = rule(60);
    let x = Points::line((0..20).map(|i| f64::from(i) / 19.0).collect()).unwrap();
    let value = |net: Mlp| readout(&RelationNet::symmetric(net), &r, [&q, &q], 4).unwrap().evaluate(&x, &x);
    assert!((value(once) - value(twice)).norm_max() < 1e-8);
}

#[test]
fn refuses_ranks_nodes_and_tolerances_that_make_no_sense() {
    let r = relation_fn(unit(), unit(), |x, y| x[0] + y[0]);
    let q = [&rule(10), &rule(11)];
    let net = separate(8);
    assert!(matches!(readout(&net, &r, q, 0), Err(ReadoutError::Rank { rank: 0, width: 8, most: 9 })));
    assert!(matches!(readout(&net, &r, q, 10), Err(ReadoutError::Rank { rank: 10, .. })));
    let shared = RelationNet::symmetric(features(&unit(), 8, "phi"));
    assert_eq!(readout(&shared, &r, q, 2).unwrap_err(), ReadoutError::DifferentNodes);
    let bad = solve_readout(&net, &r, q, ReadoutParams { tolerance: f64::NAN });
    assert!(matches!(bad, Err(ReadoutError::Tolerance(_))));
    let nan = relation_fn(unit(), unit(), |x, y| if x[0] > 0.9 { f64::NAN } else { y[0] });
    let message = readout(&net, &nan, q, 2).unwrap_err().to_string();
    assert!(message.contains("NaN") && message.contains("x number"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No head does better on the nodes than the readout: random changes of both heads never lower
    /// the error.
    #[test]
    fn is_optimal_on_its_nodes(seed in 0u64..1000, rank in 1usize..5) {
        let r = relation_fn(unit(), unit(), |x, y| (3.0 * x[0] - 2.0 * y[0]).cos() + x[0] * y[0]);
        let q = [&rule(30), &rule(31)];
        let best = readout(&separate(6), &r, q, rank).unwrap();
        let at = HeldOut::Quadrature { x: q[0].clone(), y: q[1].clone() };
        let least = measure(&r, &best, &at).unwrap().l2;
        let mut s = Seed(seed).stream("nudge");
        let mut nudge = |m: &Mlp| {
            let h = m.head();
            let weight = Mat::from_fn(h.inputs(), h.outputs(), |i, j| h.weight()[(i, j)] + 1e-3 * s.normal());
            let bias = h.bias().iter().map(|b| b + 1e-3 * s.normal()).collect();
            m.with_head(Affine::new(weight, bias)).unwrap()
        };
        let other = RelationNet::asymmetric(nudge(best.phi_net()), nudge(best.psi_net())).unwrap();
        prop_assert!(measure(&r, &other, &at).unwrap().l2 >= least * (1.0 - 1e-9));
    }

    /// More ranks never hurt, and scaling the relation scales the network.
    #[test]
    fn is_monotone_in_rank_and_homogeneous(c in 0.1f64..10.0) {
        let r = relation_fn(unit(), unit(), |x, y| (x[0] * y[0]).exp());
        let scaled = relation_fn(unit(), unit(), move |x, y| c * (x[0] * y[0]).exp());
        let q = [&rule(30), &rule(31)];
        let net = separate(12);
        let at = HeldOut::Quadrature { x: q[0].clone(), y: q[1].clone() };
        let mut last = f64::INFINITY;
        for rank in 1..6 {
            let a = readout(&net, &r, q, rank).unwrap();
            let b = readout(&net, &scaled, q, rank).unwrap();
            let e = measure(&r, &a, &at).unwrap().relative_l2;
            prop_assert!(e <= last * (1.0 + 1e-9));
            last = e;
            let x = Points::line(vec![0.0, 0.4, 1.0]).unwrap();
            let gap = (c * a.evaluate(&x, &x) - b.evaluate(&x, &x)).norm_max();
            prop_assert!(gap < 1e-7 * c);
        }
    }

    /// Local Lipschitz bounds hold between random pairs inside the balls, for every activation,
    /// depth and skip.
    #[test]
    fn local_lipschitz_bounds_hold(seed in 0u64..500, depth in 1usize..4, which in 0usize..4, radius in 0.001f64..0.5) {
        let config = relata_networks::MlpConfig::new(2, 3)
            .with_width(7)
            .with_depth(depth)
            .with_activation(Activation::ALL[which])
            .with_residual();
        let net = config.init(Seed(seed), "phi").unwrap();
        let mut s = Seed(seed).stream("points");
        for _ in 0..20 {
            let c = [s.uniform_in(-2.0, 2.0), s.uniform_in(-2.0, 2.0)];
            let mut inside = || {
                let (angle, r) = (s.uniform_in(0.0, std::f64::consts::TAU), radius * s.uniform());
                vec![c[0] + r * angle.cos(), c[1] + r * angle.sin()]
            };
            let pair = Points::from_rows(&[inside(), inside()]).unwrap();
            let centre = Points::from_rows(&[c]).unwrap();
            let bound = relata_networks::local_lipschitz(&net, &centre, radius)[0];
            let f = net.forward(&pair);
            let (df, dx) = ((f.row(0) - f.row(1)).norm_l2(), {
                let (a, b) = (pair.row(0), pair.row(1));
                (a[0] - b[0]).hypot(a[1] - b[1])
            });
            prop_assert!(df <= bound * dx * (1.0 + 1e-9) + 1e-12, "{df} > {bound} * {dx}");
            prop_assert!(bound <= relata_networks::global_lipschitz(&net) * (1.0 + 1e-12));
        }
    }

    /// The network evaluates to the inner product of its feature maps.
    #[test]
    fn evaluation_is_the_inner_product(seed in 0u64..200) {
        let config = relata_networks::MlpConfig::new(1, 4).with_width(5).with_fourier(3, 2.0);
        let net = RelationNet::indefinite(config.init(Seed(seed), "phi").unwrap(), vec![1.0, -1.0, -1.0, 1.0]).unwrap();
        let x = Points::line(vec![0.1, 0.7]).unwrap();
        let (p, v) = (net.phi(&x), net.evaluate(&x, &x));
        for i in 0..2 {
            for j in 0..2 {
                let hand: f64 = [1.0, -1.0, -1.0, 1.0].iter().enumerate().map(|(k, s)| s * p[(i, k)] * p[(j, k)]).sum();
                prop_assert!((hand - v[(i, j)]).abs() < 1e-12 * (1.0 + hand.abs()));
            }
        }
        prop_assert!((v[(0, 1)] - v[(1, 0)]).abs() < 1e-12);
    }
}

#[test]
fn a_certificate_is_above_every_error_found() {
    let r = relation_fn(unit(), unit(), |x, y| (-(x[0] - y[0]).abs()).exp()).symmetric().unwrap();
    let r = r.with_lipschitz(std::f64::consts::SQRT_2).unwrap();
    let q = rule(200);
    let net = readout(&RelationNet::symmetric(features(&unit(), 64, "phi")), &r, [&q, &q], 6).unwrap();
    let c = relata_networks::certify(&r, &net, &relata_networks::CertifyParams::default()).unwrap();
    let x = Points::line((0..2001).map(|i| f64::from(i) / 2000.0).collect()).unwrap();
    let worst = (evaluate(&r as &dyn Relation, &x, &x).unwrap() - net.evaluate(&x, &x)).norm_max();
    assert!(worst <= c.upper() && c.upper() < 1.2 * worst, "{worst} {c:?}");
}
