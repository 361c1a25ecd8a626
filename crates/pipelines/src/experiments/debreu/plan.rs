//! The cells, and how many of them each profile has.

use super::consumers::{self, ConsumersCell};
use super::continuous::{self, JumpCell, WoldCell};
use super::estimation::{self, EstimationCell};
use super::families::{self, WidthCell};
use super::finite::{self, OrderCell, PictureCell};
use super::noise::{self, NoiseCell};
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One piece of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub(crate) enum Cell {
    /// One order to be drawn, with its utility.
    Picture(PictureCell),
    /// Random orders, and the pairs on which their representations err.
    Orders(OrderCell),
    /// Comparisons of which some are flipped.
    Noise(NoiseCell),
    /// Wold's utility of one preference.
    Wold(WoldCell),
    /// The jump of lexicographic preferences at one resolution.
    Jump(JumpCell),
    /// Widths of random families of one size.
    Width(WidthCell),
    /// All estimators on as many comparisons.
    Estimation(EstimationCell),
    /// Consumers of one kind.
    Consumers(ConsumersCell),
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Cell::Picture(c) => c.label(),
            Cell::Orders(c) => c.label(),
            Cell::Noise(c) => c.label(),
            Cell::Wold(c) => c.label(),
            Cell::Jump(c) => c.label(),
            Cell::Width(c) => c.label(),
            Cell::Estimation(c) => c.label(),
            Cell::Consumers(c) => c.label(),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let mut cells: Vec<Cell> = finite::pictures().into_iter().map(Cell::Picture).collect();
    cells.extend(finite::cells(profile).into_iter().map(Cell::Orders));
    cells.extend(noise::cells(profile).into_iter().map(Cell::Noise));
    cells.extend(continuous::wold_cells(profile).into_iter().map(Cell::Wold));
    cells.extend(continuous::jump_cells().into_iter().map(Cell::Jump));
    cells.extend(families::cells(profile).into_iter().map(Cell::Width));
    cells.extend(estimation::cells(profile).into_iter().map(Cell::Estimation));
    cells.extend(consumers::cells(profile).into_iter().map(Cell::Consumers));
    cells
}
