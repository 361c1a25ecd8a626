//! Wold's utility surfaces with their indifference curves; how its error and its failure depend on
//! how finely one looks.

use relata_plotting::{
    Axis, Chart, ColorMap, Dash, Figure, FigureWidth, HeatMap, Legend, Marker, Palette, Series,
};
use relata_runs::{Table, Tables, Value};

const PREFERENCES: [(&str, &str); 3] =
    [("cobb-douglas", "Cobb–Douglas"), ("ces", "CES"), ("leontief", "Leontief")];
const STEEP: [(&str, &str); 4] = [
    ("lexicographic", "lexicographic"),
    ("steep-5", "10^{5} \\i{x}_{1} + \\i{x}_{2}"),
    ("steep-3", "10^{3} \\i{x}_{1} + \\i{x}_{2}"),
    ("steep-1", "10 \\i{x}_{1} + \\i{x}_{2}"),
];

pub(super) fn surfaces(tables: &Tables) -> anyhow::Result<Figure> {
    let (t, curves) = (tables.get("wold")?, tables.get("indifference")?);
    let mut panels = Vec::new();
    for (k, (preference, title)) in PREFERENCES.into_iter().enumerate() {
        let rows = t.filter("preference", preference)?;
        let points = rows.floats("x1")?;
        let side = rows.distinct("x1")?.len();
        let (low, high) =
            points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        let step = (high - low) / (side.max(2) - 1) as f64;
        let edges: Vec<f64> = (0..=side).map(|i| low + (i as f64 - 0.5) * step).collect();
        // Rows of the table run over x_1 first; those of the map are x_2.
        let u = rows.floats("utility")?;
        let values: Vec<f64> = (0..side * side).map(|c| u[(c % side) * side + c / side]).collect();
        let map = HeatMap::new(&values, side, side).x_edges(&edges).y_edges(&edges).limits(0.0, high);
        let map = if k + 1 == PREFERENCES.len() { map.bar("utility") } else { map.without_bar() };
        let mut panel = Chart::new()
            .title(title)
            .x(Axis::linear("\\i{x}_{1}").limits(0.0, high))
            .y(Axis::linear("\\i{x}_{2}").limits(0.0, high))
            .aspect(1.0)
            .heatmap(map.map(ColorMap::Viridis));
        let of = curves.filter("preference", preference)?;
        for level in of.distinct("level")? {
            let curve = of.filter("level", level)?;
            panel = panel.line(
                Series::new("", &curve.floats("x1")?, &curve.floats("x2")?)
                    .color(Palette::WHITE)
                    .style(Dash::Solid)
                    .marker(Marker::None)
                    .width(0.9),
            );
        }
        panels.push(panel);
    }
    Ok(Figure::new(FigureWidth::Double).name("wold").legend(Legend::None).grid(1, 3).panels(panels))
}

pub(super) fn continuity(tables: &Tables) -> anyhow::Result<Figure> {
    let panels =
        [errors(tables.get("wold-error")?)?, jump(tables.get("jump")?)?, squeeze(tables.get("jump")?)?];
    Ok(Figure::new(FigureWidth::Double).name("continuity").legend(Legend::Above).grid(1, 3).panels(panels))
}

fn errors(t: &Table) -> anyhow::Result<Chart> {
    let mut panel = Chart::new()
        .title("error of Wold's utility")
        .x(Axis::log("tolerance"))
        .y(Axis::log("worst error on the grid"));
    let bound = t.filter("preference", PREFERENCES[0].0)?;
    panel = panel
        .line(Series::new("bound", &bound.floats("tolerance")?, &bound.floats("largest_bound")?).reference());
    for (preference, name) in PREFERENCES {
        let rows = t.filter("preference", preference)?;
        let pairs = rows.floats("tolerance")?.into_iter().zip(rows.floats("worst_error")?);
        // An error of exactly 0 has no place on a logarithmic axis.
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter(|p| p.1 > 0.0).unzip();
        if !x.is_empty() {
            panel = panel.line(Series::new(name, &x, &y));
        }
    }
    Ok(panel)
}

/// The bundles that lexicographic preferences squeeze between two points of the diagonal, at the
/// finest resolution.
fn jump(t: &Table) -> anyhow::Result<Chart> {
    let rows = t.filter("preference", "lexicographic")?;
    let last = rows.len().saturating_sub(1);
    let at = |column: &str| -> anyhow::Result<f64> {
        Ok(rows.optional_floats(column)?.get(last).copied().flatten().unwrap_or(0.0))
    };
    let (lower, upper) = (at("lower")?, at("upper")?);
    let (worse, better) = ([at("worse_x1")?, at("worse_x2")?], [at("better_x1")?, at("better_x2")?]);
    Ok(Chart::new()
        .title("the jump")
        .x(Axis::linear("\\i{x}_{1}").limits(0.0, 1.0))
        .y(Axis::linear("\\i{x}_{2}").limits(0.0, 1.0))
        .line(
            Series::new("diagonal", &[0.0, 1.0], &[0.0, 1.0])
                .color(Palette::GREY)
                .style(Dash::Dotted)
                .marker(Marker::None),
        )
        .line(
            Series::new("worse to better", &[worse[0], better[0]], &[worse[1], better[1]])
                .color(Palette::VERMILION)
                .marker(Marker::Circle),
        )
        .scatter(
            Series::new("squeezed between", &[lower, upper], &[lower, upper])
                .color(Palette::BLUE)
                .marker(Marker::Diamond),
        ))
}

/// How long a stretch of the diagonal holds two bundles a quarter apart: it shrinks with the
/// resolution or it does not.
fn squeeze(t: &Table) -> anyhow::Result<Chart> {
    let mut panel = Chart::new()
        .title("the stretch between")
        .x(Axis::log("resolution"))
        .y(Axis::log("length on the diagonal"));
    for (preference, name) in STEEP {
        let rows = t.filter("preference", preference)?;
        let series = Series::new(name, &rows.floats("resolution")?, &rows.floats("squeeze")?);
        let lexicographic = preference == STEEP[0].0;
        panel = panel.line(if lexicographic { series.color(Palette::BLACK) } else { series });
        let refused = rows.filter("refused", Value::from(1i64))?;
        if lexicographic && refused.len() < rows.len() {
            anyhow::bail!("lexicographic preferences were accepted");
        }
    }
    Ok(panel)
}
