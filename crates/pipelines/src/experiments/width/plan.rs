//! The cells, and how many of them each profile has.

use relata_attention::width::known_codes;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// A code of large aligned margin, judged against a solved case.
    Known {
        /// Number of keys.
        keys: usize,
        /// Dimension.
        dim: usize,
        /// Random starts.
        restarts: usize,
    },
    /// Codes of large margin in some dimension.
    Code {
        /// Number of keys.
        keys: usize,
        /// Dimension.
        dim: usize,
        /// Random starts.
        restarts: usize,
        /// Gradient steps per stage.
        steps: usize,
    },
    /// The orders that random keys have.
    Orders {
        /// Number of keys.
        keys: usize,
        /// Dimension.
        dim: usize,
        /// Which draw.
        draw: usize,
    },
    /// The width of a random family of orders.
    Family {
        /// Items that are ordered.
        items: usize,
        /// Orders.
        queries: usize,
        /// Which draw.
        draw: usize,
    },
    /// The rank at which scores have the signs of a pattern.
    Pattern {
        /// Which.
        pattern: Pattern,
        /// Queries, and keys.
        keys: usize,
    },
}

/// Which keys each query wants (+1) and does not want (-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pattern {
    /// Its own.
    OneHot,
    /// Those after it.
    Order,
    /// Any, by the toss of a coin.
    Random,
}

impl Pattern {
    const ALL: [Self; 3] = [Self::OneHot, Self::Order, Self::Random];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OneHot => "one-hot",
            Self::Order => "order",
            Self::Random => "random",
        }
    }
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Cell::Known { keys, dim, .. } => format!("known/keys={keys}/dim={dim}"),
            Cell::Code { keys, dim, .. } => format!("code/keys={keys}/dim={dim}"),
            Cell::Orders { keys, dim, draw } => format!("orders/keys={keys}/dim={dim}/draw={draw}"),
            Cell::Family { items, queries, draw } => {
                format!("family/items={items}/queries={queries}/draw={draw}")
            }
            Cell::Pattern { pattern, keys } => format!("pattern/{}/keys={keys}", pattern.name()),
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (known, restarts, steps, draws) = match profile {
        Profile::Smoke => (24, 1, 60, 1),
        Profile::Standard => (32, 4, 200, 3),
        Profile::Paper => (64, 16, 400, 10),
    };
    let mut cells: Vec<Cell> =
        known_codes().iter().map(|k| Cell::Known { keys: k.keys, dim: k.dim, restarts: known }).collect();
    let keys: &[usize] = if profile == Profile::Smoke { &[16, 32] } else { &[16, 32, 64] };
    for &keys in keys {
        for dim in [2, 3, 4, 6, 8, 12, 16, 24, 32].into_iter().filter(|d| *d <= keys) {
            cells.push(Cell::Code { keys, dim, restarts, steps });
        }
    }
    for draw in 0..draws {
        for keys in 2..=6 {
            cells.extend((1..=5).map(|dim| Cell::Orders { keys, dim, draw }));
        }
        let sizes: &[usize] = if profile == Profile::Smoke { &[4, 6] } else { &[4, 6, 8] };
        for &items in sizes {
            cells.extend([2, 4, 8, 16, 32].map(|queries| Cell::Family { items, queries, draw }));
        }
    }
    for pattern in Pattern::ALL {
        cells.extend([4, 8, 16].map(|keys| Cell::Pattern { pattern, keys }));
    }
    cells
}
