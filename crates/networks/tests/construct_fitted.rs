//! The smallest fitted networks with certificates: between the lower bound and what constructions
//! take.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_kernels::Encoders;
use relata_kernels::cost::{ErrorNorm, lower_bound};
use relata_networks::{
    Activation, CertifyParams, ConstructError, FewestParams, RelationNet, certify, construct,
    construct_fitted, construct_fitted_l2, construct_fitted_with,
};
use relata_relations::catalogue::relation;
use relata_relations::{Factors, Relation, Seed, evaluate};
use std::num::NonZeroUsize;

/// The largest error at random points, which owe nothing to the fit.
fn largest_error(r: &dyn Relation, net: &RelationNet) -> f64 {
    let n = NonZeroUsize::new(700).unwrap();
    let (x, y) = r.spaces();
    let (x, y) = (x.sample(n, &mut Seed(8).stream("x")), y.sample(n, &mut Seed(8).stream("y")));
    (evaluate(r, &x, &y).unwrap() - net.phi(&x) * net.psi(&y).transpose()).norm_max()
}

#[test]
fn fitted_networks_lie_between_the_lower_bound_and_the_constructions() {
    for (name, encoders, eps, over) in [
        ("gaussian", Encoders::Shared, 1e-3, 2.0),
        ("von-mises", Encoders::Shared, 1e-2, 2.0),
        ("smooth-order", Encoders::Separate, 1e-2, 2.0),
        ("matern-32", Encoders::Shared, 1e-2, 3.0),
    ] {
        let r = relation(name).unwrap();
        let (net, certificate) = construct_fitted(&*r, eps).unwrap();
        assert_eq!(net.encoders(), encoders);
        assert!(certificate.upper() <= eps && largest_error(&*r, &net) <= certificate.upper());
        let low = lower_bound(&*r, eps, encoders, ErrorNorm::Sup).unwrap();
        let (least, rank) = (low.neurons.unwrap(), low.rank.unwrap());
        assert!(net.neurons() >= least && net.rank() >= rank, "{name}: {} below {least}", net.neurons());
        assert!(net.neurons() as f64 <= over * least as f64, "{name}: {} over {least}", net.neurons());
        assert!(net.neurons() < construct(&*r, eps).unwrap().net().neurons());
        // The certificate can be had again by anybody.
        let again = certify(&*r, &net, &CertifyParams::default()).unwrap();
        assert!(again.upper() <= eps * 1.0001 && again.lower() <= certificate.upper());
    }
}

#[test]
fn relations_of_either_sign_take_one_encoder_with_signs() {
    let r = relation("negative-squared-distance").unwrap();
    let (net, certificate) = construct_fitted(&*r, 0.05).unwrap();
    assert_eq!(net.encoders(), Encoders::Indefinite);
    assert!(largest_error(&*r, &net) <= certificate.upper() && certificate.upper() <= 0.05);
    assert!(net.neurons() <= 4);
}

#[test]
fn jumps_are_certified_in_the_mean_square_alone() {
    let r = relation("volterra").unwrap();
    assert!(matches!(construct_fitted(&*r, 0.1), Err(ConstructError::Jump { .. })));
    let (net, certificate) = construct_fitted_l2(&*r, 0.15).unwrap();
    assert_eq!(certificate.norm(), ErrorNorm::L2);
    let low = lower_bound(&*r, 0.15, Encoders::Separate, ErrorNorm::L2).unwrap();
    assert!(certificate.upper() <= 0.15);
    assert!(net.neurons() >= low.neurons.unwrap() && net.neurons() <= low.neurons.unwrap() + 4);
}

#[test]
fn what_is_not_found_is_said() {
    let r = relation("brownian").unwrap();
    let few = FewestParams { most: 5, activations: vec![Activation::Sine], ..FewestParams::default() };
    let refused = construct_fitted_with(&*r, 1e-3, ErrorNorm::Sup, &few).unwrap_err();
    let ConstructError::NoFit { most: 5, closest, .. } = refused else { panic!("{refused}") };
    // Five sines leave 2 psi'(11 / 2) / pi^2 = 0.0385 on the diagonal, at best.
    assert!(closest > 0.01 && closest < 0.2, "{closest}");
    assert!(matches!(construct_fitted(&*r, -1.0), Err(ConstructError::Eps { .. })));
    let square = relation("smooth-asymmetric-2d").unwrap();
    assert!(matches!(construct_fitted(&*square, 0.1), Err(ConstructError::Spaces { .. })));
    let line = relation("gaussian-measure").unwrap();
    assert!(matches!(construct_fitted(&*line, 0.1), Err(ConstructError::Unbounded { .. })));
}

/// At a kink the mean square is no guide to the largest error: with heads for the latter, waves take
/// fewer neurons than broken lines on a mesh.
#[test]
fn kinks_take_fewer_neurons_than_a_mesh() {
    for (name, eps) in [("brownian", 0.02), ("positive-part", 0.03)] {
        let r = relation(name).unwrap();
        let (net, certificate) = construct_fitted(&*r, eps).unwrap();
        assert!(certificate.upper() <= eps && largest_error(&*r, &net) <= certificate.upper());
        let constructed = construct(&*r, eps).unwrap().net().neurons();
        assert!(4 * net.neurons() <= 3 * constructed, "{name}: {} of {constructed}", net.neurons());
    }
}
