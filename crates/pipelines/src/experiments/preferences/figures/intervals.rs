//! Estimates with their intervals, one line each, named on the left.

use super::super::models::Model;
use super::shown;
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, RGBColor, Series};
use relata_runs::Tables;

/// The most lines that can be read.
const MAX_LINES: usize = 40;
/// Points of height for each line, and for title and axis.
const LINE: f64 = 13.0;
const FRAME: f64 = 60.0;

/// A dot with a line from one end of its interval to the other, if there is one.
struct Estimate {
    name: String,
    value: f64,
    interval: Option<(f64, f64)>,
}

/// The strengths of the model that comes first.
pub(super) fn strengths(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let (Ok(models), Ok(all)) = (tables.get("models"), tables.get("strengths")) else { return Ok(None) };
    let names = models.texts("model")?;
    let Some(first) = names.iter().find(|n| all.filter("model", n.as_str()).is_ok_and(|t| !t.is_empty()))
    else {
        return Ok(None);
    };
    let table = all.filter("model", first.as_str())?;
    let items = table.texts("item")?;
    let (lower, upper) = (table.optional_floats("lower")?, table.optional_floats("upper")?);
    let (rows, more) = picked(items.len());
    let values = table.floats("strength")?;
    let estimates: Vec<Estimate> = rows
        .iter()
        .map(|&k| Estimate { name: items[k].clone(), value: values[k], interval: lower[k].zip(upper[k]) })
        .collect();
    let title = if more { format!("the best and last of {} items", items.len()) } else { String::new() };
    let chart = lines(&estimates, &format!("strength ({})", Model::title(first)), Palette::BLUE).title(title);
    Ok(Some(figure("strengths", chart, estimates.len())))
}

/// All lines, or the first and the last of many.
fn picked(count: usize) -> (Vec<usize>, bool) {
    if count <= MAX_LINES {
        return ((0..count).collect(), false);
    }
    let half = MAX_LINES / 2;
    ((0..half).chain(count - half..count).collect(), true)
}

/// Coefficients of features of items.
pub(super) fn features(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let Ok(table) = tables.get("features") else { return Ok(None) };
    // In units of one standard error: features have units of their own.
    let (values, errors) = (table.floats("coefficient")?, table.floats("standard_error")?);
    let names = table.texts("feature")?;
    let estimates: Vec<Estimate> = (0..names.len().min(MAX_LINES))
        .map(|k| {
            let z = values[k] / errors[k];
            Estimate { name: names[k].clone(), value: z, interval: Some((z - 1.96, z + 1.96)) }
        })
        .collect();
    let chart = lines(&estimates, "coefficient / standard error", Palette::GREEN);
    Ok(Some(figure("features", chart, estimates.len())))
}

/// Coefficients of a conditional logit, for one standard deviation of each column within choice sets.
pub(super) fn coefficients(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let Ok(table) = tables.get("coefficients") else { return Ok(None) };
    let names = table.texts("column")?;
    let (values, spread) = (table.floats("coefficient")?, table.floats("spread")?);
    let (lower, upper) = (table.floats("lower")?, table.floats("upper")?);
    let kept = (0..names.len()).filter(|&k| !names[k].starts_with("constant of ")).take(MAX_LINES);
    let estimates: Vec<Estimate> = kept
        .map(|k| Estimate {
            name: names[k].clone(),
            value: values[k] * spread[k],
            interval: Some((lower[k] * spread[k], upper[k] * spread[k])),
        })
        .collect();
    if estimates.is_empty() {
        return Ok(None);
    }
    let chart = lines(&estimates, "utility of one standard deviation within choice sets", Palette::GREEN);
    Ok(Some(figure("coefficients", chart, estimates.len())))
}

fn figure(name: &str, chart: Chart, count: usize) -> Figure {
    let height = FRAME + LINE * count as f64;
    Figure::new(FigureWidth::Single).name(name).height(height).legend(Legend::None).panel(chart)
}

fn lines(estimates: &[Estimate], title: &str, color: RGBColor) -> Chart {
    let y: Vec<f64> = (1..=estimates.len()).map(|k| k as f64).collect();
    let names: Vec<String> = estimates.iter().map(|e| e.name.clone()).collect();
    let labels = y.iter().copied().zip(shown(&names));
    let axis = Axis::linear("").limits(0.4, estimates.len() as f64 + 0.6).reversed().labeled_ticks(labels);
    let x = Axis::linear(title).include(0.0);
    let mut chart = Chart::new().x(x).y(axis).vline(0.0, "");
    for (y, e) in y.iter().zip(estimates) {
        if let Some((lo, hi)) = e.interval {
            let line = Series::new("interval", &[lo, hi], &[*y, *y]);
            chart = chart.line(line.color(color).width(1.2).marker(Marker::None));
        }
    }
    let x: Vec<f64> = estimates.iter().map(|e| e.value).collect();
    // What has the same name looks the same, so the dots have one of their own.
    chart.scatter(Series::new("estimate", &x, &y).color(color).marker(Marker::Circle))
}
