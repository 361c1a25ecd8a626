//! The cells, and how many of them each profile has.

use super::learned;
use super::lowrank::{Matrix, Method};
use crate::experiments::spaces::{Learning, spectra};
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// The closed-form spectrum of a catalogued kernel against a numerical one.
    Spectrum {
        /// The catalogue's name.
        relation: String,
        /// Most nodes per axis.
        nodes: usize,
    },
    /// One low-rank method on one matrix.
    LowRank {
        /// The matrix.
        matrix: Matrix,
        /// The method.
        method: Method,
        /// Ranks of the approximations.
        ranks: Vec<usize>,
        /// Repetitions with other random choices.
        draws: usize,
    },
    /// Kernel ridge regression without the matrix.
    Ridge {
        /// Number of points.
        n: usize,
        /// Rank of the preconditioner; 0 for none.
        rank: usize,
    },
    /// A symmetric network in training.
    Learned(Learning),
}

/// Sizes of a profile.
struct Sizes {
    nodes: usize,
    draws: usize,
    cloud: usize,
    ridge: &'static [(usize, usize)],
    steps: &'static [usize],
    training_draws: usize,
}

const RANKS: [usize; 5] = [8, 16, 32, 64, 128];

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Cell::Spectrum { relation, .. } => format!("spectrum/{relation}"),
            Cell::LowRank { matrix, method, .. } => format!("low-rank/{}/{}", matrix.name(), method.name()),
            Cell::Ridge { n, rank } => format!("ridge/n={n}/rank={rank}"),
            Cell::Learned(l) => l.label(),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let sizes = sizes(profile);
    // Long ones first.
    let trainings = Learning::all(&learned::RELATIONS, sizes.steps, sizes.training_draws);
    let mut cells: Vec<Cell> = trainings.into_iter().map(Cell::Learned).collect();
    for &(n, rank) in sizes.ridge.iter().rev() {
        cells.push(Cell::Ridge { n, rank });
    }
    for matrix in [Matrix::Digits, Matrix::Cloud { n: sizes.cloud }] {
        for method in Method::ALL {
            let draws = if method.is_random() { sizes.draws } else { 1 };
            cells.push(Cell::LowRank { matrix, method, ranks: RANKS.to_vec(), draws });
        }
    }
    cells.extend(
        spectra::names().map(|name| Cell::Spectrum { relation: name.to_owned(), nodes: sizes.nodes }),
    );
    cells
}

fn sizes(profile: Profile) -> Sizes {
    match profile {
        Profile::Smoke => Sizes {
            nodes: 320,
            draws: 1,
            cloud: 500,
            ridge: &[(2000, 0), (2000, 150)],
            steps: &[0, 30, 120, 480],
            training_draws: 1,
        },
        Profile::Standard => Sizes {
            nodes: 800,
            draws: 5,
            cloud: 1500,
            ridge: &[(2000, 0), (2000, 150), (5000, 300), (20_000, 600)],
            steps: &[0, 30, 120, 480, 1920],
            training_draws: 3,
        },
        Profile::Paper => Sizes {
            nodes: 800,
            draws: 20,
            cloud: 3000,
            ridge: &[(2000, 0), (2000, 150), (5000, 0), (5000, 300), (20_000, 600), (50_000, 1000)],
            steps: &[0, 30, 120, 480, 1920, 7680, 30_720],
            training_draws: 10,
        },
    }
}
