//! `neurons`: how many neurons, by theorem, by construction, by fitting with a certificate, by readout
//! and training, and by the lower bound that nothing can beat.
//!
//! For relations of different smoothness in one, two, four and eight dimensions, neurons and rank
//! against the error `eps` (absolute; in sup norm up to two dimensions, in `L2` beyond). Theorems
//! are those of [`relata_kernels::cost`]; each says where its error goes. Fitted networks are the
//! smallest that [`relata_networks::construct_fitted`] found and proved. Other found networks are upper
//! bounds of the smallest number: the smallest width found by bisection
//! ([`relata_training::Search`]) at which some draw was within `eps` on points that the fit has not
//! seen.

mod constructed;
mod figures;
mod fitted;
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
pub(crate) struct Neurons;

/// One way of counting for one relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
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
    /// By fitting, with a certificate.
    Fitted {
        /// Units of each encoder, at most.
        most: usize,
    },
    /// By readout of random features.
    Readout(Widths),
    /// By training, then readout.
    Training {
        /// The networks that may be tried.
        widths: Widths,
        /// How each is trained.
        how: Training,
    },
}

/// The widths of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Widths {
    least: usize,
    most: usize,
    /// Draws at each width.
    restarts: usize,
}

/// A training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Training {
    /// Hidden layers.
    depth: usize,
    /// Steps of each network.
    steps: usize,
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
            Work::Fitted { .. } => format!("{name}/fitted"),
            Work::Readout(_) => format!("{name}/readout"),
            Work::Training { how, .. } => format!("{name}/training/depth={}", how.depth),
        }
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let subject = subject::Subject::of(&c.relation)?;
        match &c.work {
            Work::Theorem => theory::rows(&subject, &c.eps),
            Work::Construction => constructed::rows(&subject, &c.eps, cx.seed),
            Work::Fitted { most } => fitted::rows(&subject, &c.eps, *most, cx),
            Work::Readout(widths) => found::readout(&subject, &c.eps, widths, cx),
            Work::Training { widths, how } => found::training(&subject, &c.eps, widths, *how, cx),
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
