//! The training of the networks of `rkhs` and `rkbs`.

use crate::CellContext;
use relata_networks::{Activation, Mlp, MlpConfig, RelationNet};
use relata_relations::catalogue::relation;
use relata_relations::{Relation, Seed};
use relata_runs::Row;
use relata_training::{Control, Data, Sampler, Schedule, StepRecord, TrainParams, rescale, train};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A network in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learning {
    /// The catalogue's name of the relation.
    pub relation: String,
    /// Steps of Adam at a constant rate, so that a longer training begins as a shorter one does.
    pub steps: usize,
    /// Which draw of weights.
    pub draw: usize,
}

impl Learning {
    /// Every relation so often and so long, the longest trainings first.
    pub(crate) fn all(relations: &[&str], steps: &[usize], draws: usize) -> Vec<Self> {
        let each = |steps: usize, relation: &str| {
            let relation = relation.to_owned();
            (0..draws).map(move |draw| Self { relation: relation.clone(), steps, draw })
        };
        steps.iter().rev().flat_map(|s| relations.iter().flat_map(move |r| each(*s, r))).collect()
    }

    pub(crate) fn label(&self) -> String {
        format!("learned/{}/steps={}/draw={}", self.relation, self.steps, self.draw)
    }

    /// A row of a table, with what was trained.
    pub(crate) fn row(&self, table: &str) -> Row {
        Row::new(table)
            .with("relation", self.relation.as_str())
            .with("steps", self.steps)
            .with("draw", self.draw)
    }

    /// The relation, and the network that was trained on it from the weights that `start` draws.
    pub(crate) fn run(
        &self,
        pipeline: &str,
        start: impl FnOnce(&dyn Relation, Seed) -> anyhow::Result<RelationNet>,
        cx: &CellContext<'_>,
    ) -> anyhow::Result<(Arc<dyn Relation>, RelationNet)> {
        let r = relation(&self.relation)?;
        let seed = cx.run_seed.child(&format!("{pipeline}/{}/{}", self.relation, self.draw));
        let net = trained(&start(r.as_ref(), seed)?, r.as_ref(), self.steps, seed, cx)?;
        Ok((r, net))
    }
}

/// An encoder with one hidden layer.
pub(crate) fn encoder(inputs: usize, outputs: usize, seed: Seed, name: &str) -> anyhow::Result<Mlp> {
    let config = MlpConfig::new(inputs, outputs).with_width(64).with_depth(1);
    Ok(config.with_activation(Activation::Tanh).init(seed, name)?)
}

/// The network after so many steps of Adam on a quadrature.
fn trained(
    start: &RelationNet,
    r: &dyn Relation,
    steps: usize,
    seed: Seed,
    cx: &CellContext<'_>,
) -> anyhow::Result<RelationNet> {
    // Scales of hidden layer and head found by trial on the catalogue, as for the readout of
    // `symmetric`.
    let start = rescale(start, 3.0, 0.6)?;
    if steps == 0 {
        return Ok(start);
    }
    let config = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(steps) }
        .with_sampler(Sampler::Quadrature { nodes: 64 })
        .with_learning_rate(3e-3);
    let go_on = &mut |_: &StepRecord| Control::Continue;
    Ok(train(&start, r, Data::Spaces, &config, seed.child("train"), &cx.device.device, go_on)?.net)
}
