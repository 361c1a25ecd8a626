//! What an analysis consists of.

use super::held_out::{Fit, HeldOut, Method, Setting, applicable};
use super::measured::Measured;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A piece of an analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Cell {
    /// Parts, definiteness, spectrum, limits.
    Structure {},
    /// Ranks needed.
    Ranks {
        /// The tolerance, relative.
        eps: f64,
    },
    /// Prediction of entries that were held out.
    HeldOut(HeldOut),
}

impl Cell {
    pub(super) fn label(&self) -> String {
        match self {
            Self::Structure {} => "structure".to_owned(),
            Self::Ranks { .. } => "ranks".to_owned(),
            Self::HeldOut(h) => {
                format!("held-out/{}/{}/repeat={}", h.setting.name(), h.method.name(), h.repeat)
            }
        }
    }
}

/// All cells; predictions only of a relation that is held whole.
pub(super) fn cells(measured: Option<&Measured>, eps: f64, profile: Profile) -> Vec<Cell> {
    let (fit, repeats) = match profile {
        Profile::Smoke => (Fit { steps: 200, every: 25, width: 16, depth: 1, rank: 4 }, 1),
        Profile::Standard => (Fit { steps: 800, every: 25, width: 32, depth: 2, rank: 8 }, 2),
        Profile::Paper => (Fit { steps: 3000, every: 50, width: 64, depth: 2, rank: 8 }, 10),
    };
    let mut cells = vec![Cell::Structure {}, Cell::Ranks { eps }];
    let Some(measured) = measured else { return cells };
    let folds = measured.rows.len().min(measured.columns.len()).min(5);
    for setting in Setting::ALL {
        for method in Method::ALL {
            for repeat in 0..repeats {
                if applicable(measured, setting, method).is_ok() {
                    let fit = method.is_network().then(|| fit.clone());
                    cells.push(Cell::HeldOut(HeldOut { setting, method, repeat, folds, fit }));
                }
            }
        }
    }
    cells
}
