//! The cells, and how many of them each profile has.

use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One kind of network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    pub(super) network: Network,
    pub(super) test: usize,
}

/// Which network approximates the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Network {
    /// Random features with a spectral readout: the best in `L2`.
    Readout {
        /// Hidden features of each encoder.
        width: usize,
        /// Fit nodes.
        fit: usize,
        /// Which draw.
        draw: usize,
    },
    /// `(-c u(x), c) . (1, u(y))` with `u(x) = x` and the best constant `c`.
    Utility,
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match &self.network {
            Network::Readout { width, draw, .. } => format!("readout/width={width}/draw={draw}"),
            Network::Utility => "utility".to_owned(),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (draws, width, fit, test) = match profile {
        Profile::Smoke => (1, 128, 400, 1600),
        Profile::Standard => (5, 256, 800, 3200),
        Profile::Paper => (20, 256, 800, 3200),
    };
    let readout = |draw| Cell { network: Network::Readout { width, fit, draw }, test };
    (0..draws).map(readout).chain([Cell { network: Network::Utility, test }]).collect()
}
