//! `set`: whether three cards form a set, from cards whose features are entangled.
//!
//! Three cards form a set when each of their four attributes is the same on all of them or different
//! on all. Relations that are symmetric can say of two cards where they agree; whether three agree in
//! all or none is read off the three relations of their pairs, in whatever order. Here no set of the
//! test was seen in training; in the published experiments nearly all were.

mod figures;
mod plan;
mod summary;

use super::relational::{Named as _, Score, accuracy_row, leak_rows, score};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model, split};
use relata_kernels::Encoders;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    LearnParams, RelationTensorConfig, RelationsOfSetConfig, SetReading, TuplePerceptronConfig,
};
use relata_tasks::{Labelled, SetGame, SetParams, shortcuts};
use relata_training::Precision;

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set;

/// Relations, and the rank of each.
const RELATIONS: [usize; 2] = [16, 4];

impl Pipeline for Set {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "set"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let (Cell::Shortcuts { task, draw } | Cell::Train { task, draw, .. }) = *cell;
        let game = SetGame::draw(&SetParams::standard().with_split(split(task)), cx.draw(draw))?;
        match *cell {
            Cell::Shortcuts { .. } => {
                Ok(leak_rows(task.name(), draw, &shortcuts(&game.train, &game.test, 2)?))
            }
            Cell::Train { model, size, .. } => {
                let found = train(model, &game, size, cx)?;
                Ok(vec![accuracy_row([task.name(), model.name()], [size, draw, game.test.len()], &found)])
            }
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, _: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        Ok(summary::checks(summary))
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}

/// All models have the same steps, batches and decay, chosen on other seeds for the first.
fn train(model: Model, game: &SetGame, size: usize, cx: &CellContext<'_>) -> anyhow::Result<Score> {
    let examples: [&[Labelled]; 2] = [&game.train[..size], &game.test];
    let (dim, device) = (game.cards.dim(), &cx.device.device);
    let params = LearnParams::new(1000, 3e-3).with_weight_decay(3.0).with_batch(128);
    let relations = |encoders, reading| -> anyhow::Result<Score> {
        let [relations, rank] = RELATIONS;
        let relations = RelationTensorConfig::linear(dim, relations, rank, encoders);
        let config =
            RelationsOfSetConfig { relations, objects: 3, reading, width: 64, precision: Precision::F32 };
        let system = config.init(cx.seed, device)?;
        Ok(score(system, &game.cards, examples, &params, cx.seed, device)?)
    };
    match model {
        Model::Symmetric => relations(Encoders::Shared, SetReading::Sorted),
        Model::DeepSet => relations(Encoders::Shared, SetReading::Pooled),
        Model::Asymmetric => relations(Encoders::Separate, SetReading::Sorted),
        Model::Mlp => {
            let system = TuplePerceptronConfig::new(3, dim, 128, 2, 1).init(cx.seed, device)?;
            Ok(score(system, &game.cards, examples, &params, cx.seed, device)?)
        }
    }
}
