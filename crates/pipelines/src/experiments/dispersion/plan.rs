//! The cells, and how many of them each profile has.

use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One head, trained and tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    pub(super) kind: Kind,
    pub(super) draw: usize,
    pub(super) steps: usize,
    pub(super) width: usize,
    /// Items in all tests of one length, at most; and contexts at most.
    pub(super) items: usize,
    pub(super) tests: usize,
}

/// Where the scores come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Trained,
    Designed,
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        let kind = if self.kind == Kind::Trained { "trained" } else { "designed" };
        format!("{kind}/draw={}", self.draw)
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (draws, steps, width, items, tests) = match profile {
        Profile::Smoke => (1, 1600, 32, 3_300_000, 400),
        Profile::Standard => (3, 4000, 64, 16_400_000, 1000),
        Profile::Paper => (10, 20_000, 64, 82_000_000, 5000),
    };
    let cell = |kind, draw| Cell { kind, draw, steps, width, items, tests };
    (0..draws).flat_map(|draw| [cell(Kind::Trained, draw), cell(Kind::Designed, draw)]).collect()
}
