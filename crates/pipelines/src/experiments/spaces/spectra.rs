//! Closed-form spectra beside numerical ones.

use anyhow::Context as _;
use relata_kernels::numerical_spectrum;
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::{Definiteness, Symmetry};
use relata_runs::{Row, Table};

/// Values compared at most.
const LEADING: usize = 12;
/// Values below this share of the largest are rounding on any rule.
const SMALLEST: f64 = 1e-7;

/// Names of the kernels with a closed form in at most two dimensions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    catalogued(|symmetry, definiteness| {
        symmetry == Symmetry::Symmetric && definiteness == Definiteness::PositiveSemidefinite
    })
}

/// Names of all other relations with a closed form in at most two dimensions.
pub(crate) fn other_names() -> impl Iterator<Item = &'static str> {
    catalogued(|_, definiteness| definiteness != Definiteness::PositiveSemidefinite)
}

fn catalogued(keep: impl Fn(Symmetry, Definiteness) -> bool) -> impl Iterator<Item = &'static str> {
    catalogue().iter().filter(move |e| keep(e.symmetry, e.definiteness)).filter_map(|e| {
        // A name in the catalogue is a relation; a test of that crate says so.
        let r = e.build().ok()?;
        (r.spectrum().is_some() && r.spaces().0.axes() <= 2).then_some(e.name)
    })
}

/// Rows of the table `spectra`.
pub(crate) fn rows(name: &str, nodes: usize) -> anyhow::Result<Vec<Row>> {
    /// Enough for analytic relations on a two-dimensional tensor rule.
    const PER_AXIS: usize = 32;
    let r = relation(name)?;
    let exact = r.spectrum().with_context(|| format!("{name} has no closed-form spectrum"))?;
    let nodes = if r.spaces().0.axes() > 1 { PER_AXIS } else { nodes };
    let found = numerical_spectrum(r.as_ref(), nodes, LEADING)?;
    let largest = exact.values().first().map_or(0.0, |v| v.abs());
    let pairs = exact.values().iter().zip(found.values.iter().zip(&found.errors)).take(LEADING);
    Ok(pairs
        .take_while(|(closed, _)| closed.abs() > SMALLEST * largest)
        .enumerate()
        .map(|(k, (closed, (value, error)))| {
            Row::new("spectra")
                .with("relation", name)
                .with("index", k + 1)
                .with("closed_form", *closed)
                .with("numerical", *value)
                .with("estimated_error", error / closed.abs())
                .with("relative_error", (value - closed).abs() / closed.abs())
        })
        .collect())
}

/// Small multiples of closed forms and numerical values.
pub(crate) fn figure(name: &str, t: &Table) -> anyhow::Result<Figure> {
    /// So many indices have a tick each.
    const FEW: usize = 6;
    let mut panels = Vec::new();
    for relation in t.distinct("relation")? {
        let rows = t.filter("relation", relation.clone())?;
        let magnitude = |column: &str| -> anyhow::Result<Vec<f64>> {
            Ok(rows.floats(column)?.into_iter().map(f64::abs).collect())
        };
        let index = rows.floats("index")?;
        let mut x = Axis::linear("index");
        // Between few indices automatic ticks are fractions.
        if index.len() <= FEW {
            x = x.ticks(&index);
        }
        let panel = Chart::new().title(relation.to_string()).x(x).y(Axis::log("value"));
        panels.push(
            panel.line(Series::new("closed form", &index, &magnitude("closed_form")?).reference()).scatter(
                Series::new("numerical", &index, &magnitude("numerical")?)
                    .color(Palette::BLUE)
                    .marker(Marker::Circle),
            ),
        );
    }
    let columns = 3;
    let rows = panels.len().div_ceil(columns);
    let figure = Figure::new(FigureWidth::Double).name(name).legend(Legend::Above).grid(rows, columns);
    Ok(figure.x_title("index").y_title("eigenvalue or singular value").panels(panels))
}
