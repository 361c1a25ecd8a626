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
mod representer;
mod summary;

use crate::experiments::rkhs::spectra;
use crate::experiments::rkhs::training::Learning;
use crate::{CellContext, Pipeline};
use relata_plotting::Figure;
use relata_runs::{Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rkbs;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// The closed-form spectrum of a catalogued relation against a numerical one.
    Spectrum {
        /// The catalogue's name.
        relation: String,
        /// Most nodes per axis.
        nodes: usize,
    },
    /// Norms of one function, and interpolants of the same data, in an overcomplete dictionary of
    /// ramps.
    Dictionary {
        /// Ramps of each direction.
        knots: usize,
    },
    /// The Banach side at `p = 2` beside the Hilbert side.
    Agreement {
        /// Condition number of the features' Gram matrix, a power of ten.
        decade: u32,
        /// Repetitions.
        draws: usize,
    },
    /// The condition of the linear representer theorem over an `l_1` kernel space.
    Representer {
        /// Random sets of nodes.
        draws: usize,
    },
    /// A trained asymmetric network.
    Learned(Learning),
    /// An indefinite relation of the catalogue.
    Krein {
        /// Its name.
        relation: String,
    },
}

impl Pipeline for Rkbs {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "rkbs"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let (nodes, knots, draws, steps, trainings): (_, _, _, &[usize], _) = match profile {
            Profile::Smoke => (320, 24, 3, &[0, 300], 1),
            Profile::Standard => (800, 48, 10, &[0, 300, 3000], 3),
            Profile::Paper => (800, 96, 50, &[0, 300, 3000, 30_000], 10),
        };
        let trainings = Learning::all(&learned::RELATIONS, steps, trainings);
        let mut cells: Vec<Cell> = trainings.into_iter().map(Cell::Learned).collect();
        cells.push(Cell::Dictionary { knots });
        cells.extend(spectra::other_names().map(|n| Cell::Spectrum { relation: n.to_owned(), nodes }));
        cells.extend((0..=4).map(|decade| Cell::Agreement { decade, draws }));
        cells.push(Cell::Representer { draws });
        cells.extend(krein::RELATIONS.map(|n| Cell::Krein { relation: n.to_owned() }));
        cells
    }

    fn label(&self, c: &Cell) -> String {
        match c {
            Cell::Spectrum { relation, .. } => format!("spectrum/{relation}"),
            Cell::Dictionary { knots } => format!("dictionary/knots={knots}"),
            Cell::Agreement { decade, .. } => format!("agreement/condition=1e{decade}"),
            Cell::Representer { .. } => "representer".to_owned(),
            Cell::Learned(l) => l.label(),
            Cell::Krein { relation } => format!("krein/{relation}"),
        }
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
