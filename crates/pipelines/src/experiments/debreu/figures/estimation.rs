//! Estimators against the number of comparisons; the efficiency of consumers.

use super::series;
use relata_plotting::{
    Axis, Chart, Corner, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series, Share,
};
use relata_runs::{Table, Tables};

const PANELS: [(&str, &[(&str, &str)]); 3] = [
    (
        "wins",
        &[
            ("bradley-terry-newton", "Bradley–Terry, Newton"),
            ("bradley-terry-mm", "MM"),
            ("bradley-terry-ilsr", "I-LSR"),
            ("bradley-terry-l2", "with penalty"),
            ("shares", "share of wins"),
        ],
    ),
    (
        "wins and ties",
        &[
            ("thurstone", "Thurstone"),
            ("davidson", "Davidson"),
            ("rao-kupper", "Rao–Kupper"),
            ("fewest-dropped", "fewest dropped"),
            ("isotonic", "isotonic along it"),
        ],
    ),
    (
        "rankings and features",
        &[
            ("plackett-luce", "Plackett–Luce"),
            ("conditional-logit", "conditional logit"),
            ("linear", "linear utility"),
            ("kernel", "Gaussian kernel"),
        ],
    ),
];

/// In points: room for the names below the curves.
const ESTIMATORS_HEIGHT: f64 = 240.0;

pub(super) fn estimators(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("kendall-mean")?;
    let mut panels = Vec::new();
    for (title, estimators) in PANELS {
        let mut panel = Chart::new()
            .title(title)
            .x(Axis::log("comparisons"))
            .y(Axis::linear("Kendall's \\tau with the truth").limits(-0.5, 1.0))
            .legend(Corner::BottomRight);
        for (estimator, name) in estimators {
            let rows = t.filter("estimator", *estimator)?;
            let Some(line) = series(name, &rows, "comparisons", "mean")? else { continue };
            let (x, lo, hi) = band(&rows)?;
            panel = panel.line(line).band(*name, &x, &lo, &hi);
        }
        panels.push(panel);
    }
    Ok(Figure::new(FigureWidth::Double)
        .name("estimators")
        // Each panel names its own, or 14 names stand above all.
        .legend(Legend::None)
        .height(ESTIMATORS_HEIGHT)
        .grid(1, PANELS.len())
        .share(Share::Y)
        .panels(panels))
}

fn band(rows: &Table) -> anyhow::Result<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let (mut at, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
    let ends = rows.optional_floats("lower")?.into_iter().zip(rows.optional_floats("upper")?);
    for (x, ends) in rows.floats("comparisons")?.into_iter().zip(ends) {
        if let (Some(lo), Some(hi)) = ends {
            at.push(x);
            lower.push(lo);
            upper.push(hi);
        }
    }
    Ok((at, lower, upper))
}

const KINDS: [(&str, &str); 5] = [
    ("random", "random"),
    ("errs-50", "errs by 50 %"),
    ("errs-20", "errs by 20 %"),
    ("cobb-douglas", "maximises Cobb–Douglas"),
    ("ces", "maximises CES"),
];

pub(super) fn consumers(tables: &Tables) -> anyhow::Result<Figure> {
    let (all, quantiles) = (tables.get("consumers")?, tables.get("ccei")?);
    let most = all.ints("observations")?.into_iter().max().unwrap_or(0);
    let each = all.filter("observations", most)?;
    let mut left = Chart::new()
        .title(format!("{most} observations"))
        .x(Axis::linear("critical cost efficiency").max(1.005))
        .y(Axis::linear("share of consumers at most so efficient").limits(0.0, 1.02));
    let mut right = Chart::new()
        .title("median, 5 % and 95 %")
        .x(Axis::log("observations").ticks(&[5.0, 10.0, 20.0, 40.0, 80.0]))
        .y(Axis::linear("critical cost efficiency").max(1.005));
    for (kind, name) in KINDS {
        let rows = each.filter("kind", kind)?;
        let look = |s: Series| match kind {
            "cobb-douglas" => s.color(Palette::BLACK),
            "ces" => s.color(Palette::ORANGE).style(Dash::Dashed),
            _ => s,
        };
        // From the first value at 0 up to 1.
        let (mut x, mut share) = (rows.floats("ccei")?, rows.floats("share")?);
        if let Some(&first) = x.first() {
            x.insert(0, first);
            share.insert(0, 0.0);
        }
        left = left.step(look(Series::new(name, &x, &share)).marker(Marker::None));
        let rows = quantiles.filter("kind", kind)?;
        if let Some(line) = series(name, &rows, "observations", "median")? {
            let (x, lo, hi) = (rows.floats("observations")?, rows.floats("lower")?, rows.floats("upper")?);
            right = right.line(look(line)).band(name, &x, &lo, &hi);
        }
    }
    Ok(Figure::new(FigureWidth::Double)
        .name("consumers")
        .legend(Legend::Above)
        .grid(1, 2)
        .panels([left, right]))
}
