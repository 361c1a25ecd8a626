//! `argsort`: sequences put in order, by a utility that is learned from sorted sequences.
//!
//! The published systems are given sequences of ten of 48 objects with the places of their sorted
//! order as a target, and learn to name those places one by one. A utility under the likelihood of
//! Plackett and Luce reads the same targets as choices: the least of all first, then the least of those
//! that remain. It sorts sequences of any length, because nothing in it knows a length.

mod figures;
mod plan;
mod summary;

use super::relational::{Score, accuracy_row, leak_rows};
use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{LearnParams, UtilityNetConfig, learn_ranking, parameters, whole_sequences_right};
use relata_tasks::{Argsort, ArgsortParams, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArgsortPipeline;

/// The only task.
const TASK: &str = "48-objects";

/// The only model.
const MODEL: &str = "utility-net";

/// Lengths that are sorted after training on sequences of 10.
const LENGTHS: [usize; 5] = [5, 10, 20, 30, 40];

impl Pipeline for ArgsortPipeline {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "argsort"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let (Cell::Shortcuts { draw } | Cell::Train { draw, .. }) = *cell;
        let task = Argsort::draw(&ArgsortParams::of_48_objects(), cx.draw(draw))?;
        let Cell::Train { size, .. } = *cell else {
            let [train, test] = [&task.train, &task.test].map(|s| Argsort::labelled(s));
            return Ok(leak_rows(TASK, draw, &shortcuts(&train, &test, 10)?));
        };
        let device = &cx.device.device;
        let net = UtilityNetConfig::new(task.objects.dim(), 256).init(cx.seed, device)?;
        let parameters = parameters(&net);
        let params = LearnParams::new(300, 1e-2).with_weight_decay(0.1);
        let learned = learn_ranking(net, &task.objects, &sorted(&task.train[..size]), &params, device)?;
        let net = learned.system;
        let accuracy = whole_sequences_right(&net, &task.objects, &sorted(&task.test), device)?;
        let score = Score { accuracy, parameters };
        let mut rows = vec![accuracy_row([TASK, MODEL], [size, draw, task.test.len()], &score)];
        for length in LENGTHS {
            let longer = task.of_length(length, 1000, cx.draw(draw))?;
            let right = whole_sequences_right(&net, &task.objects, &sorted(&longer), device)?;
            rows.push(
                Row::new("lengths")
                    .with("size", size)
                    .with("draw", draw)
                    .with("length", length)
                    .with("accuracy", right),
            );
        }
        Ok(rows)
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

/// Sequences in increasing order: what the targets of the task say.
fn sorted(sequences: &[Vec<usize>]) -> Vec<Vec<usize>> {
    sequences.iter().map(|s| Argsort::answer(s).into_iter().map(|place| s[place]).collect()).collect()
}
