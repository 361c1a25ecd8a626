//! Accuracy against the number of training pairs.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Figure, Marker, Palette};
use relata_runs::Tables;

const LOOKS: [Look; 5] = [
    Look {
        model: "utility-net",
        label: "utility u(y) \u{2212} u(x): told that there is one",
        color: Palette::BLUE,
        marker: Marker::Circle,
    },
    Look {
        model: "asymmetric",
        label: "\u{27e8}φ(x), ψ(y)\u{27e9}, rank 16: told that it is a relation",
        color: Palette::GREEN,
        marker: Marker::Square,
    },
    Look {
        model: "symmetric",
        label: "\u{27e8}φ(x), φ(y)\u{27e9}: told that it is symmetric, falsely",
        color: Palette::PURPLE,
        marker: Marker::Down,
    },
    Look {
        model: "mlp",
        label: "perceptron on both objects: told nothing",
        color: Palette::ORANGE,
        marker: Marker::Triangle,
    },
    Look {
        model: "abstractor",
        label: "Abstractor: told that answers come from relations",
        color: Palette::VERMILION,
        marker: Marker::Diamond,
    },
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let panel = |task, title, published| Panel {
        task,
        title,
        x: "training pairs",
        y: "test pairs answered right",
        published,
        chance: Some(0.5),
    };
    let panels = [
        panel(
            "64-objects",
            "64 objects in 32 dimensions",
            Some((
                "order-64",
                &[
                    ("abstractor", "Abstractor, published"),
                    ("asymmetric-corelnet", "asymmetric CoRelNet, published"),
                    ("predinet", "PrediNet, published"),
                ],
            )),
        ),
        panel(
            "32-objects",
            "32 objects in 8 dimensions",
            Some((
                "order-32",
                &[("abstractor", "Abstractor, published"), ("transformer", "transformer, published")],
            )),
        ),
        panel("unseen", "objects never seen", None),
    ];
    Ok(vec![learning_curves(tables, "order", &panels, &LOOKS)?])
}
