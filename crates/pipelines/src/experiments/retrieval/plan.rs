//! The cells, and how many of them each profile has.

use super::RANKS;
use relata_attention::design::family_names;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// Random heads against the bound.
    Heads {
        /// Which lot.
        batch: usize,
        /// How many.
        heads: usize,
    },
    /// A designed head on fresh contexts.
    Promise {
        /// The family.
        family: String,
        /// Keys in a context.
        keys: usize,
        /// Target error, as a share of the diameter, in thousandths.
        permille: usize,
        /// Contexts for calibration, and as many fresh ones.
        contexts: usize,
    },
    /// Error against inverse temperature.
    Curve {
        /// The family.
        family: String,
        /// Fresh contexts for each inverse temperature.
        contexts: usize,
    },
    /// Truncated scores of one rank at all inverse temperatures.
    Phase {
        /// The rank; 0 for the utility of rank 2.
        rank: usize,
        /// Contexts for each inverse temperature.
        contexts: usize,
    },
    /// Longer contexts than those of the design.
    Length {
        /// The family.
        family: String,
        /// Fresh contexts of each length.
        contexts: usize,
    },
    /// An inner product trained by gradients, at all lengths.
    Trained {
        /// Adam steps.
        steps: usize,
        /// Hidden units per side.
        width: usize,
        /// Fresh contexts of each length.
        contexts: usize,
    },
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Cell::Heads { batch, .. } => format!("heads/{batch}"),
            Cell::Promise { family, keys, permille, .. } => {
                format!("promise/{family}/keys={keys}/permille={permille}")
            }
            Cell::Curve { family, .. } => format!("curve/{family}"),
            Cell::Phase { rank: 0, .. } => "phase/utility".to_owned(),
            Cell::Phase { rank, .. } => format!("phase/rank={rank}"),
            Cell::Length { family, .. } => format!("length/{family}"),
            Cell::Trained { .. } => "length/trained".to_owned(),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (batches, heads, contexts, steps, width) = match profile {
        Profile::Smoke => (2, 50_000, 1000, 300, 64),
        Profile::Standard => (10, 100_000, 8000, 3000, 128),
        Profile::Paper => (100, 100_000, 40_000, 10_000, 128),
    };
    let few = contexts / 5;
    let mut cells: Vec<Cell> = (0..batches).map(|batch| Cell::Heads { batch, heads }).collect();
    for family in family_names() {
        let keys: &[usize] = if family == "orders" { &[8] } else { &[8, 32] };
        for &keys in keys {
            let errors: &[usize] = if profile == Profile::Smoke { &[10] } else { &[100, 10, 1] };
            for &permille in errors {
                cells.push(Cell::Promise { family: family.to_owned(), keys, permille, contexts });
            }
        }
    }
    cells.extend(["nearest", "phase", "orders"].map(|f| Cell::Curve { family: f.to_owned(), contexts: few }));
    cells.extend(std::iter::once(0).chain(RANKS).map(|rank| Cell::Phase { rank, contexts: few }));
    cells.extend(
        ["largest", "nearest", "direction", "gaussian-shifted"]
            .map(|f| Cell::Length { family: f.to_owned(), contexts: few }),
    );
    cells.push(Cell::Trained { steps, width, contexts: few });
    cells
}
