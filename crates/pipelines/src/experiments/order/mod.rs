//! `order`: which of two objects comes first, learned from some of all pairs.
//!
//! Every order that a model can be asked for here has a utility, and `u(y) - u(x)` is an inner product
//! of width two. How much is it worth to be told so? The utility net is; an unconstrained inner
//! product of rank 16 is told that the relation is one; a symmetric one is told what is false; the
//! perceptron on both objects and the Abstractor are told neither. Beside them the published curves of
//! arXiv:2304.00195, on the same task drawn anew; and the same question about objects that training
//! never saw.

mod figures;
mod plan;
mod summary;

use super::relational::{Named as _, Score, accuracy_row, leak_rows, score};
use crate::{CellContext, Pipeline};
use plan::{Cell, Model, Task};
use relata_kernels::Encoders;
use relata_plotting::Figure;
use relata_relations::{Points, Seed};
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::{
    AbstractorConfig, LearnParams, RelationOfPairConfig, TuplePerceptronConfig, UtilityNetConfig,
};
use relata_tasks::{Labelled, OrderParams, OrderedPair, PairwiseOrder, UnseenOrder, UnseenParams, shortcuts};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order;

/// Units of hidden layers: wide enough that 64 objects in 32 dimensions can be scored in any order.
const WIDTH: usize = 256;

/// The rank of unconstrained inner products.
const RANK: usize = 16;

impl Pipeline for Order {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "order"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match *cell {
            Cell::Shortcuts { task, draw } => {
                let drawn = Drawn::new(task, cx.draw(draw))?;
                Ok(leak_rows(task.name(), draw, &shortcuts(&drawn.train, &drawn.test, 2)?))
            }
            Cell::Train { task, model, size, draw } => {
                let drawn = Drawn::new(task, cx.draw(draw))?;
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

/// A task as examples.
struct Drawn {
    objects: Points,
    train: Vec<Labelled>,
    test: Vec<Labelled>,
}

impl Drawn {
    fn new(task: Task, seed: Seed) -> anyhow::Result<Self> {
        let labelled = |pairs: &[OrderedPair]| pairs.iter().map(OrderedPair::labelled).collect();
        let known = |params: OrderParams| -> anyhow::Result<Self> {
            let task = PairwiseOrder::draw(&params, seed)?;
            Ok(Self { train: labelled(&task.train), test: labelled(&task.test), objects: task.objects })
        };
        match task {
            Task::Of64 => known(OrderParams::of_64_objects()),
            Task::Of32 => known(OrderParams::of_32_objects()),
            Task::Unseen => {
                let task = UnseenOrder::draw(&UnseenParams::standard(), seed)?;
                Ok(Self { train: labelled(&task.train), test: labelled(&task.test), objects: task.objects })
            }
        }
    }
}

/// The settings of each model are the same for every task and size, and were chosen on other seeds.
/// Weight decay is strong where a model is wide: of the functions that fit it prefers small ones.
fn train(model: Model, task: &Drawn, size: usize, cx: &CellContext<'_>) -> anyhow::Result<Score> {
    let examples: [&[Labelled]; 2] = [&task.train[..size], &task.test];
    let (dim, device) = (task.objects.dim(), &cx.device.device);
    let whole = |steps, decay| LearnParams::new(steps, 3e-3).with_weight_decay(decay);
    let inner = |encoders| -> anyhow::Result<Score> {
        let system = RelationOfPairConfig::new(dim, WIDTH, RANK, encoders).init(cx.seed, device)?;
        Ok(score(system, &task.objects, examples, &whole(400, 10.0), cx.seed, device)?)
    };
    match model {
        Model::UtilityNet => {
            let system = UtilityNetConfig::new(dim, WIDTH).init(cx.seed, device)?;
            Ok(score(system, &task.objects, examples, &whole(400, 1.0), cx.seed, device)?)
        }
        Model::Asymmetric => inner(Encoders::Separate),
        Model::Symmetric => inner(Encoders::Shared),
        Model::Mlp => {
            let system = TuplePerceptronConfig::new(2, dim, 64, 2, 1).init(cx.seed, device)?;
            let params = LearnParams::new(1000, 3e-3).with_weight_decay(0.3).with_batch(128);
            Ok(score(system, &task.objects, examples, &params, cx.seed, device)?)
        }
        Model::Abstractor => {
            let system = AbstractorConfig::for_pairs(dim).init(cx.seed, device)?;
            let params = LearnParams::new(1000, 3e-3).with_weight_decay(0.3).with_batch(128);
            Ok(score(system, &task.objects, examples, &params, cx.seed, device)?)
        }
    }
}
