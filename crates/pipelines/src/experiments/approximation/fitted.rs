//! Networks fitted to the singular functions, without gradients.

use super::measured::{Measured, Setting};
use crate::fitting::{count, spread};
use relata_kernels::Encoders;
use relata_networks::{Activation, FitParams, Fitter, Samples, fit_samples};
use relata_relations::{Relation, Seed, Space};
use serde::{Deserialize, Serialize};

/// How a network is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fit {
    /// How wide the hidden layer of each encoder is.
    pub width: Width,
    /// Its activation.
    pub activation: Activation,
    /// Which draw of the starts.
    pub draw: usize,
}

/// How wide hidden layers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Width {
    /// So many units per rank.
    PerRank(usize),
    /// So many units at every rank.
    Fixed(usize),
}

impl Width {
    fn at(self, rank: usize) -> usize {
        match self {
            Self::PerRank(units) => units * rank,
            Self::Fixed(units) => units,
        }
    }

    fn per_rank(self) -> Option<usize> {
        match self {
            Self::PerRank(units) => Some(units),
            Self::Fixed(_) => None,
        }
    }
}

impl Fit {
    /// What users call it.
    pub(super) fn label(&self) -> String {
        let Self { width, activation, draw } = self;
        match width {
            Width::PerRank(units) => format!("fitted/{activation}/units-per-rank={units}/draw={draw}"),
            Width::Fixed(units) => format!("fitted/{activation}/width={units}/draw={draw}"),
        }
    }
}

/// On the rules of the setting: the networks of all its ranks whose functions stand out from
/// rounding there.
pub(super) fn on_rules(
    r: &dyn Relation,
    encoders: Encoders,
    fit: &Fit,
    setting: &Setting,
    (seed, run_seed): (Seed, Seed),
) -> anyhow::Result<Vec<Measured>> {
    let rules = setting.fit_rules(r, encoders, run_seed)?;
    let fitter = Fitter::new(r, encoders, [&rules[0], &rules[1]])?;
    let ranks = setting.ranks.iter().copied().filter(|d| *d <= fitter.most());
    ranks
        .map(|rank| {
            let width = fit.width.at(rank);
            let params = FitParams::new(width).with_activation(fit.activation).with_seed(seed);
            let fitted = fitter.fit(rank, &params)?;
            let features = fitted.features().to_string();
            let units_per_rank = fit.width.per_rank();
            Ok(Measured { rank, width, features, units_per_rank, net: fitted.into_net() })
        })
        .collect()
}

/// On random points, with as many left out: the networks of all ranks.
pub(super) fn on_samples(
    r: &dyn Relation,
    encoders: Encoders,
    fit: &Fit,
    setting: &Setting,
    (seed, run_seed): (Seed, Seed),
) -> anyhow::Result<Vec<Measured>> {
    let n = count(setting.fit)?;
    let (sx, sy) = r.spaces();
    let draw = |space: &dyn Space, name: &str| spread(space, n, &mut run_seed.stream(&format!("fit/{name}")));
    let (x, u, v) = (draw(sx, "x"), draw(sx, "left-out/x"), draw(sy, "left-out/y"));
    let y = if encoders == Encoders::Separate { draw(sy, "y") } else { x.clone() };
    let samples = Samples { fit: [&x, &y], left_out: [&u, &v] };
    setting
        .ranks
        .iter()
        .map(|&rank| {
            let width = fit.width.at(rank);
            let params = FitParams::new(width).with_activation(fit.activation).with_seed(seed).with_starts(1);
            let fitted = fit_samples(r, encoders, rank, &samples, &params)?;
            let features = fitted.features().to_string();
            let units_per_rank = fit.width.per_rank();
            Ok(Measured { rank, width, features, units_per_rank, net: fitted.into_net() })
        })
        .collect()
}
