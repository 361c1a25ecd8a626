//! Figures of the tables: error against rank beside the limit, against width, ratios, and certified sup norms.

use relata_plotting::{Axis, ColorMap, Figure, HeatMap, Legend, Marker, Palette, Panel, Series, Width};
use relata_runs::{Table, Tables, Value};

/// Panels that still read well on one page.
const MOST_PANELS: usize = 20;
/// The smallest relative error that is drawn: below, rounding.
const SMALLEST: f64 = 1e-12;

const METHODS: [(&str, &str); 3] = [
    ("random-readout", "random features, readout"),
    ("trained-readout", "trained features, readout"),
    ("gradient", "gradient training"),
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let errors = tables.get("errors")?;
    let limits = tables.get("limits")?;
    let mut all =
        vec![error_against_rank(errors, limits)?, ratio_to_limit(errors)?, error_against_width(errors)?];
    if let Some(f) = certified(errors)? {
        all.push(f);
    }
    Ok(all)
}

fn names(t: &Table) -> anyhow::Result<Vec<String>> {
    Ok(t.distinct("relation")?.into_iter().filter_map(text).collect())
}

fn text(v: Value) -> Option<String> {
    match v {
        Value::Text(s) => Some(s),
        _ => None,
    }
}

/// The widest rows of a method, first draw.
fn widest(t: &Table, method: &str) -> anyhow::Result<Option<Table>> {
    let t = t.filter("method", method)?;
    if t.is_empty() {
        return Ok(None);
    }
    let t = t.filter("draw", 0i64)?;
    let Some(width) = t.ints("width")?.into_iter().max() else { return Ok(None) };
    Ok(Some(t.filter("width", width)?))
}

/// A series of positive values against another column; `None` if nothing can be drawn on a log axis.
fn series(name: &str, t: &Table, x: &str, y: &str) -> anyhow::Result<Option<Series>> {
    let pairs = t.floats(x)?.into_iter().zip(t.optional_floats(y)?);
    let mut points: Vec<(f64, f64)> =
        pairs.filter_map(|(x, y)| Some((x, y.filter(|v| *v > SMALLEST)?))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    Ok((!x.is_empty()).then(|| Series::new(name, &x, &y)))
}

fn error_against_rank(errors: &Table, limits: &Table) -> anyhow::Result<Figure> {
    let mut panels = Vec::new();
    for name in names(errors)?.into_iter().take(MOST_PANELS) {
        let t = errors.filter("relation", name.as_str())?;
        let mut panel =
            Panel::new().title(name.clone()).x(Axis::log2("rank d")).y(Axis::log("relative L_{2} error"));
        if let Some(s) = series(
            "Eckart–Young limit",
            &limits.filter("relation", name.as_str())?,
            "rank",
            "relative_limit",
        )? {
            panel = panel.line(s.reference());
        }
        for (method, label) in METHODS {
            if let Some(rows) = widest(&t, method)?
                && let Some(s) = series(label, &rows, "rank", "relative_l2")?
            {
                panel = panel.scatter(s);
            }
        }
        panels.push(panel);
    }
    Ok(sheet("error-against-rank", panels).x_title("rank d").y_title("relative L_{2} error"))
}

fn ratio_to_limit(errors: &Table) -> anyhow::Result<Figure> {
    let names = names(errors)?;
    let t = errors.filter("method", "random-readout")?;
    let ranks = [1i64, 2, 4, 8, 16];
    let mut values = Vec::new();
    for name in &names {
        let rows = widest(&t.filter("relation", name.as_str())?, "random-readout")?;
        for rank in ranks {
            let cell = match &rows {
                Some(rows) => rows.filter("rank", rank)?,
                None => t.filter("rank", -1i64)?,
            };
            let ratio = cell.optional_floats("ratio_to_limit")?.first().copied().flatten();
            let limit = cell.optional_floats("relative_limit")?.first().copied().flatten();
            values.push(ratio.filter(|_| limit.is_some_and(|l| l > 1e-6)));
        }
    }
    let map = HeatMap::with_gaps(&values, names.len(), ranks.len())
        .x_labels(ranks.map(|r| r.to_string()))
        .y_labels(names)
        .map(ColorMap::Cividis)
        .bar("error / limit")
        .numbers(4);
    let panel = Panel::new().x(Axis::linear("rank d")).y(Axis::linear("")).heatmap(map);
    Ok(Figure::new(Width::OneAndHalf).name("ratio-to-limit").panel(panel))
}

fn error_against_width(errors: &Table) -> anyhow::Result<Figure> {
    let t = errors.filter("method", "random-readout")?.filter("draw", 0i64)?;
    let mut panels = Vec::new();
    for name in names(errors)?.into_iter().take(MOST_PANELS) {
        let rows = t.filter("relation", name.as_str())?;
        let mut panel = Panel::new().title(name).x(Axis::log2("width")).y(Axis::log("error"));
        let mut drawn = false;
        for rank in [2i64, 8, 16] {
            if let Some(s) =
                series(&format!("rank {rank}"), &rows.filter("rank", rank)?, "width", "relative_l2")?
            {
                panel = panel.line(s);
                drawn = true;
            }
        }
        if drawn {
            panels.push(panel);
        }
    }
    Ok(sheet("error-against-width", panels).x_title("hidden width").y_title("relative L_{2} error"))
}

fn certified(errors: &Table) -> anyhow::Result<Option<Figure>> {
    let mut panels = Vec::new();
    for name in names(errors)? {
        let t = errors.filter("relation", name.as_str())?;
        let Some(rows) = widest(&t, "random-readout")? else { continue };
        let Some(upper) = series("certified upper bound", &rows, "rank", "certified_sup")? else { continue };
        let mut panel = Panel::new().title(name).x(Axis::log2("rank d")).y(Axis::log("sup error"));
        panel = panel.line(upper.marker(Marker::Triangle).color(Palette::VERMILION));
        if let Some(s) = series("largest error found", &rows, "rank", "sampled_sup")? {
            panel = panel.line(s.marker(Marker::Circle).color(Palette::BLUE));
        }
        panels.push(panel);
        if panels.len() == MOST_PANELS {
            break;
        }
    }
    Ok((!panels.is_empty()).then(|| sheet("certified-sup", panels).x_title("rank d").y_title("sup error")))
}

/// Small multiples, four in a row.
fn sheet(name: &str, panels: Vec<Panel>) -> Figure {
    let columns = panels.len().clamp(1, 4);
    let rows = panels.len().div_ceil(columns).max(1);
    Figure::new(Width::Double).name(name).legend(Legend::Above).grid(rows, columns).panels(panels)
}
