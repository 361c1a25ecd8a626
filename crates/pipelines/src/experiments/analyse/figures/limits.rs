//! Spectrum, limits, parts, and what the truncated SVD achieves.

use super::super::summary::One;
use super::rows;
use relata_plotting::{
    Axis, Bars, Chart, Corner, Dash, Figure, FigureWidth, Legend, Marker, Palette, RGBColor, Series,
};
use relata_runs::{Table, Tables};

/// Name, legend and colour of the kinds of inner products.
pub(super) const KINDS: [(&str, &str, RGBColor); 3] = [
    ("shared", "shared \u{27e8}φ, φ⟩", Palette::VERMILION),
    ("indefinite", "indefinite \u{27e8}φ, Jφ⟩", Palette::GREEN),
    ("separate", "separate \u{27e8}φ, ψ⟩", Palette::BLUE),
];

pub(super) fn spectrum(tables: &Tables) -> anyhow::Result<Figure> {
    let table = tables.get("spectrum")?;
    // Of a large relation all that were sought, if its rank is above them.
    let rank = One::of(tables.get("relation")?)?.optional("rank").map_or(table.len(), |r| r as usize);
    let relative = table.floats("relative")?;
    // Values below rounding say nothing, and a logarithm makes much of them.
    let kept: Vec<f64> = relative.into_iter().take(rank).collect();
    let index: Vec<f64> = (1..=kept.len()).map(|k| k as f64).collect();
    let least = kept.iter().copied().fold(f64::INFINITY, f64::min);
    let y = "\\sigma_{k} / |R|_{F}";
    let axis = if least < 1e-2 { Axis::log(y) } else { Axis::linear(y).min(0.0) };
    let mut panels = vec![
        Chart::new()
            .title("singular values")
            .x(whole("k", kept.len()))
            .y(axis)
            .line(Series::new("", &index, &kept).color(Palette::BLUE).marker(Marker::Circle)),
    ];
    let tolerance = match tables.get("definiteness") {
        Ok(t) => One::of(t)?.number("tolerance")?,
        Err(_) => 0.0,
    };
    let eigenvalues: Vec<f64> = table.optional_floats("eigenvalue")?.into_iter().flatten().collect();
    if !eigenvalues.is_empty() {
        let mut panel = Chart::new()
            .title("eigenvalues of the symmetric part")
            .x(whole("k", eigenvalues.len()))
            .y(Axis::linear("\\lambda_{k}"))
            .hline(0.0, "");
        let sign = |v: f64| {
            if v > tolerance {
                1
            } else if v < -tolerance {
                -1
            } else {
                0
            }
        };
        for (name, color, kind) in
            [("positive", Palette::BLUE, 1), ("zero", Palette::GREY, 0), ("negative", Palette::VERMILION, -1)]
        {
            let points = eigenvalues.iter().enumerate().filter(|(_, v)| sign(**v) == kind);
            let (x, y): (Vec<f64>, Vec<f64>) = points.map(|(k, v)| ((k + 1) as f64, *v)).unzip();
            if !x.is_empty() {
                panel = panel.scatter(Series::new(name, &x, &y).color(color).marker(Marker::Circle));
            }
        }
        panels.push(panel);
    }
    let width = if panels.len() == 1 { FigureWidth::Single } else { FigureWidth::Double };
    let columns = panels.len();
    Ok(Figure::new(width).name("spectrum").grid(1, columns).legend(Legend::None).panels(panels))
}

pub(super) fn error_against_rank(tables: &Tables) -> anyhow::Result<Figure> {
    let relation = One::of(tables.get("relation")?)?;
    let most = relation.number("rows")?.min(relation.number("columns")?);
    let mut lines = Vec::new();
    let mut least = 1.0f64;
    for (encoders, label, color) in KINDS {
        let Some(table) = rows(tables, "limits", "encoders", encoders)? else { continue };
        let points = table.floats("rank")?.into_iter().zip(table.floats("relative_error")?);
        // From the rank of the matrix on the error is 0 up to rounding.
        let (x, y): (Vec<f64>, Vec<f64>) =
            points.filter(|(d, _)| *d <= most).map(|(d, e)| (d, if e > 1e-12 { e } else { 0.0 })).unzip();
        least = y.iter().copied().filter(|e| *e > 0.0).fold(least, f64::min);
        lines.push((label, color, x, y));
    }
    let eps = eps(tables)?;
    let logarithmic = least < 1e-3;
    let y = if logarithmic {
        Axis::log("relative error")
    } else {
        Axis::linear("relative error").limits(0.0, 1.04)
    };
    let mut panel = Chart::new().x(whole("rank \\i{d}", most as usize)).y(y);
    // Of a symmetric relation the lower two coincide: the wider line shows beneath the other.
    for (k, (label, color, x, y)) in lines.iter().enumerate().rev() {
        let y: Vec<Option<f64>> = y.iter().map(|e| Some(*e).filter(|e| !logarithmic || *e > 0.0)).collect();
        let (width, dash) = [(1.1, Dash::Solid), (1.1, Dash::Dashed), (2.4, Dash::Solid)]
            [(k + KINDS.len() - lines.len()).min(2)];
        panel = panel.line(
            Series::with_gaps(*label, x, &y).color(*color).width(width).style(dash).marker(Marker::None),
        );
    }
    if let Some(floor) = floor(tables, most)? {
        let line = Series::new("shared, any rank", &[0.0, most], &[floor, floor]);
        panel = panel.line(line.color(Palette::VERMILION).style(Dash::Dotted).marker(Marker::None));
    }
    panel = panel.hline(eps, format!("\\eps = {eps}"));
    Ok(Figure::new(FigureWidth::Single).name("error-against-rank").panel(panel))
}

/// The bracket of the error, of which the table has both ends for every rank.
pub(super) fn bracket_against_rank(table: &Table, tables: &Tables) -> anyhow::Result<Figure> {
    let holes = tables.get("partial_limits").is_ok();
    let (y, found) = if holes {
        ("relative error, known entries", "found (upper bound)")
    } else {
        ("relative error", "truncated SVD (upper bound)")
    };
    let (rank, lower, upper) = (table.floats("rank")?, table.floats("lower")?, table.floats("upper")?);
    let most = rank.last().copied().unwrap_or(1.0);
    let eps = eps(tables)?;
    let panel = Chart::new()
        .x(whole("rank \\i{d}", most as usize))
        .y(Axis::linear(y).limits(0.0, 1.04))
        .band("what the least error may be", &rank, &lower, &upper)
        .line(Series::new(found, &rank, &upper).color(Palette::BLUE).marker(Marker::None))
        .line(
            Series::new("no less (lower bound)", &rank, &lower)
                .color(Palette::GREY)
                .style(Dash::Dashed)
                .marker(Marker::None),
        )
        .hline(eps, format!("\\eps = {eps}"));
    Ok(Figure::new(FigureWidth::Single).name("error-against-rank").panel(panel))
}

/// What a shared encoder of any rank leaves, where there is one.
fn floor(tables: &Tables, most: f64) -> anyhow::Result<Option<f64>> {
    let Some(table) = rows(tables, "limits", "encoders", "shared")? else { return Ok(None) };
    let found = table.filter("rank", most)?.floats("relative_error")?.first().copied();
    Ok(found.filter(|f| *f > 1e-12))
}

pub(super) fn sup_and_sign(tables: &Tables) -> anyhow::Result<Figure> {
    let table = tables.get("truncation")?;
    let rank = table.floats("rank")?;
    let error = table.floats("relative_sup_error")?;
    let eps = eps(tables)?;
    let most = rank.last().copied().unwrap_or(1.0) as usize;
    let color = Palette::BLUE;
    let mut a = Chart::new()
        .title("largest error of the truncated SVD")
        .x(whole("rank \\i{d}", most))
        .y(Axis::linear("max |R − R_{d}| / max |R|").min(0.0))
        .line(Series::new("", &rank, &error).color(color))
        .hline(eps, format!("\\eps = {eps}"));
    let needed = tables.get("rank_needed")?;
    if let Some((lower, upper)) = bracket(needed, "sup")? {
        #[allow(clippy::float_cmp)] // ranks: whole numbers
        let text = if lower == upper { format!("d = {upper}") } else { format!("{lower} ≤ d ≤ {upper}") };
        a = a.vline(upper, text);
    }
    let mut b = Chart::new()
        .title("signs that it has right")
        .x(whole("rank \\i{d}", most))
        .y(Axis::linear("share of the entries").include(1.0));
    b = b.line(
        Series::new("sign of the nonzero entries", &rank, &table.floats("sign_accuracy")?)
            .color(Palette::GREEN),
    );
    let support = table.optional_floats("support_accuracy")?;
    if support.iter().any(Option::is_some) {
        b = b.line(Series::with_gaps("zero or positive", &rank, &support).color(Palette::PURPLE));
    }
    let criterion = if support.iter().any(Option::is_some) { "sign, zeros negative" } else { "sign" };
    if let Some((_, upper)) = bracket(needed, criterion)? {
        b = b.vline(upper, format!("fitted factors: rank {upper}"));
    }
    let b = b.legend(Corner::Best);
    Ok(Figure::new(FigureWidth::Double)
        .name("sup-and-sign")
        .grid(1, 2)
        .legend(Legend::None)
        .panel(a)
        .panel(b))
}

pub(super) fn parts(tables: &Tables) -> anyhow::Result<Figure> {
    let table = tables.get("parts")?;
    let names = table.texts("part")?;
    let bars = Bars::grouped(names.iter().map(String::as_str))
        .series("norm, relative to |R|_{F}", &table.floats("relative_norm")?)
        .series("share of |R|_{F}^{2}", &table.floats("share")?);
    let panel =
        Chart::new().x(Axis::linear("part of R")).y(Axis::linear("size").limits(0.0, 1.04)).bars(bars);
    Ok(Figure::new(FigureWidth::Single).name("parts").panel(panel))
}

/// An axis of whole numbers from 0 or 1 to `most`.
pub(super) fn whole(title: &str, most: usize) -> Axis {
    let axis = Axis::linear(title);
    if most <= 10 { axis.ticks(&(0..=most).map(|k| k as f64).collect::<Vec<_>>()) } else { axis }
}

pub(super) fn eps(tables: &Tables) -> anyhow::Result<f64> {
    let found = tables.get("rank_needed")?.optional_floats("eps")?.into_iter().flatten().next();
    found.ok_or_else(|| anyhow::anyhow!("the table of ranks names no tolerance"))
}

fn bracket(needed: &Table, criterion: &str) -> anyhow::Result<Option<(f64, f64)>> {
    let row = needed.filter("criterion", criterion)?;
    let row = One::of(&row)?;
    Ok(row.optional("lower").zip(row.optional("upper")))
}
