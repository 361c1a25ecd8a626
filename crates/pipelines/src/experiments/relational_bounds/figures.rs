//! Measured errors and their bounds.

use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::Tables;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let layers = tables.get("layers")?;
    let mut panels = Vec::new();
    for (reading, title) in
        [("root", "f is the root of the mean relation"), ("mean", "f is the mean relation")]
    {
        let of_reading = layers.filter("reading", reading)?;
        let mut chart = Chart::new()
            .title(title)
            .x(Axis::log("error of the relation"))
            .y(Axis::log("largest error of the outputs"));
        let colors = [Palette::BLUE, Palette::GREEN, Palette::VERMILION];
        for (depth, color) in of_reading.distinct("layers")?.into_iter().zip(colors) {
            let name = depth.as_f64().map_or_else(String::new, |d| {
                if d < 1.5 { "1 layer".to_owned() } else { format!("{d} layers") }
            });
            let of = of_reading.filter("layers", depth)?;
            let x = of.floats("eps")?;
            let measured = Series::new(format!("{name}, measured"), &x, &of.floats("found")?);
            let bound = Series::new(format!("{name}, bound"), &x, &of.floats("bound")?);
            chart = chart
                .line(measured.color(color).marker(Marker::Circle))
                .line(bound.color(color).style(Dash::Dashed).marker(Marker::None));
        }
        panels.push(chart);
    }
    let attention = tables.get("attention")?;
    let mut chart = Chart::new()
        .title("relational attention, 8 keys")
        .x(Axis::log("inverse temperature"))
        .y(Axis::log("largest error of the relation retrieved"));
    for (eps, color) in attention.distinct("eps")?.into_iter().zip([Palette::PURPLE, Palette::ORANGE]) {
        let name = eps.as_f64().map_or_else(String::new, |e| format!("relation within {e}"));
        let of = attention.filter("eps", eps)?;
        let x = of.floats("inverse_temperature")?;
        let measured = Series::new(format!("{name}, measured"), &x, &of.floats("found")?);
        let bound = Series::new(format!("{name}, bound"), &x, &of.floats("bound")?);
        chart = chart
            .line(measured.color(color).marker(Marker::Circle))
            .line(bound.color(color).style(Dash::Dashed).marker(Marker::None));
    }
    panels.push(chart);
    let figure = Figure::new(FigureWidth::Double).name("relational-bounds").legend(Legend::Above);
    Ok(vec![figure.grid(1, 3).panels(panels)])
}
