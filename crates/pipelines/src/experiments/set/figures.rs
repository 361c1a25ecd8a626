//! Accuracy against the number of training triples.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Figure, Marker, Palette};
use relata_runs::Tables;

const LOOKS: [Look; 4] = [
    Look {
        model: "symmetric",
        label: "symmetric relations, sorted: told that the order of cards does not matter",
        color: Palette::BLUE,
        marker: Marker::Circle,
    },
    Look {
        model: "deep-set",
        label: "the same, pooled by a deep set",
        color: Palette::SKY,
        marker: Marker::Square,
    },
    Look {
        model: "asymmetric",
        label: "relations with a direction, sorted",
        color: Palette::VERMILION,
        marker: Marker::Diamond,
    },
    Look {
        model: "mlp",
        label: "perceptron on three cards: told nothing",
        color: Palette::ORANGE,
        marker: Marker::Triangle,
    },
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let panel = |task, title, published| Panel {
        task,
        title,
        x: "training triples",
        y: "test triples answered right",
        published,
        chance: Some(0.5),
    };
    let panels = [
        panel("unseen-sets", "no set of the test was seen", None),
        panel(
            "as-published",
            "sets drawn from all, as published",
            Some((
                "set",
                &[
                    ("abstractor", "Abstractor, published"),
                    ("predinet", "PrediNet, published"),
                    ("corelnet", "CoRelNet, published"),
                ],
            )),
        ),
    ];
    Ok(vec![learning_curves(tables, "set", &panels, &LOOKS)?])
}
