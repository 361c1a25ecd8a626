//! The cells, and how many of them each profile has.

use super::{krein, learned};
use crate::experiments::spaces::{Learning, spectra};
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

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

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Cell::Spectrum { relation, .. } => format!("spectrum/{relation}"),
            Cell::Dictionary { knots } => format!("dictionary/knots={knots}"),
            Cell::Agreement { decade, .. } => format!("agreement/condition=1e{decade}"),
            Cell::Representer { .. } => "representer".to_owned(),
            Cell::Learned(l) => l.label(),
            Cell::Krein { relation } => format!("krein/{relation}"),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
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
