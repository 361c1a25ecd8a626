//! One piece of work: a relation, a method, a network size.

use super::measured::{self, Setting};
use super::trained::{self, Training};
use crate::CellContext;
use crate::approximate::spread_slope;
use anyhow::Context as _;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{Activation, ReadoutParams, RelationNet, random_features, solve_readout};
use relata_relations::catalogue::relation;
use relata_relations::{Relation, Seed, Space, Symmetry};
use relata_runs::Row;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Everything that one cell depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
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
pub enum Work {
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
        Work::Spectrum { leading, nodes } => spectrum(r, encoders, *leading, *nodes, cx.run_seed),
        Work::RandomReadout { width, draw } => {
            let hidden = random_hidden(r, encoders, *width, cx.run_seed.child(&format!("draw-{draw}")))?;
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

/// One hidden layer of random tanh features for each encoder, spread over its space.
fn random_hidden(
    r: &dyn Relation,
    encoders: Encoders,
    width: usize,
    seed: Seed,
) -> anyhow::Result<RelationNet> {
    let count = NonZeroUsize::new(width).context("the width is 0")?;
    let draw = |space: &dyn Space, name: &str| -> anyhow::Result<_> {
        let mut stream = seed.stream(&format!("features/{name}"));
        let centres = space.sample(count, &mut stream);
        let scale = spread_slope(space, &centres);
        Ok(random_features(&centres, width, Activation::Tanh, scale, &mut stream)?)
    };
    let (x, y) = r.spaces();
    let phi = draw(x, "phi")?;
    Ok(match encoders {
        Encoders::Shared => RelationNet::symmetric(phi),
        Encoders::Separate => RelationNet::asymmetric(phi, draw(y, "psi")?)?,
        Encoders::Indefinite => RelationNet::indefinite(phi, vec![1.0])?,
    })
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

/// Leading values of the closed form against those of a quadrature that knows nothing of it.
fn spectrum(
    r: &dyn Relation,
    encoders: Encoders,
    leading: usize,
    nodes: usize,
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = limit_rows(r, encoders, seed)?;
    let Some(exact) = r.spectrum() else { return Ok(rows) };
    let (x, _) = r.spaces();
    let dimension = x.axes().max(1);
    if dimension > 2 {
        return Ok(rows);
    }
    let per_axis = ((nodes as f64).powf(1.0 / dimension as f64)).round() as usize;
    let rules = measured::rules(r, per_axis, encoders != Encoders::Separate)?;
    let numerical = if r.symmetry() == Symmetry::Symmetric {
        relata_kernels::mercer(r, &rules[0])?.values
    } else {
        relata_kernels::schmidt(r, [&rules[0], &rules[1]])?.values
    };
    for (k, (closed, found)) in exact.values().iter().zip(&numerical).take(leading).enumerate() {
        // Values below this share of the largest are at the quadrature's rounding level.
        if closed.abs() < 1e-9 * exact.values()[0].abs() {
            break;
        }
        let row = Row::new("spectra")
            .with("relation", r.name())
            .with("index", k + 1)
            .with("closed_form", *closed)
            .with("numerical", *found)
            .with("relative_error", (found - closed).abs() / closed.abs());
        rows.push(row);
    }
    Ok(rows)
}

fn limit_rows(r: &dyn Relation, encoders: Encoders, seed: Seed) -> anyhow::Result<Vec<Row>> {
    const MOST: usize = 32;
    let params = LimitParams { seed: seed.child("limits"), ..LimitParams::default() };
    let all = limits(r, encoders, MOST, &params)?;
    (1..=MOST)
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
