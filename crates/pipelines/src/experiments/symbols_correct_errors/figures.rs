//! Recovery against the corrupted share.

use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::Tables;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let t = tables.get("recovery")?;
    let mut chart = Chart::new()
        .x(Axis::linear("corrupted share of the measurements"))
        .y(Axis::linear("relations recovered exactly").limits(-0.03, 1.05));
    let mut squares = None;
    for (ratio, color) in t.distinct("ratio")?.into_iter().zip(Palette::CYCLE.into_iter().cycle()) {
        let of = t.filter("ratio", ratio.clone())?;
        let share: Vec<f64> = of.floats("corrupted_percent")?.into_iter().map(|p| p / 100.0).collect();
        let name = ratio.as_f64().map_or_else(String::new, |r| format!("{r} measurements per relation"));
        let line = Series::new(name, &share, &of.floats("recovered")?);
        chart = chart.line(line.color(color).marker(Marker::Circle));
        squares = Some((share, of.floats("recovered_by_least_squares")?));
    }
    if let Some((share, recovered)) = squares {
        let line = Series::new("least squares, the most measurements", &share, &recovered);
        chart = chart.line(line.color(Palette::GREY).style(Dash::Dashed).marker(Marker::None));
    }
    let figure = Figure::new(FigureWidth::Single).name("symbols-correct-errors").legend(Legend::Above);
    Ok(vec![figure.panel(chart)])
}
