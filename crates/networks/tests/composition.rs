//! Certificates composed of the errors of the factors, where the pair has too many dimensions for
//! branch and bound.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::Mat;
use relata_networks::{
    Activation, Affine, Block, CertifyError, CertifyParams, Expansion, FeatureMap, Method, Mlp, MlpConfig,
    ReadoutParams, RelationNet, Skip, Trainable, certify, certify_factors, solve_readout,
};
use relata_relations::catalogue::{gaussian, relation};
use relata_relations::special::trigamma;
use relata_relations::{Bracket, Enclosure, Points, Relation, Seed, evaluate};
use std::f64::consts::{PI, SQRT_2};

/// `sqrt(2) sin(w x) / w` with `w = (k + 1/2) pi`: the Mercer features of Brownian motion.
fn sines(count: usize) -> FeatureMap<'static> {
    let feature = |x: &Enclosure, k: usize| {
        let w = Bracket::point(PI).increasing(|v| v) * (k as f64 + 0.5);
        (*x * w).sin() * (Bracket::point(2.0).sqrt() * w.recip())
    };
    FeatureMap::new(count, move |x| (0..count).map(|k| feature(&x[0], k)).collect())
}

/// The same features by linear interpolation on equal pieces, as one layer of ReLUs.
fn spline(count: usize, pieces: usize) -> RelationNet {
    let at = |i: usize, k: usize| {
        let w = (k as f64 + 0.5) * PI;
        SQRT_2 * (w * i as f64 / pieces as f64).sin() / w
    };
    let slope = |i: usize, k: usize| (at(i + 1, k) - at(i, k)) * pieces as f64;
    let change = |i: usize, k: usize| if i == 0 { slope(0, k) } else { slope(i, k) - slope(i - 1, k) };
    let knots = (0..pieces).map(|i| -(i as f64) / pieces as f64).collect();
    let hidden = Block {
        affine: Affine::new(Mat::from_fn(1, pieces, |_, _| 1.0), knots),
        activation: Activation::Relu,
        skip: Skip::None,
        training: Trainable::Free,
    };
    let head = Affine::new(Mat::from_fn(pieces, count, change), vec![0.0; count]);
    RelationNet::symmetric(Mlp::new(vec![hidden], head).unwrap())
}

/// Theory: `tau_d + 2 B delta + delta^2` with `B <= 1` and `delta <= h^2 / 8 sup |Phi''|`, and
/// `|Phi''|^2 <= 2 sum w_k^2`.
#[test]
fn splines_of_mercer_features_of_brownian_motion() {
    let k = relation("brownian").unwrap();
    let (d, pieces) = (12, 200);
    let net = spline(d, pieces);
    let tail = 2.0 * trigamma(d as f64 + 0.5) / PI.powi(2);
    let composed =
        certify_factors(&k, &net, &Expansion::shared(tail, sines(d)), &CertifyParams::default()).unwrap();
    let h = 1.0 / pieces as f64;
    let bend: f64 = (0..d).map(|k| 2.0 * ((k as f64 + 0.5) * PI).powi(2)).sum::<f64>().sqrt();
    let delta = h * h / 8.0 * bend;
    let theory = tail + 2.0 * delta + delta * delta;
    assert!(composed.upper() > tail && composed.upper() <= theory * 1.02, "{composed:?} {theory}");
    assert_eq!(composed.method(), Method::Composition);
    // The pair has two dimensions, so that branch and bound can say how much that is too much.
    let direct = certify(&k, &net, &CertifyParams::default()).unwrap();
    assert!(direct.lower() <= composed.upper() && composed.lower() <= direct.upper());
    assert!(composed.upper() < 1.1 * direct.upper(), "{composed:?} {direct:?}");
    // Separate features for y, and a smaller tail than there is: only the tail is believed.
    let both = Expansion::new(tail, sines(d), sines(d));
    let again = certify_factors(&k, &net, &both, &CertifyParams::default()).unwrap();
    assert!((again.upper() / composed.upper() - 1.0).abs() < 1e-9);
}

fn fitted(k: &dyn Relation, rank: usize) -> RelationNet {
    let space = k.spaces().0;
    let config =
        MlpConfig::new(space.dim(), 1).with_width(40).with_depth(1).with_activation(Activation::Tanh);
    let hidden = RelationNet::symmetric(config.init(Seed(0), "phi").unwrap());
    let nodes = space.quadrature(6.try_into().unwrap()).unwrap();
    solve_readout(&hidden, k, [&nodes, &nodes], ReadoutParams { tolerance: 1e-4 })
        .unwrap()
        .at_rank(rank)
        .unwrap()
}

#[test]
fn columns_of_a_kernel_bound_networks_of_three_dimensions_a_side() {
    let k = gaussian(3, 2.0).unwrap();
    let net = fitted(&k, 4);
    assert!(matches!(
        certify(&k, &net, &CertifyParams::default()),
        Err(CertifyError::TooManyDimensions { found: 6 })
    ));
    let space = k.spaces().0;
    let anchors = space.sobol(60.try_into().unwrap(), 0).unwrap();
    let expansion = Expansion::nystrom(&k, &net, &anchors).unwrap();
    let params = CertifyParams { tolerance: 0.2, ..CertifyParams::default() };
    let c = certify_factors(&k, &net, &expansion, &params).unwrap();
    let n = 700.try_into().unwrap();
    let (x, y) = (space.sample(n, &mut Seed(1).stream("x")), space.sample(n, &mut Seed(1).stream("y")));
    let sampled = (evaluate(&k, &x, &y).unwrap() - net.evaluate(&x, &y)).norm_max();
    assert!(sampled <= c.upper() && c.lower() <= c.upper() && c.upper() < 4.0 * c.lower(), "{sampled} {c:?}");
    // The witness is where it says.
    let point = |z: &[f64]| Points::new(3, z.to_vec()).unwrap();
    let (u, v) = (point(c.witness().0), point(c.witness().1));
    let e = (evaluate(&k, &u, &v).unwrap() - net.evaluate(&u, &v))[(0, 0)].abs();
    assert!((e - c.lower()).abs() < 1e-9 * e);
    // One weight changed: the features are no longer those of the expansion.
    let RelationNet::Symmetric(phi) = &net else { panic!("one encoder") };
    let w = phi.head().weight();
    let weight =
        Mat::from_fn(w.nrows(), w.ncols(), |i, j| if (i, j) == (3, 0) { w[(i, j)] + 0.5 } else { w[(i, j)] });
    let broken =
        RelationNet::symmetric(phi.with_head(Affine::new(weight, phi.head().bias().to_vec())).unwrap());
    let b = certify_factors(&k, &broken, &expansion, &params).unwrap();
    let sampled = (evaluate(&k, &x, &y).unwrap() - broken.evaluate(&x, &y)).norm_max();
    assert!(sampled > c.upper() && b.lower() > c.upper() && sampled <= b.upper(), "{sampled} {b:?} {c:?}");
}

#[test]
fn what_cannot_be_composed_says_why() {
    let k = gaussian(3, 2.0).unwrap();
    let net = fitted(&k, 4);
    let anchors = |n: usize| k.spaces().0.sobol(n.try_into().unwrap(), 0).unwrap();
    let error = Expansion::nystrom(&k, &net, &anchors(3)).unwrap_err();
    assert!(matches!(error, CertifyError::Parameter { parameter: "anchors", .. }));
    let two = RelationNet::asymmetric(net.phi_net().clone(), net.phi_net().clone()).unwrap();
    assert!(matches!(Expansion::nystrom(&k, &two, &anchors(9)), Err(CertifyError::NotKernel { .. })));
    let params = CertifyParams::default();
    let constant = |n: usize| FeatureMap::new(n, move |_| vec![Enclosure::constant(0.0); n]);
    let features = certify_factors(&k, &net, &Expansion::shared(0.1, constant(3)), &params);
    assert!(matches!(features, Err(CertifyError::Features { side: "x", network: 4, expansion: 3 })));
    let tail = certify_factors(&k, &net, &Expansion::shared(f64::NAN, constant(4)), &params);
    assert!(matches!(tail, Err(CertifyError::Parameter { parameter: "tail", .. })));
    let high = gaussian(5, 2.0).unwrap();
    let net = RelationNet::symmetric(MlpConfig::new(5, 2).with_width(3).init(Seed(0), "phi").unwrap());
    let error = certify_factors(&high, &net, &Expansion::shared(0.1, constant(2)), &params).unwrap_err();
    assert!(matches!(error, CertifyError::FactorDimensions { found: 5, .. }));
    assert!(error.to_string().contains("measure"), "{error}");
}
