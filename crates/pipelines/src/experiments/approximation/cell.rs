//! One piece of work: a relation, a method, a network size.

use super::fitted::{self, Fit};
use super::measured::{self, Measured, Setting};
use super::spectra;
use super::trained::{self, Training};
use crate::CellContext;
use crate::fitting::{by_rule, random_hidden};
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{ReadoutParams, RelationNet, solve_readout};
use relata_relations::catalogue::relation;
use relata_relations::{Relation, Seed};
use relata_runs::Row;
use serde::{Deserialize, Serialize};

/// Everything that one cell depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    /// The catalogue's name of the relation.
    pub relation: String,
    /// What is done with it.
    pub work: Work,
    /// Where errors are measured.
    pub setting: Setting,
}

/// What is done with the relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Work {
    /// The closed-form spectrum against the numerical one.
    Spectrum {
        /// How many leading values are compared.
        leading: usize,
        /// Nodes of the rule, in all.
        nodes: usize,
    },
    /// Random tanh features, heads solved by spectral readout.
    RandomReadout {
        /// Number of hidden features of each encoder.
        width: usize,
        /// Which draw of the features.
        draw: usize,
    },
    /// Hidden layers fitted to the singular functions, heads solved by spectral readout.
    Fitted(Fit),
    /// Hidden layers trained by gradients, heads solved by spectral readout.
    TrainedReadout(Training),
    /// Everything trained by gradients at one rank.
    Gradient {
        /// The rank of the inner product.
        rank: usize,
        /// How it is trained.
        training: Training,
    },
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        let name = &self.relation;
        match &self.work {
            Work::Spectrum { .. } => format!("{name}/spectrum"),
            Work::RandomReadout { width, draw } => format!("{name}/random-readout/width={width}/draw={draw}"),
            Work::Fitted(fit) => format!("{name}/{}", fit.label()),
            Work::TrainedReadout(t) => format!("{name}/trained-readout/width={}/draw={}", t.width, t.draw),
            Work::Gradient { rank, training } => {
                format!("{name}/gradient/width={}/rank={rank}/draw={}", training.width, training.draw)
            }
        }
    }
}

/// Computes a cell.
pub(super) fn run(encoders: Encoders, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
    let r = relation(&cell.relation)?;
    let r = r.as_ref();
    match &cell.work {
        Work::Spectrum { leading, nodes } => {
            let mut rows = limit_rows(r, encoders, cx.run_seed)?;
            rows.extend(spectra::rows(r, *leading, *nodes)?);
            Ok(rows)
        }
        Work::RandomReadout { width, draw } => {
            let hidden = random_hidden(r, encoders, *width, cx.draw(*draw))?;
            let nets = read_out(&hidden, r, &cell.setting, cx.run_seed, ReadoutParams::default())?;
            let nets = named("random", *width, nets);
            measured::rows(r, encoders, &nets, cell, ("random-readout", *draw), cx.run_seed)
        }
        Work::Fitted(fit) => {
            let seeds = (cx.run_seed.child(&cell.label()), cx.run_seed);
            let (x, y) = r.spaces();
            let nets = if by_rule(x) && by_rule(y) {
                fitted::on_rules(r, encoders, fit, &cell.setting, seeds)?
            } else {
                fitted::on_samples(r, encoders, fit, &cell.setting, seeds)?
            };
            // Shared encoders have no rank for a relation without positive values.
            if nets.is_empty() {
                return Ok(vec![]);
            }
            let method = format!("fitted-{}", fit.activation);
            measured::rows(r, encoders, &nets, cell, (&method, fit.draw), cx.run_seed)
        }
        Work::TrainedReadout(training) => {
            let seed = cx.run_seed.child(&format!("{}/draw-{}", cell.relation, training.draw));
            let nets = trained::readouts(r, encoders, training, &cell.setting, seed, cx)?;
            measured::rows(r, encoders, &nets, cell, ("trained-readout", training.draw), cx.run_seed)
        }
        Work::Gradient { rank, training } => {
            let seed = cx.run_seed.child(&format!("{}/draw-{}", cell.relation, training.draw));
            let nets = vec![(*rank, trained::gradient(r, encoders, training, *rank, seed, cx)?)];
            let nets = named("trained", training.width, nets);
            measured::rows(r, encoders, &nets, cell, ("gradient", training.draw), cx.run_seed)
        }
    }
}

/// Networks whose features are all from one source.
fn named(features: &str, width: usize, nets: Vec<(usize, RelationNet)>) -> Vec<Measured> {
    nets.into_iter()
        .map(|(rank, net)| Measured { rank, width, features: features.into(), units_per_rank: None, net })
        .collect()
}

/// The readouts of all ranks of the setting that the width allows.
pub(super) fn read_out(
    hidden: &RelationNet,
    r: &dyn Relation,
    setting: &Setting,
    seed: Seed,
    params: ReadoutParams,
) -> anyhow::Result<Vec<(usize, RelationNet)>> {
    let rules = setting.fit_rules(r, hidden.encoders(), seed)?;
    let solved = solve_readout(hidden, r, [&rules[0], &rules[1]], params)?;
    let most = hidden.phi_net().width();
    let ranks = setting.ranks.iter().filter(|d| **d <= most);
    ranks.map(|d| Ok((*d, solved.at_rank(*d)?))).collect()
}

fn limit_rows(r: &dyn Relation, encoders: Encoders, seed: Seed) -> anyhow::Result<Vec<Row>> {
    const MAX: usize = 32;
    let params = LimitParams { seed: seed.child("limits"), ..LimitParams::default() };
    let all = limits(r, encoders, MAX, &params)?;
    (1..=MAX)
        .map(|rank| {
            let l = all.at(rank)?;
            Ok(Row::new("limits")
                .with("relation", r.name())
                .with("encoders", encoders.to_string())
                .with("rank", rank)
                .with("relative_limit", l.relative)
                .with("uncertainty", l.uncertainty)
                .with("source", l.source.to_string()))
        })
        .collect()
}
