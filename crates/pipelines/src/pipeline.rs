//! What a pipeline is: independent cells, a function from a cell to rows, and functions from tables
//! to a summary and figures.

use crate::backend::Opened;
use anyhow::Context as _;
use relata_plotting::Figure;
use relata_relations::Seed;
use relata_runs::{Profile, Row, Summary, Tables};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// A reproducible experiment.
///
/// A *cell* is the smallest piece of work that stands alone (a relation at a width and a rank,
/// say), and its value is the whole of its configuration: what [`Pipeline::run`] returns may depend
/// on the cell, the seed and the device and on nothing else. Cells run in parallel and in any
/// order; finished ones are reused.
pub trait Pipeline: Send + Sync {
    /// Everything that one piece of work depends on. Derive serde's traits, with
    /// `deny_unknown_fields`.
    type Cell: Serialize + DeserializeOwned + Send + Sync;

    /// The name under which it is run.
    fn name(&self) -> &'static str;

    /// The cells, in the order in which their rows shall stand in the tables.
    fn cells(&self, profile: Profile) -> Vec<Self::Cell>;

    /// What users call a cell; different for different cells, e.g. `volterra/readout/width=128`.
    fn label(&self, cell: &Self::Cell) -> String;

    /// Computes one cell, on one thread.
    fn run(&self, cell: &Self::Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>>;

    /// Headline numbers, from the tables alone.
    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary>;

    /// What is wrong with the results, one sentence each; anything here fails the run after
    /// everything is written.
    fn checks(&self, _tables: &Tables, _summary: &Summary) -> anyhow::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// The figures, from the tables alone. Their names are the names of their files.
    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>>;

    /// What a run on the user's own data says in sentences, from the tables alone.
    fn answers(&self, _tables: &Tables) -> anyhow::Result<Option<String>> {
        Ok(None)
    }
}

/// What a cell may use besides its own configuration.
///
/// Of the two seeds, `seed` is for what is this cell's alone; `run_seed` is for what cells have in
/// common because they are compared (the features of a draw, the nodes, the data), which then is
/// named: `run_seed.child("digits")`, or [`CellContext::draw`].
#[derive(Clone, Copy, Debug)]
pub struct CellContext<'a> {
    /// The device of the run.
    pub device: &'a Opened,
    /// The seed of the run, the same in every cell.
    pub run_seed: Seed,
    /// The seed of this cell, derived from the run's by the pipeline's name and the cell's label.
    pub seed: Seed,
    /// The cell's label.
    pub label: &'a str,
    /// Where a cell that takes long says what it is doing.
    pub stages: Stages<'a>,
}

/// Where a cell that takes long says what it is doing, for the progress line. Results know nothing of
/// it.
#[derive(Clone, Copy, Default)]
pub struct Stages<'a>(Option<&'a (dyn Fn(&str) + Sync)>);

impl<'a> Stages<'a> {
    /// Nobody listens.
    pub const SILENT: Self = Self(None);

    /// Calls `listener` at every stage.
    #[must_use]
    pub fn told(listener: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self(Some(listener))
    }

    /// The cell is at this now: a few words, such as `singular values of 3000 x 2000`.
    pub fn at(self, stage: &str) {
        if let Some(listener) = self.0 {
            listener(stage);
        }
    }
}

impl std::fmt::Debug for Stages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Stages(told)" } else { "Stages(silent)" })
    }
}

impl CellContext<'_> {
    /// The seed of the `k`-th draw, the same in every cell: cells of one draw have the same
    /// features, so what differs between them is not chance.
    #[must_use]
    pub fn draw(&self, k: usize) -> Seed {
        self.run_seed.child(&format!("draw-{k}"))
    }
}

/// A cell of a pipeline whose type of cell is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// What users call it.
    pub label: String,
    /// The cell as JSON.
    pub config: Value,
}

/// A pipeline whose type of cell is erased: the cells are JSON.
pub trait DynPipeline: Send + Sync {
    /// The name under which it is run.
    fn name(&self) -> &'static str;
    /// The cells. Labels are checked to differ.
    fn plan(&self, profile: Profile) -> anyhow::Result<Vec<Planned>>;
    /// Computes the cell of that configuration.
    fn run(&self, config: &Value, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>>;
    /// Headline numbers, from the tables alone.
    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary>;
    /// What is wrong with the results.
    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>>;
    /// The figures, from the tables alone.
    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>>;
    /// What a run on the user's own data says in sentences.
    fn answers(&self, tables: &Tables) -> anyhow::Result<Option<String>>;
}

/// Erases the type of a pipeline's cells.
pub fn boxed(pipeline: impl Pipeline + 'static) -> Box<dyn DynPipeline> {
    Box::new(Erased(pipeline))
}

struct Erased<P>(P);

impl<P: Pipeline> DynPipeline for Erased<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn plan(&self, profile: Profile) -> anyhow::Result<Vec<Planned>> {
        let (mut planned, mut labels) = (Vec::new(), BTreeSet::new());
        for cell in self.0.cells(profile) {
            let label = self.0.label(&cell);
            let config = serde_json::to_value(&cell).with_context(|| format!("cell `{label}` as JSON"))?;
            anyhow::ensure!(labels.insert(label.clone()), "two cells are called `{label}`");
            planned.push(Planned { label, config });
        }
        Ok(planned)
    }

    fn run(&self, config: &Value, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let cell = serde_json::from_value(config.clone()).with_context(|| format!("not a cell: {config}"))?;
        self.0.run(&cell, cx)
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        self.0.summarise(tables)
    }

    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        self.0.checks(tables, summary)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        self.0.figures(tables)
    }

    fn answers(&self, tables: &Tables) -> anyhow::Result<Option<String>> {
        self.0.answers(tables)
    }
}
