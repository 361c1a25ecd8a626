//! Networks trained by gradients: alone, or with the last layers solved afterwards.

use super::cell::read_out;
use super::measured::{Measured, Setting};
use crate::CellContext;
use crate::fitting::{FEATURE_RATE, GRADIENT_RATE, Scales, Start, cosine, random_hidden, sampler};
use relata_kernels::Encoders;
use relata_networks::{Activation, ReadoutParams, RelationNet};
use relata_relations::{ErrorReport, Factors, Relation, Seed, measure_all};
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
            (3.., Profile::Smoke | Profile::Standard) => many,
            (2, _) => Self { sampler: sampler(2), ..few },
            (_, Profile::Paper) => Self { steps: 1000, ..few },
            (_, Profile::Smoke | Profile::Standard) => few,
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

/// Trained hidden layers with the heads of every rank solved on the fit's nodes; where random ones of
/// the same width do better, these are kept.
pub(super) fn readouts(
    r: &dyn Relation,
    encoders: Encoders,
    training: &Training,
    setting: &Setting,
    seed: Seed,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Measured>> {
    // In many dimensions directions that the sample hardly sees would fit its noise.
    let params =
        if r.spaces().0.axes() > 2 { ReadoutParams { tolerance: 1e-6 } } else { ReadoutParams::default() };
    let hidden = gradient(r, encoders, training, training.rank, seed, cx)?;
    let trained = read_out(&hidden, r, setting, cx.run_seed, params)?;
    let width = training.width;
    let hidden = random_hidden(r, encoders, width, cx.draw(training.draw))?;
    // As random features are read out on their own.
    let random = read_out(&hidden, r, setting, cx.run_seed, ReadoutParams::default())?;
    let at = setting.choice(r, encoders, cx.run_seed)?;
    let errors = |nets: &[(usize, RelationNet)]| -> anyhow::Result<Vec<ErrorReport>> {
        let factors: Vec<&dyn Factors> = nets.iter().map(|(_, net)| net as &dyn Factors).collect();
        Ok(measure_all(r, &factors, &at)?)
    };
    let (of_trained, of_random) = (errors(&trained)?, errors(&random)?);
    let both = trained.into_iter().zip(random).zip(of_trained.iter().zip(&of_random));
    let better = both.map(|(((rank, trained), (_, random)), (a, b))| {
        let (features, net) =
            if a.relative_l2 <= b.relative_l2 { ("trained", trained) } else { ("random", random) };
        Measured { rank, width, features: features.into(), units_per_rank: None, net }
    });
    Ok(better.collect())
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
