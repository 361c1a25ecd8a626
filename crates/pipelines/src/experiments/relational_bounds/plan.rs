//! The cells, and how many of them each profile has.

use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One statement at one error of the relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// Layers of relations and what reads them.
    Layers {
        /// The error of the relation.
        eps: f64,
        /// Random examples.
        examples: usize,
    },
    /// Relational attention.
    Attention {
        /// The error of the relation.
        eps: f64,
        /// Keys of a context.
        keys: usize,
        /// Random contexts.
        contexts: usize,
    },
    /// Several relations as one network.
    Several {
        /// The error of each.
        eps: f64,
        /// Names of the relations.
        relations: Vec<String>,
    },
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Layers { eps, .. } => format!("layers/eps={eps}"),
            Self::Attention { eps, keys, .. } => format!("attention/eps={eps}/keys={keys}"),
            Self::Several { relations, .. } => format!("several/relations={}", relations.len()),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (errors, examples): (&[f64], usize) = match profile {
        Profile::Smoke => (&[0.1, 0.03, 0.01], 200),
        Profile::Standard => (&[0.1, 0.03, 0.01, 0.003], 2000),
        Profile::Paper => (&[0.1, 0.03, 0.01, 0.003, 0.001], 20_000),
    };
    let mut cells: Vec<Cell> = errors.iter().map(|&eps| Cell::Layers { eps, examples }).collect();
    for eps in [0.1, 0.01] {
        cells.push(Cell::Attention { eps, keys: 8, contexts: examples });
    }
    // Kernels of the unit interval.
    let names = ["brownian", "bridge"].map(str::to_owned);
    cells.extend((1..=names.len()).map(|k| Cell::Several { eps: 0.03, relations: names[..k].to_vec() }));
    cells
}
