//! `retrieval`: from a family of preorders to attention that provably retrieves, and every bound on
//! the way put to the test.
//!
//! * Random heads and contexts against the sharp bound `1 - a_max <= q / (1 + q)`.
//! * Every catalogue family: a head designed for an error and a probability, measured on fresh
//!   contexts; and error against inverse temperature below the bound.
//! * A phase diagram: rank and inverse temperature of scores for `-|x - y|`, whose singular values
//!   decay slowly, beside a utility of the same order that has rank 2.
//! * A trained inner product among them; and context lengths up to 64 times that of design.

mod cells;
mod figures;
mod plan;
mod summary;

use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retrieval;

/// Keys in the contexts for which heads are designed; lengths go up to 64 times this.
const DESIGNED: usize = 16;
const LENGTHS: [usize; 4] = [DESIGNED, 4 * DESIGNED, 16 * DESIGNED, 64 * DESIGNED];
/// Ranks of the phase diagram.
const RANKS: [usize; 9] = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/// Promised with this probability.
const PROBABILITY: f64 = 0.95;

impl Pipeline for Retrieval {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "retrieval"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match c {
            Cell::Heads { batch, heads } => cells::heads(*batch, *heads, cx.seed),
            Cell::Promise { family, keys, permille, contexts } => {
                cells::promise(family, *keys, *permille, *contexts, cx.seed)
            }
            Cell::Curve { family, contexts } => cells::curve(family, *contexts, cx.seed),
            Cell::Phase { rank, contexts } => cells::phase(*rank, *contexts, cx.run_seed),
            Cell::Length { family, contexts } => cells::length(family, *contexts, cx.seed),
            Cell::Trained { steps, width, contexts } => cells::trained(*steps, *width, *contexts, cx),
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
