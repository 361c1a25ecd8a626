//! `L2` error and sign accuracy of an order against rank.

use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::{Table, Tables};

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let t = tables.get("order")?;
    let readout = t.filter("network", "readout")?.filter("draw", 0i64)?;
    let utility = t.filter("network", "utility")?;
    let of = |t: &Table, y: &str| -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
        Ok((t.floats("rank")?, t.floats(y)?))
    };
    let (d, limit) = of(&readout, "relative_limit")?;
    let error = of(&readout, "relative_l2")?.1;
    let (one, utility_error) = of(&utility, "relative_l2")?;
    let left = Chart::new()
        .x(Axis::log2("rank \\i{d}"))
        .y(Axis::log("relative \\i{L}_{2} error"))
        .line(Series::new("Eckart–Young limit", &d, &limit).reference())
        .scatter(Series::new("\\i{L}_{2} readout", &d, &error).color(Palette::BLUE).marker(Marker::Circle))
        .scatter(
            Series::new("utility u(y) \u{2212} u(x)", &one, &utility_error)
                .color(Palette::VERMILION)
                .marker(Marker::Diamond),
        );
    let (d, accuracy) = of(&readout, "sign_accuracy")?;
    let right = Chart::new()
        .x(Axis::log2("rank \\i{d}"))
        .y(Axis::linear("sign accuracy").limits(0.45, 1.05))
        .hline(1.0, "")
        .line(Series::new("\\i{L}_{2} readout", &d, &accuracy).color(Palette::BLUE).marker(Marker::Circle))
        .scatter(
            Series::new("utility u(y) \u{2212} u(x)", &one, &utility.floats("sign_accuracy")?)
                .color(Palette::VERMILION)
                .marker(Marker::Diamond),
        );
    let figure =
        Figure::new(FigureWidth::Double).name("order").legend(Legend::Above).grid(1, 2).panels([left, right]);
    Ok(vec![figure])
}
