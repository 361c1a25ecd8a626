//! The cells, and how many of them each profile has.

use super::super::relational::draws;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// A perceptron on all places, symbols as indicators.
    Mlp,
    /// The same, symbols as random vectors.
    MlpVectors,
    /// Two layers.
    Transformer,
    /// The same with one number more per head.
    TransformerIdentity,
}

/// A training, or the shortcuts of the task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// What can be had without relations.
    Shortcuts {
        /// Symbols of training words.
        symbols: usize,
        /// Which draw of the task.
        draw: usize,
    },
    /// One model.
    Train {
        /// The model.
        model: Model,
        /// Symbols of training words.
        symbols: usize,
        /// Adam steps.
        steps: usize,
        /// Which draw of the task.
        draw: usize,
    },
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mlp => "mlp",
            Self::MlpVectors => "mlp-vectors",
            Self::Transformer => "transformer",
            Self::TransformerIdentity => "transformer-identity",
        }
    }
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Shortcuts { symbols, draw } => format!("shortcuts/symbols={symbols}/draw={draw}"),
            Self::Train { model, symbols, draw, .. } => {
                format!("{}/symbols={symbols}/draw={draw}", model.name())
            }
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let (sizes, steps): (&[usize], usize) = match profile {
        Profile::Smoke => (&[64], 250),
        Profile::Standard | Profile::Paper => (&[8, 16, 32, 64, 128, 256], 1000),
    };
    let mut cells = Vec::new();
    for &symbols in sizes {
        cells.extend((0..draws(profile)).map(|draw| Cell::Shortcuts { symbols, draw }));
        for model in [Model::Mlp, Model::MlpVectors, Model::Transformer, Model::TransformerIdentity] {
            cells.extend((0..draws(profile)).map(|draw| Cell::Train { model, symbols, steps, draw }));
        }
    }
    cells
}
