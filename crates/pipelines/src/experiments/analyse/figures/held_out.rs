//! Held-out errors.

use super::super::summary::held_out_error;
use super::limits::whole;
use super::rows;
use relata_plotting::{Axis, Bars, Chart, Dash, Figure, FigureWidth, Marker, Palette, RGBColor, Series};
use relata_runs::{Table, Tables};

/// Completion at every rank beside the limit for entries that the fit has seen.
pub(super) fn completion(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let Some(table) = rows(tables, "held_out", "method", "completion")? else { return Ok(None) };
    let (mut ranks, mut errors, mut spread) = (Vec::new(), Vec::new(), Vec::new());
    for rank in table.distinct("rank")? {
        let (error, deviation) = pooled(&table.filter("rank", rank.clone())?)?;
        ranks.push(rank.as_f64().unwrap_or(0.0));
        errors.push(error);
        spread.push(deviation);
    }
    let most = ranks.last().copied().unwrap_or(1.0);
    // With holes no limit is known; what factors leave of the entries they have seen is near it.
    let (limits, errors_seen, label) = match rows(tables, "limits", "encoders", "separate")? {
        Some(separate) => (separate, "relative_error", "Eckart–Young limit, all seen"),
        None => (tables.get("partial_limits")?.clone(), "upper", "factors found, all known entries seen"),
    };
    let seen = limits.floats("rank")?.into_iter().zip(limits.floats(errors_seen)?);
    let (x, y): (Vec<f64>, Vec<f64>) = seen.filter(|(d, _)| *d >= 1.0 && *d <= most).unzip();
    let (lo, hi): (Vec<f64>, Vec<f64>) = errors.iter().zip(&spread).map(|(e, s)| (e - s, e + s)).unzip();
    let mut panel = Chart::new()
        .x(whole("rank \\i{d}", most as usize))
        .y(Axis::linear("relative error").min(0.0))
        .band("completion, held out", &ranks, &lo, &hi)
        .line(Series::new("completion, held out", &ranks, &errors).color(Palette::PURPLE))
        .line(Series::new(label, &x, &y).reference());
    for (method, label, dash) in
        [("mean", "mean", Dash::Dotted), ("means", "row and column means", Dash::DashDot)]
    {
        if let Some((error, _)) = held_out_error(tables, "entries", method, None)? {
            let line = Series::new(label, &[1.0, most], &[error, error]);
            panel = panel.line(line.color(Palette::GREY).style(dash).marker(Marker::None));
        }
    }
    Ok(Some(Figure::new(FigureWidth::Single).name("completion").panel(panel)))
}

/// Networks and means, for entries and for new rows and columns.
pub(super) fn networks(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    const METHODS: [(&str, &str, RGBColor); 7] = [
        ("mean", "mean", RGBColor(190, 190, 190)),
        ("means", "row and column means", Palette::GREY),
        ("completion", "completion", Palette::PURPLE),
        ("symmetric", "shared \u{27e8}φ, φ⟩", Palette::VERMILION),
        ("indefinite", "indefinite \u{27e8}φ, Jφ⟩", Palette::GREEN),
        ("asymmetric", "separate \u{27e8}φ, ψ⟩", Palette::BLUE),
        ("pairs", "perceptron on pairs", Palette::ORANGE),
    ];
    let Some(lines) = rows(tables, "held_out", "setting", "lines")? else { return Ok(None) };
    let Some(entries) = rows(tables, "held_out", "setting", "entries")? else { return Ok(None) };
    let blocks = [
        ("entries", entries),
        ("new rows", lines.filter("block", "new rows")?),
        ("new columns", lines.filter("block", "new columns")?),
        ("both new", lines.filter("block", "both new")?),
    ];
    let mut bars = Bars::grouped(blocks.iter().map(|(name, _)| *name));
    for (method, label, color) in METHODS {
        // Completion predicts entries alone: it is in the figure of its own.
        let rows: Vec<Table> =
            blocks.iter().map(|(_, t)| t.filter("method", method)).collect::<Result<_, _>>()?;
        if rows.iter().any(Table::is_empty) {
            continue;
        }
        let (values, errors): (Vec<f64>, Vec<f64>) =
            rows.iter().map(pooled).collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip();
        bars = bars.series_with_errors(label, &values, &errors).color(color);
    }
    let panel = Chart::new()
        .x(Axis::linear("held out"))
        .y(Axis::linear("relative error").min(0.0))
        .bars(bars)
        .hline(1.0, "predicting 0");
    Ok(Some(Figure::new(FigureWidth::OneAndHalf).name("held-out").panel(panel)))
}

/// The relative error over all rows, and its standard error over repeats and folds.
fn pooled(rows: &Table) -> anyhow::Result<(f64, f64)> {
    let (errors, norms) = (rows.floats("squared_error")?, rows.floats("squared_norm")?);
    let (error, norm): (f64, f64) = (errors.iter().sum(), norms.iter().sum());
    let all = if norm > 0.0 { (error / norm).sqrt() } else { 0.0 };
    // The delta method: each fold moves the ratio of the sums by what its error exceeds that ratio
    // of its norm.
    let ratio = if norm > 0.0 { error / norm } else { 0.0 };
    let count = errors.len() as f64;
    let squares: f64 = errors.iter().zip(&norms).map(|(e, n)| (e - ratio * n).powi(2)).sum();
    let deviation =
        if norm > 0.0 && count > 1.0 { (squares * count / (count - 1.0)).sqrt() / norm } else { 0.0 };
    let half = if all > 0.0 { deviation / (2.0 * all) } else { 0.0 };
    Ok((all, half))
}
