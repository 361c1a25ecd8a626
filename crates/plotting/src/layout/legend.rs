//! Legends: entries in lines or in a column.

use crate::layout::geometry::{Point, point};
use crate::layout::looks::Look;
use crate::layout::theme::LEGEND_TEXT;
use crate::text::markup as text;

/// Entries with their places relative to the upper left corner of the block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub items: Vec<(Point, Look)>,
    pub width: f64,
    pub height: f64,
}

pub(crate) const SAMPLE: f64 = 16.0;
pub(crate) const SAMPLE_GAP: f64 = 3.5;
const BETWEEN: f64 = 11.0;
pub(crate) const ROW: f64 = 1.42 * LEGEND_TEXT;

fn width(look: &Look) -> f64 {
    SAMPLE + SAMPLE_GAP + text::width(&look.name, LEGEND_TEXT)
}

/// Lines of entries in aligned columns, as many side by side as fit into `room`; an entry wider
/// than that is the error, with the width it needs.
pub(crate) fn flow(entries: &[Look], room: f64) -> Result<Block, (String, f64)> {
    if let Some(e) = entries.iter().find(|e| width(e) > room) {
        return Err((e.name.clone(), width(e)));
    }
    for columns in (1..=entries.len()).rev() {
        let block = table(entries, columns);
        if block.width <= room {
            return Ok(block);
        }
    }
    Ok(table(entries, 1))
}

/// One entry below the other.
pub(crate) fn column(entries: &[Look]) -> Block {
    table(entries, 1)
}

fn table(entries: &[Look], columns: usize) -> Block {
    // Rows of nearly equal length: no last row with one lonely entry where that can be helped.
    let rows = entries.len().div_ceil(columns.max(1));
    let columns = entries.len().div_ceil(rows.max(1)).max(1);
    let mut widths = vec![0.0_f64; columns];
    for (i, e) in entries.iter().enumerate() {
        widths[i % columns] = widths[i % columns].max(width(e));
    }
    let start = |c: usize| widths[..c].iter().sum::<f64>() + BETWEEN * c as f64;
    let items = entries
        .iter()
        .enumerate()
        .map(|(i, e)| (point(start(i % columns), (i / columns) as f64 * ROW), e.clone()))
        .collect();
    Block { items, width: start(columns) - BETWEEN, height: rows as f64 * ROW }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::looks::Looks;
    use crate::{Chart, Figure, FigureWidth, Series};

    fn entries(names: &[&str]) -> Vec<Look> {
        let p = names.iter().fold(Chart::new(), |p, n| p.line(Series::new(*n, &[0.0], &[0.0])));
        Looks::of(&Figure::new(FigureWidth::Single).panel(p)).map_or_else(|_| vec![], |l| l.entries())
    }

    #[test]
    fn legends_wrap_into_balanced_rows_that_fit() {
        let e = entries(&["one", "two", "three", "four", "five"]);
        assert!(flow(&e, 1000.0).unwrap().height < 1.5 * ROW);
        let b = flow(&e, 140.0).unwrap();
        assert!(b.width <= 140.0 && b.height > 1.5 * ROW);
        let rows: Vec<f64> = b.items.iter().map(|i| i.0.y).collect();
        assert_eq!(rows.iter().filter(|y| **y < 1.0).count(), 3);
    }

    #[test]
    fn an_entry_wider_than_the_figure_is_named() {
        let e = entries(&["short", "a name far too long for a figure of this width"]);
        assert_eq!(flow(&e, 60.0).unwrap_err().0, e[1].name);
    }
}
