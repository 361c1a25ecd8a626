//! The cells, and how many of them each profile has.

use super::paths::Path;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One point of one path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    pub(super) path: Path,
    /// Position on the path in `steps` equal steps from symmetric (0) to antisymmetric.
    pub(super) step: usize,
    pub(super) steps: usize,
    pub(super) ranks: Vec<usize>,
    pub(super) width: usize,
    pub(super) draw: usize,
    pub(super) fit: usize,
    pub(super) test: usize,
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        format!("{}/step={}of{}/draw={}", self.path.name(), self.step, self.steps, self.draw)
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (steps, draws) = match profile {
        Profile::Smoke => (4, 1),
        Profile::Standard => (16, 1),
        Profile::Paper => (32, 5),
    };
    let mut cells = Vec::new();
    for path in Path::ALL {
        for step in 0..=steps {
            for draw in 0..draws {
                let ranks = vec![1, 2, 4, 8, 16];
                cells.push(Cell {
                    path,
                    step,
                    steps,
                    ranks,
                    width: 128,
                    draw,
                    fit: path.fit(),
                    test: path.test(),
                });
            }
        }
    }
    cells
}
