//! Certificates are never below what can be found, and not far above.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::Mat;
use relata_networks::{
    Activation, Affine, CertifyError, CertifyParams, Method, Mlp, MlpConfig, RelationNet, certify, construct,
    readout,
};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::{Factors, Interval, Relation, Seed, Space, evaluate, multiply, relation_fn};
use std::num::NonZeroUsize;

fn sampled(r: &dyn Relation, net: &dyn Factors, side: usize) -> f64 {
    let side = NonZeroUsize::new(side).unwrap();
    let (sx, sy) = r.spaces();
    let x = sx.sample(side, &mut Seed(9).stream("sup/x"));
    let y = sy.sample(side, &mut Seed(9).stream("sup/y"));
    let mut e = evaluate(r, &x, &y).unwrap();
    let (p, q) = (net.phi(&x), net.psi(&y));
    multiply(e.as_mut(), faer::Accum::Add, p.as_ref(), q.transpose(), -1.0);
    e.norm_max()
}

/// A network with this activation that has seen the relation: random features, best heads.
fn fitted(r: &dyn Relation, activation: Activation, depth: usize, rank: usize) -> RelationNet {
    let config = MlpConfig::new(1, rank).with_width(24).with_depth(depth).with_activation(activation);
    let net =
        RelationNet::asymmetric(config.init(Seed(1), "phi").unwrap(), config.init(Seed(2), "psi").unwrap())
            .unwrap();
    let n = NonZeroUsize::new(60).unwrap();
    let (x, y) = r.spaces();
    readout(&net, r, [&x.quadrature(n).unwrap(), &y.quadrature(n).unwrap()], rank).unwrap()
}

#[test]
fn networks_of_every_activation_are_certified_tightly() {
    for (activation, depth) in [
        (Activation::Tanh, 1),
        (Activation::Gelu, 1),
        (Activation::Sine, 1),
        (Activation::Relu, 1),
        (Activation::Tanh, 2),
        (Activation::Gelu, 2),
        (Activation::Sine, 2),
        (Activation::Relu, 2),
    ] {
        for name in ["gaussian-shifted", "brownian"] {
            let r = relation(name).unwrap();
            let net = fitted(&r, activation, depth, 3);
            let c = certify(&r, &net, &CertifyParams::default()).unwrap();
            assert!(c.lower() > 1e-3, "{name} {activation} {depth}: {}", c.lower());
            assert!(c.looseness() <= 1.05, "{name} {activation} {depth}: {}", c.looseness());
            let found = sampled(&r, &net, 400);
            assert!(
                found <= c.upper() && found > 0.8 * c.lower(),
                "{name} {activation} {depth}: {found} {c:?}"
            );
            assert_eq!(c.method(), Method::BranchAndBound);
            // The witness is where it says.
            let (x, y) = c.witness();
            let point = |z: &[f64]| relata_relations::Points::new(z.len(), z.to_vec()).unwrap();
            let e = (evaluate(&r, &point(x), &point(y)).unwrap() - net.evaluate(&point(x), &point(y)))
                [(0, 0)]
                .abs();
            // Less what rounding might have added: readouts of random features have large weights.
            assert!(e >= c.lower() && e - c.lower() < 1e-5 * e, "{e} {}", c.lower());
        }
    }
}

#[test]
fn random_networks_on_every_low_dimensional_relation() {
    for entry in catalogue() {
        let r = entry.build().unwrap();
        let (x, y) = r.spaces();
        let low = |s: &dyn Space| s.parameters().is_some_and(|p| p.len() == 1);
        if !low(x) || !low(y) || matches!(r.regularity(), relata_relations::Regularity::Jump { .. }) {
            continue;
        }
        let config =
            |n: usize| MlpConfig::new(n, 2).with_width(5).with_depth(1).with_activation(Activation::Tanh);
        let net = RelationNet::asymmetric(
            config(x.dim()).init(Seed(4), "phi").unwrap(),
            config(y.dim()).init(Seed(4), "psi").unwrap(),
        )
        .unwrap();
        let c = certify(&r, &net, &CertifyParams::default()).unwrap();
        assert!(sampled(&r, &net, 300) <= c.upper() && c.looseness() < 1.03, "{} {c:?}", r.name());
    }
}

#[test]
fn a_broken_network_is_caught() {
    let r = relation("brownian").unwrap();
    let good = construct(&r, 1e-2).unwrap();
    let RelationNet::Symmetric(phi) = good.net() else { panic!("a kernel") };
    let head = phi.head();
    for (row, factor) in [(0, 1.5), (phi.width() - 1, -3.0)] {
        let w = head.weight();
        let weight =
            Mat::from_fn(w.nrows(), w.ncols(), |i, j| if i == row { factor * w[(i, j)] } else { w[(i, j)] });
        let broken =
            RelationNet::symmetric(phi.with_head(Affine::new(weight, head.bias().to_vec())).unwrap());
        let c = certify(&r, &broken, &CertifyParams::default()).unwrap();
        assert!(c.lower() > 1e-2, "{row}: {c:?}");
        // Asked whether it is within 1e-2, the search stops early and says no.
        let params = CertifyParams { goal: Some(1e-2), ..CertifyParams::default() };
        let early = certify(&r, &broken, &params).unwrap();
        assert!(early.lower() > 1e-2 && early.pairs() <= c.pairs());
    }
}

#[test]
fn a_spike_between_the_points_of_any_grid_is_found() {
    // A tent of width 1e-4 on top of a perfect network; no sample of moderate size sees it.
    let r = relation("difference").unwrap();
    let (centre, half) = (0.618_033_988_7, 5e-5);
    let (w, b) = (Mat::from_fn(1, 4, |_, _| 1.0), vec![0.0, half - centre, -centre, -half - centre]);
    let hidden = relata_networks::Block {
        affine: Affine::new(w, b),
        activation: Activation::Relu,
        skip: relata_networks::Skip::None,
        training: relata_networks::Trainable::Free,
    };
    let tent = [0.0, 1.0, -2.0, 1.0].map(|c| c * 0.1 / half);
    let head = Mat::from_fn(4, 2, |i, k| if k == 0 { f64::from(u8::from(i == 0)) + tent[i] } else { 0.0 });
    let phi = Mlp::new(vec![hidden], Affine::new(head, vec![0.0, 1.0])).unwrap();
    let psi = Mlp::new(
        vec![],
        Affine::new(Mat::from_fn(1, 2, |_, k| if k == 0 { 0.0 } else { -1.0 }), vec![1.0, 0.0]),
    )
    .unwrap();
    let net = RelationNet::asymmetric(phi, psi).unwrap();
    let c = certify(&r, &net, &CertifyParams::default()).unwrap();
    assert!((c.lower() - 0.1).abs() < 1e-9 && c.upper() < 0.103, "{c:?}");
    assert!(sampled(&r, &net, 300) < 0.01);
}

#[test]
fn lipschitz_constants_stand_in_for_enclosures() {
    let f = |x: &[f64], y: &[f64]| (x[0] - y[0]).abs();
    let r = relation_fn(Interval::unit(), Interval::unit(), f).with_lipschitz(2f64.sqrt()).unwrap();
    let net = construct(&relation("abs-difference").unwrap(), 0.1).unwrap().into_net();
    let known = certify(&relation("abs-difference").unwrap(), &net, &CertifyParams::default()).unwrap();
    let fallback = certify(&r, &net, &CertifyParams::default()).unwrap();
    assert!((fallback.lower() / known.lower() - 1.0).abs() < 0.03 && fallback.looseness() < 1.03);
    assert!(fallback.pairs() > known.pairs());
}

#[test]
fn two_dimensional_sides_are_certified() {
    let r = relation("smooth-asymmetric-2d").unwrap();
    let config = MlpConfig::new(2, 2).with_width(4).with_depth(1).with_activation(Activation::Tanh);
    let net =
        RelationNet::asymmetric(config.init(Seed(4), "phi").unwrap(), config.init(Seed(4), "psi").unwrap())
            .unwrap();
    let params = CertifyParams { tolerance: 0.1, most_pairs: 400_000, ..CertifyParams::default() };
    let c = certify(&r, &net, &params).unwrap();
    let found = sampled(&r, &net, 500);
    assert!(found <= c.upper() && c.looseness() < 1.5, "{found} {c:?}");
}

#[test]
fn what_cannot_be_certified_says_why() {
    let net = |n: usize| {
        let config = MlpConfig::new(n, 2).with_width(3).with_depth(1);
        RelationNet::symmetric(config.init(Seed(0), "phi").unwrap())
    };
    let error = |name: &str, n: usize| {
        certify(&relation(name).unwrap(), &net(n), &CertifyParams::default()).unwrap_err()
    };
    assert!(matches!(error("gaussian-measure", 1), CertifyError::NoChart { .. }));
    assert!(matches!(error("volterra", 1), CertifyError::Jump { .. }));
    assert!(matches!(error("gaussian", 2), CertifyError::Inputs { .. }));
    let high = error("gaussian-8d", 8);
    assert!(
        matches!(high, CertifyError::TooManyDimensions { found: 16 })
            && high.to_string().contains("Expansion::nystrom")
    );
    let nothing = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]);
    assert!(matches!(
        certify(&nothing, &net(1), &CertifyParams::default()),
        Err(CertifyError::NoBounds { .. })
    ));
    let params = CertifyParams { tolerance: 0.0, ..CertifyParams::default() };
    assert!(matches!(
        certify(&relation("gaussian").unwrap(), &net(1), &params),
        Err(CertifyError::Parameter { .. })
    ));
}
