//! Accuracy against the number of training hands.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Figure, Marker, Palette};
use relata_runs::Tables;

const LOOKS: [Look; 7] = [
    Look {
        model: "relconv",
        label: "relational convolution: told to look at relations in groups of three",
        color: Palette::BLUE,
        marker: Marker::Circle,
    },
    Look {
        model: "relconv-mean",
        label: "the same with the mean over the orders of a group",
        color: Palette::SKY,
        marker: Marker::Square,
    },
    Look {
        model: "relconv-one-relation",
        label: "the same with one relation",
        color: Palette::GREEN,
        marker: Marker::Plus,
    },
    Look {
        model: "relconv-asymmetric",
        label: "the same with relations that have a direction",
        color: Palette::VERMILION,
        marker: Marker::Down,
    },
    Look {
        model: "corelnet",
        label: "CoRelNet: told that answers come from one relation",
        color: Palette::BLACK,
        marker: Marker::Cross,
    },
    Look {
        model: "transformer",
        label: "transformer: told nothing of relations",
        color: Palette::PURPLE,
        marker: Marker::Diamond,
    },
    Look {
        model: "mlp",
        label: "perceptron: told nothing",
        color: Palette::ORANGE,
        marker: Marker::Triangle,
    },
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let panel = |task, title, published| Panel {
        task,
        title,
        x: "training hands",
        y: "test hands answered right",
        published,
        chance: Some(0.5),
    };
    let published = Some((
        "contains-set",
        &[
            ("relconv", "relational convolution, published"),
            ("gat-tuned", "graph attention, published, tuned: the best other"),
            ("corelnet", "CoRelNet, published"),
        ][..],
    ));
    let panels = [
        panel("different-cards", "five different cards", None),
        panel("as-published", "cards may recur without a set", published),
    ];
    Ok(vec![learning_curves(tables, "contains-set", &panels, &LOOKS)?])
}
