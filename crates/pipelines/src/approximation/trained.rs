//! Networks trained by gradients: alone, or with the last layers solved afterwards.

use super::measured::Setting;
use crate::CellContext;
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig, ReadoutParams, RelationNet, solve_readout};
use relata_relations::{Relation, Seed};
use relata_runs::Profile;
use relata_training::{Control, Data, Schedule, TrainConfig, train};
use serde::{Deserialize, Serialize};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Hidden units of each layer.
    pub width: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Rank of the inner product while hidden layers are trained for a readout.
    pub rank: usize,
    /// Points a side of a batch; all pairs enter the loss.
    pub batch: usize,
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
        let many =
            Self { width: 256, depth: 2, rank: 32, batch: 512, steps: 1200, learning_rate: 3e-3, draw };
        match (dimension, profile) {
            (3.., Profile::Paper) => Self { steps: 3000, ..many },
            (3.., _) => many,
            (_, Profile::Smoke) => Self { width: 64, batch: 64, steps: 150, ..many },
            (_, Profile::Standard) => Self { width: 128, batch: 128, steps: 1000, ..many },
            (_, Profile::Paper) => Self { width: 128, batch: 256, steps: 5000, ..many },
        }
    }

    /// Everything by gradients.
    pub(super) fn gradient(profile: Profile, dimension: usize, draw: usize) -> Self {
        let base = Self::readout(profile, dimension, draw);
        match profile {
            Profile::Smoke => Self { steps: 300, ..base },
            Profile::Standard => Self { width: 64, batch: 128, steps: 2000, ..base },
            Profile::Paper => Self { width: 64, steps: 20_000, ..base },
        }
    }

    fn config(&self) -> TrainConfig {
        TrainConfig {
            schedule: Schedule::Cosine { warm_up: 20.min(self.steps / 10), last: 0.01 },
            ..TrainConfig::adam(self.steps)
                .with_batch(self.batch, self.batch)
                .with_learning_rate(self.learning_rate)
        }
    }

    fn start(
        &self,
        r: &dyn Relation,
        encoders: Encoders,
        rank: usize,
        seed: Seed,
    ) -> anyhow::Result<RelationNet> {
        let (x, y) = r.spaces();
        let mlp = |inputs: usize, name: &str| {
            let config = MlpConfig::new(inputs, rank).with_width(self.width).with_depth(self.depth);
            config.with_activation(Activation::Gelu).init(seed, name)
        };
        let phi = mlp(x.dim(), "phi")?;
        Ok(match encoders {
            Encoders::Shared => RelationNet::symmetric(phi),
            Encoders::Separate => RelationNet::asymmetric(phi, mlp(y.dim(), "psi")?)?,
            Encoders::Indefinite => RelationNet::indefinite(phi, vec![1.0; rank])?,
        })
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
    // Hidden layers that were trained in f32 carry no information below its rounding.
    let params = ReadoutParams { tolerance: 1e-7 };
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
    let start = training.start(r, encoders, rank, seed)?;
    let go_on = &mut |_: &relata_training::Progress| Control::Continue;
    let trained =
        train(&start, r, Data::Spaces, &training.config(), seed.child("train"), &cx.device.device, go_on)?;
    Ok(trained.net)
}
