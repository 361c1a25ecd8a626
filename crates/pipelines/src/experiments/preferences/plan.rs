//! What a run consists of.

use super::data::Loaded;
use super::models::{Model, applicable};
use relata_debreu::readers::CollectedPreferences;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A piece of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Cell {
    /// What was read.
    Data {},
    /// Whether a utility exists.
    Consistency {},
    /// Strengths under a model.
    Strengths {
        /// Which.
        model: Model,
    },
    /// Prediction of what was held out.
    HeldOut {
        /// By which model.
        model: Model,
        /// Into how many parts the data are cut.
        folds: usize,
    },
    /// Utilities of features of items.
    Features {},
    /// Consistency of some consumers.
    Consumers {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
        /// Random panels for the power of each.
        draws: usize,
    },
    /// A conditional logit.
    Choices {
        /// Into how many parts the choices are cut.
        folds: usize,
    },
}

impl Cell {
    pub(super) fn label(&self) -> String {
        match self {
            Self::Data {} => "data".to_owned(),
            Self::Consistency {} => "consistency".to_owned(),
            Self::Strengths { model } => format!("strengths/{}", model.name()),
            Self::HeldOut { model, .. } => format!("held-out/{}", model.name()),
            Self::Features {} => "features".to_owned(),
            Self::Consumers { from, to, .. } => format!("consumers/{}-{to}", from + 1),
            Self::Choices { .. } => "choices".to_owned(),
        }
    }
}

/// Consumers of one cell: enough that a cell takes seconds, few enough that cells run side by side.
const CONSUMERS: usize = 64;

/// All cells.
pub(super) fn cells(loaded: &Loaded, profile: Profile) -> Vec<Cell> {
    let (folds, draws) = match profile {
        Profile::Smoke => (2, 50),
        Profile::Standard => (5, 1_000),
        Profile::Paper => (10, 10_000),
    };
    let mut cells = vec![Cell::Data {}];
    match &loaded.preferences {
        CollectedPreferences::Comparisons(_) | CollectedPreferences::Rankings(_) => {
            cells.push(Cell::Consistency {});
            let models = applicable(&loaded.preferences);
            cells.extend(models.iter().map(|&model| Cell::Strengths { model }));
            cells.extend(models.iter().map(|&model| Cell::HeldOut { model, folds }));
            if loaded.features.is_some() {
                cells.push(Cell::Features {});
            }
        }
        CollectedPreferences::Panels(t) => {
            let n = t.households.len();
            let starts = (0..n).step_by(CONSUMERS);
            cells.extend(starts.map(|from| Cell::Consumers { from, to: (from + CONSUMERS).min(n), draws }));
        }
        CollectedPreferences::Choices(_) => cells.push(Cell::Choices { folds }),
    }
    cells
}
