//! The relation as a picture: as it was given, and in the orders of its two leading singular
//! vectors.

use super::super::summary::One;
use super::shown;
use relata_plotting::{Axis, Chart, ColorMap, Figure, FigureWidth, HeatMap, Legend};
use relata_runs::{Table, Tables};

/// The most rows and columns that are labelled.
const MAX_LABELS: usize = 24;

pub(super) fn matrix(tables: &Tables) -> anyhow::Result<Figure> {
    let relation = One::of(tables.get("relation")?)?;
    let signed = relation.number("negative_entries")? > 0.0;
    let binary = relation.number("binary")? > 0.0;
    let all = tables.get("matrix")?;
    let mut panels: Vec<Chart> = Vec::new();
    let views = [
        ("given", "as given"),
        ("first vector", "by the first singular vector"),
        ("second vector", "by the second"),
    ];
    let present: Vec<(&str, &str, Table)> = views
        .iter()
        .map(|(view, title)| Ok((*view, *title, all.filter("view", *view)?)))
        .collect::<anyhow::Result<Vec<_>>>()?
        .into_iter()
        .filter(|(.., t)| !t.is_empty())
        .collect();
    // One scale for all panels, so one bar, on the last.
    let values: Vec<f64> = all.optional_floats("value")?.into_iter().flatten().collect();
    let (low, high) = values.iter().fold((0.0f64, 0.0f64), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let last = present.len() - 1;
    let mut aspect = 1.0;
    for (k, (view, title, table)) in present.iter().enumerate() {
        let rows = count(table, "row")?;
        let columns = count(table, "column")?;
        aspect = (columns as f64 / rows as f64).clamp(0.4, 2.5);
        let mut map = HeatMap::with_gaps(&table.optional_floats("value")?, rows, columns);
        map = match (signed, binary) {
            (true, _) => {
                let reach = high.max(-low);
                map.map(ColorMap::Diverging).limits(-reach, reach)
            }
            (false, true) => map.map(ColorMap::Greys).limits(0.0, 1.0),
            (false, false) => map.map(ColorMap::Viridis).limits(low, high),
        };
        map = if k == last && !binary { map.bar("r(x, y)") } else { map.without_bar() };
        let names = names(tables, view)?;
        let blocked =
            relation.number("rows")? as usize != rows || relation.number("columns")? as usize != columns;
        let (mut x, mut y) = (Axis::linear("column"), Axis::linear("row"));
        if blocked {
            (x, y) = (Axis::linear("block of columns"), Axis::linear("block of rows"));
        } else {
            if columns <= MAX_LABELS {
                map = map.x_labels(shown(&names[1]));
                x = Axis::linear("");
            }
            if rows <= MAX_LABELS {
                map = map.y_labels(shown(&names[0]));
                y = Axis::linear("");
            }
        }
        panels.push(Chart::new().title(*title).x(x).y(y).heatmap(map));
    }
    let columns = panels.len();
    Ok(Figure::new(FigureWidth::Double)
        .name("matrix")
        .grid(1, columns)
        .panel_aspect(aspect)
        .legend(Legend::None)
        .panels(panels))
}

fn count(table: &Table, column: &str) -> anyhow::Result<usize> {
    Ok(table.ints(column)?.into_iter().max().unwrap_or(0).unsigned_abs() as usize)
}

/// Names of rows and columns in the order of a view.
fn names(tables: &Tables, view: &str) -> anyhow::Result<[Vec<String>; 2]> {
    let place = match view {
        "first vector" => "place_by_first_vector",
        "second vector" => "place_by_second_vector",
        _ => "index",
    };
    let of = |side: &str| -> anyhow::Result<Vec<String>> {
        let objects = tables.get("objects")?.filter("side", side)?;
        let mut named: Vec<(i64, String)> =
            objects.ints(place)?.into_iter().zip(objects.texts("label")?).collect();
        named.sort();
        Ok(named.into_iter().map(|(_, name)| name).collect())
    };
    Ok([of("row")?, of("column")?])
}
