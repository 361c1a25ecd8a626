//! The network on the device against the one in f64.

use crate::support::{any_mlp, asymmetric, device, indefinite, sample, symmetric, weights};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use faer::Mat;
use proptest::prelude::*;
use relata_networks::{Activation, Affine, Block, Mlp, MlpConfig, RelationNet, Skip, Trainable};
use relata_relations::{Points, Seed};
use relata_training::{
    AsymmetricRelationNetConfig, IndefiniteRelationNetConfig, Precision, SymmetricRelationNetConfig,
    TrainableNet, UploadError, all_pairs_loss, matrix_to_tensor, points_to_tensor, rescale, tensor_to_matrix,
    tensor_to_vec,
};

fn kinds(config: &MlpConfig, seed: u64) -> [RelationNet; 3] {
    [symmetric(config, seed), asymmetric(config, seed), indefinite(config, seed)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn forwards_agree_in_both_precisions(config in any_mlp(), seed in 0u64..1000) {
        let (x, y) = (sample(config.inputs, 7, seed), sample(config.inputs, 5, seed + 1));
        for net in kinds(&config, seed) {
            for (precision, tolerance) in [(Precision::F32, 1e-5), (Precision::F64, 1e-12)] {
                let (twin, cost) = TrainableNet::upload(&net, &device(), precision).unwrap();
                prop_assert!(cost.relative <= 0.5 * precision.epsilon() && (precision == Precision::F32) == (cost.absolute > 0.0));
                let exact = net.evaluate(&x, &y);
                // Relative to the features, since inner products may cancel.
                let size = net.evaluate(&x, &x).norm_max().max(net.evaluate(&y, &y).norm_max()).max(exact.norm_max()).max(1.0);
                let change = twin.output_change(&net, &x, &y).unwrap();
                prop_assert!(change.absolute <= tolerance * size * 10.0, "{precision} {change:?} {size}");
            }
        }
    }

    #[test]
    fn f64_weights_survive_and_f32_weights_round_once(config in any_mlp(), seed in 0u64..1000) {
        for net in kinds(&config, seed) {
            let (twin, _) = TrainableNet::upload(&net, &device(), Precision::F64).unwrap();
            prop_assert_eq!(&twin.download().unwrap(), &net);
            let (twin, cost) = TrainableNet::upload(&net, &device(), Precision::F32).unwrap();
            let rounded = twin.download().unwrap();
            let (again, second) = TrainableNet::upload(&rounded, &device(), Precision::F32).unwrap();
            prop_assert_eq!(again.download().unwrap(), rounded.clone());
            prop_assert_eq!(second.absolute.to_bits(), 0);
            let worst = weights(&net).iter().zip(weights(&rounded))
                .map(|(a, b)| (f64::from_bits(*a) - f64::from_bits(b)).abs()).fold(0.0, f64::max);
            prop_assert_eq!(worst.to_bits(), cost.absolute.to_bits());
        }
    }

    #[test]
    fn gradients_match_finite_differences_of_the_f64_network(config in any_mlp(), seed in 0u64..1000) {
        // The ReLU has a kink that a difference may straddle.
        prop_assume!(config.activation != Activation::Relu);
        let (x, y) = (sample(config.inputs, 4, seed), sample(config.inputs, 3, seed + 1));
        let target = Mat::from_fn(4, 3, |i, j| (1.3 * i as f64 - 0.7 * j as f64).sin());
        for net in kinds(&config, seed) {
            let gradient = gradient(&net, &x, &y, &target, Precision::F64);
            let numeric = differences(&net, &x, &y, &target);
            prop_assert_eq!(gradient.len(), numeric.len());
            let size = numeric.iter().fold(1.0f64, |m, g| m.max(g.abs()));
            for (g, d) in gradient.iter().zip(&numeric) {
                prop_assert!((g - d).abs() < 1e-6 * size, "{g} {d}");
            }
            let single = self::gradient(&net, &x, &y, &target, Precision::F32);
            for (g, s) in gradient.iter().zip(&single) {
                prop_assert!((g - s).abs() < 1e-4 * size, "{g} {s}");
            }
        }
    }
}

#[test]
fn relu_gradients_match_away_from_the_kink() {
    let config = MlpConfig::new(2, 3).with_width(6).with_depth(2).with_activation(Activation::Relu);
    let (x, y) = (sample(2, 4, 8), sample(2, 3, 9));
    let target = Mat::from_fn(4, 3, |i, j| (i as f64 - j as f64).cos());
    for net in kinds(&config, 11) {
        let numeric = differences(&net, &x, &y, &target);
        for (g, d) in gradient(&net, &x, &y, &target, Precision::F64).iter().zip(&numeric) {
            assert!((g - d).abs() < 1e-6, "{g} {d}");
        }
    }
}

#[test]
fn configs_draw_the_same_network_everywhere() {
    let encoder = MlpConfig::new(2, 4).with_width(6);
    let x = sample(2, 5, 1);
    let xt = points_to_tensor(&x, &device(), Precision::F64);
    let check = |values: Tensor<2>, net: &RelationNet| {
        let here = tensor_to_matrix(values).unwrap();
        assert!((here - net.evaluate(&x, &x)).norm_max() < 1e-12);
    };
    let c = SymmetricRelationNetConfig::new(encoder.clone()).with_precision(Precision::F64);
    check(c.init(Seed(3), &device()).unwrap().forward(xt.clone(), xt.clone()), &c.draw(Seed(3)).unwrap());
    let c = AsymmetricRelationNetConfig::new(encoder.clone(), encoder.clone().with_depth(1))
        .with_precision(Precision::F64);
    check(c.init(Seed(3), &device()).unwrap().forward(xt.clone(), xt.clone()), &c.draw(Seed(3)).unwrap());
    let c =
        IndefiniteRelationNetConfig::new(encoder, vec![1.0, -1.0, 1.0, -1.0]).with_precision(Precision::F64);
    check(c.init(Seed(3), &device()).unwrap().forward(xt.clone(), xt), &c.draw(Seed(3)).unwrap());
    assert!(
        IndefiniteRelationNetConfig::new(MlpConfig::new(1, 3), vec![1.0]).init(Seed(0), &device()).is_err()
    );
}

#[test]
fn weights_beyond_single_precision_are_refused() {
    let net =
        RelationNet::symmetric(Mlp::new(vec![], Affine::new(Mat::full(1, 1, 1e200), vec![0.0])).unwrap());
    let e = TrainableNet::upload(&net, &device(), Precision::F32).unwrap_err();
    assert!(
        matches!(e, UploadError::Overflow { .. })
            && e.to_string().contains("1e200")
            && e.to_string().contains("f32"),
        "{e}"
    );
    assert!(TrainableNet::upload(&net, &device(), Precision::F64).is_ok());
}

#[test]
fn rescaling_multiplies_values_by_the_square_of_the_heads_factor() {
    let net = asymmetric(&MlpConfig::new(1, 3).with_width(5).with_fourier(4, 2.0), 2);
    let x = sample(1, 6, 4);
    let scaled = rescale(&net, 1.0, 0.5).unwrap();
    assert!((scaled.evaluate(&x, &x) - net.evaluate(&x, &x) * faer::Scale(0.25)).norm_max() < 1e-14);
    let smaller = rescale(&net, 0.1, 1.0).unwrap();
    // Frozen blocks stay as drawn, free ones shrink.
    assert_eq!(smaller.phi_net().blocks()[0], net.phi_net().blocks()[0]);
    let first = |net: &RelationNet| net.phi_net().blocks()[1].affine.weight()[(0, 0)];
    assert!((first(&smaller) - 0.1 * first(&net)).abs() < 1e-16);
}

/// The gradient of the all-pairs loss by burn, in visiting order.
fn gradient(net: &RelationNet, x: &Points, y: &Points, target: &Mat<f64>, precision: Precision) -> Vec<f64> {
    struct Collect {
        grads: GradientsParams,
        values: Vec<f64>,
    }
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.values.extend(tensor_to_vec(self.grads.get::<D>(param.id).unwrap()).unwrap());
        }
    }
    let device = device().autodiff();
    let (twin, _) = TrainableNet::upload(net, &device, precision).unwrap();
    let (phi, psi) =
        twin.features(points_to_tensor(x, &device, precision), points_to_tensor(y, &device, precision));
    let loss = all_pairs_loss(phi, psi, matrix_to_tensor(target.as_ref(), &device, precision));
    let mut collect =
        Collect { grads: GradientsParams::from_grads(loss.backward(), &twin), values: Vec::new() };
    twin.visit(&mut collect);
    collect.values
}

/// Central differences of the loss of the f64 network, weight by weight in the same order.
fn differences(net: &RelationNet, x: &Points, y: &Points, target: &Mat<f64>) -> Vec<f64> {
    let loss = |net: &RelationNet| {
        (net.evaluate(x, y) - target).squared_norm_l2() / (target.nrows() * target.ncols()) as f64
    };
    let h = 1e-6;
    let count = free_weights(net);
    (0..count).map(|k| (loss(&shifted(net, k, h)) - loss(&shifted(net, k, -h))) / (2.0 * h)).collect()
}

fn free_weights(net: &RelationNet) -> usize {
    let size = |a: &Affine| (a.inputs() + 1) * a.outputs();
    let of = |mlp: &Mlp| {
        mlp.blocks().iter().filter(|b| b.training == Trainable::Free).map(|b| size(&b.affine)).sum::<usize>()
            + size(mlp.head())
    };
    match net {
        RelationNet::Asymmetric(phi, psi) => of(phi) + of(psi),
        RelationNet::Symmetric(phi) | RelationNet::Indefinite(phi, _) => of(phi),
    }
}

/// The network with `h` added to its `k`-th free weight.
fn shifted(net: &RelationNet, k: usize, h: f64) -> RelationNet {
    let mut left = Some(k);
    let mut affine = |a: &Affine| {
        let (mut w, mut b) = (a.weight().to_owned(), a.bias().to_vec());
        let (weights, all) = (a.inputs() * a.outputs(), (a.inputs() + 1) * a.outputs());
        match left {
            Some(k) if k < weights => {
                w[(k / a.outputs(), k % a.outputs())] += h;
                left = None;
            }
            Some(k) if k < all => {
                b[k - weights] += h;
                left = None;
            }
            other => left = other.map(|k| k - all),
        }
        Affine::new(w, b)
    };
    let mut mlp = |m: &Mlp| {
        let blocks = m.blocks().iter().map(|b| match b.training {
            Trainable::Free => Block { affine: affine(&b.affine), ..b.clone() },
            Trainable::Frozen => b.clone(),
        });
        let blocks = blocks.collect();
        Mlp::new(blocks, affine(m.head())).unwrap()
    };
    match net {
        RelationNet::Symmetric(phi) => RelationNet::symmetric(mlp(phi)),
        RelationNet::Asymmetric(phi, psi) => {
            let phi = mlp(phi);
            RelationNet::asymmetric(phi, mlp(psi)).unwrap()
        }
        RelationNet::Indefinite(phi, signs) => RelationNet::indefinite(mlp(phi), signs.clone()).unwrap(),
    }
}

#[test]
fn skip_connections_reach_the_device() {
    let config = MlpConfig::new(2, 2).with_width(4).with_depth(3).with_residual();
    let net = symmetric(&config, 5);
    assert_eq!(net.phi_net().blocks()[1].skip, Skip::Residual);
    let (twin, _) = TrainableNet::upload(&net, &device(), Precision::F64).unwrap();
    let x = sample(2, 6, 3);
    assert!(twin.output_change(&net, &x, &x).unwrap().relative_l2 < 1e-13);
}
