//! Accuracy, attention and entropy against context length.

use relata_plotting::{Axis, Chart, Color, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::{Table, Tables};

const METHODS: [(&str, &str, Color, Marker, Dash); 4] = [
    ("designed", "designed head", Palette::BLUE, Marker::Circle, Dash::Solid),
    ("hard", "trained scores, hard selection", Palette::GREEN, Marker::Diamond, Dash::Dashed),
    ("adaptive", "trained, adaptive temperature", Palette::ORANGE, Marker::Triangle, Dash::Solid),
    ("softmax", "trained, softmax", Palette::VERMILION, Marker::Square, Dash::Solid),
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let t = tables.get("lengths")?;
    let mut accuracy = Chart::new()
        .x(items())
        .y(Axis::linear("accuracy").limits(0.0, 1.05))
        .hline(0.1, "guessing")
        .vline(16.0, "");
    let mut attention = Chart::new().x(items()).y(Axis::log("attention to the best item"));
    let mut entropy = Chart::new().x(items()).y(Axis::linear("entropy of the weights (nats)"));
    for (method, name, color, marker, dash) in METHODS {
        let rows = t.filter("method", method)?;
        let series = |column: &str| -> anyhow::Result<Series> {
            let (keys, means) = rows.means("keys", column)?;
            Ok(Series::new(name, &keys, &means).color(color).marker(marker).style(dash))
        };
        accuracy = accuracy.line(series("accuracy")?);
        attention = attention.line(series("attention_to_best")?);
        entropy = entropy.line(series("entropy")?);
    }
    let all: Table = t.filter("method", "softmax")?;
    let (n, _) = all.means("keys", "accuracy")?;
    let most: Vec<f64> = n.iter().map(|n| n.ln()).collect();
    entropy = entropy.line(
        Series::new("equal weights", &n, &most).color(Palette::GREY).style(Dash::Dotted).marker(Marker::None),
    );
    let figure = Figure::new(FigureWidth::Double).name("dispersion").legend(Legend::Above).grid(1, 3);
    Ok(vec![figure.panels([accuracy, attention, entropy])])
}

fn items() -> Axis {
    Axis::log2("items in the context").labeled_ticks([
        (4.0, "4"),
        (16.0, "16"),
        (128.0, "128"),
        (1024.0, "1024"),
        (16_384.0, "16384"),
    ])
}
