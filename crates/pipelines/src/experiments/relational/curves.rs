//! Learning curves, beside those that others published.

use super::published::published;
use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, RGBColor, Series};
use relata_runs::Tables;

/// How a model is drawn, and what it is told beforehand.
pub(crate) struct Look {
    /// Its name in the table.
    pub(crate) model: &'static str,
    /// Its name in the legend, with its prior.
    pub(crate) label: &'static str,
    /// Its colour.
    pub(crate) color: RGBColor,
    /// Its marker.
    pub(crate) marker: Marker,
}

/// One task.
pub(crate) struct Panel {
    /// Its name in the table.
    pub(crate) task: &'static str,
    /// The title.
    pub(crate) title: &'static str,
    /// Title of the x axis.
    pub(crate) x: &'static str,
    /// Title of the y axis.
    pub(crate) y: &'static str,
    /// The published task and, of it, models with their names in the legend.
    pub(crate) published: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// What guessing gives.
    pub(crate) chance: Option<f64>,
}

/// Mean accuracy over draws with 1.96 standard errors, for each model that the table `accuracy` has;
/// published curves dashed, as published.
pub(crate) fn learning_curves(
    tables: &Tables,
    name: &str,
    panels: &[Panel],
    looks: &[Look],
) -> anyhow::Result<Figure> {
    let table = tables.get("accuracy")?;
    let mut charts = Vec::new();
    for panel in panels {
        let of_task = table.filter("task", panel.task)?;
        if of_task.is_empty() {
            continue;
        }
        let mut chart =
            Chart::new().title(panel.title).x(Axis::log(panel.x)).y(Axis::linear(panel.y).max(1.02));
        if let Some(chance) = panel.chance {
            chart = chart.hline(chance, "chance");
        }
        for look in looks {
            let of = of_task.filter("model", look.model)?;
            if of.is_empty() {
                continue;
            }
            let (x, mean) = of.means("size", "accuracy")?;
            let half = half_widths(&of.floats("size")?, &of.floats("accuracy")?, &x, &mean);
            let lo: Vec<f64> = mean.iter().zip(&half).map(|(m, h)| m - h).collect();
            let hi: Vec<f64> = mean.iter().zip(&half).map(|(m, h)| (m + h).min(1.0)).collect();
            let series = Series::new(look.label, &x, &mean).color(look.color).marker(look.marker);
            chart =
                chart.line(if half.iter().all(|h| *h > 0.0) { series.error_bars(&lo, &hi) } else { series });
        }
        if let Some((task, models)) = panel.published {
            let curves = published(task)?;
            let greys = [0.0, 0.35, 0.6];
            for ((model, label), tint) in models.iter().zip(greys) {
                let (x, y) = curves.filter("model", *model)?.means("size", "mean")?;
                // One number of a table is a level, and not a curve.
                if let ([_], [level]) = (&x[..], &y[..]) {
                    chart = chart.hline(*level, *label);
                    continue;
                }
                let series = Series::new(*label, &x, &y).color(Palette::tint(Palette::GREY, tint));
                let dash = if *model == "transformer" { Dash::Dotted } else { Dash::Dashed };
                chart = chart.line(series.style(dash).marker(Marker::None));
            }
        }
        charts.push(chart);
    }
    let columns = charts.len().max(1);
    let figure = Figure::new(FigureWidth::Double).name(name).legend(Legend::Above).grid(1, columns);
    Ok(figure.panels(charts))
}

/// 1.96 standard errors of the mean at each x; 0 where there is one draw.
fn half_widths(xs: &[f64], ys: &[f64], at: &[f64], mean: &[f64]) -> Vec<f64> {
    let half = |(a, m): (&f64, &f64)| {
        let here: Vec<f64> =
            xs.iter().zip(ys).filter(|(x, _)| x.total_cmp(a).is_eq()).map(|(_, y)| y - m).collect();
        let n = here.len() as f64;
        if n < 2.0 { 0.0 } else { 1.96 * (here.iter().map(|d| d * d).sum::<f64>() / (n * (n - 1.0))).sqrt() }
    };
    at.iter().zip(mean).map(half).collect()
}
