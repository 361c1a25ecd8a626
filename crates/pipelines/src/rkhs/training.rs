//! The training of the networks of `rkhs` and `rkbs`.

use crate::CellContext;
use relata_networks::{Activation, Mlp, MlpConfig, RelationNet};
use relata_relations::{Relation, Seed};
use relata_training::{Control, Data, Progress, Sampler, Schedule, TrainConfig, rescale, train};

/// An encoder with one hidden layer.
pub(crate) fn encoder(inputs: usize, outputs: usize, seed: Seed, name: &str) -> anyhow::Result<Mlp> {
    let config = MlpConfig::new(inputs, outputs).with_width(64).with_depth(1);
    Ok(config.with_activation(Activation::Tanh).init(seed, name)?)
}

/// The network after so many steps of Adam on a quadrature, at a constant rate, so that a longer training begins as a shorter one does.
pub(crate) fn trained(
    start: &RelationNet,
    r: &dyn Relation,
    steps: usize,
    seed: Seed,
    cx: &CellContext<'_>,
) -> anyhow::Result<RelationNet> {
    // Scales of hidden layer and head found by trial on the catalogue, as for the readout of `symmetric`.
    let start = rescale(start, 3.0, 0.6)?;
    if steps == 0 {
        return Ok(start);
    }
    let config = TrainConfig { schedule: Schedule::Constant, ..TrainConfig::adam(steps) }
        .with_sampler(Sampler::Quadrature { nodes: 64 })
        .with_learning_rate(3e-3);
    let go_on = &mut |_: &Progress| Control::Continue;
    Ok(train(&start, r, Data::Spaces, &config, seed.child("train"), &cx.device.device, go_on)?.net)
}
