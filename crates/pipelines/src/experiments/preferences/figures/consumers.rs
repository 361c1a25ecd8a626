//! How consistent consumers are.

use relata_plotting::{Axis, Bars, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::Tables;

const INDICES: [(&str, &str); 4] =
    [("ccei", "CCEI"), ("varian", "Varian"), ("houtman_maks", "Houtman–Maks"), ("power", "power")];

/// The indices of one consumer as bars; of many, each index in the order of its values.
pub(super) fn efficiency(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let Ok(table) = tables.get("consumers") else { return Ok(None) };
    let colors = [Palette::BLUE, Palette::GREEN, Palette::VERMILION, Palette::GREY];
    let chart = if table.len() == 1 {
        let values =
            INDICES.iter().map(|(c, _)| Ok(table.floats(c)?[0])).collect::<anyhow::Result<Vec<f64>>>()?;
        let bars =
            Bars::grouped(INDICES.iter().map(|(_, name)| *name)).series("", &values).color(Palette::BLUE);
        Chart::new().x(Axis::linear("")).y(Axis::linear("index").limits(0.0, 1.04)).bars(bars)
    } else {
        let mut chart = Chart::new()
            .x(Axis::linear("share of consumers, each index by itself").limits(0.0, 1.0))
            .y(Axis::linear("index, at most").max(1.02));
        for ((column, name), color) in INDICES.iter().zip(colors) {
            let mut values = table.floats(column)?;
            values.sort_by(f64::total_cmp);
            let n = values.len() as f64;
            // Each consumer has a share of the axis.
            let ends = (0..values.len()).flat_map(|k| [k as f64 / n, (k + 1) as f64 / n]);
            let (x, y): (Vec<f64>, Vec<f64>) = ends.zip(values.iter().flat_map(|v| [*v, *v])).unzip();
            chart = chart.line(Series::new(*name, &x, &y).color(color).marker(Marker::None));
        }
        chart
    };
    let legend = if table.len() == 1 { Legend::None } else { Legend::default() };
    Ok(Some(Figure::new(FigureWidth::Single).name("consumers").legend(legend).panel(chart)))
}
