//! The cells, and how many of them each profile has.

use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One share of corruptions at one ratio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    /// Symbols.
    pub(super) symbols: usize,
    /// Coordinates per symbol over symbols.
    pub(super) ratio: usize,
    /// Corrupted measurements of each object, in per cent.
    pub(super) percent: usize,
    /// Objects.
    pub(super) objects: usize,
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        format!("ratio={}/corrupted={}%", self.ratio, self.percent)
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (symbols, objects, ratios): (usize, usize, &[usize]) = match profile {
        Profile::Smoke => (8, 50, &[2, 4, 8]),
        Profile::Standard => (16, 200, &[2, 4, 8, 16]),
        Profile::Paper => (16, 1000, &[2, 4, 8, 16, 32]),
    };
    let at = |ratio: &usize| {
        let ratio = *ratio;
        (0..=14).map(move |k| Cell { symbols, ratio, percent: 5 * k, objects })
    };
    ratios.iter().flat_map(at).collect()
}
