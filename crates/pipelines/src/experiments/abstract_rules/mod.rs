//! `abstract-rules`: rules over objects of which most are held out.
//!
//! Same or different, match to sample, distribution of three and identity rules (Webb, Sinha and Cohen
//! 2021, arXiv:2012.14601), with random vectors in place of pictures. Of 100 objects `m` occur in test
//! trials only, so what is learned of objects is worth nothing there and what is learned of their
//! relations everything. One task has rows of 20 of 23 objects, none held out.

mod figures;
mod plan;
mod summary;

use super::relational::{Score, accuracy_row, leak_rows, score};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model, Question};
use relata_plotting::Figure;
use relata_relations::Points;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    CoRelNetConfig, DualAttentionConfig, EsbnConfig, LearnParams, PrediNetConfig, RelationNetworkConfig,
    TransformerConfig, TuplePerceptronConfig,
};
use relata_tasks::{Rules, RulesParams, gaussian_objects, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbstractRules;

/// Numbers per object.
const DIM: usize = 32;

impl Pipeline for AbstractRules {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "abstract-rules"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let (Cell::Shortcuts { question, draw } | Cell::Train { question, draw, .. }) = *cell;
        let Question { rule, held_out } = question;
        // What the shortcuts compare is pairs of trials: fewer of them do.
        let train = if matches!(cell, Cell::Shortcuts { .. }) { 2000 } else { 10_000 };
        let params = RulesParams::new(rule.rule(), rule.objects(), held_out).with_trials(train, 2000);
        let task = Rules::draw(&params, cx.draw(draw))?;
        let label = format!("{}-held-out-{held_out}", rule.name());
        match *cell {
            Cell::Shortcuts { .. } => {
                Ok(leak_rows(&label, draw, &shortcuts(&task.train, &task.test, task.answers())?))
            }
            Cell::Train { model, steps, .. } => {
                let mut stream = cx.draw(draw).stream("abstract-rules/objects");
                let objects = gaussian_objects(task.objects, DIM, &mut stream)?;
                let found = run(model, steps, &task, &objects, cx)?;
                let row =
                    accuracy_row([rule.name(), model.name()], [held_out, draw, task.test.len()], &found);
                Ok(vec![row])
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

/// All models have the same steps and batches.
fn run(
    model: Model,
    steps: usize,
    task: &Rules,
    objects: &Points,
    cx: &CellContext<'_>,
) -> anyhow::Result<Score> {
    let device = &cx.device.device;
    let examples = [&task.train[..], &task.test[..]];
    let params = LearnParams::new(steps, 2e-3).with_batch(64);
    let (length, rule) = (task.rule.length(), task.rule);
    // A question of yes or no has one logit.
    let outputs = if rule.answers() == 2 { 1 } else { rule.answers() };
    Ok(match model {
        Model::Corelnet => {
            let system = CoRelNetConfig::new(length, DIM, outputs, rule.segments()).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::Esbn => {
            let system = EsbnConfig::new(length, DIM, outputs, rule.segments()).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::Predinet => {
            let system = PrediNetConfig::new(length, DIM, outputs, rule.segments()).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::RelationNetwork => {
            let system = RelationNetworkConfig::new(DIM, outputs).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::DualAttention => {
            let system = DualAttentionConfig::new(length, DIM, outputs).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::Transformer => {
            let system = TransformerConfig::new(length, DIM, outputs).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
        Model::Mlp => {
            let system = TuplePerceptronConfig::new(length, DIM, 128, 2, outputs).init(cx.seed, device)?;
            score(system, objects, examples, &params, cx.seed, device)?
        }
    })
}
