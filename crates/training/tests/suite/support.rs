//! Small relations and networks.

use burn::tensor::Device;
use proptest::prelude::*;
use relata_networks::{Activation, MlpConfig, RelationNet};
use relata_relations::{
    FnRelation, HeldOut, Interval, Points, Quadrature, Relation, Seed, Space, measure, relation_fn,
};
use relata_training::{Control, NetworkDevice, StepRecord};
use std::num::NonZeroUsize;

pub(crate) fn device() -> NetworkDevice {
    NetworkDevice::on_host(Device::flex())
}

pub(crate) fn n(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

pub(crate) fn go_on(_: &StepRecord) -> Control {
    Control::Continue
}

/// Smooth, neither symmetric nor antisymmetric.
pub(crate) fn smooth() -> FnRelation {
    relation_fn(Interval::unit(), Interval::unit(), |x, y| {
        (2.0 * x[0] * y[0]).exp() + (3.0 * x[0]).sin() * y[0]
    })
}

/// A Mercer kernel.
pub(crate) fn gaussian() -> FnRelation {
    relation_fn(Interval::unit(), Interval::unit(), |x, y| (-2.0 * (x[0] - y[0]).powi(2)).exp())
}

pub(crate) fn asymmetric(config: &MlpConfig, seed: u64) -> RelationNet {
    let draw = |name| config.init(Seed(seed), name).unwrap();
    RelationNet::asymmetric(draw("phi"), draw("psi")).unwrap()
}

pub(crate) fn symmetric(config: &MlpConfig, seed: u64) -> RelationNet {
    RelationNet::symmetric(config.init(Seed(seed), "phi").unwrap())
}

pub(crate) fn indefinite(config: &MlpConfig, seed: u64) -> RelationNet {
    let signs = (0..config.outputs).map(|k| if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
    RelationNet::indefinite(config.init(Seed(seed), "phi").unwrap(), signs).unwrap()
}

pub(crate) fn rule(nodes: usize) -> Quadrature {
    Interval::unit().quadrature(n(nodes)).unwrap()
}

/// The relative L2 error on a rule that no test trains on.
pub(crate) fn error(net: &RelationNet, r: &dyn Relation) -> f64 {
    measure(r, net, &HeldOut::Quadrature { x: rule(73), y: rule(73) }).unwrap().relative_l2
}

pub(crate) fn weights(net: &RelationNet) -> Vec<u64> {
    let mut bits = Vec::new();
    for mlp in [net.phi_net(), net.psi_net()] {
        for affine in mlp.blocks().iter().map(|b| &b.affine).chain([mlp.head()]) {
            bits.extend(affine.bias().iter().map(|v| v.to_bits()));
            affine.weight().col_iter().for_each(|c| bits.extend(c.iter().map(|v| v.to_bits())));
        }
    }
    bits
}

pub(crate) fn sample(dim: usize, count: usize, seed: u64) -> Points {
    let mut s = Seed(seed).stream("test");
    Points::new(dim, (0..dim * count).map(|_| s.uniform_in(-1.0, 1.0)).collect()).unwrap()
}

/// Every kind of layer that a network can have.
pub(crate) fn any_mlp() -> impl Strategy<Value = MlpConfig> {
    let activation = prop_oneof![
        Just(Activation::Relu),
        Just(Activation::Tanh),
        Just(Activation::Gelu),
        Just(Activation::Sine)
    ];
    (1usize..4, 1usize..5, 1usize..9, 0usize..4, activation, any::<bool>(), any::<bool>()).prop_map(
        |(inputs, outputs, width, depth, activation, fourier, residual)| {
            let mut config = MlpConfig::new(inputs, outputs)
                .with_width(width)
                .with_depth(depth)
                .with_activation(activation);
            if fourier {
                config = config.with_fourier(width, 1.5);
            }
            if residual {
                config = config.with_residual();
            }
            config
        },
    )
}
