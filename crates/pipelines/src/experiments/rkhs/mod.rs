//! `rkhs`: the kernels of Hilbert spaces, from their spectra to what networks learn of them.
//!
//! Four questions. Do the closed-form spectra of the catalogue agree with numerical ones? How near
//! does each low-rank method come to the Eckart-Young limit, on the digits and on points of a cube?
//! Does ridge regression by preconditioned conjugate gradients, which never forms the matrix, solve
//! what Cholesky solves? And what does a symmetric network learn of its kernel as training goes on:
//! eigenvalues, eigenspaces, and the norm of its features in the kernel's own space?

mod figures;
mod learned;
mod lowrank;
mod plan;
mod ridge;
mod summary;

use crate::experiments::spaces::spectra;
use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rkhs;

impl Pipeline for Rkhs {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "rkhs"
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
            Cell::LowRank { matrix, method, ranks, draws } => {
                lowrank::rows(*matrix, *method, ranks, *draws, cx.run_seed)
            }
            Cell::Ridge { n, rank } => ridge::rows(*n, *rank, cx.run_seed),
            Cell::Learned(learning) => learned::rows(learning, cx),
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
