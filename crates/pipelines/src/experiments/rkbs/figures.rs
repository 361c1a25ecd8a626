//! Figures of the tables.

use crate::experiments::spaces::spectra;
use relata_plotting::{
    Axis, Chart, Color, ColorMap, Figure, FigureWidth, HeatMap, Legend, Marker, Palette, Series, Share,
};
use relata_runs::{Table, Tables, Value};

const EXPONENTS: [(&str, &str, Color); 4] = [
    ("1", "p = 1", Palette::VERMILION),
    ("1.5", "p = 1.5", Palette::ORANGE),
    ("2", "p = 2", Palette::BLUE),
    ("infinity", "p = ∞", Palette::GREEN),
];

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![
        interpolation(tables)?,
        representer(tables.get("representer")?)?,
        learned(tables.get("learned_norms")?)?,
        krein(tables)?,
        agreement(tables.get("agreement")?)?,
        spectra::figure("spectra", tables.get("spectra")?)?,
    ])
}

fn interpolation(tables: &Tables) -> anyhow::Result<Figure> {
    let (curves, weights) = (tables.get("interpolants")?, tables.get("representers")?);
    let data = tables.get("interpolation_data")?;
    let mut left =
        Chart::new().title("least norm through six points").x(Axis::linear("x")).y(Axis::linear("f(x)"));
    let mut middle = Chart::new()
        .title("coefficients, ordered")
        .x(Axis::linear("number"))
        .y(Axis::log("magnitude over the largest"));
    for (p, name, color) in EXPONENTS {
        let t = curves.filter("p", p)?;
        let s = Series::new(name, &t.floats("x")?, &t.floats("value")?);
        left = left.line(s.color(color).marker(Marker::None));
        let mut v: Vec<f64> = weights.filter("p", p)?.floats("weight")?.iter().map(|w| w.abs()).collect();
        v.sort_by(|a, b| b.total_cmp(a));
        let largest = v[0];
        // What is zero up to rounding has no place on a logarithmic axis.
        let (i, v): (Vec<f64>, Vec<f64>) = v
            .iter()
            .enumerate()
            .map(|(i, w)| (i as f64 + 1.0, w / largest))
            .filter(|(_, w)| *w > 1e-6)
            .unzip();
        middle = middle.line(Series::new(name, &i, &v).color(color).marker(Marker::None));
    }
    left = left.scatter(
        Series::new("data", &data.floats("x")?, &data.floats("value")?)
            .color(Palette::BLACK)
            .marker(Marker::Circle),
    );
    let norms = tables.get("norms")?;
    let right =
        Chart::new().title("norms of one function").x(Axis::linear("1 / p")).y(Axis::log("least ‖v‖_{p}"));
    let right = right.line(
        Series::new("a wave of ramps", &norms.floats("reciprocal")?, &norms.floats("norm")?)
            .color(Palette::PURPLE)
            .marker(Marker::Circle),
    );
    let figure = Figure::new(FigureWidth::Double).name("interpolation").legend(Legend::Above).grid(1, 3);
    Ok(figure.panels([left, middle, right]))
}

fn representer(t: &Table) -> anyhow::Result<Figure> {
    let mut panel = Chart::new().x(Axis::linear("t")).y(Axis::linear("‖K^{\u{2212}1} k(t)‖_{1}"));
    for kernel in t.distinct("kernel")? {
        let rows = t.filter("kernel", kernel.clone())?;
        let s = Series::new(kernel.to_string(), &rows.floats("t")?, &rows.floats("sum")?);
        panel = panel.line(s.marker(Marker::None));
    }
    panel = panel.hline(1.0, "");
    Ok(Figure::new(FigureWidth::OneAndHalf).name("representer").legend(Legend::Right).panel(panel))
}

fn learned(t: &Table) -> anyhow::Result<Figure> {
    let t = t.filter("draw", 0i64)?;
    let mut panels = Vec::new();
    for relation in t.distinct("relation")? {
        let rows = t.filter("relation", relation.clone())?;
        let mut panel =
            Chart::new().title(relation.to_string()).x(Axis::linear("1 / p")).y(Axis::log("norm"));
        let most = rows.ints("steps")?.into_iter().max().unwrap_or(0);
        let rows = rows.filter("steps", most)?;
        for (encoders, quantity, name, color, marker) in [
            ("trained", "largest_right_feature", "features of the network", Palette::GREY, Marker::Square),
            ("reduced", "largest_right_feature", "balanced features", Palette::SKY, Marker::Triangle),
            (
                "trained",
                "largest_section",
                "sections, norms of the network",
                Palette::VERMILION,
                Marker::Circle,
            ),
            ("reduced", "largest_section", "sections, balanced norms", Palette::BLUE, Marker::Diamond),
        ] {
            let rows = rows.filter("encoders", encoders)?;
            let s = Series::new(name, &rows.floats("reciprocal")?, &rows.floats(quantity)?);
            panel = panel.line(s.color(color).marker(marker));
        }
        panels.push(panel);
    }
    let figure = Figure::new(FigureWidth::Double).name("learned").legend(Legend::Above).grid(1, panels.len());
    Ok(figure.share(Share::Y).panels(panels))
}

fn krein(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("krein_matrix")?;
    let mut panels = Vec::new();
    for (part, title) in [("K", "K = |x \u{2212} y|"), ("K+", "K_{+}"), ("K-", "K_{\u{2212}}")] {
        let values = t.filter("part", part)?.floats("value")?;
        let n = values.len().isqrt();
        let edges: Vec<f64> = (0..=n).map(|k| k as f64 / n as f64).collect();
        let map =
            HeatMap::new(&values, n, n).x_edges(&edges).y_edges(&edges).map(ColorMap::Diverging).center(0.0);
        panels.push(
            Chart::new().title(title).x(Axis::linear("y")).y(Axis::linear("x")).aspect(1.0).heatmap(map),
        );
    }
    let eigenvalues = tables.get("krein_eigenvalues")?;
    let mut spectrum =
        Chart::new().title("eigenvalues").x(Axis::linear("index")).y(Axis::symlog("eigenvalue", 1e-4));
    for relation in eigenvalues.distinct("relation")? {
        let rows = eigenvalues.filter("relation", relation.clone())?;
        let (index, value): (Vec<f64>, Vec<f64>) = rows
            .floats("index")?
            .into_iter()
            .zip(rows.floats("eigenvalue")?)
            .filter(|(_, v)| v.abs() > 1e-5)
            .unzip();
        spectrum = spectrum.scatter(Series::new(relation.to_string(), &index, &value));
    }
    panels.push(spectrum.hline(0.0, ""));
    Ok(Figure::new(FigureWidth::Double).name("krein").legend(Legend::Above).grid(2, 2).panels(panels))
}

fn agreement(t: &Table) -> anyhow::Result<Figure> {
    let mut panel = Chart::new().x(Axis::log("condition number of K")).y(Axis::log("relative discrepancy"));
    for (column, name) in
        [("norm", "norms"), ("interpolant", "interpolants"), ("inner_product", "inner products")]
    {
        let mut at: Vec<f64> = t.floats("condition")?;
        at.dedup();
        let worst = |c: f64| -> anyhow::Result<f64> {
            let rows = t.filter("condition", Value::Float(c))?;
            Ok(rows.floats(column)?.into_iter().fold(f64::EPSILON, f64::max))
        };
        let values = at.iter().map(|c| worst(*c)).collect::<anyhow::Result<Vec<f64>>>()?;
        panel = panel.line(Series::new(name, &at, &values));
    }
    panel = panel.hline(1e-10, "");
    Ok(Figure::new(FigureWidth::OneAndHalf).name("agreement").legend(Legend::Right).panel(panel))
}
