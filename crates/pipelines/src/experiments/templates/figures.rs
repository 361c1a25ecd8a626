//! Accuracy against the number of symbols seen.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Figure, Marker, Palette};
use relata_runs::Tables;

const LOOKS: [Look; 4] = [
    Look {
        model: "transformer-identity",
        label: "transformer with a I in its scores: told that equality may matter",
        color: Palette::BLUE,
        marker: Marker::Circle,
    },
    Look {
        model: "transformer",
        label: "transformer: told nothing",
        color: Palette::PURPLE,
        marker: Marker::Diamond,
    },
    Look {
        model: "mlp",
        label: "perceptron, symbols as indicators: told nothing",
        color: Palette::ORANGE,
        marker: Marker::Triangle,
    },
    Look {
        model: "mlp-vectors",
        label: "perceptron, symbols as random vectors: told nothing",
        color: Palette::VERMILION,
        marker: Marker::Down,
    },
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let panel = |task, title| Panel {
        task,
        title,
        x: "symbols in training words",
        y: "words labelled right",
        published: None,
        chance: Some(0.5),
    };
    let panels =
        [panel("unseen-symbols", "words of unseen symbols"), panel("seen-symbols", "words of seen symbols")];
    Ok(vec![learning_curves(tables, "templates", &panels, &LOOKS)?])
}
