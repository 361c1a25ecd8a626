//! `empty`: cells that do nothing, to measure and to test everything around the work. No list shows
//! it.

use crate::{CellContext, Pipeline};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Series};
use relata_runs::{Metric, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Empty;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    number: usize,
}

impl Pipeline for Empty {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "empty"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let count = match profile {
            Profile::Smoke => 100,
            Profile::Standard => 1_000,
            Profile::Paper => 10_000,
        };
        (0..count).map(|number| Cell { number }).collect()
    }

    fn label(&self, cell: &Cell) -> String {
        format!("number={}", cell.number)
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let value = cx.seed.stream("value").uniform();
        Ok(vec![Row::new("values").with("number", cell.number).with("value", value)])
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        let values = tables.get("values")?.floats("value")?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Ok(Summary::new().with("mean", "Mean of all values.", Metric::new(mean, "1")))
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        let values = tables.get("values")?;
        let series = Series::new("value", &values.floats("number")?, &values.floats("value")?);
        let chart = Chart::new().x(Axis::linear("number")).y(Axis::linear("value")).line(series);
        Ok(vec![Figure::new(FigureWidth::Single).name("values").panel(chart)])
    }
}
