//! One piece of work: a relation, a method, a network size.

use super::measured::{self, Setting};
use super::spectra;
use super::trained::{self, Training};
use crate::CellContext;
use crate::fitting::random_hidden;
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
            let nets = read_out(&hidden, r, &cell.setting, cx.run_seed)?;
            measured::rows(r, encoders, &nets, cell, "random-readout", (*width, *draw), cx.run_seed)
        }
        Work::TrainedReadout(training) => {
            let seed = cx.run_seed.child(&format!("{}/draw-{}", cell.relation, training.draw));
            let nets = trained::readouts(r, encoders, training, &cell.setting, seed, cx)?;
            let size = (training.width, training.draw);
            measured::rows(r, encoders, &nets, cell, "trained-readout", size, cx.run_seed)
        }
        Work::Gradient { rank, training } => {
            let seed = cx.run_seed.child(&format!("{}/draw-{}", cell.relation, training.draw));
            let nets = vec![(*rank, trained::gradient(r, encoders, training, *rank, seed, cx)?)];
            let size = (training.width, training.draw);
            measured::rows(r, encoders, &nets, cell, "gradient", size, cx.run_seed)
        }
    }
}

/// The readouts of all ranks of the setting that the width allows.
fn read_out(
    hidden: &RelationNet,
    r: &dyn Relation,
    setting: &Setting,
    seed: Seed,
) -> anyhow::Result<Vec<(usize, RelationNet)>> {
    let rules = setting.fit_rules(r, hidden.encoders(), seed)?;
    let solved = solve_readout(hidden, r, [&rules[0], &rules[1]], ReadoutParams::default())?;
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
