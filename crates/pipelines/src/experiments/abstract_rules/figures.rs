//! Accuracy against the number of objects held out.

use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, RGBColor, Series, Share};
use relata_runs::Tables;

const LOOKS: [(&str, &str, RGBColor, Marker); 7] = [
    ("corelnet", "CoRelNet: told that answers come from relations", Palette::BLUE, Marker::Circle),
    (
        "esbn",
        "ESBN: told that its controller sees which objects are alike, alone",
        Palette::VERMILION,
        Marker::Plus,
    ),
    (
        "predinet",
        "PrediNet: told that answers are differences of scores of two objects a head",
        Palette::SKY,
        Marker::Cross,
    ),
    (
        "relation-network",
        "relation network: told that answers are sums over pairs, in no order",
        Palette::GREEN,
        Marker::Square,
    ),
    (
        "dual-attention",
        "dual attention: told that some heads retrieve relations",
        Palette::BLACK,
        Marker::Down,
    ),
    ("transformer", "transformer: told nothing of relations", Palette::PURPLE, Marker::Diamond),
    ("mlp", "perceptron: told nothing", Palette::ORANGE, Marker::Triangle),
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let t = tables.get("accuracy")?;
    let mut panels = Vec::new();
    for (rule, title, chance) in [
        ("same-different", "same or different", 0.5),
        ("match-to-sample", "match to sample", 0.5),
        ("distribution-of-3", "distribution of three", 0.25),
        ("identity-rules", "identity rules", 0.25),
    ] {
        let of_rule = t.filter("task", rule)?;
        let mut chart = Chart::new()
            .title(title)
            .x(Axis::linear("objects held out, of 100"))
            .y(Axis::linear("test trials answered right").limits(0.0, 1.05))
            .hline(chance, "chance");
        for (model, label, color, marker) in LOOKS {
            let of = of_rule.filter("model", model)?;
            if !of.is_empty() {
                let (x, y) = of.means("size", "accuracy")?;
                chart = chart.line(Series::new(label, &x, &y).color(color).marker(marker));
            }
        }
        panels.push(chart);
    }
    let figure = Figure::new(FigureWidth::Double).name("abstract-rules").legend(Legend::Above).grid(1, 4);
    Ok(vec![figure.share(Share::Y).panels(panels)])
}
