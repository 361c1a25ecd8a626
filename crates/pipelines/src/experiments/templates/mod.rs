//! `templates`: words over symbols that training never saw.
//!
//! The label of a word depends on which of its places hold the same symbol (arXiv:2310.09753). A
//! perceptron that starts without preference among symbols provably treats all unseen words alike; a
//! transformer, whose scores compare symbols, reaches them when it has seen enough different ones, and
//! sooner when its scores are of the form `W_Q' W_K + a I`, with one more number per head. Symbols are
//! random vectors; the perceptron is also given indicators, the case of the theorem, since random
//! vectors are not quite orthogonal and let it compare a little.

mod figures;
mod plan;
mod summary;

use super::relational::{Score, accuracy_row, leak_rows};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model};
use relata_plotting::Figure;
use relata_relations::Points;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    IdentityTerm, LearnParams, System, TransformerConfig, TuplePerceptronConfig, accuracy, learn, parameters,
};
use relata_tasks::{Templates, TemplatesParams, gaussian_objects, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TemplateWords;

/// Numbers per symbol.
const DIM: usize = 64;

/// Training words.
const WORDS: usize = 4000;

impl Pipeline for TemplateWords {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "templates"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let (Cell::Shortcuts { symbols, draw } | Cell::Train { symbols, draw, .. }) = *cell;
        let task = Templates::draw(&TemplatesParams::new(symbols, WORDS), cx.draw(draw))?;
        let Cell::Train { model, steps, .. } = *cell else {
            return Ok(leak_rows("unseen-symbols", draw, &shortcuts(&task.train, &task.test, 2)?));
        };
        let mut stream = cx.draw(draw).stream("templates/symbols");
        let x = gaussian_objects(task.symbols, DIM, &mut stream)?;
        let device = &cx.device.device;
        let places = task.train[0].objects.len();
        let transformer = |identity| {
            let config = TransformerConfig { layers: 2, identity, ..TransformerConfig::new(places, DIM, 1) };
            config.init(cx.seed, device)
        };
        let scores = match model {
            Model::Mlp | Model::MlpVectors => {
                let x = if model == Model::Mlp { indicators(task.symbols)? } else { x };
                let system = TuplePerceptronConfig::new(places, x.dim(), 128, 2, 1).init(cx.seed, device)?;
                both(system, &task, &x, steps, cx)?
            }
            Model::Transformer => both(transformer(IdentityTerm::None)?, &task, &x, steps, cx)?,
            Model::TransformerIdentity => both(transformer(IdentityTerm::Learned)?, &task, &x, steps, cx)?,
        };
        let tests = [("unseen-symbols", task.test.len()), ("seen-symbols", task.test_seen.len())];
        let row = |((name, tested), score): ((&str, usize), &Score)| {
            accuracy_row([name, model.name()], [symbols, draw, tested], score)
        };
        Ok(tests.into_iter().zip(&scores).map(row).collect())
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

/// Symbols as indicators, times the root of their number: entries then have the mean square 1, as those
/// of random vectors have.
fn indicators(symbols: usize) -> anyhow::Result<Points> {
    let size = (symbols as f64).sqrt();
    let entry = |k: usize| if k / symbols == k % symbols { size } else { 0.0 };
    Ok(Points::new(symbols, (0..symbols * symbols).map(entry).collect())?)
}

/// One training, asked words of unseen and of seen symbols.
fn both<S: System>(
    system: S,
    task: &Templates,
    x: &Points,
    steps: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<[Score; 2]> {
    let device = &cx.device.device;
    let parameters = parameters(&system);
    let params = LearnParams::new(steps, 2e-3).with_batch(64).with_weight_decay(0.1);
    let learned = learn(system, x, &task.train, &params, cx.seed, device)?.system;
    let of = |words| -> anyhow::Result<Score> {
        Ok(Score { accuracy: accuracy(&learned, x, words, device)?, parameters })
    };
    Ok([of(&task.test)?, of(&task.test_seen)?])
}
