//! Neurons and rank against the error, where the theorems spend it, and width against depth.

use super::summary::best;
use relata_plotting::{Axis, Bars, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::{Table, Tables, Value};
use std::collections::BTreeMap;

/// Panels on one page.
const PAGE: usize = 9;

/// Method, label, look.
const METHODS: [(&str, &str, relata_plotting::RGBColor, Marker); 6] = [
    ("theorem", "theorem (best route)", Palette::VERMILION, Marker::Triangle),
    ("construction", "construction, certified", Palette::BLUE, Marker::Square),
    ("fitted", "fitted, certified", Palette::ORANGE, Marker::Cross),
    ("readout", "random features, readout", Palette::GREEN, Marker::Circle),
    ("training", "training, readout", Palette::PURPLE, Marker::Diamond),
    ("lower-bound", "no network below", Palette::BLACK, Marker::None),
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let counts = tables.get("counts")?;
    let mut all = sheets("neurons-against-eps", "neurons", against_eps(counts, Count::Neurons)?);
    all.extend(sheets("rank-against-eps", "rank", against_eps(counts, Count::Rank)?));
    all.push(budgets(tables.get("budgets")?)?);
    if let Some(f) = routes(counts)? {
        all.push(f);
    }
    if let Some(f) = slopes(tables)? {
        all.push(f);
    }
    if let Some(f) = depth(counts)? {
        all.push(f);
    }
    Ok(all)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Neurons,
    Rank,
}

fn texts(t: &Table, column: &str) -> anyhow::Result<Vec<String>> {
    let text = |v| if let Value::Text(s) = v { Some(s) } else { None };
    Ok(t.distinct(column)?.into_iter().filter_map(text).collect())
}

fn against_eps(t: &Table, what: Count) -> anyhow::Result<Vec<Chart>> {
    let best = best(t)?;
    let mut panels = Vec::new();
    for name in texts(t, "relation")? {
        let norm = t.filter("relation", name.as_str())?.texts("norm")?.first().cloned().unwrap_or_default();
        let title = if norm == "sup" { name.clone() } else { format!("{name}, \\i{{L}}_{{2}}") };
        let mut panel = Chart::new().title(title).x(Axis::log("error ε")).y(Axis::log("count"));
        for (method, label, color, marker) in METHODS {
            let mut points: Vec<(f64, f64)> = best
                .iter()
                .filter(|((relation, _), _)| *relation == name)
                .filter_map(|((_, eps), by)| {
                    let b = by.get(method)?;
                    Some((eps.parse().ok()?, if what == Count::Neurons { b.neurons } else { b.rank }))
                })
                .filter(|(_, n)| *n > 0.0)
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            if x.is_empty() {
                continue;
            }
            let s = Series::new(label, &x, &y);
            let s = if method == "lower-bound" { s.reference() } else { s.color(color).marker(marker) };
            panel = panel.line(s);
        }
        panels.push(panel);
    }
    Ok(panels)
}

/// What a term of a budget is spent on, and its colour.
fn kind(term: &str) -> (&'static str, relata_plotting::RGBColor) {
    match term {
        "truncation" | "low rank" | "tail of the sum" => ("truncation to a rank", Palette::BLUE),
        "encoder of y" | "interpolation in y" | "splines of y" => ("encoder of y", Palette::SKY),
        "encoder, squared" | "both encoders" | "both splines" => ("products of errors", Palette::GREEN),
        "drawing" | "between the points of the net" => ("drawing", Palette::PURPLE),
        "ridges" => ("splines of waves", Palette::YELLOW),
        "looseness of the certificate" => ("margin of the certificate", Palette::GREY),
        _ => ("encoder of x, or of both", Palette::ORANGE),
    }
}

const KINDS: [&str; 7] = [
    "truncation",
    "encoder",
    "encoder of y",
    "encoder, squared",
    "drawing",
    "ridges",
    "looseness of the certificate",
];

/// The budgets of all routes at one error, as stacked shares of `eps`.
fn budgets(t: &Table) -> anyhow::Result<Figure> {
    const EPS: f64 = 1e-2;
    const SHOWN: [&str; 6] =
        ["brownian", "gaussian", "exp-bilinear", "kl-divergence", "zonal-exp", "gaussian-8d"];
    let t = t.filter("eps", EPS)?;
    let (relation, route) = (t.texts("relation")?, t.texts("route")?);
    let (term, share) = (t.texts("term")?, t.floats("share")?);
    let mut panels = Vec::new();
    for wanted in texts(&t, "relation")?.into_iter().filter(|r| SHOWN.contains(&r.as_str())) {
        let rows: Vec<usize> = (0..t.len()).filter(|i| relation[*i] == wanted).collect();
        let mut bars: Vec<String> = Vec::new();
        for &i in &rows {
            if !bars.contains(&route[i]) {
                bars.push(route[i].clone());
            }
        }
        let mut stack = Bars::stacked(bars.iter().map(|b| b.replace('-', " ")));
        for (label, color) in KINDS.map(kind) {
            let of = |bar: &String| -> f64 {
                let own = rows.iter().filter(|i| route[**i] == *bar && kind(&term[**i]).0 == label);
                own.map(|i| share[*i]).sum()
            };
            let values: Vec<f64> = bars.iter().map(of).collect();
            if values.iter().any(|v| *v > 0.0) {
                stack = stack.series(label, &values).color(color);
            }
        }
        let panel =
            Chart::new().title(wanted).x(Axis::linear("")).y(Axis::linear("share of ε").limits(0.0, 1.05));
        panels.push(panel.bars(stack));
    }
    let columns = panels.len().clamp(1, 2);
    let rows = panels.len().div_ceil(columns).max(1);
    Ok(Figure::new(FigureWidth::Double)
        .name("budgets")
        .legend(Legend::Above)
        .grid(rows, columns)
        .panels(panels))
}

/// The routes of the theorems against each other.
fn routes(t: &Table) -> anyhow::Result<Option<Figure>> {
    let t = t.filter("method", "theorem")?;
    let mut panels = Vec::new();
    for name in texts(&t, "relation")? {
        if !["brownian", "gaussian", "gaussian-2d", "kl-divergence", "zonal-exp", "gaussian-8d"]
            .contains(&name.as_str())
        {
            continue;
        }
        let rows = t.filter("relation", name.as_str())?;
        let mut panel = Chart::new().title(name).x(Axis::log("error ε")).y(Axis::log("neurons"));
        for route in theorems(&rows)? {
            let own = rows.filter("route", route.as_str())?;
            let pairs = own.floats("eps")?.into_iter().zip(own.optional_floats("neurons")?);
            let mut points: Vec<(f64, f64)> =
                pairs.filter_map(|(e, n)| Some((e, n.filter(|n| *n > 0.0)?))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            if !x.is_empty() {
                panel = panel.line(Series::new(route.replace('-', " "), &x, &y));
            }
        }
        panels.push(panel);
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let columns = panels.len().min(2);
    let rows = panels.len().div_ceil(columns);
    Ok(Some(
        Figure::new(FigureWidth::Double)
            .name("routes")
            .legend(Legend::Above)
            .grid(rows, columns)
            .panels(panels),
    ))
}

/// The routes of theorems, without the constructions that repeat their counts.
fn theorems(t: &Table) -> anyhow::Result<Vec<String>> {
    Ok(texts(t, "route")?.into_iter().filter(|r| !r.starts_with("construct-")).collect())
}

/// Fitted exponents of the theorems, with their intervals, against the predicted ones.
fn slopes(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let Ok(t) = tables.get("slopes") else { return Ok(None) };
    let (method, route) = (t.texts("method")?, t.texts("route")?);
    let (value, low, high) = (t.floats("exponent")?, t.floats("low")?, t.floats("high")?);
    let predicted = t.optional_floats("predicted")?;
    let mut panel = Chart::new()
        .x(Axis::log2("predicted exponent of 1/ε").limits(0.35, 12.0))
        .y(Axis::log2("fitted exponent, 95 % interval").limits(0.25, 12.0))
        .line(Series::new("equal", &[0.4, 10.0], &[0.4, 10.0]).reference());
    let mut any = false;
    for name in theorems(t)? {
        let judged = |i: &usize| method[*i] == "theorem" && route[*i] == name && low[*i] > 0.25;
        let rows: Vec<(usize, f64)> =
            (0..t.len()).filter(judged).filter_map(|i| Some((i, predicted[i]?))).collect();
        if rows.is_empty() {
            continue;
        }
        any = true;
        let pick = |v: &[f64]| rows.iter().map(|(i, _)| v[*i]).collect::<Vec<f64>>();
        let at: Vec<f64> = rows.iter().map(|(_, p)| *p).collect();
        let series = Series::new(name.replace('-', " "), &at, &pick(&value));
        panel = panel.scatter(series.error_bars(&pick(&low), &pick(&high)));
    }
    Ok(any.then(|| Figure::new(FigureWidth::OneAndHalf).name("exponents").legend(Legend::Above).panel(panel)))
}

/// Neurons that training needed at equal error, against the number of hidden layers: for each
/// relation the smallest error that every depth reached.
fn depth(t: &Table) -> anyhow::Result<Option<Figure>> {
    let t = t.filter("method", "training")?;
    let mut panel = Chart::new()
        .x(Axis::linear("hidden layers").ticks(&[1.0, 2.0, 3.0]))
        .y(Axis::log("neurons, fewest found"));
    let mut any = false;
    for name in texts(&t, "relation")? {
        let rows = t.filter("relation", name.as_str())?;
        let mut by_eps: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        let counts = rows.ints("depth")?.into_iter().zip(rows.optional_floats("neurons")?);
        for ((depth, neurons), eps) in counts.zip(rows.floats("eps")?) {
            if let Some(n) = neurons {
                by_eps.entry(eps.to_string()).or_default().push((depth as f64, n));
            }
        }
        let most = by_eps.values().map(Vec::len).max().unwrap_or(0);
        let value = |e: &String| e.parse::<f64>().unwrap_or(f64::INFINITY);
        let whole = by_eps.into_iter().filter(|(_, found)| found.len() == most && most > 1);
        let Some((eps, mut found)) = whole.min_by(|a, b| value(&a.0).total_cmp(&value(&b.0))) else {
            continue;
        };
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (x, y): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
        panel = panel.line(Series::new(format!("{name}, ε = {eps}"), &x, &y));
        any = true;
    }
    Ok(any.then(|| {
        Figure::new(FigureWidth::OneAndHalf).name("width-against-depth").legend(Legend::Above).panel(panel)
    }))
}

/// Panels on as few pages as hold them.
fn sheets(name: &str, y: &str, panels: Vec<Chart>) -> Vec<Figure> {
    let pages = panels.len().div_ceil(PAGE).max(1);
    // As many on each page: one panel alone on the last would be stretched over all columns.
    let per_page = panels.len().div_ceil(pages);
    let mut all = Vec::new();
    let mut rest = panels.into_iter().peekable();
    for page in 1..=pages {
        let here: Vec<Chart> = rest.by_ref().take(per_page).collect();
        if here.is_empty() {
            break;
        }
        let columns = if here.len() > 4 { 3 } else { here.len().min(2) };
        let rows = here.len().div_ceil(columns);
        let name = if pages == 1 { name.to_owned() } else { format!("{name}-{page}") };
        let figure = Figure::new(FigureWidth::Double).name(name).legend(Legend::Above).grid(rows, columns);
        all.push(figure.x_title("error ε, in sup norm unless \\i{L}_{2} is named").y_title(y).panels(here));
    }
    all
}
