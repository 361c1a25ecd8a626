//! `symmetric` and `asymmetric`: how near inner products of perceptrons come to a relation, rank by
//! rank, against the limit that no inner product can beat.
//!
//! One pipeline in two instances: shared encoders `<phi(x), phi(y)>` on the symmetric relations of
//! the catalogue, separate encoders `<phi(x), psi(y)>` on the others. Four methods: random
//! features with a spectral readout, features fitted to the singular functions with a readout,
//! features trained by gradients with a readout, and gradient training alone.
//! Every error is measured in f64 on nodes or samples that the fit has not seen.

mod cell;
mod chosen;
mod figures;
mod fitted;
mod measured;
mod plan;
mod spectra;
mod summary;
mod trained;

use crate::{CellContext, Pipeline};
pub(crate) use cell::Cell;
use chosen::Chosen;
use relata_kernels::Encoders;
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};

/// One of the two pipelines.
#[derive(Clone, Debug)]
pub(crate) struct Approximation {
    name: &'static str,
    encoders: Encoders,
    chosen: Chosen,
}

impl Approximation {
    /// On all relations that suit it.
    pub(super) const fn new(name: &'static str, encoders: Encoders) -> Self {
        Self { name, encoders, chosen: Chosen::ALL }
    }
}

impl Pipeline for Approximation {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        self.name
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(self.encoders, profile, &self.chosen)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        cell::run(self.encoders, cell, cx)
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
