//! What the heads are, and how nearly each is a retrieval: from the tables alone.

use super::summary::{names, ranking};
use crate::statistics::median;
use relata_plotting::{
    Axis, Chart, ColorMap, Dash, Figure, FigureWidth, HeatMap, Legend, Marker, Palette, RGBColor, Series,
};
use relata_runs::{Table, Tables};

/// Heads on the page of the ranking.
const RANKED: usize = 32;

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let heads = tables.get("heads")?;
    Ok(vec![
        spectra(tables, heads)?,
        asymmetry(heads)?,
        order(heads)?,
        margins(tables, heads)?,
        map(heads)?,
        page(heads)?,
    ])
}

fn spectra(tables: &Tables, heads: &Table) -> anyhow::Result<Figure> {
    let layers = Layers::of(heads)?;
    let table = tables.get("spectra")?;
    let mut left = Chart::new()
        .x(Axis::linear("index \\i{k}").min(1.0))
        .y(Axis::log("\\sigma_{k} / \\sigma_{1}, median head of a layer"));
    for k in 0..layers.count() {
        let rows = layers.rows(k, table)?;
        let (index, relative) = (rows.floats("index")?, rows.floats("relative")?);
        let most = index.iter().copied().fold(0.0, f64::max) as usize;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 1..=most {
            let at = i as f64;
            let values = index.iter().zip(&relative).filter(|(j, _)| (**j - at).abs() < 0.5).map(|(_, v)| *v);
            // A value that is rounding has no place on a logarithmic axis.
            if let Some(v) = median(values.collect()).filter(|v| *v > 1e-9) {
                x.push(at);
                y.push(v);
            }
        }
        if !x.is_empty() {
            // A name of its own, because a name has one look in all panels; the colours are those
            // of the layers on the right.
            let name = format!("median of layer {}", layers.0[k].0);
            left = left.line(layers.style(k, Series::new(name, &x, &y)).marker(Marker::None));
        }
    }
    let dimension = heads.floats("head_dimension")?.into_iter().fold(0.0, f64::max);
    let right = layers
        .strip(
            Chart::new().x(layers.axis()).y(Axis::linear("effective rank").min(0.0)),
            heads,
            "effective_rank",
        )?
        .hline(dimension, "d_{head}");
    Ok(Figure::new(FigureWidth::Double).name("spectra").legend(Legend::None).grid(1, 2).panels([left, right]))
}

fn asymmetry(heads: &Table) -> anyhow::Result<Figure> {
    let layers = Layers::of(heads)?;
    let left = layers
        .strip(
            Chart::new().x(layers.axis()).y(Axis::linear("antisymmetric part / norm").limits(-0.03, 1.03)),
            heads,
            "antisymmetric",
        )?
        .hline(std::f64::consts::FRAC_1_SQRT_2, "independent W_{Q}, W_{K}");
    let mut right = Chart::new()
        .x(Axis::linear("positive part / norm").limits(-0.03, 1.03))
        .y(Axis::linear("negative part / norm").limits(-0.03, 1.03));
    right = layers.scatter(right, heads, "positive", "negative")?;
    let corner: Vec<f64> = (0..=60).map(|k| f64::from(k) * std::f64::consts::FRAC_PI_2 / 60.0).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = corner.iter().map(|t| (t.cos(), t.sin())).unzip();
    right = right.line(Series::new("no antisymmetric part", &x, &y).reference());
    Ok(Figure::new(FigureWidth::Double)
        .name("asymmetry")
        .legend(Legend::Above)
        .grid(1, 2)
        .panels([left, right]))
}

fn order(heads: &Table) -> anyhow::Result<Figure> {
    let layers = Layers::of(heads)?;
    let axis = |title: &str| Axis::linear(title).limits(-0.03, 1.03);
    let left = layers.scatter(
        Chart::new()
            .x(axis("variance explained by one utility"))
            .y(axis("preferences explained by one order")),
        heads,
        "explained_variance",
        "explained_order",
    )?;
    let left = left.hline(0.5, "chance");
    let right = layers.scatter(
        Chart::new().x(axis("variance explained by one utility")).y(axis("retrieval score")),
        heads,
        "explained_variance",
        "retrieval_score",
    )?;
    Ok(Figure::new(FigureWidth::Double)
        .name("explained-order")
        .legend(Legend::Above)
        .grid(1, 2)
        .panels([left, right]))
}

fn margins(tables: &Tables, heads: &Table) -> anyhow::Result<Figure> {
    /// Smaller misses are drawn here.
    const LEAST: f64 = 1e-6;
    let layers = Layers::of(heads)?;
    let queries = tables.get("queries")?;
    let mut left = Chart::new()
        .x(Axis::linear("margin \\Delta").min(0.0))
        .y(Axis::log("1 \u{2212} \\i{a}_{max}").limits(LEAST, 1.5));
    let mut widest = 1.0;
    for k in 0..layers.count() {
        let rows = layers.rows(k, queries)?;
        let (x, y): (Vec<f64>, Vec<f64>) = rows
            .optional_floats("margin")?
            .into_iter()
            .zip(rows.floats("miss")?)
            .filter_map(|(m, v)| Some((m?, v.max(LEAST))))
            .unzip();
        widest = x.iter().copied().fold(widest, f64::max);
        if !x.is_empty() {
            left = left.scatter(layers.style(k, Series::new(layers.name(k), &x, &y)));
        }
    }
    let n = queries.floats("keys")?.into_iter().fold(2.0, f64::max);
    let x: Vec<f64> = (0..=100).map(|k| widest * f64::from(k) / 100.0).collect();
    // The curve that the column `bound` follows, at the largest number of keys.
    let (x, y): (Vec<f64>, Vec<f64>) =
        x.into_iter().map(|m| (m, 1.0 / (1.0 + m.exp() / (n - 1.0)))).filter(|(_, v)| *v >= LEAST).unzip();
    left = left.line(Series::new(format!("sharp bound, {n} keys"), &x, &y).reference());
    let right =
        layers.strip(Chart::new().x(layers.axis()).y(Axis::log("median margin")), heads, "margin_median")?;
    Ok(Figure::new(FigureWidth::Double)
        .name("margins")
        .legend(Legend::Above)
        .grid(1, 2)
        .panels([left, right]))
}

/// Layers against heads: where the retrievals are, and where the sinks.
fn map(heads: &Table) -> anyhow::Result<Figure> {
    let layers = Layers::of(heads)?;
    let columns: Vec<String> = heads.distinct("head")?.iter().map(ToString::to_string).collect();
    let panel = |column: &str, title: &str| -> anyhow::Result<Chart> {
        let mut cells = Vec::new();
        for k in 0..layers.count() {
            let rows = layers.rows(k, heads)?;
            let values = rows.optional_floats(column)?;
            let numbers = rows.ints("head")?;
            cells.extend((0..columns.len()).map(|h| {
                let at = numbers.iter().position(|n| *n == h as i64)?;
                values[at].map(|v| v.clamp(0.0, 1.0))
            }));
        }
        let map = HeatMap::with_gaps(&cells, layers.count(), columns.len())
            .x_labels(columns.iter().map(String::as_str))
            .y_labels(layers.titles())
            .limits(0.0, 1.0)
            .bar(title);
        Ok(Chart::new().x(Axis::linear("head")).y(Axis::linear("layer")).heatmap(map))
    };
    Ok(Figure::new(FigureWidth::Double).name("map").legend(Legend::None).grid(1, 2).panels([
        panel("retrieval_score", "retrieval score")?,
        panel("first_key_weight", "weight of the first key")?,
    ]))
}

/// The page that ranks the heads.
fn page(heads: &Table) -> anyhow::Result<Figure> {
    let (names, order) = (names(heads)?, ranking(heads)?);
    let shown = &order[..order.len().min(RANKED)];
    let axis = || Axis::categories("head", shown.iter().map(|k| names[*k].as_str())).reversed();
    let panel = |title: &str, columns: &[(&str, &str, RGBColor, Marker)]| -> anyhow::Result<Chart> {
        let mut panel = Chart::new().x(Axis::linear(title).limits(-0.05, 1.05)).y(axis());
        for (column, name, color, marker) in columns {
            let values = heads.optional_floats(column)?;
            let (x, y): (Vec<f64>, Vec<f64>) = shown
                .iter()
                .enumerate()
                .filter_map(|(place, k)| Some((values[*k]?.clamp(0.0, 1.0), place as f64)))
                .unzip();
            if !x.is_empty() {
                panel = panel.scatter(Series::new(*name, &x, &y).color(*color).marker(*marker));
            }
        }
        Ok(panel)
    };
    let left = panel(
        "weight",
        &[
            ("first_key_weight", "first key", Palette::VERMILION, Marker::Diamond),
            ("mean_weight", "selected key", Palette::ORANGE, Marker::Triangle),
            // The one that the heads are ranked by lies on top.
            ("retrieval_score", "retrieval score", Palette::BLUE, Marker::Circle),
        ],
    )?;
    let right = panel(
        "share",
        &[
            ("explained_variance", "variance, one utility", Palette::GREEN, Marker::Square),
            ("antisymmetric", "antisymmetric part", Palette::PURPLE, Marker::Down),
            ("margin_cosine", "cosine with the max-margin form", Palette::BLACK, Marker::Cross),
        ],
    )?;
    let height = 90.0 + 11.0 * shown.len() as f64;
    Ok(Figure::new(FigureWidth::Double)
        .name("ranking")
        .height(height)
        .legend(Legend::Above)
        .grid(1, 2)
        .panels([left, right]))
}

/// The layers of all models, in order: title, model, number.
struct Layers(Vec<(String, String, i64)>);

impl Layers {
    fn of(heads: &Table) -> anyhow::Result<Self> {
        let several = heads.distinct("model")?.len() > 1;
        let mut layers: Vec<(String, String, i64)> = Vec::new();
        for (model, layer) in heads.texts("model")?.into_iter().zip(heads.ints("layer")?) {
            let title = match model.strip_prefix("tiny-") {
                Some(short) if several => format!("{short} {layer}"),
                _ => layer.to_string(),
            };
            if layers.iter().all(|(t, ..)| *t != title) {
                layers.push((title, model, layer));
            }
        }
        Ok(Self(layers))
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn titles(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|l| l.0.as_str())
    }

    fn name(&self, k: usize) -> String {
        format!("layer {}", self.0[k].0)
    }

    fn rows(&self, k: usize, table: &Table) -> anyhow::Result<Table> {
        let (_, model, layer) = &self.0[k];
        Ok(table.filter("model", model.as_str())?.filter("layer", *layer)?)
    }

    /// From dark to light with depth.
    fn style(&self, k: usize, series: Series) -> Series {
        let shade = 0.92 * k as f64 / (self.count().max(2) - 1) as f64;
        series.color(ColorMap::Viridis.at(shade)).style(Dash::Solid).marker(Marker::Circle)
    }

    fn scatter(&self, mut panel: Chart, heads: &Table, x: &str, y: &str) -> anyhow::Result<Chart> {
        for k in 0..self.count() {
            let rows = self.rows(k, heads)?;
            let pairs = rows.optional_floats(x)?.into_iter().zip(rows.optional_floats(y)?);
            let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.filter_map(|(x, y)| Some((x?, y?))).unzip();
            if !xs.is_empty() {
                panel = panel.scatter(self.style(k, Series::new(self.name(k), &xs, &ys)));
            }
        }
        Ok(panel)
    }

    /// The heads of each layer side by side above its number.
    fn strip(&self, mut panel: Chart, heads: &Table, column: &str) -> anyhow::Result<Chart> {
        for k in 0..self.count() {
            let values = self.rows(k, heads)?.optional_floats(column)?;
            let n = values.len() as f64;
            let place = |i: usize| k as f64 + 0.6 * ((i as f64 + 0.5) / n - 0.5);
            let (x, y): (Vec<f64>, Vec<f64>) =
                values.into_iter().enumerate().filter_map(|(i, v)| Some((place(i), v?))).unzip();
            if !x.is_empty() {
                panel = panel.scatter(self.style(k, Series::new(self.name(k), &x, &y)));
            }
        }
        Ok(panel)
    }

    fn axis(&self) -> Axis {
        Axis::categories("layer", self.titles())
    }
}
