//! A pipeline from closures.

use crate::pipeline::{CellContext, Pipeline};
use anyhow::Context as _;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use serde::Serialize;
use serde::de::DeserializeOwned;

type Compute<C> = dyn Fn(&C, &CellContext<'_>) -> anyhow::Result<Vec<Row>> + Send + Sync;
type Summarise = dyn Fn(&Tables) -> anyhow::Result<Summary> + Send + Sync;
type Draw = dyn Fn(&Tables) -> anyhow::Result<Vec<Figure>> + Send + Sync;

/// A pipeline of a few closures, the same cells in every profile. Where that is too little,
/// implement [`Pipeline`].
///
/// A cell holds everything that its rows depend on besides the program, the seed and the device;
/// its label is its JSON.
///
/// ```
/// use relata_pipelines::prelude::*;
///
/// let squares = OwnPipeline::new("squares", [1, 2, 3], |n: &u64, _cx| {
///     Ok(vec![Row::new("squares").with("n", *n).with("square", n * n)])
/// })
/// .summary(|tables| {
///     let most = tables.get("squares")?.floats("square")?.into_iter().fold(0.0, f64::max);
///     Ok(Summary::new().with("largest", "The largest square.", Metric::new(most, "1")))
/// });
/// let labels: Vec<String> = squares.cells(Profile::Smoke).iter().map(|c| squares.label(c)).collect();
/// assert_eq!(labels, ["1", "2", "3"]);
/// ```
pub struct OwnPipeline<C> {
    name: &'static str,
    cells: Vec<C>,
    compute: Box<Compute<C>>,
    summarise: Box<Summarise>,
    draw: Box<Draw>,
}

impl<C> OwnPipeline<C> {
    /// A pipeline of this name, with these cells, which become rows by `compute`.
    pub fn new(
        name: &'static str,
        cells: impl IntoIterator<Item = C>,
        compute: impl Fn(&C, &CellContext<'_>) -> anyhow::Result<Vec<Row>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            cells: cells.into_iter().collect(),
            compute: Box::new(compute),
            summarise: Box::new(|_| Ok(Summary::new())),
            draw: Box::new(|_| Ok(Vec::new())),
        }
    }

    /// Its headline numbers, from the tables.
    #[must_use]
    pub fn summary(self, f: impl Fn(&Tables) -> anyhow::Result<Summary> + Send + Sync + 'static) -> Self {
        Self { summarise: Box::new(f), ..self }
    }

    /// Its figures, from the tables.
    #[must_use]
    pub fn figures(self, f: impl Fn(&Tables) -> anyhow::Result<Vec<Figure>> + Send + Sync + 'static) -> Self {
        Self { draw: Box::new(f), ..self }
    }
}

impl<C: Clone + Serialize + DeserializeOwned + Send + Sync> Pipeline for OwnPipeline<C> {
    type Cell = C;

    fn name(&self) -> &'static str {
        self.name
    }

    fn cells(&self, _: Profile) -> Vec<C> {
        self.cells.clone()
    }

    fn label(&self, cell: &C) -> String {
        // A cell that has no JSON is refused, with its reason, when the plan is made.
        serde_json::to_string(cell).unwrap_or_default()
    }

    fn run(&self, cell: &C, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        (self.compute)(cell, cx).with_context(|| format!("the cell {}", cx.label))
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        (self.summarise)(tables)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        (self.draw)(tables)
    }
}
