//! `argsort`: sequences put in order, by scores that are learned from sorted sequences.
//!
//! The published systems are given sequences of ten of 48 objects with the places of their sorted
//! order as a target, and learn to name those places one by one. A utility under the likelihood of
//! Plackett and Luce reads the same targets as choices: the least of all first, then the least of those
//! that remain. It sorts sequences of any length, because nothing in it knows a length; and so does an
//! Abstractor layer that scores objects by their relations to the others.
//!
//! Also asked: objects that training has not seen, whose attributes it has; and what a relation is worth
//! that was learned before. The published control for that is the task itself under another name. Here one
//! order shares the first attribute with the task and has the values of the second reshuffled, and the
//! other is of other objects altogether.

mod figures;
mod plan;
mod summary;

use super::relational::{Named as _, Score, accuracy_row, leak_rows};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model, Task};
use relata_plotting::Figure;
use relata_relations::{Points, Seed};
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    AbstractorScorerConfig, LearnParams, ScoresSequences, UtilityNetConfig, learn_ranking, parameters,
    whole_sequences_right,
};
use relata_tasks::{Argsort, ArgsortParams, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArgsortPipeline;

/// Lengths that are sorted after training on sequences of 10.
const LENGTHS: [usize; 5] = [5, 10, 20, 30, 40];

/// Objects that training does not see, of 48.
const HELD_OUT: usize = 12;

/// Sequences of an order that is learned before.
const BEFORE: usize = 1000;

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
        let (Cell::Shortcuts { task, draw } | Cell::Train { task, draw, .. }) = *cell;
        let drawn = Drawn::new(task, cx.draw(draw))?;
        let Cell::Train { model, size, .. } = *cell else {
            let [train, test] = [&drawn.train, &drawn.test].map(|s| Argsort::labelled(s));
            return Ok(leak_rows(task.name(), draw, &shortcuts(&train, &test, 10)?));
        };
        let (device, dim) = (&cx.device.device, drawn.task.objects.dim());
        let params = LearnParams::new(300, 1e-2).with_weight_decay(0.1);
        let job = Job { task, drawn: &drawn, model, size, draw, params };
        if model == Model::Abstractor {
            // A perceptron behind means of sigmoids takes smaller steps than a score of features.
            let params = LearnParams::new(300, 3e-3).with_weight_decay(0.1);
            return job.train(AbstractorScorerConfig::new(dim).init(cx.seed, device)?, &params, cx);
        }
        let mut net = UtilityNetConfig::new(dim, 256).init(cx.seed, device)?;
        if let Some((objects, sorted)) = drawn.before(model, cx)? {
            net = learn_ranking(net, &objects, &sorted, &job.params, device)?.system;
        }
        job.train(net, &job.params, cx)
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

/// A task as sequences.
struct Drawn {
    task: Argsort,
    train: Vec<Vec<usize>>,
    test: Vec<Vec<usize>>,
}

impl Drawn {
    fn new(task: Task, seed: Seed) -> anyhow::Result<Self> {
        let drawn = Argsort::draw(&ArgsortParams::of_48_objects(), seed)?;
        let (train, test) = match task {
            Task::Known => (drawn.train.clone(), drawn.test.clone()),
            Task::Unseen => {
                let apart = drawn.holding_out(HELD_OUT, [drawn.train.len(), drawn.test.len()], seed)?;
                (apart.train, apart.test)
            }
        };
        Ok(Self { task: drawn, train, test })
    }

    /// What a model learns before the task, in increasing order: objects and sequences.
    fn before(
        &self,
        model: Model,
        cx: &CellContext<'_>,
    ) -> anyhow::Result<Option<(Points, Vec<Vec<usize>>)>> {
        let seed = cx.seed.child("argsort/before");
        Ok(match model {
            Model::UtilityNet | Model::Abstractor => None,
            Model::Reshuffled => {
                let ranks = self.task.reshuffled_ranks(seed);
                let mut sequences = self.task.of_length(10, BEFORE, seed)?;
                sequences.iter_mut().for_each(|s| s.sort_by_key(|o| ranks[*o]));
                Some((self.task.objects.clone(), sequences))
            }
            Model::Elsewhere => {
                let other = Argsort::draw(&ArgsortParams::of_48_objects(), seed)?;
                Some((other.objects.clone(), sorted(&other.train[..BEFORE])))
            }
        })
    }
}

/// One training.
struct Job<'a> {
    task: Task,
    drawn: &'a Drawn,
    model: Model,
    size: usize,
    draw: usize,
    params: LearnParams,
}

impl Job<'_> {
    fn train<S: ScoresSequences>(
        &self,
        net: S,
        params: &LearnParams,
        cx: &CellContext<'_>,
    ) -> anyhow::Result<Vec<Row>> {
        let (device, drawn) = (&cx.device.device, self.drawn);
        let (objects, parameters) = (&drawn.task.objects, parameters(&net));
        let net = learn_ranking(net, objects, &sorted(&drawn.train[..self.size]), params, device)?.system;
        let accuracy = whole_sequences_right(&net, objects, &sorted(&drawn.test), device)?;
        let score = Score { accuracy, parameters };
        let names = [self.task.name(), self.model.name()];
        let mut rows = vec![accuracy_row(names, [self.size, self.draw, drawn.test.len()], &score)];
        if self.task == Task::Unseen || matches!(self.model, Model::Reshuffled | Model::Elsewhere) {
            return Ok(rows);
        }
        for length in LENGTHS {
            let longer = drawn.task.of_length(length, 1000, cx.draw(self.draw))?;
            let right = whole_sequences_right(&net, objects, &sorted(&longer), device)?;
            rows.push(
                Row::new("lengths")
                    .with("model", self.model.name())
                    .with("size", self.size)
                    .with("draw", self.draw)
                    .with("length", length)
                    .with("accuracy", right),
            );
        }
        Ok(rows)
    }
}

/// Sequences in increasing order: what the targets of the task say.
fn sorted(sequences: &[Vec<usize>]) -> Vec<Vec<usize>> {
    sequences.iter().map(|s| Argsort::answer(s).into_iter().map(|place| s[place]).collect()).collect()
}
