//! Figures of the tables.

use crate::experiments::spaces::spectra;
use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, RGBColor, Series};
use relata_runs::{Table, Tables, Value};

/// Below this a relative error is rounding and has no place on a logarithmic axis.
const SMALLEST: f64 = 1e-16;

/// Methods in the order of the legend.
const METHODS: [(&str, &str, RGBColor, Marker); 12] = [
    ("random-fourier", "random Fourier", Palette::GREY, Marker::Cross),
    ("orthogonal-random", "orthogonal random", Palette::GREY, Marker::Plus),
    ("nystrom-uniform", "Nyström, uniform", Palette::SKY, Marker::Circle),
    ("nystrom-leverage", "Nyström, leverage", Palette::SKY, Marker::Square),
    ("nystrom-plus-plus", "Nyström, k-means++", Palette::SKY, Marker::Triangle),
    ("cholesky-greedy", "Cholesky, greedy", Palette::ORANGE, Marker::Circle),
    ("cholesky-random", "Cholesky, random", Palette::ORANGE, Marker::Square),
    ("adaptive-cross", "adaptive cross", Palette::PURPLE, Marker::Diamond),
    ("asymmetric-nystrom", "asymmetric Nyström, truncated", Palette::PURPLE, Marker::Down),
    ("nystrom-truncated", "Nyström, 3 d landmarks, truncated", Palette::BLUE, Marker::Diamond),
    ("randomized-svd", "randomised SVD", Palette::GREEN, Marker::Triangle),
    ("randomized-nystrom", "randomised Nyström", Palette::VERMILION, Marker::Circle),
];

const KERNELS: [(&str, &str); 3] =
    [("gaussian", "Gaussian"), ("matern-32", "Matérn 3/2"), ("brownian", "Brownian motion")];

/// Light to dark with the number of steps.
const STEPS: [RGBColor; 7] = [
    Palette::GREY,
    Palette::SKY,
    Palette::GREEN,
    Palette::ORANGE,
    Palette::VERMILION,
    Palette::PURPLE,
    Palette::BLUE,
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![
        low_rank(tables.get("low_rank")?)?,
        ridge(tables.get("ridge_history")?)?,
        learned_spectrum(tables.get("learned_spectrum")?)?,
        learned_norm(tables.get("learned_norm")?)?,
        spectra::figure("spectra", tables.get("spectra")?)?,
    ])
}

/// The mean over draws of `y` for each `x`, where it is positive.
fn series(name: &str, t: &Table, x: &str, y: &str) -> anyhow::Result<Option<Series>> {
    let (x, y) = t.means(x, y)?;
    let (x, y): (Vec<f64>, Vec<f64>) = x.into_iter().zip(y).filter(|(_, y)| *y > SMALLEST).unzip();
    Ok((!x.is_empty()).then(|| Series::new(name, &x, &y)))
}

fn texts(t: &Table, column: &str) -> anyhow::Result<Vec<String>> {
    let text = |v| if let Value::Text(s) = v { Some(s) } else { None };
    Ok(t.distinct(column)?.into_iter().filter_map(text).collect())
}

fn low_rank(t: &Table) -> anyhow::Result<Figure> {
    let mut panels = Vec::new();
    for matrix in texts(t, "matrix")? {
        let rows = t.filter("matrix", matrix.as_str())?;
        let title = match matrix.strip_prefix("cloud-") {
            Some(n) => format!("Matérn 3/2, {n} points of a cube"),
            None => "Gaussian, 1797 handwritten digits".to_owned(),
        };
        let mut panel =
            Chart::new().title(title).x(Axis::log2("rank \\i{d}")).y(Axis::log("relative Frobenius error"));
        for (method, label, color, marker) in METHODS {
            if let Some(s) = series(label, &rows.filter("method", method)?, "rank", "relative_error")? {
                panel = panel.line(s.color(color).marker(marker));
            }
        }
        if let Some(s) = series("Eckart–Young limit", &rows, "rank", "relative_limit")? {
            panel = panel.line(s.reference());
        }
        panels.push(panel);
    }
    let figure = Figure::new(FigureWidth::Double).name("low-rank").legend(Legend::Above);
    Ok(figure.grid(1, panels.len()).panels(panels))
}

fn ridge(t: &Table) -> anyhow::Result<Figure> {
    let mut panel = Chart::new().x(Axis::linear("iteration")).y(Axis::log("relative residual"));
    for n in t.distinct("n")? {
        let rows = t.filter("n", n.clone())?;
        for rank in rows.distinct("rank")? {
            let name = match rank {
                Value::Int(0) => format!("n = {n}, no preconditioner"),
                _ => format!("n = {n}, rank {rank}"),
            };
            if let Some(s) = series(&name, &rows.filter("rank", rank)?, "iteration", "residual")? {
                panel = panel.line(s.marker(Marker::None));
            }
        }
    }
    panel = panel.hline(1e-8, "");
    Ok(Figure::new(FigureWidth::OneAndHalf).name("ridge").legend(Legend::Right).panel(panel))
}

fn by_steps<'a>(t: &'a Table) -> anyhow::Result<impl Iterator<Item = (Value, String, RGBColor)> + 'a> {
    let mut steps: Vec<i64> = t.ints("steps")?;
    steps.sort_unstable();
    steps.dedup();
    Ok(steps.into_iter().zip(STEPS).map(|(s, color)| (Value::Int(s), format!("{s} steps"), color)))
}

fn learned_spectrum(t: &Table) -> anyhow::Result<Figure> {
    let (mut values, mut angles) = (Vec::new(), Vec::new());
    for (kernel, title) in KERNELS {
        let rows = t.filter("relation", kernel)?;
        let mut top = Chart::new().title(title).x(Axis::linear("index")).y(Axis::log("eigenvalue"));
        let mut low = Chart::new().x(Axis::linear("index")).y(Axis::log("angle (radians)"));
        if let Some(s) = series("kernel", &rows, "index", "target")? {
            top = top.line(s.reference());
        }
        for (steps, name, color) in by_steps(&rows)? {
            let rows = rows.filter("steps", steps)?;
            if let Some(s) = series(&name, &rows, "index", "learned")? {
                top = top.line(s.color(color).marker(Marker::Circle));
            }
            if let Some(s) = series(&name, &rows, "index", "angle")? {
                low = low.line(s.color(color).marker(Marker::Circle));
            }
        }
        values.push(top);
        angles.push(low);
    }
    let figure = Figure::new(FigureWidth::Double).name("learned-spectrum").legend(Legend::Above).grid(2, 3);
    Ok(figure.panels(values.into_iter().chain(angles)))
}

fn learned_norm(t: &Table) -> anyhow::Result<Figure> {
    let mut panels = Vec::new();
    for (kernel, title) in KERNELS {
        let rows = t.filter("relation", kernel)?;
        let mut panel = Chart::new()
            .title(title)
            .x(Axis::log2("eigenfunctions m"))
            .y(Axis::log("\u{3a3}_{k} ‖P_{m} φ_{k}‖^{2}"));
        if let Some(s) = series("exact features: min(m, d)", &rows, "modes", "exact_features")? {
            panel = panel.line(s.reference());
        }
        for (steps, name, color) in by_steps(&rows)? {
            if let Some(s) = series(&name, &rows.filter("steps", steps)?, "modes", "squared_norms")? {
                panel = panel.line(s.color(color).style(Dash::Solid).marker(Marker::Circle));
            }
        }
        panels.push(panel);
    }
    Ok(Figure::new(FigureWidth::Double).name("learned-norm").legend(Legend::Above).grid(1, 3).panels(panels))
}
