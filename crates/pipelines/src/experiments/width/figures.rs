//! Margins against dimension, counts of orders, widths of families.

use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::{Tables, Value};

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![margins(tables)?, orders(tables)?])
}

const KEYS: i64 = 32;

fn margins(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("codes")?.filter("keys", KEYS)?;
    let d = t.floats("dim")?;
    let line = |name: &str, column: &str| -> anyhow::Result<Series> {
        Ok(Series::new(name, &d, &t.floats(column)?))
    };
    let margin = Chart::new()
        .x(Axis::log2("dimension d"))
        .y(Axis::log("smallest margin of 32 keys"))
        .line(line("no code is better", "upper")?.reference())
        .line(line("best found", "aligned")?.color(Palette::VERMILION).marker(Marker::Square))
        .line(line("random, bisected", "random_bisected")?.color(Palette::BLUE).marker(Marker::Triangle))
        .line(line("random, best query", "random_free")?.color(Palette::SKY).marker(Marker::Circle))
        .line(line("random, aligned query", "random")?.color(Palette::GREEN).marker(Marker::Diamond));
    let temperature = Chart::new()
        .x(Axis::log2("dimension d"))
        .y(Axis::log("inverse temperature for a_{max} = 0.99"))
        .line(line("no code is better", "b_least")?.reference())
        .line(line("best found", "b")?.color(Palette::VERMILION).marker(Marker::Square))
        .line(line("random, best query", "b_random_free")?.color(Palette::SKY).marker(Marker::Circle))
        .line(line("random, aligned query", "b_random")?.color(Palette::GREEN).marker(Marker::Diamond));
    let figure = Figure::new(FigureWidth::Double).name("margins").legend(Legend::Above).grid(1, 2);
    Ok(figure.panels([margin, temperature]))
}

fn orders(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("orders")?.filter("draw", 0i64)?;
    let mut counts = Chart::new()
        .x(Axis::linear("dimension d").ticks(&[1.0, 2.0, 3.0, 4.0, 5.0]))
        .y(Axis::log("orders of n keys"));
    // One colour a number of keys or items, in both panels.
    let colors = [Palette::GREY, Palette::GREEN, Palette::ORANGE, Palette::BLUE, Palette::VERMILION];
    for (n, color) in (2i64..=6).zip(colors) {
        let rows = t.filter("keys", n)?;
        let d = rows.floats("dim")?;
        counts = counts.line(
            Series::new(format!("{n} keys"), &d, &rows.floats("cover")?).color(color).marker(Marker::None),
        );
    }
    let all = Series::new("one by one", &t.floats("dim")?, &t.floats("induced")?);
    counts = counts.scatter(all.color(Palette::BLACK).marker(Marker::Circle));
    let t = tables.get("families")?.filter("draw", 0i64)?;
    let mut widths =
        Chart::new().x(Axis::log2("number of random orders")).y(Axis::linear("width of an inner product")
            .limits(0.0, 7.5)
            .ticks(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
    let sizes = [
        (Palette::ORANGE, Marker::Circle),
        (Palette::VERMILION, Marker::Square),
        (Palette::SKY, Marker::Diamond),
    ];
    for (items, (color, marker)) in t.distinct("items")?.into_iter().zip(sizes) {
        let Value::Int(n) = items else { continue };
        let rows = t.filter("items", n)?;
        let m = rows.floats("queries")?;
        let line = |name: String, column: &str| -> anyhow::Result<Series> {
            Ok(Series::new(name, &m, &rows.floats(column)?).color(color))
        };
        widths = widths
            .line(line(format!("{n} items, proved"), "lower")?.style(Dash::Dashed).marker(Marker::None))
            .line(line(format!("{n} items, found"), "upper")?.marker(marker));
    }
    let figure = Figure::new(FigureWidth::Double).name("orders").legend(Legend::Above).grid(1, 2);
    Ok(figure.panels([counts, widths]))
}
