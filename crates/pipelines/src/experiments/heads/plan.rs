//! The cells: one for each model, which reads the text, and one for each head.

use super::source::{Given, TINY};
use relata_models::encoder::EncoderFamily;
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// Whose heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Model {
    /// The user's.
    Given,
    /// A BERT made here.
    TinyBert,
    /// A GPT-2 made here.
    TinyGpt2,
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Given => "model",
            Self::TinyBert => "tiny-bert",
            Self::TinyGpt2 => "tiny-gpt2",
        }
    }

    pub(super) fn family(self) -> Option<EncoderFamily> {
        match self {
            Self::Given => None,
            Self::TinyBert => Some(EncoderFamily::Bert),
            Self::TinyGpt2 => Some(EncoderFamily::Gpt2),
        }
    }
}

/// A piece of the analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    pub(super) model: Model,
    /// None for the model as a whole.
    pub(super) head: Option<Place>,
    pub(super) reading: Reading,
}

/// Layer and head, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) head: usize,
}

/// How much of the text is read, and how closely it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reading {
    /// Tokens of a window, at most.
    pub(super) length: usize,
    /// Windows, at most.
    pub(super) windows: usize,
    /// Queries of a head that are written down, at most.
    pub(super) queries: usize,
    /// Tokens for the direction of largest margin, at most.
    pub(super) margin_tokens: usize,
    /// Steps towards it, at most.
    pub(super) margin_steps: usize,
}

impl Cell {
    pub(super) fn label(&self) -> String {
        match self.head {
            None => format!("{}/text", self.model.name()),
            Some(Place { layer, head }) => format!("{}/layer={layer}/head={head}", self.model.name()),
        }
    }
}

/// All cells.
pub(super) fn cells(given: Option<&Given>, profile: Profile) -> Vec<Cell> {
    let reading = match profile {
        Profile::Smoke => {
            Reading { length: 48, windows: 1, queries: 8, margin_tokens: 16, margin_steps: 2_000 }
        }
        Profile::Standard => {
            Reading { length: 128, windows: 8, queries: 24, margin_tokens: 32, margin_steps: 10_000 }
        }
        Profile::Paper => {
            Reading { length: 512, windows: 16, queries: 64, margin_tokens: 64, margin_steps: 100_000 }
        }
    };
    let models: Vec<(Model, usize, usize)> = match given {
        Some(g) => {
            let c = g.checkpoint.config();
            vec![(Model::Given, c.layers, c.heads)]
        }
        None => [Model::TinyBert, Model::TinyGpt2].map(|m| (m, TINY.0, TINY.1)).to_vec(),
    };
    let of = |(model, layers, heads): (Model, usize, usize)| {
        let places =
            (0..layers).flat_map(move |layer| (0..heads).map(move |head| Some(Place { layer, head })));
        [None].into_iter().chain(places).map(move |head| Cell { model, head, reading })
    };
    models.into_iter().flat_map(of).collect()
}
