//! The figures of the pipeline, from its tables.

mod bundles;
mod estimation;
mod finite;

use relata_plotting::{Figure, Series};
use relata_runs::{Table, Tables};

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![
        finite::orders(tables)?,
        finite::noise(tables)?,
        bundles::surfaces(tables)?,
        bundles::continuity(tables)?,
        finite::widths(tables)?,
        estimation::estimators(tables)?,
        estimation::consumers(tables)?,
    ])
}

/// Column `y` against column `x`, without the rows where `y` is missing; `None` if all are.
fn series(name: &str, t: &Table, x: &str, y: &str) -> anyhow::Result<Option<Series>> {
    let pairs = t.floats(x)?.into_iter().zip(t.optional_floats(y)?);
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.filter_map(|(x, y)| Some((x, y?))).unzip();
    Ok((!x.is_empty()).then(|| Series::new(name, &x, &y)))
}
