//! Accuracy against the number of training sequences, and against the length.

use super::super::relational::{Look, Panel, learning_curves};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::Tables;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let look = Look {
        model: super::MODEL,
        label: "utility: told that there is one score per object",
        color: Palette::BLUE,
        marker: Marker::Circle,
    };
    let panel = Panel {
        task: super::TASK,
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
    let curves = learning_curves(tables, "argsort", &[panel], &[look])?;
    let t = tables.get("lengths")?;
    let mut chart = Chart::new()
        .x(Axis::linear("objects per sequence, after training on 10"))
        .y(Axis::linear("whole sequences right").limits(0.0, 1.05));
    for (size, color) in t.distinct("size")?.into_iter().zip(Palette::CYCLE.into_iter().cycle()) {
        let name = size.as_f64().map_or_else(String::new, |s| format!("{s} training sequences"));
        let (x, y) = t.filter("size", size)?.means("length", "accuracy")?;
        chart = chart.line(Series::new(name, &x, &y).color(color).marker(Marker::Circle));
    }
    let lengths = Figure::new(FigureWidth::Single).name("lengths").legend(Legend::Above).panel(chart);
    Ok(vec![curves, lengths])
}
