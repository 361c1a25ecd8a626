//! `neurons`: how many neurons, by theorem, by construction, by readout and training, and by the lower bound that nothing can beat.
//!
//! For relations of different smoothness in one, two, four and eight dimensions, neurons and rank against the error `eps` (absolute; in sup norm up to two
//! dimensions, in `L2` beyond). Theorems are those of [`relata_kernels::cost`]; each says where its error goes. Found networks are upper bounds of the smallest
//! number: the smallest width of a ladder at which some draw was within `eps` on points that the fit has not seen.

mod constructed;
mod figures;
mod found;
mod plan;
mod slopes;
mod subject;
mod summary;
mod theory;

use crate::{CellContext, Pipeline};
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Neurons;

/// One way of counting for one relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The relation: of the catalogue, or a product of one of its relations.
    relation: String,
    /// The errors asked for, largest first.
    eps: Vec<f64>,
    work: Work,
}

/// How neurons are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Work {
    /// By theorem, and the lower bounds.
    Theorem,
    /// By construction, with a certificate.
    Construction,
    /// By readout of random features.
    Readout {
        /// Widths of the ladder, smallest first.
        widths: Vec<usize>,
        /// Which draw of the features.
        draw: usize,
    },
    /// By training, then readout.
    Training {
        /// Widths of the ladder, smallest first.
        widths: Vec<usize>,
        /// Hidden layers.
        depth: usize,
        /// Steps of training.
        steps: usize,
        /// Which draw of the weights.
        draw: usize,
    },
}

impl Pipeline for Neurons {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "neurons"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, c: &Cell) -> String {
        let name = &c.relation;
        match &c.work {
            Work::Theorem => format!("{name}/theorem"),
            Work::Construction => format!("{name}/construction"),
            Work::Readout { draw, .. } => format!("{name}/readout/draw={draw}"),
            Work::Training { depth, draw, .. } => format!("{name}/training/depth={depth}/draw={draw}"),
        }
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let subject = subject::Subject::of(&c.relation)?;
        match &c.work {
            Work::Theorem => theory::rows(&subject, &c.eps),
            Work::Construction => constructed::rows(&subject, &c.eps, cx.seed),
            Work::Readout { widths, draw } => found::readout(&subject, &c.eps, widths, *draw, cx),
            Work::Training { widths, depth, steps, draw } => {
                let ladder = found::Ladder { widths, depth: *depth, steps: *steps, draw: *draw };
                found::training(&subject, &c.eps, &ladder, cx)
            }
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
