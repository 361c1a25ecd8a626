//! `contains-set`: whether five cards contain a set.
//!
//! A set is a relation of three objects, so the relations of pairs have to be read group by group, which
//! is what relational convolutions do (arXiv:2310.03240) and what a reader of all pairs at once has to
//! find out. In the published experiments hands without a set are drawn with replacement and hands with
//! one are not: one hand without a set in eight has a card twice, and that alone tells. Here the question
//! is asked both ways. Cards are entangled numbers in place of embedded pictures.

mod figures;
mod plan;
mod summary;

use super::relational::{Named as _, Score, accuracy_row, leak_rows, score};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model};
use relata_kernels::Encoders;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    CoRelNetConfig, LearnParams, OrderPooling, RelationTensorConfig, RelationalConvolutionConfig,
    TransformerConfig, TuplePerceptronConfig,
};
use relata_tasks::{ContainsSet, ContainsSetParams, Labelled, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContainsSetPipeline;

/// Cards of a hand.
const HAND: usize = 5;

impl Pipeline for ContainsSetPipeline {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "contains-set"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let (Cell::Shortcuts { task, draw } | Cell::Train { task, draw, .. }) = *cell;
        let drawn = ContainsSet::draw(&ContainsSetParams::standard(task.without()), cx.draw(draw))?;
        match *cell {
            Cell::Shortcuts { .. } => {
                // What the shortcuts compare is pairs of hands: fewer of them do.
                let found = shortcuts(&drawn.train[..2000], &drawn.test, 2)?;
                let mut rows = leak_rows(task.name(), draw, &found);
                rows.push(
                    Row::new("leak")
                        .with("task", task.name())
                        .with("draw", draw)
                        .with("shortcut", "recurrence")
                        .with("accuracy", ContainsSet::recurrence_shortcut(&drawn.test))
                        .with("chance", found.chance),
                );
                Ok(rows)
            }
            Cell::Train { model, size, .. } => {
                let found = train(model, &drawn, size, cx)?;
                let numbers = [size, draw, drawn.test.len()];
                Ok(vec![accuracy_row([task.name(), model.name()], numbers, &found)])
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

/// All models have the same batches, rate and decay; how many steps they take depends on the number of
/// hands alone.
fn train(model: Model, task: &ContainsSet, size: usize, cx: &CellContext<'_>) -> anyhow::Result<Score> {
    let examples: [&[Labelled]; 2] = [&task.train[..size], &task.test];
    let (dim, device) = (task.cards.dim(), &cx.device.device);
    let steps = if size <= 4000 { 600 } else { 1500 };
    let params = LearnParams::new(steps, 3e-3).with_weight_decay(1.0).with_batch(128);
    let convolution = |relations, encoders, pooling| -> anyhow::Result<Score> {
        let relations = RelationTensorConfig::linear(dim, relations, 16, encoders);
        let config =
            RelationalConvolutionConfig { pooling, ..RelationalConvolutionConfig::new(HAND, relations) };
        let system = config.init(cx.seed, device)?;
        Ok(score(system, &task.cards, examples, &params, cx.seed, device)?)
    };
    match model {
        Model::Relconv => convolution(16, Encoders::Shared, OrderPooling::Max),
        Model::RelconvMean => convolution(16, Encoders::Shared, OrderPooling::Mean),
        Model::RelconvOne => convolution(1, Encoders::Shared, OrderPooling::Max),
        Model::RelconvAsymmetric => convolution(16, Encoders::Separate, OrderPooling::Max),
        Model::Corelnet => {
            let system = CoRelNetConfig::new(HAND, dim, 1, vec![]).init(cx.seed, device)?;
            Ok(score(system, &task.cards, examples, &params, cx.seed, device)?)
        }
        Model::Transformer => {
            let system = TransformerConfig::new(HAND, dim, 1).init(cx.seed, device)?;
            Ok(score(system, &task.cards, examples, &params, cx.seed, device)?)
        }
        Model::Mlp => {
            let system = TuplePerceptronConfig::new(HAND, dim, 128, 2, 1).init(cx.seed, device)?;
            Ok(score(system, &task.cards, examples, &params, cx.seed, device)?)
        }
    }
}
