//! `debreu`: from a preorder to a utility, exactly, or with what stands in the way.
//!
//! Finite orders and their representations, comparisons with flips in them, Wold's utility on
//! bundles with the preference that has none, the width of families of orders, estimators on noisy
//! comparisons, and the efficiency of consumers. Everything is computed by `relata-debreu`; what is
//! counted as a violation or an error here is recomputed from the definition.

mod consumers;
mod continuous;
mod estimation;
mod families;
mod figures;
mod finite;
mod noise;
mod plan;
mod statistics;
mod summary;

use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Debreu;

impl Pipeline for Debreu {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "debreu"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match c {
            Cell::Picture(c) => c.run(cx),
            Cell::Orders(c) => c.run(cx),
            Cell::Noise(c) => c.run(cx),
            Cell::Wold(c) => c.run(cx),
            Cell::Jump(c) => c.run(cx),
            Cell::Width(c) => c.run(cx),
            Cell::Estimation(c) => c.run(cx),
            Cell::Consumers(c) => c.run(cx),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables, summary)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
