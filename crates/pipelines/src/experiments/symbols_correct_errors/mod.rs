//! `symbols-correct-errors`: relations read exactly from measurements of which a share is corrupted.
//!
//! An Abstractor's output is `S r`, its symbols weighed by relations. Where symbols have more
//! coordinates than there are relations, that is a code: a share of the coordinates may be replaced by
//! anything, and the relations with the smallest sum of absolute errors are still the right ones, to
//! the last digit, up to a share that grows with the ratio of coordinates to relations. Least squares
//! is wrong from the first corruption on.

mod figures;
mod plan;
mod summary;

use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_relations::faer::Mat;
use relata_relations::faer::linalg::solvers::Solve;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_tasks::{CorruptedParams, CorruptedSymbols, recover};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SymbolsCorrectErrors;

/// Relations nearer than this to the right ones, of size 1, are recovered.
const EXACT: f64 = 1e-6;

impl Pipeline for SymbolsCorrectErrors {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "symbols-correct-errors"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let &Cell { symbols, ratio, percent, objects } = cell;
        let dim = symbols * ratio;
        // Corruptions five times the size of a measurement.
        let size = 5.0 * (symbols as f64).sqrt();
        let share = percent as f64 / 100.0;
        let task = CorruptedSymbols::draw(&CorruptedParams { symbols, dim, objects, share, size }, cx.seed)?;
        let s = task.symbols.as_mat();
        let normal = (s.transpose() * s).partial_piv_lu();
        let (mut exact, mut squares, mut gap) = (0usize, 0usize, 0.0f64);
        for (a, right) in task.measured.rows().zip(task.relations.rows()) {
            let found = recover(&task.symbols, a)?;
            gap = gap.max((found.objective - found.bound) / found.objective.max(1.0));
            let far =
                |u: &dyn Fn(usize) -> f64| (0..symbols).map(|i| (u(i) - right[i]).abs()).fold(0.0, f64::max);
            exact += usize::from(far(&|i| found.relations[i]) < EXACT);
            let rhs = Mat::from_fn(symbols, 1, |i, _| (0..dim).map(|j| s[(j, i)] * a[j]).sum::<f64>());
            let least = normal.solve(&rhs);
            squares += usize::from(far(&|i| least[(i, 0)]) < EXACT);
        }
        let share_of = |n: usize| n as f64 / objects as f64;
        Ok(vec![
            Row::new("recovery")
                .with("symbols", symbols)
                .with("ratio", ratio)
                .with("corrupted_percent", percent)
                .with("objects", objects)
                .with("recovered", share_of(exact))
                .with("recovered_by_least_squares", share_of(squares))
                .with("largest_gap", gap),
        ])
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, _: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
