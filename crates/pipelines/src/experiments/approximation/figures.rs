//! Figures of the tables: error against rank beside the limit, against width, ratios, and certified
//! sup norms.

use relata_plotting::{
    Axis, Chart, ColorMap, Figure, FigureWidth, HeatMap, Legend, Marker, Palette, RGBColor, Series,
};
use relata_runs::{Table, Tables, Value};

/// The ratio to the limit from which on the colour is the last: one scale for every run.
const WORST_RATIO: f64 = 1.05;
/// Most ratios to the limit differ from 1 in the fourth decimal: they are shown in these units.
const UNITS: f64 = 1e4;
/// Panels on one page.
const PAGE: usize = 12;
/// The smallest relative error that is drawn: below, rounding.
const SMALLEST: f64 = 1e-12;

/// Where methods reach the limit their marks lie on each other: crosses on a disc show all of them.
const METHODS: [(&str, &str, Marker, RGBColor); 4] = [
    ("random-readout", "random features, readout", Marker::Circle, Palette::BLUE),
    ("trained-readout", "trained features, readout", Marker::Cross, Palette::VERMILION),
    ("gradient", "gradient training", Marker::Triangle, Palette::GREEN),
    (FITTED, "fitted, two sines per rank", Marker::Plus, Palette::PURPLE),
];

/// The fitted networks that are drawn against rank, whose widths grow with it.
const FITTED: &str = "fitted-sine";
/// Their units per rank.
const PER_RANK: i64 = 2;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let errors = tables.get("errors")?;
    let limits = tables.get("limits")?;
    let mut all = sheets(
        "error-against-rank",
        "rank \\i{d}",
        "relative \\i{L}_{2} error",
        error_against_rank(errors, limits)?,
    );
    all.push(ratio_to_limit(errors)?);
    all.extend(sheets(
        "error-against-width",
        "hidden width",
        "relative \\i{L}_{2} error",
        error_against_width(errors)?,
    ));
    all.extend(sheets("certified-sup", "rank \\i{d}", "sup error", certified(errors)?));
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

/// The fitted networks whose widths grow with the rank; `None` where nothing was fitted.
fn per_rank(t: &Table) -> anyhow::Result<Option<Table>> {
    let t = t.filter("method", FITTED)?;
    if t.is_empty() {
        return Ok(None);
    }
    Ok(Some(t.filter("units_per_rank", PER_RANK)?))
}

/// A series of positive values against another column; `None` if nothing can be drawn on a log
/// axis.
fn series(name: &str, t: &Table, x: &str, y: &str) -> anyhow::Result<Option<Series>> {
    let pairs = t.floats(x)?.into_iter().zip(t.optional_floats(y)?);
    let mut points: Vec<(f64, f64)> =
        pairs.filter_map(|(x, y)| Some((x, y.filter(|v| *v > SMALLEST)?))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    Ok((!x.is_empty()).then(|| Series::new(name, &x, &y)))
}

fn error_against_rank(errors: &Table, limits: &Table) -> anyhow::Result<Vec<Chart>> {
    let mut panels = Vec::new();
    for name in names(errors)? {
        let t = errors.filter("relation", name.as_str())?;
        let mut panel = Chart::new()
            .title(name.clone())
            .x(Axis::log2("rank \\i{d}"))
            .y(Axis::log("relative \\i{L}_{2} error"));
        if let Some(s) = limit(&limits.filter("relation", name.as_str())?)? {
            panel = panel.line(s.reference());
        }
        for (method, label, marker, color) in METHODS {
            let rows = if method == FITTED { per_rank(&t)? } else { widest(&t, method)? };
            if let Some(rows) = rows
                && let Some(s) = series(label, &rows, "rank", "relative_l2")?
            {
                panel = panel.scatter(s.marker(marker).color(color));
            }
        }
        panels.push(panel);
    }
    Ok(panels)
}

/// The limit of every rank. Where it ends at a rank from which on it is 0, the line falls to the
/// edge.
fn limit(t: &Table) -> anyhow::Result<Option<Series>> {
    let mut points: Vec<(f64, f64)> =
        t.floats("rank")?.into_iter().zip(t.floats("relative_limit")?).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let seen = points.iter().take_while(|(_, limit)| *limit > SMALLEST).count();
    if seen == 0 {
        return Ok(None);
    }
    points.truncate(seen + 1);
    let (rank, limit): (Vec<f64>, Vec<f64>) =
        points.into_iter().map(|(rank, limit)| (rank, limit.max(SMALLEST))).unzip();
    Ok(Some(Series::new("Eckart–Young limit", &rank, &limit)))
}

fn ratio_to_limit(errors: &Table) -> anyhow::Result<Figure> {
    let names = names(errors)?;
    let ranks = [1i64, 2, 4, 8, 16];
    let mut values = Vec::new();
    for name in &names {
        // As the metric counts: the better readout at the largest width.
        let t = errors.filter("relation", name.as_str())?;
        let rows = [widest(&t, "random-readout")?, widest(&t, "trained-readout")?];
        for rank in ranks {
            let mut best: Option<f64> = None;
            for rows in rows.iter().flatten() {
                let cell = rows.filter("rank", rank)?;
                let of = |column| anyhow::Ok(cell.optional_floats(column)?.first().copied().flatten());
                if let (Some(ratio), Some(1e-6..)) = (of("ratio_to_limit")?, of("relative_limit")?) {
                    best = Some(best.map_or(ratio, |b| b.min(ratio)));
                }
            }
            // Adding a positive zero turns -0 into 0.
            values.push(best.map(|ratio| (UNITS * (ratio - 1.0)).round() + 0.0));
        }
    }
    let map = HeatMap::with_gaps(&values, names.len(), ranks.len())
        .x_labels(ranks.map(|r| r.to_string()))
        .y_labels(names)
        .map(ColorMap::Cividis)
        .limits(0.0, UNITS * (WORST_RATIO - 1.0))
        .bar("(error / limit − 1) × 10^{4}")
        .numbers(0);
    let panel = Chart::new().x(Axis::linear("rank \\i{d}")).y(Axis::linear("")).heatmap(map);
    Ok(Figure::new(FigureWidth::OneAndHalf).name("ratio-to-limit").panel(panel))
}

fn error_against_width(errors: &Table) -> anyhow::Result<Vec<Chart>> {
    let t = errors.filter("method", "random-readout")?.filter("draw", 0i64)?;
    let mut panels = Vec::new();
    for name in names(errors)? {
        let rows = t.filter("relation", name.as_str())?;
        // One width, as in eight dimensions, shows nothing against width.
        if rows.distinct("width")?.len() < 2 {
            continue;
        }
        let mut panel = Chart::new().title(name).x(Axis::log2("width")).y(Axis::log("error"));
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
    Ok(panels)
}

fn certified(errors: &Table) -> anyhow::Result<Vec<Chart>> {
    let mut panels = Vec::new();
    for name in names(errors)? {
        let t = errors.filter("relation", name.as_str())?;
        let Some(rows) = widest(&t, "random-readout")? else { continue };
        let Some(upper) = series("certified upper bound", &rows, "rank", "certified_sup")? else { continue };
        let mut panel = Chart::new().title(name).x(Axis::log2("rank \\i{d}")).y(Axis::log("sup error"));
        panel = panel.line(upper.marker(Marker::Triangle).color(Palette::VERMILION));
        if let Some(s) = series("largest error found", &rows, "rank", "sampled_sup")? {
            panel = panel.line(s.marker(Marker::Circle).color(Palette::BLUE));
        }
        panels.push(panel);
    }
    Ok(panels)
}

/// Small multiples, three in a row because names of relations are long, on as many pages as they
/// need.
fn sheets(name: &str, x: &str, y: &str, panels: Vec<Chart>) -> Vec<Figure> {
    let pages = panels.len().div_ceil(PAGE);
    // As many on each page: one panel alone on the last would be stretched over all columns.
    let per_page = panels.len().div_ceil(pages.max(1));
    let mut figures = Vec::with_capacity(pages);
    let mut panels = panels.into_iter();
    for page in 1..=pages {
        let these: Vec<Chart> = panels.by_ref().take(per_page).collect();
        let name = if pages == 1 { name.to_owned() } else { format!("{name}-{page}") };
        let columns = these.len().clamp(1, 3);
        let rows = these.len().div_ceil(columns);
        let figure = Figure::new(FigureWidth::Double).name(name).legend(Legend::Above).grid(rows, columns);
        figures.push(figure.x_title(x).y_title(y).panels(these));
    }
    figures
}
