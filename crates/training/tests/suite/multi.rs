//! Several relations on one trunk.

use crate::support::{device, error, gaussian, go_on, indefinite, sample, smooth, weights};
use burn::tensor::Tensor;
use relata_networks::{MlpConfig, RelationNet};
use relata_relations::{Relation, Seed};
use relata_training::{
    Data, MultiRelationNet, MultiRelationNetConfig, Precision, Sampler, TrainError, TrainParams,
    TrainableNet, UploadError, points_to_tensor, tensor_to_vec, train_multi,
};

fn config() -> MultiRelationNetConfig {
    let encoder = MlpConfig::new(1, 3).with_width(8);
    MultiRelationNetConfig::separate(3, encoder.clone(), encoder.with_fourier(3, 2.0))
}

#[test]
fn each_slice_is_the_network_of_its_relation() {
    for config in [config(), MultiRelationNetConfig::shared(2, MlpConfig::new(2, 3).with_width(4))] {
        let config = config.with_precision(Precision::F64);
        let nets = config.draw(Seed(4)).unwrap();
        let multi = config.init(Seed(4), &device()).unwrap();
        assert_eq!(multi.download().unwrap(), nets);
        let (x, y) = (sample(config.phi.inputs, 5, 1), sample(config.phi.inputs, 4, 2));
        let on = |p| points_to_tensor(p, &device(), Precision::F64);
        let values = multi.forward(on(&x), on(&y));
        assert_eq!(values.dims(), [nets.len(), 5, 4]);
        let values = tensor_to_vec(values).unwrap();
        for (t, net) in nets.iter().enumerate() {
            let exact = net.evaluate(&x, &y);
            for i in 0..5 {
                for j in 0..4 {
                    assert!((values[(t * 5 + i) * 4 + j] - exact[(i, j)]).abs() < 1e-12);
                }
            }
        }
        // Heads differ, trunks do not.
        assert_ne!(nets[0].phi_net().head(), nets[1].phi_net().head());
        assert_eq!(nets[0].phi_net().blocks(), nets[1].phi_net().blocks());
    }
}

#[test]
fn training_lowers_every_error_and_keeps_one_trunk() {
    let (a, b) = (smooth(), gaussian());
    let relations: [&dyn Relation; 2] = [&a, &b];
    let nets = MultiRelationNetConfig { relations: 2, ..config() }.draw(Seed(0)).unwrap();
    let train =
        TrainParams::adam(400).with_learning_rate(1e-2).with_sampler(Sampler::Quadrature { nodes: 24 });
    let done =
        train_multi(&nets, &relations, Data::Spaces, &train, Seed(0), &device(), None, &mut go_on).unwrap();
    for (net, r) in done.nets.iter().zip(relations) {
        assert!(error(net, r) < 0.1, "{}", error(net, r));
    }
    assert_eq!(done.nets[0].phi_net().blocks(), done.nets[1].phi_net().blocks());
    assert_ne!(weights(&done.nets[0]), weights(&nets[0]));
}

#[test]
fn one_relation_is_the_single_network() {
    let r = smooth();
    let nets = MultiRelationNetConfig { relations: 1, ..config() }.draw(Seed(1)).unwrap();
    let config = TrainParams::adam(20).with_batch(16, 16).with_precision(Precision::F64);
    let multi =
        train_multi(&nets, &[&r], Data::Spaces, &config, Seed(0), &device(), None, &mut go_on).unwrap();
    let single =
        relata_training::train(&nets[0], &r, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
    for (a, b) in weights(&multi.nets[0]).iter().zip(weights(&single.net)) {
        assert!((f64::from_bits(*a) - f64::from_bits(b)).abs() < 1e-9);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let nets = config().draw(Seed(0)).unwrap();
    let other = config().draw(Seed(1)).unwrap();
    let mixed = [nets[0].clone(), other[1].clone()];
    let upload =
        |nets: &[RelationNet]| MultiRelationNet::upload(nets, &device(), Precision::F32).unwrap_err();
    assert_eq!(upload(&mixed), UploadError::Trunks { index: 1 });
    assert_eq!(upload(&[]), UploadError::Trunks { index: 0 });
    let odd = indefinite(&MlpConfig::new(1, 2), 0);
    assert_eq!(upload(&[odd]), UploadError::Trunks { index: 0 });
    let r = smooth();
    let e =
        train_multi(&nets, &[&r], Data::Spaces, &TrainParams::adam(1), Seed(0), &device(), None, &mut go_on)
            .unwrap_err();
    assert!(matches!(e, TrainError::Relations { relations: 1, nets: 3 }), "{e}");
    assert!(MultiRelationNetConfig { relations: 0, ..config() }.draw(Seed(0)).is_err());
    let _: Tensor<2> = TrainableNet::upload(&nets[0], &device(), Precision::F32).unwrap().0.forward(
        points_to_tensor(&sample(1, 2, 0), &device(), Precision::F32),
        points_to_tensor(&sample(1, 2, 0), &device(), Precision::F32),
    );
}
