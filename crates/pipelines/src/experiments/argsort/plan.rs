//! The cells, and how many of them each profile has.

use super::super::relational::draws;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A training, or the shortcuts of the task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// What can be had without relations.
    Shortcuts {
        /// Which draw of the task.
        draw: usize,
    },
    /// The utility from the first sequences of a draw.
    Train {
        /// Training sequences.
        size: usize,
        /// Which draw of the task.
        draw: usize,
    },
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Shortcuts { draw } => format!("shortcuts/draw={draw}"),
            Self::Train { size, draw } => format!("utility-net/size={size}/draw={draw}"),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let sizes: &[usize] = match profile {
        Profile::Smoke => &[100, 500],
        Profile::Standard | Profile::Paper => &[25, 50, 100, 200, 300, 400, 500, 1000],
    };
    let draws = draws(profile);
    let shortcuts = (0..draws).map(|draw| Cell::Shortcuts { draw });
    let train = sizes.iter().flat_map(|&size| (0..draws).map(move |draw| Cell::Train { size, draw }));
    shortcuts.chain(train).collect()
}
