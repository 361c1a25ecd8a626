//! `rkbs`: what two different encoders represent, as kernels of pairs of Banach spaces.
//!
//! Schmidt spectra of asymmetric and indefinite relations against their closed forms; one function
//! in feature spaces with different norms `l_p`; sparse (`p = 1`) and dense (`p = 2`) minimum-norm
//! interpolation; when a linear representer theorem holds over an `l_1` kernel space; agreement
//! with the Hilbert space at `p = 2`; a trained asymmetric network as a pair of spaces, and back;
//! and the Krein split of relations that are symmetric but indefinite.

mod agreement;
mod dictionary;
mod figures;
mod krein;
mod learned;
mod plan;
mod representer;
mod summary;

use crate::experiments::spaces::spectra;
use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rkbs;

impl Pipeline for Rkbs {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "rkbs"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match c {
            Cell::Spectrum { relation, nodes } => spectra::rows(relation, *nodes),
            Cell::Dictionary { knots } => dictionary::rows(*knots),
            Cell::Agreement { decade, draws } => agreement::rows(*decade, *draws, cx.run_seed),
            Cell::Representer { draws } => representer::rows(*draws, cx.run_seed),
            Cell::Learned(learning) => learned::rows(learning, cx),
            Cell::Krein { relation } => krein::rows(relation),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, _summary: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
