//! Networks trained by gradients: alone, or with the last layers solved afterwards.

use super::measured::Setting;
use crate::CellContext;
use crate::fitting::{FEATURE_RATE, GRADIENT_RATE, Scales, Start, cosine, sampler};
use relata_kernels::Encoders;
use relata_networks::{Activation, ReadoutParams, RelationNet, solve_readout};
use relata_relations::{Relation, Seed};
use relata_runs::Profile;
use relata_training::{Control, Data, Sampler, TrainParams, train};
use serde::{Deserialize, Serialize};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Training {
    /// Hidden units of each layer.
    pub width: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Their activation.
    pub activation: Activation,
    /// What the usual initial weights of hidden layers and head are multiplied with.
    pub initial_scales: [f64; 2],
    /// Rank of the inner product while hidden layers are trained for a readout.
    pub rank: usize,
    /// Where the points of a step come from; all pairs enter the loss.
    pub sampler: Sampler,
    /// Optimisation steps.
    pub steps: usize,
    /// Peak learning rate of Adam, falling along half a cosine.
    pub learning_rate: f64,
    /// Which draw of weights and batches.
    pub draw: usize,
}

impl Training {
    /// Hidden layers for a readout.
    pub(super) fn readout(profile: Profile, dimension: usize, draw: usize) -> Self {
        let few = Self {
            width: 128,
            depth: 1,
            activation: Activation::Tanh,
            initial_scales: Scales::STEEP.pair(),
            rank: 24,
            sampler: sampler(1),
            steps: 200,
            learning_rate: FEATURE_RATE,
            draw,
        };
        let many = Self {
            width: 256,
            depth: 2,
            activation: Activation::Gelu,
            initial_scales: Scales::GENTLE.pair(),
            rank: 32,
            sampler: sampler(3),
            steps: 1200,
            ..few.clone()
        };
        match (dimension, profile) {
            (3.., Profile::Paper) => Self { steps: 3000, ..many },
            (3.., _) => many,
            (2, _) => Self { sampler: sampler(2), ..few },
            (_, Profile::Paper) => Self { steps: 1000, ..few },
            _ => few,
        }
    }

    /// Everything by gradients.
    pub(super) fn gradient(profile: Profile, draw: usize) -> Self {
        Self {
            width: 64,
            depth: 2,
            activation: Activation::Gelu,
            initial_scales: Scales::USUAL.pair(),
            rank: 0,
            sampler: Sampler::Independent { x: 128, y: 128 },
            steps: match profile {
                Profile::Smoke => 200,
                Profile::Standard => 2000,
                Profile::Paper => 20_000,
            },
            learning_rate: GRADIENT_RATE,
            draw,
        }
    }

    fn params(&self) -> TrainParams {
        cosine(self.steps).with_sampler(self.sampler).with_learning_rate(self.learning_rate)
    }

    fn start(&self, rank: usize) -> Start {
        let [hidden, head] = self.initial_scales;
        let Self { width, depth, activation, .. } = *self;
        Start { width, depth, activation, scales: Scales { hidden, head }, rank }
    }
}

/// Trained hidden layers with the heads of every rank solved on the fit's nodes.
pub(super) fn readouts(
    r: &dyn Relation,
    encoders: Encoders,
    training: &Training,
    setting: &Setting,
    seed: Seed,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<(usize, RelationNet)>> {
    let hidden = gradient(r, encoders, training, training.rank, seed, cx)?;
    let rules = setting.fit_rules(r, encoders, cx.run_seed)?;
    // In many dimensions directions that the sample hardly sees would fit its noise.
    let params =
        if r.spaces().0.axes() > 2 { ReadoutParams { tolerance: 1e-6 } } else { ReadoutParams::default() };
    let solved = solve_readout(&hidden, r, [&rules[0], &rules[1]], params)?;
    setting.ranks.iter().filter(|d| **d <= training.width).map(|d| Ok((*d, solved.at_rank(*d)?))).collect()
}

/// A network of that rank, trained by gradients alone.
pub(super) fn gradient(
    r: &dyn Relation,
    encoders: Encoders,
    training: &Training,
    rank: usize,
    seed: Seed,
    cx: &CellContext<'_>,
) -> anyhow::Result<RelationNet> {
    let start = training.start(rank).draw(r, encoders, seed)?;
    let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
    let trained =
        train(&start, r, Data::Spaces, &training.params(), seed.child("train"), &cx.device.device, go_on)?;
    Ok(trained.net)
}
