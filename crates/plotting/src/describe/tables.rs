//! From tables to marks: which columns are x, y, bounds, and what tells the lines apart.

use relata_runs::{Table, TableError, Value};

use crate::describe::chart::Chart;
use crate::describe::heatmap::HeatMap;
use crate::describe::marks::Series;
use crate::describe::number::plain;
use crate::error::PlotError;

impl From<TableError> for PlotError {
    fn from(source: TableError) -> Self {
        Self::Table(Box::new(source))
    }
}

/// The columns of a table that lines are made of.
///
/// ```
/// use relata_plotting::{Chart, Lines};
/// use relata_runs::{Row, Table};
///
/// let rows: Vec<Row> = [("readout", 1, 0.5), ("readout", 2, 0.2), ("gradient", 1, 0.6), ("gradient", 2, 0.3)]
///     .into_iter()
///     .map(|(m, d, e)| Row::new("errors").with("method", m).with("rank", d as i64).with("error", e))
///     .collect();
/// let table = Table::from_rows("errors", &rows)?;
/// let chart = Lines::new("rank", "error").by("method").draw(Chart::new(), &table)?;
/// # Ok::<(), relata_plotting::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    x: String,
    y: String,
    bounds: Option<(String, String)>,
    by: Option<String>,
}

impl Lines {
    /// Points from the columns `x` and `y`.
    pub fn new(x: impl Into<String>, y: impl Into<String>) -> Self {
        Self { x: x.into(), y: y.into(), bounds: None, by: None }
    }

    /// One line for each value of this column, named after it, in order of first appearance.
    /// Without it there is one line, named after the y column.
    pub fn by(mut self, column: impl Into<String>) -> Self {
        self.by = Some(column.into());
        self
    }

    /// A band between these columns around each line.
    pub fn bounds(mut self, lo: impl Into<String>, hi: impl Into<String>) -> Self {
        self.bounds = Some((lo.into(), hi.into()));
        self
    }

    /// Adds the lines to a panel: rows sorted by x; a missing y is a gap in the line, a missing
    /// bound one in the band.
    ///
    /// # Errors
    /// [`PlotError::Table`] if a column is absent or not numeric, or an x is missing.
    pub fn draw(&self, panel: Chart, table: &Table) -> Result<Chart, PlotError> {
        self.draw_with(panel, table, |series| series)
    }

    /// As [`Lines::draw`], with a last touch for each series:
    /// `|s| if s.name() == "limit" { s.reference() } else { s }`.
    ///
    /// # Errors
    /// As [`Lines::draw`].
    pub fn draw_with(
        &self,
        mut panel: Chart,
        table: &Table,
        touch: impl Fn(Series) -> Series,
    ) -> Result<Chart, PlotError> {
        let Some(by) = &self.by else { return self.one(panel, &self.y, table, touch) };
        for value in table.distinct(by)? {
            let part = table.filter(by, value.clone())?;
            panel = self.one(panel, &name(&value), &part, &touch)?;
        }
        Ok(panel)
    }

    fn one(
        &self,
        mut panel: Chart,
        name: &str,
        table: &Table,
        touch: impl Fn(Series) -> Series,
    ) -> Result<Chart, PlotError> {
        let x = table.floats(&self.x)?;
        let y = table.optional_floats(&self.y)?;
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
        let sorted: Vec<f64> = order.iter().map(|&i| x[i]).collect();
        if let Some((lo, hi)) = &self.bounds {
            let (lo, hi) = (table.optional_floats(lo)?, table.optional_floats(hi)?);
            let rows = order.iter().map(|&i| lo[i].zip(hi[i]).map(|(l, h)| (x[i], l, h)));
            for run in unbroken(rows) {
                let column = |f: fn(&(f64, f64, f64)) -> f64| run.iter().map(f).collect::<Vec<f64>>();
                panel = panel.band(name, &column(|r| r.0), &column(|r| r.1), &column(|r| r.2));
            }
        }
        let sorted_y: Vec<Option<f64>> = order.iter().map(|&i| y[i]).collect();
        Ok(panel.line(touch(Series::with_gaps(name, &sorted, &sorted_y))))
    }
}

/// Stretches without a gap.
fn unbroken<T>(rows: impl Iterator<Item = Option<T>>) -> Vec<Vec<T>> {
    let mut out = vec![Vec::new()];
    for row in rows {
        match row {
            Some(row) => {
                if let Some(last) = out.last_mut() {
                    last.push(row);
                }
            }
            None => out.push(Vec::new()),
        }
    }
    out.retain(|run| !run.is_empty());
    out
}

/// A value as the name of a line, a row or a column.
fn name(value: &Value) -> String {
    match value {
        Value::Float(v) => plain(*v),
        Value::Int(v) => v.to_string().replace('-', "\u{2212}"),
        Value::Missing => "missing".to_owned(),
        Value::Text(t) => t.clone(),
    }
}

impl HeatMap {
    /// A heat map of the column `value`, columns and rows named after the distinct values of `x`
    /// and `y` in order of first appearance; combinations that the table does not have are gaps.
    ///
    /// # Errors
    /// [`PlotError::Table`] if a column is absent or `value` not numeric,
    /// [`PlotError::RepeatedCell`] if two rows of the table belong to one cell.
    pub fn from_table(table: &Table, x: &str, y: &str, value: &str) -> Result<Self, PlotError> {
        let (columns, rows) = (table.distinct(x)?, table.distinct(y)?);
        let mut cells: Vec<Option<f64>> = vec![None; columns.len() * rows.len()];
        let mut seen = vec![false; cells.len()];
        let (xs, ys) = (table.values(x)?, table.values(y)?);
        for ((v, x), y) in table.optional_floats(value)?.into_iter().zip(xs).zip(ys) {
            let place = columns.iter().position(|c| c == x).zip(rows.iter().position(|r| r == y));
            let Some(cell) = place.map(|(c, r)| r * columns.len() + c) else { continue };
            if std::mem::replace(&mut seen[cell], true) {
                return Err(PlotError::RepeatedCell { table: table_name(table), x: name(x), y: name(y) });
            }
            cells[cell] = v;
        }
        let map = Self::with_gaps(&cells, rows.len(), columns.len());
        Ok(map.x_labels(columns.iter().map(name)).y_labels(rows.iter().map(name)).bar(value))
    }
}

fn table_name(table: &Table) -> String {
    table.name.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::marks::Mark;
    use relata_runs::Row;

    fn table() -> Table {
        let row = |m: &str, d: i64, e: Option<f64>| {
            Row::new("t")
                .with("method", m)
                .with("rank", d)
                .with("error", e)
                .with("lo", e.map(|v| v / 2.0))
                .with("hi", e)
        };
        let rows =
            [row("b", 4, Some(0.1)), row("b", 1, Some(0.5)), row("a", 1, Some(0.7)), row("b", 2, None)];
        Table::from_rows("t", &rows).unwrap()
    }

    #[test]
    fn lines_are_grouped_sorted_and_broken_at_missing_values() {
        let p =
            Lines::new("rank", "error").by("method").bounds("lo", "hi").draw(Chart::new(), &table()).unwrap();
        let lines: Vec<&Series> =
            p.marks.iter().filter_map(|m| if let Mark::Line(s) = m { Some(s) } else { None }).collect();
        assert_eq!(lines.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(lines[0].x, [1.0, 2.0, 4.0]);
        assert_eq!(lines[0].y, [Some(0.5), None, Some(0.1)]);
        let bands = p.marks.iter().filter(|m| matches!(m, Mark::Band(b) if b.name == "b")).count();
        assert_eq!(bands, 2);
    }

    #[test]
    fn heat_maps_pivot_and_refuse_two_values_in_one_cell() {
        let h = HeatMap::from_table(&table(), "rank", "method", "error").unwrap();
        assert_eq!((h.rows, h.columns), (2, 3));
        assert_eq!(h.at(0, 0), Some(0.1));
        assert_eq!(h.at(1, 0), None);
        let twice =
            Table::from_rows("t", &[Row::new("t").with("v", 1.0), Row::new("t").with("v", 1.0)]).unwrap();
        assert!(matches!(HeatMap::from_table(&twice, "v", "v", "v"), Err(PlotError::RepeatedCell { .. })));
    }

    #[test]
    fn absent_columns_are_named() {
        let e = Lines::new("rank", "nonsense").draw(Chart::new(), &table()).unwrap_err();
        assert!(e.to_string().contains("nonsense"), "{e}");
    }
}
