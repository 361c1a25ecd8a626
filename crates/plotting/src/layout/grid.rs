//! The grid of panels: which cell each takes up, and how large rows and columns are.

use crate::describe::chart::letter;
use crate::describe::figure::{Figure, FigureWidth};
use crate::error::{Place, PlotError};
use crate::layout::geometry::{Edges, Point, Rect, point};
use crate::layout::theme::{COLUMN_GAP, MARGIN, ROW_GAP};

/// The part of the grid that a panel takes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
}

/// Plotting areas may not be smaller than this, in points.
const SMALLEST: (f64, f64) = (24.0, 20.0);
/// A row without a given height is not higher than this, so that wide figures stay wide.
const HIGHEST: f64 = 190.0;
pub(crate) fn grid_size(f: &Figure) -> (usize, usize) {
    let n = f.panels.len();
    f.grid.unwrap_or_else(|| {
        let columns = if f.width == FigureWidth::Single { 1 } else { n.min(3) };
        (n.div_ceil(columns.max(1)), columns)
    })
}

/// Fills the grid row by row, each panel at the first place where it fits.
pub(crate) fn cells(f: &Figure, rows: usize, columns: usize) -> Result<Vec<Cell>, PlotError> {
    let refuse =
        |i: usize, why| Err(PlotError::Grid { figure: f.name.clone(), panel: letter(i), rows, columns, why });
    if rows == 0 || columns == 0 || rows > 100 || columns > 100 {
        return refuse(0, "a grid has 1 to 100 rows and columns");
    }
    if !(f.row_heights.is_empty() || f.row_heights.len() == rows)
        || !(f.column_widths.is_empty() || f.column_widths.len() == columns)
    {
        return refuse(0, "give one weight for each row and column, or none");
    }
    let mut taken = vec![false; rows * columns];
    let mut out = Vec::with_capacity(f.panels.len());
    for (i, p) in f.panels.iter().enumerate() {
        let (h, w) = p.span;
        if h == 0 || w == 0 || h > rows || w > columns {
            return refuse(i, "its span must be at least one row and column and at most the grid");
        }
        let free = |r: usize, c: usize| (r..r + h).all(|r| (c..c + w).all(|c| !taken[r * columns + c]));
        let place =
            (0..=rows - h).flat_map(|r| (0..=columns - w).map(move |c| (r, c))).find(|&(r, c)| free(r, c));
        let Some((row, column)) = place else {
            return refuse(i, "no free place is left: enlarge the grid or shrink the spans");
        };
        (row..row + h).for_each(|r| (column..column + w).for_each(|c| taken[r * columns + c] = true));
        out.push(Cell { row, column, rows: h, columns: w });
    }
    Ok(out)
}

/// Column and row sizes, and the margins in front of and behind each.
pub(crate) struct Grid {
    widths: Vec<f64>,
    heights: Vec<f64>,
    pub left: Vec<f64>,
    right: Vec<f64>,
    pub top: Vec<f64>,
    bottom: Vec<f64>,
    origin: Point,
    pub height: f64,
}

impl Grid {
    pub(crate) fn new(f: &Figure, rows: usize, columns: usize) -> Self {
        let weights = |w: &[f64], n: usize| if w.len() == n { w.to_vec() } else { vec![1.0; n] };
        Self {
            widths: weights(&f.column_widths, columns),
            heights: weights(&f.row_heights, rows),
            left: vec![24.0; columns],
            right: vec![4.0; columns],
            top: vec![4.0; rows],
            bottom: vec![20.0; rows],
            origin: point(MARGIN, MARGIN),
            height: 0.0,
        }
    }

    /// Sizes of rows and columns for the current margins.
    pub(crate) fn settle(&mut self, f: &Figure, around: Edges, cells: &[Cell]) -> Result<(), PlotError> {
        let (rows, columns) = (self.heights.len(), self.widths.len());
        let weights = |w: &[f64], n: usize| if w.len() == n { w.to_vec() } else { vec![1.0; n] };
        let (wx, wy) = (weights(&f.column_widths, columns), weights(&f.row_heights, rows));
        self.origin = point(MARGIN + around.left, MARGIN + around.top);
        let fixed = 2.0 * MARGIN
            + around.left
            + around.right
            + sum(&self.left)
            + sum(&self.right)
            + COLUMN_GAP * (columns - 1) as f64;
        let unit = (f.width.points() - fixed) / sum(&wx);
        self.widths = wx.iter().map(|w| w * unit).collect();
        let narrowest = self.widths.iter().copied().fold(f64::INFINITY, f64::min);
        let room = |what: &str, needed: f64, available: f64| {
            if available >= needed {
                return Ok(());
            }
            let place = Box::new(Place::of(f, 0));
            Err(PlotError::TooSmall { place, what: what.to_owned(), needed, available: available.max(0.0) })
        };
        room("the width of a plotting area", SMALLEST.0, narrowest)?;
        let fixed = 2.0 * MARGIN
            + around.top
            + around.bottom
            + sum(&self.top)
            + sum(&self.bottom)
            + ROW_GAP * (rows - 1) as f64;
        match f.height {
            Some(h) => {
                let unit = (h - fixed) / sum(&wy);
                self.heights = wy.iter().map(|w| w * unit).collect();
                self.height = h;
            }
            None => {
                let mean = sum(&self.widths) / columns as f64;
                let base = (mean / f.panel_aspect).clamp(SMALLEST.1, HIGHEST);
                self.heights = wy.iter().map(|w| w * base).collect();
                for (row, height) in self.heights.iter_mut().enumerate() {
                    if let Some(h) = self_aspect(f, cells, row, &self.widths) {
                        *height = h;
                    }
                }
                self.height = fixed + sum(&self.heights);
            }
        }
        let lowest = self.heights.iter().copied().fold(f64::INFINITY, f64::min);
        room("the height of a plotting area", SMALLEST.1, lowest)
    }

    /// Takes over what the panels need; whether nothing changed. Late rounds only enlarge, so that
    /// it comes to rest.
    pub(crate) fn adopt(&mut self, cells: &[Cell], edges: &[Edges], round: usize) -> bool {
        let mut next = [
            vec![0.0_f64; self.left.len()],
            vec![0.0_f64; self.right.len()],
            vec![0.0_f64; self.top.len()],
            vec![0.0_f64; self.bottom.len()],
        ];
        for (c, e) in cells.iter().zip(edges) {
            let at = [c.column, c.column + c.columns - 1, c.row, c.row + c.rows - 1];
            for ((side, i), need) in next.iter_mut().zip(at).zip([e.left, e.right, e.top, e.bottom]) {
                side[i] = side[i].max(need);
            }
        }
        let mut settled = true;
        for (old, new) in
            [&mut self.left, &mut self.right, &mut self.top, &mut self.bottom].into_iter().zip(next)
        {
            for (o, n) in old.iter_mut().zip(new) {
                let n = if round >= 4 { n.max(*o) } else { n };
                settled &= (*o - n).abs() < 0.01;
                *o = n;
            }
        }
        settled
    }

    pub(crate) fn rect(&self, c: &Cell) -> Rect {
        let x0 = self.column_start(c.column);
        let last = c.column + c.columns - 1;
        let y0 = self.row_start(c.row);
        let low = c.row + c.rows - 1;
        Rect {
            x: x0,
            y: y0,
            w: self.column_start(last) + self.widths[last] - x0,
            h: self.row_start(low) + self.heights[low] - y0,
        }
    }

    fn column_start(&self, c: usize) -> f64 {
        self.origin.x
            + sum(&self.left[..=c])
            + sum(&self.widths[..c])
            + sum(&self.right[..c])
            + COLUMN_GAP * c as f64
    }

    fn row_start(&self, r: usize) -> f64 {
        self.origin.y
            + sum(&self.top[..=r])
            + sum(&self.heights[..r])
            + sum(&self.bottom[..r])
            + ROW_GAP * r as f64
    }

    /// From the first to the last plotting area.
    pub(crate) fn frame(&self) -> Rect {
        let all = Cell { row: 0, column: 0, rows: self.heights.len(), columns: self.widths.len() };
        self.rect(&all)
    }
}

/// Height that the panels of fixed aspect in this row ask for, if all of its panels have one.
fn self_aspect(f: &Figure, cells: &[Cell], row: usize, widths: &[f64]) -> Option<f64> {
    let mut highest = None;
    for (p, c) in f.panels.iter().zip(cells).filter(|(_, c)| c.row == row) {
        let a = p.aspect.filter(|_| c.rows == 1)?;
        let w = sum(&widths[c.column..c.column + c.columns]);
        highest = Some((w / a).max(highest.unwrap_or(0.0)));
    }
    highest
}

fn sum(v: &[f64]) -> f64 {
    v.iter().sum()
}
