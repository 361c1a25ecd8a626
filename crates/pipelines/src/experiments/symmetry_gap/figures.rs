//! Error along each path for the three kinds of encoders, with the floors.

use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_runs::{Table, Tables, Value};

const PATHS: [(&str, &str); 3] = [
    ("poisson-conjugate", "Poisson kernel to its conjugate"),
    ("gaussian-odd", "Gaussian to odd Gaussian"),
    ("distance-difference", "|x \u{2212} y| to x \u{2212} y"),
];
const RANK: i64 = 8;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let t = tables.get("gap")?.filter("draw", 0i64)?;
    Ok(vec![along_the_path(&t)?, against_rank(&t)?])
}

fn along_the_path(t: &Table) -> anyhow::Result<Figure> {
    let mut panels = Vec::new();
    for (path, title) in PATHS {
        let rows = t.filter("path", path)?.filter("rank", RANK)?;
        let mut panel =
            Chart::new().title(title).x(Axis::linear("t")).y(Axis::log("relative \\i{L}_{2} error"));
        let of = |encoders: &str| rows.filter("encoders", encoders);
        let shared = of("shared")?;
        panel = line(panel, &shared, "floor_any_rank", "nearest PSD relation, any rank", |s| {
            s.color(Palette::GREY).style(Dash::Dotted).marker(Marker::None)
        })?;
        for (encoders, label, color, dash) in [
            ("shared", "limit, shared", Palette::VERMILION, Dash::Solid),
            ("indefinite", "limit, indefinite", Palette::GREEN, Dash::Dashed),
            ("separate", "limit, separate", Palette::BLUE, Dash::Solid),
        ] {
            panel = line(panel, &of(encoders)?, "floor", label, |s| {
                s.color(color).style(dash).marker(Marker::None)
            })?;
        }
        // A cross on a disc shows both where they agree.
        for (encoders, label, color, marker) in [
            ("shared", "\u{27e8}φ, φ⟩ measured", Palette::VERMILION, Marker::Circle),
            ("indefinite", "\u{27e8}φ, Jφ⟩ measured", Palette::GREEN, Marker::Cross),
            ("separate", "\u{27e8}φ, ψ⟩ measured", Palette::BLUE, Marker::Square),
        ] {
            if let Some(s) = series(label, &of(encoders)?, "t", "relative_l2")? {
                panel = panel.scatter(s.color(color).marker(marker));
            }
        }
        panels.push(panel);
    }
    let figure =
        Figure::new(FigureWidth::Double).name("along-the-path").legend(Legend::Above).grid(1, panels.len());
    Ok(figure.x_title("position t on the path").y_title("relative \\i{L}_{2} error at rank 8").panels(panels))
}

fn against_rank(t: &Table) -> anyhow::Result<Figure> {
    let rows = t.filter("path", "gaussian-odd")?;
    let mut panels = Vec::new();
    for (encoders, title) in [
        ("shared", "shared \u{27e8}φ, φ⟩"),
        ("indefinite", "indefinite \u{27e8}φ, Jφ⟩"),
        ("separate", "separate \u{27e8}φ, ψ⟩"),
    ] {
        let of = rows.filter("encoders", encoders)?;
        let mut panel = Chart::new().title(title).x(Axis::log2("rank \\i{d}")).y(Axis::log("error"));
        for at in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let rows = of.filter("t", at)?;
            if let Some(s) = series(&format!("t = {at}"), &rows, "rank", "relative_l2")? {
                panel = panel.line(s);
            }
        }
        panels.push(panel);
    }
    let figure =
        Figure::new(FigureWidth::Double).name("against-rank").legend(Legend::Above).grid(1, panels.len());
    Ok(figure
        .x_title("rank \\i{d}")
        .y_title("relative \\i{L}_{2} error")
        .share(relata_plotting::Share::Both)
        .panels(panels))
}

fn line(
    panel: Chart,
    t: &Table,
    y: &str,
    name: &str,
    style: impl Fn(Series) -> Series,
) -> anyhow::Result<Chart> {
    Ok(match series(name, t, "t", y)? {
        Some(s) => panel.line(style(s)),
        None => panel,
    })
}

fn series(name: &str, t: &Table, x: &str, y: &str) -> anyhow::Result<Option<Series>> {
    /// Below this an error is rounding and has no place on a log axis.
    const SMALLEST: f64 = 1e-8;
    if t.distinct(y)?.iter().all(|v| *v == Value::Missing) {
        return Ok(None);
    }
    let pairs = t.floats(x)?.into_iter().zip(t.optional_floats(y)?);
    let (x, y): (Vec<f64>, Vec<f64>) =
        pairs.filter_map(|(x, y)| Some((x, y.filter(|v| *v > SMALLEST)?))).unzip();
    Ok((!x.is_empty()).then(|| Series::new(name, &x, &y)))
}
