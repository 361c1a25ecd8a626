//! Accuracy against the number of training sequences, and against the length.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::Tables;

const LOOKS: [Look; 4] = [
    Look {
        model: "utility-net",
        label: "utility: told that there is one score per object",
        color: Palette::BLUE,
        marker: Marker::Circle,
    },
    Look {
        model: "abstractor",
        label: "Abstractor: told that scores come from relations to the others",
        color: Palette::VERMILION,
        marker: Marker::Diamond,
    },
    Look {
        model: "utility-after-reshuffled",
        label: "utility after an order that is half true",
        color: Palette::GREEN,
        marker: Marker::Triangle,
    },
    Look {
        model: "utility-after-elsewhere",
        label: "utility after an order of other objects",
        color: Palette::PURPLE,
        marker: Marker::Down,
    },
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let known = Panel {
        task: "48-objects",
        title: "sequences of 10 of 48 objects",
        x: "training sequences",
        y: "whole sequences right",
        published: Some((
            "argsort",
            &[
                ("relational-abstractor", "relational Abstractor, published"),
                ("simple-abstractor", "simple Abstractor, published"),
                ("transformer", "transformer, published"),
            ],
        )),
        chance: None,
    };
    let unseen =
        Panel { task: "unseen", title: "sequences of 10 of 12 objects never seen", published: None, ..known };
    let curves = learning_curves(tables, "argsort", &[known, unseen], &LOOKS)?;
    let t = tables.get("lengths")?;
    let mut chart = Chart::new()
        .x(Axis::linear("objects per sequence, after training on 10"))
        .y(Axis::linear("whole sequences right").limits(0.0, 1.05));
    for (model, name, dash) in
        [("utility-net", "utility", Dash::Solid), ("abstractor", "Abstractor", Dash::Dashed)]
    {
        let t = t.filter("model", model)?;
        for (size, color) in t.distinct("size")?.into_iter().zip(Palette::CYCLE.into_iter().cycle()) {
            let after = size.as_f64().map_or_else(String::new, |s| format!("{name}, {s} training sequences"));
            let (x, y) = t.filter("size", size)?.means("length", "accuracy")?;
            let series = Series::new(after, &x, &y).color(color).style(dash);
            chart = chart.line(series.marker(Marker::Circle));
        }
    }
    let lengths = Figure::new(FigureWidth::Single).name("lengths").legend(Legend::Above).panel(chart);
    Ok(vec![curves, lengths])
}
